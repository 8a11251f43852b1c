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
use crate::latent::{Components, Stepped, Steps};

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
    /// `noise`: the clip's, [1, C, f, h, w].
    pub fn new(noise: &ArrayD<f32>, stills: &[Placed], cell: Cell, fps: f64, components: &Components) -> Result<Self, ModelError> {
        let [1, channels, frames, rows, columns] = *noise.shape() else {
            return Err(components.shape(format!("noise of shape {:?}", noise.shape())));
        };
        let (grid, per_frame) = ([frames, rows, columns], rows * columns);
        let own = packed(noise);
        let mut first = vec![0.0; own.len()];
        let mut own_strengths = vec![0.0; frames * per_frame];
        let (mut clean, mut noises, mut coords, mut strengths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for still in stills {
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
            concatenate(Axis(1), &views).map_err(|e| components.shape(format!("stills that do not fit the clip ({e})")))
        };
        let positions: Vec<_> = coords.iter().map(|c| c.view()).collect();
        let coords = concatenate(Axis(2), &positions).map_err(|e| components.shape(e.to_string()))?;
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

    /// `add_noise_to_image_conditioning_latents`: tokens of strength 1 laid anew. Noise is drawn for all of them.
    fn laid(&mut self, latents: &ArrayD<f32>, t: f32) -> ArrayD<f32> {
        if self.noise_scale <= 0.0 {
            return latents.clone();
        }
        let noise = self.noise.normal(latents.len());
        let share = (t / TRAIN) * (t / TRAIN);
        let values = latents.iter().zip(&self.conditions.clean).zip(noise).zip(self.conditions.per_value(|s| s));
        let laid = values.map(|(((x, still), noise), strength)| if strength > 1.0 - HAIR { still + self.noise_scale * noise * share } else { *x });
        shaped(latents.shape(), laid.collect())
    }
}

impl Steps for ConditionSteps<'_> {
    fn count(&self) -> usize {
        self.timesteps.len()
    }

    fn step(&mut self, i: usize, latents: &ArrayD<f32>, work: &Work<'_>) -> Result<Stepped, ModelError> {
        let t = self.timesteps.get(i).copied().unwrap_or(0.0);
        let x = self.laid(latents, t);
        if t <= 0.0 {
            // From no noise to no noise: whatever is predicted, nothing moves.
            return Ok(Stepped { estimate: x.clone(), latents: x });
        }
        let timesteps = self.conditions.timesteps(t);
        let prediction = self.predictor.predict(&x, &timesteps, work)?;
        let flat = |a: &ArrayD<f32>| -> Vec<f32> { a.iter().copied().collect() };
        let mut stepped = self.scheduler.step_per_token(0, &flat(&prediction), &timesteps, &flat(&x))?;
        for (((slot, clean), x), free) in stepped.x.iter_mut().zip(&mut stepped.x0).zip(&x).zip(self.conditions.per_value(|s| 1.0 - s)) {
            if t / TRAIN - HAIR >= free {
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
