//! Dual-clock denoising ("Time-to-Move: Training-Free Motion Controlled Video Generation via Dual-Clock Denoising",
//! Singer et al. 2025): motion control for any latent family without training.
//!
//! 1. A reference (the still, warped as asked) is encoded: z_ref. One fixed noise ε.
//! 2. Denoising starts at step `weak`, from z_ref noised with ε to that step's level.
//! 3. After each step i < `strong`: x ← x·(1 − M) + M·(z_ref noised with ε to the level of step i + 1).
//!    Inside the mask M the reference is followed for longer than outside: the two clocks.
//! 4. M: binarised at 0.5, the frames the latent frames stand for, averaged over each cell.

use ndarray::{Array3, ArrayD, ArrayView3, Zip};

use super::denoise::Steps;
use crate::family::ModelError;

/// What the sampler follows, in the latents' own layout.
#[derive(Debug, Clone)]
pub struct DualClock {
    /// z_ref.
    pub reference: ArrayD<f32>,
    /// M: 0 or 1, broadcast to the latents' shape.
    pub mask: ArrayD<f32>,
    /// ε.
    pub noise: ArrayD<f32>,
    /// First step that is made.
    pub weak: usize,
    /// First step after which nothing is followed any more.
    pub strong: usize,
}

impl DualClock {
    /// The latents that step `weak` starts from.
    pub fn start(&self, steps: &dyn Steps) -> Result<ArrayD<f32>, ModelError> {
        steps.noised(&self.reference, &self.noise, self.weak)
    }

    /// The latents after step `done` (counted from 0), with the reference imposed where it is followed.
    pub fn imposed(&self, x: ArrayD<f32>, done: usize, steps: &dyn Steps) -> Result<ArrayD<f32>, ModelError> {
        if done >= self.strong {
            return Ok(x);
        }
        let next = done + 1;
        let level = if next < steps.count() { steps.noised(&self.reference, &self.noise, next)? } else { self.reference.clone() };
        let mut x = x;
        Zip::from(&mut x).and(&level).and(&self.mask).for_each(|x, level, m| *x = *x * (1.0 - m) + level * m);
        Ok(x)
    }
}

/// `t_weak` and `t_strong` of `steps`, from the pack's fractions; at least one step follows the reference.
pub fn clocks(fractions: [f64; 2], steps: usize) -> (usize, usize) {
    let of = |f: f64| (f.clamp(0.0, 1.0) * steps as f64).round() as usize;
    let weak = of(fractions[0]).min(steps.saturating_sub(1));
    (weak, of(fractions[1]).clamp(weak + 1, steps.max(weak + 1)))
}

/// The mask video ([F, H, W]) on the latent grid: [f, h, w], 0 or 1. Latent frame j stands for frame j·`temporal`.
pub fn pooled(mask: ArrayView3<'_, f32>, temporal: usize, spatial: usize) -> Array3<f32> {
    let (frames, height, width) = mask.dim();
    let shape = ((frames.max(1) - 1) / temporal + 1, height / spatial, width / spatial);
    Array3::from_shape_fn(shape, |(f, y, x)| {
        let marked = |i: usize| {
            let at = [f * temporal, y * spatial + i / spatial, x * spatial + i % spatial];
            mask.get(at).is_some_and(|v| *v >= 0.5)
        };
        let count = (0..spatial * spatial).filter(|i| marked(*i)).count();
        if 2 * count >= spatial * spatial { 1.0 } else { 0.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::super::denoise::tests::Halving;
    use super::*;

    #[test]
    fn the_clocks_are_the_papers_at_50_steps_and_sane_at_few() {
        assert_eq!(clocks([0.06, 0.14], 50), (3, 7));
        assert_eq!(clocks([0.04, 0.1], 50), (2, 5));
        assert_eq!(clocks([0.32, 0.42], 50), (16, 21));
        for steps in 1..12 {
            let (weak, strong) = clocks([0.06, 0.14], steps);
            assert!(weak < steps && weak < strong && strong <= steps, "{steps}: {weak} {strong}");
        }
    }

    #[test]
    fn a_mask_is_picked_in_time_and_pooled_in_space() {
        let mut mask = Array3::<f32>::zeros((9, 16, 16));
        mask.slice_mut(ndarray::s![4, 0..8, 0..4]).fill(1.0);
        mask.slice_mut(ndarray::s![3, .., ..]).fill(1.0);
        mask.slice_mut(ndarray::s![8, 8.., 8..]).fill(0.49);
        let pooled = pooled(mask.view(), 4, 8);
        assert_eq!(pooled.dim(), (3, 2, 2));
        assert_eq!(pooled.iter().sum::<f32>(), 1.0);
        assert_eq!(pooled[[1, 0, 0]], 1.0);
    }

    #[test]
    fn inside_the_mask_the_reference_is_imposed_outside_the_model_is_free() {
        let steps = Halving { count: 5 };
        let full = |v: f32| ArrayD::from_elem(vec![2], v);
        let mut mask = full(0.0);
        mask[0] = 1.0;
        let clock = DualClock { reference: full(8.0), mask, noise: full(1.0), weak: 1, strong: 3 };
        assert_eq!(clock.start(&steps).unwrap()[0], 8.0 + 4.0);
        let after = clock.imposed(full(5.0), 1, &steps).unwrap();
        assert_eq!((after[0], after[1]), (8.0 + 3.0, 5.0));
        assert_eq!(clock.imposed(full(5.0), 3, &steps).unwrap()[0], 5.0, "after `strong` nothing is imposed");
        let late = DualClock { strong: 5, ..clock };
        assert_eq!(late.imposed(full(5.0), 4, &steps).unwrap()[0], 8.0, "after the last step it is the clean reference");
    }
}
