//! How long a take is, in frames of its own and in frames of the model's.

use super::{Note, RequestError, Settings, in_range};
use crate::pack::{Latent, Pack};
use crate::params;

/// Slack for products such as 0.1 · 30, which is a hair above 3.
const HAIR: f64 = 1e-6;

/// Frames and rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Length {
    /// Frames of the take.
    pub(super) frames: u32,
    /// Frames per second of the take.
    pub(super) fps: f64,
    /// Frames the model makes.
    pub(super) model_frames: u32,
    /// Frames per second of the model's.
    pub(super) model_fps: f64,
}

impl Length {
    pub(super) fn of(settings: &Settings, pack: &Pack, notes: &mut Vec<Note>) -> Result<Self, RequestError> {
        if settings.fps != 0.0 {
            in_range("fps", settings.fps, 1.0, params::double("fps").2)?;
        }
        match &pack.latent {
            None => plain(settings, pack, notes),
            Some(latent) => sampled(settings, pack, latent, notes),
        }
    }
}

/// `motion_field` makes any frame of any time.
fn plain(settings: &Settings, pack: &Pack, notes: &mut Vec<Note>) -> Result<Length, RequestError> {
    let fps = if settings.fps == 0.0 { pack.limits.default_fps } else { settings.fps };
    let frames = if settings.frames > 0 {
        within(pack, f64::from(settings.frames) / fps, pack.limits.max_duration)?;
        settings.frames.max(2)
    } else {
        frames_of(duration(settings, pack, pack.limits.max_duration, notes)?, fps)
    };
    Ok(Length { frames, fps, model_frames: frames, model_fps: fps })
}

/// A latent family makes frames of its own number and rate.
fn sampled(settings: &Settings, pack: &Pack, latent: &Latent, notes: &mut Vec<Note>) -> Result<Length, RequestError> {
    let rule = &latent.frames;
    let fps = if settings.fps == 0.0 { latent.fps } else { settings.fps };
    let follows = latent.fps_conditioned && fps >= latent.fps_range.0 && fps <= latent.fps_range.1;
    let length = if settings.frames > 0 {
        let asked = settings.frames;
        let made = rule.rounded(asked).ok_or_else(|| RequestError::Frames {
            model: pack.name.clone(),
            value: asked,
            min: rule.min(),
            max: rule.max,
            rule: rule.formula(),
            nearest: rule.up(asked).unwrap_or(rule.max),
        })?;
        if made != asked {
            notes.push(Note::FramesRounded { asked, made, rule: rule.formula() });
        }
        let model_fps = if follows { fps } else { latent.fps };
        Length { frames: frames_of(f64::from(made) / model_fps, fps), fps, model_frames: made, model_fps }
    } else {
        let rates = [follows.then_some(fps), Some(latent.fps)].into_iter().flatten();
        let longest = rates.clone().map(|rate| f64::from(rule.max) / rate).fold(0.0, f64::max);
        let duration = duration(settings, pack, longest, notes)?;
        let made = rates.clone().find_map(|rate| Some((rule.up((duration * rate - HAIR).ceil() as u32)?, rate)));
        let (model_frames, model_fps) = made.unwrap_or((rule.max, latent.fps));
        Length { frames: frames_of(duration, fps), fps, model_frames, model_fps }
    };
    if (length.frames, length.fps) != (length.model_frames, length.model_fps) {
        let Length { frames, fps, model_frames, model_fps } = length;
        notes.push(Note::Retimed { model_frames, model_fps, frames, fps });
    }
    Ok(length)
}

fn frames_of(seconds: f64, fps: f64) -> u32 {
    ((seconds * fps).round() as u32).max(2)
}

/// What was asked for; the usual length, as far as the model goes, where nothing was.
fn duration(settings: &Settings, pack: &Pack, longest: f64, notes: &mut Vec<Note>) -> Result<f64, RequestError> {
    if settings.duration != 0.0 {
        return within(pack, settings.duration, longest);
    }
    let usual = params::double("duration").0;
    let seconds = usual.min(in_milliseconds(longest)).max(pack.limits.min_duration);
    if seconds < usual {
        notes.push(Note::Shortened { seconds });
    }
    within(pack, seconds, longest)
}

/// As it can be typed, and never longer.
fn in_milliseconds(seconds: f64) -> f64 {
    (seconds * 1000.0 + HAIR).floor() / 1000.0
}

