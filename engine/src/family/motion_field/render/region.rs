//! From the model's class probabilities to hard full-resolution mattes.

use super::Field;
use super::grid::Grid;
use super::guided::{ColourModel, Guide, GuidedFilter};
use super::mask::Matte;
use super::plane::Plane;

/// What a region is, by its place in [`Field::probabilities`]; place 0 is rigid, which never moves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Behind everything.
    Sky = 1,
    /// Lies in the ground.
    Water = 2,
    /// Sways where it stands.
    Foliage = 3,
    /// Moves as a whole.
    Animal = 4,
}

impl Class {
    /// Probability of the class in every cell.
    pub fn probability(self, field: &Field) -> Grid {
        let cells = field.width * field.height;
        let from = self as usize * cells;
        Grid::new(field.width, field.height, &field.probabilities[from..from + cells], 0.0, 1.0)
    }

    /// Whether the class is likely anywhere.
    pub fn is_present(self, field: &Field) -> bool {
        self.probability(field).values.iter().any(|p| *p >= 0.5)
    }

    /// Probabilities at which the matte begins and is whole. A sky that is not certain is a white wall.
    fn edge(self) -> [f32; 2] {
        match self {
            Class::Sky => [0.5, 0.68],
            Class::Water => [0.44, 0.58],
            Class::Foliage => [0.36, 0.6],
            Class::Animal => [0.42, 0.56],
        }
    }

    /// How sure the motion and depth of a cell are to belong to the class, 0…1 per cell.
    pub fn confidence(self, field: &Field) -> Vec<f32> {
        let own = self.probability(field);
        let best = own.values.iter().fold(0f32, |a, b| a.max(*b));
        let from = 0.6f32.min(0.7 * best);
        own.values.iter().map(|p| ((p - from) / (0.34 * best).max(1e-3)).clamp(0.0, 1.0)).collect()
    }
}

/// Makes mattes that follow the edges of one still.
pub struct Mattes<'a> {
    field: &'a Field,
    still: &'a Plane,
    guide: &'a Guide,
    filter: GuidedFilter<'a>,
}

impl<'a> Mattes<'a> {
    /// Colour variance below which probabilities are averaged.
    const SMOOTHNESS: f32 = 4e-4;

    /// `guide` is the still at a working size.
    pub fn new(field: &'a Field, still: &'a Plane, guide: &'a Guide) -> Self {
        // One cell and a half: as far as the model's own edges are off.
        let radius = (guide.width as f32 / field.width as f32 * 1.5).clamp(2.0, 40.0) as usize;
        Self { field, still, guide, filter: GuidedFilter::new(guide, radius, Self::SMOOTHNESS) }
    }

    /// The class's coverage of every pixel of the still, or nothing where the class is nowhere likely.
    pub fn of(&self, class: Class) -> Option<Matte> {
        if !class.is_present(self.field) {
            return None;
        }
        let coarse = class.probability(self.field).resampled(self.guide.width, self.guide.height);
        let model = self.filter.fit(&coarse);
        let matte = Matte::new(self.still.width(), self.still.height(), hardened(self.still, &model, class.edge()));
        (!matte.is_empty()).then_some(matte)
    }
}

/// The colour model at every pixel of `still`, as bytes: 0 from `edge[0]` down, 255 from `edge[1]` up.
fn hardened(still: &Plane, model: &ColourModel, edge: [f32; 2]) -> Vec<u8> {
    let (w, h, c) = (still.width(), still.height(), still.channels());
    let (gw, gh) = (model.width, model.height);
    let place = |o: usize, from: usize, to: usize| {
        let p = ((o as f32 + 0.5) * to as f32 / from as f32 - 0.5).clamp(0.0, (to - 1) as f32);
        let a = p as usize;
        (a, (a + 1).min(to - 1), p - a as f32)
    };
    let columns: Vec<_> = (0..w).map(|x| place(x, w, gw)).collect();
    let mut line = vec![[0f32; 4]; gw];
    let mut out = Vec::with_capacity(w * h);
    let scale = 1.0 / (edge[1] - edge[0]);
    for (y, row) in still.values().chunks_exact(w * c).enumerate() {
        let (y0, y1, fy) = place(y, h, gh);
        let (top, bottom) = (&model.terms[y0 * gw..(y0 + 1) * gw], &model.terms[y1 * gw..(y1 + 1) * gw]);
        for (l, (a, b)) in line.iter_mut().zip(top.iter().zip(bottom)) {
            *l = std::array::from_fn(|k| a[k] + (b[k] - a[k]) * fy);
        }
        for (p, &(x0, x1, fx)) in row.chunks_exact(c).zip(&columns) {
            let t: [f32; 4] = std::array::from_fn(|k| line[x0][k] + (line[x1][k] - line[x0][k]) * fx);
            let v = t[0] * p[0].clamp(0.0, 1.0) + t[1] * p[1].clamp(0.0, 1.0) + t[2] * p[2].clamp(0.0, 1.0) + t[3];
            let f = ((v - edge[0]) * scale).clamp(0.0, 1.0);
            out.push((f * f * (3.0 - 2.0 * f) * 255.0 + 0.5) as u8);
        }
    }
    out
}
