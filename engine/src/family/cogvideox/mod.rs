//! Family `cogvideox`: CogVideoX image-to-video, 1.0 and 1.5 (Yang et al. 2024, "CogVideoX: Text-to-Video Diffusion Models with An
//! Expert Transformer"; reference: diffusers' `pipeline_cogvideox_image2video.py`).
//!
//! A transformer predicts v for latents of a causal video VAE; text and picture are tokens of one sequence. How the still
//! conditions it:
//!
//! | form | still | positions |
//! |---|---|---|
//! | 1.0 | 16 more channels: its latents in frame 0, **zeros** in all others; latents × 0.7 | rotary and learned: one size |
//! | 1.5 | the same, latents × **1 / 0.7** | rotary; the graph is told `ofs` = 2 |
//!
//! 1.5 takes latent frames in pairs. What is missing to a pair is put **before** the first frame and dropped before decoding; the
//! still's latents then stand in that frame, and nowhere else. (The reference has a line that would repeat them, but calls it with
//! an even number of frames only, where it repeats none.)
//!
//! latent: [1, F, 16, h, w], fp32, unit variance: VAE × scaling factor. Draws: the VAE's sample of the still, the latents, and
//! with the DPM scheduler noise at every step. The unconditional half has another prompt and nothing else.

mod rope;
mod vae;

use std::sync::Arc;

use ndarray::{Array3, Array4, ArrayD, Axis, Slice, concatenate};
use serde::Deserialize;
use wakeframe_diffusion::noise::Generator;
use wakeframe_take::request::Request;

use self::rope::{Rope, Tables};
use super::{Model, ModelError};
use crate::generate::{StillReader, Work};
use crate::latent::{Components, DualClock, Graph, Job, Layout, Sampler, Text, TextConfig, denoise, read_text};
use crate::pack::Validated;
use crate::runtime::{Bound, Input, Place};

/// The family's word in `pack.toml`.
pub const NAME: &str = "cogvideox";

/// What the VAE's batches can hold: clips of 8n + 1 frames.
const FRAME_MULTIPLE: u32 = 8;

/// `[cogvideox]` in `pack.toml`.
#[derive(Debug, Deserialize)]
struct Config {
    /// What latents are multiplied with for the denoiser.
    scaling_factor: f64,
    /// Whether the still's latents are divided by it instead: 1.5 was trained so.
    #[serde(default)]
    invert_scale_latents: bool,
    /// Rows and columns of latent cells in a token.
    patch_size: usize,
    /// Latent frames in a token, where it is more than one.
    patch_size_t: Option<usize>,
    /// A number the graph is told, where it takes one.
    ofs: Option<f32>,
    rope: Rope,
}

#[derive(Deserialize)]
struct Section {
    cogvideox: Config,
    text: TextConfig,
}

/// A loaded pack of the family.
pub struct CogVideoX {
    config: Config,
    text: TextConfig,
    components: Components,
}

impl CogVideoX {
    /// Reads the pack's description; graphs are opened when a request needs them.
    pub fn open(pack: &Validated, place: Place) -> Result<Self, ModelError> {
        let Section { cogvideox: config, text } = pack.section()?;
        let latent = pack.pack().latent.as_ref().ok_or_else(|| pack.malformed("[latent] is missing".into()))?;
        let malformed = |what: &str| -> Result<Self, ModelError> { Err(pack.malformed(what.into()).into()) };
        if !(config.scaling_factor > 0.0 && config.scaling_factor.is_finite()) {
            return malformed("[cogvideox] scaling_factor must be above 0");
        }
        if config.patch_size == 0 || config.patch_size_t == Some(0) || config.rope.head == 0 || !config.rope.head.is_multiple_of(16) {
            return malformed("[cogvideox] patch_size and patch_size_t must be above 0, rope.head a multiple of 16");
        }
        if !latent.frames.multiple.is_multiple_of(FRAME_MULTIPLE) || latent.frames.offset != 1 || latent.temporal != 4 {
            return malformed(
                "[latent] temporal must be 4, frame_offset 1 and frame_multiple a multiple of 8: the VAE works in such batches",
            );
        }
        let components = Components::new(pack.clone(), place, graphs(&config, latent.channels as usize))?;
        Ok(Self { config, text, components })
    }

    /// Latent frames that are put before the first one, so that all fall into tokens.
    fn padding(&self, frames: usize) -> usize {
        self.config.patch_size_t.map_or(0, |pair| frames.next_multiple_of(pair) - frames)
    }
}

/// What each graph must take and give; `channels` of the latent.
fn graphs(config: &Config, channels: usize) -> Vec<Graph> {
    let (any, head) = (None, Some(config.rope.head));
    let denoiser = Graph::new("denoiser", &["prediction"])
        .input("latent", &[any, any, Some(2 * channels), any, any])
        .input("text", &[any, any, any])
        .input("timestep", &[any])
        .input("rope_cos", &[any, head])
        .input("rope_sin", &[any, head])
        .input_if(config.ofs.is_some(), "ofs", &[Some(1)]);
    let mut all = vec![Graph::new("text_encoder", &["hidden"]).input("input_ids", &[any, any]), denoiser];
    all.extend(vae::graphs(channels));
    all
}

