//! Pixels in memory.

use thiserror::Error;

/// Parts of red, green and blue in what the eye takes for bright: ITU-R BT.709-6, item 3.2.
pub const REC709: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// Rec.709 luma of encoded values, luminance of linear ones.
pub fn rec709([r, g, b]: [f32; 3]) -> f32 {
    let [of_red, of_green, of_blue] = REC709.map(|part| part as f32);
    of_red * r + of_green * g + of_blue * b
}

/// A picture: interleaved fp32, rows from top to bottom.
///
/// Values are sRGB-encoded (IEC 61966-2-1) and *extended*: 0…1 is the display range, highlights go on above 1
/// and out-of-gamut values below 0 along the mirrored curve (see [`crate::transfer`]). Colour is straight
/// (unpremultiplied); alpha, where present, is linear coverage 0…1.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    channels: usize,
    data: Vec<f32>,
}

/// A picture whose parts do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PictureError {
    /// Width or height is 0 or above [`Picture::MAX_SIDE`].
    #[error("a picture of {width}×{height} pixels cannot be used: each side must be 1 to {max}", max = Picture::MAX_SIDE)]
    Size {
        /// Width asked for, pixels.
        width: usize,
        /// Height asked for, pixels.
        height: usize,
    },
    /// Neither RGB nor RGBA.
    #[error("a picture of {0} channels cannot be used: give RGB or RGBA")]
    Channels(usize),
    /// Pixel count and size disagree.
    #[error("a picture of {want} values was announced but {got} came")]
    Length {
        /// width × height × channels.
        want: usize,
        /// Values given.
        got: usize,
    },
}

impl Picture {
    /// Longest side accepted, pixels.
    pub const MAX_SIDE: usize = 16384;

    /// Wraps `data` ([height][width][channels]); `channels` is 3 (RGB) or 4 (RGBA).
    pub fn new(width: usize, height: usize, channels: usize, data: Vec<f32>) -> Result<Self, PictureError> {
        let max = Self::MAX_SIDE;
        if width == 0 || height == 0 || width > max || height > max {
            return Err(PictureError::Size { width, height });
        }
        if channels != 3 && channels != 4 {
            return Err(PictureError::Channels(channels));
        }
        let want = width * height * channels;
        if data.len() != want {
            return Err(PictureError::Length { want, got: data.len() });
        }
        Ok(Self { width, height, channels, data })
    }

