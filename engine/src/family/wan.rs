//! Family `wan`: Wan 2.1 and 2.2 image-to-video (Wan Team 2025, "Wan: Open and Advanced Large-Scale Video Generative
//! Models"; reference: diffusers' `pipeline_wan_i2v.py`).
//!
//! A transformer predicts the flow's velocity for latents of a causal video VAE. How the still conditions it:
//!
//! | form | still | |
//! |---|---|---|
//! | `i2v` (2.1) | 20 more channels: mask 4, latents of "still, then mid-grey" 16; CLIP tokens of the still | 36 in, 16 out |
//! | `flf2v` (2.1) | the same with the last still at the end; CLIP tokens of both | |
//! | `a14b` (2.2) | the same channels, no CLIP; one expert above the boundary, another below | |
//! | `ti2v` (2.2, 5B) | latent frame 0 *is* the still, at timestep 0; every token has a timestep of its own | 48 in, 48 out |
//!
//! latent: [1, z, F, h, w], fp32, unit variance: (VAE mode − mean) / std per channel. Draws: the latents, nothing else.

use std::sync::Arc;

use ndarray::{Array4, Array5, ArrayD, Axis, Slice, concatenate, s};
use serde::Deserialize;
use wakeframe_diffusion::picture::clip::ClipProcessor;
use wakeframe_take::request::{Request, StillHash};

use super::{Model, ModelError};
use crate::generate::{StillReader, Work};
use crate::latent::{ClipConfig, Components, Graph, Job, Layout, Sampler, Text, TextConfig, denoise, read_text};
use crate::pack::Validated;
use crate::runtime::{Bound, Carried, Input, Place};

/// The family's word in `pack.toml`.
pub const NAME: &str = "wan";

/// Frames of one later VAE chunk; also the channels of the packed mask.
const CHUNK: usize = 4;

/// `[wan]` in `pack.toml`.
#[derive(Debug, Deserialize)]
struct Config {
    form: Form,
    latents_mean: Vec<f32>,
    latents_std: Vec<f32>,
    /// Where the low-noise expert takes over, as a part of 1000.
    boundary: Option<f32>,
    #[serde(flatten)]
    clip: Option<ClipConfig>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    I2v,
    Flf2v,
    A14b,
    Ti2v,
}

#[derive(Deserialize)]
struct Section {
    wan: Config,
    text: TextConfig,
}

/// A loaded pack of the family.
pub struct Wan {
    config: Config,
    clip: Option<ClipProcessor>,
    text: TextConfig,
    components: Components,
}

impl Wan {
    /// Reads the pack's description; graphs are opened when a request needs them.
    pub fn open(pack: &Validated, place: Place) -> Result<Self, ModelError> {
        let Section { wan: config, text } = pack.section()?;
        let z = config.latents_mean.len();
        if z == 0 || config.latents_std.len() != z || config.latents_std.iter().any(|s| s.is_nan() || *s <= 0.0) {
            return Err(pack
                .malformed("[wan] latents_mean and latents_std must be as many numbers, those of latents_std above 0".into())
                .into());
        }
        let clip = matches!(config.form, Form::I2v | Form::Flf2v);
        if clip != config.clip.is_some() || (config.form == Form::A14b) != config.boundary.is_some() {
            return Err(pack.malformed(format!("[wan] has the keys of another form than {:?}", config.form)).into());
        }
        let clip = config.clip.as_ref().map(|c| c.processor(pack)).transpose()?;
        let components = Components::new(pack.clone(), place, graphs(&config))?;
        Ok(Self { config, clip, text, components })
    }

    fn latent_frames(&self, frames: usize) -> usize {
        frames.saturating_sub(1) / CHUNK + 1
    }
}

