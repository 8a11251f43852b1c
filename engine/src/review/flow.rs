//! Motion between two frames, on a grid: pyramidal Lucas-Kanade (Bouguet, “Pyramidal implementation of the Lucas Kanade
//! feature tracker”, 2000) of the crate `optical-flow-lk`, forwards and back. A point that does not come back to where it
//! started is not believed (Kalal et al., “Forward-Backward Error”, ICPR 2010).

use image::GrayImage;
use optical_flow_lk::{DEFAULT_FB_THRESHOLD, TrackParams, TrackStatus, build_pyramid, calc_optical_flow_fb};

/// Distance of neighbouring points, small pixels.
pub(super) const SPACING: usize = 10;
/// Levels of the pyramid: the top one sees a move of a third of the picture.
const LEVELS: usize = 4;
/// Window 13 pixels wide; a window must have a texture of about one level per pixel in every direction, or noise is followed.
const PARAMS: TrackParams = TrackParams { window_size: 13, max_iterations: 20, min_eigen_threshold: 1.0 };

/// A frame ready to be compared.
pub(super) type Pyramid = Vec<GrayImage>;

pub(super) fn pyramid(grey: &GrayImage) -> Pyramid {
    build_pyramid(grey, LEVELS)
}

/// The grid's points.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub(super) points: Vec<(f32, f32)>,
    pub(super) across: usize,
}

impl Grid {
    pub(super) fn over(width: usize, height: usize) -> Self {
        let line = |n: usize| {
            let count = (n / SPACING).max(1);
            let from = (n - (count - 1) * SPACING) as f32 / 2.0;
            (0..count).map(move |i| from + (i * SPACING) as f32)
        };
        let across = line(width).count();
        Self { points: line(height).flat_map(|y| line(width).map(move |x| (x, y))).collect(), across }
    }
}

/// How far each of the grid's points has gone, small pixels; `None` where it cannot be told.
pub(super) fn flow(grid: &Grid, from: &Pyramid, to: &Pyramid) -> Vec<Option<[f32; 2]>> {
    let tracked = calc_optical_flow_fb(from, to, &grid.points, None, PARAMS, DEFAULT_FB_THRESHOLD);
    let went = grid.points.iter().zip(tracked);
    went.map(|(p, t)| (t.status == TrackStatus::Tracked).then_some([t.pos.0 - p.0, t.pos.1 - p.1])).collect()
}

/// A field for every pixel: between the grid's points in straight lines; points that cannot be told move like the middle one.
pub(super) struct Dense<'a> {
    grid: &'a Grid,
    filled: Vec<[f32; 2]>,
}

impl<'a> Dense<'a> {
    pub(super) fn of(grid: &'a Grid, field: &[Option<[f32; 2]>]) -> Self {
        let middle = [0, 1].map(|k| {
            let mut all: Vec<f32> = field.iter().flatten().map(|v| v[k]).collect();
            all.sort_by(f32::total_cmp);
            all.get(all.len() / 2).copied().unwrap_or(0.0)
        });
        Self { grid, filled: field.iter().map(|v| v.unwrap_or(middle)).collect() }
    }

    pub(super) fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let across = self.grid.across;
        let down = self.filled.len() / across.max(1);
        let Some(first) = self.grid.points.first() else { return [0.0; 2] };
        let place = |v: f32, from: f32, n: usize| ((v - from) / SPACING as f32).clamp(0.0, n.saturating_sub(1) as f32);
        let (gx, gy) = (place(x, first.0, across), place(y, first.1, down));
        let (ix, iy) = (gx as usize, gy as usize);
        let (fx, fy) = (gx - ix as f32, gy - iy as f32);
        let get = |x: usize, y: usize| {
            let i = y.min(down.saturating_sub(1)) * across + x.min(across.saturating_sub(1));
            self.filled.get(i).copied().unwrap_or_default()
        };
        let (a, b, c, d) = (get(ix, iy), get(ix + 1, iy), get(ix, iy + 1), get(ix + 1, iy + 1));
        [0, 1].map(|k| (a[k] * (1.0 - fx) + b[k] * fx) * (1.0 - fy) + (c[k] * (1.0 - fx) + d[k] * fx) * fy)
    }
}

/// A plane of values between its pixels, edges repeated.
pub(super) fn sample(plane: &[f32], width: usize, x: f32, y: f32) -> f32 {
    let height = plane.len() / width.max(1);
    let (x, y) = (x.clamp(0.0, width.saturating_sub(1) as f32), y.clamp(0.0, height.saturating_sub(1) as f32));
    let (ix, iy) = (x as usize, y as usize);
    let (fx, fy) = (x - ix as f32, y - iy as f32);
    let at = |x: usize, y: usize| plane.get(y.min(height - 1) * width + x.min(width - 1)).copied().unwrap_or(0.0);
    (at(ix, iy) * (1.0 - fx) + at(ix + 1, iy) * fx) * (1.0 - fy) + (at(ix, iy + 1) * (1.0 - fx) + at(ix + 1, iy + 1) * fx) * fy
}

#[cfg(test)]
mod tests {
    use super::super::small::Small;
    use super::super::tests::textured;
    use super::*;

    #[test]
    fn a_texture_that_moves_is_followed_between_pixels() {
        let small = |dx: f32, dy: f32| pyramid(&Small::of(&textured(160, 96, dx, dy), (160, 96)).unwrap().grey);
        let grid = Grid::over(160, 96);
        for (dx, dy) in [(0.0, 0.0), (0.3, -0.2), (5.0, 2.5), (-8.0, 0.0)] {
            let field = flow(&grid, &small(0.0, 0.0), &small(dx, dy));
            let told: Vec<_> = field.iter().flatten().collect();
            assert!(told.len() * 2 > field.len(), "{} of {} points", told.len(), field.len());
            let near = told.iter().filter(|v| (v[0] - dx).hypot(v[1] - dy) < 0.1).count();
            assert!(near * 10 > told.len() * 9, "{near} of {} near ({dx}, {dy})", told.len());
        }
    }

    #[test]
    fn a_flat_picture_tells_nothing_and_a_field_lies_between_its_points() {
        let flat = pyramid(&GrayImage::from_pixel(64, 64, image::Luma([90])));
        let grid = Grid::over(64, 64);
        assert!(flow(&grid, &flat, &flat).iter().all(Option::is_none));
        let field: Vec<_> = grid.points.iter().map(|p| Some([p.0, 1.0])).collect();
        let at = Dense::of(&grid, &field).at(31.0, 20.0);
        assert!((at[0] - 31.0).abs() < 1e-4 && (at[1] - 1.0).abs() < 1e-4);
        assert_eq!(sample(&[0.0, 2.0, 4.0, 6.0], 2, 0.5, 0.5), 3.0);
    }
}
