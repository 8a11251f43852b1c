//! Example-based completion (Wexler et al. 2007 with PatchMatch): holes of a small picture become patchworks of its known parts.

use super::guess::{self, Agreement, Coarse};
use super::push_pull::push_pull;

/// Colour of a small picture; alpha is 1 where there is none.
pub type Colour = [f32; 4];

/// A small picture with a hole.
#[derive(Clone)]
pub struct Small {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// [height][width].
    pub colours: Vec<Colour>,
    /// Whether a pixel's colour is given.
    pub known: Vec<bool>,
    /// Whether it is to be found.
    pub wanted: Vec<bool>,
}

/// A completed small picture.
pub struct Completed {
    /// Colours, those wanted found.
    pub colours: Vec<Colour>,
    /// For pixels in and next to the hole the known pixel they look like, as an index.
    pub like: Vec<Option<u32>>,
}

/// Steps of search and vote at each size.
const ROUNDS: usize = 4;
/// Shorter side below which no smaller size is made.
const SMALLEST: usize = 16;

/// Most that a patch's disagreement with the guess costs, beside a difference of its pixels.
const OBEDIENCE: f32 = 2.0;

/// How much better a patch must be that does not continue its neighbour's.
const STRANGER: f32 = 0.9;

/// What disagreement with the guess costs in a picture of that longer side: less where patches show more than a guess
/// can say, nothing where they are finer than its cells; their texture is theirs.
fn obedience(side: usize) -> f32 {
    if side > guess::SIDE { 0.0 } else { (guess::SIDE as f32 / side as f32).min(OBEDIENCE) }
}

/// Completes `picture` from patches of 2·radius+1 pixels that agree with what was `guessed`; `None` where no such patch is wholly known.
pub fn complete(picture: &Small, radius: usize, guessed: Option<&Coarse>) -> Option<Completed> {
    let mut search = Search::new(picture, radius)?;
    let (w, h) = (picture.width, picture.height);
    let start = if w.min(h) >= 2 * SMALLEST {
        let half = picture.halved();
        complete(&half, radius, guessed).map(|c| (half.width, half.height, c))
    } else {
        None
    };
    search.obedience = obedience(w.max(h));
    if search.obedience > 0.0 {
        search.agreement = guessed.map(|g| Agreement::new(g, picture, radius));
    }
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut colours = smooth(picture);
    let mut like = vec![0u32; w * h];
    match &start {
        Some((lw, lh, low)) => {
            for &t in &search.targets {
                let (x, y) = (t as usize % w, t as usize / w);
                let guess = low.like[(y / 2).min(lh - 1) * lw + (x / 2).min(lw - 1)].map(|s| {
                    let (sx, sy) = (s as usize % lw * 2 + x % 2, s as usize / lw * 2 + y % 2);
                    sy.min(h - 1) * w + sx.min(w - 1)
                });
                like[t as usize] = match guess {
                    Some(g) => search.near(g as u32, &mut random),
                    None => search.any(&mut random),
                };
            }
        }
        None => search.peel(picture, &mut colours, &mut like),
    }
    let mut cost = vec![1f32; w * h];
    search.vote(picture, &mut colours, &like, &cost);
    let rounds = if start.is_some() { ROUNDS } else { 2 * ROUNDS };
    let reach = if start.is_some() { w.max(h) / 8 } else { w.max(h) };
    for round in 0..rounds {
        for &t in &search.targets {
            cost[t as usize] = search.distance(&colours, t, like[t as usize], f32::MAX);
        }
        for sweep in 0..2 {
            search.sweep(&colours, &mut like, &mut cost, (round + sweep) % 2 == 1, reach, &mut random);
        }
        search.vote(picture, &mut colours, &like, &cost);
    }
    let mut found = vec![None; w * h];
    search.targets.iter().for_each(|t| found[*t as usize] = Some(like[*t as usize]));
    Some(Completed { colours, like: found })
}

