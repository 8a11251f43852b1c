//! Blur: Crete et al., “The Blur Effect: Perception and Estimation with a New No-Reference Perceptual Blur Metric”,
//! SPIE 2007. A sharp picture loses much of its variation to a blur, a blurred one little.

use super::Hint;
use super::luma::Luma;

/// Half the paper's low-pass window of 9 pixels.
const REACH: usize = 4;
/// Parts along each side: a photograph with little depth of field is sharp in one of them only, and sharp enough.
const PARTS: usize = 4;
/// Parts with less than this of the liveliest part's variation are sky or wall, and say nothing.
const LIVELY: f64 = 0.2;
/// Blur of the sharpest lively part above which a still counts as blurred. The photographs of this bundle stay below at
/// 1280 pixels, and are above under a Gaussian of 2 pixels; the paper's viewers call pictures above about 0.5 blurred.
const TOO_MUCH: f64 = 0.5;
/// Measured at about this width: a model sees no more.
const WIDTH: usize = 1280;

pub(super) fn hint(whole: &Luma) -> Option<Hint> {
    let blur = of_sharpest_part(whole)?;
    (blur > TOO_MUCH).then_some(Hint::Blurred { blur })
}

/// Blur of the sharpest lively part; `None` for a picture without variation.
fn of_sharpest_part(whole: &Luma) -> Option<f64> {
    let small = whole.reduced(whole.width.max(whole.height) / WIDTH);
    let (across, down) = (parts(&small), parts(&small.turned()));
    // A part of the turned plane lies where columns and rows change places.
    let turned = (0..PARTS * PARTS).map(|i| down.get(i % PARTS * PARTS + i / PARTS).copied().unwrap_or_default());
    let both: Vec<[Variation; 2]> = across.iter().copied().zip(turned).map(|(a, d)| [a, d]).collect();
    let liveliest = both.iter().flatten().map(|v| v.before).fold(0.0, f64::max);
    let blurs = both.iter().filter_map(|v| {
        let lively = v.iter().filter(|v| v.before > LIVELY * liveliest && v.before > 0.0);
        lively.map(|v| v.kept / v.before).reduce(f64::max)
    });
    blurs.reduce(f64::min)
}

/// Variation of a part along rows, and what a blur keeps of it.
#[derive(Debug, Clone, Copy, Default)]
struct Variation {
    before: f64,
    kept: f64,
}

fn parts(plane: &Luma) -> Vec<Variation> {
    let mut all = vec![Variation::default(); PARTS * PARTS];
    for (y, row) in plane.levels.chunks_exact(plane.width).enumerate() {
        let blurred = low_pass(row);
        let pairs = row.windows(2).zip(blurred.windows(2)).enumerate();
        for (x, (sharp, soft)) in pairs {
            let ([a, b], [c, d]) = (sharp, soft) else { continue };
            let (before, after) = (f64::from((b - a).abs()), f64::from((d - c).abs()));
            if let Some(v) = all.get_mut(y * PARTS / plane.height * PARTS + x * PARTS / plane.width) {
                v.before += before;
                v.kept += before - (before - after).max(0.0);
            }
        }
    }
    all
}

fn low_pass(row: &[f32]) -> Vec<f32> {
    let sums: Vec<f32> = std::iter::once(0.0)
        .chain(row.iter().scan(0.0, |sum, v| {
            *sum += v;
            Some(*sum)
        }))
        .collect();
    let mean = |x: usize| {
        let (from, to) = (x.saturating_sub(REACH), (x + REACH + 1).min(row.len()));
        let part = sums.get(to).zip(sums.get(from)).map_or(0.0, |(b, a)| b - a);
        part / (to - from) as f32
    };
    (0..row.len()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{of_image, photograph, to_image};
    use super::*;

    #[test]
    fn photographs_are_sharp_until_they_are_blurred() {
        for name in ["picosdeeuropa.jpg", "sunset.jpg"] {
            let small = photograph(name).resized(1280, 854).unwrap();
            let blur = |sigma: f32| of_sharpest_part(&Luma::of(&of_image(&image::imageops::blur(&to_image(&small), sigma)))).unwrap();
            let sharp = of_sharpest_part(&Luma::of(&small)).unwrap();
            println!("{name}: {sharp:.3}, blurred {:.3} {:.3} {:.3}", blur(1.0), blur(2.0), blur(4.0));
            assert!(sharp < TOO_MUCH && blur(2.0) > TOO_MUCH, "{name}");
        }
    }

    #[test]
    fn one_sharp_part_is_enough_and_a_flat_picture_is_not_blurred() {
        let small = to_image(&photograph("picosdeeuropa.jpg").resized(1280, 854).unwrap());
        let mut blurred = image::imageops::blur(&small, 4.0);
        assert!(hint(&Luma::of(&of_image(&blurred))).is_some());
        image::imageops::replace(&mut blurred, &image::imageops::crop_imm(&small, 640, 427, 320, 213).to_image(), 640, 427);
        assert_eq!(hint(&Luma::of(&of_image(&blurred))), None);
        assert_eq!(hint(&Luma { width: 64, height: 64, levels: vec![3.0; 64 * 64] }), None);
    }
}
