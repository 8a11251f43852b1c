//! Pixels for what a layer uncovers: patches of what is known, found on a small copy and laid at full resolution.

use rayon::prelude::*;
use wakeframe_take::picture::Picture;

use super::RenderError;
use super::guess::{Coarse, Guess};
use super::guided::box_mean;
use super::mask::{Matte, grown};
use super::patch_match::{Colour, Completed, Small, complete};
use super::plane::Plane;
use super::plate::SEAM;
use super::push_pull::push_pull;
use super::seamless;

/// Longer side of the small copy, pixels.
const SMALL_SIDE: usize = 256;
/// Values are held to this for matching; a highlight must not decide alone.
const MOST: f32 = 2.0;

/// A way to fill one hole; serves colours and mattes alike.
pub struct Fill {
    width: usize,
    height: usize,
    known: Vec<bool>,
    /// Full-resolution pixels along a small one's side.
    scale: usize,
    small_width: usize,
    small_height: usize,
    completed: Option<Completed>,
}

impl Fill {
    /// Plans how `hole` of `image` is filled: with patches up to `reach` pixels from its edge, smoothly farther in.
    /// `guess` says what the patches should show; without it they only fit one another.
    pub fn plan(image: &Plane, hole: &[bool], reach: usize, guess: Option<&Guess<'_>>) -> Result<Self, RenderError> {
        let (w, h, c) = (image.width(), image.height(), image.channels());
        let known: Vec<bool> = hole.iter().map(|h| !h).collect();
        let scale = w.max(h).div_ceil(SMALL_SIDE);
        let (sw, sh) = (w.div_ceil(scale), h.div_ceil(scale));
        let mut out = Self { width: w, height: h, known, scale, small_width: sw, small_height: sh, completed: None };
        if !hole.contains(&true) || !hole.contains(&false) {
            return Ok(out);
        }
        let mut small =
            Small { width: sw, height: sh, colours: vec![[0.0; 4]; sw * sh], known: vec![true; sw * sh], wanted: vec![false; sw * sh] };
        let values = image.values();
        for y in 0..sh {
            for x in 0..sw {
                let (mut sum, mut n, mut all) = ([0f32; 4], 0f32, true);
                for yy in y * scale..((y + 1) * scale).min(h) {
                    for xx in x * scale..((x + 1) * scale).min(w) {
                        let i = yy * w + xx;
                        if out.known[i] {
                            n += 1.0;
                            sum.iter_mut().zip(&values[i * c..(i + 1) * c]).for_each(|(s, v)| *s += v.clamp(-MOST, MOST));
                        } else {
                            all = false;
                        }
                    }
                }
                small.colours[y * sw + x] = std::array::from_fn(|k| {
                    if k >= c {
                        1.0
                    } else if n > 0.0 {
                        sum[k] / n
                    } else {
                        0.0
                    }
                });
                small.known[y * sw + x] = all;
            }
        }
        let near = grown(&small.known, sw, sh, reach.div_ceil(scale).max(1));
        small.wanted = small.known.iter().zip(near).map(|(k, n)| !k && n).collect();
        let guess = guess.map(|guess| guessed(&small, guess)).transpose()?;
        out.completed = [3, 2, 1].into_iter().find_map(|radius| complete(&small, radius, guess.as_ref()));
        if let Some(done) = &mut out.completed {
            seamless::level(&small, done);
        }
        Ok(out)
    }

    /// Continues `plane` smoothly into the hole.
    pub fn smooth(&self, plane: &mut Plane) {
        let c = plane.channels();
        push_pull(plane.values_mut(), &self.weights(), self.width, self.height, c);
    }

