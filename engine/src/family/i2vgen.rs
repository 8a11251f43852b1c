//! Family `i2vgen`: I2VGen-XL (Zhang et al. 2023, "I2VGen-XL: High-Quality Image-to-Video Synthesis via Cascaded Diffusion
//! Models"; reference: diffusers' `pipeline_i2vgen_xl.py`).
//!
//! A UNet over space and time predicts v for latents of a picture VAE. How the still conditions it:
//!
//! | what | how | the unconditional half sees |
//! |---|---|---|
//! | latents | `image_latents`: frame 0 = a **sample** of the VAE × `scaling_factor`; frame i ≥ 1 = i / (F − 1) in every cell | the same |
//! | CLIP | the projected class token of the still's centre square | zeros |
//! | text | the layer before the last, through the final norm | the negative prompt |
//! | number | frames per second | the same |
//!
//! latent: [1, 4, F, h, w], fp32, unit variance: VAE × `scaling_factor`. The still is not stretched: it is scaled to cover
//! the model's size and cropped around its centre. Draws: the latents; the VAE's sample comes from torch's global
//! generator, which is a second generator here, with the same seed (as after `torch.manual_seed(seed)`).

use ndarray::{Array4, ArrayD, Axis, Slice, concatenate};
use serde::Deserialize;
use wakeframe_diffusion::picture::clip::ClipProcessor;
use wakeframe_diffusion::picture::i2vgen;
use wakeframe_diffusion::picture::pillow::Filter;
use wakeframe_take::request::{Fit, Request};

use super::{Model, ModelError};
use crate::generate::{StillReader, Work};
use crate::latent::{
    ClipNormalisation, Components, Graph, Guided, Job, Layout, Predictions, Sampler, Text, TextConfig, denoise, read_text,
};
use crate::pack::Validated;
use crate::runtime::{Input, Place};

/// The family's word in `pack.toml`.
pub const NAME: &str = "i2vgen";

/// `[i2vgen]` in `pack.toml`.
#[derive(Debug, Deserialize)]
struct Config {
    /// Latents the denoiser sees = VAE latents × this.
    scaling_factor: f64,
    /// Width and height of the picture CLIP takes.
    image_size: [usize; 2],
    #[serde(flatten)]
    clip: ClipNormalisation,
}

#[derive(Deserialize)]
struct Section {
    i2vgen: Config,
    text: TextConfig,
}

/// A loaded pack of the family.
pub struct I2vGen {
    config: Config,
    clip: ClipProcessor,
    text: TextConfig,
    components: Components,
}

impl I2vGen {
    /// Reads the pack's description; graphs are opened when a request needs them.
    pub fn open(pack: &Validated, place: Place) -> Result<Self, ModelError> {
        let Section { i2vgen: config, text } = pack.section()?;
        if !(config.scaling_factor.is_finite() && config.scaling_factor > 0.0) {
            return Err(pack.malformed("[i2vgen] scaling_factor must be above 0".into()).into());
        }
        let clip = config.clip.processor(pack)?;
        let channels = pack.pack().latent.as_ref().map_or(0, |l| l.channels as usize);
        let components = Components::new(pack.clone(), place, graphs(channels, config.image_size))?;
        Ok(Self { config, clip, text, components })
    }
}

/// What each graph must take and give.
fn graphs(channels: usize, [width, height]: [usize; 2]) -> Vec<Graph> {
    let any = None;
    let clip = [any, Some(channels), any, any, any];
    vec![
        Graph::new("text_encoder", &["hidden"]).input("input_ids", &[any, any]),
        Graph::new("image_encoder", &["image_embeds"]).input("pixel_values", &[any, Some(3), Some(height), Some(width)]),
        Graph::new("denoiser", &["prediction"])
            .input("latent", &clip)
            .input("timestep", &[])
            .input("fps", &[any])
            .input("image_latents", &clip)
            .input("image", &[any, any])
            .input("text", &[any, any, any]),
        Graph::new("vae_encoder", &["latent_mean", "latent_std"]).input("pixels", &[any, Some(3), any, any]),
        Graph::new("vae_decoder", &["frames"]).input("latent", &[any, Some(channels), any, any]),
    ]
}

impl Model for I2vGen {
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
        let job = Job::new(request, stills, work, &self.components)?;
        let texts = read_text(&self.components, &self.text, [&job.latent.prompt, &job.latent.negative_prompt])?;
        work.check()?;
        let image = self.image_embeds(&job)?;
        work.check()?;
        let ([f, h, w], z) = (job.grid(), job.rules.channels as usize);
        let shape = [1, z, f, h, w];
        let still = self.still_sample(&job, &[1, z, h, w])?;
        let mut noise = job.generator();
        let start = ArrayD::from_shape_vec(shape.to_vec(), noise.normal(shape.iter().product()))
            .map_err(|e| self.components.shape(e.to_string()))?;
        let clock = job.dual_clock(&start, |frames| self.encode_clip(&job, frames), |mask| Layout::ChannelsFirst.spread(mask, z))?;
        self.components.close("vae_encoder");