/// What each graph must take and give.
fn graphs(config: &Config) -> Vec<Graph> {
    let z = config.latents_mean.len();
    let clip = matches!(config.form, Form::I2v | Form::Flf2v);
    let channels = if config.form == Form::Ti2v { z } else { 2 * z + CHUNK };
    let per_token = config.form == Form::Ti2v;
    let any = None;
    let denoiser = |name| {
        Graph::new(name, &["prediction"])
            .input("latent", &[any, Some(channels), any, any, any])
            .input_if(!per_token, "timestep", &[any])
            .input_if(per_token, "timestep", &[any, any])
            .input("text", &[any, any, any])
            .input_if(clip, "image", &[any, any, any])
    };
    let mut all = vec![
        Graph::new("text_encoder", &["hidden"]).input("input_ids", &[any, any]).input("attention_mask", &[any, any]),
        denoiser("denoiser"),
        Graph::new("vae_encoder_first", &["latent"]).input("pixels", &[Some(1), Some(3), Some(1), any, any]).carrying(),
        Graph::new("vae_encoder_next", &["latent"]).input("pixels", &[Some(1), Some(3), Some(CHUNK), any, any]).carrying(),
        Graph::new("vae_decoder_first", &["frames"]).input("latent", &[Some(1), Some(z), Some(1), any, any]).carrying(),
        Graph::new("vae_decoder_next", &["frames"]).input("latent", &[Some(1), Some(z), Some(1), any, any]).carrying(),
    ];
    if clip {
        all.push(Graph::new("image_encoder", &["hidden"]).input("pixel_values", &[any, Some(3), any, any]));
    }
    if config.form == Form::A14b {
        all.push(denoiser("denoiser_low"));
    }
    all
}

impl Model for Wan {
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
        let job = Job::new(request, stills, work, &self.components)?;
        let texts =
            read_text(&self.components, &self.text, [&job.latent.prompt, &job.latent.negative_prompt]).map(|t| t.map(zeroed_past_mask))?;
        work.check()?;
        let image = self.image_tokens(&job)?;
        work.check()?;
        let mut noise = job.generator();
        let [f, h, w] = job.grid();
        let z = self.config.latents_mean.len();
        let start =
            ArrayD::from_shape_vec(vec![1, z, f, h, w], noise.normal(z * f * h * w)).map_err(|e| self.components.shape(e.to_string()))?;
        let condition = self.condition(&job)?;
        let clock = job.dual_clock(&start, |frames| self.encode(&job, frames), |mask| Layout::ChannelsFirst.spread(mask, z))?;
        self.components.close("vae_encoder_first");
        self.components.close("vae_encoder_next");
        let mut experts = Experts::new(self, &job, texts, image);
        let predict =
            |_: usize, timestep: f32, latents: &ArrayD<f32>, work: &Work<'_>| experts.predict(timestep, latents, &condition, work);
        let mut sampler = Sampler::new(job.scheduler()?.open(&job.schedule())?, noise, Layout::ChannelsFirst, predict);
        let mut latents = denoise(start, &mut sampler, clock.as_ref(), job.preview.as_ref(), work)?;
        drop(sampler);
        drop(experts);
        if let Condition::FirstFrame(still) = &condition {
            impose_first(&mut latents, still);
        }
        work.stage("decode")?;
        self.decode(&job, latents)
    }

    fn check(&self) -> Result<(), ModelError> {
        self.components.check_all()
    }
}

/// "embeddings past the mask are zeroed": the reference cuts each prompt at its own length and pads with zeros.
fn zeroed_past_mask(mut text: Text) -> Text {
    let length = text.mask.iter().filter(|m| **m > 0).count();
    let length = length.min(text.hidden.len_of(Axis(1)));
    text.hidden.slice_axis_mut(Axis(1), Slice::from(length..)).fill(0.0);
    text
}

/// How the still reaches the transformer.
enum Condition {
    /// Mask and latents beside the noise: [1, 4 + z, F, h, w].
    Channels(ArrayD<f32>),
    /// Latent frame 0: [1, z, 1, h, w].
    FirstFrame(ArrayD<f32>),
}

impl Wan {
    /// CLIP's tokens of the still, and of the last one behind them: [1, T·k, D]. All 257 of the layer before the last.
    fn image_tokens(&self, job: &Job<'_>) -> Result<Option<ArrayD<f32>>, ModelError> {
        let Some(clip) = &self.clip else { return Ok(None) };
        let stills = std::iter::once(&job.request.still).chain(self.last(job)?);
        let session = self.components.get("image_encoder")?;
        let mut tokens = Vec::new();
        for still in stills {
            let pixels = clip.pixel_values(&job.rgb(still)?)?.into_dyn();
            tokens.push(self.components.output(session.run(vec![("pixel_values", Input::Float(pixels.view()))])?, "hidden", 3)?);
        }
        self.components.close("image_encoder");
        let views: Vec<_> = tokens.iter().map(|t| t.view()).collect();
        concatenate(Axis(1), &views).map(Some).map_err(|e| self.components.shape(e.to_string()))
    }

