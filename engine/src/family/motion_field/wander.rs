//! What the seed makes of a drift: the network drifts what is told its side almost alike for every seed, but no two skies
//! are. Here the drift of what flows is turned a little and paced a little, from place to place.

use super::SMOKE;
use super::knots::Knots;
use super::render::Class;
use super::scene::SceneMap;

/// Stream of the seed's noise.
const STREAM: u64 = 3;
/// Cells between the knots: a quarter of the picture.
const SPACING: usize = 16;
/// Deviation of the pace from 1, and of the direction in radians: eleven degrees.
const DEVIATION: f32 = 0.2;
/// Deviations beyond which nothing wanders.
const FARTHEST: f32 = 2.0;

/// Turns and paces the drift of a sampled `field` [10][h][w] in sky, water and smoke, which have no shape to lose.
pub fn apply(field: &mut [f32], map: &SceneMap, seed: u32) {
    let (w, cells) = (map.width, map.width * map.height);
    let Some((drift, _)) = field.split_at_mut_checked(2 * cells) else { return };
    let (across, down) = drift.split_at_mut(cells);
    if across.iter().chain(down.iter()).all(|v| *v == 0.0) {
        return;
    }
    let knots = Knots::new(seed, STREAM, 2, SPACING, w, map.height);
    for (n, (x, y)) in across.iter_mut().zip(down).enumerate() {
        let flows: f32 = [Class::Sky as usize, Class::Water as usize, SMOKE]
            .iter()
            .map(|class| map.probabilities.get(class * cells + n).copied().unwrap_or(0.0))
            .sum();
        let [pace, turn] = [0, 1].map(|k| DEVIATION * flows * knots.at(k, n % w, n / w).clamp(-FARTHEST, FARTHEST));
        (*x, *y) = (*x + *x * pace - *y * turn, *y + *y * pace + *x * turn);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::ArrayD;

    use super::super::{CHANNELS, CLASSES};
    use super::*;

    const W: usize = 64;
    const H: usize = 36;

    /// Sky above, foliage below.
    fn map() -> SceneMap {
        let mut probabilities = vec![0f32; CLASSES * W * H];
        for n in 0..W * H {
            let class = if n < W * H / 2 { Class::Sky } else { Class::Foliage };
            probabilities[class as usize * W * H + n] = 1.0;
        }
        SceneMap { width: W, height: H, features: ArrayD::zeros(vec![0]), probabilities, depth: vec![0.0; W * H] }
    }

    fn wandered(seed: u32) -> Vec<f32> {
        let mut field = vec![0f32; CHANNELS * W * H];
        field[..W * H].fill(-1.0);
        apply(&mut field, &map(), seed);
        field
    }

    #[test]
    fn seeds_drift_apart_and_all_go_the_way_they_were_told() {
        let half = W * H / 2;
        let fields: Vec<Vec<f32>> = (1..=6).map(wandered).collect();
        for (k, a) in fields.iter().enumerate() {
            assert!(a[..half].iter().all(|x| (-1.0 - FARTHEST * DEVIATION..=FARTHEST * DEVIATION - 1.0).contains(x)));
            assert!(a[half..W * H].iter().all(|x| *x == -1.0), "foliage keeps its shape");
            for b in &fields[..k] {
                let apart: f32 = (0..half).map(|n| libm::hypotf(a[n] - b[n], a[W * H + n] - b[W * H + n])).sum();
                assert!(apart / half as f32 > 0.1, "{}", apart / half as f32);
            }
        }
    }

    #[test]
    fn what_stands_does_not_wander() {
        let mut field = vec![0f32; CHANNELS * W * H];
        apply(&mut field, &map(), 1);
        assert!(field.iter().all(|v| *v == 0.0));
    }
}
