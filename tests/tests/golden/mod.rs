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

/// What a case says that no request can ask for, and where a pack says it.
const TOLD: [(&str, &[&str], &str); 9] = [
    ("decode_timestep", &["ltx"], "decode_timestep"),
    ("decode_noise", &["ltx"], "decode_noise_scale"),
    ("condition_noise", &["ltx"], "image_cond_noise_scale"),
    ("timesteps", &["ltx"], "timesteps"),
    ("second_timesteps", &["ltx", "second"], "timesteps"),
    ("second_strength", &["ltx", "second"], "strength"),
    ("adain", &["ltx", "second"], "adain"),
    ("tone_map", &["ltx", "second"], "tone_map"),
    ("decode_chunk", &["svd"], "decode_chunk"),
];

/// The pack that a case is for: the form's own, or a copy of it in `folder` that says what the case says.
pub fn pack_of(case: &Case, own: &Pack, folder: &Path) -> Pack {
    let text = std::fs::read_to_string(own.folder.join("pack.toml")).unwrap();
    let mut description: toml::Table = toml::from_str(&text).unwrap();
    let mut changed = false;
    for (word, tables, key) in TOLD {
        let Some(said) = case.more.get(word) else { continue };
        let table = tables.iter().fold(&mut description, |table, name| table[*name].as_table_mut().unwrap());
        if table.get(key).map(|own| numbers(&serde_json::to_value(own).unwrap())) != Some(numbers(said)) {
            table.insert(key.into(), toml::Value::try_from(said).unwrap());
            changed = true;
        }
    }
    if !changed {
        return own.clone();
    }
    for file in std::fs::read_dir(&own.folder).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    std::fs::write(folder.join("pack.toml"), toml::to_string(&description).unwrap()).unwrap();
    Pack::open(folder).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().map_or_else(|| vec![value.as_f64().unwrap()], |all| all.iter().flat_map(numbers).collect())
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

    /// Latents after each step; those of a first pass before those of the second.
    pub fn latents(&self, case: &Case) -> Vec<Vec<f32>> {
        let passes = ["first", "latents"].map(|kind| format!("{}/{kind}", case.name));
        let there = passes.iter().filter(|name| SafeTensors::deserialize(&self.bytes).unwrap().tensor(name).is_ok());
        let steps = there.flat_map(|name| {
            let (shape, values) = self.tensor(name);
            values.chunks(values.len() / shape[0]).map(<[f32]>::to_vec).collect::<Vec<_>>()
        });
        steps.collect()
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
        let stills = Stills {
            last: case.last.as_ref().map(keep),
            keyframes: case
                .keyframes
                .iter()
                .map(|(frame, name, strength)| Keyframe { frame: *frame, still: keep(name), strength: *strength })
                .collect(),
            ..Stills::one(keep(&case.still), size, 1.0)
        };
        // A case says more than some forms can be told: a distilled one has no guidance.
        let settings = case.settings().only(&pack.controls());
        let (mut request, _) = Request::new(&settings, pack, &stills).unwrap_or_else(|e| panic!("{} {}: {e}", self.form, case.name));
        if let (Some(strength), Some(latent)) = (case.still_strength, &mut request.latent) {
            latent.keyframes.insert(0, Keyframe { frame: 0, still: request.still.clone(), strength });
        }
        request
    }
}

impl Case {
    /// The settings a person would give for it.
    pub fn settings(&self) -> Settings {
        Settings {
            prompt: self.prompt.clone(),
            negative_prompt: self.negative.clone(),
            no_negative: true,
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
