//! Light that changes over the clip: brighter or darker, warmer or cooler, on the finished frame in linear light.
//!
//! Each channel is multiplied by its gain, as von Kries has it in the display's primaries. What a gain above 1 would push
//! past white comes to rest there instead; values of the still that lie above white stay where they are.

use wakeframe_take::picture::{Picture, REC709};
use wakeframe_take::transfer::{linear_from_srgb, srgb_from_linear};

/// Stops of a brightness of 1.
const STOPS: f64 = 0.7;
/// The light that the still is taken to have, in mireds (1,000,000 over kelvins): 5500 K.
const NEUTRAL: f64 = 1e6 / 5500.0;
/// Mireds by which a warmth of 1 moves it: to about 4200 K, and 7900 K the other way.
const MIREDS: f64 = 55.0;
/// Steps of the tables between black and white.
const STEPS: usize = 4096;

/// A change of light, and the gains it ends with.
#[derive(Debug, Clone)]
pub struct Light {
    warmth: f64,
    brightness: f64,
    /// Linear value at every step of an sRGB value.
    linear: Vec<f64>,
}

impl Light {
    /// To `warmth` (+ warmer) and `brightness` (+ brighter), each −1…1 times the move's size; `None` where neither is asked for.
    pub fn new(warmth: f64, brightness: f64) -> Option<Self> {
        let linear = || (0..=STEPS).map(|i| f64::from(linear_from_srgb(i as f32 / STEPS as f32))).collect();
        (warmth != 0.0 || brightness != 0.0).then(|| Self { warmth, brightness, linear: linear() })
    }

    /// Changes `picture` as far as the light has come at the part `path` (0…1).
    pub fn shine(&self, picture: &mut Picture, path: f64) {
        if path == 0.0 {
            return;
        }
        let curves = self.gains(path).map(|gain| Curve::new(gain, &self.linear));
        let channels = picture.channels();
        for pixel in picture.data_mut().chunks_exact_mut(channels) {
            for (v, curve) in pixel.iter_mut().zip(&curves) {
                *v = curve.at(*v);
            }
        }
    }

    /// Gains of red, green and blue; white keeps its luminance but for the brightness.
    fn gains(&self, path: f64) -> [f64; 3] {
        let (from, to) = (white(NEUTRAL), white(NEUTRAL + MIREDS * self.warmth * path));
        let ratio: [f64; 3] = std::array::from_fn(|k| to[k] / from[k]);
        let luminance: f64 = ratio.iter().zip(REC709).map(|(r, l)| r * l).sum();
        let exposure = libm::exp2(STOPS * self.brightness * path);
        ratio.map(|r| r / luminance * exposure)
    }
}

/// Linear sRGB of a black body's white, its Y 1, from 40 to 450 mireds: Kim et al.'s cubics for the Planckian locus (US patent 7,024,034).
fn white(mireds: f64) -> [f64; 3] {
    let t = mireds * 1e-3;
    let x = if t < 0.25 {
        ((-3.025_846_9 * t + 2.107_037_9) * t + 0.222_634_7) * t + 0.240_390
    } else {
        ((-0.266_123_9 * t - 0.234_358_9) * t + 0.877_695_6) * t + 0.179_910
    };
    let y = if t < 0.25 {
        ((3.081_758_0 * x - 5.873_386_7) * x + 3.751_129_97) * x - 0.370_014_83
    } else {
        ((-0.954_947_6 * x - 1.374_185_93) * x + 2.091_370_15) * x - 0.167_488_67
    };
    let (x, z) = (x / y, (1.0 - x - y) / y);
    let rows = [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]];
    rows.map(|m: [f64; 3]| (m[0] * x + m[1] + m[2] * z).max(1e-3))
}

/// One channel's new value for each old one.
struct Curve {
    gain: f64,
    table: Vec<f32>,
}

impl Curve {
    fn new(gain: f64, linear: &[f64]) -> Self {
        Self { gain, table: linear.iter().map(|l| srgb_from_linear(lit(*l, gain) as f32)).collect() }
    }

    fn at(&self, v: f32) -> f32 {
        if !(0.0..1.0).contains(&v) {
            return if v.is_finite() { srgb_from_linear(lit(f64::from(linear_from_srgb(v)), self.gain) as f32) } else { v };
        }
        let place = v * STEPS as f32;
        let i = place as usize;
        match self.table.get(i..i + 2) {
            Some([a, b]) => a + (b - a) * (place - i as f32),
            _ => v,
        }
    }
}