    /// The last still, which the form for first and last frames needs and no other takes.
    fn last<'a>(&self, job: &Job<'a>) -> Result<Option<&'a StillHash>, ModelError> {
        match (self.config.form, &job.latent.last) {
            (Form::Flf2v, None) => Err(ModelError::NeedsLast { pack: self.components.pack().pack().name.clone() }),
            (Form::Flf2v, last) => Ok(last.as_ref()),
            _ => Ok(None),
        }
    }

    fn condition(&self, job: &Job<'_>) -> Result<Condition, ModelError> {
        let still = job.pixels(&job.request.still)?;
        if self.config.form == Form::Ti2v {
            return Ok(Condition::FirstFrame(self.encode(job, &still)?));
        }
        let (frames, [_, h, w]) = (job.latent.frames as usize, job.grid());
        // Mid-grey is 0 in −1…1.
        let (_, _, height, width) = still.dim();
        let mut video = Array4::zeros((frames, 3, height, width));
        video.slice_mut(s![0..1, .., .., ..]).assign(&still);
        let last = self.last(job)?;
        if let Some(last) = last {
            video.slice_mut(s![frames - 1.., .., .., ..]).assign(&job.pixels(last)?);
        }
        let latents = self.encode(job, &video)?;
        let mask = packed_mask(frames, last.is_some(), h, w).into_dyn();
        concatenate(Axis(1), &[mask.view(), latents.view()]).map(Condition::Channels).map_err(|e| self.components.shape(e.to_string()))
    }

    /// Frames ([F, 3, H, W], −1…1) → normalised latents [1, z, f, h, w]: one frame, then chunks of four.
    fn encode(&self, job: &Job<'_>, frames: &Array4<f32>) -> Result<ArrayD<f32>, ModelError> {
        let count = frames.len_of(Axis(0));
        let video = frames.view().permuted_axes([1, 0, 2, 3]).insert_axis(Axis(0)).as_standard_layout().into_owned().into_dyn();
        let spatial = job.rules.spatial as usize;
        let mut latents = job.tiled(&video, (1, spatial), |tile| {
            let mut carried = Carried::default();
            let mut parts = Vec::new();
            for n in 0..self.latent_frames(count) {
                job.work.check()?;
                let (graph, chunk) =
                    if n == 0 { ("vae_encoder_first", 0..1) } else { ("vae_encoder_next", CHUNK * (n - 1) + 1..CHUNK * n + 1) };
                let pixels = tile.slice_axis(Axis(2), Slice::from(chunk)).as_standard_layout().into_owned();
                let (outputs, next) = self.components.get(graph)?.run_carrying(vec![("pixels", Input::Float(pixels.view()))], carried)?;
                carried = next;
                parts.push(self.components.output(outputs, "latent", 5)?);
            }
            let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
            concatenate(Axis(2), &views).map_err(|e| self.components.shape(e.to_string()))
        })?;
        self.per_channel(&mut latents, |v, mean, std| (v - mean) * (1.0 / std));
        Ok(latents)
    }

    /// Latents → frames, one latent frame at a time, so that memory does not grow with the clip.
    fn decode(&self, job: &Job<'_>, mut latents: ArrayD<f32>) -> Result<(), ModelError> {
        self.per_channel(&mut latents, |v, mean, std| v / (1.0 / std) + mean);
        let spatial = job.rules.spatial as usize;
        let count = latents.len_of(Axis(2));
        let run = |tile: &ArrayD<f32>, n: usize, carried: Carried| -> Result<(ArrayD<f32>, Carried), ModelError> {
            job.work.check()?;
            let graph = if n == 0 { "vae_decoder_first" } else { "vae_decoder_next" };
            let part = tile.slice_axis(Axis(2), Slice::from(n..n + 1)).as_standard_layout().into_owned();
            let (outputs, next) = self.components.get(graph)?.run_carrying(vec![("latent", Input::Float(part.view()))], carried)?;
            Ok((self.components.output(outputs, "frames", 5)?, next))
        };
        let keep = |first: usize, frames: &ArrayD<f32>| {
            let frames = frames.view().permuted_axes([0, 2, 1, 3, 4].as_slice());
            job.keep_frames(first, &frames.index_axis(Axis(0), 0).to_owned())
        };
        if job.is_tiled() {
            // A tile's chunks follow one another, so the whole clip is put together tile by tile.
            let frames = job.tiled(&latents, (spatial, 1), |tile| {
                let mut carried = Carried::default();
                let mut parts = Vec::new();
                for n in 0..count {
                    let (frames, next) = run(tile, n, carried)?;
                    carried = next;
                    parts.push(frames);
                }
                let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
                concatenate(Axis(2), &views).map_err(|e| self.components.shape(e.to_string()))
            })?;
            keep(0, &frames)?;
        } else {
            let (mut carried, mut first) = (Carried::default(), 0);
            for n in 0..count {
                let (frames, next) = run(&latents, n, carried)?;
                carried = next;
                keep(first, &frames)?;
                first += frames.len_of(Axis(2));
            }
        }
        self.components.close("vae_decoder_first");
        self.components.close("vae_decoder_next");
        Ok(())
    }

    fn per_channel(&self, latents: &mut ArrayD<f32>, f: impl Fn(f32, f32, f32) -> f32) {
        let stats = self.config.latents_mean.iter().zip(&self.config.latents_std);
        for (mut channel, (mean, std)) in latents.axis_iter_mut(Axis(1)).zip(stats) {
            channel.mapv_inplace(|v| f(v, *mean, *std));
        }
    }
}

