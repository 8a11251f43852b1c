//! Displacements on a lattice over the full-resolution picture.

/// Pixels between nodes.
pub const SPACING: usize = 8;

/// Displacements in pixels (+x right, +y down) at every [`SPACING`]th pixel, one node beyond the far edges.
#[derive(Debug, Clone)]
pub struct Lattice {
    /// Nodes in a row.
    pub columns: usize,
    /// [rows][columns] of (x, y).
    pub shifts: Vec<[f32; 2]>,
}

impl Lattice {
    /// Nodes in a row and rows of nodes for a picture of that size.
    pub fn size(width: usize, height: usize) -> (usize, usize) {
        ((width - 1) / SPACING + 2, (height - 1) / SPACING + 2)
    }

    /// `shift(x, y)` at every node of a picture of that size; x and y are pixels.
    pub fn from_fn(width: usize, height: usize, mut shift: impl FnMut(f32, f32) -> [f32; 2]) -> Self {
        let (columns, rows) = Self::size(width, height);
        let mut shifts = Vec::with_capacity(columns * rows);
        for r in 0..rows {
            for c in 0..columns {
                shifts.push(shift((c * SPACING) as f32, (r * SPACING) as f32));
            }
        }
        Self { columns, shifts }
    }
}

/// Bilinear interpolation of lattice `nodes` ([rows][columns]) at pixel position (x, y), edges repeated.
pub fn interpolated<T: Copy>(nodes: &[T], columns: usize, rows: usize, x: f32, y: f32, mix: impl Fn(T, T, f32) -> T) -> T {
    let gx = (x / SPACING as f32).clamp(0.0, (columns - 1) as f32);
    let gy = (y / SPACING as f32).clamp(0.0, (rows - 1) as f32);
    let (x0, y0) = ((gx as usize).min(columns - 2), (gy as usize).min(rows - 2));
    let (fx, fy) = (gx - x0 as f32, gy - y0 as f32);
    let at = y0 * columns + x0;
    let top = mix(nodes[at], nodes[at + 1], fx);
    let bottom = mix(nodes[at + columns], nodes[at + columns + 1], fx);
    mix(top, bottom, fy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lattice_reaches_past_the_last_pixel() {
        for n in [1, 7, 8, 9, 16, 17] {
            let (c, _) = Lattice::size(n, 1);
            assert!(c >= 2 && (c - 1) * SPACING > n - 1);
        }
        let l = Lattice::from_fn(20, 20, |x, y| [x * 2.0, y - 1.0]);
        let rows = l.shifts.len() / l.columns;
        let v = interpolated(&l.shifts, l.columns, rows, 13.0, 5.5, |a, b, f| [a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f]);
        assert!((v[0] - 26.0).abs() < 1e-4 && (v[1] - 4.5).abs() < 1e-4);
    }
}
