//! How a prompt was taken, in one short sentence for the person who wrote it.

use wakeframe_take::check::asks_for_rest;
use wakeframe_take::request::Request;

use super::intent::{Asked, LIVE};
use super::{CLASS_NAMES, CLASSES, FABRIC, INTENT};

/// Part of a region's life from which on a motion in place is worth a word.
const IN_PLACE: f32 = 0.5;
/// Up to and from where a move of camera or light is slow or fast; an ordinary one is 0.6.
const MOVE_PACES: [f32; 2] = [0.45, 0.8];
/// The same for regions, where 1 is an ordinary pace.
const REGION_PACES: [f32; 2] = [0.7, 1.3];
const WATER: usize = 2;
const ANIMAL: usize = 4;

/// What `request`'s prompt was read as; `None` where it has none. `seen` says which classes the still shows.
pub fn note(request: &Request, asked: &Asked, seen: &[bool; CLASSES]) -> Option<String> {
    if request.prompt.trim().is_empty() {
        return None;
    }
    let regions = asked.intent.0.iter().zip(CLASS_NAMES).zip(seen).enumerate();
    // What is rigid never moves by itself.
    // Clothes that only go along with their wearer are not worth a word.
    let worn = asked.intent.0[FABRIC] == asked.intent.0[ANIMAL];
    let told = regions.skip(1).filter(|(class, _)| !(worn && *class == FABRIC));
    let mut read: Vec<String> = told.filter_map(|(class, ((numbers, name), seen))| region(class, name, numbers, *seen)).collect();
    read.extend(camera(request, asked));
    read.extend(light(asked));
    Some(if !read.is_empty() {
        format!("Prompt read as: {}", read.join("; "))
    } else if asks_for_rest(&request.prompt) {
        "Prompt read as: nothing moves".into()
    } else if !request.negative_prompt.trim().is_empty() {
        "Prompt and negative prompt together leave nothing to move".into()
    } else {
        "The prompt names nothing mini can move: try “clouds drift left, water ripples” or “the camera pushes in slowly, the light \
         grows warmer”"
            .into()
    })
}

fn region(class: usize, name: &str, numbers: &[f32; INTENT], seen: bool) -> Option<String> {
    let [x, y, sway, turbulence, pulse, live] = *numbers;
    if numbers[LIVE] <= 0.0 {
        return None;
    }
    let speed = libm::hypotf(x, y);
    let mut verbs = Vec::new();
    if speed >= 0.3 * live {
        let verb = if class == ANIMAL { "moves" } else { "drifts" };
        verbs.push(format!("{verb} {}{}", way(x, y), paced(speed, REGION_PACES, " slowly", " fast")));
    }
    let in_place = [
        (sway, if class == WATER { "ripples" } else { "sways" }),
        (turbulence, if class == WATER { "churns" } else { "billows" }),
        (pulse, if class == ANIMAL { "breathes" } else { "pulses" }),
    ];
    for (amount, verb) in in_place.into_iter().filter(|(amount, _)| *amount >= IN_PLACE * live) {
        verbs.push(format!("{verb}{}", paced(amount, REGION_PACES, " gently", " strongly")));
    }
    if verbs.is_empty() {
        verbs.push("moves".into());
    }
    let unseen = if seen { "" } else { " (the still shows none)" };
    Some(format!("{name} {}{unseen}", verbs.join(" and ")))
}

/// One of eight directions; y goes down.
fn way(x: f32, y: f32) -> &'static str {
    const WAYS: [&str; 8] = ["right", "down right", "down", "down left", "left", "up left", "up", "up right"];
    let eighth = libm::roundf(libm::atan2f(y, x) / core::f32::consts::TAU * 8.0) as i32;
    WAYS.get(eighth.rem_euclid(8) as usize).copied().unwrap_or_default()
}

fn camera(request: &Request, asked: &Asked) -> Vec<String> {
    let [pan, tilt, dolly, roll, orbit, handheld, ..] = asked.shot.0;
    let c = request.camera;
    let moves = [
        (pan, "pans right", "pans left", "Pan", c.pan),
        (tilt, "tilts up", "tilts down", "Tilt", c.tilt),
        (dolly, "pushes in", "pulls back", "Dolly", c.dolly),
        (roll, "rolls clockwise", "rolls anticlockwise", "Roll", c.roll),
        (orbit, "orbits to the right", "orbits to the left", "", 0.0),
    ];
    let mut said = Vec::new();
    for (value, positive, negative, label, control) in moves.into_iter().filter(|m| m.0 != 0.0) {
        let verb = if value > 0.0 { positive } else { negative };
        let decides = if control == 0.0 { String::new() } else { format!(" (but {label} is set and decides)") };
        said.push(format!("camera {verb}{}{decides}", paced(value, MOVE_PACES, " slowly", " fast")));
    }
    if handheld > 0.0 {
        said.push(format!("camera in the hand{}", paced(handheld, MOVE_PACES, ", calm", ", restless")));
    }
    said
}

