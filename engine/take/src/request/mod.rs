//! Settings + stills + model → a [`Request`], and its hash.

mod error;
mod hash;
mod latent;
mod length;
mod note;
mod phrase;
mod settings;
mod stills;
#[cfg(test)]
pub(crate) mod tests;

pub use error::RequestError;
pub use hash::{GenerationHash, SettingsHash, StillHash, TakeHash};
pub use latent::LatentRequest;
pub use note::Note;
pub use phrase::motion_phrase;
pub use settings::{Camera, Drift, Fit, Settings};
pub use stills::{Keyframe, Stills};

use serde::{Deserialize, Serialize};

use crate::pack::Pack;
use crate::params;
use crate::picture::{Picture, PictureError};
use length::Length;

/// Raised whenever the same request would give other pixels than before; part of every hash.
pub const RECIPE: u32 = 7;

/// Everything a take's frames depend on. Same request, same frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// [`RECIPE`] of the build that made the request.
    pub recipe: u32,
    /// Hash of the still's pixels.
    pub still: StillHash,
    /// Pack name.
    pub model: String,
    /// Digest of the pack.
    pub model_digest: String,
    /// What should move, as the user said it.
    pub prompt: String,
    /// What must not, as the user said it.
    pub negative_prompt: String,
    /// Variation.
    pub seed: u32,
    /// Number of frames, the still's own (frame 0) counted.
    pub frames: u32,
    /// Frames per second.
    pub fps: f64,
    /// Take width, pixels.
    pub width: u32,
    /// Take height, pixels.
    pub height: u32,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    /// How stills of other proportions come to the take's (`motion_field`) or the model's size.
    pub fit: Fit,
    /// Camera direction.
    pub camera: Camera,
    /// Where what the mask marks, or everything, is carried.
    pub drift: Drift,
    /// 0…1.
    pub strength: f64,
    /// End where it begins.
    pub looped: bool,
    /// What a latent family is told; `None` for `motion_field`.
    pub latent: Option<LatentRequest>,
}

impl Request {
    /// Longest prompt accepted, characters.
    pub const MAX_PROMPT: usize = 4000;

    /// What `settings` ask of `pack` for those stills, and what a person should know about it.
    pub fn new(settings: &Settings, pack: &Pack, stills: &Stills) -> Result<(Self, Vec<Note>), RequestError> {
        check_ranges(settings)?;
        in_range("pixel aspect", stills.pixel_aspect, 0.1, 10.0)?;
        let controls = pack.controls();
        if let Some(control) = settings.asked().chain(stills.asked()).find(|c| !controls.has(*c)) {
            return Err(RequestError::Lacks { model: pack.name.clone(), control, has: controls.labels() });
        }
        let mut notes = Vec::new();
        let length = Length::of(settings, pack, &mut notes)?;
        let (latent, (width, height)) = match &pack.latent {
            Some(latent) => {
                let (told, size) = latent::resolve(settings, pack, latent, stills, &length, &mut notes)?;
                (Some(told), size)
            }
            None => (None, plain_size(settings, pack, stills)?),
        };
        let plain = |v: f64| if v == 0.0 { 0.0 } else { v };
        let (c, d) = (settings.camera, settings.drift);
        let request = Self {
            recipe: RECIPE,
            still: stills.still.clone(),
            model: pack.name.clone(),
            model_digest: pack.digest.clone(),
            prompt: settings.prompt.trim().to_string(),
            negative_prompt: settings.negative_prompt.trim().to_string(),
            seed: settings.seed,
            frames: length.frames,
            fps: length.fps,
            width,
            height,
            pixel_aspect: stills.pixel_aspect,
            fit: settings.fit.with(pack),
            camera: Camera { pan: plain(c.pan), tilt: plain(c.tilt), dolly: plain(c.dolly), roll: plain(c.roll) },
            drift: Drift { x: plain(d.x), y: plain(d.y) },
            strength: plain(settings.strength),
            looped: settings.looped,
            latent,
        };
        Ok((request, notes))
    }

