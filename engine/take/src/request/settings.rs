//! What a person set.

use serde::{Deserialize, Serialize};

use crate::pack::{Control, Controls, Pack, Scheduler};
use crate::params::{self, EMBEDDED_MODEL};

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

/// Where what the mask marks, or everything, is carried over the whole clip, each −1…1 of the picture's side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// + to the right.
    pub x: f64,
    /// + down.
    pub y: f64,
}

impl Drift {
    /// (name, value) of each direction.
    pub fn parts(&self) -> [(&'static str, f64); 2] {
        [("driftX", self.x), ("driftY", self.y)]
    }
}

/// How a still of other proportions comes to the size asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// As the model's reference does it: `motion_field` and `i2vgen` crop, other families stretch.
    #[default]
    Model,
    /// Cropped around its centre.
    Crop,
    /// Stretched.
    Stretch,
}

impl Fit {
    /// `Model` is `Crop` for the latent family whose reference crops.
    pub(super) fn with(self, pack: &Pack) -> Self {
        if self == Fit::Model && pack.crops() { Fit::Crop } else { self }
    }

    /// The fit of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "model" => Some(Fit::Model),
            "crop" => Some(Fit::Crop),
            "stretch" => Some(Fit::Stretch),
            _ => None,
        }
    }
}

/// What a person set, before stills and a model are known. Where a number's 0 means nothing, 0 is “the model's own”.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What should move.
    pub prompt: String,
    /// What must not.
    pub negative_prompt: String,
    /// An empty negative prompt is meant: the model's own is not put in its place.
    pub no_negative: bool,
    /// Variation.
    pub seed: u32,
    /// Pack name, or a pack's folder.
    pub model: String,
    /// Seconds; 0 is the table's default, or the longest the model makes where that is shorter.
    pub duration: f64,
    /// Frames the model makes; 0 follows from `duration`, any other number goes before it.
    pub frames: u32,
    /// Frames per second; 0 is the model's own.
    pub fps: f64,
    /// Take size in pixels; `None` is the still's own.
    pub size: Option<(u32, u32)>,
    /// The size the model works at, pixels; `None` is chosen.
    pub model_size: Option<(u32, u32)>,
    /// How stills come to another size.
    pub fit: Fit,
    /// Camera direction.
    pub camera: Camera,
    /// Where things are carried.
    pub drift: Drift,
    /// 0…1.
    pub strength: f64,
    /// End where it begins.
    pub looped: bool,
    /// Denoise steps; 0 is the model's own.
    pub steps: u32,
    /// Guidance; 0 is the model's own, 1 is none.
    pub guidance: f64,
    /// Guidance of the low-noise expert; 0 is `guidance` where that is set, else the model's own.
    pub guidance_low: f64,
    /// Guidance of the first frame; 0 is the model's own.
    pub guidance_first: f64,
    /// Guidance that grows over the steps.
    pub dynamic_guidance: bool,
    /// What steps; `None` is the model's own.
    pub scheduler: Option<Scheduler>,
    /// Flow shift; 0 is the model's own.
    pub shift: f64,
    /// Motion bucket 1…255; 0 follows from `strength`.
    pub motion_bucket: u32,
    /// Noise added to the still, 0…1; `None` is the model's own.
    pub noise_aug: Option<f64>,
    /// Constant rate factor of the still's H.264-like degradation, 0…51; 0 is none.
    pub degradation: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative_prompt: String::new(),
            no_negative: false,
            seed: 1,
            model: EMBEDDED_MODEL.into(),
            duration: 0.0,
            frames: 0,
            fps: 0.0,
            size: None,
            model_size: None,
            fit: Fit::default(),
            camera: Camera::default(),
            drift: Drift::default(),
            strength: params::double("strength").0,
            looped: false,
            steps: 0,
            guidance: 0.0,
            guidance_low: 0.0,
            guidance_first: 0.0,
            dynamic_guidance: false,
            scheduler: None,
            shift: 0.0,
            motion_bucket: 0,
            noise_aug: None,
            degradation: 0,
        }
    }
}