impl Model for CogVideoX {
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
        let job = Job::new(request, stills, work, &self.components)?;
        let texts = read_text(&self.components, &self.text, [&job.latent.prompt, &job.latent.negative_prompt])?;
        work.check()?;
        let mut noise = job.generator();
        let [f, h, w] = job.grid();
        let (padding, z) = (self.padding(f), job.rules.channels as usize);
        let frames = f + padding;
        let still = self.still(&job, &mut noise)?;
        let condition = conditioned(&still, frames);
        let start = self.shaped(&[1, frames, z, h, w], noise.normal(frames * z * h * w))?;
        let clock = self.clock(&job, &start, padding)?;
        vae::close_encoders(&self.components);
        let mut denoiser = Denoiser::open(self, &job, &texts, [frames, h, w])?;
        let predict =
            |_: usize, timestep: f32, latents: &ArrayD<f32>, work: &Work<'_>| denoiser.predict(timestep, latents, &condition, work);
        let mut sampler = Sampler::new(job.scheduler()?.open(&job.schedule())?, noise, Layout::FramesFirst, predict).without_first(padding);
        let latents = denoise(start, &mut sampler, clock.as_ref(), job.preview.as_ref(), work)?;
        drop(sampler);
        drop(denoiser);
        work.stage("decode")?;
        let latents = latents.slice_axis(Axis(1), Slice::from(padding..)).mapv(|v| v * (1.0 / self.config.scaling_factor) as f32);
        vae::decode(&self.components, &job, &frames_first(latents))
    }

    fn check(&self) -> Result<(), ModelError> {
        self.components.check_all()
    }
}

impl CogVideoX {
    /// The still's latents as the denoiser is told them, [1, 1, z, h, w]: a **sample** of the VAE, scaled.
    fn still(&self, job: &Job<'_>, noise: &mut Generator) -> Result<ArrayD<f32>, ModelError> {
        let posterior = vae::encode(&self.components, job, &job.pixels(&job.request.still)?)?;
        let drawn = self.shaped(posterior.mean.shape(), noise.normal(posterior.mean.len()))?;
        Ok(frames_first((posterior.mean + posterior.deviation * drawn) * still_factor(&self.config)))
    }

    /// Dual-clock denoising follows the moved still's latents as the denoiser has them (never divided by the factor). They are the
    /// mode, for a sample would move every later draw.
    fn clock(&self, job: &Job<'_>, start: &ArrayD<f32>, padding: usize) -> Result<Option<DualClock>, ModelError> {
        let z = job.rules.channels as usize;
        let reference = |frames: &Array4<f32>| {
            let latents = vae::encode(&self.components, job, frames)?.mean * self.config.scaling_factor as f32;
            self.padded(frames_first(latents), padding)
        };
        let spread = |mask: &Array3<f32>| Layout::FramesFirst.spread(mask, z).and_then(|m| self.padded(m, padding).ok());
        job.dual_clock(start, reference, spread)
    }

    /// [1, F, …] with its first frame repeated before itself.
    fn padded(&self, latents: ArrayD<f32>, padding: usize) -> Result<ArrayD<f32>, ModelError> {
        let first = latents.slice_axis(Axis(1), Slice::from(..1));
        let views: Vec<_> = std::iter::repeat_n(first, padding).chain([latents.view()]).collect();
        concatenate(Axis(1), &views).map_err(|e| self.components.shape(e.to_string()))
    }

    fn shaped(&self, shape: &[usize], values: Vec<f32>) -> Result<ArrayD<f32>, ModelError> {
        ArrayD::from_shape_vec(shape, values).map_err(|e| self.components.shape(e.to_string()))
    }
}

/// What the still's latents are multiplied with. "This is awkward but required because the CogVideoX team forgot to multiply the
/// scaling factor during training" (the reference, of 1.5).
fn still_factor(config: &Config) -> f32 {
    (if config.invert_scale_latents { 1.0 / config.scaling_factor } else { config.scaling_factor }) as f32
}

/// [1, C, F, h, w] ↔ [1, F, C, h, w].
fn frames_first(latents: ArrayD<f32>) -> ArrayD<f32> {
    if latents.ndim() != 5 {
        return latents;
    }
    latents.permuted_axes([0, 2, 1, 3, 4].as_slice()).as_standard_layout().into_owned()
}

/// The still's latents ([1, 1, z, h, w]) in frame 0, zeros in all others: [1, `frames`, z, h, w].
fn conditioned(still: &ArrayD<f32>, frames: usize) -> ArrayD<f32> {
    let mut shape = still.shape().to_vec();
    if let Some(count) = shape.get_mut(1) {
        *count = frames;
    }
    let mut condition = ArrayD::zeros(shape);
    if let (Some(mut first), Some(still)) = (condition.axis_iter_mut(Axis(1)).next(), still.axis_iter(Axis(1)).next()) {
        first.assign(&still);
    }
    condition
}

