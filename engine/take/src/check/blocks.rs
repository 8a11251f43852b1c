//! Blockiness: differences across the lines of an 8×8 grid against those beside them, after Wang, Sheikh and Bovik,
//! “No-reference perceptual quality assessment of JPEG compressed images”, ICIP 2002. The grid's place is searched, for a
//! still may be cropped; both directions must show it, for a fence is no grid.

use super::Hint;
use super::luma::Luma;

/// Side of a block of JPEG, MPEG-2 and H.264's 8×8 transform, pixels.
const BLOCK: usize = 8;
/// Larger differences are edges of the scene, levels of 255.
const EDGE: f32 = 12.0;
/// Every so many rows are looked at: enough for a mean.
const STRIDE: usize = 3;
/// Ratio above which the grid shows. The photographs of this bundle have 1.1 to 1.2 saved again at 1280 pixels with JPEG quality
/// 90, 1.2 and 1.4 with quality 75, which nobody calls heavy, and 1.8 and 3.1 with quality 10.
const TOO_MUCH: f64 = 1.6;

pub(super) fn hint(whole: &Luma) -> Option<Hint> {
    let ratio = ratio(whole);
    (ratio > TOO_MUCH).then_some(Hint::Compressed { ratio })
}

fn ratio(whole: &Luma) -> f64 {
    along_rows(whole).min(along_rows(&whole.turned()))
}

/// The largest of the eight phases' mean difference over the middle one's.
fn along_rows(plane: &Luma) -> f64 {
    let (mut sums, mut counts) = ([0f64; BLOCK], [0u32; BLOCK]);
    for y in (0..plane.height).step_by(STRIDE) {
        for (x, pair) in plane.row(y).windows(2).enumerate() {
            let [a, b] = pair else { continue };
            let d = (b - a).abs();
            if let (true, Some(sum), Some(count)) = (d < EDGE, sums.get_mut(x % BLOCK), counts.get_mut(x % BLOCK)) {
                *sum += f64::from(d);
                *count += 1;
            }
        }
    }
    let mut means: Vec<f64> = sums.iter().zip(counts).map(|(s, n)| s / f64::from(n.max(1))).collect();
    means.sort_by(f64::total_cmp);
    // A tenth of a level keeps the noise of a flat picture from being a ratio.
    let (middle, largest) = (means.get(BLOCK / 2 - 1).copied().unwrap_or(0.0), means.last().copied().unwrap_or(0.0));
    (largest + 0.1) / (middle + 0.1)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{of_image, photograph, to_image};
    use super::*;

    fn saved_again(rgb: &image::RgbImage, quality: u8) -> image::RgbImage {
        let mut file = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality).encode_image(rgb).unwrap();
        image::load_from_memory(&file).unwrap().to_rgb8()
    }

    #[test]
    fn strong_compression_shows_and_usual_compression_does_not() {
        for name in ["picosdeeuropa.jpg", "sunset.jpg"] {
            let small = to_image(&photograph(name).resized(1280, 854).unwrap());
            let of = |q: u8| ratio(&Luma::of(&of_image(&saved_again(&small, q))));
            println!("{name}: q90 {:.3}, q75 {:.3}, q30 {:.3}, q10 {:.3}", of(90), of(75), of(30), of(10));
            assert!(of(75) < TOO_MUCH && of(10) > TOO_MUCH, "{name}");
            // Cropped, the grid lies elsewhere.
            let cropped = image::imageops::crop_imm(&saved_again(&small, 10), 3, 5, 1270, 840).to_image();
            assert!(hint(&Luma::of(&of_image(&cropped))).is_some(), "{name}");
        }
    }

    #[test]
    fn a_fence_and_a_flat_wall_are_no_grid() {
        let fence = |x: usize| if x.is_multiple_of(8) { 110.0 } else { 102.0 };
        assert_eq!(hint(&Luma { width: 256, height: 256, levels: (0..256 * 256).map(|i| fence(i % 256)).collect() }), None);
        assert_eq!(hint(&Luma { width: 64, height: 64, levels: vec![9.0; 4096] }), None);
    }
}
