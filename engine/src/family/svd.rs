//! Family `svd`: Stable Video Diffusion and SVD-XT (Blattmann et al. 2023, "Stable Video Diffusion: Scaling Latent Video
//! Diffusion Models to Large Datasets"; reference: diffusers' `pipeline_stable_video_diffusion.py`).
//!
//! A UNet over space and time predicts v for latents of a picture VAE with a temporal decoder. No text. How the still
//! conditions it:
//!
//! | what | how | the unconditional half sees |
//! |---|---|---|
//! | latents | 4 more channels: VAE mode of the still + `noise_aug` · noise, **not** scaled, the same for every frame | zeros |
//! | CLIP | the projected class token of the whole still, 224², blurred and resized whatever the aspect | zeros |
//! | numbers | `added_time_ids` = [fps − 1, motion bucket, noise_aug] | the same |
//!
//! latent: [1, F, 4, h, w], fp32, unit variance: VAE mode × `scaling_factor`. Draws: the noise on the still
//! ([1, 3, H, W]), then the latents. Guidance grows evenly from the first frame to the last. The reference runs the VAE
//! in fp32 whatever the UNet's precision (`force_upcast`); so do packs.

use ndarray::{Array4, ArrayD, Axis, Slice, arr1};
use serde::Deserialize;
use wakeframe_diffusion::noise::Generator;
use wakeframe_diffusion::picture::clip::ClipProcessor;
use wakeframe_diffusion::picture::svd;
use wakeframe_take::request::Request;

use super::{Model, ModelError};
use crate::generate::{StillReader, Work};
use crate::latent::{ClipNormalisation, Components, Graph, Guided, Job, Layout, Predictions, Sampler, denoise};
use crate::pack::Validated;
use crate::runtime::{Input, Place};

/// The family's word in `pack.toml`.
pub const NAME: &str = "svd";

/// Motion bucket and noise on the still of the reference's call, for packs that leave both fixed and unsaid.
const BUCKET: u32 = 127;
const NOISE_AUG: f64 = 0.02;

/// `[svd]` in `pack.toml`.
#[derive(Debug, Deserialize)]
struct Config {
    /// Latents the denoiser sees = VAE latents × this.
    scaling_factor: f64,
    /// Side of the picture CLIP takes.
    image_size: usize,
    #[serde(flatten)]
    clip: ClipNormalisation,
    /// Frames decoded at once; all of them where it is absent, as in the reference.
    decode_chunk: Option<usize>,
}

#[derive(Deserialize)]
struct Section {
    svd: Config,
}

/// A loaded pack of the family.
pub struct Svd {
    config: Config,
    clip: ClipProcessor,
    components: Components,
}

impl Svd {
    /// Reads the pack's description; graphs are opened when a request needs them.
    pub fn open(pack: &Validated, place: Place) -> Result<Self, ModelError> {
        let Section { svd: config } = pack.section()?;
        if !(config.scaling_factor.is_finite() && config.scaling_factor > 0.0) || config.decode_chunk == Some(0) {
            return Err(pack.malformed("[svd] scaling_factor must be above 0, and decode_chunk 1 or more".into()).into());
        }
        let clip = config.clip.processor(pack)?;
        let channels = pack.pack().latent.as_ref().map_or(0, |l| l.channels as usize);
        let components = Components::new(pack.clone(), place, graphs(channels, config.image_size))?;
        Ok(Self { config, clip, components })
    }
}

/// What each graph must take and give.
fn graphs(channels: usize, side: usize) -> Vec<Graph> {
    let any = None;
    let plane = |channels: usize| [any, Some(channels), any, any];
    vec![
        Graph::new("image_encoder", &["image_embeds"]).input("pixel_values", &[any, Some(3), Some(side), Some(side)]),
        Graph::new("denoiser", &["prediction"])
            .input("latent", &[any, any, Some(2 * channels), any, any])
            .input("timestep", &[])
            .input("image", &[any, Some(1), any])
            .input("added_time_ids", &[any, Some(3)]),
        Graph::new("vae_encoder", &["latent"]).input("pixels", &plane(3)),
        Graph::new("vae_decoder", &["frames"]).input("latent", &plane(channels)),
    ]
}

