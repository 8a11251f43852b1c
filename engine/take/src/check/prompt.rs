//! What a prompt lets expect, from its text alone.
//!
//! The rules are those the makers of open and closed image-to-video models agree on: the still shows the scene, so that the
//! prompt is for motion; one action of one subject; a small camera move. They know English; a prompt in another language is
//! only counted.

use super::Hint;
use super::words::{
    camera, changes_light, clauses, extreme, extreme_but_around, has_subject, is_action, is_english, is_in_hand, is_rest, is_vague, words,
};

/// Words a motion needs at most: two sentences. Wan's and SVD-like models follow the first ones and dilute the rest.
const LONG: usize = 30;
/// Families that were trained on captions of a paragraph, and ask for prompts like them (their docs pages).
const LIKE_LONG: [&str; 2] = ["cogvideox", "ltx"];
/// The family that moves regions and camera each by itself, and goes only a small part of the way around something.
const APART: &str = "motion_field";
/// Actions one subject can do in a clip of a few seconds without a cut.
const OF_ONE: usize = 2;
/// Subjects with an action each: “clouds drift, water ripples, leaves sway” is one motion of a whole scene.
const OF_ALL: usize = 3;

pub(super) fn hints(prompt: &str, directed: bool, family: Option<&str>) -> Vec<Hint> {
    let all = words(prompt);
    let mut hints = Vec::new();
    if all.len() > LONG && !family.is_some_and(|f| LIKE_LONG.contains(&f)) {
        hints.push(Hint::LongPrompt { words: all.len() });
    }
    if all.is_empty() {
        hints.extend((!directed).then_some(Hint::NoAction));
        return hints;
    }
    let clauses = clauses(prompt);
    let actions = actions(&clauses);
    let moved = clauses.iter().find_map(|c| camera(c)).or(extreme(&all));
    let apart = family == Some(APART);
    if let Some(words) = if apart { extreme_but_around(&all) } else { extreme(&all) } {
        hints.push(Hint::ExtremeCamera { words: words.into() });
    }
    if actions.is_empty() && moved.is_none() && !changes_light(&all) && !all.iter().any(|w| is_rest(w)) {
        if all.iter().any(|w| is_vague(w)) {
            hints.push(Hint::NoAction);
        } else if is_english(&all) {
            hints.push(Hint::DescribesScene);
        }
    }
    if let Some(actions) = competing(&actions) {
        hints.push(Hint::SeveralActions { actions });
    }
    if moved.is_some() && !actions.is_empty() && !apart {
        hints.push(Hint::CameraAndSubject);
    }
    hints
}

/// Whether a clause asks for rest and no other one for an action or a camera move: “waves roll in, camera static” asks for waves.
pub(super) fn asks_for_rest(prompt: &str) -> bool {
    let (rest, others): (Vec<_>, Vec<_>) = clauses(prompt).into_iter().partition(|c| c.iter().any(|w| is_rest(w)));
    !rest.is_empty() && actions(&others).is_empty() && others.iter().all(|c| camera(c).is_none() && extreme(c).is_none())
}

/// Whether a clause asks for light that changes.
pub(super) fn asks_for_light(prompt: &str) -> bool {
    changes_light(&words(prompt))
}

/// Whether a clause asks for a camera in the hand.
pub(super) fn asks_for_handheld(prompt: &str) -> bool {
    is_in_hand(&words(prompt))
}

/// A clause's action, and whether it has a subject of its own.
struct Action {
    verb: String,
    own_subject: bool,
}

/// One action for every clause that has one and does not speak of the camera.
fn actions(clauses: &[Vec<String>]) -> Vec<Action> {
    let of_scene = clauses.iter().filter(|c| camera(c).is_none() && extreme(c).is_none() && !c.iter().any(|w| w == "camera"));
    let action = |clause: &Vec<String>| {
        // A verb has something before it; a noun that looks like one often stands first: “waves roll in”.
        let at = |from: usize| clause.iter().skip(from).position(|w| is_action(w)).map(|i| i + from);
        let i = at(1).or_else(|| at(0))?;
        let first_is_one = clause.first().is_some_and(|w| is_action(w) && (w.ends_with("ing") || w.ends_with('s')));
        Some(match first_is_one && i > 1 {
            true => Action { verb: clause.first()?.clone(), own_subject: false },
            false => Action { verb: clause.get(i)?.clone(), own_subject: has_subject(clause, i) },
        })
    };
    of_scene.filter_map(action).collect()
}

