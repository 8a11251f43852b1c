//! Pixels in memory as hosts lay them out, with guard bytes to catch a plugin that writes where
//! no pixel is.

use half::f16;

use crate::{
    format::{Components, Depth, Format, Premult},
    picture::Picture,
    render::Rect,
};

/// How rows follow each other in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rows {
    /// Row bytes are negative: the top row comes first in memory, as in MLT.
    pub negative: bool,
    /// Bytes between the end of a row and the next.
    pub padding: usize,
}

/// Guard bytes before the first row and after the last.
const GUARD: usize = 64;

/// The pixels of an image and the bytes around them.
pub(crate) struct PixelBlock {
    /// In words, so that every sample type is aligned.
    words: Vec<u64>,
    format: Format,
    rows: Rows,
    width: usize,
    height: usize,
    stride: usize,
}

impl PixelBlock {
    /// A block full of the marker: see [`PixelBlock::unwritten`].
    pub(crate) fn marked(width: usize, height: usize, format: Format, rows: Rows) -> Self {
        let sample = format.depth.bytes();
        // A row must start on a sample.
        let padding = rows.padding.div_ceil(sample) * sample;
        let stride = width * format.pixel_bytes() + padding;
        let bytes = 2 * GUARD + stride * height;
        let mut block = PixelBlock { words: vec![0; bytes.div_ceil(8)], format, rows, width, height, stride };
        for (at, byte) in block.bytes_mut().iter_mut().enumerate() {
            *byte = marker(at);
        }
        // A marked float is a NaN no arithmetic makes.
        if format.depth == Depth::Float {
            for y in 0..height {
                let row = block.row_range(y);
                for sample in block.bytes_mut()[row].chunks_exact_mut(4) {
                    sample.copy_from_slice(&FLOAT_MARKER);
                }
            }
        }
        block
    }

    /// A picture in that format. Straight alpha becomes what `premult` says.
    pub(crate) fn encode(picture: &Picture, format: Format, premult: Premult, rows: Rows) -> Self {
        let mut block = Self::marked(picture.width(), picture.height(), format, rows);
        for y in 0..picture.height() {
            let range = block.row_range(y);
            let bytes = &mut block.bytes_mut()[range];
            for (pixel, out) in picture.row(y).iter().zip(bytes.chunks_exact_mut(format.pixel_bytes())) {
                let [r, g, b, a] = *pixel;
                let [r, g, b] = match premult {
                    Premult::Premultiplied if format.components == Components::Rgba => [r * a, g * a, b * a],
                    _ => [r, g, b],
                };
                let samples: &[f32] = match format.components {
                    Components::Rgba => &[r, g, b, a],
                    Components::Rgb => &[r, g, b],
                    Components::Alpha => &[a],
                };
                for (value, out) in samples.iter().zip(out.chunks_exact_mut(format.depth.bytes())) {
                    encode_sample(*value, format.depth, out);
                }
            }
        }
        block
    }

    /// The samples as they stand, as a picture: alpha of RGB is 1, colour of Alpha is alpha.
    pub(crate) fn decode(&self) -> Picture {
        let mut picture = Picture::filled(self.width, self.height, [0.0; 4]);
        for y in 0..self.height {
            let bytes = &self.bytes()[self.row_range(y)];
            for (out, pixel) in picture.row_mut(y).iter_mut().zip(bytes.chunks_exact(self.format.pixel_bytes())) {
                let mut samples = [0.0f32; 4];
                for (out, sample) in samples.iter_mut().zip(pixel.chunks_exact(self.format.depth.bytes())) {
                    *out = decode_sample(sample, self.format.depth);
                }
                *out = match self.format.components {
                    Components::Rgba => samples,
                    Components::Rgb => [samples[0], samples[1], samples[2], 1.0],
                    Components::Alpha => [samples[0]; 4],
                };
            }
        }
        picture
    }

    /// The pixels without padding, top row first.
    pub(crate) fn packed(&self) -> Vec<u8> {
        (0..self.height).flat_map(|y| self.bytes()[self.row_range(y)].iter().copied()).collect()
    }

    /// How many pixels of the part (top-down, in pixels of the block) still hold the marker.
    /// In bytes a plugin may write the marker by chance, once in 256 to the power of a pixel's
    /// samples; which of the 256 it is differs from sample to sample.
    pub(crate) fn unwritten(&self, part: Rect) -> usize {
        let pixel = self.format.pixel_bytes();
        let mut count = 0;
        for y in part.y1.max(0)..part.y2.min(self.height as i32) {
            let range = self.row_range(y as usize);
            for x in part.x1.max(0)..part.x2.min(self.width as i32) {
                let start = range.start + x as usize * pixel;
                let marked = (start..start + pixel).all(|at| {
                    self.bytes()[at]
                        == match self.format.depth {
                            Depth::Float => FLOAT_MARKER[(at - range.start) % 4],
                            _ => marker(at),
                        }
                });
                count += usize::from(marked);
            }
        }
        count
    }

    /// Whether a byte that belongs to no pixel was written.
    pub(crate) fn written_outside(&self) -> bool {
        let pixels = self.width * self.format.pixel_bytes();
        let body = GUARD..GUARD + self.stride * self.height;
        self.bytes().iter().enumerate().any(|(at, byte)| {
            let inside = body.contains(&at) && (at - GUARD) % self.stride < pixels;
            !inside && *byte != marker(at)
        })
    }

