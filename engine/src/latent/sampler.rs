//! Denoise steps of a family whose scheduler steps the latents as a whole.

use ndarray::{Array3, ArrayD, Axis, Slice};
use wakeframe_diffusion::noise::{Generator, GeneratorState};
use wakeframe_diffusion::scheduler::{Scheduler, State};

use super::denoise::{Stepped, Steps};
use crate::family::ModelError;
use crate::generate::Work;

/// How a family lays its latents out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// [1, C, F, h, w]: Wan, I2VGen-XL.
    ChannelsFirst,
    /// [1, F, C, h, w]: SVD, CogVideoX.
    FramesFirst,
}

impl Layout {
    /// A mask on the latent grid ([F, h, w]) over all channels of latents.
    pub fn spread(self, mask: &Array3<f32>, channels: usize) -> Option<ArrayD<f32>> {
        let (f, h, w) = mask.dim();
        let (axis, shape) = match self {
            Layout::ChannelsFirst => (0, [1, channels, f, h, w]),
            Layout::FramesFirst => (1, [1, f, channels, h, w]),
        };
        mask.view().insert_axis(Axis(axis)).insert_axis(Axis(0)).broadcast(shape).map(|m| m.to_owned().into_dyn())
    }
}

/// A scheduler and a way to predict.
pub struct Sampler<P> {
    scheduler: Box<dyn Scheduler>,
    noise: Generator,
    layout: Layout,
    left_out: usize,
    predict: P,
}

/// (step, its timestep, latents scaled for the model) → guided prediction.
impl<P> Sampler<P>
where
    P: FnMut(usize, f32, &ArrayD<f32>, &Work<'_>) -> Result<ArrayD<f32>, ModelError>,
{
    /// `noise` goes on where the family's own draws ended.
    pub fn new(scheduler: Box<dyn Scheduler>, noise: Generator, layout: Layout, predict: P) -> Self {
        Self { scheduler, noise, layout, left_out: 0, predict }
    }

    /// The first so many latent frames are not part of the clip; previews leave them out.
    pub fn without_first(self, left_out: usize) -> Self {
        Self { left_out, ..self }
    }
}

/// Values in the order of their shape.
fn flat(a: &ArrayD<f32>) -> std::borrow::Cow<'_, [f32]> {
    match a.as_slice() {
        Some(slice) => slice.into(),
        None => a.iter().copied().collect::<Vec<_>>().into(),
    }
}

fn shaped(shape: &[usize], values: Vec<f32>) -> ArrayD<f32> {
    // A scheduler gives as many values as it took.
    ArrayD::from_shape_vec(shape, values).unwrap_or_else(|_| ArrayD::zeros(shape))
}

impl<P> Steps for Sampler<P>
where
    P: FnMut(usize, f32, &ArrayD<f32>, &Work<'_>) -> Result<ArrayD<f32>, ModelError>,
{
    fn count(&self) -> usize {
        self.scheduler.timesteps().len()
    }

    fn step(&mut self, i: usize, latents: &ArrayD<f32>, work: &Work<'_>) -> Result<Stepped, ModelError> {
        let timestep = self.scheduler.timesteps().get(i).copied().unwrap_or(0.0);
        let mut input = flat(latents).into_owned();
        self.scheduler.scale_model_input(i, &mut input)?;
        let prediction = (self.predict)(i, timestep, &shaped(latents.shape(), input), work)?;
        let stepped = self.scheduler.step(i, &flat(&prediction), &flat(latents), &mut self.noise)?;
        Ok(Stepped { latents: shaped(latents.shape(), stepped.x), estimate: shaped(latents.shape(), stepped.x0) })
    }

    fn noised(&self, clean: &ArrayD<f32>, noise: &ArrayD<f32>, i: usize) -> Result<ArrayD<f32>, ModelError> {
        Ok(shaped(clean.shape(), self.scheduler.add_noise(&flat(clean), &flat(noise), i)?))
    }

    fn plain(&self, estimate: &ArrayD<f32>) -> ArrayD<f32> {
        let axes = match (estimate.ndim(), self.layout) {
            (5, Layout::ChannelsFirst) => [0, 1, 2, 3, 4],
            (5, Layout::FramesFirst) => [0, 2, 1, 3, 4],
            _ => return estimate.clone(),
        };
        let mut frames = estimate.view().permuted_axes(axes.as_slice()).index_axis_move(Axis(0), 0);
        frames.slice_axis_inplace(Axis(1), Slice::from(self.left_out.min(frames.len_of(Axis(1)))..));
        frames.to_owned()
    }

    fn state(&self) -> Vec<u8> {
        pack(&self.scheduler.state(), &self.noise)
    }

    fn restore(&mut self, _done: usize, state: &[u8]) -> bool {
        let Some((scheduler, noise)) = unpack(state) else { return false };
        if self.scheduler.restore(&scheduler).is_err() {
            return false;
        }
        self.noise = noise;
        true
    }
}

/// The scheduler's memory and the generator's, as bytes.
pub fn pack(scheduler: &State, noise: &Generator) -> Vec<u8> {
    let scheduler = scheduler.to_bytes();
    let mut bytes = (scheduler.len() as u64).to_le_bytes().to_vec();
    bytes.extend(scheduler);
    bytes.extend(serde_json::to_vec(&noise.state()).unwrap_or_default());
    bytes
}

/// The reverse; `None` where the bytes are torn.
pub fn unpack(bytes: &[u8]) -> Option<(State, Generator)> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (scheduler, noise) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let noise: GeneratorState = serde_json::from_slice(noise).ok()?;
    Some((State::from_bytes(scheduler)?, Generator::restore(&noise).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_samplers_memory_survives_as_bytes() {
        let mut noise = Generator::new(7);
        noise.normal(33);
        let bytes = pack(&State::default(), &noise);
        let (scheduler, mut back) = unpack(&bytes).unwrap();
        assert_eq!(scheduler, State::default());
        assert_eq!(back.normal(20), noise.normal(20));
        assert!((0..bytes.len()).all(|n| unpack(&bytes[..n]).is_none()));
    }
}
