//! What moves a scene: clock, camera, depths and motions; at any frame, where each layer's pixels come from.

use wakeframe_take::picture::Picture;
use wakeframe_take::request::Camera;

use super::border;
use super::grid::Grid;
use super::guided::box_mean;
use super::handheld::Handheld;
use super::lattice::{Lattice, SPACING, interpolated};
use super::light::Light;
use super::mask::{grown, shrunk};
use super::motion::Motion;
use super::region::Class;
use super::time::{Clock, Phase};
use super::{Field, Shot, shifts};
use crate::camera::{self, Move, Pose};

/// Coefficients are held to this many units.
const MOST_MOTION: f32 = 10.0;
/// Cells over which sway is averaged, twice.
const SWAY_SMOOTHING: usize = 2;
/// Most by which averaged sway is strengthened again.
const MOST_GAIN: f64 = 1.8;
/// Part of the ground's relief that is kept: more would make towers lean.
const RELIEF: f32 = 0.6;
/// Relief is smoothed over this part of the picture's width.
const RELIEF_SMOOTHING: f32 = 0.03;

/// Most that shifts may differ from pixel to pixel because of depth: well below 1, where content would fold over.
const STEEPEST: f32 = 0.4;

/// How much more an animal counts as the subject than near ground.
const ANIMAL_FIRST: f64 = 8.0;

/// Shifts in pixels from picture to still; `None` is no shift anywhere.
pub type Shift = Option<Lattice>;
/// Weights (adding up to 1) and shifts of a layer's phases.
pub type Phases = Vec<(f32, Shift)>;

/// Where each layer's pixels come from at one frame.
pub struct Placement {
    /// The ground, foliage with it, and the edges of the sky.
    pub ground: Shift,
    /// The edges of water.
    pub bed: Shift,
    /// The sky's content.
    pub sky: Phases,
    /// The water's content.
    pub water: Phases,
    /// Animals with their edges.
    pub animal: Shift,
}

/// Depth of a layer.
#[derive(Debug)]
enum Depth {
    Flat(f64),
    /// At every lattice point.
    Relief(Vec<f32>),
}

impl Depth {
    /// At a pixel of a width × height picture.
    fn at(&self, x: f32, y: f32, width: usize, height: usize) -> f64 {
        let (columns, rows) = Lattice::size(width, height);
        match self {
            Depth::Flat(d) => *d,
            Depth::Relief(nodes) => f64::from(interpolated(nodes, columns, rows, x, y, |a, b, f| a + (b - a) * f)),
        }
    }
}

/// Everything that moves a scene.
#[derive(Debug)]
pub struct Rig {
    width: usize,
    height: usize,
    clock: Clock,
    camera: Move,
    handheld: Handheld,
    /// Warmth and brightness at the end.
    light: [f64; 2],
    /// The picture's width in display units (pixel heights).
    wide: f64,
    ground_depth: Depth,
    sky_depth: Depth,
    animal_depth: Depth,
    sky: Option<Motion>,
    water: Option<Motion>,
    foliage: Option<Motion>,
    animal: Option<Motion>,
}

