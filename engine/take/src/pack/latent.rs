//! `[latent]` and `[defaults]` of `pack.toml`: what is said of latent (diffusion) families only.

use serde::{Deserialize, Serialize};

use super::{Control, Controls, FrameRule, Limits, Rounding, SizeRule};

/// Families that sample a latent; their packs have a `[latent]` table, no others do.
pub const LATENT_FAMILIES: [&str; 5] = ["wan", "ltx", "svd", "cogvideox", "i2vgen"];

/// What steps the latent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheduler {
    /// UniPC, order 2.
    Unipc,
    /// Euler: flow matching, or Karras sigmas where the family has them.
    Euler,
    /// DDIM.
    Ddim,
    /// DPM-Solver++ of the second order.
    Dpm,
}

impl Scheduler {
    /// All of them.
    pub const ALL: [Scheduler; 4] = [Scheduler::Unipc, Scheduler::Euler, Scheduler::Ddim, Scheduler::Dpm];

    /// The word in `pack.toml` and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Scheduler::Unipc => "unipc",
            Scheduler::Euler => "euler",
            Scheduler::Ddim => "ddim",
            Scheduler::Dpm => "dpm",
        }
    }

    /// The scheduler of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// What a latent family's pack says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Latent {
    /// Channels of the latent the denoiser predicts.
    pub channels: u32,
    /// Pixels per latent cell and axis.
    pub spatial: u32,
    /// Frames per latent frame; 1: none are joined.
    pub temporal: u32,
    /// How many frames it makes.
    pub frames: FrameRule,
    /// At which sizes.
    pub sizes: SizeRule,
    /// Its own frame rate, frames per second.
    pub fps: f64,
    /// Whether the frame rate reaches the model.
    pub fps_conditioned: bool,
    /// Frame rates it may be told, where it is told one.
    pub fps_range: (f64, f64),
    /// Schedulers it can be stepped with; the first is its own.
    pub schedulers: Vec<Scheduler>,
    /// What it can be told.
    pub controls: Controls,
    /// What it is told where nobody says otherwise.
    pub defaults: Defaults,
}

/// `[defaults]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// Denoise steps; 0 where the schedule is fixed (distilled checkpoints).
    pub steps: u32,
    /// Guidance; 1 is none.
    pub guidance: f64,
    /// Guidance of the low-noise expert.
    pub guidance_low: Option<f64>,
    /// Guidance of the first frame.
    pub guidance_first: Option<f64>,
    /// Negative prompt.
    pub negative: String,
    /// Flow shift.
    pub shift: Option<f64>,
    /// Motion bucket of the reference, 0…255.
    pub motion_bucket: Option<u32>,
    /// Noise added to the still, 0…1.
    pub noise_aug: Option<f64>,
    /// Dual-clock denoising: where it begins and where it lets go, as fractions of the steps.
    pub dual_clock: Option<(f64, f64)>,
}

/// `[latent]` as written.
#[derive(Debug, Deserialize)]
pub(super) struct Table {
    channels: u32,
    spatial: u32,
    temporal: u32,
    frame_multiple: u32,
    frame_offset: u32,
    frame_rounding: Rounding,
    max_frames: u32,
    size_multiple: u32,
    native_sizes: Vec<(u32, u32)>,
    #[serde(default)]
    only_native_sizes: bool,
    fps: f64,
    #[serde(default)]
    fps_conditioned: bool,
    fps_range: Option<(f64, f64)>,
    schedulers: Vec<String>,
    controls: Vec<String>,
}

/// `[defaults]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DefaultsTable {
    steps: Option<u32>,
    guidance: Option<f64>,
    guidance_low: Option<f64>,
    guidance_first: Option<f64>,
    negative: String,
    shift: Option<f64>,
    motion_bucket: Option<u32>,
    noise_aug: Option<f64>,
    dual_clock: Option<(f64, f64)>,
}

