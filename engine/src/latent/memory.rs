//! How much memory a request will need, told before sampling, and what would fit where it is too much.
//!
//! The exporter walks every graph and writes down the bytes of values that live at one time while it runs:
//! `activation = { fixed, per_cell, frames, least }`, per latent cell of a call that works on `frames` latent frames
//! (0: on all of them, or on no fewer than `least` where a part of the clip will do). The peak is the largest over the
//! components of weights + activations, for components are open one after the other; where they stay open together,
//! all weights count.

use serde::Deserialize;
use thiserror::Error;
use wakeframe_take::pack::Latent;
use wakeframe_take::request::LatentRequest;

use super::Tiling;
use crate::pack::Validated;

/// What running a graph takes beside its own values: packed weights, threads' scratch memory, the program itself.
const OVERHEAD: f64 = 1.2;
const PROGRAM: u64 = 200 << 20;

/// Bytes of intermediate values of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct Activation {
    /// Whatever the size.
    pub fixed: f64,
    /// Per latent cell of the call.
    pub per_cell: f64,
    /// Latent frames of a call; 0 is all.
    pub frames: u32,
    /// Where a call works on all frames, but could work on fewer at some cost in quality: the fewest. 0: it could not.
    #[serde(default)]
    pub least: u32,
}

/// A component's need.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// Component.
    pub component: String,
    /// Bytes of its weights.
    pub weights: u64,
    /// Bytes of values while it runs.
    pub activations: u64,
}

/// A request's need.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// By component, in the pack's order.
    pub needs: Vec<Need>,
    /// Bytes of weights that stay open beside the component that runs.
    pub resident: u64,
    /// Bytes of the clip's own pixels.
    pub frames: u64,
}

impl Estimate {
    /// The component with the largest need, and the bytes needed while it runs.
    pub fn peak(&self) -> (&str, u64) {
        let of = |n: &Need| {
            let weights = if self.resident > 0 { self.resident } else { n.weights };
            ((weights + n.activations) as f64 * OVERHEAD) as u64 + self.frames + PROGRAM
        };
        self.needs.iter().map(|n| (n.component.as_str(), of(n))).max_by_key(|(_, bytes)| *bytes).unwrap_or(("", PROGRAM))
    }
}

/// More than there is.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{width}×{height} and {frames} frames need about {need:.1} GB in “{component}” of the pack {pack}, {have:.1} GB is free. {fits}")]
pub struct TooLarge {
    /// Pack name.
    pub pack: String,
    /// Component with the largest need.
    pub component: String,
    /// Model width, pixels.
    pub width: u32,
    /// Model height, pixels.
    pub height: u32,
    /// Model frames.
    pub frames: u32,
    /// Needed, GB (10⁹ bytes).
    pub need: f64,
    /// Free, GB.
    pub have: f64,
    /// What would fit.
    pub fits: String,
}

/// How a request will be worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it needs.
    pub estimate: Estimate,
    /// How the VAE's pictures are cut, where whole ones would be too large.
    pub tiling: Option<Tiling>,
    /// Latent frames of one call of a graph that can be run on a part of the clip, where all at once would be too large.
    pub chunk: Option<usize>,
}

/// Sides of VAE tiles that are tried, latent cells.
const TILES: [usize; 6] = [96, 64, 48, 32, 24, 16];
/// Latent frames of one call that are tried, where a graph can be run on a part of the clip. Fewer flicker.
const CHUNKS: [usize; 3] = [8, 4, 2];

/// How calls are made smaller than the clip.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cut {
    /// Longest side of a VAE tile, latent cells.
    pub tile: Option<usize>,
    /// Latent frames of a call, where a graph can be run on a part of the clip.
    pub chunk: Option<usize>,
}

