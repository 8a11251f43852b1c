//! Settings + still + model → a [`Request`], and its hash.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::frame_file::to_half;
use crate::pack::Pack;
use crate::params::{self, EMBEDDED_MODEL};
use crate::picture::Picture;

/// Raised whenever the same request would give other pixels than before; part of every hash.
pub const RECIPE: u32 = 1;

/// Camera direction, each −1…1 over the whole clip.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// + to the right: the picture moves left.
    pub pan: f64,
    /// + up: the picture moves down.
    pub tilt: f64,
    /// + in: the picture grows.
    pub dolly: f64,
    /// + clockwise: the picture turns anticlockwise.
    pub roll: f64,
}

impl Camera {
    /// (name, value) of each direction.
    pub fn parts(&self) -> [(&'static str, f64); 4] {
        [("pan", self.pan), ("tilt", self.tilt), ("dolly", self.dolly), ("roll", self.roll)]
    }
}

/// What a person set, before a still and a model are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What should move.
    pub prompt: String,
    /// What must not.
    pub negative_prompt: String,
    /// Variation.
    pub seed: u32,
    /// Pack name, or a pack's folder.
    pub model: String,
    /// Seconds.
    pub duration: f64,
    /// Frames per second.
    pub fps: f64,
    /// Take size in pixels; `None` is the still's own.
    pub size: Option<(u32, u32)>,
    /// Camera direction.
    pub camera: Camera,
    /// 0…1.
    pub strength: f64,
    /// End where it begins.
    pub looped: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative_prompt: String::new(),
            seed: 1,
            model: EMBEDDED_MODEL.into(),
            duration: params::double("duration").0,
            fps: params::double("fps").0,
            size: None,
            camera: Camera::default(),
            strength: params::double("strength").0,
            looped: false,
        }
    }
}

/// A setting that cannot be honoured.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RequestError {
    /// A number outside its range, or not a number.
    #[error("{name} is {value}; it must be {min} to {max}")]
    Range {
        /// Parameter.
        name: &'static str,
        /// Value given.
        value: f64,
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// Longer or shorter than the model holds.
    #[error("the model {model} makes {min} to {max} seconds; set Duration to {nearest} instead of {value}")]
    Duration {
        /// Pack name.
        model: String,
        /// Seconds asked for.
        value: f64,
        /// Shortest.
        min: f64,
        /// Longest.
        max: f64,
        /// What to set.
        nearest: f64,
    },
    /// Larger than the model holds.
    #[error("the take would be {width}×{height}; the model {model} goes up to {max} pixels wide or high: scale the still down first")]
    Size {
        /// Pack name.
        model: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Longest side.
        max: u32,
    },
    /// Text too long to be a prompt.
    #[error("the prompt has {0} characters; the longest accepted is {max}", max = Request::MAX_PROMPT)]
    PromptTooLong(usize),
}

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
    /// What should move.
    pub prompt: String,
    /// What must not.
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
    /// Camera direction.
    pub camera: Camera,
    /// 0…1.
    pub strength: f64,
    /// End where it begins.
    pub looped: bool,
}

macro_rules! hash_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// 64 hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn from_hash(hash: blake3::Hash) -> Self {
                Self(hash.to_hex().to_string())
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(s: String) -> Result<Self, String> {
                let good = s.len() == 64 && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                if good { Ok(Self(s)) } else { Err(format!("“{s}” is not a hash of 64 hexadecimal digits")) }
            }
        }

        impl From<$name> for String {
            fn from(h: $name) -> String {
                h.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:.12}…)", stringify!($name), self.0)
            }
        }
    };
}

hash_name! {
    /// Names a still by its pixels as half floats.
    StillHash
}
hash_name! {
    /// Names a take by its whole request.
    TakeHash
}
hash_name! {
    /// Names a request without its still and size: the same at every render scale.
    SettingsHash
}

