//! Family `motion_field`: a flow-matching network samples a motion field over time from the still, the prompt,
//! the strength and the seed's noise, at low resolution; the renderer moves the still's own pixels along it.
//!
//! | graph | in → out (fp32 unless said) |
//! |---|---|
//! | `text` | token numbers int64 \[1, L\] → token states \[1, L, 384\] |
//! | `reader` | states, mask \[1, L\] → intent \[1, 5 classes × (drift x, drift y, sway, live)\] |
//! | `encoder` | still \[1, 3, 4h, 4w\], sRGB 0…1 → features \[1, 48, h, w\], logits \[1, 5, h, w\], depth \[1, 1, h, w\] |
//! | `fill` | a coarse picture with a hole \[1, 4, h, w\] (colours 0…1, then 1 where known), sides multiples of 8 → filled \[1, 3, h, w\] |
//! | `denoiser` | x \[1, 10, h, w\], t \[1\], features, probs \[1, 5, h, w\], intent map \[1, 4, h, w\] (Σ probability × intent) → x1 estimate \[1, 10, h, w\] |
//!
//! The camera is not sampled: its flow follows from depth and direction alone, so its sign is right by
//! construction. Related work: Generative Image Dynamics (Li et al. 2024), Motion-I2V (Shi et al. 2024),
//! Animating Pictures with Eulerian Motion Fields (Holynski et al. 2021); flow matching: Lipman et al. 2023.

mod filler;
#[cfg(test)]
mod golden;
mod intent;
mod noise;
mod preview;
pub mod render;
mod sampler;
mod scene;

use serde::Deserialize;
use wakeframe_take::request::Request;

use super::{Model, ModelError};
use crate::generate::{self, StillReader, Work};
use crate::pack::{PackFault, Validated};
pub use filler::Filler;
use intent::PromptReader;
use render::{Field, Shot};
use sampler::Sampler;
use scene::SceneReader;

/// The family's word in `pack.toml`.
pub const NAME: &str = "motion_field";

/// Region classes: rigid, sky, water, foliage, animal or person.
const CLASSES: usize = 5;
/// Per class: drift x, drift y, sway, live.
const INTENT: usize = 4;
/// Field channels: drift (2), then sway (x, y)·(sin, cos − 1) at two frequencies (8).
const CHANNELS: usize = 10;

/// Picture widths a drift of 1 covers in four seconds, as the renderer moves it.
const DRIFT_UNIT: f64 = 0.05;
/// Picture widths of a sway of 1.
const SWAY_UNIT: f64 = 0.01;

/// `[sampler]` in `pack.toml`.
#[derive(Debug, Clone, Deserialize)]
struct SamplerConfig {
    steps: u32,
    state_scale: f32,
    grid_width: usize,
    drift_unit: f64,
    sway_unit: f64,
}

#[derive(Debug, Deserialize)]
struct Section {
    sampler: SamplerConfig,
}

/// A loaded pack of the family.
pub struct MotionField {
    prompts: PromptReader,
    scenes: SceneReader,
    sampler: Sampler,
    filler: Filler,
}

impl MotionField {
    /// Opens the pack's graphs and checks that they are this family's.
    pub fn open(pack: &Validated) -> Result<Self, ModelError> {
        let config = pack.section::<Section>()?.sampler;
        let sane = (1..=1000).contains(&config.steps) && config.state_scale > 0.0 && (16..=256).contains(&config.grid_width);
        let units = config.drift_unit == DRIFT_UNIT && config.sway_unit == SWAY_UNIT;
        if !sane || !units {
            let reason = format!("its [sampler] section is out of range: {config:?}");
            let file = pack.pack().folder.join("pack.toml").display().to_string();
            return Err(PackFault::Description(wakeframe_take::pack::PackError::Malformed { file, reason }).into());
        }
        Ok(Self {
            prompts: PromptReader::open(pack)?,
            scenes: SceneReader::open(pack, config.grid_width)?,
            sampler: Sampler::open(pack, config)?,
            filler: Filler::open(pack)?,
        })
    }
}

impl Model for MotionField {
    fn make(&self, request: &Request, stills: &StillReader<'_>, work: &Work<'_>) -> Result<(), ModelError> {
        let still = stills.of_take()?;
        let intent = self.prompts.read(&request.prompt, &request.negative_prompt)?;
        work.check()?;
        let scene = self.scenes.read(&still)?;
        work.stage("denoise")?;
        let coefficients = self.sampler.sample(&scene, &intent, request.strength, request.seed, work)?;
        work.stage("frames")?;
        let field =
            Field { width: scene.width, height: scene.height, coefficients, depth: scene.depth, probabilities: scene.probabilities };
        let shot = Shot {
            frames: request.frames,
            fps: request.fps,
            looped: request.looped,
            pixel_aspect: request.pixel_aspect,
            camera: request.camera,
            strength: request.strength,
        };
        let scene = preview::prepare(&still, &field, &shot, &|coarse| self.filler.complete(coarse), self.sampler.steps(), work)?;
        generate::frames(request.frames, work, |n| Ok(scene.frame(n)))
    }

    /// Its graphs are open as long as it is.
    fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }
}