impl Rig {
    /// The rig of a checked `field` over `still`.
    pub fn new(still: &Picture, field: &Field, shot: &Shot) -> Self {
        let (w, h) = (still.width(), still.height());
        let held = |v: f64, low: f64, high: f64, none: f64| if v.is_nan() { none } else { v.clamp(low, high) };
        let strength = held(shot.strength, 0.0, 1.0, 0.0);
        let part = |v: f64| held(v, -1.0, 1.0, 0.0) * camera::size(strength);
        let c = shot.camera;
        let camera = Camera { pan: part(c.pan), tilt: part(c.tilt), dolly: part(c.dolly), roll: part(c.roll) };
        let aspect = held(shot.pixel_aspect, 0.1, 10.0, 1.0);
        let depth = Grid::new(field.width, field.height, &field.depth, 0.0, 1.0);
        let coefficients = field.coefficient_grids(MOST_MOTION);
        let motion = |class: Class| {
            if !class.is_present(field) {
                return None;
            }
            let confidence = class.confidence(field);
            let own = class.probability(field).values;
            let grids = evened(&coefficients, &own).map(|g| g.extended(&confidence));
            let m = Motion::new(&grids, w, h, aspect);
            (!m.is_still()).then_some(m)
        };
        let ground = ground_confidence(field);
        // An animal is no farther before the ground than what stands on it can be.
        let animal = Class::Animal.confidence(field);
        let before = depth.extended(&animal).mixed(&depth.extended(&ground), 0.75);
        let camera = Move::new(w, h, aspect, camera, mean(&depth));
        let orbit = part(shot.orbit);
        let parallax = camera.around(orbit, 0.0).parallax() as f32;
        let (ground_depth, animal_depth) = (relief(&depth, &ground, w, h, parallax), relief(&before, &animal, w, h, parallax));
        let pivot = subject_depth(field, &depth, &ground, &ground_depth, &animal_depth, w, h);
        let fps = held(shot.fps, 1.0, 1000.0, 24.0);
        Self {
            width: w,
            height: h,
            clock: Clock::new(shot.frames, fps, shot.looped),
            handheld: Handheld::new(part(shot.handheld).max(0.0), shot.seed, shot.frames, fps, shot.looped),
            light: [part(shot.warmth), part(shot.brightness)],
            wide: w as f64 * aspect,
            ground_depth,
            sky_depth: Depth::Flat(weighted_mean(&depth, &Class::Sky.confidence(field))),
            animal_depth,
            camera: camera.around(orbit, pivot),
            sky: motion(Class::Sky),
            water: motion(Class::Water),
            foliage: motion(Class::Foliage),
            animal: motion(Class::Animal),
        }
    }

    /// Whether the camera stands still.
    pub fn camera_is_still(&self) -> bool {
        self.camera.is_still() && self.handheld.is_still()
    }

    /// The light that changes, if any does.
    pub fn light(&self) -> Option<Light> {
        let [warmth, brightness] = self.light;
        Light::new(warmth, brightness)
    }

    /// How far camera and light have come at frame `n`, 0…1.
    pub fn path(&self, n: u32) -> f64 {
        self.clock.moment(n).camera
    }

    /// Whether `class` must be a layer of its own: it moves by itself, or against what it stands before.
    pub fn sets_apart(&self, class: Class) -> bool {
        match class {
            Class::Foliage => false,
            Class::Sky => self.sky.is_some() || self.foliage.is_some() || self.camera.has_parallax(),
            Class::Water => self.water.is_some(),
            Class::Animal => self.animal.is_some() || self.camera.has_parallax(),
        }
    }

    /// Whether the ground's foliage moves; [`Rig::root`] must then say where it may.
    pub fn sways(&self) -> bool {
        self.foliage.is_some()
    }

    /// Keeps foliage in the places (`free`, at every lattice point) that are foliage or open sky: motion grows from
    /// nothing at the edge of all else, so that what is firm neither moves nor stretches.
    pub fn root(&mut self, free: &[bool]) {
        let Some(motion) = &mut self.foliage else { return };
        let (columns, rows) = Lattice::size(self.width, self.height);
        // Drift in a clip is at most a few units; a slope of more than one half would fold.
        let far = motion.greatest(self.clock.longest_drift());
        let band = libm::ceilf(1.5 * far / SPACING as f32).clamp(2.0, 12.0) as usize;
        let closed = shrunk(&grown(free, columns, rows, band / 2), columns, rows, band / 2 + band);
        let inner = closed.iter().map(|f| f32::from(u8::from(*f))).collect();
        let weights: Vec<f32> = box_mean(inner, columns, rows, band).into_iter().map(|w| w * w * (3.0 - 2.0 * w)).collect();
        motion.hold(&weights);
        if motion.is_still() {
            self.foliage = None;
        }
    }

