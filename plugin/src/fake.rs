//! A host for tests.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;
use wakeframe_take::pack::Pack;
use wakeframe_take::params::{self, Kind};

use crate::bridge::ffi::Window;
use crate::host::{ClipFacts, Host, HostImage, ImageFacts, MessageKind, Region};
use crate::ofx;

/// A host with one 8-bit RGBA picture.
pub struct FakeHost {
    pub source: ClipFacts,
    pub rate: f64,
    pub size: (i32, i32),
    pub still: Option<Vec<u8>>,
    /// Source at frames other than the still's.
    pub others: HashMap<i64, Vec<u8>>,
    pub flip_rows: bool,
    pub mask: Option<Vec<u8>>,
    pub output: Mutex<Vec<u8>>,
    pub no_persistent: bool,
    pub no_progress: bool,
    pub cancel_after: Option<usize>,
    pub abort: AtomicBool,
    pub updates: AtomicUsize,
    pub progress_open: AtomicBool,
    pub texts: RefCell<HashMap<String, String>>,
    pub numbers: RefCell<HashMap<String, f64>>,
    pub ints: RefCell<HashMap<String, i32>>,
    pub enabled: RefCell<HashMap<String, bool>>,
    pub hints: RefCell<HashMap<String, String>>,
    pub said: RefCell<Vec<String>>,
    pub boxes: RefCell<Vec<String>>,
}

impl Default for FakeHost {
    fn default() -> Self {
        Self {
            source: ClipFacts { connected: true, components: ofx::RGBA.into(), ..Default::default() },
            rate: 0.0,
            size: (0, 0),
            still: None,
            others: HashMap::new(),
            flip_rows: false,
            mask: None,
            output: Mutex::default(),
            no_persistent: false,
            no_progress: false,
            cancel_after: None,
            abort: AtomicBool::new(false),
            updates: AtomicUsize::new(0),
            progress_open: AtomicBool::new(false),
            texts: RefCell::default(),
            numbers: RefCell::default(),
            ints: RefCell::default(),
            enabled: RefCell::default(),
            hints: RefCell::default(),
            said: RefCell::default(),
            boxes: RefCell::default(),
        }
    }
}

impl FakeHost {
    /// A host whose Source is a gradient around `level`; transfer sRGB.
    pub fn with_still(width: i32, height: i32, level: f32) -> Self {
        let pixel = |i: i32| {
            let (x, y) = (i % width, i / width);
            let v = (level * 255.0) as i32;
            [(v + x * 60 / width) as u8, (v + y * 40 / height) as u8, v as u8, 255]
        };
        let still: Vec<u8> = (0..width * height).flat_map(pixel).collect();
        let host = Self { size: (width, height), output: Mutex::new(vec![0xAB; still.len()]), still: Some(still), ..Self::default() };
        host.put_int("inputTransfer", 1);
        host
    }

    pub fn put_text(&self, name: &str, value: &str) {
        self.texts.borrow_mut().insert(name.into(), value.into());
    }

    pub fn put_number(&self, name: &str, value: f64) {
        self.numbers.borrow_mut().insert(name.into(), value);
    }

    pub fn put_int(&self, name: &str, value: i32) {
        self.ints.borrow_mut().insert(name.into(), value);
    }

    pub fn status(&self) -> String {
        self.texts.borrow().get("status").cloned().unwrap_or_default()
    }

    /// Persistent messages in order; clearing is an empty one.
    pub fn said(&self) -> Vec<String> {
        self.said.borrow().clone()
    }

    /// Messages shown once.
    pub fn boxes(&self) -> Vec<String> {
        self.boxes.borrow().clone()
    }

    fn image(&self, bytes: &[u8], components: &str) -> HostImage {
        let (w, h) = self.size;
        let row = bytes.len() / h as usize;
        let mut held = bytes.to_vec();
        if self.flip_rows {
            held = bytes.chunks(row).rev().flatten().copied().collect();
        }
        let first = if self.flip_rows { row * (h as usize - 1) } else { 0 };
        let bounds = Window { x1: 0, y1: 0, x2: w, y2: h };
        let facts = ImageFacts {
            data: held[first..].as_ptr() as usize,
            row_bytes: if self.flip_rows { -(row as i32) } else { row as i32 },
            bounds,
            region: bounds,
            depth: ofx::BYTE.into(),
            components: components.into(),
            premultiplication: ofx::PREMULTIPLIED.into(),
            pixel_aspect: 1.0,
        };
        HostImage { facts, hold: Box::new(held) }
    }
}

