//! A take that cannot be reviewed.

use std::path::PathBuf;

use thiserror::Error;
use wakeframe_take::picture::PictureError;
use wakeframe_take::store::StoreError;

use crate::still::StillError;

/// A take that cannot be reviewed.
#[derive(Debug, Error)]
pub enum ReviewError {
    /// Neither a take of the store nor a folder or an array.
    #[error("there is no take “{0}”: give a take's hash or its beginning, a take folder, a folder of frames, or a .npy file")]
    NoTake(String),
    /// Several takes begin like that.
    #[error("“{begins}” is the beginning of {} takes ({}): give more of it", takes.len(), takes.join(", "))]
    Ambiguous {
        /// What was given.
        begins: String,
        /// The takes' hashes.
        takes: Vec<String>,
    },
    /// The take was begun and not finished.
    #[error("the take {0} is not finished: render it again with the same settings, and it goes on where it stopped")]
    Unfinished(String),
    /// Frames without the still they come from.
    #[error("{} holds frames but not their still: give it with --still FILE", .0.display())]
    NeedsStill(PathBuf),
    /// A folder without pictures.
    #[error("{} holds no PNG, JPEG, TIFF or OpenEXR frames", .0.display())]
    NoFrames(PathBuf),
    /// An array of another shape.
    #[error("{} has the shape {shape:?}: frames are [F, H, W, 3] with at least one frame", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The array could not be read.
    #[error("{} could not be read ({source}): write it again", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A frame is missing.
    #[error("frame {n} is gone from {}: render again", folder.display())]
    FrameGone {
        /// Its number, from 0.
        n: u32,
        /// Where it should be.
        folder: PathBuf,
    },
    /// A frame of another size than the first.
    #[error("frame {n} is {}×{}, the first is {}×{}: give frames of one size", got.0, got.1, want.0, want.1)]
    FrameSize {
        /// Its number, from 0.
        n: u32,
        /// Its size.
        got: (usize, usize),
        /// The first frame's.
        want: (usize, usize),
    },
    /// Fewer pixels than can be measured.
    #[error("frames of {0}×{1} are too small to be measured: each side needs at least 16 pixels")]
    TooSmall(usize, usize),
    /// A picture file.
    #[error(transparent)]
    Still(#[from] StillError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A picture that does not fit.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A picture that cannot be put on the page.
    #[error("a picture could not be encoded for the page: {0}")]
    Encode(#[from] image::ImageError),
}