impl Settings {
    /// Everything asked for that a pack may have no control for.
    pub(super) fn asked(&self) -> impl Iterator<Item = Control> {
        [
            (Control::Prompt, !self.prompt.trim().is_empty()),
            (Control::Negative, !self.negative_prompt.trim().is_empty()),
            (Control::Camera, self.camera != Camera::default()),
            (Control::Drift, self.drift != Drift::default()),
            (Control::Loop, self.looped),
            (Control::Steps, self.steps > 0),
            (Control::Guidance, self.guidance != 0.0),
            (Control::GuidanceLow, self.guidance_low != 0.0),
            (Control::GuidanceFirst, self.guidance_first != 0.0),
            (Control::DynamicGuidance, self.dynamic_guidance),
            (Control::Scheduler, self.scheduler.is_some()),
            (Control::Shift, self.shift != 0.0),
            (Control::MotionBucket, self.motion_bucket > 0),
            (Control::NoiseAug, self.noise_aug.is_some()),
            (Control::Degradation, self.degradation > 0),
            (Control::ModelSize, self.model_size.is_some()),
        ]
        .into_iter()
        .filter_map(|(control, asked)| asked.then_some(control))
    }

    /// The same without what `controls` lack: for a panel that greys those out and keeps what stood in them.
    pub fn only(mut self, controls: &Controls) -> Self {
        let own = Settings::default();
        let lacking: Vec<Control> = self.asked().filter(|c| !controls.has(*c)).collect();
        for control in lacking {
            match control {
                Control::Prompt => self.prompt.clear(),
                Control::Negative => self.negative_prompt.clear(),
                Control::Camera => self.camera = own.camera,
                Control::Drift => self.drift = own.drift,
                Control::Loop => self.looped = own.looped,
                Control::Steps => self.steps = own.steps,
                Control::Guidance => self.guidance = own.guidance,
                Control::GuidanceLow => self.guidance_low = own.guidance_low,
                Control::GuidanceFirst => self.guidance_first = own.guidance_first,
                Control::DynamicGuidance => self.dynamic_guidance = own.dynamic_guidance,
                Control::Scheduler => self.scheduler = own.scheduler,
                Control::Shift => self.shift = own.shift,
                Control::MotionBucket => self.motion_bucket = own.motion_bucket,
                Control::NoiseAug => self.noise_aug = own.noise_aug,
                Control::Degradation => self.degradation = own.degradation,
                Control::ModelSize => self.model_size = own.model_size,
                // These are pictures, not settings: `Stills::only`.
                Control::Last | Control::Keyframes => {}
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings that ask for everything.
    pub(crate) fn greedy() -> Settings {
        Settings {
            prompt: "water".into(),
            negative_prompt: "sky".into(),
            camera: Camera { pan: 0.5, ..Camera::default() },
            drift: Drift { x: 0.5, y: 0.0 },
            looped: true,
            steps: 7,
            guidance: 2.0,
            guidance_low: 3.0,
            guidance_first: 1.5,
            dynamic_guidance: true,
            scheduler: Some(Scheduler::Euler),
            shift: 4.0,
            motion_bucket: 9,
            noise_aug: Some(0.1),
            degradation: 29,
            model_size: Some((640, 368)),
            ..Settings::default()
        }
    }

    #[test]
    fn a_panel_keeps_what_the_pack_lacks_out_of_the_request() {
        let asked: Vec<Control> = greedy().asked().collect();
        assert_eq!(asked.len(), Control::ALL.len() - 2, "all but the two that are pictures");
        assert_eq!(greedy().only(&Controls::default()), Settings::default());
        assert_eq!(greedy().only(&Control::ALL.into_iter().collect()), greedy());
        let prompt = greedy().only(&[Control::Prompt].into_iter().collect());
        assert_eq!(prompt, Settings { prompt: "water".into(), ..Settings::default() });
    }

    #[test]
    fn fits_have_words() {
        for (word, fit) in [("model", Fit::Model), ("crop", Fit::Crop), ("stretch", Fit::Stretch)] {
            assert_eq!(Fit::of_word(word), Some(fit));
            assert_eq!(serde_json::to_value(fit).unwrap(), word);
        }
        assert_eq!(Fit::of_word("fill"), None);
    }
}
