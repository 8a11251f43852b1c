//! A still that cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use wakeframe_take::picture::Picture;

use super::Kind;

/// A still that cannot be read. Every message names the file and what to do.
#[derive(Debug, Error)]
pub enum StillError {
    /// Nothing is there.
    #[error("there is no still at {}: check the path", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The system does not give it.
    #[error("{} could not be read ({source}): check its permissions and its disk", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Something else than a PNG, JPEG, TIFF or OpenEXR file.
    #[error("{} is not a still that can be read: it seems to be {seems}. Give a PNG, JPEG, TIFF or OpenEXR file", path.display())]
    NotAPicture {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        seems: String,
    },
    /// Cut short or corrupt.
    #[error("{} is a damaged {kind} file ({reason}): copy or save it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Its format.
        kind: Kind,
        /// What is wrong.
        reason: String,
    },
    /// A rare kind of a known format.
    #[error("{} is a {kind} file of a kind that cannot be read ({what}): save it as a plain RGB file", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Its format.
        kind: Kind,
        /// What is not supported.
        what: String,
    },
    /// More pixels than a picture may have.
    #[error("{} has {width}×{height} pixels; the longest side accepted is {max}: scale it down first", path.display(), max = Picture::MAX_SIDE)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Pixels.
        width: u64,
        /// Pixels.
        height: u64,
    },
}

/// What a decoder found wrong, before the file's name is added.
pub(super) enum Fault {
    Damaged(String),
    Unsupported(String),
    TooLarge { width: u64, height: u64 },
}

impl Fault {
    pub(super) fn of(self, path: &Path, kind: Kind) -> StillError {
        let path = path.to_path_buf();
        match self {
            Fault::Damaged(reason) => StillError::Damaged { path, kind, reason },
            Fault::Unsupported(what) => StillError::Unsupported { path, kind, what },
            Fault::TooLarge { width, height } => StillError::TooLarge { path, width, height },
        }
    }
}
