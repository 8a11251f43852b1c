//! Transfer curves. Each pair is an exact inverse within fp32, extended above 1 and mirrored below 0, so that
//! scene-linear highlights and out-of-gamut values survive the way in and out.

use serde::{Deserialize, Serialize};

/// How the host's pixels are encoded (node parameter `inputTransfer`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transfer {
    /// Scene-linear (Natron, Nuke).
    Linear,
    /// IEC 61966-2-1.
    Srgb,
    /// ITU-R BT.709 camera curve.
    Rec709,
}

impl Transfer {
    /// Host value → sRGB-encoded value.
    pub fn to_srgb(self, v: f32) -> f32 {
        match self {
            Transfer::Srgb => v,
            Transfer::Linear => srgb_from_linear(v),
            Transfer::Rec709 => srgb_from_linear(linear_from_rec709(v)),
        }
    }

    /// sRGB-encoded value → host value.
    pub fn from_srgb(self, v: f32) -> f32 {
        match self {
            Transfer::Srgb => v,
            Transfer::Linear => linear_from_srgb(v),
            Transfer::Rec709 => rec709_from_linear(linear_from_srgb(v)),
        }
    }
}

/// Computed in fp64 so that 0 and 1 stay exactly themselves; `libm` gives the same digits on every machine.
fn mirrored(v: f32, f: impl Fn(f64) -> f64) -> f32 {
    let v = f64::from(v);
    (if v < 0.0 { -f(-v) } else { f(v) }) as f32
}

/// IEC 61966-2-1: `12.92·L` up to 0.0031308, then `1.055·L^(1/2.4) − 0.055`.
pub fn srgb_from_linear(v: f32) -> f32 {
    mirrored(v, |v| if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * libm::pow(v, 1.0 / 2.4) - 0.055 })
}

/// Inverse of [`srgb_from_linear`].
pub fn linear_from_srgb(v: f32) -> f32 {
    mirrored(v, |v| if v <= 0.040_449_936 { v / 12.92 } else { libm::pow((v + 0.055) / 1.055, 2.4) })
}

/// BT.709's 1.099 and 0.018 leave a gap where the two parts meet, so that a few values have no inverse; these
/// are the same constants to full precision, as ITU-R BT.2020 gives them.
const ALPHA: f64 = 1.099_296_826_809_44;
const BETA: f64 = 0.018_053_968_510_807;

/// ITU-R BT.709: `4.5·L` below β, then `α·L^0.45 − (α − 1)`.
pub fn rec709_from_linear(v: f32) -> f32 {
    mirrored(v, |v| if v < BETA { 4.5 * v } else { ALPHA * libm::pow(v, 0.45) - (ALPHA - 1.0) })
}

/// Inverse of [`rec709_from_linear`].
pub fn linear_from_rec709(v: f32) -> f32 {
    mirrored(v, |v| if v < 4.5 * BETA { v / 4.5 } else { libm::pow((v + (ALPHA - 1.0)) / ALPHA, 1.0 / 0.45) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_and_its_inverse_cancel() {
        for t in [Transfer::Linear, Transfer::Srgb, Transfer::Rec709] {
            for i in -400..4000 {
                let v = i as f32 / 1000.0;
                let back = t.from_srgb(t.to_srgb(v));
                assert!((back - v).abs() <= 2e-5 * v.abs().max(0.05), "{t:?} {v} came back as {back}");
            }
        }
    }

    #[test]
    fn anchors_of_the_standards() {
        assert!((srgb_from_linear(0.214_041_14) - 0.5).abs() < 1e-6);
        assert!((rec709_from_linear(0.18) - 0.409).abs() < 1e-3);
        assert_eq!(srgb_from_linear(1.0), 1.0);
        assert!(srgb_from_linear(4.0) > 1.8, "highlights go on above 1");
    }
}