        let condition = Condition::new(&job, texts, image, image_latents(&still, f));
        let mut guided = condition.open(&self.components)?;
        let predict =
            |_: usize, timestep: f32, latents: &ArrayD<f32>, work: &Work<'_>| condition.predict(&mut guided, timestep, latents, work);
        let mut sampler = Sampler::new(job.scheduler()?.open(&job.schedule())?, noise, Layout::ChannelsFirst, predict);
        let latents = denoise(start, &mut sampler, clock.as_ref(), job.preview.as_ref(), work)?;
        drop(sampler);
        drop(guided);
        work.stage("decode")?;
        self.decode(&job, latents)
    }

    fn check(&self) -> Result<(), ModelError> {
        self.components.check_all()
    }
}

/// `prepare_image_latents`: [1, C, F, h, w] from the still's latents [1, C, h, w]. Frames after the first hold their
/// position in the clip.
fn image_latents(still: &ArrayD<f32>, frames: usize) -> ArrayD<f32> {
    let mut shape = still.shape().to_vec();
    shape.insert(2, frames);
    let mut all = ArrayD::zeros(shape);
    for (i, mut frame) in all.axis_iter_mut(Axis(2)).enumerate() {
        match i {
            0 => frame.assign(still),
            _ => frame.fill((i as f64 / (frames - 1) as f64) as f32),
        }
    }
    all
}

/// mean + std · noise.
fn sampled(mut mean: ArrayD<f32>, std: &ArrayD<f32>, noise: &[f32]) -> ArrayD<f32> {
    mean.iter_mut().zip(std).zip(noise).for_each(|((v, std), n)| *v += std * n);
    mean
}

impl I2vGen {
    /// CLIP's token of the still: [1, D].
    fn image_embeds(&self, job: &Job<'_>) -> Result<ArrayD<f32>, ModelError> {
        let [width, height] = self.config.image_size;
        let mut still = job.rgb(&job.request.still)?;
        if job.request.fit == Fit::Stretch {
            still = still.resized(job.latent.width as usize, job.latent.height as usize, Filter::Lanczos)?;
        }
        let pixels = i2vgen::clip_pixels(&still, job.latent.width as usize, (width, height), &self.clip)?.into_dyn();
        let session = self.components.get("image_encoder")?;
        let embeds = self.components.output(session.run(vec![("pixel_values", Input::Float(pixels.view()))])?, "image_embeds", 2)?;
        self.components.close("image_encoder");
        Ok(embeds)
    }

    /// Scaled latents of the still, sampled: `shape`, [1, 4, h, w].
    fn still_sample(&self, job: &Job<'_>, shape: &[usize]) -> Result<ArrayD<f32>, ModelError> {
        let [mean, std] = self.encode(job, &job.pixels(&job.request.still)?)?;
        if mean.shape() != shape || std.shape() != shape {
            return Err(self.components.shape(format!("latents of the still of shape {:?} where {shape:?} was expected", mean.shape())));
        }
        let noise = job.generator().normal(mean.len());
        Ok(sampled(mean, &std, &noise) * self.config.scaling_factor as f32)
    }

    /// Pictures ([N, 3, H, W], −1…1) → mean and deviation of their latents, [N, 4, h, w] each, one after the other.
    fn encode(&self, job: &Job<'_>, pictures: &Array4<f32>) -> Result<[ArrayD<f32>; 2], ModelError> {
        let session = self.components.get("vae_encoder")?;
        // Both outputs side by side, so that tiles are blended once.
        let both = job.encoded(pictures, |tile| {
            let mut outputs = session.run_until(vec![("pixels", Input::Float(tile.view()))], Some(job.work.cancel()))?;
            let std = self.components.take(&mut outputs, "latent_std", 4)?;
            let mean = self.components.take(&mut outputs, "latent_mean", 4)?;
            concatenate(Axis(1), &[mean.view(), std.view()]).map_err(|e| self.components.shape(e.to_string()))
        })?;
        let half = both.len_of(Axis(1)) / 2;
        let part = |range: Slice| both.slice_axis(Axis(1), range).to_owned();
        Ok([part(Slice::from(..half)), part(Slice::from(half..))])
    }

