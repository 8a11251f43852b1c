//! A picture file becomes a [`Picture`].
//!
//! | file | read as |
//! |---|---|
//! | PNG 1–16 bit, grey, palette, RGB, with or without alpha | sRGB-encoded, straight alpha |
//! | JPEG, baseline and progressive, grey, YCbCr, CMYK | sRGB-encoded |
//! | TIFF 1–16 bit, grey, RGB, CMYK | sRGB-encoded; associated alpha is unpremultiplied |
//! | TIFF 16, 32 and 64-bit float | scene-linear, as compositing programs write it |
//! | OpenEXR half, float, scan lines or tiles | scene-linear, premultiplied; the display window |
//!
//! An 8-bit value `v` becomes exactly `v / 255`, a 16-bit one `v / 65535`, so that a host that hands over the same
//! file's pixels names the same still. Alpha that is 1 everywhere is dropped for the same reason: the still is
//! opaque however it is stored. The orientation a camera wrote down is applied.
//!
//! Embedded ICC profiles, gamma chunks and EXR primaries are not applied: pixels are taken as sRGB (or linear
//! Rec.709 primaries), which is what a timeline set to Rec.709 does with the same file. Where a file says
//! something else, a [`Note`] tells so.

mod alpha;
mod error;
mod exr;
mod raster;
mod sniff;
mod tiff;

pub use error::StillError;

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use half::f16;
use wakeframe_take::picture::Picture;

use error::Fault;
use sniff::Seems;

/// A still as a file held it.
#[derive(Debug, Clone)]
pub struct Still {
    /// sRGB-encoded, extended range, straight alpha, rows from top to bottom.
    pub picture: Picture,
    /// Width of a pixel over its height; 1 where the file does not say.
    pub pixel_aspect: f64,
    /// File format.
    pub kind: Kind,
    /// Precision of a stored value.
    pub depth: Depth,
    /// What a person should know about how the file was read.
    pub notes: Vec<Note>,
}

/// File format of a still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// Tagged Image File Format.
    Tiff,
    /// OpenEXR.
    Exr,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Png => "PNG",
            Kind::Jpeg => "JPEG",
            Kind::Tiff => "TIFF",
            Kind::Exr => "OpenEXR",
        })
    }
}

/// Precision of a stored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// 8 bit or less.
    Eight,
    /// 16-bit whole numbers.
    Sixteen,
    /// Half, single or double float.
    Float,
}

/// Something in the file that was not taken as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// So many values were infinite or not a number, and were read as 0.
    NotFinite(usize),
    /// So many values lie beyond half float, and were held at its largest.
    OutOfRange(usize),
    /// The embedded ICC profile is not sRGB and was not applied.
    ProfileIgnored,
    /// The EXR's primaries are not Rec.709 and were not converted.
    PrimariesIgnored,
    /// The EXR's data window does not cover its display window; the rest is empty.
    PartlyEmpty,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::NotFinite(n) => write!(f, "{n} values are infinite or not a number; they were read as 0"),
            Note::OutOfRange(n) => write!(f, "{n} values are too large for a half float; they were held at the largest"),
            Note::ProfileIgnored => {
                f.write_str("the embedded colour profile is not sRGB and is not applied; convert the still to sRGB for exact colours")
            }
            Note::PrimariesIgnored => {
                f.write_str("the file's primaries are not Rec.709 and are not converted; convert the still for exact colours")
            }
            Note::PartlyEmpty => f.write_str("the picture does not fill its display window; the rest is empty"),
        }
    }
}

/// What a decoder hands over: interleaved rows from top to bottom.
struct Decoded {
    width: usize,
    height: usize,
    /// 3 or 4.
    channels: usize,
    data: Vec<f32>,
    depth: Depth,
    pixel_aspect: f64,
    notes: Vec<Note>,
}

/// Reads the picture at `path`, whatever its name ends in.
pub fn read(path: &Path) -> Result<Still, StillError> {
    let io = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => StillError::Missing { path: path.into() },
        _ => StillError::Unreadable { path: path.into(), source },
    };
    if std::fs::metadata(path).map_err(io)?.is_dir() {
        return Err(StillError::NotAPicture { path: path.into(), seems: "a folder".into() });
    }
    let mut file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.by_ref().take(sniff::ENOUGH).read_to_end(&mut bytes).map_err(io)?;
    let kind = match sniff::sniff(&bytes) {
        Seems::Picture(kind) => kind,
        Seems::Other(seems) => return Err(StillError::NotAPicture { path: path.into(), seems: seems.into() }),
    };
    file.read_to_end(&mut bytes).map_err(io)?;
    let decoded = match kind {
        Kind::Png => raster::png(&bytes),
        Kind::Jpeg => raster::jpeg(&bytes),
        Kind::Tiff => tiff::decode(&bytes),
        Kind::Exr => exr::decode(&bytes),
    };
    decoded.and_then(|d| settle(d, kind)).map_err(|fault| fault.of(path, kind))
}