impl Model for Svd {
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
        let job = Job::new(request, stills, work, &self.components)?;
        let image = self.image_embeds(&job)?;
        work.check()?;
        let mut noise = job.generator();
        let ([f, h, w], z) = (job.grid(), job.rules.channels as usize);
        let shape = [1, f, z, h, w];
        let still = self.still_latents(&job, &mut noise)?;
        if still.shape() != [1, z, h, w] {
            return Err(self.components.shape(format!(
                "latents of the still of shape {:?} where {:?} was expected",
                still.shape(),
                [1, z, h, w]
            )));
        }
        let unit = ArrayD::from_shape_vec(shape.to_vec(), noise.normal(shape.iter().product()))
            .map_err(|e| self.components.shape(e.to_string()))?;
        let encode = |frames: &Array4<f32>| self.encode(&job, frames).map(|z| scaled(z, self.config.scaling_factor).insert_axis(Axis(0)));
        let clock = job.dual_clock(&unit, encode, |mask| Layout::FramesFirst.spread(mask, z))?;
        self.components.close("vae_encoder");

        let scheduler = job.scheduler()?.open(&job.schedule())?;
        let start = &unit * scheduler.init_noise_sigma();
        let condition = Condition::new(&job, image, still);
        let mut guided = condition.open(&self.components)?;
        let predict =
            |_: usize, timestep: f32, latents: &ArrayD<f32>, work: &Work<'_>| condition.predict(&mut guided, timestep, latents, work);
        let mut sampler = Sampler::new(scheduler, noise, Layout::FramesFirst, predict);
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

/// v × `factor`.
fn scaled(mut values: ArrayD<f32>, factor: f64) -> ArrayD<f32> {
    values.mapv_inplace(|v| v * factor as f32);
    values
}

impl Svd {
    /// CLIP's token of the still: [1, 1, D].
    fn image_embeds(&self, job: &Job<'_>) -> Result<ArrayD<f32>, ModelError> {
        let pixels = svd::pixel_values(&job.rgb(&job.request.still)?, self.config.image_size, &self.clip)?.into_dyn();
        let session = self.components.get("image_encoder")?;
        let embeds = self.components.output(session.run(vec![("pixel_values", Input::Float(pixels.view()))])?, "image_embeds", 2)?;
        self.components.close("image_encoder");
        Ok(embeds.insert_axis(Axis(1)))
    }

    /// Latents of the still with noise on it, not scaled: [1, 4, h, w].
    fn still_latents(&self, job: &Job<'_>, noise: &mut Generator) -> Result<ArrayD<f32>, ModelError> {
        let mut pixels = job.pixels(&job.request.still)?;
        let amount = noise_aug(job) as f32;
        // Drawn even where nothing is added: the latents are the next draw.
        let drawn = noise.normal(pixels.len());
        pixels.iter_mut().zip(drawn).for_each(|(v, n)| *v += amount * n);
        self.encode(job, &pixels)
    }

    /// Pictures ([N, 3, H, W], −1…1) → the modes of their latents [N, 4, h, w], one after the other.
    fn encode(&self, job: &Job<'_>, pictures: &Array4<f32>) -> Result<ArrayD<f32>, ModelError> {
        let session = self.components.get("vae_encoder")?;
        job.encoded(pictures, |tile| {
            let outputs = session.run_until(vec![("pixels", Input::Float(tile.view()))], Some(job.work.cancel()))?;
            self.components.output(outputs, "latent", 4)
        })
    }

