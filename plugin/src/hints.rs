//! What the still and the prompt let expect, for the status. Nothing is blocked.

use wakeframe_take::check::{self, Hint, Shot};
use wakeframe_take::pack::Pack;
use wakeframe_take::request::Settings;

use crate::still::Still;

/// A status is one line: more would be read by nobody.
const MOST: usize = 2;

/// From prompt and numbers alone: for every change of the panel.
pub fn of_shot(settings: &Settings, pack: &Pack) -> Vec<String> {
    let (camera, drift) = (settings.camera.parts(), settings.drift.parts());
    let directed = camera.iter().chain(&drift).any(|(_, v)| *v != 0.0);
    let shot = Shot { prompt: &settings.prompt, directed, duration: Some(settings.duration), pack: Some(pack) };
    first(check::shot(&shot))
}

/// From the pixels: once per press.
pub fn of_still(still: &Still) -> Vec<String> {
    still.picture().map(|picture| first(check::still(&picture))).unwrap_or_default()
}

fn first(hints: Vec<Hint>) -> Vec<String> {
    hints.iter().take(MOST).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use wakeframe_take::transfer::Transfer;

    use super::*;
    use crate::fake::{FakeHost, pack};

    #[test]
    fn a_prompt_without_motion_is_told_unless_the_camera_moves() {
        let pack = pack("some", r#""prompt", "camera""#);
        let told = |prompt: &str, pan: f64| {
            let mut settings = Settings { prompt: prompt.into(), duration: 2.0, ..Settings::default() };
            settings.camera.pan = pan;
            of_shot(&settings, &pack)
        };
        assert!(told("", 0.0)[0].contains("names no motion"));
        assert!(told("", 0.5).is_empty() && told("water ripples", 0.0).is_empty());
        assert_eq!(told(&"a red boat on a lake ".repeat(12), 0.0).len(), 2);
    }

    #[test]
    fn a_small_still_is_told() {
        let host = FakeHost::with_still(64, 36, 0.5);
        let still = Still::fetch(&host, 1.0, Transfer::Srgb).unwrap();
        assert!(of_still(&still)[0].contains("64×36"));
    }
}
