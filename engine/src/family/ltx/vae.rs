//! Pixels into latents and back.

use ndarray::{Array4, ArrayD, Axis, Slice, concatenate};
use wakeframe_diffusion::noise::Generator;

use super::config::Config;
use super::tokens::shaped;
use crate::family::ModelError;
use crate::latent::{Components, Job};
use crate::runtime::Input;

/// Latent frames of one encoder call where a whole clip is encoded, and how many of them are given up where one call
/// follows another: the causal encoder has seen too little before them.
const WINDOW: usize = 5;
const WARM_UP: usize = 2;

/// The pack's VAE.
pub(super) struct Vae<'a> {
    pub components: &'a Components,
    pub config: &'a Config,
}

impl Vae<'_> {
    /// A still ([1, 3, H, W], −1…1) → its latent as the reference samples it, normalised: [1, C, 1, h, w].
    pub fn sampled(&self, job: &Job<'_>, still: &Array4<f32>, noise: &mut Generator) -> Result<ArrayD<f32>, ModelError> {
        let (mean, std) = self.moments(job, &still.view().insert_axis(Axis(2)).into_dyn().as_standard_layout().into_owned())?;
        let drawn = noise.normal(mean.len());
        let sample: Vec<f32> = mean.iter().zip(&std).zip(drawn).map(|((mean, std), noise)| mean + std * noise).collect();
        let mut latent = shaped(mean.shape(), sample);
        self.per_channel(&mut latent, |v, mean, std| (v - mean) / std);
        Ok(latent)
    }

    /// Frames ([F, 3, H, W], −1…1) → normalised latents without the posterior's noise: [1, C, f, h, w]. In windows that
    /// overlap, so that memory does not grow with the clip; nothing of the reference passes here.
    pub fn clip(&self, job: &Job<'_>, frames: &Array4<f32>) -> Result<ArrayD<f32>, ModelError> {
        let temporal = job.rules.temporal as usize;
        let video = frames.view().permuted_axes([1, 0, 2, 3]).insert_axis(Axis(0)).into_dyn();
        let count = frames.len_of(Axis(0)).saturating_sub(1) / temporal + 1;
        let mut parts = Vec::new();
        let mut done = 0;
        while done < count {
            job.work.check()?;
            let from = if done == 0 { 0 } else { done - WARM_UP };
            let to = (from + WINDOW).min(count);
            let window = video.slice_axis(Axis(2), Slice::from(from * temporal..(to - 1) * temporal + 1)).as_standard_layout().into_owned();
            let (mean, _) = self.moments(job, &window)?;
            parts.push(mean.slice_axis(Axis(2), Slice::from(done - from..to - from)).to_owned());
            done = to;
        }
        let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
        let mut latents = concatenate(Axis(2), &views).map_err(|e| self.components.shape(e.to_string()))?;
        self.per_channel(&mut latents, |v, mean, std| (v - mean) / std);
        Ok(latents)
    }

    /// The posterior's mean and spread.
    fn moments(&self, job: &Job<'_>, pixels: &ArrayD<f32>) -> Result<(ArrayD<f32>, ArrayD<f32>), ModelError> {
        let channels = self.config.channels();
        let both = job.tiled(pixels, (1, job.rules.spatial as usize), |tile| {
            let mut outputs = self.components.get("vae_encoder")?.run(vec![("pixels", Input::Float(tile.view()))])?;
            let std = outputs.remove("latent_std");
            let mean = self.components.output(outputs, "latent_mean", 5)?;
            let std = std.filter(|s| s.shape() == mean.shape()).ok_or_else(|| self.components.shape("no fitting “latent_std”".into()))?;
            concatenate(Axis(1), &[mean.view(), std.view()]).map_err(|e| self.components.shape(e.to_string()))
        })?;
        if both.len_of(Axis(1)) != 2 * channels {
            return Err(self.components.shape(format!("latents of shape {:?} where {channels} channels were expected", both.shape())));
        }
        let part = |range| both.slice_axis(Axis(1), Slice::from(range)).as_standard_layout().into_owned();
        Ok((part(0..channels), part(channels..2 * channels)))
    }

    /// Normalised latents → the VAE's own.
    pub fn denormalised(&self, mut latents: ArrayD<f32>) -> ArrayD<f32> {
        let scale = self.config.scaling_factor;
        self.per_channel(&mut latents, |v, mean, std| v * std / scale + mean);
        latents
    }

    /// The reverse. `scaled`: whether by `scaling_factor` too; the reference does so after its upsampler alone.
    pub fn normalised(&self, mut latents: ArrayD<f32>) -> ArrayD<f32> {
        let scale = self.config.scaling_factor;
        self.per_channel(&mut latents, |v, mean, std| (v - mean) * scale / std);
        latents
    }

    /// Normalised latents → frames, kept in the take. Where the decoder takes a timestep it also does the last denoise
    /// step: noise is mixed in first, drawn from `noise`. What the decoder of 0.9.1 adds to itself comes from `injected`:
    /// the reference draws it from the global generator.
    pub fn decode(&self, job: &Job<'_>, latents: ArrayD<f32>, noise: &mut Generator, injected: &mut Generator) -> Result<(), ModelError> {
        let mut latents = self.denormalised(latents);
        let config = self.config;
        if config.timestep_conditioning {
            let part = config.decode_noise_scale;
            let drawn = noise.normal(latents.len());
            latents.iter_mut().zip(drawn).for_each(|(v, noise)| *v = (1.0 - part) * *v + part * noise);
        }
        let timestep = shaped(&[1], vec![config.decode_timestep]);
        let frames = job.tiled(&latents, (job.rules.spatial as usize, 1), |tile| {
            job.work.check()?;
            let [.., rows, columns] = *tile.shape() else {
                return Err(self.components.shape(format!("latents of shape {:?}", tile.shape())));
            };
            let noises: Vec<(String, ArrayD<f32>)> = config
                .decoder_noise
                .iter()
                .enumerate()
                .map(|(n, scale)| {
                    (format!("noise_{n}"), shaped(&[rows * scale, columns * scale], injected.normal(rows * scale * columns * scale)))
                })
                .collect();
            let mut inputs = vec![("latent", Input::Float(tile.view()))];
            if config.timestep_conditioning {
                inputs.push(("timestep", Input::Float(timestep.view())));
            }
            inputs.extend(noises.iter().map(|(name, noise)| (name.as_str(), Input::Float(noise.view()))));
            let outputs = self.components.get("vae_decoder")?.run_until(inputs, Some(job.work.cancel()))?;
            self.components.output(outputs, "frames", 5)
        })?;
        self.components.close("vae_decoder");
        job.keep_frames(0, &frames.permuted_axes([0, 2, 1, 3, 4].as_slice()).index_axis_move(Axis(0), 0))
    }

    fn per_channel(&self, latents: &mut ArrayD<f32>, f: impl Fn(f32, f32, f32) -> f32) {
        let stats = self.config.latents_mean.iter().zip(&self.config.latents_std);
        for (mut channel, (mean, std)) in latents.axis_iter_mut(Axis(1)).zip(stats) {
            channel.mapv_inplace(|v| f(v, *mean, *std));
        }
    }
}