    /// A picture of one colour (`pixel.len()` is the number of channels).
    pub fn filled(width: usize, height: usize, pixel: &[f32]) -> Result<Self, PictureError> {
        Self::new(width, height, pixel.len(), pixel.repeat(width.saturating_mul(height)))
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// 3 (RGB) or 4 (RGBA).
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All values, [height][width][channels].
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All values, to be changed in place.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Gives the values away.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// One pixel, edges repeated outside the picture.
    pub fn pixel(&self, x: isize, y: isize) -> &[f32] {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        let at = (y * self.width + x) * self.channels;
        &self.data[at..at + self.channels]
    }

    /// The mask this picture means: grey RGB, how much each pixel may move, 0…1. That is the picture's Rec.709 luma over
    /// black; what is no number is 0.
    pub fn as_mask(&self) -> Self {
        let white = |p: &[f32]| match *p {
            [r, g, b] => rec709([r, g, b]),
            [r, g, b, alpha] => rec709([r, g, b]) * alpha,
            _ => 0.0,
        };
        let moves = |p: &[f32]| Some(white(p)).filter(|v| v.is_finite()).map_or(0.0, |v| v.clamp(0.0, 1.0));
        let data = self.data.chunks_exact(self.channels).flat_map(|p| [moves(p); 3]).collect();
        Self { width: self.width, height: self.height, channels: 3, data }
    }

    /// Resampled by area average when smaller, Catmull-Rom when larger; alpha is resampled alike.
    ///
    /// Every output pixel is the same weighted sum in the same order on every machine.
    pub fn resized(&self, width: usize, height: usize) -> Result<Self, PictureError> {
        if (width, height) == (self.width, self.height) {
            return Ok(self.clone());
        }
        Self::new(width, height, self.channels, vec![0.0; width * height * self.channels])?;
        let c = self.channels;
        let xs = taps(self.width, width);
        let ys = taps(self.height, height);
        let mut rows = vec![0f32; width * self.height * c];
        for y in 0..self.height {
            let src = &self.data[y * self.width * c..(y + 1) * self.width * c];
            let dst = &mut rows[y * width * c..(y + 1) * width * c];
            for (x, tap) in xs.iter().enumerate() {
                for k in 0..c {
                    dst[x * c + k] = tap.iter().map(|&(i, w)| src[i * c + k] * w).sum();
                }
            }
        }
        let mut data = vec![0f32; width * height * c];
        for (y, tap) in ys.iter().enumerate() {
            let dst = &mut data[y * width * c..(y + 1) * width * c];
            for &(i, w) in tap {
                let src = &rows[i * width * c..(i + 1) * width * c];
                for (d, s) in dst.iter_mut().zip(src) {
                    *d += s * w;
                }
            }
        }
        Self::new(width, height, c, data)
    }

    /// The largest centred part of the picture with the proportions `width`:`height`.
    pub fn centre_cropped(&self, width: usize, height: usize) -> Result<Self, PictureError> {
        let (w, h) = (self.width as f64, self.height as f64);
        let want = width.max(1) as f64 / height.max(1) as f64;
        let (cw, ch) = if w / h > want { ((h * want).round() as usize, self.height) } else { (self.width, (w / want).round() as usize) };
        let (cw, ch) = (cw.clamp(1, self.width), ch.clamp(1, self.height));
        let (x0, y0) = ((self.width - cw) / 2, (self.height - ch) / 2);
        let mut data = Vec::with_capacity(cw * ch * self.channels);
        for y in y0..y0 + ch {
            let at = (y * self.width + x0) * self.channels;
            data.extend_from_slice(&self.data[at..at + cw * self.channels]);
        }
        Self::new(cw, ch, self.channels, data)
    }
}

/// For each output sample the input samples and weights that make it.
fn taps(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|o| {
            let mut tap: Vec<(usize, f64)> = if scale > 1.0 {
                let (a, b) = (o as f64 * scale, (o + 1) as f64 * scale);
                (a.floor() as usize..(b.ceil() as usize).min(from))
                    .map(|i| (i, (b.min(i as f64 + 1.0) - a.max(i as f64)).max(0.0)))
                    .collect()
            } else {
                let x = (o as f64 + 0.5) * scale - 0.5;
                let i0 = x.floor();
                (-1..=2).map(|d| (((i0 + d as f64).clamp(0.0, from as f64 - 1.0)) as usize, catmull_rom(x - i0 - d as f64))).collect()
            };
            let sum: f64 = tap.iter().map(|t| t.1).sum();
            tap.iter_mut().for_each(|t| t.1 /= sum);
            tap.into_iter().map(|(i, w)| (i, w as f32)).collect()
        })
        .collect()
}

fn catmull_rom(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_does_not_fit_is_refused() {
        assert_eq!(Picture::new(2, 2, 3, vec![0.0; 11]), Err(PictureError::Length { want: 12, got: 11 }));
        assert_eq!(Picture::new(0, 2, 3, vec![]), Err(PictureError::Size { width: 0, height: 2 }));
        assert_eq!(Picture::new(1, 1, 2, vec![0.0; 2]), Err(PictureError::Channels(2)));
    }

    #[test]
    fn resizing_keeps_a_flat_colour_and_the_mean() {
        let flat = Picture::filled(7, 5, &[0.25, 0.5, 2.0]).unwrap();
        for (w, h) in [(3, 2), (14, 11), (7, 5), (8, 3)] {
            for p in flat.resized(w, h).unwrap().data().chunks(3) {
                assert!((p[0] - 0.25).abs() < 1e-6 && (p[2] - 2.0).abs() < 1e-5);
            }
        }
        let ramp = Picture::new(8, 1, 3, (0..24).map(|i| (i / 3) as f32).collect()).unwrap();
        let half = ramp.resized(4, 1).unwrap();
        assert_eq!(half.data().iter().step_by(3).copied().collect::<Vec<_>>(), vec![0.5, 2.5, 4.5, 6.5]);
    }

    #[test]
    fn a_mask_is_luma_over_black() {
        let rgb = Picture::new(3, 1, 3, vec![1.0, 1.0, 1.0, 0.0, 2.0, 0.0, f32::NAN, 0.0, 0.0]).unwrap();
        assert_eq!(rgb.as_mask().data(), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        let rgba = Picture::new(2, 1, 4, vec![1.0, 1.0, 1.0, 0.25, 0.5, 0.5, 0.5, 1.0]).unwrap();
        assert_eq!((rgba.as_mask().channels(), rgba.as_mask().data()), (3, [0.25, 0.25, 0.25, 0.5, 0.5, 0.5].as_slice()));
    }

    #[test]
    fn cropping_takes_the_middle() {
        let ramp = Picture::new(6, 1, 3, (0..18).map(|i| (i / 3) as f32).collect()).unwrap();
        let c = ramp.centre_cropped(2, 1).unwrap();
        assert_eq!((c.width(), c.height()), (2, 1));
        assert_eq!(c.data()[0], 2.0);
    }
}