/// The need of a clip of that size and length.
pub fn estimate(pack: &Validated, latent: &Latent, keeps: bool, size: (u32, u32), frames: u32, cut: Cut) -> Estimate {
    let side = |n: u32| (n / latent.spatial.max(1)) as usize;
    let latent_frames = frames.saturating_sub(1) / latent.temporal.max(1) + 1;
    let needs: Vec<Need> = pack
        .components()
        .filter(|(_, c)| c.weights > 0)
        .map(|(name, c)| {
            let longest = cut.tile.filter(|_| name.starts_with("vae_")).unwrap_or(usize::MAX);
            let cells = side(size.0).min(longest) as f64 * side(size.1).min(longest) as f64;
            let a = c.activation;
            let per_call = match (a.frames, cut.chunk) {
                (0, Some(chunk)) if a.least > 0 => (chunk as u32).max(a.least),
                (0, _) => latent_frames,
                (frames, _) => frames,
            };
            let per_call = per_call.min(latent_frames);
            let activations = (a.fixed + a.per_cell * cells * f64::from(per_call)) as u64;
            Need { component: name.to_string(), weights: c.weights, activations }
        })
        .collect();
    let resident = if keeps { needs.iter().map(|n| n.weights).sum() } else { 0 };
    let pixels = u64::from(size.0) * u64::from(size.1) * u64::from(frames);
    // The decoded clip as fp32, once.
    Estimate { needs, resident, frames: pixels * 12 }
}

/// The plan for a request, within `free` bytes; refused, with what would fit, where there is none.
pub fn plan(pack: &Validated, latent: &Latent, keeps: bool, request: &LatentRequest, free: Option<u64>) -> Result<Plan, TooLarge> {
    let size = (request.width, request.height);
    let whole = estimate(pack, latent, keeps, size, request.frames, Cut::default());
    let Some(free) = free else { return Ok(Plan { estimate: whole, tiling: None, chunk: None }) };
    let chunked = pack.components().any(|(_, c)| c.activation.least > 0);
    let within = |size: (u32, u32), frames: u32| {
        let longest = (size.0.max(size.1) / latent.spatial.max(1)) as usize;
        let tiles = TILES.into_iter().filter(|side| *side < longest).map(Some);
        let chunks = CHUNKS.into_iter().filter(|n| chunked && *n < frames as usize).map(Some);
        let chunks: Vec<_> = std::iter::once(None).chain(chunks).collect();
        let mut cuts = std::iter::once(None).chain(tiles).flat_map(|tile| chunks.iter().map(move |chunk| Cut { tile, chunk: *chunk }));
        cuts.find_map(|cut| {
            let estimate = estimate(pack, latent, keeps, size, frames, cut);
            (estimate.peak().1 <= free).then(|| Plan { estimate, tiling: cut.tile.map(Tiling::of_side), chunk: cut.chunk })
        })
    };
    if let Some(plan) = within(size, request.frames) {
        return Ok(plan);
    }
    let smallest = Cut { tile: TILES.last().copied(), chunk: CHUNKS.last().copied() };
    let smallest = estimate(pack, latent, keeps, size, request.frames, smallest);
    let (component, need) = smallest.peak();
    let gb = |bytes: u64| bytes as f64 / 1e9;
    Err(TooLarge {
        pack: pack.pack().name.clone(),
        component: component.into(),
        width: size.0,
        height: size.1,
        frames: request.frames,
        need: gb(need),
        have: gb(free),
        fits: advice(latent, size, request.frames, |size, frames| within(size, frames).is_some()),
    })
}