    /// Where everything is at frame `n`.
    pub fn at(&self, n: u32) -> Placement {
        let now = self.clock.moment(n);
        let pose = (!self.camera_is_still()).then(|| {
            let pose = self.camera.pose(now.camera);
            self.handheld.at(n).map_or(pose, |s| pose.shaken(s.travel.map(|t| t * self.wide), s.turn, s.overscan))
        });
        let view = |d: &Depth| pose.as_ref().map(|p| self.view(p, d));
        let ground = view(&self.ground_depth);
        let bed = |motion: &Option<Motion>, here: Shift, phases: &[Phase]| -> Phases {
            match motion {
                None => vec![(1.0, here)],
                Some(m) => phases
                    .iter()
                    .filter(|p| p.weight > 0.0)
                    .map(|p| (p.weight as f32, Some(m.source(here.as_ref(), p.drift, &now.sway))))
                    .collect(),
            }
        };
        let body = |motion: &Option<Motion>, here: Shift| match motion {
            None => here,
            Some(m) => Some(m.source(here.as_ref(), now.body, &now.sway)),
        };
        Placement {
            sky: bed(&self.sky, view(&self.sky_depth), &now.sky),
            water: bed(&self.water, ground.clone(), &now.water),
            animal: body(&self.animal, view(&self.animal_depth)),
            ground: body(&self.foliage, ground.clone()),
            bed: ground,
        }
    }

    fn view(&self, pose: &Pose, depth: &Depth) -> Lattice {
        let mut shift = match depth {
            Depth::Flat(d) => shifts::flat(pose, self.width, self.height, *d),
            Depth::Relief(d) => shifts::relief(pose, self.width, self.height, d),
        };
        border::stretch(&mut shift, self.width, self.height);
        shift
    }
}

/// The model's motions less patchy: averaged with their neighbours within the region of probabilities `own`, sway
/// farther than drift, and then as strong as before.
fn evened(coefficients: &[Grid; 10], own: &[f32]) -> [Grid; 10] {
    let strength = |grids: &[Grid]| grids.iter().flat_map(|g| g.values.iter().zip(own)).map(|(v, p)| f64::from(v * v * p)).sum::<f64>();
    let mut out: [Grid; 10] = std::array::from_fn(|k| coefficients[k].blurred_within(own, if k < 2 { 1 } else { SWAY_SMOOTHING }));
    let (before, after) = (strength(&coefficients[2..]), strength(&out[2..]));
    if after > 0.0 {
        let gain = libm::sqrt(before / after).clamp(1.0, MOST_GAIN) as f32;
        out[2..].iter_mut().flat_map(|g| &mut g.values).for_each(|v| *v *= gain);
    }
    out
}

fn mean(grid: &Grid) -> f64 {
    weighted_mean(grid, &vec![1.0; grid.values.len()])
}

fn weighted_mean(grid: &Grid, weights: &[f32]) -> f64 {
    let sum: f64 = weights.iter().map(|w| f64::from(*w)).sum();
    let total: f64 = grid.values.iter().zip(weights).map(|(v, w)| f64::from(v * w)).sum();
    if sum > 0.0 { total / sum } else { 0.0 }
}

/// Depth, as it is drawn, of what stands in the middle of the picture: an animal where there is one, else what is near.
/// `raw` is the field's depth, `ground` how far a cell is the ground's.
fn subject_depth(
    field: &Field,
    raw: &Grid,
    ground: &[f32],
    ground_depth: &Depth,
    animal_depth: &Depth,
    width: usize,
    height: usize,
) -> f64 {
    let animal = Class::Animal.probability(field);
    let middle = |i: usize, n: usize| {
        let off = (2 * i + 1) as f64 / n as f64 - 1.0;
        (1.0 - off * off) * (1.0 - off * off)
    };
    let (mut sum, mut total) = (0f64, 0f64);
    for (i, ((a, g), d)) in animal.values.iter().zip(ground).zip(&raw.values).enumerate() {
        let (column, row) = (i % field.width, i / field.width);
        let here = middle(column, field.width) * middle(row, field.height);
        let x = (column as f32 + 0.5) / field.width as f32 * width as f32 - 0.5;
        let y = (row as f32 + 0.5) / field.height as f32 * height as f32 - 0.5;
        let near = 0.05 + f64::from(d * d);
        for (weight, depth) in [(ANIMAL_FIRST * here * f64::from(*a), animal_depth), (here * f64::from(*g) * near, ground_depth)] {
            sum += weight;
            total += weight * depth.at(x, y, width, height);
        }
    }
    if sum > 0.0 { total / sum } else { mean(raw) }
}

