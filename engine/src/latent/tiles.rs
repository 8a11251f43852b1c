//! Large frames through a VAE in tiles whose overlaps are blended, so that memory is bounded by a tile.

use ndarray::{ArrayD, Axis, IxDyn, Slice};

use crate::family::ModelError;

/// How a picture is cut: sides and overlaps in latent cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiling {
    /// Longest side of a tile.
    pub side: usize,
    /// Cells two neighbours share.
    pub overlap: usize,
}

impl Tiling {
    /// Tiles of at most `side` cells that overlap by a quarter.
    pub fn of_side(side: usize) -> Self {
        Self { side: side.max(4), overlap: (side / 4).max(1) }
    }

    /// Start and length of each tile along `length` cells; neighbours share at least `overlap` cells.
    pub fn cuts(&self, length: usize) -> Vec<(usize, usize)> {
        if length <= self.side {
            return vec![(0, length)];
        }
        let step = (self.side - self.overlap).max(1);
        let count = (length - self.overlap).div_ceil(step);
        let last = length - self.side;
        (0..count).map(|i| ((last * i).div_ceil((count - 1).max(1)), self.side)).collect()
    }
}

/// Runs `run` on every tile of `input` (…, h, w) and blends the results into one array (…, h·`scale`, w·`scale`).
/// `scale` is a ratio output : input; a VAE encoder has 1 : n.
pub fn tiled(
    input: &ArrayD<f32>,
    tiling: Tiling,
    scale: (usize, usize),
    mut run: impl FnMut(&ArrayD<f32>) -> Result<ArrayD<f32>, ModelError>,
) -> Result<ArrayD<f32>, ModelError> {
    let rank = input.ndim();
    let (up, down) = scale;
    let scaled = |n: usize| n * up / down;
    // Cuts are made on the coarser of the two grids, so that both ends of a tile fall on whole cells.
    let coarse = |n: usize| if up >= down { n } else { scaled(n) };
    let fine = |n: usize| if up >= down { n } else { n * down / up };
    let (height, width) = (coarse(input.len_of(Axis(rank - 2))), coarse(input.len_of(Axis(rank - 1))));
    let (rows, columns) = (tiling.cuts(height), tiling.cuts(width));
    if rows.len() == 1 && columns.len() == 1 {
        return run(input);
    }
    let out_unit = |n: usize| if up >= down { n * up / down } else { n };
    let mut sum: Option<ArrayD<f32>> = None;
    let mut weight = ndarray::Array2::<f32>::zeros((out_unit(height), out_unit(width)));
    for &(y, h) in &rows {
        for &(x, w) in &columns {
            let cut = |a: usize, n: usize| Slice::from(fine(a)..fine(a + n));
            let part = input.slice_axis(Axis(rank - 2), cut(y, h));
            let part = part.slice_axis(Axis(rank - 1), cut(x, w)).as_standard_layout().into_owned();
            let made = run(&part)?;
            let (oy, ox) = (out_unit(y), out_unit(x));
            let (oh, ow) = (made.len_of(Axis(rank - 2)), made.len_of(Axis(rank - 1)));
            let sum = sum.get_or_insert_with(|| {
                let mut shape = made.shape().to_vec();
                shape.splice(rank - 2.., [out_unit(height), out_unit(width)]);
                ArrayD::zeros(IxDyn(&shape))
            });
            let ramp = out_unit(tiling.overlap);
            let down_weights = weights(oh, ramp, oy > 0, oy + oh < out_unit(height));
            let across = weights(ow, ramp, ox > 0, ox + ow < out_unit(width));
            let mut target = sum.slice_axis_mut(Axis(rank - 2), Slice::from(oy..oy + oh));
            let mut target = target.slice_axis_mut(Axis(rank - 1), Slice::from(ox..ox + ow));
            for (mut target, made) in
                target.lanes_mut(Axis(rank - 1)).into_iter().zip(made.lanes(Axis(rank - 1))).enumerate().map(|(i, (t, m))| ((t, i % oh), m))
            {
                let row = down_weights.get(target.1).copied().unwrap_or(0.0);
                target.0.iter_mut().zip(made).zip(&across).for_each(|((t, m), a)| *t += m * a * row);
            }
            for (j, row) in down_weights.iter().enumerate() {
                for (i, a) in across.iter().enumerate() {
                    if let Some(slot) = weight.get_mut([oy + j, ox + i]) {
                        *slot += row * a;
                    }
                }
            }
        }
    }
    let mut sum = sum.unwrap_or_else(|| ArrayD::zeros(IxDyn(&[0])));
    sum.lanes_mut(Axis(rank - 1)).into_iter().enumerate().for_each(|(i, mut lane)| {
        let row = i % weight.nrows().max(1);
        lane.iter_mut().zip(weight.row(row)).for_each(|(v, w)| *v /= w.max(f32::MIN_POSITIVE));
    });
    Ok(sum)
}

