//! Schedulers: which noise levels a run passes through, and how a step goes from one to the next.
//!
//! One file per class of the reference, all behind one trait. A pack's `[scheduler]` table is a [`SchedulerConfig`]; with a [`Plan`]
//! it opens as a [`Scheduler`]. Latents come and go as flat fp32 slices: every step works value by value, whatever the shape.
//!
//! | module | subject |
//! |---|---|
//! | `config` | the pack's table, and which of its values are supported |
//! | `plan` | number of steps, sigmas or timesteps of a run |
//! | `state` | what a scheduler remembers, for a run that goes on later |
//! | `unipc` | `UniPCMultistepScheduler` (Wan) |
//! | `flow_match_euler` | `FlowMatchEulerDiscreteScheduler` (LTX-Video, Wan's `euler`) |
//! | `euler` | `EulerDiscreteScheduler` (Stable Video Diffusion) |
//! | `ddim` | `DDIMScheduler` (I2VGen-XL) |
//! | `cogvideox`, `cogvideox_ddim`, `cogvideox_dpm` | `CogVideoXDDIMScheduler`, `CogVideoXDPMScheduler` and what they share |
//! | `alphas`, `spacing` | beta schedules, and timesteps spaced over the training schedule |

mod alphas;
mod cogvideox;
mod cogvideox_ddim;
mod cogvideox_dpm;
mod config;
mod ddim;
mod error;
mod euler;
mod flow_match_euler;
mod plan;
mod prediction;
mod spacing;
mod state;
#[cfg(test)]
mod tests;
mod unipc;

pub use cogvideox_ddim::CogVideoXDdim;
pub use cogvideox_dpm::CogVideoXDpm;
pub use config::SchedulerConfig;
pub use ddim::Ddim;
pub use error::SchedulerError;
pub use euler::Euler;
pub use flow_match_euler::FlowMatchEuler;
pub use plan::{Plan, linear_quadratic};
pub use state::State;
pub use unipc::UniPc;

use crate::noise::NoiseSource;

/// What a step gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// The latent at the next noise level.
    pub x: Vec<f32>,
    /// The clean latent as this step estimates it, for previews.
    pub x0: Vec<f32>,
}

/// A run's schedule, and the way along it.
///
/// Steps are numbered from 0. A run may begin at any step (dual-clock denoising does); multistep schedulers then need the steps
/// that follow in order, and refuse others.
pub trait Scheduler: Send {
    /// One per step, in the numbers that the reference hands to the model: whole ones where it has int64 there.
    fn timesteps(&self) -> &[f32];

    /// The noise level at each step and, last, after the last one. Flow models: σ, the noise's share. SVD: σ, the noise's deviation
    /// over an unscaled clean latent. The others: √(1−ᾱ), the noise's share of the variance.
    fn sigmas(&self) -> &[f32];

    /// The first latent is noise of unit variance times this.
    fn init_noise_sigma(&self) -> f32 {
        1.0
    }

    /// Makes the model's input of a latent, in place.
    fn scale_model_input(&self, step: usize, x: &mut [f32]) -> Result<(), SchedulerError> {
        let _ = x;
        self.check_step(step)
    }

    /// From the noise level of `step` to the next: `prediction` is the model's output after guidance, `x` the latent (not scaled).
    /// `noise` is asked by stochastic schedulers only, in the reference's order of draws.
    fn step(&mut self, step: usize, prediction: &[f32], x: &[f32], noise: &mut dyn NoiseSource) -> Result<Stepped, SchedulerError>;

    /// The clean latent `x0` with `noise` at the level of `step`; after the last step (`step` = number of steps) `x0` itself.
    fn add_noise(&self, x0: &[f32], noise: &[f32], step: usize) -> Result<Vec<f32>, SchedulerError>;

    /// What is remembered between steps. Empty for schedulers that remember nothing.
    fn state(&self) -> State {
        State::default()
    }

    /// Goes on from a state of the same schedule: the numbers are those of a run without interruption.
    fn restore(&mut self, state: &State) -> Result<(), SchedulerError>;

    /// `step` is one of the schedule's.
    fn check_step(&self, step: usize) -> Result<(), SchedulerError> {
        let steps = self.timesteps().len();
        if step < steps { Ok(()) } else { Err(SchedulerError::Step { step, steps }) }
    }
}

/// [`Scheduler::restore`] of a scheduler that remembers nothing.
fn restore_nothing(class: &'static str, state: &State) -> Result<(), SchedulerError> {
    if *state == State::default() { Ok(()) } else { Err(SchedulerError::State { class }) }
}

/// `signal`·x0 + `noise_share`·noise, value by value.
fn mixed(x0: &[f32], signal: f32, noise: &[f32], noise_share: f32) -> Result<Vec<f32>, SchedulerError> {
    error::same_size("the noise", noise.len(), x0.len())?;
    Ok(x0.iter().zip(noise).map(|(x0, n)| signal * x0 + noise_share * n).collect())
}
