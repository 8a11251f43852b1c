//! A coarse picture of a still, the same at every render scale.

use wakeframe_take::picture::{Picture, PictureError};
use wakeframe_take::transfer::Transfer;

/// Columns and rows.
const GRID: (usize, usize) = (16, 9);
/// Largest mean difference of two scales of one still. A host's scaler keeps area means to a few thousandths.
const MEAN: f32 = 0.01;
/// Largest difference in one cell.
const CELL: f32 = 0.06;

/// Area means of a still in the host's own encoding. Hosts scale in that encoding, which keeps its means and no
/// other's.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature(Vec<f32>);

impl Signature {
    /// Of a model's picture.
    pub fn of(picture: &Picture, transfer: Transfer) -> Result<Self, PictureError> {
        let pixels = picture.data().chunks_exact(picture.channels());
        let data = pixels
            .flat_map(|p| {
                let alpha = p.get(3).copied().unwrap_or(1.0);
                [0, 1, 2].map(|k| p.get(k).map_or(0.0, |v| transfer.from_srgb(*v) * alpha))
            })
            .collect();
        let means = Picture::new(picture.width(), picture.height(), 3, data)?.resized(GRID.0, GRID.1)?;
        Ok(Self(means.into_data()))
    }

    /// Mean difference, relative above 1; `None` where the two cannot be one still.
    pub fn distance(&self, other: &Signature) -> Option<f32> {
        let differences: Vec<f32> = self.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs() / a.abs().max(b.abs()).max(1.0)).collect();
        let mean = differences.iter().sum::<f32>() / differences.len().max(1) as f32;
        let most = differences.iter().fold(0.0f32, |m, d| m.max(*d));
        (mean <= MEAN && most <= CELL).then_some(mean)
    }
}

/// Whether pictures of those sizes can be scales of one, each side rounded to whole pixels.
pub fn same_proportions(a: (u32, u32), b: (u32, u32)) -> bool {
    let (aw, ah, bw, bh) = (f64::from(a.0), f64::from(a.1), f64::from(b.0), f64::from(b.1));
    // One pixel of rounding on each side of the smaller picture.
    let slack = 1.01 / aw.min(bw) + 1.01 / ah.min(bh);
    ((aw * bh) / (ah * bw) - 1.0).abs() <= slack
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something like a photograph: smooth, with edges and texture.
    fn scene(w: usize, h: usize, shift: f32) -> Picture {
        let data = (0..w * h).flat_map(|i| {
            let (x, y) = (((i % w) as f32 + 0.5) / w as f32 + shift, ((i / w) as f32 + 0.5) / h as f32);
            let edge = if (x * 3.0).fract() > 0.5 { 0.3 } else { 0.0 };
            let v = 0.3 + 0.2 * (x * 9.0).sin() * (y * 7.0).cos() + edge;
            [v, v * 0.8, 0.5 * y]
        });
        Picture::new(w, h, 3, data.collect()).unwrap()
    }

    #[test]
    fn a_still_matches_itself_at_other_scales_only() {
        for transfer in [Transfer::Linear, Transfer::Srgb, Transfer::Rec709] {
            let full = Signature::of(&scene(320, 180, 0.0), transfer).unwrap();
            for (w, h) in [(160, 90), (80, 45), (107, 60)] {
                let small = Signature::of(&scene(320, 180, 0.0).resized(w, h).unwrap(), transfer).unwrap();
                assert!(full.distance(&small).is_some(), "{transfer:?} {w}×{h}");
            }
            let other = Signature::of(&scene(320, 180, 0.2), transfer).unwrap();
            assert_eq!(full.distance(&other), None, "{transfer:?}");
        }
    }

    #[test]
    fn proportions_allow_for_rounding() {
        assert!(same_proportions((1920, 1080), (960, 540)));
        assert!(same_proportions((1921, 1081), (480, 270)));
        assert!(!same_proportions((1920, 1080), (1080, 1080)));
        assert!(!same_proportions((1920, 1080), (960, 600)));
    }
}