    /// The take's name.
    pub fn take_hash(&self) -> TakeHash {
        TakeHash::from_hash(hash::of_json(b"wakeframe take 1", self))
    }

    /// Names the frames the model makes: of a latent family's they do not depend on the take's own number, rate and
    /// size of frames, so that another of these never denoises again.
    pub fn generation_hash(&self) -> GenerationHash {
        let mut bare = self.clone();
        if bare.latent.is_some() {
            (bare.frames, bare.fps, bare.width, bare.height, bare.pixel_aspect) = (0, 0.0, 0, 0, 0.0);
        }
        GenerationHash::from_hash(hash::of_json(b"wakeframe generation 1", &bare))
    }

    /// The request's name without its stills and sizes. Where two requests agree in it, their stills may still differ:
    /// compare them by look.
    pub fn settings_hash(&self) -> SettingsHash {
        let mut bare = self.clone();
        (bare.still, bare.width, bare.height) = (StillHash::none(), 0, 0);
        if let Some(latent) = &mut bare.latent {
            (latent.width, latent.height) = (0, 0);
            let others = latent.last.iter_mut().chain(&mut latent.mask).chain(latent.keyframes.iter_mut().map(|k| &mut k.still));
            others.for_each(|name| *name = StillHash::none());
        }
        SettingsHash::from_hash(hash::of_json(b"wakeframe settings 1", &bare))
    }

    /// Every picture the request is made of: the still, the last frame, the keyframes, the mask.
    pub fn stills(&self) -> Vec<&StillHash> {
        let latent = self.latent.iter();
        let others = latent.flat_map(|l| l.last.iter().chain(&l.mask).chain(l.keyframes.iter().map(|k| &k.still)));
        std::iter::once(&self.still).chain(others).collect()
    }

    /// A picture beside the take's frames, brought to their size the way the still comes there.
    pub fn fitted(&self, picture: &Picture) -> Result<Picture, PictureError> {
        let (width, height) = (self.width as usize, self.height as usize);
        let crops = match self.fit {
            Fit::Crop => true,
            Fit::Stretch => false,
            Fit::Model => self.latent.is_none(),
        };
        if crops { picture.centre_cropped(width, height)?.resized(width, height) } else { picture.resized(width, height) }
    }

    /// Length in seconds.
    pub fn duration(&self) -> f64 {
        f64::from(self.frames) / self.fps
    }
}

/// `motion_field` works at the take's size.
fn plain_size(settings: &Settings, pack: &Pack, stills: &Stills) -> Result<(u32, u32), RequestError> {
    let (width, height) = settings.size.unwrap_or(stills.size);
    let max = pack.limits.max_width;
    if width.max(height) > max || width.min(height) < 16 {
        return Err(RequestError::Size { model: pack.name.clone(), width, height, max });
    }
    Ok((width, height))
}

/// Every number the table gives a range.
fn check_ranges(s: &Settings) -> Result<(), RequestError> {
    let noise = s.noise_aug.map(|v| ("noiseAug", v));
    let numbers = [
        ("strength", s.strength),
        ("guidance", s.guidance),
        ("guidanceLow", s.guidance_low),
        ("guidanceFirst", s.guidance_first),
        ("shift", s.shift),
        ("steps", f64::from(s.steps)),
        ("motionBucket", f64::from(s.motion_bucket)),
        ("degradation", f64::from(s.degradation)),
        ("frames", f64::from(s.frames)),
    ];
    for (name, value) in s.camera.parts().into_iter().chain(s.drift.parts()).chain(numbers).chain(noise) {
        let (min, max) = params::range_of(name);
        in_range(name, value, min, max)?;
    }
    for text in [&s.prompt, &s.negative_prompt] {
        let n = text.chars().count();
        if n > Request::MAX_PROMPT {
            return Err(RequestError::PromptTooLong(n));
        }
    }
    Ok(())
}

fn in_range(name: &'static str, value: f64, min: f64, max: f64) -> Result<(), RequestError> {
    if value >= min && value <= max { Ok(()) } else { Err(RequestError::Range { name, value, min, max }) }
}