fn within(pack: &Pack, value: f64, longest: f64) -> Result<f64, RequestError> {
    let min = pack.limits.min_duration;
    if value >= min - HAIR && value <= longest + HAIR {
        return Ok(value);
    }
    let max = in_milliseconds(longest);
    let nearest = if value > longest { max } else { min };
    Err(RequestError::Duration { model: pack.name.clone(), value, min, max, nearest })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{latent_pack, pack};
    use super::*;

    fn length(pack: &Pack, change: impl Fn(&mut Settings)) -> (Result<Length, RequestError>, Vec<Note>) {
        let mut settings = Settings::default();
        change(&mut settings);
        let mut notes = Vec::new();
        (Length::of(&settings, pack, &mut notes), notes)
    }

    fn parts(l: &Length) -> (u32, f64, u32, f64) {
        (l.frames, l.fps, l.model_frames, l.model_fps)
    }

    #[test]
    fn the_embedded_model_makes_what_is_asked() {
        let of = |change: &dyn Fn(&mut Settings)| length(&pack(), change);
        assert_eq!(parts(&of(&|_| {}).0.unwrap()), (96, 24.0, 96, 24.0));
        assert_eq!(parts(&of(&|s| s.frames = 49).0.unwrap()), (49, 24.0, 49, 24.0));
        assert_eq!(of(&|s| s.fps = 30.0).0.unwrap().frames, 120);
        assert!(of(&|_| {}).1.is_empty());
        assert!(of(&|s| s.frames = 600).0.unwrap_err().to_string().contains("set Duration to 10 instead of 25"));
        assert!(matches!(of(&|s| s.fps = 0.5).0, Err(RequestError::Range { name: "fps", .. })));
    }

    #[test]
    fn frames_asked_for_are_rounded_with_a_note() {
        let p = latent_pack();
        let of = |n| length(&p, |s| s.frames = n);
        assert_eq!((parts(&of(81).0.unwrap()), of(81).1.len()), ((81, 16.0, 81, 16.0), 0));
        let (rounded, notes) = of(80);
        assert_eq!(parts(&rounded.unwrap()), (81, 16.0, 81, 16.0));
        assert_eq!(notes, [Note::FramesRounded { asked: 80, made: 81, rule: "4n + 1".into() }]);
        assert_eq!(notes[0].to_string(), "the model makes 4n + 1 frames: 81 instead of 80");
        let refused = of(90).0.unwrap_err().to_string();
        assert_eq!(refused, "the model all makes 5 to 81 frames, 4n + 1; ask for 81 instead of 90");
        assert!(of(2).0.unwrap_err().to_string().contains("ask for 5"));
    }

    #[test]
    fn a_duration_is_filled_and_retimed_with_a_note() {
        let p = latent_pack();
        let (l, notes) = length(&p, |s| (s.duration, s.fps) = (4.0, 24.0));
        assert_eq!(parts(&l.unwrap()), (96, 24.0, 65, 16.0));
        assert_eq!(notes, [Note::Retimed { model_frames: 65, model_fps: 16.0, frames: 96, fps: 24.0 }]);
        assert_eq!(notes[0].to_string(), "the model makes 65 frames at 16 frames/s; the take has 96 at 24");
        assert_eq!(length(&p, |s| s.frames = 81).0.unwrap().frames, 81);
        let (l, _) = length(&p, |s| (s.frames, s.fps) = (81, 24.0));
        assert_eq!(parts(&l.unwrap()), (122, 24.0, 81, 16.0));
        assert_eq!(length(&p, |s| s.duration = 5.0625).0.unwrap().model_frames, 81);
        let refused = length(&p, |s| s.duration = 6.0).0.unwrap_err();
        assert!(refused.to_string().contains("set Duration to 5.062 instead of 6"), "{refused}");
        assert!(length(&p, |s| s.duration = 0.1).0.unwrap_err().to_string().contains("set Duration to 0.3"));
    }

    #[test]
    fn a_model_that_knows_its_rate_follows_the_take() {
        let mut p = latent_pack();
        p.latent.as_mut().unwrap().fps_conditioned = true;
        let (l, notes) = length(&p, |s| (s.duration, s.fps) = (2.0, 24.0));
        assert_eq!(parts(&l.unwrap()), (48, 24.0, 49, 24.0));
        assert_eq!(notes.len(), 1, "one frame more than the take shows");
        assert_eq!(parts(&length(&p, |s| (s.frames, s.fps) = (49, 24.0)).0.unwrap()), (49, 24.0, 49, 24.0));
        // 4 s at 24 would be 97 frames: the model's own rate holds them, and the take is retimed.
        assert_eq!(parts(&length(&p, |s| (s.duration, s.fps) = (4.0, 24.0)).0.unwrap()), (96, 24.0, 65, 16.0));
        // Outside its range the model keeps its own.
        assert_eq!(length(&p, |s| (s.duration, s.fps) = (1.0, 100.0)).0.unwrap().model_fps, 16.0);
        // A slow take may be longer than the model's own rate allows.
        assert_eq!(parts(&length(&p, |s| (s.duration, s.fps) = (8.0, 10.0)).0.unwrap()), (80, 10.0, 81, 10.0));
        assert!(length(&p, |s| (s.duration, s.fps) = (9.0, 10.0)).0.unwrap_err().to_string().contains("set Duration to 8.1"));
    }

    #[test]
    fn without_a_length_the_usual_one_is_taken_as_far_as_the_model_goes() {
        let mut p = latent_pack();
        assert_eq!(length(&p, |_| {}).0.unwrap().model_frames, 65);
        let latent = p.latent.as_mut().unwrap();
        (latent.frames.multiple, latent.frames.offset, latent.frames.max, latent.fps) = (1, 0, 25, 7.0);
        let (l, notes) = length(&p, |_| {});
        assert_eq!(parts(&l.unwrap()), (25, 7.0, 25, 7.0));
        assert_eq!(notes, [Note::Shortened { seconds: 3.571 }]);
        assert_eq!(notes[0].to_string(), "the take is 3.571 s long, the longest this model makes");
        assert!(length(&p, |s| s.duration = 3.571).0.is_ok(), "what is said to be possible must be");
    }
}
