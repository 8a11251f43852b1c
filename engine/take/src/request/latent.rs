//! What a latent family is told, every value settled.

use serde::{Deserialize, Serialize};

use super::length::Length;
use super::phrase::{joined, motion_phrase};
use super::{Fit, Keyframe, Note, RequestError, Settings, StillHash, Stills};
use crate::pack::{Control, Latent, Pack, Scheduler};
use crate::picture::Picture;

/// What a latent family is told, every value settled against the pack's own. `None` where the pack has no such control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatentRequest {
    /// Frames the model makes, the still's own (frame 0) counted; within the pack's frame rule.
    pub frames: u32,
    /// Their rate, frames per second: what the model is told where it is told one.
    pub fps: f64,
    /// Width of the model's frames, pixels; within the pack's size rule.
    pub width: u32,
    /// Height of the model's frames, pixels.
    pub height: u32,
    /// Prompt as sent: the user's and the motion in words. Empty where the pack takes none.
    pub prompt: String,
    /// Negative prompt as sent: the pack's own where the user's is empty.
    pub negative_prompt: String,
    /// Denoise steps; 0 where the pack's schedule is fixed.
    pub steps: u32,
    /// Guidance; 1 is none.
    pub guidance: f64,
    /// Guidance of the low-noise expert.
    pub guidance_low: Option<f64>,
    /// Guidance of the first frame.
    pub guidance_first: Option<f64>,
    /// Guidance that grows over the steps.
    pub dynamic_guidance: bool,
    /// What steps the latent.
    pub scheduler: Scheduler,
    /// Flow shift.
    pub shift: Option<f64>,
    /// Motion bucket, 0…255.
    pub motion_bucket: Option<u32>,
    /// Noise added to the still, 0…1.
    pub noise_aug: Option<f64>,
    /// Constant rate factor of the still's H.264-like degradation, 0…51; 0 is none.
    pub degradation: u32,
    /// Frames on the way, in the model's frames, in the order given.
    pub keyframes: Vec<Keyframe>,
    /// The last frame.
    pub last: Option<StillHash>,
    /// Where things move; only where camera or drift move anything.
    pub mask: Option<StillHash>,
}

/// The model's part of a request and the take's size.
pub(super) fn resolve(
    settings: &Settings,
    pack: &Pack,
    latent: &Latent,
    stills: &Stills,
    length: &Length,
    notes: &mut Vec<Note>,
) -> Result<(LatentRequest, (u32, u32)), RequestError> {
    let has = |control| latent.controls.has(control);
    let own = &latent.defaults;
    let or = |value: f64, own: Option<f64>| if value == 0.0 { own } else { Some(value) };
    let Sizes { model, take } = sizes(settings, pack, latent, stills, notes)?;
    let prompt = prompt(settings, latent, stills, notes);
    let negative = settings.negative_prompt.trim();
    let guidance = if settings.guidance == 0.0 { own.guidance } else { settings.guidance };
    let low = if settings.guidance == 0.0 { own.guidance_low } else { Some(settings.guidance) };
    let moves = settings.strength > 0.0
        && settings.camera.parts().iter().chain(&settings.drift.parts().map(|(n, v)| (n, v))).any(|(_, v)| *v != 0.0);
    let request = LatentRequest {
        frames: length.model_frames,
        fps: length.model_fps,
        width: model.0,
        height: model.1,
        prompt,
        negative_prompt: match negative {
            _ if !has(Control::Negative) => String::new(),
            "" if settings.no_negative => String::new(),
            "" => own.negative.clone(),
            text => text.into(),
        },
        steps: if settings.steps == 0 { own.steps } else { settings.steps },
        guidance,
        guidance_low: or(settings.guidance_low, low).filter(|_| has(Control::GuidanceLow)),
        guidance_first: or(settings.guidance_first, own.guidance_first).filter(|_| has(Control::GuidanceFirst)),
        dynamic_guidance: settings.dynamic_guidance,
        scheduler: scheduler(settings, pack, latent)?,
        shift: or(settings.shift, own.shift).filter(|_| has(Control::Shift)),
        motion_bucket: has(Control::MotionBucket).then(|| match settings.motion_bucket {
            0 => (255.0 * settings.strength).floor() as u32,
            n => n,
        }),
        noise_aug: settings.noise_aug.or(own.noise_aug).filter(|_| has(Control::NoiseAug)),
        degradation: settings.degradation,
        keyframes: keyframes(stills, length, notes)?,
        last: stills.last.clone(),
        mask: stills.mask.clone().filter(|_| moves),
    };
    Ok((request, take))
}

