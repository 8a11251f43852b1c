//! Input clips: what the plugin is told of them, and the pixels it gets.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    bridge::ffi,
    format::{Components, Depth, Format, Premult},
    layout::{PixelBlock, Rows},
    picture::Picture,
    render::{Rect, Scale},
};

/// Whether a clip is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// It is, and has images.
    Connected,
    /// It is not.
    Unconnected,
    /// It says it is, and every fetch fails: optional clips in Resolve.
    ClaimsConnected,
}

/// What a fetch outside of the clip's frame range gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideRange {
    /// The nearest image, with the same identifier: Natron.
    Hold,
    /// No image.
    NoImage,
}

/// How images are identified (`kOfxImagePropUniqueIdentifier`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uids {
    /// The same image has the same identifier.
    Stable,
    /// Every fetch has its own, as in MLT: a plugin that trusts them never hits its cache.
    Random,
}

/// An input clip.
#[derive(Debug, Clone)]
pub struct ClipOptions {
    /// The clip's images, from the first frame on; the last is held. One is a still.
    pub pictures: Vec<Picture>,
    /// Connected or not.
    pub connection: Connection,
    /// The depth of the images, before the plugin's clip preferences.
    pub depth: Depth,
    /// The components of the images, before the plugin's clip preferences.
    pub components: Components,
    /// How alpha is stored.
    pub premult: Premult,
    /// How rows are stored.
    pub rows: Rows,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    /// Where the lower left pixel of the picture lies, in pixels at scale 1.
    pub origin: (i32, i32),
    /// The frames there are; `None`: as many as pictures, from the project's first frame.
    pub range: Option<(f64, f64)>,
    /// What lies outside of them.
    pub outside: OutsideRange,
    /// How images are identified.
    pub uids: Uids,
}

impl ClipOptions {
    /// A still, 8-bit RGBA, premultiplied.
    pub fn still(picture: Picture) -> Self {
        Self::sequence(vec![picture])
    }

    /// One picture a frame.
    pub fn sequence(pictures: Vec<Picture>) -> Self {
        ClipOptions {
            pictures,
            connection: Connection::Connected,
            depth: Depth::Byte,
            components: Components::Rgba,
            premult: Premult::Premultiplied,
            rows: Rows::default(),
            pixel_aspect: 1.0,
            origin: (0, 0),
            range: None,
            outside: OutsideRange::Hold,
            uids: Uids::Stable,
        }
    }

    /// A clip with nothing on it.
    pub fn unconnected() -> Self {
        ClipOptions { connection: Connection::Unconnected, ..Self::sequence(Vec::new()) }
    }

    /// At another depth.
    pub fn depth(self, depth: Depth) -> Self {
        ClipOptions { depth, ..self }
    }

    /// With other components.
    pub fn components(self, components: Components) -> Self {
        ClipOptions { components, ..self }
    }

    /// With alpha stored otherwise.
    pub fn premult(self, premult: Premult) -> Self {
        ClipOptions { premult, ..self }
    }

    /// With rows stored otherwise.
    pub fn rows(self, rows: Rows) -> Self {
        ClipOptions { rows, ..self }
    }

    /// With the lower left pixel elsewhere.
    pub fn origin(self, x: i32, y: i32) -> Self {
        ClipOptions { origin: (x, y), ..self }
    }

    /// With pixels of that shape.
    pub fn pixel_aspect(self, pixel_aspect: f64) -> Self {
        ClipOptions { pixel_aspect, ..self }
    }

    /// Connected otherwise.
    pub fn connection(self, connection: Connection) -> Self {
        ClipOptions { connection, ..self }
    }

    /// With images from `first` to `last`.
    pub fn range(self, first: f64, last: f64) -> Self {
        ClipOptions { range: Some((first, last)), ..self }
    }

    /// With other images, or none, outside of the range.
    pub fn outside(self, outside: OutsideRange) -> Self {
        ClipOptions { outside, ..self }
    }

