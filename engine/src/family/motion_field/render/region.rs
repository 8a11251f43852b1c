//! From the model's class probabilities to hard full-resolution mattes.

use super::Field;
use super::grid::Grid;
use super::guided::{ColourModel, Guide, GuidedFilter, box_mean};
use super::mask::Matte;
use super::plane::Plane;
use super::settle::{cleaned, decided};
use super::thin::thin;

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
    /// Probability from which on a cell is of a class.
    pub const LIKELY: f32 = 0.5;

    /// Probability of the class in every cell.
    pub fn probability(self, field: &Field) -> Grid {
        let cells = field.width * field.height;
        let from = self as usize * cells;
        Grid::new(field.width, field.height, &field.probabilities[from..from + cells], 0.0, 1.0)
    }

    /// Whether the class is likely anywhere.
    pub fn is_present(self, field: &Field) -> bool {
        self.probability(field).values.iter().any(|p| *p >= Self::LIKELY)
    }

    /// Cells by which the model may be off at the region's edges.
    fn blur(self) -> usize {
        match self {
            Class::Sky | Class::Animal => 1,
            Class::Water | Class::Foliage => 0,
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
    /// Colour variance below which a mask is averaged.
    const SMOOTHNESS: f32 = 2e-3;
    /// Radius in which it follows the still's edges, as a part of the guide's longer side.
    const RADIUS: f32 = 0.004;
    /// Filtered values at which a matte begins and is whole.
    const EDGE: [f32; 2] = [0.3, 0.7];

    /// `guide` is the still at a working size.
    pub fn new(field: &'a Field, still: &'a Plane, guide: &'a Guide) -> Self {
        let radius = (guide.width.max(guide.height) as f32 * Self::RADIUS).clamp(1.0, 8.0) as usize;
        Self { field, still, guide, filter: GuidedFilter::new(guide, radius, Self::SMOOTHNESS) }
    }

    /// The class's coverage of every pixel of the still, or nothing where the class is nowhere likely.
    pub fn of(&self, class: Class) -> Option<Matte> {
        if !class.is_present(self.field) {
            return None;
        }
        let coarse = class.probability(self.field).widened(class.blur()).resampled(self.guide.width, self.guide.height);
        let near = decided(self.guide, &coarse, class == Class::Sky);
        let mask: Vec<bool> = near.iter().map(|v| *v >= 0.5).collect();
        let mask = cleaned(self.guide, &mask);
        let before = if class == Class::Sky { thin(self.guide, &mask) } else { vec![false; mask.len()] };
        let whole: Vec<f32> = mask.iter().zip(&before).map(|(m, b)| f32::from(u8::from(*m && !b))).collect();
        let model = self.filter.fit(&whole);
        let mut bytes = hardened(self.still, &model, Self::EDGE);
        if before.contains(&true) {
            // The filter, which goes by colour, would give back some of it.
            let kept = before.iter().map(|b| f32::from(u8::from(!b))).collect();
            let open = box_mean(kept, self.guide.width, self.guide.height, 1);
            let constant = ColourModel { terms: open.iter().map(|v| [0.0, 0.0, 0.0, *v]).collect(), ..model };
            let limit = hardened(self.still, &constant, [0.0, 1.0]);
            bytes.iter_mut().zip(limit).for_each(|(b, l)| *b = (*b).min(l));
        }
        let matte = Matte::new(self.still.width(), self.still.height(), bytes);
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
