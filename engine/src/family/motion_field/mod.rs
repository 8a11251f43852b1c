//! Family `motion_field`: a flow-matching network samples a motion field over time from the still, the prompt,
//! the strength and the seed's noise, at low resolution; the renderer moves the still's own pixels along it.
//!
//! | graph | in → out (fp32 unless said) |
//! |---|---|
//! | `text` | token numbers int64 \[1, L\] → token states \[1, L, 384\] |
//! | `reader` | states, mask \[1, L\] → intent \[1, 7 classes × (drift x, drift y, sway, turbulence, pulse, live)\], shot \[1, 8\] (pan, tilt, dolly, roll, orbit, handheld, warmth, brightness) |
//! | `encoder` | still \[1, 3, 8h, 8w\], sRGB 0…1 → features \[1, 48, h, w\], logits \[1, 7, h, w\], depth \[1, 1, h, w\] |
//! | `fill` | a coarse picture with a hole \[1, 4, h, w\] (colours 0…1, then 1 where known), sides multiples of 8 → filled \[1, 3, h, w\] |
//! | `denoiser` | x \[1, 10, h, w\], t \[1\], features, probs \[1, 7, h, w\], intent map \[1, 6, h, w\] (Σ probability × intent) → x1 estimate \[1, 10, h, w\] |
//!
//! Camera and light are not sampled: they follow from what the prompt asks of them (`shot`), the user's own controls and the
//! still's depth alone, so their signs are right by construction. Nor are churning and pulsing (`manner`): they follow from the
//! regions and the seed. Related work: Generative Image Dynamics (Li et al. 2024), Motion-I2V (Shi et al. 2024),
//! Animating Pictures with Eulerian Motion Fields (Holynski et al. 2021); flow matching: Lipman et al. 2023.

mod filler;
#[cfg(test)]
mod golden;
mod intent;
mod knots;
mod manner;
mod noise;
mod preview;
mod reading;
pub mod render;
mod sampler;
mod scene;
mod shot;
mod wander;

use serde::Deserialize;
use wakeframe_take::request::Request;

use super::{Model, ModelError};
use crate::generate::{self, StillReader, Work};
use crate::pack::Validated;
pub use filler::Filler;
use intent::PromptReader;
use render::Field;
use sampler::Sampler;
use scene::SceneReader;

/// The family's word in `pack.toml`.
pub const NAME: &str = "motion_field";

/// Region classes, in the networks' order. An animal may be a person; fabric is hair, cloth and flags, smoke also steam and fire.
const CLASS_NAMES: [&str; CLASSES] = ["rigid", "sky", "water", "foliage", "animal", "fabric", "smoke"];
const CLASSES: usize = 7;
/// Place of fabric among the classes.
const FABRIC: usize = 5;
/// Place of smoke among the classes.
const SMOKE: usize = 6;
/// Per class: drift x, drift y, sway, turbulence, pulse, live.
const INTENT: usize = 6;
/// Of the whole picture: pan, tilt, dolly, roll, orbit, handheld, warmth, brightness.
const SHOT: usize = 8;
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

/// `[classes]` in `pack.toml`.
#[derive(Debug, Default, Deserialize)]
struct Classes {
    names: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Section {
    sampler: SamplerConfig,
    #[serde(default)]
    classes: Classes,
}

impl Section {
    /// The family's part of the pack's description, if it is one this engine can run.
    fn of(pack: &Validated) -> Result<Self, ModelError> {
        let section = pack.section::<Self>()?;
        let names = &section.classes.names;
        if *names != CLASS_NAMES {
            let (theirs, ours) = (names.join(", "), CLASS_NAMES.join(", "));
            let reason =
                format!("it tells apart [{theirs}] where this engine needs [{ours}]: install the pack of this version of Wakeframe");
            return Err(pack.malformed(reason).into());
        }
        let config = &section.sampler;
        let sane = (1..=1000).contains(&config.steps) && config.state_scale > 0.0 && (16..=256).contains(&config.grid_width);
        let units = config.drift_unit == DRIFT_UNIT && config.sway_unit == SWAY_UNIT;
        if !sane || !units {
            return Err(pack.malformed(format!("its [sampler] section is out of range: {config:?}")).into());
        }
        Ok(section)
    }
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
        let config = Section::of(pack)?.sampler;
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
        let asked = self.prompts.read(&request.prompt, &request.negative_prompt)?;
        work.check()?;
        let map = self.scenes.read(&still)?;
        if let Some(note) = reading::note(request, &asked, &map.seen()) {
            work.note(&note);
        }
        work.stage("denoise")?;
        let coefficients = self.sampler.sample(&map, &asked.intent, request.strength, request.seed, work)?;
        work.stage("frames")?;
        let probabilities = map.folded();
        let field = Field { width: map.width, height: map.height, coefficients, depth: map.depth, probabilities };
        let scene = preview::prepare(
            &still,
            &field,
            &asked.shot.shot(request),
            &|coarse| self.filler.complete(coarse),
            self.sampler.steps(),
            work,
        )?;
        generate::frames(request.frames, work, |n| Ok(scene.frame(n)))
    }

    /// Its graphs are open as long as it is.
    fn check(&self) -> Result<(), ModelError> {
        Ok(())
    }
}

/// A request of a pack of this family.
#[cfg(test)]
pub(crate) fn request_of(prompt: &str) -> Request {
    use wakeframe_take::pack::Pack;
    use wakeframe_take::request::{Settings, Stills};

    let pack = Pack { family: NAME.into(), ..crate::generate::tests::pack() };
    let folder = tempfile::tempdir().unwrap();
    let picture = wakeframe_take::picture::Picture::filled(64, 32, &[0.5; 3]).unwrap();
    let still = wakeframe_take::store::Store::open(folder.path()).unwrap().put_still(&picture).unwrap();
    let settings = Settings { prompt: prompt.into(), ..Settings::default() };
    Request::new(&settings, &pack, &Stills::one(still, (64, 32), 1.0)).unwrap().0
}

#[cfg(test)]
mod tests {
    use wakeframe_take::pack::Pack;

    use super::*;

    #[test]
    fn a_pack_of_other_classes_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let opened = |classes: &str| {
            let text = format!(
                "format = 1\nname = \"mini\"\nfamily = \"motion_field\"\ntitle = \"M\"\nbest_for = \"x\"\nlicence = \"MIT\"\n\
                 commercial_use = true\n[components]\n[sampler]\nsteps = 10\nstate_scale = 3.0\ngrid_width = 64\n\
                 drift_unit = 0.05\nsway_unit = 0.01\n{classes}\n\
                 [limits]\nmin_duration = 0.5\nmax_duration = 10.0\ndefault_fps = 24\nmax_width = 4096\n"
            );
            std::fs::write(folder.path().join("pack.toml"), text).unwrap();
            Section::of(&Validated::open(&Pack::open(folder.path()).unwrap()).unwrap())
        };
        assert!(opened(&format!("[classes]\nnames = {CLASS_NAMES:?}")).is_ok());
        for old in ["[classes]\nnames = [\"rigid\", \"sky\", \"water\", \"foliage\", \"animal\"]", ""] {
            let said = opened(old).unwrap_err().to_string();
            assert!(said.contains("pack.toml") && said.contains("fabric, smoke") && said.contains("install the pack"), "{said}");
        }
    }
}
