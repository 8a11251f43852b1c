//! The rotary positions CogVideoX's denoiser is told: where each token stands in the clip, as cosines and sines.
//!
//! A pipeline computes them once per clip (diffusers' `_prepare_rotary_positional_embeddings`, `get_3d_rotary_pos_embed`), in
//! fp32; here every operation is the reference's own.
//!
//! | form | rows, columns | frames |
//! |---|---|---|
//! | 1.0 | the clip's grid fitted into the trained one, centred ("linspace") | 0, 1, 2, … latent frames |
//! | 1.5 | 0, 1, 2, … ("slice") | 0, 1, 2, … pairs of latent frames |

use ndarray::Array2;
use serde::Deserialize;

/// `[cogvideox.rope]` in `pack.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Rope {
    /// Width of an attention head, a multiple of 16: a quarter of it tells the frame, three eighths each row and column.
    pub head: usize,
    /// Base of the frequencies.
    pub theta: f32,
    /// Rows and columns of patches the model was trained on.
    pub grid: [usize; 2],
}

/// Cosines and sines, [S, head] each: tokens by frame, row and column; every angle stands twice.
pub struct Tables {
    /// Cosines.
    pub cos: Array2<f32>,
    /// Sines.
    pub sin: Array2<f32>,
}

impl Rope {
    /// Tables for `tokens` frames, rows and columns of patches; `pairs`: of a model that takes latent frames in pairs.
    pub fn tables(&self, tokens: [usize; 3], pairs: bool) -> Tables {
        let [frames, rows, columns] = tokens;
        let counted = |n: usize| (0..n).map(|i| i as f32).collect::<Vec<_>>();
        let (at_row, at_column) = if pairs {
            (counted(rows), counted(columns))
        } else {
            let [start, stop] = crop([rows, columns], self.grid);
            (between(start[0], stop[0], rows), between(start[1], stop[1], columns))
        };
        let at_frame = if pairs { counted(frames) } else { between(0, frames as i64, frames) };
        let (of_frame, of_side) = (self.head / 4, self.head / 8 * 3);
        let axes = [(of_frame, at_frame), (of_side, at_row), (of_side, at_column)].map(|(width, places)| self.angles(width, &places));
        let place = |token: usize| [token / (rows * columns).max(1), token / columns.max(1) % rows.max(1), token % columns.max(1)];
        let table = |of: fn(f64) -> f64| {
            Array2::from_shape_fn((frames * rows * columns, self.head), |(token, mut channel)| {
                for (angles, at) in axes.iter().zip(place(token)) {
                    if channel < 2 * angles.ncols() {
                        return angles.get([at, channel / 2]).map_or(0.0, |a| of(f64::from(*a)) as f32);
                    }
                    channel -= 2 * angles.ncols();
                }
                0.0
            })
        };
        Tables { cos: table(libm::cos), sin: table(libm::sin) }
    }

    /// `get_1d_rotary_pos_embed`: [places, width / 2], radians.
    fn angles(&self, width: usize, places: &[f32]) -> Array2<f32> {
        let frequency = |pair: usize| 1.0 / libm::pow(f64::from(self.theta), f64::from((2 * pair) as f32 / width as f32)) as f32;
        Array2::from_shape_fn((places.len(), width / 2), |(place, pair)| places.get(place).map_or(0.0, |p| p * frequency(pair)))
    }
}

/// `get_resize_crop_region_for_grid`: first and last row and column of `grid` scaled into the middle of `into`.
fn crop(grid: [usize; 2], into: [usize; 2]) -> [[i64; 2]; 2] {
    let [height, width] = grid.map(|n| n.max(1) as f64);
    let [rows, columns] = into.map(|n| n as f64);
    // Python's `round` takes the even one of two equally near.
    let round = |v: f64| libm::rint(v) as i64;
    let [resized_rows, resized_columns] = if height / width > rows / columns {
        [rows as i64, round(rows / height * width)]
    } else {
        [round(columns / width * height), columns as i64]
    };
    let start = [round((rows - resized_rows as f64) / 2.0), round((columns - resized_columns as f64) / 2.0)];
    [start, [start[0] + resized_rows, start[1] + resized_columns]]
}