    /// With images identified otherwise.
    pub fn uids(self, uids: Uids) -> Self {
        ClipOptions { uids, ..self }
    }

    /// The pixels at scale 1.
    pub(crate) fn pixel_rect(&self) -> Rect {
        let (w, h) = self.pictures.first().map_or((0, 0), |p| (p.width(), p.height()));
        let (x, y) = self.origin;
        Rect { x1: x, y1: y, x2: x + w as i32, y2: y + h as i32 }
    }

    pub(crate) fn frames(&self, project_first: f64) -> (f64, f64) {
        let count = self.pictures.len().max(1) as f64;
        self.range.unwrap_or((project_first, project_first + count - 1.0))
    }

    pub(crate) fn setup(&self, name: &str, frame_rate: f64, project_first: f64) -> ffi::ClipSetup {
        let (first, last) = self.frames(project_first);
        ffi::ClipSetup {
            name: name.to_owned(),
            connected: self.connection != Connection::Unconnected,
            depth: self.depth.name().to_owned(),
            components: self.components.name().to_owned(),
            premult: self.premult.name().to_owned(),
            field_order: "OfxFieldNone".to_owned(),
            par: self.pixel_aspect,
            frame_rate,
            first,
            last,
            region: self.pixel_rect().canonical(self.pixel_aspect),
        }
    }
}

/// A picture as the plugin gets it.
type BlockKey = (usize, [u64; 2], Format);

/// A clip's images while an instance lives. Each is converted once and kept: the plugin holds
/// pointers into it.
pub(crate) struct Feed {
    options: ClipOptions,
    first: f64,
    last: f64,
    blocks: Mutex<HashMap<BlockKey, (PixelBlock, Rect)>>,
    random: Mutex<u64>,
    fetches: AtomicUsize,
}

impl Feed {
    pub(crate) fn new(options: ClipOptions, project_first: f64) -> Self {
        let (first, last) = options.frames(project_first);
        // Random means that nobody can foresee it, also not from a run before.
        let seed = RandomState::new().build_hasher().finish();
        Feed { options, first, last, blocks: Mutex::default(), random: Mutex::new(seed), fetches: AtomicUsize::new(0) }
    }

    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    pub(crate) fn fetch(&self, name: &str, time: f64, scale: Scale, format: Format) -> Option<ffi::ImageRecord> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        if self.options.connection != Connection::Connected || self.options.pictures.is_empty() {
            return None;
        }
        if self.options.outside == OutsideRange::NoImage && !(self.first..=self.last).contains(&time) {
            return None;
        }
        let last = self.options.pictures.len() - 1;
        let index = ((time - self.first).floor().max(0.0) as usize).min(last);
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (index, [scale.x.to_bits(), scale.y.to_bits()], format);
        let (block, bounds) = blocks.entry(key).or_insert_with(|| {
            let bounds = self.options.pixel_rect().scaled(scale);
            let picture = self.options.pictures[index].resized(bounds.width().max(1), bounds.height().max(1));
            let Format { components, .. } = format;
            // RGB has nothing to be multiplied by, Alpha nothing to multiply.
            let premult = match components {
                Components::Rgba => self.options.premult,
                _ => Premult::Opaque,
            };
            (PixelBlock::encode(&picture, format, premult, self.options.rows), bounds)
        });
        Some(ffi::ImageRecord {
            data: block.data_address(),
            row_bytes: block.row_bytes(),
            bounds: bounds.window(),
            region: bounds.window(),
            uid: self.uid(name, index),
        })
    }

    fn uid(&self, name: &str, index: usize) -> String {
        match self.options.uids {
            Uids::Stable => format!("{name}-{index}"),
            Uids::Random => {
                let mut state = self.random.lock().unwrap_or_else(PoisonError::into_inner);
                *state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                format!("{:016x}", *state)
            }
        }
    }
}
