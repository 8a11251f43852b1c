//! `LTXConditionPipeline` (0.9.5 and later): stills at any frame, each with a strength.
//!
//! | still | tokens | start |
//! |---|---|---|
//! | at frame 0 | latent frame 0 of the clip | noise mixed with the still by its strength |
//! | at frame n | its own, before the clip's, with coordinates from frame n on; dropped at the end | the same |
//!
//! A token of strength m stands at timestep min(t, (1 − m)·1000): it begins to move when the schedule has come down to
//! it. Tokens of strength 1 never move; before every step they are laid anew, with 0.15·t² of fresh noise.
//!
//! Draws, in order: the clip's noise · for each still the VAE's posterior and, where it is not at frame 0, its own noise ·
//! at each step noise for all tokens, where the pack has `image_cond_noise_scale`.

use ndarray::{Array3, ArrayD, Axis, concatenate};
use wakeframe_diffusion::noise::Generator;
use wakeframe_diffusion::scheduler::FlowMatchEuler;

use super::predict::Predictor;
use super::tokens::{Cell, Grid, causally, lerp, packed, shaped, unpacked};
use crate::family::ModelError;
use crate::generate::Work;
use crate::latent::{Stepped, Steps};

/// Training timesteps of every published checkpoint.
const TRAIN: f32 = 1000.0;
/// The reference's slack where it compares noise levels.
const HAIR: f32 = 1e-6;

/// A still on its way to the transformer.
pub(super) struct Placed {
    /// Frame of the clip.
    pub frame: usize,
    /// 0…1.
    pub strength: f32,
    /// Its latent, normalised: [1, C, 1, h, w].
    pub latent: ArrayD<f32>,
    /// Noise of the same shape, where it has tokens of its own.
    pub noise: Option<ArrayD<f32>>,
}

/// What the stills make of a clip: tokens of those that are not at frame 0, then the clip's own.
pub(super) struct Conditions {
    grid: Grid,
    channels: usize,
    /// Tokens before the clip's own.
    before: usize,
    /// Strength of each token.
    strengths: Vec<f32>,
    /// The stills' latents where there are any, 0 elsewhere: [1, E + S, C].
    pub clean: ArrayD<f32>,
    /// Noise everywhere, same shape.
    pub noise: ArrayD<f32>,
    /// [1, 3, E + S].
    pub coords: Array3<f32>,
}

