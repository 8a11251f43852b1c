//! What a variance-preserving model's output means.

use super::config::{Reader, SchedulerConfig};
use super::error::SchedulerError;

/// `prediction_type`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Prediction {
    /// The noise.
    Epsilon,
    /// The clean latent.
    Sample,
    /// √ᾱ·noise − √(1−ᾱ)·x0.
    V,
}

impl Prediction {
    /// Read from the configuration; every class has `epsilon` by default.
    pub fn read(read: &Reader, config: &SchedulerConfig) -> Result<Self, SchedulerError> {
        let words = [("epsilon", Self::Epsilon), ("v_prediction", Self::V), ("sample", Self::Sample)];
        read.word("prediction_type", &config.prediction_type, "epsilon", &words)
    }

    /// Where a step stands at a level without any signal (`no_signal`), the noise alone says nothing about the clean latent.
    pub fn check(self, read: &Reader, no_signal: bool) -> Result<(), SchedulerError> {
        if no_signal && self == Self::Epsilon {
            return Err(read.refuse("prediction_type", "\"epsilon\"", "\"v_prediction\" where rescale_betas_zero_snr is set"));
        }
        Ok(())
    }

    /// The clean latent, where √ᾱ is `signal` and √(1−ᾱ) is `noise`.
    pub fn clean(self, prediction: &[f32], x: &[f32], signal: f32, noise: f32) -> Vec<f32> {
        match self {
            Self::Epsilon => x.iter().zip(prediction).map(|(x, e)| (x - noise * e) / signal).collect(),
            Self::Sample => prediction.to_vec(),
            Self::V => x.iter().zip(prediction).map(|(x, v)| signal * x - noise * v).collect(),
        }
    }
}
