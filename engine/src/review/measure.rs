//! The numbers of a take.

use rayon::prelude::*;
use serde::Serialize;

use super::camera::{Camera, Similarity};
use super::direction::Direction;
use super::finding::{self, Verdict};
use super::flow::{Dense, Grid, Pyramid, flow, pyramid, sample};
use super::small::{self, Small};
use super::steady::straying;
use super::summary::{SECTORS, Summary, colour_shift, consistency, jump, mean, percentile, sharpness_kept};
use super::{Footage, ReviewError};

/// Rate at which VBench looks at motion (`dynamic_degree.py`), frames per second.
const MOTION_RATE: f64 = 8.0;
/// Part of the points whose mean is the motion amount: the fastest, as VBench's `dynamic_degree` has it.
const FASTEST: f64 = 0.05;
/// Motion below this says nothing about a direction, small pixels.
const NOISE: f32 = 0.15;
/// A point that strays more than this from the camera's way is not background, small pixels.
const OWN_MOTION: f32 = 1.0;

/// One frame's numbers. What needs a neighbour that was not measured is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameNumbers {
    /// Number of the frame, from 0.
    pub frame: u32,
    /// Mean difference from the still where nothing may move (everywhere without a mask), levels of 255.
    pub drift_outside: f64,
    /// The same where the mask lets things move.
    pub drift_inside: Option<f64>,
    /// Brightness that comes and goes from frame to frame, levels of 255.
    pub flicker: Option<f64>,
    /// Mean difference from the frame before, levels of 255.
    pub step: Option<f64>,
    /// Contrast of edges over the still's.
    pub sharpness: f64,
    /// Mean red, green and blue, sRGB-encoded, levels of 255.
    pub colour: [f64; 3],
    /// SSIM of the background with the still's, the camera's move taken back; 1 is the same.
    pub background: f64,
    /// Speed of the fastest twentieth, per cent of the shorter side per second.
    pub motion: f64,
    /// The camera's way since the still.
    pub camera: Camera,
}

/// A take's numbers and what they mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Review {
    /// The take's hash, or where its frames lie.
    pub name: String,
    /// Frames of the take.
    pub frames: u32,
    /// Frames per second.
    pub fps: f64,
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Whether a mask says what moves.
    pub masked: bool,
    /// In words.
    pub verdict: Verdict,
    /// Numbers of the whole.
    pub summary: Summary,
    /// Numbers of every frame that was measured.
    pub per_frame: Vec<FrameNumbers>,
    /// Mean difference of every small pixel from the still, levels of 255, and the width of its rows.
    #[serde(skip)]
    pub(super) heat: (Vec<f32>, usize),
}

/// Everything that is read of a take.
struct Seen {
    numbers: Vec<u32>,
    width: usize,
    height: usize,
    fps: f64,
    still: Small,
    frames: Vec<Small>,
    pyramids: Vec<Pyramid>,
    grid: Grid,
    /// 1 moves, 0 does not; per small pixel.
    mask: Option<Vec<f32>>,
    /// From the still to every frame.
    fields: Vec<Vec<Option<[f32; 2]>>>,
    ways: Vec<Similarity>,
    /// Whether a grid point is background.
    background: Vec<bool>,
}

pub(super) fn measure(footage: &Footage, numbers: &[u32], side: usize) -> Result<Review, ReviewError> {
    let whole = footage.still();
    let size = small::size(whole.width(), whole.height(), side)?;
    let (width, height) = size;
    let still = Small::of(whole, size)?;
    let read = |n: &u32| Small::of(&footage.frame(*n)?, size);
    let frames = numbers.par_iter().map(read).collect::<Result<Vec<_>, ReviewError>>()?;
    let mask = match footage.mask() {
        Some(m) => Some(m.resized(width, height)?.data().chunks_exact(3).map(|p| p.first().copied().unwrap_or(0.0)).collect()),
        None => None,
    };
    let pyramids: Vec<Pyramid> = frames.par_iter().map(|f| pyramid(&f.grey)).collect();
    let (grid, from) = (Grid::over(width, height), pyramid(&still.grey));
    let fields: Vec<_> = pyramids.par_iter().map(|p| flow(&grid, &from, p)).collect();
    let ways: Vec<_> = fields.iter().map(|f| Similarity::of(&grid, f, width, height)).collect();
    let mut seen = Seen {
        numbers: numbers.to_vec(),
        width,
        height,
        fps: footage.fps(),
        still,
        frames,
        pyramids,
        grid,
        mask,
        fields,
        ways,
        background: Vec::new(),
    };
    seen.background = seen.background();
    let (per_frame, summary) = seen.numbers();
    let verdict = finding::judge(&summary, &per_frame, footage.request());
    Ok(Review {
        name: footage.name().into(),
        frames: footage.count(),
        fps: footage.fps(),
        width: whole.width(),
        height: whole.height(),
        masked: footage.mask().is_some(),
        verdict,
        summary,
        per_frame,
        heat: (seen.heat(), width),
    })
}

