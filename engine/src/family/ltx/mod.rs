//! Family `ltx`: LTX-Video 0.9.0 to 0.9.8 image-to-video (HaCohen et al. 2024, "LTX-Video: Realtime Video Latent
//! Diffusion"; reference: diffusers' `pipeline_ltx_image2video.py`, `pipeline_ltx_condition.py`,
//! `pipeline_ltx_latent_upsample.py`).
//!
//! A transformer predicts the flow's velocity for tokens, one for each cell of a strongly compressing video VAE
//! (8 frames × 32 × 32 pixels). How stills condition it:
//!
//! | form | still | schedule |
//! |---|---|---|
//! | `i2v` (0.9.0, 0.9.1) | latent frame 0 *is* the still, at timestep 0, never stepped | even, shifted by the number of tokens |
//! | `condition` (0.9.5…) | at any frame with any strength, see `condition` | linear-quadratic, or the timesteps of a distilled checkpoint |
//! | `condition` with an upsampler | first at half the size; then doubled, noised again and stepped a few times | the same, and `[ltx.second]` |
//!
//! The frame rate reaches the model in the tokens' coordinates. latent: [1, S, C] tokens, fp32, unit variance:
//! (VAE sample − mean) / std per channel.
//!
//! Draws, in order: `i2v`: the posterior of the still, the clip's noise · `condition`: see there, and a fresh generator for
//! each pass, as in the reference's own examples · then, where the decoder takes a timestep, its noise. What the decoder of
//! 0.9.1 adds to itself comes from a second generator of the same seed.

mod base;
mod condition;
mod config;
mod degrade;
mod predict;
mod tokens;
mod upsample;
mod vae;

use ndarray::{Array3, Array4, ArrayD};
use serde::Deserialize;
use wakeframe_diffusion::noise::Generator;
use wakeframe_diffusion::scheduler::{FlowMatchEuler, Plan, Scheduler, SchedulerConfig};
use wakeframe_take::request::{Request, StillHash};

use super::{Model, ModelError};
use crate::generate::{StillReader, Work};
use crate::latent::{Components, Graph, Job, Pass, Text, TextConfig, denoise, denoise_pass, read_text};
use crate::pack::Validated;
use crate::runtime::{Input, Place};
use base::BaseSteps;
use condition::{ConditionSteps, Conditions, Placed};
use config::{Config, Form, Second};
use predict::Predictor;
use tokens::{Cell, packed, shaped};
use vae::Vae;

/// The family's word in `pack.toml`.
pub const NAME: &str = "ltx";

#[derive(Deserialize)]
struct Section {
    ltx: Config,
    text: TextConfig,
    scheduler: SchedulerConfig,
}

/// A loaded pack of the family.
pub struct Ltx {
    config: Config,
    text: TextConfig,
    components: Components,
}

impl Ltx {
    /// Reads the pack's description; graphs are opened when a request needs them.
    pub fn open(pack: &Validated, place: Place) -> Result<Self, ModelError> {
        let Section { ltx: config, text, scheduler } = pack.section()?;
        config.check(pack)?;
        if scheduler.class != FlowMatchEuler::CLASS || scheduler.stochastic_sampling == Some(true) {
            return Err(pack.malformed(format!("[scheduler] must be {} without stochastic_sampling", FlowMatchEuler::CLASS)).into());
        }
        let components = Components::new(pack.clone(), place, graphs(&config))?;
        Ok(Self { config, text, components })
    }

    fn vae(&self) -> Vae<'_> {
        Vae { components: &self.components, config: &self.config }
    }
}

/// What each graph must take and give.
fn graphs(config: &Config) -> Vec<Graph> {
    let any = None;
    let (channels, one) = (Some(config.channels()), Some(1));
    let mut all = vec![
        // `LTXConditionPipeline` gives its T5 the mask, `LTXImageToVideoPipeline` does not.
        Graph::new("text_encoder", &["hidden"]).input("input_ids", &[any, any]).input_if(
            config.form == Form::Condition,
            "attention_mask",
            &[any, any],
        ),
        Graph::new("denoiser", &["prediction"])
            .input("latent", &[any, any, channels])
            .input("text", &[any, any, any])
            .input("timestep", &[any, any])
            .input("text_mask", &[any, any])
            .input("coords", &[any, Some(3), any]),
        Graph::new("vae_encoder", &["latent_mean", "latent_std"]).input("pixels", &[one, Some(3), any, any, any]),
        Graph::new("vae_decoder", &["frames"])
            .input("latent", &[one, channels, any, any, any])
            .input_if(config.timestep_conditioning, "timestep", &[one])
            .numbered("noise_", config.decoder_noise.len()),
    ];
    if config.second.is_some() {
        all.push(Graph::new("upsampler", &["upsampled"]).input("latent", &[one, channels, any, any, any]));
    }
    all
}