impl Conditions {
    /// `noise`: the clip's, [1, C, f, h, w]. An error says what does not fit.
    pub fn new(noise: &ArrayD<f32>, stills: &[Placed], cell: Cell, fps: f64) -> Result<Self, String> {
        let [1, channels, frames, rows, columns] = *noise.shape() else { return Err(format!("noise of shape {:?}", noise.shape())) };
        let (grid, per_frame) = ([frames, rows, columns], rows * columns);
        let own = packed(noise);
        let mut first = vec![0.0; own.len()];
        let mut own_strengths = vec![0.0; frames * per_frame];
        let (mut clean, mut noises, mut coords, mut strengths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for still in stills {
            if still.latent.shape() != [1, channels, 1, rows, columns] {
                return Err(format!("a still's latent of shape {:?} where the clip's are {:?}", still.latent.shape(), noise.shape()));
            }
            let latent = packed(&still.latent);
            match &still.noise {
                None => {
                    first.iter_mut().zip(&latent).for_each(|(slot, v)| *slot = *v);
                    own_strengths.iter_mut().take(per_frame).for_each(|slot| *slot = still.strength);
                }
                Some(noise) => {
                    clean.push(latent);
                    noises.push(packed(noise));
                    coords.push(causally([1, rows, columns], cell, fps, still.frame));
                    strengths.extend(std::iter::repeat_n(still.strength, per_frame));
                }
            }
        }
        let before = strengths.len();
        strengths.extend(own_strengths);
        clean.push(shaped(own.shape(), first));
        noises.push(own);
        coords.push(causally(grid, cell, fps, 0));
        let joined = |parts: &[ArrayD<f32>]| {
            let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
            concatenate(Axis(1), &views).map_err(|e| e.to_string())
        };
        let positions: Vec<_> = coords.iter().map(|c| c.view()).collect();
        let coords = concatenate(Axis(2), &positions).map_err(|e| e.to_string())?;
        Ok(Self { grid, channels, before, strengths, clean: joined(&clean)?, noise: joined(&noises)?, coords })
    }

    /// The tokens denoising starts from: noise, or `from` (a clean clip, [1, C, f, h, w]) noised to `sigma`, and the
    /// stills mixed in by their strengths.
    pub fn start(&self, from: Option<(&ArrayD<f32>, f32)>) -> ArrayD<f32> {
        let mut start = self.noise.clone();
        if let Some((clip, sigma)) = from {
            let own = start.iter_mut().skip(self.before * self.channels);
            own.zip(&packed(clip)).for_each(|(slot, x)| *slot = sigma * *slot + (1.0 - sigma) * x);
        }
        let levels = self.per_value(|strength| strength);
        start.iter_mut().zip(&self.clean).zip(levels).for_each(|((slot, x), strength)| *slot = lerp(*slot, *x, strength));
        start
    }

    /// A clip ([1, C, f, h, w]) as tokens, the stills' before and inside it: what dual-clock denoising follows.
    pub fn around(&self, clip: &ArrayD<f32>) -> ArrayD<f32> {
        let mut all = self.clean.clone();
        let mut own = all.iter_mut().zip(self.per_value(|s| s)).skip(self.before * self.channels);
        for (n, x) in packed(clip).iter().enumerate() {
            let Some((slot, strength)) = own.next() else { break };
            let of_still = n < self.grid[1] * self.grid[2] * self.channels && strength > 0.0;
            *slot = if of_still { *slot } else { *x };
        }
        all
    }

    /// A mask on the clip's grid ([f, h, w]) as one for all tokens: the stills are left alone.
    pub fn spread(&self, mask: &Array3<f32>) -> ArrayD<f32> {
        let all = std::iter::repeat_n(0.0, self.before).chain(mask.iter().copied());
        let free = all.zip(&self.strengths).map(|(m, strength)| if *strength > 0.0 { 0.0 } else { m });
        shaped(self.clean.shape(), free.flat_map(|m| std::iter::repeat_n(m, self.channels)).collect())
    }

    /// The clip alone: [1, C, f, h, w].
    pub fn clip(&self, tokens: &ArrayD<f32>) -> ArrayD<f32> {
        unpacked(tokens, self.grid)
    }

    /// Timestep of each token while the clip is at `t`.
    fn timesteps(&self, t: f32) -> Vec<f32> {
        self.strengths.iter().map(|strength| t.min((1.0 - strength) * TRAIN)).collect()
    }

    /// `add_noise_to_image_conditioning_latents`: tokens of strength 1 laid anew at timestep `t`, with `noise`.
    fn laid(&self, tokens: &ArrayD<f32>, noise: Vec<f32>, scale: f32, t: f32) -> ArrayD<f32> {
        let share = (t / TRAIN) * (t / TRAIN);
        let values = tokens.iter().zip(&self.clean).zip(noise).zip(self.per_value(|s| s));
        let laid = values.map(|(((x, still), noise), strength)| if strength > 1.0 - HAIR { still + scale * noise * share } else { *x });
        shaped(tokens.shape(), laid.collect())
    }

    /// For each value whether its token moves at timestep `t`.
    fn moving(&self, t: f32) -> impl Iterator<Item = bool> {
        self.per_value(|strength| 1.0 - strength).map(move |free| t / TRAIN - HAIR < free)
    }

    /// For each value its token's `f` of strength.
    fn per_value(&self, f: impl Fn(f32) -> f32) -> impl Iterator<Item = f32> {
        self.strengths.iter().flat_map(move |strength| std::iter::repeat_n(f(*strength), self.channels))
    }
}

/// The steps; latents are tokens, [1, E + S, C].
pub(super) struct ConditionSteps<'a> {
    /// Knows every noise level above 0.
    scheduler: FlowMatchEuler,
    /// Of the steps that are made; a last one may be 0.
    timesteps: &'a [f32],
    conditions: &'a Conditions,
    predictor: Predictor<'a>,
    noise: Generator,
    noise_scale: f32,
}

