//! What a pack can be told: the words of `[latent] controls`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One thing a model can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// A prompt.
    Prompt,
    /// A negative prompt.
    Negative,
    /// Pan, tilt, dolly and roll.
    Camera,
    /// What the mask marks is carried across the picture.
    Drift,
    /// The take ends where it begins.
    Loop,
    /// Number of denoise steps.
    Steps,
    /// Guidance.
    Guidance,
    /// Guidance of the low-noise expert.
    GuidanceLow,
    /// Guidance of the first frame.
    GuidanceFirst,
    /// Guidance that grows over the steps.
    DynamicGuidance,
    /// Which scheduler steps.
    Scheduler,
    /// Flow shift.
    Shift,
    /// A last frame.
    Last,
    /// Frames on the way.
    Keyframes,
    /// Motion bucket.
    MotionBucket,
    /// Noise added to the still.
    NoiseAug,
    /// Compression artefacts added to the still.
    Degradation,
    /// The size the model works at. Every latent family has it; no pack names it.
    ModelSize,
}

impl Control {
    /// All of them.
    pub const ALL: [Control; 18] = [
        Control::Prompt,
        Control::Negative,
        Control::Camera,
        Control::Drift,
        Control::Loop,
        Control::Steps,
        Control::Guidance,
        Control::GuidanceLow,
        Control::GuidanceFirst,
        Control::DynamicGuidance,
        Control::Scheduler,
        Control::Shift,
        Control::Last,
        Control::Keyframes,
        Control::MotionBucket,
        Control::NoiseAug,
        Control::Degradation,
        Control::ModelSize,
    ];

    /// The word in `pack.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Control::Prompt => "prompt",
            Control::Negative => "negative",
            Control::Camera => "camera",
            Control::Drift => "drift",
            Control::Loop => "loop",
            Control::Steps => "steps",
            Control::Guidance => "guidance",
            Control::GuidanceLow => "guidance_low",
            Control::GuidanceFirst => "guidance_first",
            Control::DynamicGuidance => "dynamic_guidance",
            Control::Scheduler => "scheduler",
            Control::Shift => "shift",
            Control::Last => "last",
            Control::Keyframes => "keyframes",
            Control::MotionBucket => "motion_bucket",
            Control::NoiseAug => "noise_aug",
            Control::Degradation => "degradation",
            Control::ModelSize => "model_size",
        }
    }

    /// For people, in the middle of a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Control::Prompt => "prompt",
            Control::Negative => "negative prompt",
            Control::Camera => "camera direction",
            Control::Drift => "drift",
            Control::Loop => "seamless loop",
            Control::Steps => "step count",
            Control::Guidance => "guidance",
            Control::GuidanceLow => "guidance of the low-noise expert",
            Control::GuidanceFirst => "guidance of the first frame",
            Control::DynamicGuidance => "dynamic guidance",
            Control::Scheduler => "scheduler",
            Control::Shift => "flow shift",
            Control::Last => "last frame",
            Control::Keyframes => "keyframes",
            Control::MotionBucket => "motion bucket",
            Control::NoiseAug => "noise augmentation",
            Control::Degradation => "degradation",
            Control::ModelSize => "model size",
        }
    }

    /// The control of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.word() == word)
    }
}

/// A set of controls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Controls(BTreeSet<Control>);

impl Controls {
    /// What a pack of the family `motion_field` can be told.
    pub fn of_motion_field() -> Self {
        [Control::Prompt, Control::Negative, Control::Camera, Control::Loop].into_iter().collect()
    }

    /// Whether `control` is one of them.
    pub fn has(&self, control: Control) -> bool {
        self.0.contains(&control)
    }

    /// Each of them, in the panel's order.
    pub fn iter(&self) -> impl Iterator<Item = Control> + '_ {
        self.0.iter().copied()
    }

    /// Their labels, as a list in a sentence.
    pub fn labels(&self) -> String {
        self.iter().map(Control::label).collect::<Vec<_>>().join(", ")
    }
}

impl FromIterator<Control> for Controls {
    fn from_iter<I: IntoIterator<Item = Control>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_its_control_alone() {
        for c in Control::ALL {
            assert_eq!(Control::of_word(c.word()), Some(c));
            assert_eq!(serde_json::to_value(c).unwrap(), c.word());
        }
        assert_eq!(Control::of_word("wings"), None);
        assert_eq!(Control::ALL.into_iter().collect::<Controls>().iter().count(), Control::ALL.len(), "one stands twice");
    }
}
