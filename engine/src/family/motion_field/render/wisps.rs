//! Hairs, whiskers and bright outlines beside a cut-out: what is left of them in an even background would stay behind as a
//! ghost when the two part.

use super::guided::box_mean;
use super::mask::{Matte, grown};
use super::plane::Plane;
use super::push_pull::push_pull;

/// How far from the matte they are looked for, as a part of the longer side.
const RIM: f32 = 0.01;
/// Deviations of the background's brightness at which a pixel begins to be none of it, and is none of it.
const APART: [f32; 2] = [3.0, 6.0];
/// A background is taken for at least this uneven,
const LEAST_GRAIN: f32 = 0.008;
/// and one more uneven than this hides what is left.
const MOST_GRAIN: f32 = 0.07;

/// `matte` with what stands out, close to it, from the even background of `image`.
pub fn gathered(image: &Plane, matte: &Matte) -> Matte {
    let (w, h, c) = (image.width(), image.height(), image.channels());
    let rim = ((w.max(h) as f32 * RIM) as usize).max(1);
    let covered: Vec<bool> = matte.bytes.iter().map(|b| *b >= 128).collect();
    let near = grown(&covered, w, h, rim);
    let known: Vec<f32> = near.iter().map(|n| f32::from(u8::from(!n))).collect();
    if near.iter().all(|n| *n) || near.iter().all(|n| !*n) {
        return matte.clone();
    }
    let mut behind = image.values().to_vec();
    push_pull(&mut behind, &known, w, h, c);
    let grain = grain(image, &known, 2 * rim);
    let mut bytes = matte.bytes.clone();
    for (i, byte) in bytes.iter_mut().enumerate().filter(|(i, byte)| near[*i] && **byte < 255) {
        let grain = grain[i].max(LEAST_GRAIN);
        if grain > MOST_GRAIN {
            continue;
        }
        let pixels = image.values()[i * c..(i + 1) * c].iter().zip(&behind[i * c..(i + 1) * c]);
        let apart = pixels.map(|(v, b)| (v - b).abs()).fold(0.0, f32::max) / grain;
        let f = ((apart - APART[0]) / (APART[1] - APART[0])).clamp(0.0, 1.0);
        *byte = (*byte).max((f * f * (3.0 - 2.0 * f) * 255.0 + 0.5) as u8);
    }
    Matte::new(w, h, bytes)
}

/// Deviation of brightness among what is `known` within `radius` of every pixel; endless where nothing is.
fn grain(image: &Plane, known: &[f32], radius: usize) -> Vec<f32> {
    let (w, h, c) = (image.width(), image.height(), image.channels());
    let bright = |p: &[f32]| p.iter().take(3).map(|v| v.clamp(0.0, 1.0)).sum::<f32>() / c.min(3) as f32;
    let brightness = || image.values().chunks_exact(c).map(bright).zip(known);
    let share = box_mean(known.to_vec(), w, h, radius);
    let mean = box_mean(brightness().map(|(b, k)| k * b).collect(), w, h, radius);
    let square = box_mean(brightness().map(|(b, k)| k * b * b).collect(), w, h, radius);
    let deviation = |((s, m), q): ((&f32, &f32), &f32)| {
        if *s > 1e-3 { libm::sqrtf((q / s - (m / s) * (m / s)).max(0.0)) } else { f32::INFINITY }
    };
    share.iter().zip(&mean).zip(&square).map(deviation).collect()
}

#[cfg(test)]
mod tests {
    use wakeframe_take::picture::Picture;

    use super::*;

    const W: usize = 600;
    const H: usize = 400;

    /// A dark body before an even sky that `uneven` roughens; a hair beside it, and one far off.
    fn scene(uneven: f32) -> (Plane, Matte) {
        let body = |x: usize, y: usize| (200..400).contains(&x) && (150..380).contains(&y);
        let hair = |x: usize, y: usize| (145..150).contains(&y) && (x == 250 || x == 253) || (20..25).contains(&y) && x == 250;
        let value = |i: usize| {
            let (x, y) = (i % W, i / W);
            let sky = 0.7 + 0.0002 * y as f32 + uneven * if (x / 3 * 7 + y / 3 * 13) % 5 < 2 { 1.0 } else { -1.0 };
            if body(x, y) || hair(x, y) { 0.1 } else { sky }
        };
        let picture = Picture::new(W, H, 3, (0..W * H * 3).map(|k| value(k / 3)).collect()).unwrap();
        let bytes = (0..W * H).map(|i| if body(i % W, i / W) { 255 } else { 0 }).collect();
        (Plane::premultiplied(&picture), Matte::new(W, H, bytes))
    }

    #[test]
    fn a_hair_beside_the_body_goes_with_it_and_nothing_else_does() {
        let (plane, matte) = scene(0.0);
        let gathered = gathered(&plane, &matte);
        let new: Vec<usize> = (0..W * H).filter(|i| gathered.bytes[*i] != matte.bytes[*i]).collect();
        let hairs: Vec<usize> = (145..150).flat_map(|y| [y * W + 250, y * W + 253]).collect();
        assert_eq!(new, hairs);
        assert!(hairs.iter().all(|i| gathered.bytes[*i] == 255));
    }

    #[test]
    fn what_is_uneven_keeps_what_is_in_it() {
        let (plane, matte) = scene(0.1);
        assert_eq!(gathered(&plane, &matte).bytes, matte.bytes);
    }

    #[test]
    fn a_matte_of_everything_or_nothing_stays() {
        let (plane, _) = scene(0.0);
        for byte in [0, 255] {
            assert!(gathered(&plane, &Matte::new(W, H, vec![byte; W * H])).bytes.iter().all(|b| *b == byte));
        }
    }
}
