//! Smooth noise over the grid: the seed's normal numbers at knots, by Catmull and Rom's curves between them.

use super::noise::normal;

/// Channels of noise [channels][h][w] whose knots lie so many cells apart.
pub struct Knots {
    values: Vec<f32>,
    spacing: usize,
    columns: usize,
    rows: usize,
}

impl Knots {
    /// For a grid of `width` × `height` cells, from a `stream` of the seed's noise.
    pub fn new(seed: u32, stream: u64, channels: usize, spacing: usize, width: usize, height: usize) -> Self {
        let (columns, rows) = (width / spacing + 4, height / spacing + 4);
        Self { values: normal(seed, stream, channels * columns * rows), spacing, columns, rows }
    }

    /// The value of a channel at a cell; 1 is the deviation at a knot.
    pub fn at(&self, channel: usize, x: usize, y: usize) -> f32 {
        let (across, down) = (weights(x, self.spacing), weights(y, self.spacing));
        let first = (channel * self.rows + y / self.spacing) * self.columns + x / self.spacing;
        let mut sum = 0f32;
        for (r, down) in down.iter().enumerate() {
            for (c, across) in across.iter().enumerate() {
                sum += down * across * self.values.get(first + r * self.columns + c).copied().unwrap_or(0.0);
            }
        }
        sum
    }
}

/// Of the four knots around a cell.
fn weights(cell: usize, spacing: usize) -> [f32; 4] {
    let t = (cell % spacing) as f32 / spacing as f32;
    [((-0.5 * t + 1.0) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1.0, ((-1.5 * t + 2.0) * t + 0.5) * t, (0.5 * t - 0.5) * t * t]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_passes_through_its_knots_and_is_smooth_between_them() {
        let knots = Knots::new(3, 9, 2, 5, 40, 24);
        assert_eq!(knots.at(0, 10, 5), knots.values[2 * knots.columns + 3]);
        assert_eq!(knots.at(1, 0, 0), knots.values[(knots.rows + 1) * knots.columns + 1]);
        let step = (0..39).map(|x| (knots.at(0, x + 1, 7) - knots.at(0, x, 7)).abs()).fold(0f32, f32::max);
        assert!((0.05..1.5).contains(&step), "{step}");
    }
}
