//! Renders: what is asked, and what came back.

use crate::{
    bridge::ffi,
    format::{Components, Depth, Premult},
    picture::Picture,
    status::Status,
};

/// `kOfxImageEffectPropRenderScale`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Horizontally.
    pub x: f64,
    /// Vertically.
    pub y: f64,
}

impl Scale {
    /// Full size.
    pub const FULL: Scale = Scale { x: 1.0, y: 1.0 };

    /// The same both ways.
    pub fn even(scale: f64) -> Self {
        Scale { x: scale, y: scale }
    }
}

/// Pixels `x1..x2`, `y1..y2`; y grows upwards, as everywhere in OFX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rect {
    /// Left.
    pub x1: i32,
    /// Bottom.
    pub y1: i32,
    /// Right, not included.
    pub x2: i32,
    /// Top, not included.
    pub y2: i32,
}

impl Rect {
    /// Pixels a row.
    pub fn width(self) -> usize {
        (self.x2 - self.x1).max(0) as usize
    }

    /// Rows.
    pub fn height(self) -> usize {
        (self.y2 - self.y1).max(0) as usize
    }

    /// At a render scale, rounded outwards.
    pub fn scaled(self, scale: Scale) -> Self {
        Rect {
            x1: (f64::from(self.x1) * scale.x).floor() as i32,
            y1: (f64::from(self.y1) * scale.y).floor() as i32,
            x2: (f64::from(self.x2) * scale.x).ceil() as i32,
            y2: (f64::from(self.y2) * scale.y).ceil() as i32,
        }
    }

    /// In canonical coordinates, which know neither pixel aspect nor render scale.
    pub(crate) fn canonical(self, pixel_aspect: f64) -> ffi::Region {
        ffi::Region {
            x1: f64::from(self.x1) * pixel_aspect,
            y1: f64::from(self.y1),
            x2: f64::from(self.x2) * pixel_aspect,
            y2: f64::from(self.y2),
        }
    }

    /// The pixels that a canonical region covers, rounded outwards but for rounding noise.
    pub(crate) fn covering(region: ffi::Region, scale: Scale, pixel_aspect: f64) -> Self {
        let (x, y) = (scale.x / pixel_aspect, scale.y);
        let (down, up) = (|v: f64| (v + 1e-6).floor() as i32, |v: f64| (v - 1e-6).ceil() as i32);
        Rect { x1: down(region.x1 * x), y1: down(region.y1 * y), x2: up(region.x2 * x), y2: up(region.y2 * y) }
    }

    pub(crate) fn window(self) -> ffi::Window {
        ffi::Window { x1: self.x1, y1: self.y1, x2: self.x2, y2: self.y2 }
    }
}

/// Who calls begin- and end-sequence-render.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequence {
    /// The host, around each frame with range (t, t): Natron and MLT.
    PerFrame,
    /// The test, by `Instance::begin_sequence` and `end_sequence`.
    ByCaller,
}

/// One frame to be rendered.
#[derive(Debug, Clone)]
pub struct RenderRequest {
    /// The frame.
    pub time: f64,
    /// The render scale.
    pub scale: Scale,
    /// The pixels wanted; `None`: the region of definition.
    pub window: Option<Rect>,
    /// `kOfxImageEffectPropInteractiveRenderStatus`
    pub interactive: bool,
    /// `kOfxImageEffectPropSequentialRenderStatus`
    pub sequential: bool,
    /// `kOfxImageEffectPropRenderQualityDraft`
    pub draft: bool,
    /// A thumbnail, said the ways Resolve and OFX 1.5.1 say it, if `HostOptions::thumbnails`.
    pub thumbnail: bool,
    /// `kOfxImageEffectPropFieldToRender`
    pub field: &'static str,
    /// Who calls begin- and end-sequence-render.
    pub sequence: Sequence,
}

impl RenderRequest {
    /// A full-size batch render of a frame: sequential, not interactive.
    pub fn at(time: f64) -> Self {
        RenderRequest {
            time,
            scale: Scale::FULL,
            window: None,
            interactive: false,
            sequential: true,
            draft: false,
            thumbnail: false,
            field: "OfxFieldNone",
            sequence: Sequence::PerFrame,
        }
    }

    /// As a viewer asks: interactive, not sequential.
    pub fn viewer(time: f64) -> Self {
        RenderRequest { interactive: true, sequential: false, ..Self::at(time) }
    }

    /// At another scale.
    pub fn scale(self, scale: f64) -> Self {
        RenderRequest { scale: Scale::even(scale), ..self }
    }

    /// Only these pixels.
    pub fn window(self, window: Rect) -> Self {
        RenderRequest { window: Some(window), ..self }
    }

    /// For a thumbnail.
    pub fn thumbnail(self) -> Self {
        RenderRequest { thumbnail: true, ..self }
    }

    /// Within a sequence the caller began.
    pub fn in_sequence(self) -> Self {
        RenderRequest { sequence: Sequence::ByCaller, ..self }
    }

    pub(crate) fn call(&self, window: Rect) -> ffi::RenderCall {
        ffi::RenderCall {
            time: self.time,
            scale_x: self.scale.x,
            scale_y: self.scale.y,
            window: window.window(),
            field: self.field.to_owned(),
            sequential: self.sequential,
            interactive: self.interactive,
            draft: self.draft,
            thumbnail: self.thumbnail,
        }
    }

    pub(crate) fn sequence_call(&self, first: f64, last: f64) -> ffi::SequenceCall {
        ffi::SequenceCall {
            first,
            last,
            step: 1.0,
            scale_x: self.scale.x,
            scale_y: self.scale.y,
            sequential: self.sequential,
            interactive: self.interactive,
        }
    }
}

/// What a render wrote. It is here whatever the status says: a host such as MLT shows it anyway.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The frame asked for.
    pub time: f64,
    /// What the render action answered.
    pub status: Status,
    /// What begin- and end-sequence-render answered, where the host called them.
    pub sequence_status: Option<(Status, Status)>,
    /// The output image as the plugin wrote it, alpha not divided out, top row first.
    pub picture: Picture,
    /// The same without conversion: packed rows, top row first.
    pub bytes: Vec<u8>,
    /// The output's depth.
    pub depth: Depth,
    /// The output's components.
    pub components: Components,
    /// How alpha is stored, by the plugin's clip preferences.
    pub premult: Premult,
    /// The pixels of the image.
    pub bounds: Rect,
    /// The pixels that were to be rendered.
    pub window: Rect,
    /// Pixels of the window nobody wrote. In 8-bit RGBA a pixel is taken for unwritten by chance
    /// once in four thousand million.
    pub unwritten: usize,
    /// Whether row padding, or bytes before and after the image, were written.
    pub wrote_outside: bool,
    /// Images fetched and not released: "to be disposed of by clipReleaseImage before the action
    /// returns".
    pub leaked_images: usize,
}

impl Frame {
    /// The picture with straight alpha, whatever the output holds: what a file wants.
    pub fn straight(&self) -> Picture {
        if self.premult != Premult::Premultiplied || self.components != Components::Rgba {
            return self.picture.clone();
        }
        self.picture.map(|[r, g, b, a]| {
            let divide = |v: f32| if a > 0.0 { v / a } else { v };
            [divide(r), divide(g), divide(b), a]
        })
    }

    /// Rendered, and no rule broken.
    pub fn is_clean(&self) -> bool {
        self.status == Status::Ok && self.unwritten == 0 && !self.wrote_outside && self.leaked_images == 0
    }
}