/// 1 on known frames: [1, 4, f, h, w]. The first frame stands four times, so that every latent frame has four, which
/// become channels.
fn packed_mask(frames: usize, last_known: bool, h: usize, w: usize) -> Array5<f32> {
    let known = |frame: usize| frame == 0 || (last_known && frame + 1 == frames);
    Array5::from_shape_fn((1, CHUNK, frames.saturating_sub(1) / CHUNK + 1, h, w), |(_, c, f, _, _)| {
        let frame = (CHUNK * f + c).saturating_sub(CHUNK - 1);
        f32::from(u8::from(known(frame)))
    })
}

/// Latent frame 0 is the still's.
fn impose_first(latents: &mut ArrayD<f32>, still: &ArrayD<f32>) {
    if let Some(still) = still.broadcast(latents.slice_axis(Axis(2), Slice::from(0..1)).raw_dim()) {
        latents.slice_axis_mut(Axis(2), Slice::from(0..1)).assign(&still);
    }
}

/// The denoiser, or the two that share the noise levels between them.
struct Experts<'a> {
    model: &'a Wan,
    guidance: (f32, f32),
    guided: bool,
    texts: [Text; 2],
    image: Option<ArrayD<f32>>,
    /// Name of the open one, and it with the prompt and with the negative prompt bound.
    open: Option<(&'static str, [Option<Bound>; 2])>,
}

impl<'a> Experts<'a> {
    fn new(model: &'a Wan, job: &Job<'_>, texts: [Text; 2], image: Option<ArrayD<f32>>) -> Self {
        let high = job.latent.guidance as f32;
        let low = job.latent.guidance_low.map_or(high, |g| g as f32);
        Self { model, guidance: (high, low), guided: job.is_guided(), texts, image, open: None }
    }

