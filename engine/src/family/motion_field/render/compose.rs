//! Layers at one moment, put together front to back.

use wakeframe_take::picture::Picture;

use super::lattice::SPACING;
use super::mask::Content;
use super::plate::{Cutout, Inlay, Plate};
use super::rig::{Phases, Shift};
use super::sampling::Kernel;

/// A static-edged layer at one moment.
pub struct Back<'a> {
    /// Colours and coverage.
    pub layer: &'a Inlay,
    /// Shift of the coverage.
    pub edge: Shift,
    /// Weight and shift of each phase of the content.
    pub phases: Phases,
}

/// Everything there is to see at one moment.
pub struct Stack<'a> {
    /// Resampling kernel.
    pub kernel: &'a Kernel,
    /// The still as it came; what nothing touches is copied from it.
    pub still: &'a Picture,
    /// What is no other layer.
    pub ground: &'a Plate,
    /// Shift of the ground.
    pub view: Shift,
    /// Sky and water.
    pub backs: Vec<Back<'a>>,
    /// Layers with their own edges, front first.
    pub fronts: Vec<(&'a Cutout, Shift)>,
}

/// One row of a shift between two columns of nodes: the value at the left node and the step per pixel.
#[derive(Clone, Copy)]
struct Span {
    from: [f32; 2],
    step: [f32; 2],
}

impl Span {
    const STILL: Span = Span { from: [0.0; 2], step: [0.0; 2] };

    fn of(shift: &Shift, column: usize, y: usize) -> Self {
        let Some(l) = shift else { return Self::STILL };
        let (r, f) = (y / SPACING, (y % SPACING) as f32 / SPACING as f32);
        let at = r * l.columns + column;
        let mix = |i: usize| -> [f32; 2] {
            let (a, b) = (l.shifts[i], l.shifts[i + l.columns]);
            [a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f]
        };
        let (a, b) = (mix(at), mix(at + 1));
        Self { from: a, step: [(b[0] - a[0]) / SPACING as f32, (b[1] - a[1]) / SPACING as f32] }
    }

    fn is_still(&self) -> bool {
        self.from == [0.0; 2] && self.step == [0.0; 2]
    }

    fn at(&self, x: f32, y: f32, i: f32) -> (f32, f32) {
        (x + self.from[0] + self.step[0] * i, y + self.from[1] + self.step[1] * i)
    }
}

impl Stack<'_> {
    /// The picture.
    pub fn flattened(&self) -> Picture {
        let mut out = self.still.clone();
        let (w, c) = (out.width(), out.channels());
        // The edge's span, then those of the phases.
        let mut backs: Vec<Vec<Span>> = self.backs.iter().map(|b| vec![Span::STILL; 1 + b.phases.len()]).collect();
        let mut fronts = vec![Span::STILL; self.fronts.len()];
        for (y, row) in out.data_mut().chunks_exact_mut(w * c).enumerate() {
            for (column, cell) in row.chunks_mut(SPACING * c).enumerate() {
                let view = Span::of(&self.view, column, y);
                let mut still = view.is_still();
                for (spans, b) in backs.iter_mut().zip(&self.backs) {
                    for (s, shift) in spans.iter_mut().zip(std::iter::once(&b.edge).chain(b.phases.iter().map(|p| &p.1))) {
                        *s = Span::of(shift, column, y);
                        still &= s.is_still();
                    }
                }
                for (s, (_, shift)) in fronts.iter_mut().zip(&self.fronts) {
                    *s = Span::of(shift, column, y);
                    still &= s.is_still();
                }
                if still {
                    continue;
                }
                for (i, pixel) in cell.chunks_exact_mut(c).enumerate() {
                    self.pixel(pixel, column * SPACING + i, y, i as f32, &view, &backs, &fronts);
                }
            }
        }
        out
    }

    /// One pixel, which holds the still's on entry.
    #[allow(clippy::too_many_arguments)]
    #[inline]
    fn pixel(&self, pixel: &mut [f32], x: usize, y: usize, i: f32, view: &Span, backs: &[Vec<Span>], fronts: &[Span]) {
        let (x, y) = (x as f32, y as f32);
        let mut out = [0f32; 4];
        let mut open = 1f32;
        let mut touched = false;
        for ((cut, _), span) in self.fronts.iter().zip(fronts) {
            let (qx, qy) = span.at(x, y, i);
            // What the layer has left is touched as well: the still shows it there.
            touched |= cut.plate.blocks.at(x, y) != Content::Empty;
            if cut.plate.blocks.at(qx, qy) == Content::Empty {
                continue;
            }
            touched = true;
            let colour = self.kernel.colour(&cut.plate.plane, qx, qy);
            out.iter_mut().zip(colour).for_each(|(o, v)| *o += open * v);
            open *= 1.0 - cut.matte.at(self.kernel, qx, qy).clamp(0.0, 1.0);
            if open == 0.0 {
                break;
            }
        }
        if open > 0.0 {
            let (gx, gy) = view.at(x, y, i);
            let mut lower = [0f32; 4];
            for (back, spans) in self.backs.iter().zip(backs) {
                let [edge, content @ ..] = &spans[..] else { continue };
                let (ex, ey) = edge.at(x, y, i);
                let m = back.layer.matte.at(self.kernel, ex, ey);
                if m == 0.0 {
                    continue;
                }
                for ((weight, _), span) in back.phases.iter().zip(content) {
                    let (qx, qy) = span.at(x, y, i);
                    let colour = self.kernel.colour(&back.layer.plane, qx, qy);
                    lower.iter_mut().zip(colour).for_each(|(l, v)| *l += m * weight * v);
                }
                touched = true;
            }
            if !touched && view.is_still() {
                return;
            }
            if self.ground.blocks.at(gx, gy) != Content::Empty {
                let colour = self.kernel.colour(&self.ground.plane, gx, gy);
                lower.iter_mut().zip(colour).for_each(|(l, v)| *l += v);
            }
            out.iter_mut().zip(lower).for_each(|(o, v)| *o += open * v);
        }
        if let [r, g, b, a] = pixel {
            let alpha = out[3].clamp(0.0, 1.0);
            let scale = if out[3] > 1e-4 { 1.0 / out[3] } else { 0.0 };
            (*r, *g, *b, *a) = (out[0] * scale, out[1] * scale, out[2] * scale, alpha);
        } else {
            pixel.copy_from_slice(&out[..pixel.len()]);
        }
    }
}
