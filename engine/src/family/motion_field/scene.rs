//! Still → what stands where: features, class probabilities, depth on the coarse grid.

use ndarray::{Array4, ArrayD};
use wakeframe_take::picture::Picture;

use super::render::Class;
use super::{CLASSES, FABRIC, ModelError, SMOKE};
use crate::pack::Validated;
use crate::runtime::{Input, Session};

/// Encoder input pixels per grid cell and axis.
const CELL: usize = 8;
/// The denoiser halves the grid twice.
const MULTIPLE: usize = 4;

/// The still as the denoiser sees it, on a grid of `width` × `height` cells.
pub struct SceneMap {
    pub width: usize,
    pub height: usize,
    /// [1, 48, h, w]
    pub features: ArrayD<f32>,
    /// [7][h][w], sums to 1 over classes.
    pub probabilities: Vec<f32>,
    /// [h][w], 0 far … 1 near.
    pub depth: Vec<f32>,
}

impl SceneMap {
    /// Probabilities as the renderer tells regions apart, [5][h][w]: fabric moves with its own edges as animals do, smoke
    /// flows within a region that stands as water does.
    pub fn folded(&self) -> Vec<f32> {
        let cells = self.width * self.height;
        let class = |n: usize| self.probabilities.iter().skip(n * cells).take(cells);
        let mut folded: Vec<f32> = self.probabilities.iter().take(FABRIC * cells).copied().collect();
        for (from, to) in [(FABRIC, Class::Animal), (SMOKE, Class::Water)] {
            for (sum, own) in folded.iter_mut().skip(to as usize * cells).zip(class(from)) {
                *sum += own;
            }
        }
        folded
    }

    /// Per class, whether it is likely anywhere as the renderer tells regions apart.
    pub fn seen(&self) -> [bool; CLASSES] {
        let (cells, folded) = (self.width * self.height, self.folded());
        std::array::from_fn(|n| {
            let drawn = match n {
                FABRIC => Class::Animal as usize,
                SMOKE => Class::Water as usize,
                n => n,
            };
            let likely = |p: &f32| *p >= Class::LIKELY;
            let own = self.probabilities.iter().skip(n * cells).take(cells).any(|p| *p >= 0.5 * Class::LIKELY);
            own && folded.iter().skip(drawn * cells).take(cells).any(likely)
        })
    }
}

pub struct SceneReader {
    encoder: Session,
    grid: usize,
    pack: String,
}

impl SceneReader {
    pub fn open(pack: &Validated, grid: usize) -> Result<Self, ModelError> {
        let encoder = Session::open(pack.component("encoder")?)?;
        encoder.expect(&["still"], &["features", "logits", "depth"])?;
        Ok(Self { encoder, grid, pack: pack.pack().name.clone() })
    }

    pub fn read(&self, still: &Picture) -> Result<SceneMap, ModelError> {
        let (width, height) = grid_size(still.width(), still.height(), self.grid);
        let small = still.resized(width * CELL, height * CELL)?;
        let channels = small.channels();
        let input = Array4::from_shape_fn((1, 3, height * CELL, width * CELL), |(_, c, y, x)| {
            let v = small.data().get((y * width * CELL + x) * channels + c).copied().unwrap_or(0.0);
            if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.0 }
        });
        let mut outputs = self.encoder.run(vec![("still", Input::Float(input.view().into_dyn()))])?;
        let mut take = |name: &str, channels: Option<usize>| {
            let a = outputs.remove(name).unwrap_or_else(|| ArrayD::zeros(vec![0]));
            let fits = matches!(a.shape(), [1, c, h, w] if *h == height && *w == width && channels.is_none_or(|n| n == *c));
            let what = || format!("“{name}” of shape {:?} on a grid of {width}×{height}", a.shape());
            if fits { Ok(a) } else { Err(ModelError::Shape { pack: self.pack.clone(), what: what() }) }
        };
        let features = take("features", None)?;
        let logits = take("logits", Some(CLASSES))?;
        let depth = take("depth", Some(1))?;
        let logits: Vec<f32> = logits.into_iter().collect();
        Ok(SceneMap {
            width,
            height,
            features,
            probabilities: softmax(&logits, width * height),
            depth: depth.into_iter().map(rounded).collect(),
        })
    }
}

/// The longer side gets `grid` cells, the other follows the picture's proportions.
fn grid_size(width: usize, height: usize, grid: usize) -> (usize, usize) {
    let longest = width.max(height).max(1) as f64;
    let side = |n: usize| ((n as f64 / longest * grid as f64 / MULTIPLE as f64).round() as usize).max(2) * MULTIPLE;
    (side(width), side(height))
}

fn softmax(logits: &[f32], cells: usize) -> Vec<f32> {
    let mut out = vec![0f32; logits.len()];
    for cell in 0..cells {
        let at = |class: usize| logits.get(class * cells + cell).copied().unwrap_or(0.0);
        let top = (0..CLASSES).map(at).fold(f32::MIN, f32::max);
        let sum: f32 = (0..CLASSES).map(|c| libm::expf(at(c) - top)).sum();
        for class in 0..CLASSES {
            if let Some(o) = out.get_mut(class * cells + cell) {
                *o = rounded(libm::expf(at(class) - top) / sum);
            }
        }
    }
    out
}

/// To 1/4096: kernels that differ in the last digits must not make another take.
fn rounded(v: f32) -> f32 {
    if v.is_finite() { (v * 4096.0).round() / 4096.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_follows_the_picture() {
        assert_eq!(grid_size(1920, 1080, 64), (64, 36));
        assert_eq!(grid_size(1080, 1920, 64), (36, 64));
        assert_eq!(grid_size(10000, 16, 64), (64, 8));
    }

    #[test]
    fn softmax_sums_to_one() {
        let logits: Vec<f32> = (0..CLASSES * 2).map(|n| [3.0, -50.0, 0.0, 80.0, 1.0][n % 5]).collect();
        let p = softmax(&logits, 2);
        for cell in 0..2 {
            let sum: f32 = (0..CLASSES).map(|c| p[c * 2 + cell]).sum();
            assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        }
    }

    #[test]
    fn fabric_is_drawn_as_an_animal_and_smoke_as_water() {
        // Two cells: one half animal, half fabric; one of smoke.
        let mut probabilities = vec![0.0; CLASSES * 2];
        (probabilities[4 * 2], probabilities[FABRIC * 2], probabilities[SMOKE * 2 + 1]) = (0.5, 0.5, 1.0);
        let map = SceneMap { width: 2, height: 1, features: ArrayD::zeros(vec![0]), probabilities, depth: vec![0.0; 2] };
        assert_eq!(map.folded(), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(map.seen(), [false, false, false, false, true, true, true]);
    }
}
