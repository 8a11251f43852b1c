//! Masks of bytes: growing, shrinking, and which blocks are empty, full or mixed.

use super::guided::box_mean;
use super::sampling::{Kernel, mirrored};

/// Side of a block, pixels.
pub const BLOCK: usize = 8;
/// Pixels around a block that a sample inside it may read.
const REACH: usize = 4;

/// Every pixel within `radius` (a square) of one that is set.
pub fn grown(mask: &[bool], width: usize, height: usize, radius: usize) -> Vec<bool> {
    if radius == 0 {
        return mask.to_vec();
    }
    let mut rows = vec![false; mask.len()];
    for (line, out) in mask.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        let mut count = line[..radius.min(width)].iter().filter(|m| **m).count();
        for x in 0..width {
            if x + radius < width {
                count += usize::from(line[x + radius]);
            }
            if x > radius {
                count -= usize::from(line[x - radius - 1]);
            }
            out[x] = count > 0;
        }
    }
    let mut counts = vec![0u32; width];
    let add =
        |counts: &mut [u32], y: usize| counts.iter_mut().zip(&rows[y * width..(y + 1) * width]).for_each(|(c, m)| *c += u32::from(*m));
    (0..radius.min(height)).for_each(|y| add(&mut counts, y));
    let mut out = vec![false; mask.len()];
    for y in 0..height {
        if y + radius < height {
            add(&mut counts, y + radius);
        }
        if y > radius {
            let old = &rows[(y - radius - 1) * width..(y - radius) * width];
            counts.iter_mut().zip(old).for_each(|(c, m)| *c -= u32::from(*m));
        }
        out[y * width..(y + 1) * width].iter_mut().zip(&counts).for_each(|(o, c)| *o = *c > 0);
    }
    out
}

/// Every pixel farther than `radius` (a square) from all that are not set; the picture's edges do not shrink it.
pub fn shrunk(mask: &[bool], width: usize, height: usize, radius: usize) -> Vec<bool> {
    let inverse: Vec<bool> = mask.iter().map(|m| !m).collect();
    grown(&inverse, width, height, radius).into_iter().map(|m| !m).collect()
}

/// What samples inside a block may find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Only zeros.
    Empty,
    /// Only ones.
    Full,
    /// Anything.
    Mixed,
}

/// [`Content`] of every block of a picture.
#[derive(Debug, Clone)]
pub struct Blocks {
    columns: usize,
    width: usize,
    height: usize,
    contents: Vec<Content>,
}

impl Blocks {
    /// Classifies a picture whose pixel i is [`Content`] `of(i)`.
    pub fn new(width: usize, height: usize, of: impl Fn(usize) -> Content) -> Self {
        let (columns, rows) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
        // Bit 1: something not empty; bit 2: something not full.
        let mut bits = vec![0u8; columns * height];
        for y in 0..height {
            for x in 0..width {
                let bit = match of(y * width + x) {
                    Content::Empty => 2,
                    Content::Full => 1,
                    Content::Mixed => 3,
                };
                let first = x.saturating_sub(REACH) / BLOCK;
                let last = ((x + REACH) / BLOCK).min(columns - 1);
                bits[y * columns + first..=y * columns + last].iter_mut().for_each(|b| *b |= bit);
            }
        }
        let mut contents = Vec::with_capacity(columns * rows);
        for r in 0..rows {
            let (y0, y1) = ((r * BLOCK).saturating_sub(REACH), (r * BLOCK + BLOCK + REACH).min(height));
            for c in 0..columns {
                let all = (y0..y1).fold(0, |b, y| b | bits[y * columns + c]);
                contents.push(match all {
                    1 => Content::Full,
                    2 => Content::Empty,
                    _ => Content::Mixed,
                });
            }
        }
        Self { columns, width, height, contents }
    }

    /// What a sample at pixel position (x, y), mirrored at the edges, may find.
    #[inline]
    pub fn at(&self, x: f32, y: f32) -> Content {
        let x = mirrored(x.floor() as isize, self.width) / BLOCK;
        let y = mirrored(y.floor() as isize, self.height) / BLOCK;
        self.contents[y * self.columns + x]
    }

    /// Whether nothing is anywhere.
    pub fn is_empty(&self) -> bool {
        self.contents.iter().all(|c| *c == Content::Empty)
    }
}

/// Coverage of a layer, one byte per pixel, 255 is 1.
#[derive(Debug, Clone)]
pub struct Matte {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// [height][width].
    pub bytes: Vec<u8>,
    blocks: Blocks,
}

impl Matte {
    /// A matte of those bytes, [height][width].
    pub fn new(width: usize, height: usize, bytes: Vec<u8>) -> Self {
        let blocks = Blocks::new(width, height, |i| match bytes[i] {
            0 => Content::Empty,
            255 => Content::Full,
            _ => Content::Mixed,
        });
        Self { width, height, bytes, blocks }
    }

    /// Coverage 0…1 of pixel `i`.
    pub fn of(&self, i: usize) -> f32 {
        f32::from(self.bytes[i]) * (1.0 / 255.0)
    }

    /// Coverage 0…1 at pixel position (x, y), mirrored at the edges.
    #[inline]
    pub fn at(&self, kernel: &Kernel, x: f32, y: f32) -> f32 {
        match self.blocks.at(x, y) {
            Content::Empty => 0.0,
            Content::Full => 1.0,
            Content::Mixed => kernel.coverage(&self.bytes, self.width, self.height, x, y),
        }
    }

    /// Whether it covers nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Moves the edge by about `radius` pixels, outwards for `side` 1, inwards for −1, and makes it that soft.
    pub fn spread(&self, radius: usize, side: f32) -> Self {
        let mean = box_mean(self.bytes.iter().map(|b| f32::from(*b)).collect(), self.width, self.height, radius);
        let shift = 127.5 * (side - 1.0);
        Self::new(self.width, self.height, mean.into_iter().map(|v| ((2.0 * v + shift).clamp(0.0, 255.0) + 0.5) as u8).collect())
    }

    /// Gives way to `other`, so that together they cover no pixel more than once.
    pub fn exclude(&mut self, other: &Matte) {
        let bytes = self.bytes.iter().zip(&other.bytes).map(|(a, b)| (*a).min(255 - b)).collect();
        *self = Self::new(self.width, self.height, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_grow_and_shrink_by_the_radius() {
        let mut m = vec![false; 11 * 9];
        m[4 * 11 + 5] = true;
        let g = grown(&m, 11, 9, 2);
        assert_eq!(g.iter().filter(|v| **v).count(), 25);
        assert_eq!(shrunk(&g, 11, 9, 2), m);
        assert_eq!(grown(&m, 11, 9, 40).iter().filter(|v| **v).count(), 99);
        assert!(shrunk(&[true; 12], 4, 3, 9).iter().all(|v| *v));
    }

    #[test]
    fn a_uniform_block_gives_what_sampling_gives() {
        let (w, h) = (40, 25);
        let m = Matte::new(w, h, (0..w * h).map(|i| if i % w > 20 { 255 } else { 0 }).collect());
        let k = Kernel::new();
        for i in 0..400 {
            let (x, y) = ((i % 45) as f32 - 2.3, (i / 14) as f32 - 1.6);
            assert!((m.at(&k, x, y) - k.coverage(&m.bytes, w, h, x, y)).abs() < 1e-6);
        }
    }
}