impl Model for Ltx {
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
        let job = Job::new(request, stills, work, &self.components)?;
        let (prompt, negative) = (job.latent.prompt.as_str(), job.latent.negative_prompt.as_str());
        let texts: Vec<Text> = if job.is_guided() {
            read_text(&self.components, &self.text, [prompt, negative])?.into()
        } else {
            read_text(&self.components, &self.text, [prompt])?.into()
        };
        work.check()?;
        let (clip, mut noise) = match self.config.form {
            Form::I2v => self.based(&job, &texts)?,
            Form::Condition => self.conditioned(&job, &texts)?,
        };
        work.stage("decode")?;
        self.vae().decode(&job, clip, &mut noise, &mut job.generator())
    }

    fn check(&self) -> Result<(), ModelError> {
        self.components.check_all()
    }
}

/// One of the loops that make a clip.
struct Run<'a> {
    pass: Pass,
    /// Fixed timesteps; otherwise so many linear-quadratic steps.
    timesteps: Option<&'a [f32]>,
    steps: usize,
    /// The first step that is made.
    first: usize,
    /// Whether camera and drift are followed.
    moves: bool,
}

/// A clip, [1, C, f, h, w], and the generator where denoising left it.
type Made = (ArrayD<f32>, Generator);

impl Ltx {
    /// `LTXImageToVideoPipeline`.
    fn based(&self, job: &Job<'_>, texts: &[Text]) -> Result<Made, ModelError> {
        let (vae, grid, cell) = (self.vae(), job.grid(), cell(job));
        let mut noise = job.generator();
        let still = packed(&vae.sampled(job, &self.pixels(job, &job.request.still)?, &mut noise)?);
        let drawn = packed(&self.drawn(job, &mut noise));
        let with_still = |mut tokens: ArrayD<f32>| {
            tokens.iter_mut().zip(&still).for_each(|(slot, v)| *slot = *v);
            tokens
        };
        let clock = job.dual_clock(
            &drawn,
            |frames| Ok(with_still(packed(&vae.clip(job, frames)?))),
            |mask| {
                let free = mask.indexed_iter().map(|((frame, _, _), m)| if frame == 0 { 0.0 } else { *m });
                let values = free.flat_map(|m| std::iter::repeat_n(m, self.config.channels())).collect();
                Some(shaped(drawn.shape(), values))
            },
        )?;
        self.components.close("vae_encoder");
        let config = job.scheduler()?;
        let tokens = grid.iter().product();
        let scheduler = FlowMatchEuler::new(&config, &Plan::ltx(job.steps, FlowMatchEuler::mu(&config, tokens)))?;
        let predictor = self.predictor(job, texts, tokens::evenly(grid, cell, job.latent.fps));
        let mut steps = BaseSteps::new(scheduler, predictor, grid);
        let made = denoise(with_still(drawn), &mut steps, clock.as_ref(), job.preview.as_ref(), job.work)?;
        Ok((tokens::unpacked(&made, grid), noise))
    }

    /// `LTXConditionPipeline`, once, or twice with the upsampler in between.
    fn conditioned(&self, job: &Job<'_>, texts: &[Text]) -> Result<Made, ModelError> {
        let timesteps = self.config.timesteps.as_deref();
        let count = timesteps.map_or(job.steps, <[f32]>::len);
        let job = &job.with(job.size, count);
        let Some(second) = &self.config.second else {
            let pass = Pass { before: 0, of: count };
            return self.run(job, texts, &Run { pass, timesteps, steps: count, first: 0, moves: true }, || Ok(None));
        };
        let of = count + second.count() - second.first_step();
        let small = job.with((job.size.0 / 2, job.size.1 / 2), count);
        let first = Run { pass: Pass { before: 0, of }, timesteps, steps: count, first: 0, moves: true };
        let last = Run {
            pass: Pass { before: count, of },
            timesteps: second.timesteps.as_deref(),
            steps: second.count(),
            first: second.first_step(),
            moves: false,
        };
        self.run(job, texts, &last, || {
            let (clip, _) = self.run(&small, texts, &first, || Ok(None))?;
            self.doubled(clip, second).map(Some)
        })
    }

