//! A subject that an edge cuts off.
//!
//! What stands out is what differs in colour from the picture's border: that borders are mostly background is the boundary
//! prior of Wei et al., “Geodesic Saliency Using Background Priors”, ECCV 2012. The prior holds only where the border is
//! nearly of one colour, so that everything else raises no hint: a landscape's mountains touch every edge and are no subject.

use std::fmt;

use super::Hint;
use crate::picture::Picture;

/// An edge of the picture. The lower one is left out, for people are usually framed from the waist up, and so is the upper one,
/// for skies touch it and close portraits are cut there on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Left.
    Left,
    /// Right.
    Right,
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Edge::Left => "left",
            Edge::Right => "right",
        })
    }
}

/// Cells along the longer side that are looked at.
const CELLS: usize = 64;
/// Colour distance (RGB, 0…1, root mean square) beyond which a cell differs from the border: about a sixth of the range, far
/// above a wall's shading.
const DISTANCE: f32 = 0.16;
/// Part of the border that must be of its own median colour for the prior to hold.
const PLAIN: f64 = 0.75;
/// Part of the picture a cut subject has: below it is a twig, above it a backdrop.
const AREA: std::ops::RangeInclusive<f64> = 0.03..=0.45;
/// Contact with the edge over the square root of the area: Zhu et al., “Saliency Optimization from Robust Background
/// Detection”, CVPR 2014, call this boundary connectivity, and find objects below 1 and background above.
const CONNECTED: std::ops::RangeInclusive<f64> = 0.25..=1.5;

pub(super) fn hint(picture: &Picture) -> Option<Hint> {
    let longest = picture.width().max(picture.height());
    if longest < CELLS || picture.channels() != 3 {
        return None;
    }
    let side = |n: usize| (n * CELLS / longest).max(8);
    let cells = picture.resized(side(picture.width()), side(picture.height())).ok()?;
    let (w, h) = (cells.width(), cells.height());
    let colour = |i: usize| cells.data().get(3 * i..3 * i + 3).map_or([0.0; 3], |p| [0, 1, 2].map(|k| p[k].clamp(0.0, 1.0)));
    let border: Vec<usize> = (0..w * h).filter(|i| i % w == 0 || i % w == w - 1 || i / w == 0 || i / w == h - 1).collect();
    let ground = [0, 1, 2].map(|k| median(border.iter().map(|i| colour(*i)[k]).collect()));
    let differs: Vec<bool> = (0..w * h).map(|i| distance(colour(i), ground) > DISTANCE).collect();
    let plain = border.iter().filter(|i| !differs[**i]).count() as f64 / border.len() as f64;
    if plain < PLAIN {
        return None;
    }
    let subject = largest_patch(&differs, w);
    let area = subject.len() as f64;
    if !AREA.contains(&(area / (w * h) as f64)) {
        return None;
    }
    let contact = |on: &dyn Fn(usize) -> bool| subject.iter().filter(|i| on(**i)).count() as f64;
    let (left, right) = (contact(&|i| i % w == 0), contact(&|i| i % w == w - 1));
    // What touches both sides is a horizon, a wire, a road; what touches the upper edge a sky or a ceiling.
    if (left > 0.0 && right > 0.0) || contact(&|i| i < w) > 0.0 {
        return None;
    }
    let (edge, length) = if left > right { (Edge::Left, left) } else { (Edge::Right, right) };
    CONNECTED.contains(&(length / area.sqrt())).then_some(Hint::SubjectCut { edge })
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / 3.0).sqrt()
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The cells of the largest 4-connected patch.
fn largest_patch(on: &[bool], width: usize) -> Vec<usize> {
    let mut seen = vec![false; on.len()];
    let mut largest = Vec::new();
    for start in (0..on.len()).filter(|i| on[*i]) {
        let (mut patch, mut open) = (Vec::new(), vec![start]);
        while let Some(i) = open.pop() {
            if !on[i] || std::mem::replace(&mut seen[i], true) {
                continue;
            }
            patch.push(i);
            let (x, y) = (i % width, i / width);
            open.extend((x > 0).then(|| i - 1));
            open.extend((x + 1 < width).then_some(i + 1));
            open.extend((y > 0).then(|| i - width));
            open.extend((i + width < on.len()).then_some(i + width));
        }
        if patch.len() > largest.len() {
            largest = patch;
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::super::tests::photograph;
    use super::*;

    /// A dark disc on a plain wall with a little shading.
    fn disc(cx: f32, cy: f32, r: f32) -> Picture {
        let data = (0..320 * 180).flat_map(|i| {
            let (x, y) = ((i % 320) as f32, (i / 320) as f32);
            if (x - cx).hypot(y - cy) < r { [0.2, 0.1, 0.1] } else { [0.70 + x / 6000.0, 0.7, 0.72 - y / 4000.0] }
        });
        Picture::new(320, 180, 3, data.collect()).unwrap()
    }

    #[test]
    fn a_subject_is_cut_where_an_edge_goes_through_it() {
        assert_eq!(hint(&disc(160.0, 90.0, 50.0)), None);
        assert_eq!(hint(&disc(60.0, 90.0, 50.0)), None);
        assert_eq!(hint(&disc(20.0, 90.0, 50.0)), Some(Hint::SubjectCut { edge: Edge::Left }));
        assert_eq!(hint(&disc(300.0, 90.0, 50.0)), Some(Hint::SubjectCut { edge: Edge::Right }));
        assert_eq!(hint(&disc(160.0, 10.0, 50.0)), None, "a close portrait");
        assert_eq!(hint(&disc(160.0, 170.0, 50.0)), None, "waist up");
    }

    #[test]
    fn scenes_without_a_plain_ground_raise_no_alarm() {
        for photograph in ["picosdeeuropa.jpg", "sunset.jpg"].map(photograph) {
            for (w, h) in [(16, 9), (9, 16), (1, 1), (3, 1)] {
                assert_eq!(hint(&photograph.centre_cropped(w, h).unwrap()), None);
            }
        }
        let horizon = (0..320 * 180).flat_map(|i| if (80..110).contains(&(i / 320)) { [0.1; 3] } else { [0.7; 3] });
        assert_eq!(hint(&Picture::new(320, 180, 3, horizon.collect()).unwrap()), None);
        assert_eq!(hint(&disc(20.0, 90.0, 14.0)), None, "a twig");
    }
}