/// Makes every value one that a take can hold, and an opaque picture RGB.
fn settle(mut decoded: Decoded, kind: Kind) -> Result<Still, Fault> {
    let limit = f16::MAX.to_f32();
    let (mut not_finite, mut out_of_range) = (0, 0);
    for v in &mut decoded.data {
        if !v.is_finite() {
            *v = 0.0;
            not_finite += 1;
        } else if v.abs() > limit {
            *v = v.clamp(-limit, limit);
            out_of_range += 1;
        }
    }
    let mut notes = decoded.notes;
    if not_finite > 0 {
        notes.push(Note::NotFinite(not_finite));
    }
    if out_of_range > 0 {
        notes.push(Note::OutOfRange(out_of_range));
    }
    if decoded.channels == 4 && decoded.data.iter().skip(3).step_by(4).all(|a| *a == 1.0) {
        decoded.data = decoded.data.chunks_exact(4).flat_map(|p| p.iter().take(3)).copied().collect();
        decoded.channels = 3;
    }
    let picture = Picture::new(decoded.width, decoded.height, decoded.channels, decoded.data).map_err(|e| Fault::Damaged(e.to_string()))?;
    Ok(Still { picture, pixel_aspect: decoded.pixel_aspect, kind, depth: decoded.depth, notes })
}

/// Refuses sizes a [`Picture`] cannot have, before anything is decoded.
fn check_size(width: u64, height: u64) -> Result<(), Fault> {
    let max = Picture::MAX_SIDE as u64;
    if width == 0 || height == 0 {
        return Err(Fault::Damaged("it has no pixels".into()));
    }
    if width > max || height > max { Err(Fault::TooLarge { width, height }) } else { Ok(()) }
}

/// A file's pixel aspect, or 1 where it makes no sense.
fn sane_aspect(aspect: f64) -> f64 {
    if (0.1..=10.0).contains(&aspect) { aspect } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes(name: &str, bytes: &[u8]) -> Result<Still, StillError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path)
    }

    #[test]
    fn what_is_no_picture_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read(&dir.path().join("none.png")), Err(StillError::Missing { .. })));
        assert!(read(dir.path()).unwrap_err().to_string().contains("a folder"));
        for (bytes, word) in [
            (b"%PDF-1.7 ...".as_slice(), "PDF"),
            (b"", "empty"),
            (b"GIF89a......", "GIF"),
            (b"\0\0\0\x20ftypisom....", "video"),
            (b"\0\0\0\x20ftypheic....", "HEIF"),
            (b"hello, world", "text"),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0", "unknown"),
        ] {
            let message = read_bytes("x.png", bytes).unwrap_err().to_string();
            assert!(message.contains(word) && message.contains("x.png"), "{message}");
        }
    }

    #[test]
    fn a_cut_file_is_damaged_not_a_panic() {
        let mut png = Vec::new();
        let gradient = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, 7]));
        gradient.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        for n in [9, 20, png.len() / 2] {
            assert!(matches!(read_bytes("a.png", &png[..n]), Err(StillError::Damaged { .. })), "{n} bytes");
        }
    }

    #[test]
    fn opaque_alpha_is_dropped_and_real_alpha_kept() {
        let save = |alpha: u8| {
            let mut png = Vec::new();
            let p = image::RgbaImage::from_fn(3, 2, |x, _| image::Rgba([x as u8, 2, 3, if x == 1 { alpha } else { 255 }]));
            p.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
            read_bytes("a.png", &png).unwrap().picture
        };
        assert_eq!(save(255).channels(), 3);
        assert_eq!(save(128).channels(), 4);
        assert_eq!(save(128).pixel(1, 0)[3], 128.0 / 255.0);
    }

    #[test]
    fn values_no_take_can_hold_are_settled() {
        let data = vec![f32::NAN, 1e9, -1e9, 0.5, f32::INFINITY, 0.25];
        let decoded = Decoded { width: 2, height: 1, channels: 3, data, depth: Depth::Float, pixel_aspect: 1.0, notes: vec![] };
        let still = settle(decoded, Kind::Exr).map_err(|_| ()).unwrap();
        assert_eq!(still.picture.data(), [0.0, 65504.0, -65504.0, 0.5, 0.0, 0.25]);
        assert_eq!(still.notes, [Note::NotFinite(2), Note::OutOfRange(2)]);
    }
}