    /// One loop. `from` makes the clean clip that is noised to the first step's level; `None` begins with noise alone.
    fn run(
        &self,
        job: &Job<'_>,
        texts: &[Text],
        run: &Run<'_>,
        from: impl FnOnce() -> Result<Option<ArrayD<f32>>, ModelError>,
    ) -> Result<Made, ModelError> {
        let (vae, mut noise) = (self.vae(), job.generator());
        let drawn = self.drawn(job, &mut noise);
        let stills = self.placed(job, &mut noise)?;
        let conditions = Conditions::new(&drawn, &stills, cell(job), job.latent.fps).map_err(|what| self.components.shape(what))?;
        let clock = if run.moves {
            job.dual_clock(
                &conditions.noise,
                |frames| Ok(conditions.around(&vae.clip(job, frames)?)),
                |mask| Some(conditions.spread(mask)),
            )?
        } else {
            None
        };
        self.components.close("vae_encoder");
        let plan = match run.timesteps {
            // A last timestep of 0 is a step that moves nothing; the scheduler knows none.
            Some(t) => Plan::Timesteps { timesteps: t.iter().copied().filter(|t| *t > 0.0).collect(), mu: None },
            None => Plan::linear_quadratic(run.steps),
        };
        let scheduler = FlowMatchEuler::new(&job.scheduler()?, &plan)?;
        let all = run.timesteps.map_or_else(|| scheduler.timesteps().to_vec(), <[f32]>::to_vec);
        let made_steps = all.get(run.first..).unwrap_or_default();
        let sigma = scheduler.sigmas().get(run.first).copied().unwrap_or(0.0);
        let predictor = self.predictor(job, texts, conditions.coords.clone());
        let mut steps = ConditionSteps::new(scheduler, made_steps, &conditions, predictor, noise, self.config.image_cond_noise_scale);
        let made = denoise_pass(
            run.pass,
            conditions.clean.shape(),
            || Ok(conditions.start(from()?.as_ref().map(|clip| (clip, sigma)))),
            &mut steps,
            clock.as_ref(),
            job.preview.as_ref(),
            job.work,
        )?;
        Ok((conditions.clip(&made), steps.into_noise()))
    }

    /// The request's stills in the order of the reference's conditions: the still itself, the keyframes, the last one. A
    /// keyframe at frame 0 takes the still's place.
    fn placed(&self, job: &Job<'_>, noise: &mut Generator) -> Result<Vec<Placed>, ModelError> {
        let l = job.latent;
        let first = l.keyframes.iter().find(|k| k.frame == 0).map_or((0, &job.request.still, 1.0), |k| (0, &k.still, k.strength));
        let rest = l.keyframes.iter().filter(|k| k.frame > 0).map(|k| (k.frame as usize, &k.still, k.strength));
        let last = l.last.iter().map(|still| (l.frames.saturating_sub(1) as usize, still, 1.0));
        let mut all = Vec::new();
        for (frame, still, strength) in std::iter::once(first).chain(rest).chain(last) {
            job.work.check()?;
            let latent = self.vae().sampled(job, &self.pixels(job, still)?, noise)?;
            let own = (frame > 0).then(|| shaped(latent.shape(), noise.normal(latent.len())));
            all.push(Placed { frame, strength: strength as f32, latent, noise: own });
        }
        Ok(all)
    }

    /// `LTXLatentUpsamplePipeline`: a clip of twice the width and height.
    fn doubled(&self, clip: ArrayD<f32>, second: &Second) -> Result<ArrayD<f32>, ModelError> {
        let vae = self.vae();
        let small = vae.denormalised(clip);
        let [batch, channels, f, h, w] = *small.shape() else {
            return Err(self.components.shape(format!("latents of shape {:?}", small.shape())));
        };
        let outputs = self.components.get("upsampler")?.run(vec![("latent", Input::Float(small.view()))])?;
        let mut large = self.components.output_like(outputs, "upsampled", &[batch, channels, f, 2 * h, 2 * w])?;
        self.components.close("upsampler");
        if second.adain > 0.0 {
            upsample::adain(&mut large, &small, second.adain);
        }
        if second.tone_map > 0.0 {
            upsample::tone_map(&mut large, second.tone_map);
        }
        Ok(vae.normalised(large))
    }

    /// The clip's noise, [1, C, f, h, w].
    fn drawn(&self, job: &Job<'_>, noise: &mut Generator) -> ArrayD<f32> {
        let [f, h, w] = job.grid();
        let channels = self.config.channels();
        shaped(&[1, channels, f, h, w], noise.normal(channels * f * h * w))
    }

    /// A still as the VAE takes it, degraded where asked: [1, 3, H, W].
    fn pixels(&self, job: &Job<'_>, still: &StillHash) -> Result<Array4<f32>, ModelError> {
        degrade::degraded(job.pixels(still)?, job.latent.degradation)
    }

    fn predictor<'a>(&'a self, job: &Job<'_>, texts: &'a [Text], coords: Array3<f32>) -> Predictor<'a> {
        Predictor::new(&self.components, texts, coords, job.latent.guidance, self.config.guidance_rescale)
    }
}

fn cell(job: &Job<'_>) -> Cell {
    Cell { temporal: job.rules.temporal as usize, spatial: job.rules.spatial as usize }
}