    /// Lays patches over what `plane` holds in the hole, fading in over `seam` pixels from the hole's edge.
    pub fn patches(&self, plane: &mut Plane, seam: usize) {
        let Some(done) = &self.completed else { return };
        let (w, c) = (self.width, plane.channels());
        let source = plane.values().to_vec();
        let share = self.share(seam);
        plane.values_mut().par_chunks_exact_mut(w * c).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.chunks_exact_mut(c).enumerate() {
                let i = y * w + x;
                if self.known[i] {
                    continue;
                }
                let base = self.small_colour(&done.colours, x as f32, y as f32);
                let mut detail = [0f32; 4];
                let mut sum = 0f32;
                self.for_sources(done, x, y, |weight, s| {
                    let smooth = self.small_colour(&done.colours, (s % w) as f32, (s / w) as f32);
                    for k in 0..c {
                        detail[k] += weight * (source[s * c + k] - smooth[k]);
                    }
                    sum += weight;
                });
                let scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
                for (k, v) in pixel.iter_mut().enumerate() {
                    *v += share[i] * (base[k] + detail[k] * scale - *v);
                }
            }
        });
    }

    /// `matte` with its hole filled from where the patches come from, fading in over `seam` pixels.
    pub fn coverage(&self, matte: &Matte, seam: usize) -> Matte {
        let (w, h) = (self.width, self.height);
        let mut values: Vec<f32> = matte.bytes.iter().map(|b| f32::from(*b)).collect();
        push_pull(&mut values, &self.weights(), w, h, 1);
        if let Some(done) = &self.completed {
            let share = self.share(seam);
            for y in 0..h {
                for x in 0..w {
                    let i = y * w + x;
                    if self.known[i] {
                        continue;
                    }
                    let (mut value, mut sum) = (0f32, 0f32);
                    self.for_sources(done, x, y, |weight, s| {
                        value += weight * f32::from(matte.bytes[s]);
                        sum += weight;
                    });
                    if sum > 0.0 {
                        values[i] += share[i] * (value / sum - values[i]);
                    }
                }
            }
        }
        let bytes = values
            .iter()
            .zip(&self.known)
            .map(|(v, k)| if *k { *v as u8 } else { (((v - 127.5) * 3.0 + 127.5).clamp(0.0, 255.0) + 0.5) as u8 });
        Matte::new(w, h, bytes.collect())
    }

    fn weights(&self) -> Vec<f32> {
        self.known.iter().map(|k| f32::from(u8::from(*k))).collect()
    }

    /// The patches' share of every pixel. Half of what surrounds the hole's edge is known, nothing `seam` pixels farther in.
    fn share(&self, seam: usize) -> Vec<f32> {
        let near = box_mean(self.weights(), self.width, self.height, seam);
        near.into_iter().map(|n| (1.0 - 2.0 * n).clamp(0.0, 1.0)).map(|f| f * f * (3.0 - 2.0 * f)).collect()
    }

    /// Calls back with the known full-resolution pixels that pixel (x, y) is like, and their weights.
    #[inline]
    fn for_sources(&self, done: &Completed, x: usize, y: usize, mut with: impl FnMut(f32, usize)) {
        let (sw, sh, n) = (self.small_width, self.small_height, self.scale);
        let place = |v: usize, limit: usize| {
            let p = ((v as f32 + 0.5) / n as f32 - 0.5).max(0.0);
            let a = (p as usize).min(limit - 1);
            (a, (a + 1).min(limit - 1), p - a as f32)
        };
        let ((x0, x1, fx), (y0, y1, fy)) = (place(x, sw), place(y, sh));
        for (cx, cy, weight) in [(x0, y0, (1.0 - fx) * (1.0 - fy)), (x1, y0, fx * (1.0 - fy)), (x0, y1, (1.0 - fx) * fy), (x1, y1, fx * fy)]
        {
            let at = cy * sw + cx;
            let Some(s) = done.like[at] else { continue };
            let dx = (s as isize % sw as isize - cx as isize) * n as isize;
            let dy = (s as isize / sw as isize - cy as isize) * n as isize;
            let (px, py) = (x as isize + dx, y as isize + dy);
            if weight > 0.0 && px >= 0 && py >= 0 && px < self.width as isize && py < self.height as isize {
                let s = py as usize * self.width + px as usize;
                if self.known[s] {
                    with(weight, s);
                }
            }
        }
    }

    /// The small picture's colour at a full-resolution pixel, bilinear.
    fn small_colour(&self, colours: &[Colour], x: f32, y: f32) -> Colour {
        let (sw, sh, n) = (self.small_width, self.small_height, self.scale as f32);
        let (px, py) = (((x + 0.5) / n - 0.5).max(0.0), ((y + 0.5) / n - 0.5).max(0.0));
        let (x0, y0) = ((px as usize).min(sw - 1), (py as usize).min(sh - 1));
        let (x1, y1) = ((x0 + 1).min(sw - 1), (y0 + 1).min(sh - 1));
        let (fx, fy) = (px - x0 as f32, py - y0 as f32);
        std::array::from_fn(|k| {
            let top = colours[y0 * sw + x0][k] * (1.0 - fx) + colours[y0 * sw + x1][k] * fx;
            let bottom = colours[y1 * sw + x0][k] * (1.0 - fx) + colours[y1 * sw + x1][k] * fx;
            top * (1.0 - fy) + bottom * fy
        })
    }
}

