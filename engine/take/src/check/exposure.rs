//! Blown and crushed exposure.

use super::Hint;
use crate::picture::Picture;

/// Levels of 255 within which a pixel counts as clipped: one, for the rounding of a lossy file.
const MARGIN: f32 = 1.5 / 255.0;
/// Part of the picture that may be pure white: a sun or a lamp with its glow is below. A clipping warning of a camera or of a
/// raw converter marks every such pixel; a tenth of the frame is no light source any more but a lost sky or shirt.
const WHITE: f64 = 0.10;
/// Part that may be pure black: silhouettes and night are common and meant, so that more than half must be gone.
const BLACK: f64 = 0.50;

pub(super) fn hints(picture: &Picture) -> Vec<Hint> {
    let (mut seen, mut white, mut black) = (0usize, 0usize, 0usize);
    for p in picture.data().chunks_exact(picture.channels()) {
        let (colour, alpha) = p.split_at(3);
        if alpha.first().is_some_and(|a| *a < 0.5) {
            continue;
        }
        seen += 1;
        white += usize::from(colour.iter().all(|v| *v >= 1.0 - MARGIN));
        black += usize::from(colour.iter().all(|v| *v <= MARGIN));
    }
    let share = |n: usize| n as f64 / seen.max(1) as f64;
    let mut hints = Vec::new();
    if share(white) > WHITE {
        hints.push(Hint::Blown { share: share(white) });
    }
    if share(black) > BLACK {
        hints.push(Hint::Crushed { share: share(black) });
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first `of_100` pixels of 100 have `value`, the others are grey.
    fn partly(of_100: usize, value: f32) -> Picture {
        Picture::new(100, 1, 3, (0..300).map(|i| if i / 3 < of_100 { value } else { 0.4 }).collect()).unwrap()
    }

    #[test]
    fn each_share_has_its_limit() {
        assert_eq!(hints(&partly(10, 1.0)), []);
        assert_eq!(hints(&partly(11, 1.0)), [Hint::Blown { share: 0.11 }]);
        assert_eq!(hints(&partly(11, 254.0 / 255.0)).len(), 1);
        assert_eq!(hints(&partly(60, 253.0 / 255.0)), []);
        assert_eq!(hints(&partly(50, 0.0)), []);
        assert_eq!(hints(&partly(51, 0.0)), [Hint::Crushed { share: 0.51 }]);
    }

    #[test]
    fn what_is_transparent_is_neither() {
        let data = (0..100).flat_map(|i| if i < 80 { [0.0; 4] } else { [0.4, 0.4, 0.4, 1.0] }).collect();
        assert_eq!(hints(&Picture::new(100, 1, 4, data).unwrap()), []);
    }
}