impl<'a> ConditionSteps<'a> {
    pub fn new(
        scheduler: FlowMatchEuler,
        timesteps: &'a [f32],
        conditions: &'a Conditions,
        predictor: Predictor<'a>,
        noise: Generator,
        noise_scale: f32,
    ) -> Self {
        Self { scheduler, timesteps, conditions, predictor, noise, noise_scale }
    }

    /// The generator, where the steps left it.
    pub fn into_noise(self) -> Generator {
        self.noise
    }
}

impl Steps for ConditionSteps<'_> {
    fn count(&self) -> usize {
        self.timesteps.len()
    }

    fn step(&mut self, i: usize, latents: &ArrayD<f32>, work: &Work<'_>) -> Result<Stepped, ModelError> {
        let t = self.timesteps.get(i).copied().unwrap_or(0.0);
        let x = if self.noise_scale > 0.0 {
            // Drawn for all tokens, whichever are laid anew.
            let noise = self.noise.normal(latents.len());
            self.conditions.laid(latents, noise, self.noise_scale, t)
        } else {
            latents.clone()
        };
        if t <= 0.0 {
            // From no noise to no noise: whatever is predicted, nothing moves.
            return Ok(Stepped { estimate: x.clone(), latents: x });
        }
        let timesteps = self.conditions.timesteps(t);
        let prediction = self.predictor.predict(&x, &timesteps, work)?;
        let flat = |a: &ArrayD<f32>| -> Vec<f32> { a.iter().copied().collect() };
        // Every token finds its own place in the schedule; the number of the step says nothing.
        let mut stepped = self.scheduler.step_per_token(0, &flat(&prediction), &timesteps, &flat(&x))?;
        for (((slot, clean), x), moves) in stepped.x.iter_mut().zip(&mut stepped.x0).zip(&x).zip(self.conditions.moving(t)) {
            if !moves {
                (*slot, *clean) = (*x, *x);
            }
        }
        Ok(Stepped { latents: shaped(x.shape(), stepped.x), estimate: shaped(x.shape(), stepped.x0) })
    }

    fn noised(&self, clean: &ArrayD<f32>, noise: &ArrayD<f32>, i: usize) -> Result<ArrayD<f32>, ModelError> {
        let t = self.timesteps.get(i).copied().unwrap_or(0.0);
        let levels = self.conditions.per_value(|strength| (t / TRAIN).min(1.0 - strength));
        let values = clean.iter().zip(noise).zip(levels).map(|((x, noise), level)| (1.0 - level) * x + level * noise);
        Ok(shaped(clean.shape(), values.collect()))
    }

    fn plain(&self, estimate: &ArrayD<f32>) -> ArrayD<f32> {
        self.conditions.clip(estimate).index_axis_move(Axis(0), 0)
    }

    fn state(&self) -> Vec<u8> {
        serde_json::to_vec(&self.noise.state()).unwrap_or_default()
    }

    fn restore(&mut self, _done: usize, state: &[u8]) -> bool {
        let kept = serde_json::from_slice(state).ok().and_then(|state| Generator::restore(&state).ok());
        kept.is_some_and(|noise| {
            self.noise = noise;
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Cell = Cell { temporal: 8, spatial: 32 };

    fn filled(shape: &[usize], value: f32) -> ArrayD<f32> {
        ArrayD::from_elem(shape, value)
    }

    /// Two latent frames of 1×2 cells, two channels: the still at frame 0 (2.0), a soft one at frame 5 (4.0).
    fn conditions(first: f32) -> Conditions {
        let still = |frame, strength, value, noise: Option<f32>| Placed {
            frame,
            strength,
            latent: filled(&[1, 2, 1, 1, 2], value),
            noise: noise.map(|n| filled(&[1, 2, 1, 1, 2], n)),
        };
        let stills = [still(0, first, 2.0, None), still(5, 0.75, 4.0, Some(8.0))];
        Conditions::new(&filled(&[1, 2, 2, 1, 2], 1.0), &stills, CELL, 10.0).unwrap()
    }

    /// The first value of each token.
    fn per_token(tokens: &ArrayD<f32>) -> Vec<f32> {
        tokens.iter().step_by(2).copied().collect()
    }

    #[test]
    fn stills_elsewhere_stand_before_the_clip_with_coordinates_of_their_own() {
        let c = conditions(1.0);
        assert_eq!((c.clean.shape(), c.coords.dim(), c.before), (&[1, 6, 2][..], (1, 3, 6), 2));
        let seconds: Vec<f32> = c.coords.index_axis(Axis(1), 0).iter().copied().collect();
        assert_eq!(seconds, [0.5, 0.5, 0.0, 0.0, 0.1, 0.1]);
        assert_eq!(c.clip(&c.start(None)).shape(), [1, 2, 2, 1, 2]);
    }

    #[test]
    fn the_start_mixes_noise_and_stills_by_strength() {
        assert_eq!(per_token(&conditions(1.0).start(None)), [5.0, 5.0, 2.0, 2.0, 1.0, 1.0]);
        assert_eq!(per_token(&conditions(0.25).start(None)), [5.0, 5.0, 1.25, 1.25, 1.0, 1.0]);
        // A second pass: 0.75 noise and 0.25 of the doubled clip, then the still over its frame.
        let doubled = filled(&[1, 2, 2, 1, 2], 9.0);
        assert_eq!(per_token(&conditions(1.0).start(Some((&doubled, 0.75)))), [5.0, 5.0, 2.0, 2.0, 3.0, 3.0]);
    }

    #[test]
    fn a_token_stands_no_higher_than_its_strength_lets_it() {
        let c = conditions(1.0);
        assert_eq!(c.timesteps(900.0), [250.0, 250.0, 0.0, 0.0, 900.0, 900.0]);
        assert_eq!(c.timesteps(100.0), [100.0, 100.0, 0.0, 0.0, 100.0, 100.0]);
        let moving = |t| c.moving(t).step_by(2).collect::<Vec<_>>();
        assert_eq!(moving(900.0), [false, false, false, false, true, true]);
        assert_eq!(moving(250.0), [true, true, false, false, true, true]);
    }

    #[test]
    fn only_firm_stills_are_laid_anew_and_ever_more_quietly() {
        let c = conditions(1.0);
        let x = filled(&[1, 6, 2], 7.0);
        let laid = |t| per_token(&c.laid(&x, vec![-1.0; 12], 0.15, t));
        assert_eq!(laid(1000.0), [7.0, 7.0, 1.85, 1.85, 7.0, 7.0]);
        assert_eq!(laid(500.0), [7.0, 7.0, 2.0 - 0.15 * 0.25, 2.0 - 0.15 * 0.25, 7.0, 7.0]);
        let soft = conditions(0.9);
        assert_eq!(soft.laid(&x, vec![-1.0; 12], 0.15, 1000.0), x);
    }

    #[test]
    fn a_followed_motion_leaves_the_stills_alone() {
        let c = conditions(1.0);
        assert_eq!(per_token(&c.around(&filled(&[1, 2, 2, 1, 2], 3.0))), [4.0, 4.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!(per_token(&c.spread(&Array3::ones((2, 1, 2)))), [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn a_still_of_another_size_is_refused() {
        let still = Placed { frame: 0, strength: 1.0, latent: filled(&[1, 2, 1, 1, 3], 0.0), noise: None };
        assert!(Conditions::new(&filled(&[1, 2, 2, 1, 2], 1.0), &[still], CELL, 25.0).is_err());
    }
}
