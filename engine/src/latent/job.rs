//! One latent request in the making: what every family file works with.

use ndarray::{Array2, Array4, ArrayD, Axis, concatenate};
use wakeframe_diffusion::noise::Generator;
use wakeframe_diffusion::picture::{Rgb8, i2vgen, video};
use wakeframe_diffusion::scheduler::{Plan as Schedule, SchedulerConfig};
use wakeframe_take::pack::Latent;
use wakeframe_take::request::{Fit, LatentRequest, Request, StillHash};

use super::dual_clock::{self, DualClock};
use super::warp::{self, Motion};
use super::{Components, Highlights, Plan, Preview, memory, tiles};
use crate::family::ModelError;
use crate::generate::{StillReader, Work};
use crate::runtime;

/// One latent request in the making.
#[derive(Clone)]
pub struct Job<'a> {
    /// The whole request.
    pub request: &'a Request,
    /// Its part for the model.
    pub latent: &'a LatentRequest,
    /// Progress, cancel, the take's folder.
    pub work: &'a Work<'a>,
    /// The pack's graphs.
    pub components: &'a Components,
    /// The pack's rules.
    pub rules: &'a Latent,
    /// Its preview projection.
    pub preview: Option<Preview>,
    /// Width and height worked at, pixels: the request's, unless a family begins smaller.
    pub size: (usize, usize),
    /// Denoise steps: the request's, unless the pack's schedule is fixed.
    pub steps: usize,
    stills: &'a StillReader<'a>,
    plan: Plan,
}

impl<'a> Job<'a> {
    /// Plans the request's memory and refuses what cannot fit.
    pub fn new(
        request: &'a Request,
        stills: &'a StillReader<'a>,
        work: &'a Work<'a>,
        components: &'a Components,
    ) -> Result<Self, ModelError> {
        let pack = components.pack();
        let name = || pack.pack().name.clone();
        let latent = request.latent.as_ref().ok_or_else(|| ModelError::NotLatent { pack: name() })?;
        let rules = pack.pack().latent.as_ref().ok_or_else(|| pack.malformed("[latent] is missing".into()))?;
        let plan = memory::plan(pack, rules, components.keeps(), latent, runtime::memory::available(components.place().provider))?;
        let (component, bytes) = plan.estimate.peak();
        let provider = components.place().provider;
        work.note(&format!("runs on {provider}; about {:.1} GB of memory at most, in “{component}”", bytes as f64 / 1e9));
        if let Some(tiling) = plan.tiling {
            work.note(&format!(
                "the VAE works in tiles of {} pixels, to stay within the memory at hand",
                tiling.side * rules.spatial as usize
            ));
        }
        let preview = Preview::of(pack, rules.channels as usize)?;
        let size = (latent.width as usize, latent.height as usize);
        Ok(Self { request, latent, work, components, rules, preview, size, steps: latent.steps as usize, stills, plan })
    }

    /// The same job at another size, in another number of steps.
    pub fn with(&self, size: (usize, usize), steps: usize) -> Self {
        Self { size, steps, ..self.clone() }
    }

    /// torch's generator for the request's seed.
    pub fn generator(&self) -> Generator {
        Generator::new(u64::from(self.request.seed))
    }

    /// The pack's scheduler configuration as the request chose and shifted it.
    pub fn scheduler(&self) -> Result<SchedulerConfig, ModelError> {
        #[derive(serde::Deserialize)]
        struct Section {
            scheduler: SchedulerConfig,
        }
        let config = self.components.pack().section::<Section>()?.scheduler.with_scheduler(self.latent.scheduler.word())?;
        Ok(match self.latent.shift {
            Some(shift) => config.with_shift(shift),
            None => config,
        })
    }

    /// A schedule of the request's number of steps.
    pub fn schedule(&self) -> Schedule {
        Schedule::steps(self.steps)
    }

    /// Whether two predictions are weighed against each other.
    pub fn is_guided(&self) -> bool {
        self.latent.guidance > 1.0
    }

    /// Latent frames, rows and columns of the clip.
    pub fn grid(&self) -> [usize; 3] {
        let l = self.latent;
        let frames = l.frames.saturating_sub(1) / self.rules.temporal + 1;
        let (width, height) = self.size;
        let spatial = self.rules.spatial as usize;
        [frames as usize, height / spatial, width / spatial]
    }

    /// A still in 8 bits, as it is or cropped to the model's proportions (families that crop do it in their own way);
    /// values above 1 are compressed, alpha is left out.
    pub fn rgb(&self, still: &StillHash) -> Result<Rgb8, ModelError> {
        let (width, height) = (self.latent.width as usize, self.latent.height as usize);
        let mut picture = self.stills.whole(still)?;
        if self.request.fit == Fit::Crop && !self.crops_itself() {
            picture = picture.centre_cropped(width, height)?;
        }
        let channels = picture.channels();
        let colour: Vec<f32> = picture.data().chunks_exact(channels).flat_map(|p| p.iter().take(3)).copied().collect();
        let highlights = Highlights::of(&colour);
        let level = |v: f32| (highlights.compressed(v).clamp(0.0, 1.0) * 255.0).round() as u8;
        let bytes: Vec<u8> = colour.into_iter().map(level).collect();
        Ok(Rgb8::new(picture.width(), picture.height(), &bytes)?)
    }

    /// A still at the size worked at, [1, 3, H, W], −1…1, as the reference brings it there.
    pub fn pixels(&self, still: &StillHash) -> Result<Array4<f32>, ModelError> {
        let (width, height) = self.size;
        let rgb = self.rgb(still)?;
        let crops = self.request.fit == Fit::Crop && self.crops_itself();
        Ok(if crops { i2vgen::vae_pixels(&rgb, width, height)? } else { video::preprocess(&rgb, width, height)? })
    }