fn light(asked: &Asked) -> Option<String> {
    let [.., warmth, brightness] = asked.shot.0;
    let changes = [(warmth, "warmer", "cooler"), (brightness, "brighter", "darker")];
    let said: Vec<String> = changes
        .into_iter()
        .filter(|c| c.0 != 0.0)
        .map(|(value, more, less)| format!("{}{}", paced(value, MOVE_PACES, "a little ", "much "), if value > 0.0 { more } else { less }))
        .collect();
    (!said.is_empty()).then(|| format!("light grows {}", said.join(" and ")))
}

/// The word for a slow or a fast move; an ordinary one needs none.
fn paced(value: f32, [slow, fast]: [f32; 2], slowly: &'static str, quickly: &'static str) -> &'static str {
    match value.abs() {
        v if v < slow => slowly,
        v if v > fast => quickly,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use wakeframe_take::request::Camera;

    use super::*;
    use crate::family::motion_field::shot::ShotIntent;
    use crate::family::motion_field::{SHOT, request_of};

    fn request(prompt: &str, camera: Camera) -> Request {
        Request { camera, ..request_of(prompt) }
    }

    const ALL: [bool; CLASSES] = [true; CLASSES];

    fn said(prompt: &str, asked: &Asked) -> String {
        note(&request(prompt, Camera::default()), asked, &ALL).unwrap()
    }

    fn asked(regions: &[(usize, [f32; INTENT])], shot: [f32; SHOT]) -> Asked {
        let mut asked = Asked { shot: ShotIntent(shot), ..Asked::NOTHING };
        regions.iter().for_each(|(class, numbers)| asked.intent.0[*class] = *numbers);
        asked
    }

    #[test]
    fn regions_camera_and_light_are_said_in_that_order() {
        let all = asked(
            &[(1, [-0.9, 0.0, 0.0, 0.0, 0.0, 1.0]), (2, [0.0, 0.0, 0.5, 0.0, 0.0, 0.5]), (6, [0.0, -1.5, 0.1, 0.9, 0.0, 1.5])],
            [0.3, 0.0, 0.0, 0.0, -0.6, 0.9, 0.6, -0.3],
        );
        assert_eq!(
            said("x", &all),
            "Prompt read as: sky drifts left; water ripples gently; smoke drifts up fast and billows; camera pans right slowly; camera orbits to \
             the left; camera in the hand, restless; light grows warmer and a little darker"
        );
        let breathing = [0.0, 0.0, 0.0, 0.0, 0.9, 1.0];
        assert_eq!(said("x", &asked(&[(4, breathing), (5, breathing)], [0.0; SHOT])), "Prompt read as: animal breathes");
        assert_eq!(said("x", &asked(&[(4, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0])], [0.0; SHOT])), "Prompt read as: animal moves");
    }

    #[test]
    fn directions_are_those_of_the_picture() {
        let words: Vec<&str> = [(1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (-1.0, 0.1), (0.0, -1.0), (1.0, -1.0)].map(|(x, y)| way(x, y)).into();
        assert_eq!(words, ["right", "down right", "down", "left", "up", "up right"]);
    }

    #[test]
    fn what_does_not_come_to_be_is_said() {
        let both = asked(&[(2, [0.0, 0.0, 0.9, 0.0, 0.0, 1.0])], [-0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let with_pan = request("x", Camera { pan: 0.5, ..Camera::default() });
        let mut seen = ALL;
        seen[2] = false;
        assert_eq!(
            note(&with_pan, &both, &seen).unwrap(),
            "Prompt read as: water ripples (the still shows none); camera pans left (but Pan is set and decides)"
        );
    }

    #[test]
    fn a_prompt_that_says_nothing_is_told_what_would() {
        assert_eq!(note(&request("  ", Camera::default()), &Asked::NOTHING, &ALL), None);
        assert_eq!(said("camera static", &Asked::NOTHING), "Prompt read as: nothing moves");
        let lost = said("a fine picture", &Asked::NOTHING);
        assert!(lost.contains("nothing mini can move") && lost.contains("clouds drift left"), "{lost}");
        let forbidden = Request { negative_prompt: "clouds".into(), ..request("clouds drift", Camera::default()) };
        assert!(note(&forbidden, &Asked::NOTHING, &ALL).unwrap().contains("negative prompt"));
    }
}
