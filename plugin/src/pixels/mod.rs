//! Host pixels ↔ pictures.
//!
//! Hosts give 8-bit, 16-bit, half or float; RGB, RGBA or alpha alone; premultiplied or not; rows padded, and upwards
//! or downwards in memory. [`input`] makes the model's picture of them, [`output`] is its exact inverse.

mod curve;
pub mod input;
mod level;
pub mod output;
mod view;

pub use view::{View, ViewMut};

use crate::bridge::ffi::Window;
use crate::ofx;

/// Bits of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// 0…255.
    Byte,
    /// 0…65535.
    Short,
    /// IEEE 754 binary16.
    Half,
    /// IEEE 754 binary32.
    Float,
}

impl Depth {
    /// The depth of that OpenFX name.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            ofx::BYTE => Some(Depth::Byte),
            ofx::SHORT => Some(Depth::Short),
            ofx::HALF => Some(Depth::Half),
            ofx::FLOAT => Some(Depth::Float),
            _ => None,
        }
    }

    /// Bytes of one value.
    pub fn bytes(self) -> usize {
        match self {
            Depth::Byte => 1,
            Depth::Short | Depth::Half => 2,
            Depth::Float => 4,
        }
    }
}

/// Values of one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Components {
    /// Colour.
    Rgb,
    /// Colour and alpha.
    Rgba,
    /// Alpha.
    Alpha,
}

impl Components {
    /// The components of that OpenFX name.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            ofx::RGB => Some(Components::Rgb),
            ofx::RGBA => Some(Components::Rgba),
            ofx::ALPHA => Some(Components::Alpha),
            _ => None,
        }
    }

    /// How many values.
    pub fn count(self) -> usize {
        match self {
            Components::Alpha => 1,
            Components::Rgb => 3,
            Components::Rgba => 4,
        }
    }
}

/// Pixels; y grows upwards, `x2` and `y2` lie outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left.
    pub x1: i32,
    /// Bottom.
    pub y1: i32,
    /// Right, outside.
    pub x2: i32,
    /// Top, outside.
    pub y2: i32,
}

impl Rect {
    /// Whether there is no pixel in it.
    pub fn is_empty(&self) -> bool {
        self.x2 <= self.x1 || self.y2 <= self.y1
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        usize::try_from(i64::from(self.x2) - i64::from(self.x1)).unwrap_or(0)
    }

    /// Pixels up.
    pub fn height(&self) -> usize {
        usize::try_from(i64::from(self.y2) - i64::from(self.y1)).unwrap_or(0)
    }

    /// The part both have.
    pub fn intersect(&self, other: &Rect) -> Rect {
        Rect { x1: self.x1.max(other.x1), y1: self.y1.max(other.y1), x2: self.x2.min(other.x2), y2: self.y2.min(other.y2) }
    }
}

impl From<Window> for Rect {
    fn from(w: Window) -> Self {
        Rect { x1: w.x1, y1: w.y1, x2: w.x2, y2: w.y2 }
    }
}

/// Premultiplied → straight. Where alpha is 0 there is nothing to divide: colour there is added light (a glow over
/// nothing) and stays as it is, so that [`premultiplied`] gives it back.
fn straight(v: f32, alpha: f32) -> f32 {
    if alpha == 0.0 || alpha == 1.0 { v } else { v / alpha }
}

/// Straight → premultiplied, the inverse of [`straight`].
fn premultiplied(v: f32, alpha: f32) -> f32 {
    if alpha == 0.0 || alpha == 1.0 { v } else { v * alpha }
}
