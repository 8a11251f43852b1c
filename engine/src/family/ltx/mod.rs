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

use ndarray::{Array4, ArrayD, Axis, Slice};
use serde::Deserialize;
use wakeframe_diffusion::noise::Generator;
use wakeframe_diffusion::scheduler::{FlowMatchEuler, Plan, Scheduler, SchedulerConfig};
use wakeframe_take::request::{Request, StillHash};

use super::{Model, ModelError};
use crate::generate::{StillReader, Work};
use crate::latent::{Components, Graph, Job, Pass, Text, TextConfig, denoise_pass, read_text};
use crate::pack::Validated;
use crate::runtime::{Input, Place};
use base::BaseSteps;
use condition::{ConditionSteps, Conditions, Placed};
use config::{Config, Form, Schedule, Second};
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
    let mut decoder = Graph::new("vae_decoder", &["frames"])
        .input("latent", &[one, channels, any, any, any])
        .input_if(config.timestep_conditioning, "timestep", &[one]);
    for name in NOISES.iter().take(config.decoder_noise.len()) {
        decoder = decoder.input(name, &[any, any]);
    }
    let mut all = vec![
        Graph::new("text_encoder", &["hidden"]).input("input_ids", &[any, any]),
        Graph::new("denoiser", &["prediction"])
            .input("latent", &[any, any, channels])
            .input("text", &[any, any, any])
            .input("timestep", &[any, any])
            .input("text_mask", &[any, any])
            .input("coords", &[any, Some(3), any]),
        Graph::new("vae_encoder", &["latent_mean", "latent_std"]).input("pixels", &[one, Some(3), any, any, any]),
        decoder,
    ];
    if config.second.is_some() {
        all.push(Graph::new("upsampler", &["upsampled"]).input("latent", &[one, channels, any, any, any]));
    }
    all
}