impl StillHash {
    /// Hash of the picture's size and half-float values.
    pub fn of(picture: &Picture) -> Self {
        let mut h = blake3::Hasher::new();
        h.update(b"wakeframe still 1");
        for n in [picture.width(), picture.height(), picture.channels()] {
            h.update(&(n as u32).to_le_bytes());
        }
        h.update(bytemuck::cast_slice(&to_half(picture)));
        Self::from_hash(h.finalize())
    }
}

impl Request {
    /// Longest prompt accepted, characters.
    pub const MAX_PROMPT: usize = 4000;

    /// What `settings` ask of `pack` for a still of that size and hash.
    pub fn new(
        settings: &Settings,
        pack: &Pack,
        still: StillHash,
        still_size: (u32, u32),
        pixel_aspect: f64,
    ) -> Result<Self, RequestError> {
        for (name, value) in settings.camera.parts() {
            let (_, min, max) = params::double(name);
            in_range(name, value, min, max)?;
        }
        let (_, min, max) = params::double("strength");
        in_range("strength", settings.strength, min, max)?;
        let (_, min, max) = params::double("fps");
        in_range("fps", settings.fps, min, max)?;
        in_range("pixel aspect", pixel_aspect, 0.1, 10.0)?;
        let l = &pack.limits;
        if !(settings.duration >= l.min_duration && settings.duration <= l.max_duration) {
            let nearest = if settings.duration > l.max_duration { l.max_duration } else { l.min_duration };
            return Err(RequestError::Duration {
                model: pack.name.clone(),
                value: settings.duration,
                min: l.min_duration,
                max: l.max_duration,
                nearest,
            });
        }
        let (width, height) = settings.size.unwrap_or(still_size);
        if width.max(height) > l.max_width || width.min(height) < 16 {
            return Err(RequestError::Size { model: pack.name.clone(), width, height, max: l.max_width });
        }
        for text in [&settings.prompt, &settings.negative_prompt] {
            let n = text.chars().count();
            if n > Self::MAX_PROMPT {
                return Err(RequestError::PromptTooLong(n));
            }
        }
        let plain = |v: f64| if v == 0.0 { 0.0 } else { v };
        let c = settings.camera;
        Ok(Self {
            recipe: RECIPE,
            still,
            model: pack.name.clone(),
            model_digest: pack.digest.clone(),
            prompt: settings.prompt.trim().to_string(),
            negative_prompt: settings.negative_prompt.trim().to_string(),
            seed: settings.seed,
            frames: ((settings.duration * settings.fps).round() as u32).max(2),
            fps: settings.fps,
            width,
            height,
            pixel_aspect,
            camera: Camera { pan: plain(c.pan), tilt: plain(c.tilt), dolly: plain(c.dolly), roll: plain(c.roll) },
            strength: plain(settings.strength),
            looped: settings.looped,
        })
    }

    /// The take's name.
    pub fn take_hash(&self) -> TakeHash {
        TakeHash::from_hash(hash_json(b"wakeframe take 1", self))
    }

    /// The request's name without its still and size.
    pub fn settings_hash(&self) -> SettingsHash {
        let zero = StillHash("0".repeat(64));
        let bare = Request { still: zero, width: 0, height: 0, ..self.clone() };
        SettingsHash::from_hash(hash_json(b"wakeframe settings 1", &bare))
    }

    /// Length in seconds.
    pub fn duration(&self) -> f64 {
        f64::from(self.frames) / self.fps
    }
}

/// serde_json writes struct fields in order and every finite number in its shortest exact form, so equal
/// requests give equal bytes.
fn hash_json(domain: &[u8], request: &Request) -> blake3::Hash {
    let mut h = blake3::Hasher::new();
    h.update(domain);
    h.update(&serde_json::to_vec(request).unwrap_or_default());
    h.finalize()
}

