//! Layers taken off the still from front to back, each over what stands behind it.

use super::RenderError;
use super::fill::Fill;
use super::guess::Guess;
use super::mask::{Blocks, Content, Matte, grown, shrunk};
use super::plane::Plane;
use super::wisps;

/// Pixels over which patches fade in at the edge of what they fill.
pub const SEAM: usize = 2;
/// How far the edge of what is lifted is drawn in, as [`Matte::spread`] takes it: what is left of it beyond would stand still.
const LIFTED: f32 = -0.3;

/// Pixels of a layer and what a sample may find in them.
#[derive(Debug, Clone)]
pub struct Plate {
    /// Premultiplied colours.
    pub plane: Plane,
    /// Which blocks hold anything.
    pub blocks: Blocks,
}

impl Plate {
    fn new(plane: Plane, matte: Option<&Matte>) -> Self {
        let c = plane.channels();
        let values = plane.values();
        let blocks = Blocks::new(plane.width(), plane.height(), |i| {
            let empty = values[i * c..(i + 1) * c].iter().all(|v| *v == 0.0) && matte.is_none_or(|m| m.bytes[i] == 0);
            if empty { Content::Empty } else { Content::Mixed }
        });
        Self { plane, blocks }
    }
}

/// A layer whose edge moves with its content.
#[derive(Debug, Clone)]
pub struct Cutout {
    /// Colours times coverage; with the background's rest at the edges, so that over the background they give the still.
    pub plate: Plate,
    /// Coverage.
    pub matte: Matte,
}

/// A layer whose edge stays, because what stands before it ends there.
#[derive(Debug, Clone)]
pub struct Inlay {
    /// Colours, carried on past the edge.
    pub plane: Plane,
    /// Coverage.
    pub matte: Matte,
}

/// Pixels at a matte's edge in which neighbouring colours mix.
fn fringe(plane: &Plane) -> usize {
    (plane.width().max(plane.height()) / 560).max(1)
}

/// Takes `matte` off `image`, which becomes what stands behind (the mattes in `behind` too), filled up to `reach` pixels from the edge.
pub fn cut<'a>(
    image: &mut Plane,
    matte: Matte,
    behind: impl Iterator<Item = &'a mut Matte>,
    reach: usize,
    guess: Option<&Guess<'_>>,
) -> Result<Cutout, RenderError> {
    let (w, h, c) = (image.width(), image.height(), image.channels());
    let edge = fringe(image);
    let matte = wisps::gathered(image, &matte.spread(edge, 0.5));
    let covered: Vec<bool> = matte.bytes.iter().map(|b| *b > 0).collect();
    let fill = Fill::plan(image, &grown(&covered, w, h, edge), reach, guess)?;
    let mut front = image.clone();
    fill.smooth(image);
    fill.patches(image, SEAM);
    for m in behind {
        *m = fill.coverage(m, SEAM);
    }
    for (i, (f, b)) in front.values_mut().chunks_exact_mut(c).zip(image.values_mut().chunks_exact_mut(c)).enumerate() {
        let m = matte.of(i);
        for (f, b) in f.iter_mut().zip(b) {
            (*f, *b) = shares(*f, m, *b);
        }
    }
    Ok(Cutout { plate: Plate::new(front, Some(&matte)), matte })
}

/// Takes `matte` out of `image`, which loses the layer's share; the layer is filled up to `reach` pixels past its edge,
/// smoothly over the first `seam` pixels, with patches beyond.
pub fn lift(
    image: &mut Plane,
    source: &Plane,
    matte: Matte,
    reach: usize,
    seam: usize,
    guess: Option<&Guess<'_>>,
) -> Result<Inlay, RenderError> {
    let (w, h, c) = (image.width(), image.height(), image.channels());
    let edge = fringe(image);
    let matte = matte.spread(1, LIFTED);
    let hole: Vec<bool> = shrunk(&matte.bytes.iter().map(|b| *b == 255).collect::<Vec<_>>(), w, h, edge).into_iter().map(|k| !k).collect();
    let mut plane = source.clone();
    let fill = Fill::plan(&plane, &hole, reach, guess)?;
    fill.smooth(&mut plane);
    fill.patches(&mut plane, seam);
    for (i, (v, p)) in image.values_mut().chunks_exact_mut(c).zip(plane.values().chunks_exact(c)).enumerate() {
        let m = matte.of(i);
        v.iter_mut().zip(p).for_each(|(v, p)| *v -= m * p);
    }
    Ok(Inlay { plane, matte })
}

/// Splits a mixed `value` between a front of coverage `m` and what is behind, guessed as `behind`: the front's share, and
/// what is behind. The two make `value` again unless the front would have to be darker than black or brighter than white.
fn shares(value: f32, m: f32, behind: f32) -> (f32, f32) {
    if m <= 0.0 {
        return (0.0, value);
    }
    let behind = value + (behind - value) * (3.0 * m).min(1.0);
    let (low, high) = (value.min(0.0), value.max(1.0));
    ((value - (1.0 - m) * behind).clamp(m * low, m * high), behind)
}

/// What is left once every layer is off.
pub fn ground(image: Plane) -> Plate {
    Plate::new(image, None)
}