    /// The address of the first pixel of the lowest row, which is what OFX calls the data
    /// pointer, whichever way rows run.
    pub(crate) fn data_address(&self) -> usize {
        self.words.as_ptr().cast::<u8>().wrapping_add(self.lowest()).expose_provenance()
    }

    /// The same address, to be written to.
    pub(crate) fn data_address_mut(&mut self) -> usize {
        let lowest = self.lowest();
        self.words.as_mut_ptr().cast::<u8>().wrapping_add(lowest).expose_provenance()
    }

    fn lowest(&self) -> usize {
        self.row_range(self.height.saturating_sub(1)).start
    }

    /// Signed bytes from a row to the one above it.
    pub(crate) fn row_bytes(&self) -> i32 {
        if self.rows.negative { -(self.stride as i32) } else { self.stride as i32 }
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Where row `y` from the top stands.
    fn row_range(&self, y: usize) -> std::ops::Range<usize> {
        let at = if self.rows.negative { y } else { self.height.saturating_sub(1) - y };
        let start = GUARD + at * self.stride;
        start..start + self.width * self.format.pixel_bytes()
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the words are initialised, a byte needs no alignment, the length is theirs.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast::<u8>(), self.words.len() * 8) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.words.as_mut_ptr().cast::<u8>(), self.words.len() * 8) }
    }
}

/// A quiet NaN with a payload.
const FLOAT_MARKER: [u8; 4] = 0x7fe5_a5a5u32.to_le_bytes();

/// The byte that says "nobody wrote here", different from byte to byte.
fn marker(at: usize) -> u8 {
    let mixed = (at as u32 ^ 0x9e37_79b9).wrapping_mul(0x85eb_ca6b);
    (mixed >> 24) as u8 ^ (mixed >> 13) as u8
}

fn encode_sample(value: f32, depth: Depth, out: &mut [u8]) {
    match depth {
        Depth::Byte => out[0] = (value.clamp(0.0, 1.0) * 255.0).round() as u8,
        Depth::Short => out.copy_from_slice(&((value.clamp(0.0, 1.0) * 65535.0).round() as u16).to_ne_bytes()),
        Depth::Half => out.copy_from_slice(&f16::from_f32(value).to_ne_bytes()),
        Depth::Float => out.copy_from_slice(&value.to_ne_bytes()),
    }
}

fn decode_sample(bytes: &[u8], depth: Depth) -> f32 {
    match (depth, bytes) {
        (Depth::Byte, [a]) => f32::from(*a) / 255.0,
        (Depth::Short, [a, b]) => f32::from(u16::from_ne_bytes([*a, *b])) / 65535.0,
        (Depth::Half, [a, b]) => f16::from_ne_bytes([*a, *b]).to_f32(),
        (Depth::Float, [a, b, c, d]) => f32::from_ne_bytes([*a, *b, *c, *d]),
        _ => f32::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_ROWS: [Rows; 3] =
        [Rows { negative: false, padding: 0 }, Rows { negative: true, padding: 0 }, Rows { negative: true, padding: 13 }];

    #[test]
    fn a_picture_survives_every_layout() {
        let picture = Picture::noise(7, 5, 3);
        for depth in [Depth::Byte, Depth::Short, Depth::Half, Depth::Float] {
            for rows in ALL_ROWS {
                let format = Format { depth, components: Components::Rgba };
                let block = PixelBlock::encode(&picture, format, Premult::Unpremultiplied, rows);
                let back = block.decode();
                for (a, b) in picture.pixels().iter().zip(back.pixels()) {
                    for (a, b) in a.iter().zip(b) {
                        assert!((a - b).abs() <= 0.5 / 255.0 + 1e-6, "{depth:?} {rows:?}");
                    }
                }
                assert!(!block.written_outside());
            }
        }
    }

    #[test]
    fn the_data_pointer_is_the_lowest_row() {
        let picture = Picture::from_fn(2, 3, |_, y| [y as f32 * 0.1, 0.0, 0.0, 1.0]);
        let format = Format { depth: Depth::Float, components: Components::Rgba };
        for rows in ALL_ROWS {
            let block = PixelBlock::encode(&picture, format, Premult::Opaque, rows);
            let at = |row: isize| {
                let address = block.data_address() as isize + row * block.row_bytes() as isize;
                let offset = (address - block.words.as_ptr() as isize) as usize;
                decode_sample(&block.bytes()[offset..offset + 4], Depth::Float)
            };
            assert_eq!((at(0), at(1), at(2)), (0.2, 0.1, 0.0), "{rows:?}");
        }
    }

    #[test]
    fn marks_are_found() {
        for depth in [Depth::Byte, Depth::Short, Depth::Half, Depth::Float] {
            let format = Format { depth, components: Components::Rgb };
            let mut block = PixelBlock::marked(4, 3, format, Rows { negative: true, padding: 5 });
            let all = Rect { x1: 0, y1: 0, x2: 4, y2: 3 };
            assert_eq!(block.unwritten(all), 12);
            let row = block.row_range(1);
            block.bytes_mut()[row.clone()].fill(1);
            assert_eq!(block.unwritten(all), 8);
            assert_eq!(block.unwritten(Rect { x1: 0, y1: 1, x2: 4, y2: 2 }), 0);
            assert!(!block.written_outside());
            block.bytes_mut()[row.end] ^= 1;
            assert!(block.written_outside());
        }
    }
}