/// Weights along one side of a tile: a linear ramp over the overlap where a neighbour follows.
fn weights(length: usize, ramp: usize, before: bool, after: bool) -> Vec<f32> {
    let part = |distance: usize| ((distance as f32 + 0.5) / ramp.max(1) as f32).min(1.0);
    (0..length)
        .map(|i| {
            let rising = if before { part(i) } else { 1.0 };
            let falling = if after { part(length - 1 - i) } else { 1.0 };
            rising.min(falling)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_cover_everything_and_overlap() {
        for (length, side) in [(10, 16), (16, 16), (17, 16), (100, 16), (61, 13)] {
            let tiling = Tiling::of_side(side);
            let cuts = tiling.cuts(length);
            assert_eq!((cuts[0].0, cuts.last().map(|c| c.0 + c.1)), (0, Some(length)), "{length} {side}");
            for pair in cuts.windows(2) {
                assert!(pair[0].0 + pair[0].1 >= pair[1].0 + tiling.overlap, "{length} {side}: {cuts:?}");
            }
        }
    }

    #[test]
    fn a_local_operation_gives_the_same_in_tiles_as_in_one_piece() {
        let input = ArrayD::from_shape_fn(vec![1, 2, 30, 41], |i| (i[1] * 1000 + i[2] * 41 + i[3]) as f32);
        let doubled = |a: &ArrayD<f32>| {
            let mut shape = a.shape().to_vec();
            let (h, w) = (shape[2], shape[3]);
            shape.splice(2.., [2 * h, 2 * w]);
            Ok(ArrayD::from_shape_fn(shape, |i| a[[i[0], i[1], i[2] / 2, i[3] / 2]] * 3.0))
        };
        let whole = doubled(&input).unwrap();
        let mut runs = 0;
        let parts = tiled(&input, Tiling::of_side(12), (2, 1), |a| {
            runs += 1;
            assert!(a.shape()[2] <= 12 && a.shape()[3] <= 12);
            doubled(a)
        })
        .unwrap();
        assert!(runs > 6);
        assert_eq!(parts.shape(), whole.shape());
        assert!(parts.iter().zip(&whole).all(|(a, b)| (a - b).abs() <= 1e-3 * b.abs().max(1.0)));
    }

    #[test]
    fn an_encoders_tiles_fall_on_whole_cells() {
        let input = ArrayD::from_shape_fn(vec![1, 3, 64, 96], |i| (i[2] / 8 * 100 + i[3] / 8) as f32);
        let pooled =
            |a: &ArrayD<f32>| Ok(ArrayD::from_shape_fn(vec![1, 1, a.shape()[2] / 8, a.shape()[3] / 8], |i| a[[0, 0, i[2] * 8, i[3] * 8]]));
        let whole = pooled(&input).unwrap();
        let parts = tiled(&input, Tiling { side: 5, overlap: 2 }, (1, 8), pooled).unwrap();
        assert_eq!(parts.shape(), whole.shape());
        assert!(parts.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-2));
    }

    #[test]
    fn a_seam_between_two_levels_is_a_ramp() {
        let input = ArrayD::zeros(vec![1, 1, 4, 28]);
        let mut tile = 0.0;
        let out = tiled(&input, Tiling { side: 16, overlap: 4 }, (1, 1), |a| {
            tile += 1.0;
            Ok(ArrayD::from_elem(a.raw_dim(), tile))
        })
        .unwrap();
        let row: Vec<f32> = (0..28).map(|x| out[[0, 0, 0, x]]).collect();
        assert_eq!((row[0], row[27]), (1.0, 2.0));
        assert!(row.windows(2).all(|p| p[1] >= p[0] && p[1] - p[0] < 0.3), "{row:?}");
    }
}
