//! English words that the prompt checks know.

/// Verbs of motion, without their endings. A word of the prompt is one with `s`, `es`, `ed` or `ing` after it too.
const VERBS: &str = "walk run jump turn smile blink wave nod talk speak laugh cry danc spin rotat sway swing drift rippl flow flicker \
    flutter blow fall rise float fly flies swim ride driv roll sing breath lean sit stand reach rais lower lift tremb bounc shimmer \
    pulse burn pour splash drip melt grow bloom explod gallop crawl climb chas throw catch hug kiss step approach leav glid slid sail \
    surf hover twinkl billow swirl sparkl stretch yawn eat drink stir scatter gather circl emerg unfold crash crumbl shak whirl bob \
    bend ruffl rustl undulat surg quiver creep dart soar flap wag lap ebb gust descend ascend march stroll skip hop kneel bow \
    wink glanc look open clos push pull lick chew inhal exhal sweep swoop spray steam smok rain snow trickl cascad churn";

/// Words that ask for motion without saying which.
const VAGUE: &[&str] =
    &["move", "moves", "moving", "motion", "movement", "animate", "animated", "animation", "alive", "dynamic", "action", "lively", "life"];

/// Words that ask for rest.
const REST: &[&str] = &["still", "static", "motionless", "frozen", "fixed", "nothing", "locked", "unmoving", "stays", "remains"];

/// Camera moves, as one or several words.
const CAMERA: &[&str] = &[
    "pan",
    "pans",
    "panning",
    "tilts up",
    "tilts down",
    "tilt up",
    "tilt down",
    "tilting",
    "dolly",
    "dollies",
    "zoom",
    "zooms",
    "zooming",
    "push in",
    "pushes in",
    "pull back",
    "pulls back",
    "pull out",
    "pulls out",
    "tracking shot",
    "crane shot",
    "orbit",
    "orbits",
    "camera moves",
    "camera moving",
    "camera movement",
    "camera follows",
    "camera rolls",
    "camera flies",
    "camera rises",
    "camera circles",
    "camera pushes",
    "camera pulls",
    "camera tilts",
    "camera tracks",
    "camera rotates",
    "camera spins",
    "camera glides",
    "camera drifts",
    "handheld",
    "drone shot",
];

/// Changes of the light.
const LIGHT: &[&str] = &[
    "warmer",
    "cooler",
    "colder",
    "brighter",
    "darker",
    "brighten",
    "brightens",
    "brightening",
    "darken",
    "darkens",
    "darkening",
    "dims",
    "dimming",
    "light fades",
    "light changes",
    "sun sets",
    "sun rises",
    "night falls",
    "dusk falls",
    "day breaks",
];

/// A camera that is not on a tripod.
const IN_HAND: &[&str] = &["handheld", "hand-held", "hand held", "in the hand", "shaky", "camera shake", "camera shakes"];

/// Extreme moves that go around something, which is little where a small part of the way is enough.
const AROUND: &[&str] = &["orbit", "orbits", "orbiting", "around the subject", "camera circles", "circles around"];

/// The other camera moves that must show what the still does not hold: behind it, or past it.
const EXTREME: &[&str] = &[
    "360",
    "whip pan",
    "crash zoom",
    "fly through",
    "flies through",
    "flying through",
    "barrel roll",
    "upside down",
    "camera spins",
    "camera rotates around",
    "fast zoom",
    "rapid zoom",
    "extreme zoom",
    "quick zoom",
    "fast pan",
    "rapid pan",
    "dolly zoom",
    "vertigo",
    "from behind",
    "bullet time",
    "bird's eye",
    "birds eye",
    "fpv",
    "zooms out to space",
    "earth zoom",
];

/// What shows that the prompt is English: without any the checks that know words stay silent.
const ENGLISH: &[&str] = &[
    "a",
    "an",
    "the",
    "of",
    "in",
    "on",
    "at",
    "with",
    "and",
    "by",
    "to",
    "her",
    "his",
    "its",
    "their",
    "photo",
    "photograph",
    "picture",
    "portrait",
    "landscape",
    "beautiful",
    "cinematic",
    "photorealistic",
    "realistic",
    "detailed",
    "masterpiece",
    "stunning",
    "quality",
    "style",
    "lighting",
    "background",
    "view",
    "scene",
    "4k",
    "8k",
    "hdr",
    "sunset",
    "mountain",
    "mountains",
    "lake",
];

/// Words that end like a verb's form and are none.
const NO_VERBS: &[&str] = &[
    "morning",
    "evening",
    "building",
    "ceiling",
    "clothing",
    "painting",
    "lighting",
    "wedding",
    "during",
    "string",
    "spring",
    "something",
    "nothing",
    "everything",
    "anything",
    "king",
    "ring",
    "wing",
    "thing",
    "earring",
    "stunning",
    "charming",
    "interesting",
    "amazing",
    "breathtaking",
    "striking",
    "looking",
    "standing",
    "sitting",
    "according",
    "setting",
    "wearing",
    "holding",
    "featuring",
    "including",
    "being",
    "having",
    "surrounding",
    "overlooking",
    "outstanding",
    "sterling",
    "railing",
    "awning",
    "trending",
    "rendering",
];

