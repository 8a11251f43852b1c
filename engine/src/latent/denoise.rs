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

/// Where a denoise loop stands among those that make one take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Steps of the loops before it.
    pub before: usize,
    /// Steps of all loops.
    pub of: usize,
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
    let (shape, pass) = (start.shape().to_vec(), Pass { before: 0, of: steps.count() });
    denoise_pass(pass, &shape, || Ok(start), steps, clock, preview, work)
}

/// The same for one of several loops. `start` makes latents of `shape` and is asked only where nothing was kept of this
/// loop: it may run the loops before.
pub fn denoise_pass(
    pass: Pass,
    shape: &[usize],
    start: impl FnOnce() -> Result<ArrayD<f32>, ModelError>,
    steps: &mut dyn Steps,
    clock: Option<&DualClock>,
    preview: Option<&Preview>,
    work: &Work<'_>,
) -> Result<ArrayD<f32>, ModelError> {
    let kept = resumed(pass.before, shape, steps, work);
    if pass.before == 0 || kept.is_some() {
        work.stage("denoise")?;
    }
    let (first, mut x) = match (kept, clock) {
        (Some(kept), _) => kept,
        (None, Some(clock)) => (clock.weak, clock.start(steps)?),
        (None, None) => (0, start()?),
    };
    let (count, of) = (steps.count(), pass.of as u32);
    let done = |steps: usize| (pass.before + steps) as u32;
    work.progress(done(first), of);
    for i in first..count {
        work.check()?;
        let Stepped { latents, estimate } = steps.step(i, &x, work)?;
        x = match clock {
            Some(clock) => clock.imposed(latents, i, steps)?,
            None => latents,
        };
        let done = done(i + 1);
        work.keep_latents(done, &packed(&x, &steps.state()))?;
        if let Some(preview) = preview {
            work.keep_preview(done, of, &preview.pictures(&steps.plain(&estimate))?)?;
        }
        work.progress(done, of);
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

/// What was kept of the loop that has `before` steps before it: its own steps done, and the latents after them.
fn resumed(before: usize, shape: &[usize], steps: &mut dyn Steps, work: &Work<'_>) -> Option<(usize, ArrayD<f32>)> {
    let (done, bytes) = work.kept_latents()?;
    let done = (done as usize).checked_sub(before).filter(|done| *done > 0)?;
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    if length != shape.iter().product::<usize>() || done > steps.count() {
        return None;
    }
    let (latents, state) = rest.split_at_checked(4 * length)?;
    let values = latents.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    let latents = ArrayD::from_shape_vec(shape, values).ok()?;
    steps.restore(done, state).then_some((done, latents))
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
