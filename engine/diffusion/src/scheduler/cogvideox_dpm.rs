//! `CogVideoXDPMScheduler`: the stochastic second-order solver of "DPM-Solver++", Lu et al., 2022, on CogVideoX's schedule.

use super::cogvideox::Schedule;
use super::config::SchedulerConfig;
use super::error::{SchedulerError, same_size};
use super::plan::Plan;
use super::state::State;
use super::{Scheduler, Stepped};
use crate::noise::NoiseSource;

/// The scheduler.
pub struct CogVideoXDpm {
    schedule: Schedule,
    /// The step due, and the last one's estimate of x0.
    last: Option<(usize, Vec<f32>)>,
}

impl CogVideoXDpm {
    /// The class in diffusers.
    pub const CLASS: &str = "CogVideoXDPMScheduler";

    /// With its schedule made.
    pub fn new(config: &SchedulerConfig, plan: &Plan) -> Result<Self, SchedulerError> {
        Ok(Self { schedule: Schedule::new(Self::CLASS, config, plan)?, last: None })
    }
}

/// ln of the root of the signal-to-noise ratio.
fn lambda(alpha: f64) -> f64 {
    libm::log((alpha / (1.0 - alpha)).sqrt())
}

impl Scheduler for CogVideoXDpm {
    fn timesteps(&self) -> &[f32] {
        &self.schedule.timesteps
    }

    fn sigmas(&self) -> &[f32] {
        &self.schedule.sigmas
    }

    /// Asks for noise of the latent's size once, and twice where the step is of second order: the reference draws, throws the draw
    /// away and draws again.
    fn step(&mut self, step: usize, prediction: &[f32], x: &[f32], noise: &mut dyn NoiseSource) -> Result<Stepped, SchedulerError> {
        self.check_step(step)?;
        same_size("the prediction", prediction.len(), x.len())?;
        match &self.last {
            Some((expected, _)) if *expected != step => {
                return Err(SchedulerError::Order { class: Self::CLASS, step, expected: *expected });
            }
            Some((_, estimate)) => same_size("the latent", x.len(), estimate.len())?,
            None => {}
        }
        let x0 = self.schedule.clean(step, prediction, x);
        let (alpha, (next, is_end)) = (self.schedule.alphas[step], self.schedule.next(step));
        let h = lambda(next) - lambda(alpha);
        let keep = (((1.0 - next) / (1.0 - alpha)).sqrt() * libm::exp(-h)) as f32;
        let renew = (libm::expm1(-2.0 * h) * next.sqrt()) as f32;
        let spread = ((1.0 - next).sqrt() * (1.0 - libm::exp(-2.0 * h)).sqrt()) as f32;

        let mut fresh = vec![0.0; x.len()];
        noise.fill(&mut fresh);
        let denoised = match &self.last {
            Some((_, before)) if !is_end => {
                noise.fill(&mut fresh);
                let ratio = (lambda(alpha) - lambda(self.schedule.alphas[step - 1])) / h;
                let (new, old) = ((1.0 + 1.0 / (2.0 * ratio)) as f32, (1.0 / (2.0 * ratio)) as f32);
                x0.iter().zip(before).map(|(x0, before)| new * x0 - old * before).collect()
            }
            _ => x0.clone(),
        };
        let x = x.iter().zip(&denoised).zip(&fresh).map(|((x, d), n)| keep * x - renew * d + spread * n).collect();
        self.last = Some((step + 1, x0.clone()));
        Ok(Stepped { x, x0 })
    }

    fn add_noise(&self, x0: &[f32], noise: &[f32], step: usize) -> Result<Vec<f32>, SchedulerError> {
        self.schedule.add_noise(x0, noise, step)
    }

    fn state(&self) -> State {
        match &self.last {
            Some((next, estimate)) => State { numbers: vec![*next as u32], tensors: vec![estimate.clone()] },
            None => State::default(),
        }
    }

    fn restore(&mut self, state: &State) -> Result<(), SchedulerError> {
        self.last = match (state.numbers.as_slice(), state.tensors.as_slice()) {
            ([], []) => None,
            (&[next], [estimate]) if (1..=self.schedule.alphas.len()).contains(&(next as usize)) => Some((next as usize, estimate.clone())),
            _ => return Err(SchedulerError::State { class: Self::CLASS }),
        };
        Ok(())
    }
}