    /// u + g·(c − u), two runs one after the other: half the memory of a batch of two, the same numbers.
    fn predict(&mut self, timestep: f32, latents: &ArrayD<f32>, condition: &Condition, work: &Work<'_>) -> Result<ArrayD<f32>, ModelError> {
        // "high-noise expert if t ≥ boundary · 1000"
        let low = self.model.config.boundary.is_some_and(|b| timestep < b * 1000.0);
        let (name, guidance) = if low { ("denoiser_low", self.guidance.1) } else { ("denoiser", self.guidance.0) };
        let components = &self.model.components;
        let (input, timesteps) = match condition {
            Condition::Channels(more) => {
                let input = concatenate(Axis(1), &[latents.view(), more.view()]).map_err(|e| components.shape(e.to_string()))?;
                (input, ArrayD::from_elem(vec![1], timestep))
            }
            Condition::FirstFrame(still) => {
                let mut input = latents.clone();
                impose_first(&mut input, still);
                (input, token_timesteps(latents.shape(), timestep))
            }
        };
        let bound = self.expert(name)?;
        let mut run = |which: usize| -> Result<Option<ArrayD<f32>>, ModelError> {
            let Some(bound) = bound.get_mut(which).and_then(Option::as_mut) else { return Ok(None) };
            let inputs = vec![("latent", Input::Float(input.view())), ("timestep", Input::Float(timesteps.view()))];
            let outputs = bound.run(inputs, Some(work.cancel()))?;
            components.output_like(outputs, "prediction", latents.shape()).map(Some)
        };
        let asked = run(0)?.ok_or_else(|| components.shape("no prediction".into()))?;
        Ok(match run(1)? {
            Some(free) => &free + &((&asked - &free) * guidance),
            None => asked,
        })
    }

    fn expert(&mut self, name: &'static str) -> Result<&mut [Option<Bound>; 2], ModelError> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != name) {
            if let Some((old, bound)) = self.open.take() {
                drop(bound);
                self.model.components.close(old);
            }
            let session = self.model.components.get(name)?;
            let bind = |text: &Text| {
                let mut constants = vec![("text", Input::Float(text.hidden.view()))];
                constants.extend(self.image.as_ref().map(|image| ("image", Input::Float(image.view()))));
                Arc::clone(&session).bind(constants)
            };
            let [asked, negative] = &self.texts;
            self.open = Some((name, [Some(bind(asked)?), if self.guided { Some(bind(negative)?) } else { None }]));
        }
        match &mut self.open {
            Some((_, bound)) => Ok(bound),
            None => Err(self.model.components.shape("no denoiser".into())),
        }
    }
}

impl Drop for Experts<'_> {
    fn drop(&mut self) {
        if let Some((name, bound)) = self.open.take() {
            drop(bound);
            self.model.components.close(name);
        }
    }
}

/// Timestep 0 for the tokens of latent frame 0, `timestep` for all others: [1, F·(h/2)·(w/2)].
fn token_timesteps(latents: &[usize], timestep: f32) -> ArrayD<f32> {
    let [_, _, f, h, w] = *latents else { return ArrayD::zeros(vec![1, 0]) };
    let per_frame = h.div_ceil(2) * w.div_ceil(2);
    ArrayD::from_shape_fn(vec![1, f * per_frame], |i| if i[1] < per_frame { 0.0 } else { timestep })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_packs_four_frames_into_four_channels() {
        let mask = packed_mask(9, false, 1, 1);
        let channels = |f: usize| (0..4).map(|c| mask[[0, c, f, 0, 0]]).collect::<Vec<_>>();
        assert_eq!(mask.dim(), (1, 4, 3, 1, 1));
        // The first frame stands four times; frames 1…4 share latent frame 1.
        assert_eq!(channels(0), [1.0; 4]);
        assert_eq!(channels(1), [0.0; 4]);
        let both = packed_mask(9, true, 1, 1);
        assert_eq!((0..4).map(|c| both[[0, c, 2, 0, 0]]).collect::<Vec<_>>(), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn the_stills_tokens_are_at_timestep_0() {
        let t = token_timesteps(&[1, 48, 3, 4, 6], 937.0);
        assert_eq!(t.shape(), [1, 18]);
        assert_eq!(t.iter().filter(|v| **v == 0.0).count(), 6);
        assert!(t.iter().skip(6).all(|v| *v == 937.0));
    }

    #[test]
    fn a_prompts_filling_is_zeroed() {
        let text = Text { hidden: ArrayD::ones(vec![1, 4, 2]), mask: ndarray::arr2(&[[1, 1, 0, 0]]) };
        let hidden = zeroed_past_mask(text).hidden;
        assert_eq!(hidden.iter().copied().collect::<Vec<_>>(), [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
