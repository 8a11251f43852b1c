//! The renderer: a still, a coarse motion field and a camera direction become full-resolution frames.
//!
//! The still is taken apart once into layers: sky and water, whose edges stay where what stands before them ends; animals,
//! whose edges move along; and the ground with its foliage. Each layer is carried on past its edge. A frame looks up, for
//! every pixel, where each layer's content comes from, and puts the layers together again: one resampling of the still per
//! layer that is seen there. What a camera move uncovers at the borders is covered by a growing zoom and a stretch. Light that
//! changes is the last to come, over the whole frame.
//! Frames depend on the scene and their number alone and are the same to the last bit on every machine.

mod border;
mod compose;
mod fill;
mod grid;
mod guess;
mod guided;
mod handheld;
mod lattice;
mod light;
mod mask;
mod motion;
mod patch_match;
mod plane;
mod plate;
mod push_pull;
mod region;
mod rig;
mod sampling;
mod scene;
mod seamless;
mod settle;
mod shifts;
#[cfg(test)]
mod tests;
mod thin;
mod time;
mod wisps;

use thiserror::Error;
use wakeframe_take::request::Camera;

pub use fill::filled;
pub use guess::{Coarse, Guess};
pub use region::Class;
pub use scene::Scene;
pub(super) use settle::{islands, neighbours};

use grid::Grid;

/// A sampled motion field with what the model saw, on a coarse grid stretched over the whole picture.
///
/// What is not a number counts as 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Cells in a row, about 64.
    pub width: usize,
    /// Rows of cells.
    pub height: usize,
    /// Content displacement, \[10\]\[height\]\[width\], +x right, +y down: drift x, y; sway x, y with sin, x, y with cos−1 of
    /// the base frequency; the same four at twice the frequency. A drift of 1 covers 0.05 picture widths in four
    /// seconds, a sway of 1 is 0.01 picture widths.
    pub coefficients: Vec<f32>,
    /// Inverse depth, \[height\]\[width\], 0 far … 1 near.
    pub depth: Vec<f32>,
    /// Class probabilities, \[5\]\[height\]\[width\]: rigid, sky, water (and what flows like it: smoke), foliage,
    /// animal (and what moves with its own edges like it: fabric).
    pub probabilities: Vec<f32>,
}

impl Field {
    /// Coefficients of one displacement.
    const COEFFICIENTS: usize = 10;
    /// Classes told apart.
    const CLASSES: usize = 5;
    /// Longest side, cells.
    const MAX_SIDE: usize = 4096;

    fn check(&self) -> Result<(), RenderError> {
        let (w, h) = (self.width, self.height);
        if w == 0 || h == 0 || w > Self::MAX_SIDE || h > Self::MAX_SIDE {
            return Err(RenderError::Grid { width: w, height: h });
        }
        for (part, channels, got) in [
            ("coefficients", Self::COEFFICIENTS, self.coefficients.len()),
            ("depth", 1, self.depth.len()),
            ("probabilities", Self::CLASSES, self.probabilities.len()),
        ] {
            let want = channels * w * h;
            if got != want {
                return Err(RenderError::Length { part, want, got });
            }
        }
        Ok(())
    }

    fn coefficient_grids(&self, most: f32) -> [Grid; Self::COEFFICIENTS] {
        let cells = self.width * self.height;
        std::array::from_fn(|k| Grid::new(self.width, self.height, &self.coefficients[k * cells..(k + 1) * cells], -most, most))
    }
}

/// The clip to be made.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shot {
    /// Frames, the still's own (frame 0) counted.
    pub frames: u32,
    /// Frames per second.
    pub fps: f64,
    /// Whether the frame after the last would be frame 0.
    pub looped: bool,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    /// Camera direction, each −1…1.
    pub camera: Camera,
    /// Way around what stands in the middle, −1…1, + to the right; the camera looks at it.
    pub orbit: f64,
    /// Sway of a camera in the hand, 0…1.
    pub handheld: f64,
    /// What makes this clip's sway another than the next one's.
    pub seed: u32,
    /// Light that grows warmer (+) or cooler (−) over the clip, −1…1.
    pub warmth: f64,
    /// Light that grows brighter (+) or darker (−) over the clip, −1…1.
    pub brightness: f64,
    /// 0…1, scales camera and light (the field comes scaled).
    pub strength: f64,
}

/// A field whose parts do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    /// No cells, or too many.
    #[error("a motion field of {width}×{height} cells cannot be used: each side must be 1 to {max}", max = Field::MAX_SIDE)]
    Grid {
        /// Cells.
        width: usize,
        /// Cells.
        height: usize,
    },
    /// What stands behind a layer could not be guessed.
    #[error("what the shot uncovers could not be filled: {reason}")]
    Guess {
        /// Why.
        reason: String,
    },
    /// Values and cells disagree.
    #[error("the motion field's {part} should be {want} values but {got} came")]
    Length {
        /// Which.
        part: &'static str,
        /// Values expected.
        want: usize,
        /// Values given.
        got: usize,
    },
}
