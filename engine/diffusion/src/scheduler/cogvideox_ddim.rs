//! `CogVideoXDDIMScheduler`: DDIM written with two coefficients per step.

use super::cogvideox::Schedule;
use super::config::SchedulerConfig;
use super::error::{SchedulerError, same_size};
use super::plan::Plan;
use super::state::State;
use super::{Scheduler, Stepped, restore_nothing};
use crate::noise::NoiseSource;

/// The scheduler. `clip_sample` is read by nothing in the reference's step, and by nothing here.
pub struct CogVideoXDdim {
    schedule: Schedule,
}

impl CogVideoXDdim {
    /// The class in diffusers.
    pub const CLASS: &str = "CogVideoXDDIMScheduler";

    /// With its schedule made.
    pub fn new(config: &SchedulerConfig, plan: &Plan) -> Result<Self, SchedulerError> {
        Ok(Self { schedule: Schedule::new(Self::CLASS, config, plan)? })
    }
}

impl Scheduler for CogVideoXDdim {
    fn timesteps(&self) -> &[f32] {
        &self.schedule.timesteps
    }

    fn sigmas(&self) -> &[f32] {
        &self.schedule.sigmas
    }

    fn step(&mut self, step: usize, prediction: &[f32], x: &[f32], _: &mut dyn NoiseSource) -> Result<Stepped, SchedulerError> {
        self.check_step(step)?;
        same_size("the prediction", prediction.len(), x.len())?;
        let x0 = self.schedule.clean(step, prediction, x);
        let (alpha, (next, _)) = (self.schedule.alphas[step], self.schedule.next(step));
        let a = ((1.0 - next) / (1.0 - alpha)).sqrt();
        let b = next.sqrt() - alpha.sqrt() * a;
        let (a, b) = (a as f32, b as f32);
        let x = x.iter().zip(&x0).map(|(x, x0)| a * x + b * x0).collect();
        Ok(Stepped { x, x0 })
    }

    fn add_noise(&self, x0: &[f32], noise: &[f32], step: usize) -> Result<Vec<f32>, SchedulerError> {
        self.schedule.add_noise(x0, noise, step)
    }

    fn restore(&mut self, state: &State) -> Result<(), SchedulerError> {
        restore_nothing(Self::CLASS, state)
    }
}