/// `torch.linspace(start, stop · (n − 1) / n, n)` in fp32, which counts from both ends to the middle.
fn between(start: i64, stop: i64, n: usize) -> Vec<f32> {
    let end = (stop as f64 * n.saturating_sub(1) as f64 / n.max(1) as f64) as f32;
    let start = start as f32;
    let step = (end - start) / n.saturating_sub(1).max(1) as f32;
    (0..n).map(|i| if i < n / 2 || n == 1 { start + step * i as f32 } else { end - step * (n - i - 1) as f32 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `get_3d_rotary_pos_embed` in diffusers 0.42.1: some (token, channel, cosine, sine); and, over all numbers in
    /// order, the sum of each times its place modulo 97.
    struct Reference {
        frames: usize,
        grid: [usize; 2],
        trained: [usize; 2],
        pairs: bool,
        numbers: [(usize, usize, f32, f32); 5],
        sums: (f64, f64),
    }

    const REFERENCES: [Reference; 4] = [
        Reference {
            frames: 13,
            grid: [30, 45],
            trained: [30, 45],
            pairs: false,
            numbers: [
                (17549, 2, -0.794_179_3, -0.607_683_4),
                (17549, 18, 0.626_114, 0.779_731_5),
                (17549, 42, -0.002_638_547, 0.999_996_5),
                (5851, 63, 1.0, 0.000_215_443_4),
                (48, 44, 0.798_299_25, 0.602_261),
            ],
            sums: (34_647_319.132_661, 8_716_499.070_464),
        },
        // Fitted into the trained grid: rows 6 to 23.
        Reference {
            frames: 5,
            grid: [20, 52],
            trained: [30, 45],
            pairs: false,
            numbers: [
                (5199, 2, 0.301_137_48, 0.953_580_74),
                (5199, 18, -0.753_718_44, -0.657_197_5),
                (5199, 42, -0.065_077_27, 0.997_880_2),
                (2607, 20, -0.998_664_86, 0.051_657_237),
                (55, 44, 0.847_613_8, 0.530_613_66),
            ],
            sums: (10_425_087.266_416, 2_650_486.000_66),
        },
        // Columns 16 to 29.
        Reference {
            frames: 3,
            grid: [48, 21],
            trained: [30, 45],
            pairs: false,
            numbers: [
                (3023, 2, 0.806_578_4, 0.591_127_1),
                (3023, 18, 0.481_617_6, 0.876_381_46),
                (3023, 42, 0.968_101_7, 0.250_557_6),
                (1519, 20, -0.995_947_4, -0.089_937_44),
                (24, 44, -0.776_950_06, -0.629_562_2),
            ],
            sums: (6_342_745.222_905, 1_329_525.672_517),
        },
        Reference {
            frames: 11,
            grid: [48, 85],
            trained: [150, 150],
            pairs: true,
            numbers: [
                (44879, 2, -0.999_786_1, -0.020_683_57),
                (44879, 18, -0.984_607_8, 0.174_778_45),
                (44879, 42, 0.276_896_33, 0.960_899_83),
                (22447, 20, 0.442_382_8, -0.896_826_3),
                (88, 44, 0.798_299_25, 0.602_261),
            ],
            sums: (81_944_282.112_081, 24_061_427.497_578),
        },
    ];

    #[test]
    fn tables_are_the_references() {
        for r in REFERENCES {
            let rope = Rope { head: 64, theta: 10_000.0, grid: r.trained };
            let Tables { cos, sin } = rope.tables([r.frames, r.grid[0], r.grid[1]], r.pairs);
            assert_eq!(cos.dim(), (r.frames * r.grid[0] * r.grid[1], 64));
            for (token, channel, c, s) in r.numbers {
                let (ours, whose) = ((cos[[token, channel]], sin[[token, channel]]), (r.grid, token, channel));
                assert!((ours.0 - c).abs() < 2e-6 && (ours.1 - s).abs() < 2e-6, "{whose:?}: {ours:?}");
            }
            let sum = |table: &Array2<f32>| table.iter().enumerate().map(|(i, v)| (i % 97) as f64 * f64::from(*v)).sum::<f64>();
            let off = ((sum(&cos) - r.sums.0).abs(), (sum(&sin) - r.sums.1).abs());
            assert!(off.0 < 2.0 && off.1 < 2.0, "{:?}: sums are off by {off:?}", r.grid);
        }
    }
}
