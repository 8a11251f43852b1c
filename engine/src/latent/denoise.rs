//! The denoise loop every latent family runs in: cancel, resume, preview, dual clock, progress.

use ndarray::ArrayD;

use super::dual_clock::DualClock;
use super::preview::Preview;
use crate::family::ModelError;
use crate::generate::Work;

/// One denoise step's result.
pub struct Stepped {
    /// Latents after the step.
    pub latents: ArrayD<f32>,
    /// The denoised estimate x0, same layout.
    pub estimate: ArrayD<f32>,
}

/// A family's denoise steps.
pub trait Steps {
    /// How many there are.
    fn count(&self) -> usize;

    /// Makes step `i` (from 0).
    fn step(&mut self, i: usize, latents: &ArrayD<f32>, work: &Work<'_>) -> Result<Stepped, ModelError>;

    /// Clean latents noised to the level that step `i` starts from.
    fn noised(&self, clean: &ArrayD<f32>, noise: &ArrayD<f32>, i: usize) -> Result<ArrayD<f32>, ModelError>;

    /// An estimate as [C, F, h, w], as the pack's preview projection takes it.
    fn plain(&self, estimate: &ArrayD<f32>) -> ArrayD<f32>;

    /// What the sampler remembers of earlier steps.
    fn state(&self) -> Vec<u8>;

    /// Goes on after `done` steps with what [`Steps::state`] gave then. False where it does not fit.
    fn restore(&mut self, done: usize, state: &[u8]) -> bool;
}

/// Denoises from `start` to clean latents. Latents are kept after every step; a take that was stopped goes on from
/// there, with the same numbers as if it had not been.
pub fn denoise(
    start: ArrayD<f32>,
    steps: &mut dyn Steps,
    clock: Option<&DualClock>,
    preview: Option<&Preview>,
    work: &Work<'_>,
) -> Result<ArrayD<f32>, ModelError> {
    work.stage("denoise")?;
    let count = steps.count();
    let (first, mut x) = match resumed(start.shape(), steps, work) {
        Some(kept) => kept,
        None => match clock {
            Some(clock) => (clock.weak, clock.start(steps)?),
            None => (0, start),
        },
    };
    work.progress(first as u32, count as u32);
    for i in first..count {
        work.check()?;
        let Stepped { latents, estimate } = steps.step(i, &x, work)?;
        x = match clock {
            Some(clock) => clock.imposed(latents, i, steps)?,
            None => latents,
        };
        let done = i + 1;
        work.keep_latents(done as u32, &packed(&x, &steps.state()))?;
        if let Some(preview) = preview {
            work.keep_preview(done as u32, count as u32, &preview.pictures(&steps.plain(&estimate))?)?;
        }
        work.progress(done as u32, count as u32);
    }
    Ok(x)
}

/// Number of latents, latents, the sampler's memory.
fn packed(x: &ArrayD<f32>, state: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + 4 * x.len() + state.len());
    bytes.extend_from_slice(&(x.len() as u64).to_le_bytes());
    bytes.extend(x.iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend_from_slice(state);
    bytes
}

fn resumed(shape: &[usize], steps: &mut dyn Steps, work: &Work<'_>) -> Option<(usize, ArrayD<f32>)> {
    let (done, bytes) = work.kept_latents()?;
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    if length != shape.iter().product::<usize>() || done as usize > steps.count() {
        return None;
    }
    let (latents, state) = rest.split_at_checked(4 * length)?;
    let values = latents.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let latents = ArrayD::from_shape_vec(shape, values).ok()?;
    steps.restore(done as usize, state).then_some((done as usize, latents))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Halves the latents at every step; noise of level `count − i`.
    pub struct Halving {
        pub count: usize,
    }

    impl Steps for Halving {
        fn count(&self) -> usize {
            self.count
        }
        fn step(&mut self, _: usize, latents: &ArrayD<f32>, _: &Work<'_>) -> Result<Stepped, ModelError> {
            Ok(Stepped { latents: latents / 2.0, estimate: latents.clone() })
        }
        fn noised(&self, clean: &ArrayD<f32>, noise: &ArrayD<f32>, i: usize) -> Result<ArrayD<f32>, ModelError> {
            Ok(clean + &(noise * (self.count - i) as f32))
        }
        fn plain(&self, estimate: &ArrayD<f32>) -> ArrayD<f32> {
            estimate.clone()
        }
        fn state(&self) -> Vec<u8> {
            vec![7]
        }
        fn restore(&mut self, _: usize, state: &[u8]) -> bool {
            state == [7]
        }
    }

    #[test]
    fn kept_latents_carry_their_length_and_the_samplers_memory() {
        let x = ArrayD::from_shape_vec(vec![2, 2], vec![1.0, -2.0, 3.5, 0.0]).unwrap();
        let bytes = packed(&x, &[7, 8]);
        assert_eq!(bytes.len(), 8 + 16 + 2);
        assert_eq!(&bytes[24..], [7, 8]);
    }
}
