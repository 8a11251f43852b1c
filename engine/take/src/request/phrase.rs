//! Motion parameters as plain film English, for models that read a prompt.

use super::{Camera, Drift};

/// A sentence or two that ask for the camera's way and for what is carried: “The camera pans right slowly and tilts
/// up.” Empty where nothing moves. `marked`: a mask says what is carried.
pub fn motion_phrase(camera: &Camera, drift: &Drift, strength: f64, marked: bool) -> String {
    let verbs = [
        (camera.pan, "pans right", "pans left"),
        (camera.tilt, "tilts up", "tilts down"),
        (camera.dolly, "pushes in", "pulls back"),
        (camera.roll, "rolls clockwise", "rolls anticlockwise"),
    ];
    let ways = [(drift.x, "to the right", "to the left"), (drift.y, "down", "up")];
    let camera: Vec<String> = verbs.into_iter().filter_map(|v| way(v, strength)).collect();
    let carried: Vec<String> = ways.into_iter().filter_map(|w| way(w, strength)).collect();
    let mut sentences = Vec::new();
    if !camera.is_empty() {
        sentences.push(format!("The camera {}.", listed(&camera)));
    }
    if !carried.is_empty() {
        let what = if marked { "The subject" } else { "Everything in the scene" };
        sentences.push(format!("{what} moves {}.", listed(&carried)));
    }
    sentences.join(" ")
}

/// Direction and speed in words; `None` where there is none.
fn way((value, positive, negative): (f64, &str, &str), strength: f64) -> Option<String> {
    let amount = value.abs() * strength;
    let direction = if value > 0.0 { positive } else { negative };
    let speed = match amount {
        a if a <= 0.0 || !a.is_finite() => return None,
        a if a <= 0.1 => " very slowly",
        a if a <= 0.35 => " slowly",
        a if a <= 0.65 => "",
        _ => " quickly",
    };
    Some(format!("{direction}{speed}"))
}

fn listed(parts: &[String]) -> String {
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// `prompt` and the sentences of `phrase` after it.
pub(super) fn joined(prompt: &str, phrase: &str) -> String {
    match (prompt, phrase) {
        (only, "") | ("", only) => only.into(),
        (prompt, phrase) if prompt.ends_with(['.', '!', '?', '…']) => format!("{prompt} {phrase}"),
        (prompt, phrase) => format!("{}. {phrase}", prompt.trim_end_matches([',', ';', ':'])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(pan: f64, tilt: f64, dolly: f64, roll: f64) -> Camera {
        Camera { pan, tilt, dolly, roll }
    }

    #[test]
    fn nothing_that_moves_is_no_phrase() {
        assert_eq!(motion_phrase(&Camera::default(), &Drift::default(), 0.5, true), "");
        assert_eq!(motion_phrase(&camera(1.0, 1.0, 1.0, 1.0), &Drift { x: 1.0, y: 1.0 }, 0.0, true), "");
    }

    #[test]
    fn every_direction_and_its_opposite_have_words() {
        let of = |c: Camera| motion_phrase(&c, &Drift::default(), 1.0, false);
        assert_eq!(of(camera(0.5, 0.0, 0.0, 0.0)), "The camera pans right.");
        assert_eq!(of(camera(-0.5, 0.0, 0.0, 0.0)), "The camera pans left.");
        assert_eq!(of(camera(0.0, 0.5, 0.0, 0.0)), "The camera tilts up.");
        assert_eq!(of(camera(0.0, -0.5, 0.0, 0.0)), "The camera tilts down.");
        assert_eq!(of(camera(0.0, 0.0, 0.5, 0.0)), "The camera pushes in.");
        assert_eq!(of(camera(0.0, 0.0, -0.5, 0.0)), "The camera pulls back.");
        assert_eq!(of(camera(0.0, 0.0, 0.0, 0.5)), "The camera rolls clockwise.");
        assert_eq!(of(camera(0.0, 0.0, 0.0, -0.5)), "The camera rolls anticlockwise.");
        let carried = |x, y| motion_phrase(&Camera::default(), &Drift { x, y }, 1.0, true);
        assert_eq!(carried(0.5, 0.0), "The subject moves to the right.");
        assert_eq!(carried(-0.5, -0.2), "The subject moves to the left and up slowly.");
    }

    #[test]
    fn strength_and_value_make_the_speed() {
        let pan = |value, strength| motion_phrase(&camera(value, 0.0, 0.0, 0.0), &Drift::default(), strength, false);
        assert_eq!(pan(0.2, 0.5), "The camera pans right very slowly.");
        assert_eq!(pan(0.6, 0.5), "The camera pans right slowly.");
        assert_eq!(pan(1.0, 0.5), "The camera pans right.");
        assert_eq!(pan(1.0, 1.0), "The camera pans right quickly.");
    }

    #[test]
    fn several_ways_are_one_sentence() {
        let phrase = motion_phrase(&camera(0.6, 1.0, -0.2, 0.0), &Drift { x: 0.0, y: 1.0 }, 0.5, false);
        assert_eq!(phrase, "The camera pans right slowly, tilts up and pulls back very slowly. Everything in the scene moves down.");
    }

    #[test]
    fn a_phrase_follows_the_prompt_as_a_sentence_of_its_own() {
        let phrase = "The camera pans right.";
        assert_eq!(joined("water ripples", phrase), "water ripples. The camera pans right.");
        assert_eq!(joined("Water ripples!", phrase), "Water ripples! The camera pans right.");
        assert_eq!(joined("water,", phrase), "water. The camera pans right.");
        assert_eq!(joined("", phrase), phrase);
        assert_eq!(joined("water ripples", ""), "water ripples");
    }
}
