//! Output that cannot be written.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Endings this program writes.
pub(super) const KNOWN: &str = ".mp4, .png, .exr, .npy";

/// Output that cannot be written. Every message names the file and what to do.
#[derive(Debug, Error)]
pub enum OutputError {
    /// The ending names no format that is written.
    #[error("{} cannot be written: its ending is none of {known}. Give clip.mp4, frame.####.png, frame.####.exr or frames.npy", path.display(), known = KNOWN)]
    UnknownExtension {
        /// The pattern.
        path: PathBuf,
    },
    /// A picture's name without a place for the frame number.
    #[error("{} has no place for the frame number: write {}", path.display(), suggestion.display())]
    NoFrameNumber {
        /// The pattern.
        path: PathBuf,
        /// The same with `####`.
        suggestion: PathBuf,
    },
    /// The frame number in the name of a film or an array.
    #[error("{} is one file for all frames and takes no frame number: leave #### or %04d out", path.display())]
    NumberInOneFile {
        /// The pattern.
        path: PathBuf,
    },
    /// The folder is not there.
    #[error("the folder {} is not there: make it, or give another place with -o", folder.display())]
    FolderMissing {
        /// The folder.
        folder: PathBuf,
    },
    /// More pixels than the H.264 encoder takes.
    #[error("{} cannot hold {width}×{height} pixels: H.264 goes up to 3840×2160 (or 2160×3840) here. Use --size to make the take smaller, or write frame.####.png or frame.####.exr", path.display())]
    TooLargeForMp4 {
        /// The film.
        path: PathBuf,
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
    },
    /// Fewer pixels than the H.264 encoder takes.
    #[error("{} cannot hold {width}×{height} pixels: H.264 needs at least 16×16. Write frame.####.png or frame.####.exr", path.display())]
    TooSmallForMp4 {
        /// The film.
        path: PathBuf,
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
    },
    /// A frame of another size than the clip's.
    #[error("a frame for {} has {width}×{height} pixels where {want_width}×{want_height} were announced; the take is damaged: remove it with `wakeframe store --clear` and render again", path.display())]
    FrameSize {
        /// The output.
        path: PathBuf,
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
        /// Pixels of the clip.
        want_width: usize,
        /// Pixels of the clip.
        want_height: usize,
    },
    /// Finished before the first frame.
    #[error("nothing was written to {}: no frame came", path.display())]
    Empty {
        /// The output.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the disk is full: {} could not be written. Free some space or give another place with -o; the take is kept and need not be made again", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Not allowed.
    #[error("{} may not be written by this user: check the folder's permissions or give another place with -o", path.display())]
    NotAllowed {
        /// The file.
        path: PathBuf,
    },
    /// Anything else the system says.
    #[error("{} could not be written ({source}); the take is kept and need not be made again", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The H.264 encoder refuses.
    #[error("{} could not be encoded as H.264 ({reason}): write frame.####.png instead", path.display())]
    Encoder {
        /// The film.
        path: PathBuf,
        /// The encoder's reason.
        reason: String,
    },
}

impl OutputError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::DiskFull { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::NotAllowed { path },
            _ => Self::Io { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clip, moving};
    use super::super::{exr, png};
    use super::*;

    /// A disk with no room left.
    struct Full;

    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl io::Seek for Full {
        fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }

    #[test]
    fn a_full_disk_is_known_through_every_encoder() {
        for encode in [png::write, exr::write] {
            let fault = encode(&moving(16, 16, 0), &clip(16, 16), &mut Full).unwrap_err();
            assert!(matches!(OutputError::io(Path::new("f.png"), fault), OutputError::DiskFull { .. }));
        }
    }

    #[test]
    fn the_systems_reasons_become_remedies() {
        let of = |kind: io::ErrorKind| OutputError::io(Path::new("a/clip.mp4"), kind.into()).to_string();
        assert!(of(io::ErrorKind::StorageFull).contains("Free some space"));
        assert!(of(io::ErrorKind::PermissionDenied).contains("permissions"));
        assert!(of(io::ErrorKind::StorageFull).contains("a/clip.mp4"));
    }
}