impl Host for FakeHost {
    fn text(&self, name: &str, _: f64) -> Option<String> {
        // A host would write a number where an address is read.
        let of_text = |p: &params::Param| matches!(p.kind, Kind::Text { .. } | Kind::Label | Kind::Size);
        assert!(params::find(name).is_some_and(of_text), "{name} is no text");
        self.texts.borrow().get(name).cloned()
    }
    fn number(&self, name: &str, _: f64) -> Option<f64> {
        self.numbers.borrow().get(name).copied()
    }
    fn int(&self, name: &str, _: f64) -> Option<i32> {
        self.ints.borrow().get(name).copied()
    }
    fn set_text(&self, name: &str, value: &str) -> bool {
        self.put_text(name, value);
        true
    }
    fn set_int(&self, name: &str, value: i32) -> bool {
        self.put_int(name, value);
        true
    }
    fn set_enabled(&self, name: &str, enabled: bool) -> bool {
        self.enabled.borrow_mut().insert(name.into(), enabled);
        true
    }
    fn set_hint(&self, name: &str, hint: &str) -> bool {
        self.hints.borrow_mut().insert(name.into(), hint.into());
        true
    }
    fn clip(&self, name: &str) -> Option<ClipFacts> {
        match name {
            ofx::SOURCE | ofx::OUTPUT => Some(self.source.clone()),
            // As in Resolve: said to be connected, picture or not.
            ofx::MASK => Some(ClipFacts { connected: true, ..Default::default() }),
            _ => None,
        }
    }
    fn clip_region(&self, _: &str, _: f64) -> Option<Region> {
        Some(Region { x1: 0.0, y1: 0.0, x2: self.size.0.into(), y2: self.size.1.into() })
    }
    fn project_region(&self) -> Option<Region> {
        Some(Region { x1: 0.0, y1: 0.0, x2: 1920.0, y2: 1080.0 })
    }
    fn fetch(&self, clip: &str, time: f64) -> Option<HostImage> {
        match clip {
            ofx::SOURCE => self.others.get(&(time as i64)).or(self.still.as_ref()).map(|s| self.image(s, ofx::RGBA)),
            ofx::MASK => self.mask.as_ref().map(|m| self.image(m, ofx::ALPHA)),
            _ => {
                let mut out = self.output.lock();
                let (w, h) = self.size;
                let bounds = Window { x1: 0, y1: 0, x2: w, y2: h };
                let facts = ImageFacts {
                    data: out.as_mut_ptr() as usize,
                    row_bytes: w * 4,
                    bounds,
                    region: bounds,
                    depth: ofx::BYTE.into(),
                    components: ofx::RGBA.into(),
                    premultiplication: ofx::PREMULTIPLIED.into(),
                    pixel_aspect: 1.0,
                };
                Some(HostImage { facts, hold: Box::new(()) })
            }
        }
    }
    fn frame_rate(&self) -> f64 {
        self.rate
    }
    fn aborted(&self) -> bool {
        self.abort.load(Ordering::Relaxed)
    }
    fn message(&self, _: MessageKind, text: &str) -> bool {
        self.boxes.borrow_mut().push(text.into());
        true
    }
    fn set_persistent_message(&self, _: MessageKind, text: &str) -> bool {
        if !self.no_persistent {
            self.said.borrow_mut().push(text.into());
        }
        !self.no_persistent
    }
    fn clear_persistent_message(&self) {
        self.said.borrow_mut().push(String::new());
    }
    fn progress_start(&self, _: &str, _: &str) -> bool {
        self.progress_open.store(!self.no_progress, Ordering::Relaxed);
        !self.no_progress
    }
    fn progress_update(&self, _: f64) -> bool {
        let n = self.updates.fetch_add(1, Ordering::Relaxed);
        self.cancel_after.is_none_or(|after| n < after)
    }
    fn progress_end(&self) {
        self.progress_open.store(false, Ordering::Relaxed);
    }
}

/// A latent pack with those `controls`, such as `"prompt", "steps"`; every default is there.
pub fn pack(name: &str, controls: &str) -> Pack {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pack.toml"), latent_pack(name, controls)).unwrap();
    Pack::open(folder.path()).unwrap()
}

/// Its `pack.toml`.
pub fn latent_pack(name: &str, controls: &str) -> String {
    let title = name[..1].to_uppercase() + &name[1..];
    format!(
        r#"format = 1
name = "{name}"
title = "{title}"
family = "wan"
best_for = "tests"
licence = "Apache-2.0"
commercial_use = true
[limits]
min_duration = 0.2
max_duration = 5.0625
default_fps = 16.0
max_width = 1280
[latent]
channels = 16
spatial = 8
temporal = 4
frame_multiple = 4
frame_offset = 1
frame_rounding = "quotient"
max_frames = 81
size_multiple = 16
native_sizes = [[64, 32]]
fps = 16.0
fps_conditioned = false
schedulers = ["unipc", "euler"]
controls = [{controls}]
[defaults]
steps = 4
guidance = 5.0
guidance_low = 3.5
guidance_first = 1.0
shift = 5.0
motion_bucket = 127
noise_aug = 0.02
dual_clock = [0.06, 0.14]
"#
    )
}
