//! `EulerDiscreteScheduler`: straight steps in σ, with Karras' spacing for Stable Video Diffusion.

use super::alphas::alphas_cumprod;
use super::config::{Reader, SchedulerConfig};
use super::error::{SchedulerError, same_size};
use super::plan::{Plan, linspace};
use super::prediction::Prediction;
use super::spacing::Spacing;
use super::state::State;
use super::{Scheduler, Stepped, mixed, restore_nothing};
use crate::noise::NoiseSource;

/// The scheduler.
pub struct Euler {
    timesteps: Vec<f32>,
    sigmas: Vec<f32>,
    prediction: Prediction,
    spacing: Spacing,
}

impl Euler {
    /// The class in diffusers.
    pub const CLASS: &str = "EulerDiscreteScheduler";

    /// With its schedule made.
    pub fn new(config: &SchedulerConfig, plan: &Plan) -> Result<Self, SchedulerError> {
        let read = Reader::new(Self::CLASS);
        read.only("use_exponential_sigmas", config.use_exponential_sigmas, false, false)?;
        read.only("use_beta_sigmas", config.use_beta_sigmas, false, false)?;
        read.word("interpolation_type", &config.interpolation_type, "linear", &[("linear", ())])?;
        let prediction = Prediction::read(&read, config)?;
        let continuous = read.word("timestep_type", &config.timestep_type, "discrete", &[("discrete", false), ("continuous", true)])?;
        let to_zero = read.word("final_sigmas_type", &config.final_sigmas_type, "zero", &[("zero", true), ("sigma_min", false)])?;
        let spacing = Spacing::read(&read, config, "linspace")?;
        let train = read.train_timesteps(config.num_train_timesteps)?;
        let count = read.count(plan, train)?;

        let mut alphas = alphas_cumprod(&read, config)?;
        if config.rescale_betas_zero_snr.unwrap_or(false)
            && let Some(last) = alphas.last_mut()
        {
            // The smallest fp16 number instead of 0: σ stays finite.
            *last = 1.0 / 16_777_216.0;
        }
        let training: Vec<f32> = alphas.iter().map(|a| ((1.0 - a) / a).sqrt()).collect();
        let offset = config.steps_offset.unwrap_or(0);
        let mut timesteps: Vec<f32> = spacing.timesteps(count, train, offset).into_iter().map(|t| t as f32).collect();
        let mut sigmas: Vec<f64> = timesteps.iter().map(|t| interpolated(&training, f64::from(*t))).collect();
        if config.use_karras_sigmas.unwrap_or(false) {
            let least = read.number("sigma_min", config.sigma_min, *sigmas.last().unwrap_or(&0.0), 1e-9, 1e9)?;
            let most = read.number("sigma_max", config.sigma_max, *sigmas.first().unwrap_or(&0.0), least, 1e9)?;
            sigmas = karras(least, most, count);
            let logarithms: Vec<f32> = training.iter().map(|s| libm::log(f64::from(*s)) as f32).collect();
            timesteps = sigmas.iter().map(|s| timestep_of(&logarithms, *s) as f32).collect();
        }
        let last = if to_zero { 0.0 } else { training.first().copied().unwrap_or(0.0) };
        let sigmas: Vec<f32> = sigmas.into_iter().map(|s| s as f32).chain([last]).collect();
        if continuous && prediction == Prediction::V {
            timesteps = sigmas.iter().take(count).map(|s| 0.25 * libm::log(f64::from(*s)) as f32).collect();
        }
        Ok(Self { timesteps, sigmas, prediction, spacing })
    }
}

impl Scheduler for Euler {
    fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    fn init_noise_sigma(&self) -> f32 {
        let most = self.sigmas.iter().copied().fold(0.0, f32::max);
        match self.spacing {
            Spacing::Linspace | Spacing::Trailing => most,
            Spacing::Leading => (most * most + 1.0).sqrt(),
        }
    }

    fn scale_model_input(&self, step: usize, x: &mut [f32]) -> Result<(), SchedulerError> {
        self.check_step(step)?;
        let sigma = self.sigmas[step];
        let deviation = (sigma * sigma + 1.0).sqrt();
        x.iter_mut().for_each(|x| *x /= deviation);
        Ok(())
    }

    fn step(&mut self, step: usize, prediction: &[f32], x: &[f32], _: &mut dyn NoiseSource) -> Result<Stepped, SchedulerError> {
        self.check_step(step)?;
        same_size("the prediction", prediction.len(), x.len())?;
        let (sigma, next) = (self.sigmas[step], self.sigmas[step + 1]);
        let pairs = x.iter().zip(prediction);
        let x0: Vec<f32> = match self.prediction {
            Prediction::Epsilon => pairs.map(|(x, e)| x - sigma * e).collect(),
            Prediction::Sample => prediction.to_vec(),
            Prediction::V => {
                let variance = sigma * sigma + 1.0;
                let share = -sigma / variance.sqrt();
                pairs.map(|(x, v)| v * share + x / variance).collect()
            }
        };
        let dt = next - sigma;
        let x = x.iter().zip(&x0).map(|(x, x0)| x + (x - x0) / sigma * dt).collect();
        Ok(Stepped { x, x0 })
    }

    fn add_noise(&self, x0: &[f32], noise: &[f32], step: usize) -> Result<Vec<f32>, SchedulerError> {
        let steps = self.timesteps.len();
        if step == steps {
            return Ok(x0.to_vec());
        }
        let sigma = *self.sigmas.get(step).ok_or(SchedulerError::Step { step, steps })?;
        mixed(x0, 1.0, noise, sigma)
    }

    fn restore(&mut self, state: &State) -> Result<(), SchedulerError> {
        restore_nothing(Self::CLASS, state)
    }
}

/// "Elucidating the Design Space of Diffusion-Based Generative Models", Karras et al., 2022, equation 5 with ρ = 7.
fn karras(least: f64, most: f64, count: usize) -> Vec<f64> {
    const RHO: f64 = 7.0;
    let (least, most) = (libm::pow(least, 1.0 / RHO), libm::pow(most, 1.0 / RHO));
    linspace(0.0, 1.0, count).into_iter().map(|ramp| libm::pow(most + ramp * (least - most), RHO)).collect()
}

/// `numpy.interp` of a table at whole positions.
fn interpolated(table: &[f32], position: f64) -> f64 {
    let below = libm::floor(position).max(0.0);
    match (table.get(below as usize), table.get(below as usize + 1)) {
        (Some(low), Some(high)) => {
            let low = f64::from(*low);
            (f64::from(*high) - low) * (position - below) + low
        }
        _ => table.last().copied().map_or(0.0, f64::from),
    }
}

/// `_sigma_to_t`: where ln σ lies between the training schedule's.
fn timestep_of(logarithms: &[f32], sigma: f64) -> f64 {
    let log = libm::log(sigma.max(1e-10));
    let low = logarithms.partition_point(|l| f64::from(*l) <= log).saturating_sub(1).min(logarithms.len().saturating_sub(2));
    match logarithms.get(low..low + 2) {
        Some(&[below, above]) => {
            let w = ((f64::from(below) - log) / f64::from(below - above)).clamp(0.0, 1.0);
            (1.0 - w) * low as f64 + w * (low + 1) as f64
        }
        _ => 0.0,
    }
}