/// The user's words, and the motion in words where the model reads any.
fn prompt(settings: &Settings, latent: &Latent, stills: &Stills, notes: &mut Vec<Note>) -> String {
    let words = settings.prompt.trim();
    if !(latent.controls.has(Control::Prompt) && latent.controls.has(Control::Camera)) {
        return words.into();
    }
    let phrase = motion_phrase(&settings.camera, &settings.drift, settings.strength, stills.mask.is_some());
    let sent = joined(words, &phrase);
    if sent != words {
        notes.push(Note::Prompt { sent: sent.clone() });
    }
    sent
}

fn scheduler(settings: &Settings, pack: &Pack, latent: &Latent) -> Result<Scheduler, RequestError> {
    let own = latent.schedulers.first().copied().unwrap_or(Scheduler::Euler);
    let asked = settings.scheduler.unwrap_or(own);
    if latent.schedulers.contains(&asked) {
        return Ok(asked);
    }
    let has = latent.schedulers.iter().map(|s| s.word()).collect::<Vec<_>>().join(", ");
    Err(RequestError::Scheduler { model: pack.name.clone(), scheduler: asked.word(), has })
}

/// From frames of the take to the model's.
fn keyframes(stills: &Stills, length: &Length, notes: &mut Vec<Note>) -> Result<Vec<Keyframe>, RequestError> {
    let mut all: Vec<Keyframe> = Vec::with_capacity(stills.keyframes.len());
    let last = length.frames.saturating_sub(1);
    for key in &stills.keyframes {
        super::in_range("keyframe strength", key.strength, 0.0, 1.0)?;
        if key.frame == 0 || key.frame > last {
            return Err(RequestError::KeyframeOutside { frame: key.frame, last });
        }
        let at = f64::from(key.frame) / length.fps * length.model_fps;
        let frame = (at.round() as u32).clamp(1, length.model_frames.saturating_sub(1).max(1));
        if (at - f64::from(frame)).abs() > 1e-6 {
            notes.push(Note::KeyframeMoved { frame: key.frame, model_frame: frame });
        }
        if all.iter().any(|k| k.frame == frame) {
            return Err(RequestError::KeyframeTwice(frame));
        }
        all.push(Keyframe { frame, ..key.clone() });
    }
    Ok(all)
}

struct Sizes {
    model: (u32, u32),
    take: (u32, u32),
}

fn sizes(settings: &Settings, pack: &Pack, latent: &Latent, stills: &Stills, notes: &mut Vec<Note>) -> Result<Sizes, RequestError> {
    let rule = &latent.sizes;
    let model = match settings.model_size.or(settings.size) {
        Some((width, height)) if !rule.holds(width, height) => return Err(wrong_size(pack, latent, width, height)),
        Some(size) => size,
        // The model sees square pixels.
        None => rule.for_ratio(f64::from(stills.size.0) * stills.pixel_aspect / f64::from(stills.size.1.max(1))),
    };
    let cropped = settings.fit.with(pack) == Fit::Crop && settings.size.is_none();
    let take = match settings.size {
        Some(size) => size,
        None if cropped => cropped_to(stills, model),
        None => stills.size,
    };
    let max = Picture::MAX_SIDE as u32;
    if take.0.max(take.1) > max || take.0.min(take.1) < 16 {
        return Err(RequestError::Size { model: pack.name.clone(), width: take.0, height: take.1, max });
    }
    if cropped && take != stills.size {
        notes.push(Note::Cropped { take });
    }
    if take != model {
        notes.push(Note::Resized { model, take });
    }
    Ok(Sizes { model, take })
}

fn wrong_size(pack: &Pack, latent: &Latent, width: u32, height: u32) -> RequestError {
    let rule = &latent.sizes;
    let words = if rule.only_native {
        "it works at the sizes it was trained at alone".into()
    } else {
        format!("sides must be multiples of {}, up to {}", rule.multiple, rule.max)
    };
    RequestError::ModelSize { model: pack.name.clone(), width, height, rule: words, near: rule.near(width, height) }
}

/// The largest centred part of the still with the model's proportions, as [`Picture::centre_cropped`] cuts it.
fn cropped_to(stills: &Stills, model: (u32, u32)) -> (u32, u32) {
    let (w, h) = (f64::from(stills.size.0), f64::from(stills.size.1));
    let want = f64::from(model.0) / f64::from(model.1.max(1)) / stills.pixel_aspect;
    let cut = if w / h > want { (h * want, h) } else { (w, w / want) };
    ((cut.0.round() as u32).clamp(1, stills.size.0), (cut.1.round() as u32).clamp(1, stills.size.1))
}