/// The verbs, where one subject has too many or too many subjects have one.
fn competing(actions: &[Action]) -> Option<Vec<String>> {
    let mut run: Vec<String> = Vec::new();
    for action in actions {
        if action.own_subject {
            run.clear();
        }
        run.push(action.verb.clone());
        if run.len() > OF_ONE {
            return Some(run);
        }
    }
    (actions.len() > OF_ALL).then(|| actions.iter().map(|a| a.verb.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(prompt: &str) -> Vec<&'static str> {
        hints(prompt, false, None).iter().map(Hint::word).collect()
    }

    #[test]
    fn rest_of_one_thing_is_no_wish_for_rest() {
        for rest in ["static", "nothing moves", "static scene, no motion"] {
            assert!(asks_for_rest(rest), "{rest}");
        }
        for motion in
            ["waves roll in, camera static", "clouds drift left, static background", "camera pans left, background static", "", "waves"]
        {
            assert!(!asks_for_rest(motion), "{motion}");
        }
        assert_eq!(found("waves roll in, camera static"), [] as [&str; 0]);
        assert_eq!(found("waves roll in, camera pans left, static background"), ["camera_and_subject"]);
    }

    #[test]
    fn good_prompts_raise_no_alarm() {
        for prompt in [
            "clouds drift left, water ripples",
            "clouds drift left, water ripples, leaves sway",
            "Waves roll in and crash on the rocks.",
            "She turns her head slowly and smiles.",
            "The camera pans slowly to the right.",
            "slow push in",
            "nothing moves, static scene",
            "the flag flutters in the wind, static camera",
            "smoke rises from the chimney",
            "steam rises, the camera stays still",
            "雲が左へ流れる",
            "die Wolken ziehen nach links",
            "a horse gallops across the field",
            "her hair is blowing in the wind",
        ] {
            assert_eq!(found(prompt), [] as [&str; 0], "{prompt}");
        }
    }

    #[test]
    fn thirty_words_are_enough_but_for_models_that_like_more() {
        let prompt = |n: usize| format!("water ripples {}", "softly ".repeat(n - 2));
        assert_eq!(found(&prompt(30)), [] as [&str; 0]);
        assert_eq!(hints(&prompt(31), false, Some("wan")), [Hint::LongPrompt { words: 31 }]);
        assert_eq!(hints(&prompt(31), false, Some("cogvideox")), []);
    }

    #[test]
    fn scenes_are_told_from_motion() {
        assert_eq!(found("a beautiful mountain landscape with a lake, cinematic, 8k"), ["describes_scene"]);
        assert_eq!(found("portrait of a woman in a red dress, photorealistic"), ["describes_scene"]);
        assert_eq!(found("bring the photo to life with dynamic motion"), ["no_action"]);
        assert_eq!(found("make it move"), ["no_action"]);
        assert_eq!(found("  "), ["no_action"]);
        assert_eq!(hints("", true, None), []);
    }

    #[test]
    fn several_actions_are_counted_by_subject() {
        assert_eq!(found("she walks and smiles"), [] as [&str; 0]);
        assert_eq!(
            hints("she walks, turns and waves", false, None),
            [Hint::SeveralActions { actions: ["walks", "turns", "waves"].map(String::from).to_vec() }]
        );
        assert_eq!(found("running, jumping, spinning, dancing"), ["several_actions"]);
        assert_eq!(found("clouds drift, water ripples, leaves sway, birds fly"), ["several_actions"]);
    }

    #[test]
    fn camera_and_subject_are_two_wishes_and_some_moves_are_too_much() {
        assert_eq!(found("the camera pans right while she walks"), ["camera_and_subject"]);
        assert_eq!(found("zoom in, water ripples"), ["camera_and_subject"]);
        assert_eq!(found("360° around the car"), ["extreme_camera"]);
        assert_eq!(found("fast zoom on the face"), ["extreme_camera"]);
        assert_eq!(found("the camera orbits the statue"), ["extreme_camera"]);
        assert_eq!(found("camera moves slowly forward"), [] as [&str; 0]);
    }

    #[test]
    fn what_moves_regions_and_camera_apart_can_do_both_and_go_a_little_around() {
        let found = |prompt: &str| hints(prompt, false, Some("motion_field")).iter().map(Hint::word).collect::<Vec<_>>();
        assert_eq!(found("clouds drift left, the camera pans right"), [] as [&str; 0]);
        assert_eq!(found("the camera orbits to the right, water ripples"), [] as [&str; 0]);
        assert_eq!(found("360° around the car"), ["extreme_camera"]);
        assert_eq!(found("the camera orbits upside down"), ["extreme_camera"]);
    }

    #[test]
    fn light_that_changes_is_a_motion() {
        for prompt in ["the light is getting warmer", "evening light, slowly darker", "the scene brightens"] {
            assert_eq!(found(prompt), [] as [&str; 0], "{prompt}");
        }
        assert_eq!(found("warm light over the lake"), ["describes_scene"]);
    }
}
