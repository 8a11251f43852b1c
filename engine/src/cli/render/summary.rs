//! The last words: what was asked, what was sent, what it took.

use std::path::{Path, PathBuf};

use serde::Serialize;
use wakeframe_take::request::{LatentRequest, Request};

use super::super::progress::WRITE;
use super::super::quantity;
use crate::generate::Made;
use crate::output::FrameRate;

/// What was done.
pub(super) struct Summary {
    pub(super) out: PathBuf,
    pub(super) sheet: Option<PathBuf>,
    pub(super) request: Request,
    pub(super) made: Made,
    /// Frames written, their size and rate.
    pub(super) written: (u32, u32, u32, f64),
    /// Seconds from the last frame made to the last file written.
    pub(super) writing: f64,
    pub(super) files: usize,
}

/// The last line of `--json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub(super) enum Last<'a> {
    Written {
        out: &'a Path,
        sheet: Option<&'a Path>,
        files: usize,
        frames: u32,
        width: u32,
        height: u32,
        fps: f64,
        reused: bool,
        stages: Vec<(&'a str, f64)>,
        /// Everything that was asked, as it was understood.
        request: &'a Request,
    },
}

impl Summary {
    /// Every stage and its seconds, writing the files included.
    fn stages(&self) -> Vec<(&str, f64)> {
        self.made.stages.iter().map(|(name, s)| (name.as_str(), *s)).chain([(WRITE, self.writing)]).collect()
    }

    pub(super) fn last_event(&self) -> Last<'_> {
        let (out, sheet) = (self.out.as_path(), self.sheet.as_deref());
        let (frames, width, height, fps) = self.written;
        let (reused, stages) = (self.made.reused, self.stages());
        Last::Written { out, sheet, files: self.files, frames, width, height, fps, reused, stages, request: &self.request }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let (frames, width, height, fps) = self.written;
        let rate = FrameRate::from_fps(fps);
        let stages: Vec<String> = self.stages().into_iter().map(|(name, s)| format!("{name} {}", quantity::seconds(s))).collect();
        let before = if self.made.reused { "frames from the store, " } else { "" };
        let length = quantity::seconds(f64::from(frames) / fps);
        let mut lines = vec![
            format!("{}: {frames} frames, {width}×{height}, {rate} frames/s, {length}", self.out.display()),
            format!("  asked  {}", asked(&self.request).join(", ")),
        ];
        if let Some(latent) = &self.request.latent {
            lines.push(format!("  model  {}", told(latent).join(", ")));
            if !latent.prompt.is_empty() {
                lines.push(format!("  sent   “{}”", latent.prompt));
            }
            if !latent.negative_prompt.is_empty() {
                let own = if self.request.negative_prompt.is_empty() { ", the model's own" } else { "" };
                lines.push(format!("  not    “{}”{own}", shortened(&latent.negative_prompt)));
            }
        }
        lines.push(format!("  took   {before}{}", stages.join(", ")));
        if let Some(sheet) = &self.sheet {
            lines.push(format!("{}: contact sheet", sheet.display()));
        }
        lines
    }
}

/// A long text's beginning: a model's own negative prompt is not news.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.into(),
    }
}

/// What the person said.
fn asked(r: &Request) -> Vec<String> {
    let mut all = vec![format!("model {}", r.model), format!("seed {}", r.seed), format!("strength {}", r.strength)];
    let drift = [("drift right", r.drift.x), ("drift down", r.drift.y)];
    all.extend(r.camera.parts().into_iter().chain(drift).filter(|(_, v)| *v != 0.0).map(|(name, v)| format!("{name} {v:+}")));
    if r.looped {
        all.push("loop".into());
    }
    if !r.prompt.is_empty() {
        all.push(format!("“{}”", r.prompt));
    }
    if !r.negative_prompt.is_empty() {
        all.push(format!("not “{}”", r.negative_prompt));
    }
    all
}

