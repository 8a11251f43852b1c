//! `DDIMScheduler` with η = 0 (I2VGen-XL): "Denoising Diffusion Implicit Models", Song et al., 2020, equation 12.

use super::alphas::alphas_cumprod;
use super::config::{Reader, SchedulerConfig};
use super::error::{SchedulerError, same_size};
use super::plan::Plan;
use super::prediction::Prediction;
use super::spacing::Spacing;
use super::state::State;
use super::{Scheduler, Stepped, mixed, restore_nothing};
use crate::noise::NoiseSource;

/// The scheduler.
pub struct Ddim {
    timesteps: Vec<f32>,
    /// ᾱ at each step and at the one it goes to.
    alphas: Vec<(f32, f32)>,
    sigmas: Vec<f32>,
    prediction: Prediction,
    clip: Option<f32>,
}

impl Ddim {
    /// The class in diffusers.
    pub const CLASS: &str = "DDIMScheduler";

    /// With its schedule made.
    pub fn new(config: &SchedulerConfig, plan: &Plan) -> Result<Self, SchedulerError> {
        let read = Reader::new(Self::CLASS);
        read.only("thresholding", config.thresholding, false, false)?;
        let prediction = Prediction::read(&read, config)?;
        let spacing = Spacing::read(&read, config, "leading")?;
        let train = read.train_timesteps(config.num_train_timesteps)?;
        let range = read.number("clip_sample_range", config.clip_sample_range, 1.0, 0.0, 1e9)?;
        let clip = config.clip_sample.unwrap_or(true).then_some(range as f32);
        let count = read.count(plan, train)?;
        let training = alphas_cumprod(&read, config)?;
        let indices = spacing.indices(&read, count, train, config.steps_offset.unwrap_or(0))?;
        let end = if config.set_alpha_to_one.unwrap_or(true) { 1.0 } else { training[0] };
        // Not the next timestep: the two differ where the count does not divide the training schedule.
        let stride = train / count;
        let alphas: Vec<_> = indices.iter().map(|t| (training[*t], t.checked_sub(stride).map_or(end, |t| training[t]))).collect();
        prediction.check(&read, alphas.iter().any(|(alpha, _)| *alpha == 0.0))?;
        let levels = alphas.iter().map(|(alpha, _)| *alpha).chain(alphas.last().map(|(_, next)| *next));
        let sigmas = levels.map(|alpha| (1.0 - alpha).sqrt()).collect();
        let timesteps = indices.iter().map(|t| *t as f32).collect();
        Ok(Self { timesteps, alphas, sigmas, prediction, clip })
    }
}

impl Scheduler for Ddim {
    fn timesteps(&self) -> &[f32] {
        &self.timesteps
    }

    fn sigmas(&self) -> &[f32] {
        &self.sigmas
    }

    fn step(&mut self, step: usize, prediction: &[f32], x: &[f32], _: &mut dyn NoiseSource) -> Result<Stepped, SchedulerError> {
        self.check_step(step)?;
        same_size("the prediction", prediction.len(), x.len())?;
        let (alpha, next) = self.alphas[step];
        let (signal, noise) = (alpha.sqrt(), (1.0 - alpha).sqrt());
        let (next_signal, next_noise) = (next.sqrt(), (1.0 - next).sqrt());
        let mut x0 = self.prediction.clean(prediction, x, signal, noise);
        // The noise's estimate comes from the unclipped x0, as the reference has it.
        let epsilon = |x: f32, out: f32| match self.prediction {
            Prediction::Epsilon => out,
            Prediction::Sample => (x - signal * out) / noise,
            Prediction::V => signal * out + noise * x,
        };
        if let Some(range) = self.clip {
            x0.iter_mut().for_each(|v| *v = v.clamp(-range, range));
        }
        let all = x.iter().zip(prediction).zip(&x0);
        let x = all.map(|((x, out), x0)| next_signal * x0 + next_noise * epsilon(*x, *out)).collect();
        Ok(Stepped { x, x0 })
    }

    fn add_noise(&self, x0: &[f32], noise: &[f32], step: usize) -> Result<Vec<f32>, SchedulerError> {
        let steps = self.timesteps.len();
        if step == steps {
            return Ok(x0.to_vec());
        }
        let alpha = self.alphas.get(step).ok_or(SchedulerError::Step { step, steps })?.0;
        mixed(x0, alpha.sqrt(), noise, (1.0 - alpha).sqrt())
    }

    fn restore(&mut self, state: &State) -> Result<(), SchedulerError> {
        restore_nothing(Self::CLASS, state)
    }
}