/// The two tables, checked; an error says which key is wrong and how.
pub(super) fn read(t: Table, d: DefaultsTable, limits: &Limits) -> Result<Latent, String> {
    let whole = |key: &str, n: u32, min: u32, max: u32| {
        if (min..=max).contains(&n) { Ok(()) } else { Err(format!("{key} is {n}; it must be {min} to {max}")) }
    };
    whole("latent.channels", t.channels, 1, 4096)?;
    whole("latent.spatial", t.spatial, 1, 256)?;
    whole("latent.temporal", t.temporal, 1, 256)?;
    whole("latent.frame_multiple", t.frame_multiple, 1, 256)?;
    whole("latent.frame_offset", t.frame_offset, 0, t.frame_multiple - 1)?;
    whole("latent.size_multiple", t.size_multiple, 1, 256)?;
    whole("latent.max_frames", t.max_frames, 2, 10_000)?;
    let frames = FrameRule { multiple: t.frame_multiple, offset: t.frame_offset, rounding: t.frame_rounding, max: t.max_frames };
    if !frames.holds(t.max_frames) {
        return Err(format!("latent.max_frames is {}, which is not {}", t.max_frames, frames.formula()));
    }
    real("latent.fps", t.fps, 1.0, 240.0)?;
    let fps_range = t.fps_range.unwrap_or((t.fps, t.fps));
    real("latent.fps_range[0]", fps_range.0, 0.1, t.fps)?;
    real("latent.fps_range[1]", fps_range.1, t.fps, 240.0)?;
    let sizes = SizeRule {
        multiple: t.size_multiple,
        native: t.native_sizes,
        only_native: t.only_native_sizes,
        max: limits.max_width / t.size_multiple * t.size_multiple,
    };
    if sizes.native.is_empty() {
        return Err("latent.native_sizes is empty; it needs one [width, height] at least".into());
    }
    if let Some((w, h)) = sizes.native.iter().find(|(w, h)| !sizes.holds(*w, *h)) {
        let (multiple, max) = (sizes.multiple, limits.max_width);
        return Err(format!("latent.native_sizes has {w}×{h}; sides must be multiples of {multiple}, up to limits.max_width ({max})"));
    }
    let schedulers = words("latent.schedulers", &t.schedulers, Scheduler::of_word, &Scheduler::ALL.map(Scheduler::word))?;
    if schedulers.is_empty() {
        return Err("latent.schedulers is empty; the first is the model's own".into());
    }
    let controls = words("latent.controls", &t.controls, Control::of_word, &Control::ALL.map(Control::word))?;
    let controls: Controls = controls.into_iter().chain([Control::ModelSize]).collect();
    let defaults = defaults(d, &controls)?;
    Ok(Latent {
        channels: t.channels,
        spatial: t.spatial,
        temporal: t.temporal,
        frames,
        sizes,
        fps: t.fps,
        fps_conditioned: t.fps_conditioned,
        fps_range,
        schedulers,
        controls,
        defaults,
    })
}

/// A control without a default would leave a value open.
fn defaults(d: DefaultsTable, controls: &Controls) -> Result<Defaults, String> {
    let there = |key: &str, control: Control, there: bool| {
        if there || !controls.has(control) {
            return Ok(());
        }
        Err(format!("defaults.{key} is missing, though latent.controls has “{}”", control.word()))
    };
    there("steps", Control::Steps, d.steps.is_some())?;
    there("guidance", Control::Guidance, d.guidance.is_some())?;
    there("guidance_low", Control::GuidanceLow, d.guidance_low.is_some())?;
    there("guidance_first", Control::GuidanceFirst, d.guidance_first.is_some())?;
    there("shift", Control::Shift, d.shift.is_some())?;
    there("noise_aug", Control::NoiseAug, d.noise_aug.is_some())?;
    there("dual_clock", Control::Camera, d.dual_clock.is_some())?;
    there("dual_clock", Control::Drift, d.dual_clock.is_some())?;
    let ranges = [
        ("steps", d.steps.map(f64::from), f64::from(u8::from(controls.has(Control::Steps))), 1000.0),
        ("guidance", d.guidance, 0.0, 100.0),
        ("guidance_low", d.guidance_low, 0.0, 100.0),
        ("guidance_first", d.guidance_first, 0.0, 100.0),
        ("shift", d.shift, 0.01, 100.0),
        ("motion_bucket", d.motion_bucket.map(f64::from), 0.0, 255.0),
        ("noise_aug", d.noise_aug, 0.0, 1.0),
        ("dual_clock[0]", d.dual_clock.map(|c| c.0), 0.0, 1.0),
        ("dual_clock[1]", d.dual_clock.map(|c| c.1), d.dual_clock.map_or(0.0, |c| c.0), 1.0),
    ];
    for (key, value, min, max) in ranges {
        value.map_or(Ok(()), |v| real(&format!("defaults.{key}"), v, min, max))?;
    }
    Ok(Defaults {
        steps: d.steps.unwrap_or(0),
        guidance: d.guidance.unwrap_or(1.0),
        guidance_low: d.guidance_low,
        guidance_first: d.guidance_first,
        negative: d.negative,
        shift: d.shift,
        motion_bucket: d.motion_bucket,
        noise_aug: d.noise_aug,
        dual_clock: d.dual_clock,
    })
}

fn real(key: &str, value: f64, min: f64, max: f64) -> Result<(), String> {
    if value >= min && value <= max { Ok(()) } else { Err(format!("{key} is {value}; it must be {min} to {max}")) }
}

fn words<T: Copy + PartialEq>(key: &str, given: &[String], of: fn(&str) -> Option<T>, known: &[&str]) -> Result<Vec<T>, String> {
    let mut all = Vec::with_capacity(given.len());
    for word in given {
        let one = of(word).ok_or_else(|| format!("{key} has the word “{word}”; known are {}", known.join(", ")))?;
        if all.contains(&one) {
            return Err(format!("{key} has “{word}” twice"));
        }
        all.push(one);
    }
    Ok(all)
}