/// What the model was told.
fn told(l: &LatentRequest) -> Vec<String> {
    let rate = FrameRate::from_fps(l.fps);
    let steps = if l.steps == 0 { String::new() } else { format!("{} ", l.steps) };
    let mut all = vec![
        format!("{} frames, {}×{}, {rate} frames/s", l.frames, l.width, l.height),
        format!("{steps}{} steps", l.scheduler.word()),
        format!("guidance {}", l.guidance),
    ];
    let numbers = [
        ("guidance of the low-noise expert", l.guidance_low),
        ("guidance of the first frame", l.guidance_first),
        ("flow shift", l.shift),
        ("motion bucket", l.motion_bucket.map(f64::from)),
        ("noise augmentation", l.noise_aug),
        ("degradation", Some(f64::from(l.degradation)).filter(|d| *d > 0.0)),
    ];
    all.extend(numbers.into_iter().filter_map(|(label, value)| Some(format!("{label} {}", value?))));
    if l.dynamic_guidance {
        all.push("dynamic guidance".into());
    }
    match l.keyframes.len() {
        0 => {}
        1 => all.push("one keyframe".into()),
        n => all.push(format!("{n} keyframes")),
    }
    if l.last.is_some() {
        all.push("a last frame".into());
    }
    if l.mask.is_some() {
        all.push("a mask".into());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::{finished, latent_pack};
    use super::*;
    use wakeframe_take::picture::Picture;
    use wakeframe_take::request::{Camera, Drift, Keyframe, Settings, StillHash, Stills};
    use wakeframe_take::store::Store;

    fn summary(request: Request, made: Made) -> Summary {
        let written = (request.frames, request.width, request.height, request.fps);
        Summary { out: "clip.mp4".into(), sheet: Some("s.png".into()), request, made, written, writing: 0.5, files: 1 }
    }

    #[test]
    fn the_last_words_say_what_was_asked_and_what_it_took() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = finished(dir.path());
        let made = Made { take, reused: false, seconds: 3.0, stages: vec![("denoise".into(), 1.0), ("frames".into(), 2.0)] };
        let summary = summary(request, made);
        assert_eq!(
            summary.lines(),
            [
                "clip.mp4: 3 frames, 32×24, 24 frames/s, 0.12 s",
                "  asked  model mini, seed 1, strength 0.5, pan -0.6, “water ripples”",
                "  took   denoise 1.00 s, frames 2.00 s, write 0.50 s",
                "s.png: contact sheet",
            ]
        );
        let json = serde_json::to_value(summary.last_event()).unwrap();
        assert_eq!((json["event"].as_str(), json["out"].as_str(), json["frames"].as_u64()), (Some("written"), Some("clip.mp4"), Some(3)));
        assert_eq!(json["request"]["prompt"], "water ripples");
    }

    #[test]
    fn long_texts_are_shortened_between_characters() {
        assert_eq!(shortened("静止"), "静止");
        assert_eq!(shortened(&"静".repeat(61)), format!("{}…", "静".repeat(60)));
        assert_eq!(shortened(&"静".repeat(60)), "静".repeat(60));
    }

    #[test]
    fn what_a_latent_model_was_told_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let still = StillHash::of(&Picture::filled(64, 32, &[0.5; 3]).unwrap());
        let settings = Settings {
            prompt: "waves".into(),
            frames: 9,
            camera: Camera { pan: 1.0, ..Camera::default() },
            drift: Drift { x: 0.0, y: -0.5 },
            degradation: 29,
            ..Settings::default()
        };
        let keyframes = vec![Keyframe { frame: 3, still: still.clone(), strength: 1.0 }];
        let stills = Stills { last: Some(still.clone()), mask: Some(still.clone()), keyframes, ..Stills::one(still, (64, 32), 1.0) };
        let request = Request::new(&settings, &latent_pack(dir.path()), &stills).unwrap().0;
        let made = Made { take: store.take(&request.take_hash()), reused: true, seconds: 0.0, stages: Vec::new() };
        let lines = summary(request, made).lines();
        assert_eq!(
            lines[..6],
            [
                "clip.mp4: 9 frames, 64×32, 16 frames/s, 0.56 s",
                "  asked  model tiny, seed 1, strength 0.5, pan +1, drift down -0.5, “waves”",
                "  model  9 frames, 64×32, 16 frames/s, 4 unipc steps, guidance 5, degradation 29, one keyframe, a last frame, a mask",
                "  sent   “waves. The camera pans right. The subject moves up slowly.”",
                "  not    “static”, the model's own",
                "  took   frames from the store, write 0.50 s",
            ]
        );
    }
}