    /// Latents [1, F, 4, h, w] → frames. The decoder mixes neighbouring frames of a call: a chunk's first and last frame
    /// lack a neighbour, so that chunking changes them, in the reference too.
    fn decode(&self, job: &Job<'_>, latents: ArrayD<f32>) -> Result<(), ModelError> {
        let latents = scaled(latents, 1.0 / self.config.scaling_factor).index_axis_move(Axis(0), 0);
        let count = latents.len_of(Axis(0));
        let asked = self.config.decode_chunk.unwrap_or(count).min(count);
        let chunk = job.chunk().map_or(asked, |fits| fits.min(asked)).max(1);
        if chunk < asked {
            job.work.note(&format!(
                "{chunk} frames are decoded at once instead of {asked}, to stay within the memory at hand: brightness may change a little every {chunk} frames"
            ));
        }
        let session = self.components.get("vae_decoder")?;
        for first in (0..count).step_by(chunk) {
            let part = latents.slice_axis(Axis(0), Slice::from(first..(first + chunk).min(count))).to_owned();
            let frames = job.tiled(&part, (job.rules.spatial as usize, 1), |tile| {
                job.work.check()?;
                let outputs = session.run_until(vec![("latent", Input::Float(tile.view()))], Some(job.work.cancel()))?;
                self.components.output(outputs, "frames", 4)
            })?;
            job.keep_frames(first, &frames)?;
        }
        drop(session);
        self.components.close("vae_decoder");
        Ok(())
    }
}

/// How much noise is put on the still.
fn noise_aug(job: &Job<'_>) -> f64 {
    job.latent.noise_aug.or(job.rules.defaults.noise_aug).unwrap_or(NOISE_AUG)
}

/// What the denoiser sees beside the noisy latents.
struct Condition {
    /// [1, 1, D]
    image: ArrayD<f32>,
    no_image: ArrayD<f32>,
    /// The still's latents, [1, 1, 4, h, w].
    still: ArrayD<f32>,
    /// [1, 3]
    numbers: ArrayD<f32>,
    /// For each frame; `None` where guidance is off.
    guidance: Option<Vec<f32>>,
}

impl Condition {
    fn new(job: &Job<'_>, image: ArrayD<f32>, still: ArrayD<f32>) -> Self {
        let bucket = job.latent.motion_bucket.or(job.rules.defaults.motion_bucket).unwrap_or(BUCKET);
        let guidance = (job.latent.guidance_first.unwrap_or(job.latent.guidance), job.latent.guidance);
        Self {
            no_image: ArrayD::zeros(image.shape()),
            image,
            still: still.insert_axis(Axis(1)),
            numbers: added_time_ids(job.latent.fps, bucket, noise_aug(job)),
            guidance: (guidance.0.max(guidance.1) > 1.0).then(|| ramp(guidance.0 as f32, guidance.1 as f32, job.latent.frames as usize)),
        }
    }

    fn open<'c>(&self, components: &'c Components) -> Result<Guided<'c>, ModelError> {
        let constants = [&self.image, &self.no_image].map(|image| vec![("image", image.view()), ("added_time_ids", self.numbers.view())]);
        let [asked, free] = constants;
        Guided::open(components, "denoiser", asked, self.guidance.is_some().then_some(free))
    }

    fn predict(&self, guided: &mut Guided<'_>, timestep: f32, latents: &ArrayD<f32>, work: &Work<'_>) -> Result<ArrayD<f32>, ModelError> {
        let timestep = ArrayD::from_elem(vec![], timestep);
        let inputs = [joined(latents, Some(&self.still)), joined(latents, None)];
        let [asked, free] = inputs.each_ref().map(|latent| vec![("latent", latent.view()), ("timestep", timestep.view())]);
        let Predictions { asked, free } = guided.predict(asked, free, latents.shape(), work)?;
        Ok(match (free, &self.guidance) {
            (Some(free), Some(guidance)) => weighed(&asked, free, guidance),
            _ => asked,
        })
    }
}

/// [1, 3]. "Stable Video Diffusion was conditioned on fps - 1".
fn added_time_ids(fps: f64, motion_bucket: u32, noise_aug: f64) -> ArrayD<f32> {
    arr1(&[(fps - 1.0) as f32, motion_bucket as f32, noise_aug as f32]).insert_axis(Axis(0)).into_dyn()
}

