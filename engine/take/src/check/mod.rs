//! What a still or a prompt lets expect, before anything is generated. Nothing is blocked: each finding is a [`Hint`].
//!
//! | function | looks at | cost |
//! |---|---|---|
//! | [`shot`] | prompt, duration, pack | microseconds: for every keystroke |
//! | [`still`] | the still's pixels | about 0.1 s at 1920×1080: once per still |
//!
//! Where each threshold comes from stands beside it; `engine/docs/review.md` has them in one table.

mod blocks;
mod blur;
mod edge;
mod exposure;
mod hint;
mod luma;
mod prompt;
mod words;

pub use edge::Edge;
pub use hint::Hint;

use crate::pack::{Control, Pack};
use crate::picture::Picture;

/// Fewest pixels of the longer side: the width of 720p, the largest size most open image-to-video models were trained at
/// (Wan 2.1 720p: 1280×720; LTX-Video: 1216×704; SVD: 1024×576). A smaller still is enlarged, and the model sees no detail.
pub const LONG_SIDE: usize = 1280;
/// Fewest pixels of the shorter side.
pub const SHORT_SIDE: usize = 720;

/// What a take is asked for, as far as words and numbers go.
#[derive(Debug, Clone, Copy)]
pub struct Shot<'a> {
    /// The prompt as the user wrote it.
    pub prompt: &'a str,
    /// Whether camera or drift parameters move anything: then an empty prompt is a complete wish.
    pub directed: bool,
    /// Seconds asked for; `None` where nobody said.
    pub duration: Option<f64>,
    /// The model; `None` where it is not known.
    pub pack: Option<&'a Pack>,
}

/// What the words and numbers of `shot` let expect.
pub fn shot(shot: &Shot<'_>) -> Vec<Hint> {
    let reads = shot.pack.is_none_or(|pack| pack.controls().has(Control::Prompt));
    let mut hints = if reads { prompt::hints(shot.prompt, shot.directed, shot.pack.map(|p| p.family.as_str())) } else { Vec::new() };
    if let (Some(seconds), Some(pack)) = (shot.duration, shot.pack)
        && seconds > pack.limits.max_duration
    {
        hints.push(Hint::TooLong { seconds, longest: pack.limits.max_duration, model: pack.name.clone() });
    }
    hints
}

/// Whether a prompt asks for rest: “nothing moves”, “static scene”, but not “waves roll in, camera
/// static”.
pub fn asks_for_rest(prompt: &str) -> bool {
    prompt::asks_for_rest(prompt)
}

/// Whether a prompt asks for light that changes over the clip: “the light grows warmer”, but not “warm light”.
pub fn asks_for_light(prompt: &str) -> bool {
    prompt::asks_for_light(prompt)
}

/// Whether a prompt asks for a camera that is held in the hand.
pub fn asks_for_handheld(prompt: &str) -> bool {
    prompt::asks_for_handheld(prompt)
}

/// What the pixels of `picture` let expect.
pub fn still(picture: &Picture) -> Vec<Hint> {
    let (width, height) = (picture.width(), picture.height());
    let mut hints = Vec::new();
    if width.max(height) < LONG_SIDE || width.min(height) < SHORT_SIDE {
        hints.push(Hint::SmallStill { width, height });
    }
    let whole = luma::Luma::of(picture);
    hints.extend(blur::hint(&whole));
    hints.extend(exposure::hints(picture));
    hints.extend(blocks::hint(&whole));
    hints.extend(edge::hint(picture));
    hints
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A photograph that ships with Wakeframe.
    pub(crate) fn photograph(name: &str) -> Picture {
        let path = format!("{}/../../resources/stills/{name}", env!("CARGO_MANIFEST_DIR"));
        of_image(&image::open(path).unwrap().to_rgb8())
    }

    pub(crate) fn of_image(rgb: &image::RgbImage) -> Picture {
        let data = rgb.as_raw().iter().map(|v| f32::from(*v) / 255.0).collect();
        Picture::new(rgb.width() as usize, rgb.height() as usize, 3, data).unwrap()
    }

    pub(crate) fn to_image(p: &Picture) -> image::RgbImage {
        let bytes = p.data().iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
        image::RgbImage::from_raw(p.width() as u32, p.height() as u32, bytes).unwrap()
    }

    fn pack(name: &str, family: &str, max: f64) -> Pack {
        let text = format!(
            "format = 1\nname = \"{name}\"\ntitle = \"T\"\nfamily = \"{family}\"\nbest_for = \"x\"\nlicence = \"MIT\"\ncommercial_use = true\n\
             [limits]\nmin_duration = 0.5\nmax_duration = {max}\ndefault_fps = 24.0\nmax_width = 4096\n"
        );
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pack.toml"), text).unwrap();
        Pack::open(dir.path()).unwrap()
    }

    #[test]
    fn the_photographs_that_ship_raise_no_alarm() {
        for name in ["picosdeeuropa.jpg", "sunset.jpg"] {
            assert_eq!(still(&photograph(name)), [], "{name}");
        }
    }

    #[test]
    fn a_still_below_720p_is_small_either_way_up() {
        let small = |w, h| still(&Picture::filled(w, h, &[0.4; 3]).unwrap()).contains(&Hint::SmallStill { width: w, height: h });
        assert!(!small(1280, 720) && !small(720, 1280));
        assert!(small(1279, 720) && small(1280, 719) && small(720, 1279));
    }

    #[test]
    fn a_duration_is_held_against_the_model() {
        let mini = pack("mini", "motion_field", 10.0);
        let hints = |seconds| shot(&Shot { prompt: "clouds drift left", directed: false, duration: Some(seconds), pack: Some(&mini) });
        assert_eq!(hints(10.0), []);
        assert_eq!(hints(10.5), [Hint::TooLong { seconds: 10.5, longest: 10.0, model: "mini".into() }]);
    }
}
