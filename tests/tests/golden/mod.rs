//! Golden data of the reference pipelines: `tests/fixtures/golden/<form>.safetensors`, and the tiny packs they belong to.
#![allow(dead_code)] // each test file uses its part

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use wakeframe_take::pack::{Pack, Scheduler};
use wakeframe_take::picture::Picture;
use wakeframe_take::request::{Keyframe, Request, Settings, StillHash, Stills};
use wakeframe_take::store::Store;

/// A case as `engine/export/golden/<form>.json` has it.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    pub name: String,
    #[serde(default)]
    pub prompt: String,
    #[serde(default)]
    pub negative: String,
    pub seed: u64,
    pub width: u32,
    pub height: u32,
    pub frames: u32,
    pub steps: u32,
    pub guidance: f64,
    pub guidance_low: Option<f64>,
    pub guidance_first: Option<f64>,
    pub fps: f64,
    pub scheduler: String,
    pub shift: Option<f64>,
    pub still: String,
    pub last: Option<String>,
    #[serde(default)]
    pub keyframes: Vec<(u32, String, f64)>,
    pub still_strength: Option<f64>,
    pub motion_bucket: Option<u32>,
    pub noise_aug: Option<f64>,
    #[serde(default)]
    pub dynamic_guidance: bool,
    /// What only some forms have, and only their packs say.
    #[serde(flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Note {
    cases: Vec<Case>,
}

/// A form's golden file.
pub struct Golden {
    pub form: String,
    pub cases: Vec<Case>,
    bytes: Vec<u8>,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The tiny pack of a form.
pub fn pack(form: &str) -> Pack {
    Pack::open(&root().join("packs").join(form)).unwrap()
}

impl Golden {
    pub fn of(form: &str) -> Self {
        let bytes = std::fs::read(root().join("golden").join(format!("{form}.safetensors"))).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let note = &metadata.metadata().as_ref().unwrap()["golden"];
        let Note { cases } = serde_json::from_str(note).unwrap();
        Self { form: form.into(), cases, bytes }
    }

    pub fn case(&self, name: &str) -> &Case {
        self.cases.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("{} has no case {name}", self.form))
    }

    /// A tensor's shape and values.
    pub fn tensor(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let all = SafeTensors::deserialize(&self.bytes).unwrap();
        let tensor = all.tensor(name).unwrap();
        let data = tensor.data();
        let values = match tensor.dtype() {
            Dtype::F32 => data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Dtype::U16 => data.as_chunks::<2>().0.iter().map(|b| f32::from(u16::from_le_bytes(*b)) / 65535.0).collect(),
            Dtype::U8 => data.iter().map(|b| f32::from(*b) / 255.0).collect(),
            other => panic!("{name} is {other:?}"),
        };
        (tensor.shape().to_vec(), values)
    }

    /// [F, H, W, 3], 0…1.
    pub fn frames(&self, case: &Case) -> (Vec<usize>, Vec<f32>) {
        self.tensor(&format!("{}/frames", case.name))
    }

    /// Latents after each step.
    pub fn latents(&self, case: &Case) -> Vec<Vec<f32>> {
        let (shape, values) = self.tensor(&format!("{}/latents", case.name));
        values.chunks(values.len() / shape[0]).map(<[f32]>::to_vec).collect()
    }

    pub fn still(&self, name: &str) -> Picture {
        let (shape, values) = self.tensor(&format!("still/{name}"));
        Picture::new(shape[1], shape[0], 3, values).unwrap()
    }

    /// The request for a case, its stills kept in `store`.
    pub fn request(&self, case: &Case, pack: &Pack, store: &Store) -> Request {
        let keep = |name: &String| -> StillHash { store.put_still(&self.still(name)).unwrap() };
        let still = self.still(&case.still);
        let size = (still.width() as u32, still.height() as u32);
        let first = case.still_strength.map(|strength| (0, case.still.clone(), strength));
        let stills = Stills {
            last: case.last.as_ref().map(keep),
            keyframes: first
                .iter()
                .chain(&case.keyframes)
                .map(|(frame, name, strength)| Keyframe { frame: *frame, still: keep(name), strength: *strength })
                .collect(),
            ..Stills::one(keep(&case.still), size, 1.0)
        };
        let (request, _) = Request::new(&case.settings(), pack, &stills).unwrap_or_else(|e| panic!("{} {}: {e}", self.form, case.name));
        request
    }
}

impl Case {
    /// The settings a person would give for it.
    pub fn settings(&self) -> Settings {
        Settings {
            prompt: self.prompt.clone(),
            negative_prompt: self.negative.clone(),
            // torch, too, keeps the lower 32 bits.
            seed: self.seed as u32,
            frames: self.frames,
            fps: self.fps,
            size: Some((self.width, self.height)),
            steps: if self.more.contains_key("timesteps") { 0 } else { self.steps },
            guidance: self.guidance,
            guidance_low: self.guidance_low.unwrap_or(0.0),
            guidance_first: self.guidance_first.unwrap_or(0.0),
            dynamic_guidance: self.dynamic_guidance,
            scheduler: Scheduler::of_word(&self.scheduler),
            shift: self.shift.unwrap_or(0.0),
            motion_bucket: self.motion_bucket.unwrap_or(0),
            noise_aug: self.noise_aug,
            ..Settings::default()
        }
    }
}

/// Largest difference.
pub fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, |m, d| if d.is_nan() { f32::INFINITY } else { m.max(d) })
}