/// Latents [1, F, C, h, w] with the still's ([1, 1, C, h, w]) as further channels of every frame, or zeros without them.
fn joined(latents: &ArrayD<f32>, still: Option<&ArrayD<f32>>) -> ArrayD<f32> {
    let channels = latents.len_of(Axis(2));
    let mut shape = latents.shape().to_vec();
    shape[2] = 2 * channels;
    let mut all = ArrayD::zeros(shape);
    all.slice_axis_mut(Axis(2), Slice::from(..channels)).assign(latents);
    if let Some(still) = still {
        all.slice_axis_mut(Axis(2), Slice::from(channels..)).assign(still);
    }
    all
}

/// u + g·(c − u), with a g for each frame.
fn weighed(asked: &ArrayD<f32>, mut free: ArrayD<f32>, guidance: &[f32]) -> ArrayD<f32> {
    for ((mut free, asked), g) in free.axis_iter_mut(Axis(1)).zip(asked.axis_iter(Axis(1))).zip(guidance) {
        free.zip_mut_with(&asked, |u, c| *u += g * (c - *u));
    }
    free
}

/// `torch.linspace(first, last, frames)` in fp32: each half is counted from its own end, rounded once (torch multiplies
/// and adds in one instruction).
fn ramp(first: f32, last: f32, frames: usize) -> Vec<f32> {
    let steps = frames.saturating_sub(1).max(1);
    let step = f64::from((last - first) / steps as f32);
    let from_first = |n: usize| f64::from(first) + step * n as f64;
    let from_last = |n: usize| f64::from(last) - step * (steps - n) as f64;
    (0..frames).map(|n| if frames == 1 || n < frames / 2 { from_first(n) } else { from_last(n) } as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_told_one_frame_per_second_less() {
        assert_eq!(added_time_ids(7.0, 127, 0.02).iter().copied().collect::<Vec<_>>(), [6.0, 127.0, 0.02]);
        assert_eq!(added_time_ids(7.0, 127, 0.02).shape(), [1, 3]);
    }

    #[test]
    fn guidance_grows_from_the_first_frame_to_the_last() {
        assert_eq!(ramp(1.0, 3.0, 5), [1.0, 1.5, 2.0, 2.5, 3.0]);
        assert_eq!(ramp(1.5, 2.5, 2), [1.5, 2.5]);
        assert_eq!(ramp(1.5, 2.5, 1), [1.5]);
        // torch.linspace(1, 3, 14)
        let torch = [0x3f800000, 0x3f93b13b, 0x3fa76276, 0x3fbb13b1, 0x3fcec4ec, 0x3fe27628, 0x3ff62763];
        let torch = torch.into_iter().chain([0x4004ec4f, 0x400ec4ec, 0x40189d8a, 0x40227627, 0x402c4ec5, 0x40362762, 0x40400000]);
        assert!(ramp(1.0, 3.0, 14).into_iter().map(f32::to_bits).eq(torch));
        let free = ArrayD::zeros(vec![1, 2, 1, 1, 1]);
        let asked = ArrayD::from_elem(vec![1, 2, 1, 1, 1], 2.0);
        assert_eq!(weighed(&asked, free, &[1.0, 3.0]).iter().copied().collect::<Vec<_>>(), [2.0, 6.0]);
    }

    #[test]
    fn the_still_is_further_channels_of_every_frame_and_zeros_without_the_condition() {
        let latents = ArrayD::from_elem(vec![1, 3, 2, 1, 1], 5.0);
        let still = ArrayD::from_shape_vec(vec![1, 1, 2, 1, 1], vec![1.0, 2.0]).unwrap();
        let asked = joined(&latents, Some(&still));
        assert_eq!(asked.shape(), [1, 3, 4, 1, 1]);
        assert_eq!(asked.iter().copied().collect::<Vec<_>>(), [5.0, 5.0, 1.0, 2.0].repeat(3));
        assert_eq!(joined(&latents, None).iter().copied().collect::<Vec<_>>(), [5.0, 5.0, 0.0, 0.0].repeat(3));
    }

    #[test]
    fn a_mask_covers_every_channel_of_its_frame() {
        let mask = ndarray::Array3::from_shape_vec((2, 1, 1), vec![1.0, 0.0]).unwrap();
        let mask = Layout::FramesFirst.spread(&mask, 4).unwrap();
        assert_eq!(mask.iter().copied().collect::<Vec<_>>(), [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