    /// Whether the family's reference crops, in its own way.
    fn crops_itself(&self) -> bool {
        self.components.pack().pack().crops()
    }

    /// The motion mask at the size worked at, 0…1, [H, W]; it covers the still's pixels, wherever they go.
    fn mask(&self) -> Result<Option<Array2<f32>>, ModelError> {
        let Some(mask) = &self.latent.mask else { return Ok(None) };
        let (width, height) = self.size;
        let mut picture = self.stills.whole(mask)?;
        if self.request.fit == Fit::Crop {
            picture = picture.centre_cropped(width, height)?;
        }
        let picture = picture.resized(width, height)?;
        let values = picture.data().chunks_exact(picture.channels()).map(|p| p.first().copied().unwrap_or(0.0).clamp(0.0, 1.0)).collect();
        Ok(Array2::from_shape_vec((height, width), values).ok())
    }

    /// What dual-clock denoising follows, where camera or drift were asked for. `encode` makes clean latents of the
    /// warped still's frames ([F, 3, H, W], −1…1) in the latents' own layout; `spread` brings a mask on the latent grid
    /// ([f, h, w]) to that layout; `noise` is the noise denoising would have started from.
    pub fn dual_clock(
        &self,
        noise: &ArrayD<f32>,
        encode: impl FnOnce(&Array4<f32>) -> Result<ArrayD<f32>, ModelError>,
        spread: impl FnOnce(&ndarray::Array3<f32>) -> Option<ArrayD<f32>>,
    ) -> Result<Option<DualClock>, ModelError> {
        let motion = Motion {
            camera: self.request.camera,
            drift: self.request.drift,
            strength: self.request.strength,
            frames: self.latent.frames as usize,
        };
        let Some((weak, strong)) = self.rules.defaults.dual_clock.filter(|_| !motion.is_still()) else { return Ok(None) };
        let still = self.pixels(&self.request.still)?;
        let mask = self.mask()?;
        let moved = warp::reference(still.index_axis(Axis(0), 0), mask.as_ref().and_then(|m| m.as_slice()), &motion);
        self.work.check()?;
        let reference = encode(&moved.frames)?;
        let grid = dual_clock::pooled(moved.mask.view(), self.rules.temporal as usize, self.rules.spatial as usize);
        let mask = spread(&grid).filter(|m| m.shape() == reference.shape() && reference.shape() == noise.shape());
        let mask = mask.ok_or_else(|| {
            self.components.shape(format!("reference latents of shape {:?} where {:?} was expected", reference.shape(), noise.shape()))
        })?;
        let here = |fraction| match (self.rules.defaults.shift, self.latent.shift) {
            (Some(own), Some(now)) => dual_clock::reshifted(fraction, own, now),
            _ => fraction,
        };
        let (weak, strong) = dual_clock::clocks([here(weak), here(strong)], self.steps);
        Ok(Some(DualClock { reference, mask, noise: noise.clone(), weak, strong }))
    }

    /// Frames that a graph which can be run on a part of the clip is run on at once; `None`: the whole clip fits.
    pub fn chunk(&self) -> Option<usize> {
        self.plan.chunk
    }

    /// Whether the VAE's pictures are cut.
    pub fn is_tiled(&self) -> bool {
        self.plan.tiling.is_some()
    }

    /// Runs a VAE on `input` (…, H, W), in tiles where the plan says so.
    pub fn tiled(
        &self,
        input: &ArrayD<f32>,
        scale: (usize, usize),
        run: impl FnMut(&ArrayD<f32>) -> Result<ArrayD<f32>, ModelError>,
    ) -> Result<ArrayD<f32>, ModelError> {
        let mut run = run;
        match self.plan.tiling {
            Some(tiling) => tiles::tiled(input, tiling, scale, run),
            None => run(input),
        }
    }

    /// Runs a VAE's encoder on each of `pictures` ([N, 3, H, W]) by itself, in tiles where the plan says so: [N, …], one after the other.
    pub fn encoded(
        &self,
        pictures: &Array4<f32>,
        mut run: impl FnMut(&ArrayD<f32>) -> Result<ArrayD<f32>, ModelError>,
    ) -> Result<ArrayD<f32>, ModelError> {
        let mut parts = Vec::with_capacity(pictures.len_of(Axis(0)));
        for picture in pictures.axis_chunks_iter(Axis(0), 1) {
            self.work.check()?;
            parts.push(self.tiled(&picture.to_owned().into_dyn(), (1, self.rules.spatial as usize), &mut run)?);
        }
        let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
        concatenate(Axis(0), &views).map_err(|e| self.components.shape(e.to_string()))
    }

    /// Keeps decoded frames: `frames` is [F, 3, H, W], −1…1, of which the first is model frame `first`.
    pub fn keep_frames(&self, first: usize, frames: &ArrayD<f32>) -> Result<(), ModelError> {
        let [count, 3, height, width] = *frames.shape() else {
            return Err(self.components.shape(format!("frames of shape {:?}", frames.shape())));
        };
        for (i, frame) in frames.axis_iter(Axis(0)).enumerate() {
            self.work.check()?;
            let mut rgb = Vec::with_capacity(3 * width * height);
            for y in 0..height {
                for x in 0..width {
                    rgb.extend((0..3).map(|c| (frame.get([c, y, x]).copied().unwrap_or(0.0) / 2.0 + 0.5).clamp(0.0, 1.0)));
                }
            }
            self.work.keep_model_frame((first + i) as u32, width, height, &rgb)?;
            self.work.progress((first + i + 1) as u32, self.latent.frames.max((first + count) as u32));
        }
        Ok(())
    }
}
