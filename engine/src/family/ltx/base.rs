//! Denoise steps of `LTXImageToVideoPipeline` (0.9.0, 0.9.1): latent frame 0 is the still, stands at timestep 0 and is
//! never stepped.

use ndarray::{ArrayD, Axis};
use wakeframe_diffusion::noise::Generator;
use wakeframe_diffusion::scheduler::{FlowMatchEuler, Scheduler};

use super::predict::Predictor;
use super::tokens::{Grid, shaped, unpacked};
use crate::family::ModelError;
use crate::generate::Work;
use crate::latent::{Stepped, Steps};

/// The steps; latents are tokens, [1, S, C].
pub(super) struct BaseSteps<'a> {
    scheduler: FlowMatchEuler,
    predictor: Predictor<'a>,
    grid: Grid,
}

impl<'a> BaseSteps<'a> {
    pub fn new(scheduler: FlowMatchEuler, predictor: Predictor<'a>, grid: Grid) -> Self {
        Self { scheduler, predictor, grid }
    }

    /// Values of the still's tokens, which come first.
    fn of_still(&self, latents: &ArrayD<f32>) -> usize {
        self.grid[1] * self.grid[2] * latents.shape().last().copied().unwrap_or(0)
    }
}

impl Steps for BaseSteps<'_> {
    fn count(&self) -> usize {
        self.scheduler.timesteps().len()
    }

    fn step(&mut self, i: usize, latents: &ArrayD<f32>, work: &Work<'_>) -> Result<Stepped, ModelError> {
        let timestep = self.scheduler.timesteps().get(i).copied().unwrap_or(0.0);
        let [frames, rows, columns] = self.grid;
        let per_frame = rows * columns;
        let timesteps: Vec<f32> = (0..frames * per_frame).map(|token| if token < per_frame { 0.0 } else { timestep }).collect();
        let prediction = self.predictor.predict(latents, &timesteps, work)?;
        let still = self.of_still(latents);
        let later = |a: &ArrayD<f32>| -> Vec<f32> { a.iter().skip(still).copied().collect() };
        // Nothing is drawn: `stochastic_sampling` is refused when the pack is opened.
        let stepped = self.scheduler.step(i, &later(&prediction), &later(latents), &mut Generator::new(0))?;
        let joined = |later: Vec<f32>| shaped(latents.shape(), latents.iter().take(still).copied().chain(later).collect());
        Ok(Stepped { latents: joined(stepped.x), estimate: joined(stepped.x0) })
    }

    fn noised(&self, clean: &ArrayD<f32>, noise: &ArrayD<f32>, i: usize) -> Result<ArrayD<f32>, ModelError> {
        let sigma = self.scheduler.sigmas().get(i).copied().unwrap_or(0.0);
        let still = self.of_still(clean);
        let level = |n: usize| if n < still { 0.0 } else { sigma };
        let values = clean.iter().zip(noise).enumerate().map(|(n, (x, noise))| (1.0 - level(n)) * x + level(n) * noise);
        Ok(shaped(clean.shape(), values.collect()))
    }

    fn plain(&self, estimate: &ArrayD<f32>) -> ArrayD<f32> {
        unpacked(estimate, self.grid).index_axis_move(Axis(0), 0)
    }

    fn state(&self) -> Vec<u8> {
        Vec::new()
    }

    fn restore(&mut self, _done: usize, state: &[u8]) -> bool {
        state.is_empty()
    }
}