impl Small {
    fn halved(&self) -> Self {
        let (w, h) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut out = Self {
            width: w,
            height: h,
            colours: Vec::with_capacity(w * h),
            known: Vec::with_capacity(w * h),
            wanted: Vec::with_capacity(w * h),
        };
        for y in 0..h {
            for x in 0..w {
                let (mut sum, mut n, mut all, mut wanted) = ([0f32; 4], 0f32, true, false);
                for yy in 2 * y..(2 * y + 2).min(self.height) {
                    for xx in 2 * x..(2 * x + 2).min(self.width) {
                        let i = yy * self.width + xx;
                        all &= self.known[i];
                        wanted |= self.wanted[i];
                        if self.known[i] {
                            n += 1.0;
                            sum.iter_mut().zip(self.colours[i]).for_each(|(s, v)| *s += v);
                        }
                    }
                }
                out.colours.push(sum.map(|v| if n > 0.0 { v / n } else { 0.0 }));
                out.known.push(all);
                out.wanted.push(wanted);
            }
        }
        out
    }
}

/// The picture with its hole filled smoothly.
fn smooth(picture: &Small) -> Vec<Colour> {
    let mut flat: Vec<f32> = picture.colours.iter().flatten().copied().collect();
    let weights: Vec<f32> = picture.known.iter().map(|k| f32::from(u8::from(*k))).collect();
    push_pull(&mut flat, &weights, picture.width, picture.height, 4);
    flat.chunks_exact(4).map(|c| [c[0], c[1], c[2], c[3]]).collect()
}

/// 1 where something is known, two fifths less with every pixel away from it.
fn trust(picture: &Small) -> Vec<f32> {
    const STEP: f32 = 0.6;
    let (w, h) = (picture.width, picture.height);
    let mut trust: Vec<f32> = picture.known.iter().map(|k| if *k { 1.0 } else { 1e-6 }).collect();
    for i in 0..w * h {
        let left = if i % w > 0 { trust[i - 1] } else { 0.0 };
        let above = if i >= w { trust[i - w] } else { 0.0 };
        trust[i] = trust[i].max(STEP * left.max(above));
    }
    for i in (0..w * h).rev() {
        let right = if i % w + 1 < w { trust[i + 1] } else { 0.0 };
        let below = if i + w < w * h { trust[i + w] } else { 0.0 };
        trust[i] = trust[i].max(STEP * right.max(below));
    }
    trust
}

struct Search {
    width: usize,
    height: usize,
    radius: usize,
    /// Pixels whose whole patch is known.
    source: Vec<bool>,
    sources: Vec<u32>,
    /// Pixels whose patch holds something wanted.
    targets: Vec<u32>,
    target: Vec<bool>,
    /// Falls with the distance from what is known.
    trust: Vec<f32>,
    agreement: Option<Agreement>,
    obedience: f32,
}

impl Search {
    fn new(picture: &Small, radius: usize) -> Option<Self> {
        let (w, h) = (picture.width, picture.height);
        let mut source = vec![false; w * h];
        let mut target = vec![false; w * h];
        for y in 0..h {
            for x in 0..w {
                let inside = x >= radius && y >= radius && x + radius < w && y + radius < h;
                let (mut all, mut any) = (inside, false);
                for yy in y.saturating_sub(radius)..(y + radius + 1).min(h) {
                    for xx in x.saturating_sub(radius)..(x + radius + 1).min(w) {
                        all &= picture.known[yy * w + xx];
                        any |= picture.wanted[yy * w + xx];
                    }
                }
                source[y * w + x] = all;
                target[y * w + x] = any && (picture.wanted[y * w + x] || picture.known[y * w + x]);
            }
        }
        let trust = trust(picture);
        let list = |m: &[bool]| -> Vec<u32> { m.iter().enumerate().filter(|(_, m)| **m).map(|(i, _)| i as u32).collect() };
        let (sources, targets) = (list(&source), list(&target));
        (sources.len() >= 12).then_some(Self {
            width: w,
            height: h,
            radius,
            source,
            sources,
            targets,
            target,
            trust,
            agreement: None,
            obedience: 1.0,
        })
    }

    /// What a patch costs for not agreeing with the guess.
    #[inline]
    fn lacking(&self, target: u32, source: u32) -> f32 {
        self.agreement.as_ref().map_or(0.0, |a| self.obedience * a.lacking(target as usize, source as usize))
    }