fn advice(latent: &Latent, size: (u32, u32), frames: u32, fits: impl Fn((u32, u32), u32) -> bool) -> String {
    let step = latent.sizes.multiple.max(1);
    let smaller = (1..20).map(|i| 1.0 - 0.05 * f64::from(i)).find_map(|part| {
        let side = |n: u32| ((f64::from(n) * part / f64::from(step)) as u32).max(1) * step;
        let tried = (side(size.0), side(size.1));
        (tried != size && fits(tried, frames)).then_some(tried)
    });
    let shorter = (latent.frames.min()..frames).rev().filter(|n| latent.frames.holds(*n)).find(|n| fits(size, *n));
    match (smaller.filter(|_| !latent.sizes.only_native), shorter) {
        (Some((w, h)), Some(n)) => {
            format!("What would fit: model size {w}x{h}, or {n} frames ({:.1} s at {} frames/s)", f64::from(n) / latent.fps, latent.fps)
        }
        (Some((w, h)), None) => format!("What would fit: model size {w}x{h}"),
        (None, Some(n)) => format!("What would fit: {n} frames ({:.1} s at {} frames/s)", f64::from(n) / latent.fps, latent.fps),
        (None, None) => "Nothing of this pack fits: export it with --dtype fp16 or --quantize int8, or choose a smaller model".into(),
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};
    use wakeframe_take::pack::{Pack, Scheduler};

    use super::*;

    const HEAD: &str = r#"
        format = 1
        name = "test"
        title = "Test"
        family = "svd"
        best_for = "tests"
        licence = "MIT"
        commercial_use = true

        [limits]
        min_duration = 0.3
        max_duration = 4.0
        default_fps = 7.0
        max_width = 2048

        [latent]
        channels = 4
        spatial = 8
        temporal = 1
        frame_multiple = 1
        frame_offset = 0
        frame_rounding = "exact"
        max_frames = 25
        size_multiple = 64
        native_sizes = [[1024, 576]]
        fps = 7.0
        schedulers = ["euler"]
        controls = []
    "#;

    /// The plan for 25 frames of 1024×576 where a graph `vae_decoder` needs `per_cell` bytes, in units of 1 GB for the
    /// whole clip, `least` frames at once, and `free` GB are free.
    fn planned(least: u32, free: f64) -> Result<Plan, TooLarge> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("vae_decoder.bin"), "graph").unwrap();
        let digest: String = Sha256::digest("graph").iter().map(|b| format!("{b:02x}")).collect();
        let cells = 128.0 * 72.0 * 25.0;
        let component = format!(
            "[components.vae_decoder]\nfile = \"vae_decoder.bin\"\nsha256 = \"{digest}\"\nweights = 1000\n\
             activation = {{ fixed = 0.0, per_cell = {}, frames = 0, least = {least} }}\n",
            1e9 / cells
        );
        std::fs::write(folder.path().join("pack.toml"), format!("{HEAD}\n{component}")).unwrap();
        let pack = Validated::open(&Pack::open(folder.path()).unwrap()).unwrap();
        let latent = pack.pack().latent.clone().unwrap();
        let request = LatentRequest {
            frames: 25,
            fps: 7.0,
            width: 1024,
            height: 576,
            prompt: String::new(),
            negative_prompt: String::new(),
            steps: 25,
            guidance: 3.0,
            guidance_low: None,
            guidance_first: None,
            dynamic_guidance: false,
            scheduler: Scheduler::Euler,
            shift: None,
            motion_bucket: None,
            noise_aug: None,
            degradation: 0,
            keyframes: Vec::new(),
            last: None,
            mask: None,
        };
        plan(&pack, &latent, false, &request, Some((free * 1e9) as u64))
    }

    /// Bytes that every plan of these tests has: the program and the clip.
    const ALWAYS: f64 = 0.21 + 1024.0 * 576.0 * 25.0 * 12.0 / 1e9;

    #[test]
    fn what_fits_is_not_cut() {
        let plan = planned(1, ALWAYS + 1.3).unwrap();
        assert_eq!((plan.tiling, plan.chunk), (None, None));
    }

    #[test]
    fn a_clip_is_decoded_in_parts_before_it_is_cut_into_tiles() {
        let plan = planned(1, ALWAYS + 0.6).unwrap();
        assert_eq!((plan.tiling, plan.chunk), (None, Some(8)));
        let plan = planned(1, ALWAYS + 0.25).unwrap();
        assert_eq!((plan.tiling, plan.chunk), (None, Some(4)));
        let plan = planned(1, ALWAYS + 0.05).unwrap();
        assert!(plan.tiling.is_some());
    }

    #[test]
    fn a_graph_that_needs_the_whole_clip_is_only_cut_into_tiles() {
        let plan = planned(0, ALWAYS + 0.6).unwrap();
        assert!(plan.tiling.is_some());
        assert_eq!(plan.chunk, None);
    }

    #[test]
    fn what_cannot_fit_is_refused_with_what_would() {
        let refused = planned(1, 0.1).unwrap_err();
        assert_eq!((refused.component.as_str(), refused.width, refused.frames), ("vae_decoder", 1024, 25));
        assert!(refused.fits.starts_with("Nothing of this pack fits"), "{}", refused.fits);
    }
}