/// A linear value under a gain: `gain` times as much in the shadows, white at white.
fn lit(v: f64, gain: f64) -> f64 {
    if gain <= 1.0 {
        return gain * v;
    }
    if v.abs() >= 1.0 {
        return v;
    }
    gain * v / libm::sqrt(1.0 + (gain * gain - 1.0) * v * v)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shone(warmth: f64, brightness: f64, path: f64, pixel: &[f32]) -> Vec<f32> {
        let mut p = Picture::filled(2, 1, pixel).unwrap();
        Light::new(warmth, brightness).unwrap().shine(&mut p, path);
        p.into_data()[..pixel.len()].to_vec()
    }

    fn luminance(p: &[f32]) -> f64 {
        p.iter().zip(REC709).map(|(v, l)| f64::from(linear_from_srgb(*v)) * l).sum()
    }

    #[test]
    fn nothing_asked_is_no_light_and_the_start_is_untouched() {
        assert!(Light::new(0.0, 0.0).is_none());
        let pixel = [0.3, f32::NAN, 7.5];
        assert_eq!(shone(1.0, 1.0, 0.0, &pixel)[0], 0.3);
    }

    #[test]
    fn brightness_is_measured_in_stops() {
        let dark = [0.1f32; 3];
        let stops = |p: &[f32]| libm::log2(luminance(p) / luminance(&dark));
        assert!((stops(&shone(0.0, -1.0, 1.0, &dark)) + 0.7).abs() < 0.01);
        assert!((stops(&shone(0.0, 1.0, 1.0, &dark)) - 0.7).abs() < 0.01);
        assert!((stops(&shone(0.0, 1.0, 0.5, &dark)) - 0.35).abs() < 0.01);
    }

    #[test]
    fn warmth_turns_grey_orange_and_its_contrary_blue_at_the_same_luminance() {
        let grey = [0.4f32; 3];
        let (warm, cool) = (shone(1.0, 0.0, 1.0, &grey), shone(-1.0, 0.0, 1.0, &grey));
        assert!(warm[0] > 0.43 && warm[2] < 0.36, "{warm:?}");
        assert!(cool[0] < 0.38 && cool[2] > 0.43, "{cool:?}");
        for p in [warm, cool] {
            assert!((luminance(&p) / luminance(&grey) - 1.0).abs() < 0.02, "{p:?}");
        }
    }

    #[test]
    fn every_value_keeps_its_order_and_highlights_come_to_rest_at_white() {
        for (warmth, brightness) in [(0.0, 1.6), (1.6, 1.0), (-1.0, -1.6)] {
            let curves = Light::new(warmth, brightness).map(|l| l.gains(1.0).map(|g| Curve::new(g, &l.linear))).unwrap();
            for c in &curves {
                let values: Vec<f32> = (-200..3000).map(|i| c.at(i as f32 / 1000.0)).collect();
                assert!(values.windows(2).all(|w| w[1] > w[0] && w[1] - w[0] < 0.02), "{warmth} {brightness}");
                assert!((-200..=1000).all(|i| c.at(i as f32 / 1000.0) <= 1.0), "{warmth} {brightness}");
                if c.gain >= 1.0 {
                    assert!((c.at(2.5) - 2.5).abs() < 1e-5 && c.at(1.0) == 1.0);
                }
            }
        }
    }

    #[test]
    fn the_table_is_as_good_as_the_formula_and_alpha_and_what_is_no_number_stay() {
        let light = Light::new(0.6, 0.6).unwrap();
        let curve = Curve::new(1.5, &light.linear);
        for i in 0..999 {
            let v = i as f32 / 999.0;
            let want = srgb_from_linear(lit(f64::from(linear_from_srgb(v)), 1.5) as f32);
            assert!((curve.at(v) - want).abs() < 2e-5, "{v}");
        }
        let p = shone(1.0, 1.0, 1.0, &[f32::NAN, f32::INFINITY, 0.5, 0.25]);
        assert!(p[0].is_nan() && p[1] == f32::INFINITY && p[3] == 0.25);
    }
}