/// Guidance at a timestep. The dynamic form's formula mixes step counts and timesteps, so that the cosine runs wild while timesteps
/// are larger than the number of steps; the reference's numbers all the same.
fn guidance(asked: f64, dynamic: bool, steps: u32, timestep: f32) -> f32 {
    let scale = if dynamic {
        let part = (f64::from(steps) - f64::from(timestep)) / f64::from(steps.max(1));
        1.0 + asked * ((1.0 - libm::cos(std::f64::consts::PI * libm::pow(part, 5.0))) / 2.0)
    } else {
        asked
    };
    scale as f32
}

/// The denoiser with what does not change over the steps bound: for the prompt, and where there is guidance for the negative one.
struct Denoiser<'a> {
    components: &'a Components,
    bound: Option<(Bound, Option<Bound>)>,
    guidance: (f64, bool, u32),
}

impl<'a> Denoiser<'a> {
    fn open(model: &'a CogVideoX, job: &Job<'_>, [asked, negative]: &[Text; 2], cells: [usize; 3]) -> Result<Self, ModelError> {
        let CogVideoX { config, components, .. } = model;
        let [frames, h, w] = cells;
        let tokens = [frames / config.patch_size_t.unwrap_or(1), h / config.patch_size, w / config.patch_size];
        let Tables { cos, sin } = config.rope.tables(tokens, config.patch_size_t.is_some());
        let (cos, sin) = (cos.into_dyn(), sin.into_dyn());
        let ofs = config.ofs.map(|ofs| ArrayD::from_elem(vec![1], ofs));
        let session = components.get("denoiser")?;
        let bind = |text: &Text| {
            let mut constants = vec![
                ("text", Input::Float(text.hidden.view())),
                ("rope_cos", Input::Float(cos.view())),
                ("rope_sin", Input::Float(sin.view())),
            ];
            constants.extend(ofs.as_ref().map(|ofs| ("ofs", Input::Float(ofs.view()))));
            Arc::clone(&session).bind(constants)
        };
        let bound = Some((bind(asked)?, if job.is_guided() { Some(bind(negative)?) } else { None }));
        Ok(Self { components, bound, guidance: (job.latent.guidance, job.latent.dynamic_guidance, job.latent.steps) })
    }

    /// u + g·(c − u), two runs one after the other: half the memory of a batch of two, the same numbers.
    fn predict(
        &mut self,
        timestep: f32,
        latents: &ArrayD<f32>,
        condition: &ArrayD<f32>,
        work: &Work<'_>,
    ) -> Result<ArrayD<f32>, ModelError> {
        let components = self.components;
        let input = concatenate(Axis(2), &[latents.view(), condition.view()]).map_err(|e| components.shape(e.to_string()))?;
        let timesteps = ArrayD::from_elem(vec![1], timestep);
        let run = |bound: &mut Bound| {
            let outputs = bound
                .run(vec![("latent", Input::Float(input.view())), ("timestep", Input::Float(timesteps.view()))], Some(work.cancel()))?;
            components.output_like(outputs, "prediction", latents.shape())
        };
        let Some((asked, free)) = &mut self.bound else { return Err(components.shape("no denoiser".into())) };
        let asked = run(asked)?;
        let Some(free) = free else { return Ok(asked) };
        let free = run(free)?;
        let (scale, dynamic, steps) = self.guidance;
        Ok(&free + &((&asked - &free) * guidance(scale, dynamic, steps, timestep)))
    }
}

impl Drop for Denoiser<'_> {
    fn drop(&mut self) {
        self.bound = None;
        self.components.close("denoiser");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(invert_scale_latents: bool) -> Config {
        let rope = Rope { head: 16, theta: 10_000.0, grid: [2, 3] };
        Config { scaling_factor: 0.7, invert_scale_latents, patch_size: 2, patch_size_t: None, ofs: None, rope }
    }

    #[test]
    fn the_stills_latents_are_multiplied_by_the_factor_and_divided_in_the_second_form() {
        assert_eq!(still_factor(&config(false)), 0.7);
        assert!((still_factor(&config(true)) - 1.0 / 0.7).abs() < 1e-6);
    }

    #[test]
    fn the_still_is_in_frame_0_and_nowhere_else() {
        let condition = conditioned(&ArrayD::from_elem(vec![1, 1, 2, 1, 1], 3.0), 4);
        assert_eq!(condition.shape(), [1, 4, 2, 1, 1]);
        assert_eq!(condition.iter().copied().collect::<Vec<_>>(), [3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn dynamic_guidance_has_the_references_numbers() {
        // `1 + 6 * ((1 - math.cos(math.pi * ((n - t) / n) ** 5.0)) / 2)`
        let expected =
            [(50, 999.0, 2.291_487), (50, 979.0, 2.543_503), (50, 19.0, 1.123_398), (4, 749.0, 1.937_952), (7, 142.0, 1.231_834)];
        for (steps, timestep, expected) in expected {
            assert!((guidance(6.0, true, steps, timestep) - expected).abs() < 1e-5, "{steps} {timestep}");
        }
        assert_eq!(guidance(6.0, false, 50, 999.0), 6.0);
    }
}
