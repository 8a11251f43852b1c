//! A checkpoint's `scheduler_config.json`, as a pack's `[scheduler]` table carries it.

use serde::{Deserialize, Serialize};

use super::error::SchedulerError;
use super::{CogVideoXDdim, CogVideoXDpm, Ddim, Euler, FlowMatchEuler, Plan, Scheduler, UniPc};

/// The class and its values, in diffusers' own names. What is absent has the class's own default there.
///
/// Keys that no supported class reads are ignored, as diffusers ignores them; values that change the result and are not
/// supported are refused by [`open`](Self::open).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // diffusers' documentation is theirs
pub struct SchedulerConfig {
    pub class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_train_timesteps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_end: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta_schedule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained_betas: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prediction_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestep_spacing: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestep_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpolation_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_sigmas_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_shift_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solver_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solver_order: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solver_p: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps_offset: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_corrector: Option<Vec<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma_min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigma_max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_shift: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift_terminal: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_shift: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_shift: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_image_seq_len: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_image_seq_len: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snr_shift_scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_sample_range: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_sample: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_alpha_to_one: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rescale_betas_zero_snr: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholding: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predict_x0: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower_order_final: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_flow_sigmas: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_karras_sigmas: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_exponential_sigmas: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_beta_sigmas: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_dynamic_shifting: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invert_sigmas: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stochastic_sampling: Option<bool>,
}

const CLASSES: [&str; 6] = [UniPc::CLASS, FlowMatchEuler::CLASS, Euler::CLASS, Ddim::CLASS, CogVideoXDdim::CLASS, CogVideoXDpm::CLASS];

impl SchedulerConfig {
    /// The scheduler, with its schedule made.
    pub fn open(&self, plan: &Plan) -> Result<Box<dyn Scheduler>, SchedulerError> {
        Ok(match self.class.as_str() {
            UniPc::CLASS => Box::new(UniPc::new(self, plan)?),
            FlowMatchEuler::CLASS => Box::new(FlowMatchEuler::new(self, plan)?),
            Euler::CLASS => Box::new(Euler::new(self, plan)?),
            Ddim::CLASS => Box::new(Ddim::new(self, plan)?),
            CogVideoXDdim::CLASS => Box::new(CogVideoXDdim::new(self, plan)?),
            CogVideoXDpm::CLASS => Box::new(CogVideoXDpm::new(self, plan)?),
            _ => return Err(SchedulerError::Class { class: self.class.clone(), supported: CLASSES.join(", ") }),
        })
    }

    /// The configuration with the scheduler that a user chose by word: `unipc`, `euler`, `ddim` or `dpm`.
    ///
    /// Wan's `euler` is what diffusers' users put into `WanImageToVideoPipeline`:
    /// `FlowMatchEulerDiscreteScheduler(shift=flow_shift)`. CogVideoX's two are `from_config` of each other.
    pub fn with_scheduler(&self, word: &str) -> Result<Self, SchedulerError> {
        let supported = match (self.class.as_str(), word) {
            (UniPc::CLASS, "unipc")
            | (FlowMatchEuler::CLASS | Euler::CLASS, "euler")
            | (Ddim::CLASS | CogVideoXDdim::CLASS, "ddim")
            | (CogVideoXDpm::CLASS, "dpm") => return Ok(self.clone()),
            (UniPc::CLASS, "euler") => {
                return Ok(Self {
                    class: FlowMatchEuler::CLASS.into(),
                    num_train_timesteps: self.num_train_timesteps,
                    shift: self.flow_shift,
                    ..Self::default()
                });
            }
            (CogVideoXDpm::CLASS, "ddim") => return Ok(Self { class: CogVideoXDdim::CLASS.into(), ..self.clone() }),
            (CogVideoXDdim::CLASS, "dpm") => return Ok(Self { class: CogVideoXDpm::CLASS.into(), ..self.clone() }),
            (UniPc::CLASS, _) => "unipc, euler",
            (FlowMatchEuler::CLASS | Euler::CLASS, _) => "euler",
            (Ddim::CLASS, _) => "ddim",
            (CogVideoXDdim::CLASS | CogVideoXDpm::CLASS, _) => "ddim, dpm",
            _ => return Err(SchedulerError::Class { class: self.class.clone(), supported: CLASSES.join(", ") }),
        };
        Err(SchedulerError::Word { word: word.into(), class: self.class.clone(), supported })
    }

    /// The configuration with another flow shift, under the key its class has for it; others have none and stay as they are.
    pub fn with_shift(mut self, shift: f64) -> Self {
        match self.class.as_str() {
            UniPc::CLASS => self.flow_shift = Some(shift),
            FlowMatchEuler::CLASS => self.shift = Some(shift),
            _ => {}
        }
        self
    }
}

/// Reads a configuration for one class: values come out checked, under their key.
pub(super) struct Reader {
    class: &'static str,
}

impl Reader {
    pub fn new(class: &'static str) -> Self {
        Self { class }
    }

    /// The error for a value.
    pub fn refuse(&self, key: &'static str, value: impl ToString, supported: impl Into<String>) -> SchedulerError {
        SchedulerError::Value { class: self.class, key, value: value.to_string(), supported: supported.into() }
    }

    /// A number within limits.
    pub fn number(&self, key: &'static str, value: Option<f64>, default: f64, least: f64, most: f64) -> Result<f64, SchedulerError> {
        let value = value.unwrap_or(default);
        if value >= least && value <= most { Ok(value) } else { Err(self.refuse(key, value, format!("{least} to {most}"))) }
    }

    /// `num_train_timesteps`, 1000 by default.
    pub fn train_timesteps(&self, value: Option<u32>) -> Result<usize, SchedulerError> {
        match value.unwrap_or(1000) {
            n @ 1..=100_000 => Ok(n as usize),
            n => Err(self.refuse("num_train_timesteps", n, "1 to 100000")),
        }
    }

    /// One of several words.
    pub fn word<T: Copy>(
        &self,
        key: &'static str,
        value: &Option<String>,
        default: &str,
        words: &[(&str, T)],
    ) -> Result<T, SchedulerError> {
        let value = value.as_deref().unwrap_or(default);
        words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let all: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.refuse(key, format!("\"{value}\""), all.join(" or "))
        })
    }

    /// A switch that has only one supported position.
    pub fn only(&self, key: &'static str, value: Option<bool>, default: bool, supported: bool) -> Result<(), SchedulerError> {
        let value = value.unwrap_or(default);
        if value == supported { Ok(()) } else { Err(self.refuse(key, value, format!("only {supported}"))) }
    }

    /// A value that must be absent.
    pub fn absent<T>(&self, key: &'static str, value: &Option<T>) -> Result<(), SchedulerError> {
        if value.is_none() { Ok(()) } else { Err(self.refuse(key, "a value", "leave it out")) }
    }

    /// The plan's number of steps, for a class that makes its own schedule.
    pub fn count(&self, plan: &Plan, most: usize) -> Result<usize, SchedulerError> {
        match *plan {
            Plan::Steps { count, .. } if (1..=most).contains(&count) => Ok(count),
            Plan::Steps { count, .. } => Err(SchedulerError::Steps { class: self.class, steps: count, most }),
            Plan::Sigmas { .. } => Err(SchedulerError::Given { class: self.class, what: "sigmas" }),
            Plan::Timesteps { .. } => Err(SchedulerError::Given { class: self.class, what: "timesteps" }),
        }
    }
}