/// Words before a verb that do not make a subject of their own.
const NO_SUBJECT: &[&str] =
    &["then", "and", "also", "suddenly", "finally", "next", "first", "to", "begins", "starts", "again", "while", "is", "are"];

/// Lower-case words of `text`, punctuation off.
pub(super) fn words(text: &str) -> Vec<String> {
    let bare = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    text.split_whitespace().map(bare).filter(|w| !w.is_empty()).collect()
}

/// Parts of `text` that can have a subject and a verb each.
pub(super) fn clauses(text: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for part in text.split([',', ';', '.', '!', '?', '\n', '，', '。']) {
        let mut clause = Vec::new();
        for word in words(part) {
            if ["and", "then", "while", "before", "after"].contains(&word.as_str()) {
                all.push(std::mem::take(&mut clause));
            } else {
                clause.push(word);
            }
        }
        all.push(clause);
    }
    all.retain(|c| !c.is_empty());
    all
}

/// Whether a word is a verb of motion in any of its forms.
pub(super) fn is_action(word: &str) -> bool {
    if NO_VERBS.contains(&word) {
        return false;
    }
    let doubled = |stem: &str| {
        let mut ends = stem.chars().rev();
        ends.next().is_some_and(|last| ends.next() == Some(last))
    };
    let known = |stem: &str| {
        let once = if doubled(stem) { stem.get(..stem.len() - 1).unwrap_or(stem) } else { stem };
        VERBS.split_whitespace().any(|v| v == stem || v == once)
    };
    let cut = |ending: &str| word.strip_suffix(ending).is_some_and(known);
    known(word) || ["s", "es", "e", "ed", "d", "ing"].into_iter().any(cut) || (word.len() > 5 && word.ends_with("ing"))
}

/// Whether the verb at `at` has a subject of its own before it in the clause.
pub(super) fn has_subject(clause: &[String], at: usize) -> bool {
    clause.iter().take(at).any(|w| !(w.ends_with("ly") || NO_SUBJECT.contains(&w.as_str())))
}

pub(super) fn is_vague(word: &str) -> bool {
    VAGUE.contains(&word)
}

pub(super) fn is_rest(word: &str) -> bool {
    REST.contains(&word)
}

pub(super) fn is_english(words: &[String]) -> bool {
    words.iter().any(|w| ENGLISH.contains(&w.as_str()) || VAGUE.contains(&w.as_str()) || CAMERA.contains(&w.as_str()))
}

/// The camera move the words ask for; `None` where they ask for none, or for a camera that stays.
pub(super) fn camera(words: &[String]) -> Option<&'static str> {
    among(CAMERA, words).filter(|_| !words.iter().any(|w| is_rest(w)))
}

/// The extreme camera move the words ask for.
pub(super) fn extreme(words: &[String]) -> Option<&'static str> {
    extreme_but_around(words).or_else(|| among(AROUND, words))
}

/// The extreme camera move the words ask for, a way around something left out.
pub(super) fn extreme_but_around(words: &[String]) -> Option<&'static str> {
    among(EXTREME, words)
}

/// Whether the words ask for light that changes.
pub(super) fn changes_light(words: &[String]) -> bool {
    among(LIGHT, words).is_some()
}

/// Whether the words ask for a camera in the hand.
pub(super) fn is_in_hand(words: &[String]) -> bool {
    among(IN_HAND, words).is_some()
}

fn among(phrases: &[&'static str], words: &[String]) -> Option<&'static str> {
    phrases.iter().copied().find(|phrase| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.windows(phrase.len()).any(|w| w.iter().zip(&phrase).all(|(a, b)| a == b || a.strip_suffix("°").is_some_and(|a| a == *b)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_known_in_their_forms_and_nouns_are_not() {
        for verb in
            ["drift", "drifts", "drifting", "dance", "dances", "danced", "running", "runs", "flies", "swaying", "neighing", "spinning"]
        {
            assert!(is_action(verb), "{verb}");
        }
        for noun in ["morning", "mountain", "building", "lake", "spring", "woman", "standing", "grass", "dress"] {
            assert!(!is_action(noun), "{noun}");
        }
    }

    #[test]
    fn light_that_changes_is_told_from_light_that_is() {
        for changing in ["the light grows warmer", "slowly getting darker", "the sun sets behind the hills", "it brightens"] {
            assert!(changes_light(&words(changing)), "{changing}");
        }
        for still in ["warm light", "a bright morning", "sunset over the lake", "dark clouds drift"] {
            assert!(!changes_light(&words(still)), "{still}");
        }
        for held in ["handheld shot", "hand-held camera", "held in the hand", "camera shake"] {
            assert!(is_in_hand(&words(held)), "{held}");
        }
        assert!(!is_in_hand(&words("she waves her hand")));
    }

    #[test]
    fn clauses_and_their_subjects() {
        let all = clauses("Clouds drift left, and she slowly turns, then smiles.");
        assert_eq!(all.iter().map(|c| c.join(" ")).collect::<Vec<_>>(), ["clouds drift left", "she slowly turns", "smiles"]);
        assert!(has_subject(&all[1], 2) && !has_subject(&all[2], 0));
        assert!(!has_subject(&words("slowly turns"), 1));
    }
}
