//! What may stand in a hole, guessed on a coarse copy: it says which patches belong there.

use super::patch_match::{Colour, Small};

/// Longer side of the coarse copy, cells.
pub const SIDE: usize = 128;
/// Both its sides are multiples of this.
const MULTIPLE: usize = 8;

/// A coarse copy of a picture with a hole, stretched over the whole of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Coarse {
    /// Cells in a row.
    pub width: usize,
    /// Rows of cells.
    pub height: usize,
    /// Premultiplied colours 0…1, [height][width]; 0 in the hole.
    pub colours: Vec<[f32; 3]>,
    /// Which cells are given, none of them even partly in the hole.
    pub known: Vec<bool>,
}

/// Completes a coarse picture: colours of all its cells, or why there are none.
pub type Guess<'a> = dyn Fn(&Coarse) -> Result<Vec<[f32; 3]>, String> + Sync + 'a;

impl Coarse {
    /// The coarse copy of `picture`.
    pub fn of(picture: &Small) -> Self {
        let longest = picture.width.max(picture.height).max(1);
        let side = |n: usize| ((2 * n * SIDE / MULTIPLE + longest) / (2 * longest)).max(1) * MULTIPLE;
        let (width, height) = (side(picture.width), side(picture.height));
        let mut out = Self { width, height, colours: vec![[0.0; 3]; width * height], known: vec![false; width * height] };
        let span = |cell: usize, cells: usize, n: usize| {
            let first = cell * n / cells;
            first..((cell + 1) * n).div_ceil(cells).clamp(first + 1, n)
        };
        for (i, (colour, known)) in out.colours.iter_mut().zip(&mut out.known).enumerate() {
            let (mut sum, mut n) = ([0f32; 3], 0f32);
            *known = true;
            for y in span(i / width, height, picture.height) {
                for x in span(i % width, width, picture.width) {
                    let at = y * picture.width + x;
                    *known &= picture.known[at];
                    n += 1.0;
                    sum.iter_mut().zip(picture.colours[at]).for_each(|(s, v)| *s += v.clamp(0.0, 1.0));
                }
            }
            if *known {
                *colour = sum.map(|s| s / n);
            }
        }
        out
    }

    /// With `colours` in its hole.
    pub fn completed(mut self, colours: &[[f32; 3]]) -> Self {
        for ((own, known), new) in self.colours.iter_mut().zip(&self.known).zip(colours) {
            if !known {
                *own = new.map(|v| if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.0 });
            }
        }
        self
    }

    /// The colour at a place of the picture (0…1 each way), bilinear.
    fn at(&self, u: f32, v: f32) -> [f32; 3] {
        let place = |p: f32, n: usize| {
            let p = (p * n as f32 - 0.5).clamp(0.0, (n - 1) as f32);
            let a = (p as usize).min(n - 1);
            (a, (a + 1).min(n - 1), p - a as f32)
        };
        let ((x0, x1, fx), (y0, y1, fy)) = (place(u, self.width), place(v, self.height));
        let c = |x: usize, y: usize, k: usize| self.colours[y * self.width + x][k];
        std::array::from_fn(|k| {
            let top = c(x0, y0, k) * (1.0 - fx) + c(x1, y0, k) * fx;
            let bottom = c(x0, y1, k) * (1.0 - fx) + c(x1, y1, k) * fx;
            top * (1.0 - fy) + bottom * fy
        })
    }
}

/// How well patches agree, in the mean of their colours, with what was guessed: texture stays theirs to choose.
pub struct Agreement {
    /// Mean colour of the patch around every pixel, holes filled by the guess.
    wished: Vec<[f32; 3]>,
    /// Mean colour of the patch around every pixel, of use where all of it is known.
    given: Vec<[f32; 3]>,
}

impl Agreement {
    /// What a completed `guess` says of the patches of 2·radius+1 pixels of `picture`.
    pub fn new(guess: &Coarse, picture: &Small, radius: usize) -> Self {
        let (w, h) = (picture.width, picture.height);
        let held = |c: &Colour| [c[0], c[1], c[2]].map(|v| v.clamp(0.0, 1.0));
        let given: Vec<[f32; 3]> = picture.colours.iter().map(held).collect();
        let mut wished = given.clone();
        for (i, w3) in wished.iter_mut().enumerate().filter(|(i, _)| !picture.known[*i]) {
            *w3 = guess.at(((i % w) as f32 + 0.5) / w as f32, ((i / w) as f32 + 0.5) / h as f32);
        }
        Self { wished: means(&wished, w, h, radius), given: means(&given, w, h, radius) }
    }

    /// Squared difference between what is wished for at `target` and what the patch around `source` gives.
    #[inline]
    pub fn lacking(&self, target: usize, source: usize) -> f32 {
        self.wished[target].iter().zip(&self.given[source]).map(|(a, b)| (a - b) * (a - b)).sum()
    }
}

/// Means over squares of 2·radius+1 pixels, cut off at the picture's edges.
fn means(colours: &[[f32; 3]], width: usize, height: usize, radius: usize) -> Vec<[f32; 3]> {
    let line = |values: &[[f32; 3]], at: usize, step: usize, place: usize, length: usize| {
        let (first, last) = (place.saturating_sub(radius), (place + radius).min(length - 1));
        let mut sum = [0f32; 3];
        for k in first..=last {
            sum.iter_mut().zip(values[at - place * step + k * step]).for_each(|(s, v)| *s += v);
        }
        sum.map(|s| s / (last - first + 1) as f32)
    };
    let rows: Vec<[f32; 3]> = (0..width * height).map(|i| line(colours, i, 1, i % width, width)).collect();
    (0..width * height).map(|i| line(&rows, i, width, i / width, height)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(width: usize, height: usize, colour: Colour, unknown: usize) -> Small {
        let known = (0..width * height).map(|i| i != unknown).collect();
        Small { width, height, colours: vec![colour; width * height], known, wanted: vec![false; width * height] }
    }

    #[test]
    fn the_copy_has_the_pictures_proportions_and_its_hole() {
        let sizes = [(256, 144, 128, 72), (144, 256, 72, 128), (256, 256, 128, 128), (256, 8, 128, 8), (20, 12, 128, 80)];
        for (w, h, width, height) in sizes {
            let coarse = Coarse::of(&small(w, h, [1.7, 0.5, -0.2, 1.0], 0));
            assert_eq!((coarse.width, coarse.height), (width, height), "{w}×{h}");
            assert_eq!((coarse.known[0], coarse.colours[0]), (false, [0.0; 3]));
            assert!(coarse.known[width * height - 1]);
            assert_eq!(coarse.colours[width * height - 1], [1.0, 0.5, 0.0]);
        }
    }

    #[test]
    fn a_patch_that_shows_what_was_guessed_lacks_nothing() {
        let picture = small(64, 40, [0.25, 0.5, 0.75, 1.0], 64 * 20 + 30);
        let agreement = |colour| {
            let coarse = Coarse::of(&picture);
            let all = vec![colour; coarse.colours.len()];
            Agreement::new(&coarse.completed(&all), &picture, 2).lacking(64 * 20 + 30, 64 * 8 + 8)
        };
        assert!(agreement([0.25, 0.5, 0.75]) < 1e-6);
        assert!(agreement([1.0, 0.5, 0.75]) > 1e-4);
    }
}