/// How far a cell's depth is the ground's: neither sky's nor an animal's, not even in part.
fn ground_confidence(field: &Field) -> Vec<f32> {
    let (sky, animal) = (Class::Sky.probability(field), Class::Animal.probability(field));
    let other: Vec<f32> = sky.values.iter().zip(&animal.values).map(|(s, a)| s + a).collect();
    let least = other.iter().fold(f32::MAX, |a, b| a.min(*b));
    other.iter().map(|o| ((0.3 + least - o) * 5.0).clamp(0.0, 1.0)).collect()
}

/// Smooth depth at every lattice point, from the cells that count; smoother where `parallax` (pixels that the nearest
/// moves farther than the farthest) would fold it.
fn relief(depth: &Grid, confidence: &[f32], width: usize, height: usize, parallax: f32) -> Depth {
    if confidence.iter().all(|c| *c <= 0.0) {
        return Depth::Flat(mean(depth));
    }
    let mean = weighted_mean(depth, confidence) as f32;
    let full = depth.extended(confidence);
    let (columns, rows) = Lattice::size(width, height);
    let widest = depth.width / 2;
    let mut radius = libm::ceilf(RELIEF_SMOOTHING * depth.width as f32) as usize;
    loop {
        let smooth = full.blurred(radius);
        let mut nodes = Vec::with_capacity(columns * rows);
        for r in 0..rows {
            let v = ((r * SPACING) as f32 + 0.5) / height as f32;
            for c in 0..columns {
                let u = ((c * SPACING) as f32 + 0.5) / width as f32;
                nodes.push(mean + RELIEF * (smooth.at(u.min(1.0), v.min(1.0)) - mean));
            }
        }
        if steepest(&nodes, columns) * parallax <= STEEPEST || radius >= widest {
            return Depth::Relief(nodes);
        }
        radius = (radius + radius / 2 + 1).min(widest);
    }
}

/// Largest difference between neighbouring lattice points, per pixel.
fn steepest(nodes: &[f32], columns: usize) -> f32 {
    let across = nodes.chunks_exact(columns).flat_map(|row| row.windows(2)).map(|p| (p[1] - p[0]).abs());
    let down = nodes.iter().zip(nodes.iter().skip(columns)).map(|(a, b)| (b - a).abs());
    across.chain(down).fold(0.0, f32::max) / SPACING as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sway_is_evened_within_its_region_and_keeps_its_strength() {
        let (w, h) = (24, 12);
        // Cells five wide with still lines between, left half only; another motion on the right.
        let own: Vec<f32> = (0..w * h).map(|n| if n % w < 12 { 1.0 } else { 0.0 }).collect();
        let sway: Vec<f32> = (0..w * h).map(|n| if n % w >= 12 { -9.0 } else { f32::from(u8::from(n % w % 6 != 5)) }).collect();
        let flat = Grid::new(w, h, &vec![0.0; w * h], -10.0, 10.0);
        let mut grids: [Grid; 10] = std::array::from_fn(|_| flat.clone());
        grids[2] = Grid::new(w, h, &sway, -10.0, 10.0);
        let out = evened(&grids, &own);
        let row = &out[2].values[6 * w..6 * w + 12];
        let (low, high) = row.iter().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(low > 0.6 && high < 1.2, "{row:?}");
        assert!(out[0].values.iter().all(|v| *v == 0.0));
    }
}