impl Seen {
    fn short(&self) -> f64 {
        self.width.min(self.height) as f64
    }

    fn masked(&self, (x, y): (f32, f32)) -> bool {
        self.mask.as_ref().is_some_and(|m| sample(m, self.width, x, y) > 0.5)
    }

    /// Points that no mask lets move and, without a mask, that follow the camera; at least the quieter half of them.
    fn background(&self) -> Vec<bool> {
        let points = &self.grid.points;
        if self.mask.is_some() {
            return points.iter().map(|p| !self.masked(*p)).collect();
        }
        let own = |i: usize| {
            let far = self.fields.iter().zip(&self.ways).filter_map(|(field, way)| {
                let (v, c) = (field.get(i).copied().flatten()?, way.moves(points[i]));
                Some((v[0] - c[0]).hypot(v[1] - c[1]))
            });
            let mut all: Vec<f32> = far.collect();
            all.sort_by(f32::total_cmp);
            all.get(all.len() * 3 / 4).copied().unwrap_or(0.0)
        };
        let strays: Vec<f32> = (0..points.len()).map(own).collect();
        let mut sorted = strays.clone();
        sorted.sort_by(f32::total_cmp);
        let limit = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0).max(OWN_MOTION);
        strays.iter().map(|s| *s <= limit).collect()
    }

    /// Frame `i` with the camera's move taken back.
    fn taken_back(&self, i: usize) -> image::GrayImage {
        let (Some(frame), Some(way)) = (self.frames.get(i), self.ways.get(i)) else { return self.still.grey.clone() };
        let mut back = self.still.grey.clone();
        for (x, y, to) in back.enumerate_pixels_mut() {
            let (x, y) = (x as f32, y as f32);
            let d = way.moves((x, y));
            // What the move brought out of the picture cannot be compared: there the still stands for itself.
            if (0.0..=(self.width - 1) as f32).contains(&(x + d[0])) && (0.0..=(self.height - 1) as f32).contains(&(y + d[1])) {
                to.0[0] = sample(&frame.luma, self.width, x + d[0], y + d[1]).round() as u8;
            }
        }
        back
    }

    /// Mean SSIM where `here` says so.
    fn ssim(&self, a: &image::GrayImage, b: &image::GrayImage, here: &dyn Fn(u32, u32) -> bool) -> f64 {
        let compared = image_compare::gray_similarity_structure(&image_compare::Algorithm::MSSIMSimple, a, b);
        let Some(map) = compared.ok().map(|c| c.image.to_color_map().to_luma8()) else { return 0.0 };
        let likeness = map.enumerate_pixels().filter(|(x, y, _)| here(*x, *y)).map(|(_, _, v)| f64::from(v.0[0]) / 255.0);
        mean(&likeness.collect::<Vec<_>>()).unwrap_or(1.0)
    }

    fn is_background(&self, x: u32, y: u32) -> bool {
        let at = |v: u32, from: f32| ((v as f32 - from) / super::flow::SPACING as f32).round().max(0.0) as usize;
        let Some(first) = self.grid.points.first() else { return true };
        let down = self.background.len() / self.grid.across.max(1);
        let (gx, gy) = (at(x, first.0).min(self.grid.across.saturating_sub(1)), at(y, first.1).min(down.saturating_sub(1)));
        self.background.get(gy * self.grid.across + gx).copied().unwrap_or(true)
    }

    fn numbers(&self) -> (Vec<FrameNumbers>, Summary) {
        let count = self.frames.len();
        let gap = (self.fps / MOTION_RATE).round().max(1.0) as u32;
        let steady: Vec<image::GrayImage> = (0..count).into_par_iter().map(|i| self.taken_back(i)).collect();
        let back = |x: u32, y: u32| self.is_background(x, y);
        let inside = |x: u32, y: u32| self.masked((x as f32, y as f32));
        let to_still: Vec<f64> = steady.par_iter().map(|s| self.ssim(&self.still.grey, s, &back)).collect();
        let moved: Vec<Moved> = (0..count).into_par_iter().map(|i| self.moved(i, gap)).collect();
        let per_frame: Vec<FrameNumbers> = (0..count).map(|i| self.frame_numbers(i, to_still[i], moved[i].speed)).collect();
        let neighbours: Vec<usize> = (1..count).filter(|i| self.numbers[*i] == self.numbers[i - 1] + 1).collect();
        let to_last: Vec<f64> = neighbours.par_iter().map(|i| self.ssim(&steady[i - 1], &steady[*i], &back)).collect();
        let subject = self.mask.as_ref().map(|_| {
            let still: Vec<f64> = self.frames.par_iter().map(|f| self.ssim(&self.still.grey, &f.grey, &inside)).collect();
            let last: Vec<f64> =
                neighbours.par_iter().map(|i| self.ssim(&self.frames[i - 1].grey, &self.frames[*i].grey, &inside)).collect();
            consistency(&still, &last)
        });
        let expected: Vec<f64> = (1..count.saturating_sub(1)).into_par_iter().filter_map(|i| self.unexpected(i)).collect();
        let steps: Vec<f64> = per_frame.iter().filter_map(|f| f.step).collect();
        let looks: Vec<f64> = moved.iter().map(|m| m.speed).collect();
        // Six pixels of 256 per look at 8 frames/s, in a quarter of the looks (`dynamic_degree.py`).
        let fast = looks.iter().filter(|v| **v > 600.0 / 256.0 * MOTION_RATE).count();
        let mut rose = [0f64; SECTORS];
        moved.iter().for_each(|m| rose.iter_mut().zip(m.rose).for_each(|(sum, v)| *sum += v));
        let all: f64 = rose.iter().sum();
        rose.iter_mut().for_each(|v| *v = if all > 0.0 { *v / all } else { 0.0 });
        let travel = self.fields.iter().map(|f| fastest(f)).fold(0.0, f64::max) / self.short() * 100.0;
        let camera = per_frame.last().map(|f| f.camera).unwrap_or_default();
        let summary = Summary {
            background_consistency: consistency(&to_still, &to_last),
            subject_consistency: subject,
            temporal_flickering: mean(&steps).map(|m| 1.0 - m / 255.0),
            motion_smoothness: mean(&expected).map(|m| 1.0 - m / 255.0),
            dynamic: !looks.is_empty() && fast * 4 >= looks.len(),
            // A cut is in two of these only, however short the take.
            flicker: percentile(per_frame.iter().filter_map(|f| f.flicker).collect(), 0.75),
            breathing: self.breathing(),
            travel,
            sharpness_kept: sharpness_kept(&per_frame),
            colour_shift: colour_shift(&per_frame),
            jump: jump(&per_frame),
            drift: per_frame.last().map_or(0.0, |f| f.drift_outside),
            camera,
            direction: Direction::of(travel, &rose, &camera),
            rose,
        };
        (per_frame, summary)
    }

    fn frame_numbers(&self, i: usize, background: f64, motion: f64) -> FrameNumbers {
        let frame = &self.frames[i];
        let away = frame.luma.iter().zip(&self.still.luma).map(|(a, b)| f64::from((a - b).abs()));
        let (mut outside, mut inside) = ((0f64, 0f64), (0f64, 0f64));
        for (j, d) in away.enumerate() {
            let m = self.mask.as_ref().and_then(|m| m.get(j)).map_or(0.0, |m| f64::from(*m));
            outside = (outside.0 + d * (1.0 - m), outside.1 + 1.0 - m);
            inside = (inside.0 + d * m, inside.1 + m);
        }
        let before = i.checked_sub(1).filter(|b| self.numbers[*b] + 1 == self.numbers[i]).map(|b| &self.frames[b]);
        let after = self.frames.get(i + 1).filter(|_| self.numbers[i] + 1 == self.numbers[i + 1]);
        let step = before.map(|b| {
            let sum: f64 = frame.luma.iter().zip(&b.luma).map(|(a, b)| f64::from((a - b).abs())).sum();
            sum / frame.luma.len().max(1) as f64
        });
        let flicker = before.zip(after).map(|(b, a)| {
            // What grows or fades evenly is no flicker; the middle cell leaves out what moves.
            let cells = frame.cells.iter().zip(b.cells.iter().zip(&a.cells));
            percentile(cells.map(|(now, (b, a))| (now - (b + a) / 2.0).abs()).collect(), 0.5)
        });
        FrameNumbers {
            frame: self.numbers[i],
            drift_outside: outside.0 / outside.1.max(1e-9),
            drift_inside: self.mask.as_ref().map(|_| inside.0 / inside.1.max(1e-9)),
            flicker,
            step,
            sharpness: if self.still.edges > 0.0 { frame.edges / self.still.edges } else { 1.0 },
            colour: frame.colour,
            background,
            motion,
            camera: self.ways[i].camera(self.width, self.height),
        }
    }

    /// Motion up to frame `i` since about an eighth of a second before.
    fn moved(&self, i: usize, gap: u32) -> Moved {
        let nothing = Moved { speed: 0.0, rose: [0.0; SECTORS] };
        let now = self.numbers[i];
        let before = (0..i).rev().find(|b| self.numbers[*b] + gap <= now || *b == 0);
        let Some(before) = before else { return nothing };
        let seconds = f64::from(now - self.numbers[before]) / self.fps;
        let field = flow(&self.grid, &self.pyramids[before], &self.pyramids[i]);
        let mut rose = [0f64; SECTORS];
        for v in field.iter().flatten().filter(|v| v[0].hypot(v[1]) > NOISE) {
            let turn = f64::from(v[1].atan2(v[0])) / std::f64::consts::TAU;
            let sector = ((turn * SECTORS as f64).round() as i64).rem_euclid(SECTORS as i64) as usize;
            if let Some(sum) = rose.get_mut(sector) {
                *sum += f64::from(v[0].hypot(v[1]));
            }
        }
        Moved { speed: fastest(&field) / self.short() * 100.0 / seconds, rose }
    }

    /// Mean difference of frame `i` from the middle of its neighbours along the motion between them, levels of 255.
    fn unexpected(&self, i: usize) -> Option<f64> {
        let n = self.numbers[i];
        let together = self.numbers[i - 1] + 1 == n && self.numbers[i + 1] == n + 1;
        let (before, now, after) = (&self.frames[i - 1].luma, &self.frames[i].luma, &self.frames[i + 1].luma);
        let field = together.then(|| flow(&self.grid, &self.pyramids[i - 1], &self.pyramids[i + 1]))?;
        let dense = Dense::of(&self.grid, &field);
        let sum: f64 = now
            .iter()
            .enumerate()
            .map(|(j, v)| {
                let (x, y) = ((j % self.width) as f32, (j / self.width) as f32);
                let d = dense.at(x, y);
                let a = sample(before, self.width, x - d[0] / 2.0, y - d[1] / 2.0);
                let b = sample(after, self.width, x + d[0] / 2.0, y + d[1] / 2.0);
                f64::from((v - (a + b) / 2.0).abs())
            })
            .sum();
        Some(sum / now.len().max(1) as f64)
    }

    /// How far background points stray from smooth paths, the middle one, per cent of the shorter side.
    fn breathing(&self) -> f64 {
        let strays = (0..self.grid.points.len()).filter(|i| self.background.get(*i) == Some(&true)).filter_map(|i| {
            let path: Vec<(f64, [f32; 2])> =
                self.numbers.iter().zip(&self.fields).filter_map(|(n, f)| Some((f64::from(*n), f.get(i).copied().flatten()?))).collect();
            let times: Vec<f64> = path.iter().map(|(t, _)| *t).collect();
            let along = |k: usize| straying(&times, &path.iter().map(|(_, v)| f64::from(v[k])).collect::<Vec<_>>());
            Some(along(0)?.hypot(along(1)?))
        });
        percentile(strays.collect(), 0.5) / self.short() * 100.0
    }

    fn heat(&self) -> Vec<f32> {
        let mut heat = vec![0f32; self.still.luma.len()];
        for frame in &self.frames {
            let both = frame.luma.iter().zip(&self.still.luma);
            heat.iter_mut().zip(both).for_each(|(sum, (a, b))| *sum += (a - b).abs() / self.frames.len() as f32);
        }
        heat
    }
}

struct Moved {
    /// Per cent of the shorter side per second.
    speed: f64,
    /// Small pixels by direction.
    rose: [f64; SECTORS],
}

/// Mean length of the longest twentieth, small pixels.
fn fastest(field: &[Option<[f32; 2]>]) -> f64 {
    let mut all: Vec<f64> = field.iter().flatten().map(|v| f64::from(v[0].hypot(v[1]))).collect();
    all.sort_by(|a, b| b.total_cmp(a));
    let count = ((all.len() as f64 * FASTEST).ceil() as usize).max(1);
    all.iter().take(count).sum::<f64>() / count.min(all.len()).max(1) as f64
}
