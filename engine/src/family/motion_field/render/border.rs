//! Covers what a camera move uncovers at the borders by stretching what lies next to them.
//!
//! Beside a reflection, which shows its axis, and filled borders, which show their seam, a stretch goes unnoticed.

use super::lattice::{Lattice, SPACING};

/// Width of the stretched zone, as a part of the picture's side.
const ZONE: f32 = 0.22;
/// What is missing may take up at most this part of the zone, or the border would smear; the rest is mirrored.
const MOST: f32 = 0.45;

/// Bends `shift` (picture → still) so that the picture's borders do not look past the still's.
pub fn stretch(shift: &mut Lattice, width: usize, height: usize) {
    let columns = shift.columns;
    let rows = shift.shifts.len() / columns;
    let across: Vec<[f32; 2]> = (0..rows).map(|r| missing(shift, [r * columns, 1], 0, width)).collect();
    let down: Vec<[f32; 2]> = (0..columns).map(|c| missing(shift, [c, columns], 1, height)).collect();
    for ((r, row), across) in shift.shifts.chunks_exact_mut(columns).enumerate().zip(across) {
        for ((c, s), down) in row.iter_mut().enumerate().zip(&down) {
            s[0] += bend((c * SPACING) as f32 + s[0], width, across);
            s[1] += bend((r * SPACING) as f32 + s[1], height, *down);
        }
    }
}

/// Pixels by which the first and last pixel of a line of nodes (`from`, `step`) look past the still along `axis`.
fn missing(shift: &Lattice, [from, step]: [usize; 2], axis: usize, side: usize) -> [f32; 2] {
    let node = |k: usize| shift.shifts[from + k * step][axis];
    let last = (side - 1) / SPACING;
    let part = ((side - 1) % SPACING) as f32 / SPACING as f32;
    let end = node(last) + (node(last + 1) - node(last)) * part;
    let most = ZONE * MOST * side as f32;
    [(-node(0)).clamp(0.0, most), end.clamp(0.0, most)]
}

/// Correction of still position `q` for what is missing before the first and after the last pixel.
fn bend(q: f32, side: usize, missing: [f32; 2]) -> f32 {
    let zone = ZONE * side as f32;
    // Quadratic from the zone's inner end, where it has slope 1, to the border.
    let pull = |inside: f32, missing: f32| {
        let x = inside.clamp(0.0, zone + missing);
        let full = zone + missing;
        missing * x * x / (full * full)
    };
    let end = (side - 1) as f32;
    pull(zone - q, missing[0]) - pull(q - (end - zone), missing[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_look_at_borders_and_the_middle_is_left_alone() {
        let (w, h) = (161, 90);
        let mut l = Lattice::from_fn(w, h, |_, y| [9.0, -0.02 * y]);
        let before = l.clone();
        stretch(&mut l, w, h);
        let middle = 5 * l.columns + 10;
        assert_eq!(l.shifts[middle], before.shifts[middle]);
        assert!(l.shifts[5 * l.columns + 20][0].abs() < 1e-3);
        for r in 0..l.shifts.len() / l.columns {
            for c in 1..l.columns {
                let x = |c: usize| (c * SPACING) as f32 + l.shifts[r * l.columns + c][0];
                assert!(x(c) > x(c - 1));
            }
        }
    }

    #[test]
    fn what_does_not_look_past_the_borders_stays() {
        let mut l = Lattice::from_fn(50, 40, |x, y| [(25.0 - x) * 0.1, (20.0 - y) * 0.1]);
        let before = l.clone();
        stretch(&mut l, 50, 40);
        assert_eq!(l.shifts, before.shifts);
    }
}