/// `still` with `hole` filled as behind a layer that is taken away, with patches up to `reach` pixels from its
/// edge. Colours come premultiplied.
pub fn filled(still: &Picture, hole: &[bool], reach: usize, guess: Option<&Guess<'_>>) -> Result<Picture, RenderError> {
    let mut plane = Plane::premultiplied(still);
    let (want, got) = (still.width() * still.height(), hole.len());
    if want != got {
        return Err(RenderError::Length { part: "hole", want, got });
    }
    let fill = Fill::plan(&plane, hole, reach, guess)?;
    fill.smooth(&mut plane);
    fill.patches(&mut plane, SEAM);
    let mut out = still.clone();
    out.data_mut().copy_from_slice(plane.values());
    Ok(out)
}

/// The coarse copy of `small`, completed by `guess`.
fn guessed(small: &Small, guess: &Guess<'_>) -> Result<Coarse, RenderError> {
    let coarse = Coarse::of(small);
    let colours = guess(&coarse).map_err(|reason| RenderError::Guess { reason })?;
    let (want, got) = (coarse.colours.len(), colours.len());
    if want != got {
        return Err(RenderError::Guess { reason: format!("{got} cells came for a picture of {want}") });
    }
    Ok(coarse.completed(&colours))
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: usize = 128;
    const H: usize = 96;

    /// A field of two greens, coarsely grained; a corner of sand, of the same grain.
    fn meadow() -> Picture {
        let value = |i: usize| {
            let (x, y, k) = (i / 3 % W, i / 3 / W, i % 3);
            let grain = 0.1 * f32::from(u8::from((x / 2 * 7 + y / 2 * 13) % 5 < 2));
            let sand = x < 40 && y > 60;
            grain + if sand { [0.8, 0.7, 0.5][k] } else { [0.2, 0.5, 0.2][k] }
        };
        Picture::new(W, H, 3, (0..W * H * 3).map(value).collect()).unwrap()
    }

    fn hole() -> Vec<bool> {
        (0..W * H).map(|i| (56..112).contains(&(i % W)) && (16..80).contains(&(i / W))).collect()
    }

    /// Mean red of the hole's middle: sand has more of it.
    fn red(picture: &Picture) -> f32 {
        let middle = (0..W * H).filter(|i| (76..92).contains(&(i % W)) && (40..56).contains(&(i / W)));
        middle.clone().map(|i| picture.data()[i * 3]).sum::<f32>() / middle.count() as f32
    }

    #[test]
    fn far_from_the_edge_stands_what_was_guessed_made_of_what_is_known() {
        let (still, hole) = (meadow(), hole());
        let guess = |coarse: &Coarse| {
            let middle = |i: usize| (68..100).contains(&(i % coarse.width)) && (32..64).contains(&(i / coarse.width));
            Ok((0..coarse.colours.len()).map(|i| if middle(i) { [0.85, 0.75, 0.55] } else { [0.25, 0.55, 0.25] }).collect())
        };
        let (without, with) = (filled(&still, &hole, W, None).unwrap(), filled(&still, &hole, W, Some(&guess)).unwrap());
        assert!(red(&without) < 0.3 && red(&with) > red(&without) + 0.15, "{} and {}", red(&without), red(&with));
        for (i, _) in hole.iter().enumerate().filter(|(_, h)| !**h) {
            assert_eq!(with.data()[i * 3..i * 3 + 3], still.data()[i * 3..i * 3 + 3]);
        }
    }

    #[test]
    fn no_hole_is_nothing_to_guess() {
        let still = meadow();
        let same = filled(&still, &vec![false; W * H], W, Some(&|_: &Coarse| Err("asked".into()))).unwrap();
        assert_eq!(same, still);
    }

    #[test]
    fn a_guess_of_no_use_says_so() {
        let fault = |guess: &Guess<'_>| filled(&meadow(), &hole(), W, Some(guess)).unwrap_err();
        assert_eq!(fault(&|_: &Coarse| Err("no".into())), RenderError::Guess { reason: "no".into() });
        assert!(matches!(fault(&|_: &Coarse| Ok(Vec::new())), RenderError::Guess { .. }));
    }
}