    /// Grows what is known into the hole, pixel by pixel from its edge: each takes the source that fits its known surroundings
    /// and the guess best.
    fn peel(&self, picture: &Small, colours: &mut [Colour], like: &mut [u32]) {
        const MOST_TRIED: usize = 4000;
        let (w, h, r) = (self.width, self.height, self.radius as isize);
        let stride = self.sources.len().div_ceil(MOST_TRIED);
        let mut order = self.targets.clone();
        order.sort_by(|a, b| self.trust[*b as usize].total_cmp(&self.trust[*a as usize]).then(a.cmp(b)));
        let mut settled = picture.known.clone();
        for t in order {
            let (tx, ty) = ((t as usize % w) as isize, (t as usize / w) as isize);
            let mut around = Vec::with_capacity(((2 * r + 1) * (2 * r + 1)) as usize);
            for dy in -r..=r {
                for dx in -r..=r {
                    let (x, y) = (tx + dx, ty + dy);
                    if x >= 0 && y >= 0 && x < w as isize && y < h as isize && settled[y as usize * w + x as usize] {
                        around.push((dy * w as isize + dx, colours[y as usize * w + x as usize]));
                    }
                }
            }
            let mut best = (f32::MAX, self.sources[0]);
            for &s in self.sources.iter().step_by(stride) {
                let mut sum = self.lacking(t, s) * around.len() as f32;
                for (offset, c) in &around {
                    let d = &picture.colours[(s as isize + offset) as usize];
                    sum += (0..4).map(|k| (c[k] - d[k]) * (c[k] - d[k])).sum::<f32>();
                    if sum >= best.0 {
                        break;
                    }
                }
                if sum < best.0 {
                    best = (sum, s);
                }
            }
            like[t as usize] = best.1;
            if !settled[t as usize] {
                settled[t as usize] = true;
                colours[t as usize] = picture.colours[best.1 as usize];
            }
        }
    }

    /// A source at or close to `at`.
    fn near(&self, at: u32, random: &mut Random) -> u32 {
        let (x, y) = ((at as usize % self.width) as isize, (at as usize / self.width) as isize);
        for away in 0..=2 * self.radius as isize {
            for dy in -away..=away {
                for dx in -away..=away {
                    let (sx, sy) = (x + dx, y + dy);
                    let edge = dx.abs() == away || dy.abs() == away;
                    if edge && sx >= 0 && sy >= 0 && sx < self.width as isize && sy < self.height as isize {
                        let s = sy as usize * self.width + sx as usize;
                        if self.source[s] {
                            return s as u32;
                        }
                    }
                }
            }
        }
        self.any(random)
    }

    fn any(&self, random: &mut Random) -> u32 {
        self.sources[random.below(self.sources.len())]
    }

