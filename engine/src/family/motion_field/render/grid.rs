//! One value per cell of the model's coarse grid.

use super::guided::box_mean;
use super::push_pull::push_pull;

/// A coarse grid stretched over the whole picture, [height][width].
#[derive(Debug, Clone)]
pub struct Grid {
    /// Cells.
    pub width: usize,
    /// Cells.
    pub height: usize,
    /// Values, all finite.
    pub values: Vec<f32>,
}

impl Grid {
    /// `values` of width × height cells; what is not a number becomes 0, and all are held within `low`…`high`.
    pub fn new(width: usize, height: usize, values: &[f32], low: f32, high: f32) -> Self {
        Self { width, height, values: values.iter().map(|v| if v.is_nan() { 0.0 } else { v.clamp(low, high) }).collect() }
    }

    /// Values where `confidence` (0…1 per cell) is high, carried into the cells where it is not.
    pub fn extended(&self, confidence: &[f32]) -> Self {
        let mut values = self.values.clone();
        push_pull(&mut values, confidence, self.width, self.height, 1);
        Self { values, ..*self }
    }

    /// A grid of the same size between this (`part` 0) and `other` (1).
    pub fn mixed(&self, other: &Self, part: f32) -> Self {
        Self { values: self.values.iter().zip(&other.values).map(|(a, b)| a + (b - a) * part).collect(), ..*self }
    }

    /// Averaged twice over squares of 2·radius+1 cells.
    pub fn blurred(&self, radius: usize) -> Self {
        let once = box_mean(self.values.clone(), self.width, self.height, radius);
        Self { values: box_mean(once, self.width, self.height, radius), ..*self }
    }

    /// Averaged twice over squares of 2·radius+1 cells, each cell counting by its weight (0…1): nothing leaks in from where that is 0.
    pub fn blurred_within(&self, weights: &[f32], radius: usize) -> Self {
        let weighted = Self { values: self.values.iter().zip(weights).map(|(v, w)| v * w).collect(), ..*self }.blurred(radius);
        let total = Self { values: weights.to_vec(), ..*self }.blurred(radius);
        let values = self.values.iter().zip(weighted.values.iter().zip(&total.values));
        Self { values: values.map(|(own, (v, t))| if *t > 1e-4 { v / t } else { *own }).collect(), ..*self }
    }

    /// About halfway between the least and the greatest value within `radius` cells: undecided at edges, smooth.
    pub fn widened(&self, radius: usize) -> Self {
        let (w, h) = (self.width, self.height);
        let values = (0..w * h)
            .map(|n| {
                let (x, y) = (n % w, n / w);
                let (mut low, mut high) = (f32::MAX, f32::MIN);
                for yy in y.saturating_sub(radius)..(y + radius + 1).min(h) {
                    for v in &self.values[yy * w + x.saturating_sub(radius)..yy * w + (x + radius + 1).min(w)] {
                        (low, high) = (low.min(*v), high.max(*v));
                    }
                }
                low + 0.55 * (high - low)
            })
            .collect();
        Self { values: box_mean(values, w, h, 1), ..*self }
    }

    /// Catmull-Rom interpolation at (u, v), each 0…1 over the picture.
    pub fn at(&self, u: f32, v: f32) -> f32 {
        let (xs, wx) = cubic(u * self.width as f32 - 0.5, self.width);
        let (ys, wy) = cubic(v * self.height as f32 - 0.5, self.height);
        let mut out = 0f32;
        for (y, wy) in ys.iter().zip(wy) {
            let row: f32 = xs.iter().zip(wx).map(|(x, wx)| self.values[y * self.width + x] * wx).sum();
            out += row * wy;
        }
        out
    }

    /// The grid interpolated at width × height points, pixel centres of a picture of that size.
    pub fn resampled(&self, width: usize, height: usize) -> Vec<f32> {
        let columns: Vec<_> = (0..width).map(|x| cubic((x as f32 + 0.5) / width as f32 * self.width as f32 - 0.5, self.width)).collect();
        let mut rows = vec![0f32; width * self.height];
        for (y, row) in self.values.chunks_exact(self.width).enumerate() {
            for (x, (xs, wx)) in columns.iter().enumerate() {
                rows[y * width + x] = xs.iter().zip(wx).map(|(i, w)| row[*i] * w).sum();
            }
        }
        let mut out = vec![0f32; width * height];
        for (y, line) in out.chunks_exact_mut(width).enumerate() {
            let (ys, wy) = cubic((y as f32 + 0.5) / height as f32 * self.height as f32 - 0.5, self.height);
            for (i, w) in ys.iter().zip(wy) {
                for (o, r) in line.iter_mut().zip(&rows[i * width..(i + 1) * width]) {
                    *o += r * w;
                }
            }
        }
        out
    }
}

/// Cells and Catmull-Rom weights around a position in cells, edges repeated.
fn cubic(position: f32, n: usize) -> ([usize; 4], [f32; 4]) {
    let p = position.clamp(-1.0, n as f32);
    let i = p.floor();
    let f = p - i;
    let cells = std::array::from_fn(|k| (i as isize - 1 + k as isize).clamp(0, n as isize - 1) as usize);
    let weights =
        [((-0.5 * f + 1.0) * f - 0.5) * f, (1.5 * f - 2.5) * f * f + 1.0, ((-1.5 * f + 2.0) * f + 0.5) * f, (0.5 * f - 0.5) * f * f];
    (cells, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_number_is_zero_and_values_are_held() {
        let g = Grid::new(3, 1, &[f32::NAN, f32::INFINITY, -9.0], -1.0, 1.0);
        assert_eq!(g.values, [0.0, 1.0, -1.0]);
    }

    #[test]
    fn one_cell_is_the_same_everywhere() {
        let g = Grid::new(1, 1, &[0.7], 0.0, 1.0);
        assert!((g.at(0.0, 1.0) - 0.7).abs() < 1e-6 && g.resampled(5, 4).iter().all(|v| (v - 0.7).abs() < 1e-6));
        assert_eq!(g.blurred(2).values, [0.7]);
    }
}
