//! Latents as the transformer takes them: one token per cell, frame by frame, row by row.

use ndarray::{Array3, ArrayD};

/// Latent frames, rows and columns.
pub(super) type Grid = [usize; 3];

/// [1, C, f, h, w] → [1, S, C].
pub(super) fn packed(latent: &ArrayD<f32>) -> ArrayD<f32> {
    let [batch, channels, f, h, w] = *latent.shape() else { return latent.clone() };
    let by_cell = latent.view().permuted_axes([0, 2, 3, 4, 1].as_slice());
    shaped(&[batch, f * h * w, channels], by_cell.iter().copied().collect())
}

/// The last f·h·w of [1, E + S, C] → [1, C, f, h, w]; tokens of further stills stand before them.
pub(super) fn unpacked(tokens: &ArrayD<f32>, grid: Grid) -> ArrayD<f32> {
    let [f, h, w] = grid;
    let (count, channels) = (tokens.shape().get(1).copied().unwrap_or(0), tokens.shape().get(2).copied().unwrap_or(0));
    let own = tokens.iter().skip(count.saturating_sub(f * h * w) * channels).copied().collect();
    let by_cell = shaped(&[1, f, h, w, channels], own);
    by_cell.permuted_axes([0, 4, 1, 2, 3].as_slice()).as_standard_layout().into_owned()
}

/// `values` in that shape; there must be as many.
pub(super) fn shaped(shape: &[usize], values: Vec<f32>) -> ArrayD<f32> {
    debug_assert_eq!(shape.iter().product::<usize>(), values.len());
    ArrayD::from_shape_vec(shape, values).unwrap_or_else(|_| ArrayD::zeros(shape))
}

/// What a pack says of its grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// Frames of a latent frame.
    pub temporal: usize,
    /// Pixels of a latent cell's side.
    pub spatial: usize,
}

/// Where tokens are, [1, 3, S]: seconds, then row and column in pixels. The frame rate is in the seconds.
///
/// `LTXImageToVideoPipeline`: frame n at n·8/fps.
pub(super) fn evenly(grid: Grid, cell: Cell, fps: f64) -> Array3<f32> {
    let second = (cell.temporal as f64 / fps) as f32;
    coords(grid, cell, |frame| frame as f32 * second)
}

/// `LTXConditionPipeline`: latent frame 0 holds one frame alone, so frame n ≥ 1 begins at 8·n − 7; all stand `start`
/// frames later.
pub(super) fn causally(grid: Grid, cell: Cell, fps: f64, start: usize) -> Array3<f32> {
    let second = (1.0 / fps) as f32;
    coords(grid, cell, |frame| ((frame * cell.temporal + 1).saturating_sub(cell.temporal) + start) as f32 * second)
}

fn coords([f, h, w]: Grid, cell: Cell, time: impl Fn(usize) -> f32) -> Array3<f32> {
    Array3::from_shape_fn((1, 3, f * h * w), |(_, axis, token)| match axis {
        0 => time(token / (h * w)),
        1 => (token / w % h * cell.spatial) as f32,
        _ => (token % w * cell.spatial) as f32,
    })
}

/// `torch.lerp`, which counts from the nearer end.
pub(super) fn lerp(start: f32, end: f32, weight: f32) -> f32 {
    if weight.abs() < 0.5 { start + weight * (end - start) } else { end - (end - start) * (1.0 - weight) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Cell = Cell { temporal: 8, spatial: 32 };

    fn axis(coords: &Array3<f32>, n: usize) -> Vec<f32> {
        coords.index_axis(ndarray::Axis(1), n).iter().copied().collect()
    }

    #[test]
    fn tokens_go_frame_by_frame_row_by_row_and_come_back() {
        let latent = ArrayD::from_shape_fn(vec![1, 2, 2, 1, 3], |i| (i[1] * 100 + i[2] * 10 + i[4]) as f32);
        let tokens = packed(&latent);
        assert_eq!(tokens.shape(), [1, 6, 2]);
        assert_eq!(tokens.iter().copied().collect::<Vec<_>>(), [0.0, 100.0, 1.0, 101.0, 2.0, 102.0, 10.0, 110.0, 11.0, 111.0, 12.0, 112.0]);
        assert_eq!(unpacked(&tokens, [2, 1, 3]), latent);
        let with_more = shaped(&[1, 7, 2], [9.0, 9.0].into_iter().chain(tokens.iter().copied()).collect());
        assert_eq!(unpacked(&with_more, [2, 1, 3]), latent);
    }

    #[test]
    fn the_frame_rate_and_the_causal_start_are_in_the_coordinates() {
        let even = evenly([3, 2, 2], CELL, 25.0);
        assert_eq!(axis(&even, 0), [0.0, 0.0, 0.0, 0.0, 0.32, 0.32, 0.32, 0.32, 0.64, 0.64, 0.64, 0.64]);
        assert_eq!(axis(&even, 1)[..4], [0.0, 0.0, 32.0, 32.0]);
        assert_eq!(axis(&even, 2)[..4], [0.0, 32.0, 0.0, 32.0]);
        // max(8 n + 1 − 8, 0)
        assert_eq!(axis(&causally([3, 1, 1], CELL, 1.0, 0), 0), [0.0, 1.0, 9.0]);
        assert_eq!(axis(&causally([1, 1, 1], CELL, 2.0, 16), 0), [8.0]);
        assert_ne!(axis(&evenly([2, 1, 1], CELL, 30.0), 0), axis(&evenly([2, 1, 1], CELL, 24.0), 0));
    }

    #[test]
    fn the_ends_of_a_mix_are_exact() {
        let (a, b) = (0.1f32, 1e7f32);
        assert_eq!((lerp(a, b, 0.0), lerp(a, b, 1.0)), (a, b));
        assert_eq!(lerp(2.0, 4.0, 0.25), 2.5);
    }
}