    /// Pictures ([F, 3, H, W], −1…1) → the scaled modes of their latents, [1, 4, F, h, w].
    fn encode_clip(&self, job: &Job<'_>, pictures: &Array4<f32>) -> Result<ArrayD<f32>, ModelError> {
        let [mean, _] = self.encode(job, pictures)?;
        let clip = mean.permuted_axes(vec![1, 0, 2, 3]).insert_axis(Axis(0));
        Ok(clip.as_standard_layout().into_owned() * self.config.scaling_factor as f32)
    }

    /// Latents [1, 4, F, h, w] → frames, one after the other (`decode_chunk_size=1`).
    fn decode(&self, job: &Job<'_>, latents: ArrayD<f32>) -> Result<(), ModelError> {
        let latents = latents * (1.0 / self.config.scaling_factor) as f32;
        let session = self.components.get("vae_decoder")?;
        for (i, latent) in latents.axis_iter(Axis(2)).enumerate() {
            let frame = job.tiled(&latent.as_standard_layout().into_owned(), (job.rules.spatial as usize, 1), |tile| {
                job.work.check()?;
                let outputs = session.run_until(vec![("latent", Input::Float(tile.view()))], Some(job.work.cancel()))?;
                self.components.output(outputs, "frames", 4)
            })?;
            job.keep_frames(i, &frame)?;
        }
        drop(session);
        self.components.close("vae_decoder");
        Ok(())
    }
}

/// What the denoiser sees beside the noisy latents; of pairs the second is the unconditional half's.
struct Condition {
    texts: [Text; 2],
    /// [1, D]
    images: [ArrayD<f32>; 2],
    image_latents: ArrayD<f32>,
    fps: ArrayD<f32>,
    /// `None` where guidance is off.
    guidance: Option<f32>,
}

impl Condition {
    fn new(job: &Job<'_>, texts: [Text; 2], image: ArrayD<f32>, image_latents: ArrayD<f32>) -> Self {
        let none = ArrayD::zeros(image.shape());
        let guidance = job.is_guided().then_some(job.latent.guidance as f32);
        Self { texts, images: [image, none], image_latents, fps: ArrayD::from_elem(vec![1], job.latent.fps as f32), guidance }
    }

    fn open<'c>(&self, components: &'c Components) -> Result<Guided<'c>, ModelError> {
        let [asked, free] = [0, 1].map(|half| {
            vec![
                ("text", self.texts[half].hidden.view()),
                ("image", self.images[half].view()),
                ("image_latents", self.image_latents.view()),
                ("fps", self.fps.view()),
            ]
        });
        Guided::open(components, "denoiser", asked, self.guidance.is_some().then_some(free))
    }

    /// u + g·(c − u)
    fn predict(&self, guided: &mut Guided<'_>, timestep: f32, latents: &ArrayD<f32>, work: &Work<'_>) -> Result<ArrayD<f32>, ModelError> {
        let timestep = ArrayD::from_elem(vec![], timestep);
        let inputs = || vec![("latent", latents.view()), ("timestep", timestep.view())];
        let Predictions { asked, free } = guided.predict(inputs(), inputs(), latents.shape(), work)?;
        Ok(match (free, self.guidance) {
            (Some(mut free), Some(g)) => {
                free.zip_mut_with(&asked, |u, c| *u += g * (c - *u));
                free
            }
            _ => asked,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_after_the_first_hold_their_position() {
        let still = ArrayD::from_shape_vec(vec![1, 2, 1, 1], vec![0.5, -0.5]).unwrap();
        let all = image_latents(&still, 5);
        assert_eq!(all.shape(), [1, 2, 5, 1, 1]);
        let channel = |c: usize| (0..5).map(|f| all[[0, c, f, 0, 0]]).collect::<Vec<_>>();
        assert_eq!(channel(0), [0.5, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(channel(1), [-0.5, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(image_latents(&still, 1).iter().copied().collect::<Vec<_>>(), [0.5, -0.5]);
    }

    #[test]
    fn the_vae_is_sampled_and_not_its_mode_taken() {
        let row = |v: [f32; 2]| ArrayD::from_shape_vec(vec![1, 2, 1, 1], v.to_vec()).unwrap();
        assert_eq!(sampled(row([1.0, 2.0]), &row([0.5, 0.25]), &[2.0, -4.0]), row([2.0, 1.0]));
    }

    #[test]
    fn a_mask_covers_every_channel_of_its_frame() {
        let mask = ndarray::Array3::from_shape_vec((2, 1, 1), vec![1.0, 0.0]).unwrap();
        let mask = Layout::ChannelsFirst.spread(&mask, 3).unwrap();
        assert_eq!(mask.iter().copied().collect::<Vec<_>>(), [1.0, 0.0].repeat(3));
    }
}
