//! Stills as the reference prepares them for its networks: 8-bit RGB in, fp32 [1, 3, H, W] out.
//!
//! | module | subject |
//! |---|---|
//! | [`pillow`] | Pillow's resizing, bit for bit |
//! | [`video`] | `VideoProcessor.preprocess` of diffusers: what goes into a VAE |
//! | [`clip`] | `CLIPImageProcessor` of transformers |
//! | [`svd`] | Stable Video Diffusion's own way into CLIP |
//! | [`i2vgen`] | I2VGen-XL's crops |

pub mod clip;
#[cfg(test)]
mod golden;
pub mod i2vgen;
pub mod pillow;
pub mod svd;
pub mod video;

use ndarray::Array4;
use thiserror::Error;

/// 8-bit RGB, row by row from the top, sRGB as the model learned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb8 {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Rgb8 {
    /// From `3·width·height` bytes.
    pub fn new(width: usize, height: usize, bytes: &[u8]) -> Result<Self, PictureError> {
        let (pixels, rest) = bytes.as_chunks::<3>();
        if width == 0 || height == 0 {
            return Err(PictureError::Empty { width, height });
        }
        if width.checked_mul(height) != Some(pixels.len()) || !rest.is_empty() {
            return Err(PictureError::Bytes { width, height, bytes: bytes.len() });
        }
        Ok(Self { width, height, pixels: pixels.to_vec() })
    }

    /// Pixels per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Red, green and blue, pixel by pixel.
    pub fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    /// The rectangle of that size whose upper left corner is at (`x`, `y`); black where it lies outside, as `PIL.Image.crop` does.
    pub fn cropped(&self, x: isize, y: isize, width: usize, height: usize) -> Result<Self, PictureError> {
        if width == 0 || height == 0 {
            return Err(PictureError::Empty { width, height });
        }
        let at = |column: usize, row: usize| {
            let (column, row) = (x.checked_add_unsigned(column)?, y.checked_add_unsigned(row)?);
            let (column, row) = (usize::try_from(column).ok()?, usize::try_from(row).ok()?);
            (column < self.width && row < self.height).then(|| self.pixels[row * self.width + column])
        };
        let pixels = (0..height).flat_map(|row| (0..width).map(move |column| (column, row)));
        Ok(Self { width, height, pixels: pixels.map(|(column, row)| at(column, row).unwrap_or_default()).collect() })
    }

    /// Every channel value through `convert`, as [1, 3, H, W].
    fn planes(&self, convert: impl Fn(usize, u8) -> f32) -> Array4<f32> {
        Array4::from_shape_fn((1, 3, self.height, self.width), |(_, c, y, x)| convert(c, self.pixels[y * self.width + x][c]))
    }
}

/// A picture that cannot be prepared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureError {
    /// No pixels.
    #[error("a picture of {width}x{height} has no pixels")]
    Empty {
        /// Asked-for width.
        width: usize,
        /// Asked-for height.
        height: usize,
    },
    /// Size and bytes disagree.
    #[error("a picture of {width}x{height} has {bytes} bytes instead of 3 for each pixel")]
    Bytes {
        /// Width.
        width: usize,
        /// Height.
        height: usize,
        /// Bytes that came with it.
        bytes: usize,
    },
    /// Too small for a blur that mirrors its border.
    #[error("a picture of {width}x{height} is too small for this model: 2x2 pixels is the least")]
    TooSmall {
        /// Width.
        width: usize,
        /// Height.
        height: usize,
    },
    /// Not the shape [1, 3, H, W].
    #[error("pixels of the shape {shape:?} where [1, 3, height, width] is due")]
    Shape {
        /// The shape found.
        shape: Vec<usize>,
    },
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The picture that `golden/pictures.py` makes: gradients and noise in a checkerboard.
    pub fn sample(width: usize, height: usize) -> Rgb8 {
        let value = |i: u64, x: u64, y: u64| {
            let mut h = (i * 2_654_435_761) & 0xffff_ffff;
            h ^= h >> 15;
            h = (h * 2_246_822_519) & 0xffff_ffff;
            h ^= h >> 13;
            let smooth = (x * 255 / width as u64 + y * 255 / height as u64) / 2;
            if (x / 8 + y / 8).is_multiple_of(2) { (h & 255) as u8 } else { smooth as u8 }
        };
        let mut bytes = Vec::new();
        for y in 0..height as u64 {
            for x in 0..width as u64 {
                bytes.extend((0..3).map(|c| value((y * width as u64 + x) * 3 + c, x, y)));
            }
        }
        Rgb8::new(width, height, &bytes).unwrap()
    }

    #[test]
    fn size_and_bytes_must_agree() {
        assert_eq!(Rgb8::new(0, 3, &[]), Err(PictureError::Empty { width: 0, height: 3 }));
        assert_eq!(Rgb8::new(2, 1, &[0; 7]), Err(PictureError::Bytes { width: 2, height: 1, bytes: 7 }));
        assert!(matches!(Rgb8::new(usize::MAX, 2, &[0; 6]), Err(PictureError::Bytes { .. })));
        assert_eq!(Rgb8::new(2, 1, &[1, 2, 3, 4, 5, 6]).unwrap().bytes(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_crop_beyond_the_border_is_black_there() {
        let picture = Rgb8::new(2, 1, &[1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(picture.cropped(1, 0, 1, 1).unwrap().bytes(), [4, 5, 6]);
        assert_eq!(picture.cropped(-1, -1, 2, 2).unwrap().bytes(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
        assert_eq!(picture.cropped(isize::MAX, 0, 2, 1).unwrap().bytes(), [0; 6]);
        assert!(picture.cropped(0, 0, 0, 1).is_err());
    }
}