fn in_range(name: &'static str, value: f64, min: f64, max: f64) -> Result<(), RequestError> {
    if value >= min && value <= max { Ok(()) } else { Err(RequestError::Range { name, value, min, max }) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::pack::Limits;

    pub(crate) fn pack() -> Pack {
        Pack {
            name: "mini".into(),
            title: "Mini".into(),
            family: "motion_field".into(),
            best_for: "any still".into(),
            licence: "Apache-2.0".into(),
            commercial_use: true,
            limits: Limits { min_duration: 0.5, max_duration: 10.0, default_fps: 24.0, max_width: 4096 },
            digest: "d".repeat(64),
            folder: "/nowhere".into(),
        }
    }

    pub(crate) fn request() -> Request {
        let still = Picture::filled(64, 36, &[0.1, 0.2, 0.3]).unwrap();
        Request::new(&Settings::default(), &pack(), StillHash::of(&still), (64, 36), 1.0).unwrap()
    }

    #[test]
    fn equal_requests_have_equal_hashes_and_every_field_counts() {
        let base = request();
        assert_eq!(base.take_hash(), request().take_hash());
        let json = serde_json::to_value(&base).unwrap();
        for field in json.as_object().unwrap().keys() {
            let mut other = json.clone();
            let v = &mut other[field];
            *v = match &*v {
                serde_json::Value::String(s) if s.len() == 64 && field == "still" => "f".repeat(64).into(),
                serde_json::Value::String(s) => format!("{s}x").into(),
                serde_json::Value::Bool(b) => (!b).into(),
                serde_json::Value::Object(_) => serde_json::json!({"pan": 0.5, "tilt": 0.0, "dolly": 0.0, "roll": 0.0}),
                n => (n.as_f64().unwrap() as u32 + 1).into(),
            };
            let other: Request = serde_json::from_value(other).unwrap();
            assert_ne!(other.take_hash(), base.take_hash(), "{field} does not count");
        }
    }

    #[test]
    fn a_request_survives_json_with_its_hash() {
        let mut r = request();
        r.camera.pan = 0.1 + 0.2;
        r.fps = 24000.0 / 1001.0;
        let back: Request = serde_json::from_str(&serde_json::to_string(&r).unwrap()).unwrap();
        assert_eq!(back.take_hash(), r.take_hash());
    }

    #[test]
    fn scale_changes_the_take_but_not_the_settings() {
        let a = request();
        let still = Picture::filled(32, 18, &[0.1, 0.2, 0.3]).unwrap();
        let b = Request::new(&Settings::default(), &pack(), StillHash::of(&still), (32, 18), 1.0).unwrap();
        assert_ne!(a.take_hash(), b.take_hash());
        assert_eq!(a.settings_hash(), b.settings_hash());
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_what_can() {
        let with = |f: &dyn Fn(&mut Settings)| {
            let mut s = Settings::default();
            f(&mut s);
            Request::new(&s, &pack(), request().still, (64, 36), 1.0)
        };
        assert!(with(&|s| s.duration = 20.0).unwrap_err().to_string().contains("set Duration to 10"));
        assert!(matches!(with(&|s| s.camera.pan = f64::NAN), Err(RequestError::Range { name: "pan", .. })));
        assert!(matches!(with(&|s| s.strength = 1.5), Err(RequestError::Range { .. })));
        assert!(matches!(with(&|s| s.size = Some((9000, 100))), Err(RequestError::Size { .. })));
        assert!(matches!(with(&|s| s.prompt = "x".repeat(5000)), Err(RequestError::PromptTooLong(5000))));
        assert_eq!(with(&|s| s.duration = 4.0).unwrap().frames, 96);
    }

    #[test]
    fn minus_zero_is_zero() {
        let mut s = Settings::default();
        s.camera.roll = -0.0;
        let r = Request::new(&s, &pack(), request().still, (64, 36), 1.0).unwrap();
        assert_eq!(r.take_hash(), request().take_hash());
    }
}
