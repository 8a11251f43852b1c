//! Pixels on disk: a 32-byte header and raw half floats, so that a timeline scrub is a memory map and a copy.
//!
//! Layout (little endian): `b"WKFRAME1"`, u32 width, u32 height, u32 channels (3 or 4), 12 zero bytes, then
//! width·height·channels fp16 values, sRGB-encoded, rows from top to bottom.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytemuck::{cast_slice, try_cast_slice};
use half::f16;
use half::slice::HalfFloatSliceExt;
use memmap2::Mmap;
use thiserror::Error;

use crate::picture::{Picture, PictureError};

const MAGIC: &[u8; 8] = b"WKFRAME1";
const HEADER: usize = 32;

/// A frame file that cannot be used.
#[derive(Debug, Error)]
pub enum FrameFileError {
    /// The file could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is not a frame, or is cut short.
    #[error("{} is not a whole frame ({what}); delete its take folder and generate again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

/// A frame mapped from disk.
pub struct Frame {
    map: Mmap,
    width: usize,
    height: usize,
    channels: usize,
}

impl Frame {
    /// Maps the frame at `path`.
    pub fn open(path: &Path) -> Result<Self, FrameFileError> {
        let io = |source| FrameFileError::Io { path: path.into(), source };
        let damaged = |what: &str| FrameFileError::Damaged { path: path.into(), what: what.into() };
        let file = File::open(path).map_err(io)?;
        // SAFETY: frame files are never changed in place; they are written beside their place and renamed, and
        // eviction unlinks them, which leaves the mapping whole.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        let word = |at: usize| -> Option<usize> { Some(u32::from_le_bytes(map.get(at..at + 4)?.try_into().ok()?) as usize) };
        if map.get(..8) != Some(MAGIC.as_slice()) {
            return Err(damaged("wrong header"));
        }
        let (Some(width), Some(height), Some(channels)) = (word(8), word(12), word(16)) else {
            return Err(damaged("header cut short"));
        };
        if width == 0 || height == 0 || width > Picture::MAX_SIDE || height > Picture::MAX_SIDE || !(3..=4).contains(&channels) {
            return Err(damaged("impossible size"));
        }
        if map.len() != HEADER + width * height * channels * 2 {
            return Err(damaged("wrong length"));
        }
        Ok(Self { map, width, height, channels })
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// 3 or 4.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The values, [height][width][channels].
    pub fn values(&self) -> &[f16] {
        self.map.get(HEADER..).and_then(|b| try_cast_slice(b).ok()).unwrap_or(&[])
    }

    /// The frame as fp32.
    pub fn picture(&self) -> Result<Picture, PictureError> {
        let mut data = vec![0f32; self.values().len()];
        self.values().convert_to_f32_slice(&mut data);
        Picture::new(self.width, self.height, self.channels, data)
    }
}

/// The picture's values as half floats. Rounding to nearest even: an 8-bit level and the same level that came
/// through a float host round to the same half.
pub fn to_half(picture: &Picture) -> Vec<f16> {
    let mut values = vec![f16::ZERO; picture.data().len()];
    values.convert_from_f32_slice(picture.data());
    values
}

/// Writes a frame file's bytes.
pub fn write(picture: &Picture, out: &mut impl Write) -> io::Result<()> {
    let mut header = [0u8; HEADER];
    header[..8].copy_from_slice(MAGIC);
    for (i, n) in [picture.width(), picture.height(), picture.channels()].into_iter().enumerate() {
        header[8 + 4 * i..12 + 4 * i].copy_from_slice(&(n as u32).to_le_bytes());
    }
    out.write_all(&header)?;
    out.write_all(cast_slice(&to_half(picture)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Picture {
        Picture::new(5, 3, 4, (0..60).map(|i| i as f32 / 16.0 - 0.5).collect()).unwrap()
    }

    #[test]
    fn a_frame_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write(&ramp(), &mut File::create(&path).unwrap()).unwrap();
        let frame = Frame::open(&path).unwrap();
        assert_eq!(frame.picture().unwrap(), ramp());
    }

    #[test]
    fn a_damaged_frame_is_named_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut bytes = Vec::new();
        write(&ramp(), &mut bytes).unwrap();
        for cut in [0, 7, 31, 40, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(Frame::open(&path).is_err(), "{cut} bytes were accepted");
        }
        bytes[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(Frame::open(&path), Err(FrameFileError::Damaged { .. })));
    }

    #[test]
    fn eight_bit_levels_survive_a_float_host() {
        for v in 0..=255u32 {
            let direct = v as f32 / 255.0;
            let through = crate::transfer::srgb_from_linear(crate::transfer::linear_from_srgb(direct));
            assert_eq!(f16::from_f32(direct), f16::from_f32(through), "level {v}");
        }
    }
}
