//! `[ltx]` in `pack.toml`.

use serde::Deserialize;

use crate::pack::{PackFault, Validated};

/// What the pack says of its checkpoint.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    pub form: Form,
    pub schedule: Schedule,
    /// Timesteps of a distilled checkpoint, 0…1000, falling.
    pub timesteps: Option<Vec<f32>>,
    /// The second pass, where the pack has an upsampler.
    pub second: Option<Second>,
    /// Of the VAE's latents, per channel.
    pub latents_mean: Vec<f32>,
    pub latents_std: Vec<f32>,
    pub scaling_factor: f32,
    /// Whether the decoder takes a timestep.
    pub timestep_conditioning: bool,
    #[serde(default)]
    pub decode_timestep: f32,
    /// Part of noise in what is decoded.
    #[serde(default)]
    pub decode_noise_scale: f32,
    /// Rows of each noise the decoder adds to itself, for one latent row; in the order of the draws.
    #[serde(default)]
    pub decoder_noise: Vec<usize>,
    /// Noise on stills of full strength, times t².
    #[serde(default)]
    pub image_cond_noise_scale: f32,
    /// How far guided predictions are brought back to the spread of unguided ones, 0…1.
    #[serde(default)]
    pub guidance_rescale: f32,
}

/// How stills reach the transformer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// 0.9.0, 0.9.1: latent frame 0 is the still.
    I2v,
    /// 0.9.5 and later: stills at any frame.
    Condition,
}

/// How noise levels follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Schedule {
    /// Evenly, shifted by the number of tokens.
    Shift,
    /// Slowly and evenly, then ever faster.
    LinearQuadratic,
    /// As distilled.
    Timesteps,
}

/// `[ltx.second]`: what is done after the latents were doubled in width and height.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Second {
    /// Timesteps, where the schedule is fixed.
    pub timesteps: Option<Vec<f32>>,
    /// Steps, where it is not.
    pub steps: Option<usize>,
    /// Part of the schedule that is run, from its end.
    pub strength: f64,
    /// How far the doubled latents take over mean and spread of the small ones.
    pub adain: f32,
    /// How far large values of the doubled latents are compressed, 0…1.
    pub tone_map: f64,
}

impl Config {
    /// Refuses what contradicts itself.
    pub fn check(&self, pack: &Validated) -> Result<(), PackFault> {
        let wrong = |what: &str| Err(pack.malformed(format!("[ltx] {what}")));
        let channels = self.latents_mean.len();
        if channels == 0 || self.latents_std.len() != channels || self.latents_std.iter().any(|s| s.is_nan() || *s <= 0.0) {
            return wrong("latents_mean and latents_std must be as many numbers, those of latents_std above 0");
        }
        if self.scaling_factor.is_nan() || self.scaling_factor <= 0.0 {
            return wrong("scaling_factor must be above 0");
        }
        if (self.form == Form::I2v) != (self.schedule == Schedule::Shift) {
            return wrong("the form “i2v” has the schedule “shift”, and no other form has it");
        }
        let fixed = self.schedule == Schedule::Timesteps;
        if fixed != self.timesteps.is_some() || self.timesteps.as_deref().is_some_and(|t| !falls(t)) {
            return wrong("timesteps belong to the schedule “timesteps”: falling, from at most 1000, down to 0 or above");
        }
        if !(0.0..=1.0).contains(&self.decode_noise_scale) || !(0.0..=1.0).contains(&self.guidance_rescale) {
            return wrong("decode_noise_scale and guidance_rescale must be 0 to 1");
        }
        if !(0.0..=10.0).contains(&self.image_cond_noise_scale) || self.decoder_noise.iter().any(|n| !(1..=256).contains(n)) {
            return wrong("image_cond_noise_scale or decoder_noise is out of range");
        }
        let Some(second) = &self.second else { return Ok(()) };
        let scheduled = match (&second.timesteps, second.steps) {
            (Some(t), None) => fixed && falls(t),
            (None, Some(n)) => !fixed && (1..=1000).contains(&n),
            _ => false,
        };
        let in_range =
            (0.0..=1.0).contains(&second.strength) && (-10.0..=10.0).contains(&second.adain) && (0.0..=1.0).contains(&second.tone_map);
        if self.form != Form::Condition || !scheduled || !in_range || second.first_step() >= second.count() {
            return wrong(
                "second needs timesteps or steps as the schedule has them, a strength that leaves a step, adain and tone_map of 0 to 1",
            );
        }
        Ok(())
    }

    /// Channels of the latents.
    pub fn channels(&self) -> usize {
        self.latents_mean.len()
    }
}

impl Second {
    /// Steps of the whole schedule.
    pub fn count(&self) -> usize {
        self.timesteps.as_ref().map_or(self.steps.unwrap_or(0), Vec::len)
    }

    /// The first one that is made: `get_timesteps` of the reference.
    pub fn first_step(&self) -> usize {
        let count = self.count();
        count - ((count as f64 * self.strength) as usize).min(count)
    }
}

fn falls(timesteps: &[f32]) -> bool {
    let within = timesteps.iter().all(|t| (0.0..=1000.0).contains(t));
    within && !timesteps.is_empty() && timesteps.is_sorted_by(|a, b| a > b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strength_leaves_out_the_noisiest_steps() {
        let second = |count: usize, strength: f64| Second { timesteps: None, steps: Some(count), strength, adain: 0.0, tone_map: 0.0 };
        // diffusers' documentation: "Effectively, 4 inference steps out of 5", "4 inference steps out of 10".
        assert_eq!(second(5, 0.999).first_step(), 1);
        assert_eq!(second(10, 0.4).first_step(), 6);
        assert_eq!(second(4, 1.0).first_step(), 0);
        assert_eq!(second(4, 0.0).first_step(), 4);
    }

    #[test]
    fn fixed_schedules_fall() {
        assert!(falls(&[1000.0, 993.0, 0.03]) && falls(&[421.0, 0.0]));
        assert!(!falls(&[]) && !falls(&[1000.0, 1000.0]) && !falls(&[1001.0]) && !falls(&[5.0, -1.0]) && !falls(&[f32::NAN]));
    }
}