    /// Mean squared difference of the patches around a target and a source, given up once above `best`.
    #[inline]
    fn distance(&self, colours: &[Colour], target: u32, source: u32, best: f32) -> f32 {
        let (w, r) = (self.width as isize, self.radius as isize);
        let (tx, ty) = (target as isize % w, target as isize / w);
        let (left, right) = (-r.min(tx), r.min(w - 1 - tx));
        let (up, down) = (-r.min(ty), r.min(self.height as isize - 1 - ty));
        let n = ((right - left + 1) * (down - up + 1)) as f32;
        let limit = best * n;
        let mut sum = n * self.lacking(target, source);
        let length = (right - left + 1) as usize;
        for dy in up..=down {
            let t = (target as isize + dy * w + left) as usize;
            let s = (source as isize + dy * w + left) as usize;
            let mut lanes = [0f32; 4];
            for (a, b) in colours[t..t + length].iter().zip(&colours[s..s + length]) {
                for k in 0..4 {
                    let d = a[k] - b[k];
                    lanes[k] += d * d;
                }
            }
            sum += (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
            if sum > limit {
                return f32::MAX;
            }
        }
        sum / n
    }

    /// Lets every target try what its neighbours found and random places around its own.
    fn sweep(&self, colours: &[Colour], like: &mut [u32], cost: &mut [f32], backwards: bool, reach: usize, random: &mut Random) {
        let (w, h) = (self.width as isize, self.height as isize);
        let step: isize = if backwards { 1 } else { -1 };
        let count = self.targets.len();
        for k in 0..count {
            let t = self.targets[if backwards { count - 1 - k } else { k }];
            let i = t as usize;
            let (tx, ty) = (t as isize % w, t as isize / w);
            let (mut best, mut least) = (like[i], cost[i]);
            let mut attempt = |best: &mut u32, sx: isize, sy: isize, handicap: f32| {
                if sx < 0 || sy < 0 || sx >= w || sy >= h {
                    return;
                }
                let s = (sy * w + sx) as u32;
                if s != *best && self.source[s as usize] {
                    let d = self.distance(colours, t, s, least * handicap);
                    if d < least * handicap {
                        (*best, least) = (s, d);
                    }
                }
            };
            for (dx, dy) in [(step, 0), (0, step)] {
                let (nx, ny) = (tx + dx, ty + dy);
                if nx >= 0 && ny >= 0 && nx < w && ny < h && self.target[(ny * w + nx) as usize] {
                    let s = like[(ny * w + nx) as usize] as isize;
                    attempt(&mut best, s % w - dx, s / w - dy, 1.0);
                }
            }
            let mut reach = reach as f32;
            while reach >= 1.0 {
                let (bx, by) = (best as isize % w, best as isize / w);
                let (rx, ry) = (random.signed() * reach, random.signed() * reach);
                attempt(&mut best, bx + rx as isize, by + ry as isize, STRANGER);
                reach *= 0.5;
            }
            (like[i], cost[i]) = (best, least);
        }
    }

    /// Every wanted pixel becomes the mean of what the patches over it propose: good ones count more, and so do those near
    /// the hole's edge, or its middle would decide by being plain.
    fn vote(&self, picture: &Small, colours: &mut [Colour], like: &[u32], cost: &[f32]) {
        let (w, h, r) = (self.width, self.height, self.radius as isize);
        let mut sums = vec![[0f32; 5]; w * h];
        let usual = self.targets.iter().map(|t| cost[*t as usize]).sum::<f32>() / self.targets.len().max(1) as f32 + 1e-5;
        for &t in &self.targets {
            let (tx, ty) = (t as isize % w as isize, t as isize / w as isize);
            let s = like[t as usize] as isize;
            let weight = self.trust[t as usize] / (cost[t as usize] + 3.0 * usual);
            for dy in -r..=r {
                for dx in -r..=r {
                    let (x, y) = (tx + dx, ty + dy);
                    if x < 0 || y < 0 || x >= w as isize || y >= h as isize {
                        continue;
                    }
                    let i = y as usize * w + x as usize;
                    if picture.known[i] {
                        continue;
                    }
                    let c = &picture.colours[(s + dy * w as isize + dx) as usize];
                    sums[i].iter_mut().zip(c).for_each(|(a, v)| *a += weight * v);
                    sums[i][4] += weight;
                }
            }
        }
        for (c, s) in colours.iter_mut().zip(&sums) {
            if s[4] > 0.0 {
                *c = std::array::from_fn(|k| s[k] / s[4]);
            }
        }
    }
}

/// xorshift64*: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.next()) * n as u64) >> 32) as usize
    }

    /// −1…1.
    fn signed(&mut self) -> f32 {
        (self.next() >> 8) as f32 * (2.0 / 16_777_216.0) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_in_stripes_becomes_striped() {
        let (w, h) = (64, 48);
        let stripe = |x: usize| if x % 8 < 4 { [0.1, 0.2, 0.3, 1.0] } else { [0.9, 0.7, 0.6, 1.0] };
        let hole = |x: usize, y: usize| (20..36).contains(&x) && (14..34).contains(&y);
        let wanted: Vec<bool> = (0..w * h).map(|i| hole(i % w, i / w)).collect();
        let colours = (0..w * h).map(|i| if wanted[i] { [9.0; 4] } else { stripe(i % w) }).collect();
        let known = wanted.iter().map(|m| !m).collect();
        let done = complete(&Small { width: w, height: h, colours, known, wanted }, 2, None).unwrap();
        let wrong = (0..w * h).filter(|i| (done.colours[*i][0] - stripe(i % w)[0]).abs() > 0.2).count();
        assert!(wrong < 30, "{wrong} of 320 pixels are wrong");
    }

    #[test]
    fn nothing_known_is_nothing_completed() {
        let p = Small { width: 5, height: 5, colours: vec![[0.0; 4]; 25], known: vec![false; 25], wanted: vec![true; 25] };
        assert!(complete(&p, 2, None).is_none());
    }
}
