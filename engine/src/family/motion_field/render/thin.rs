//! Thin things before the sky (masts, wires, spires, lattice sails), which the model's grid has no cell for.
//!
//! Such a thing is darker than every wide thing of the sky around it and ends abruptly on two opposite sides. A gap between
//! two clouds is no darker than the open sky beside it, and a dark streak of cloud fades out.

use super::guided::{Guide, box_mean};
use super::mask::{grown, shrunk};
use super::settle::{distance, islands};

/// Half the width up to which a thing is thin, as a part of the picture's longer side.
const HALF_WIDTH: f32 = 0.0125;
/// Side of the tiles whose darkest wide colours are compared, as a part of the longer side.
const TILE: f32 = 1.0 / 60.0;
/// Tiles to either side that count as around.
const AROUND: usize = 2;
/// So many of the darkest tiles around do not count: they may show a roof that was taken for sky.
const ODD_TILES: usize = 4;
/// Contrast (display range) from which a pixel may be of a thin thing.
const DARKER: f32 = 0.14;
/// The same for the pixels beside it, into which its edge is smeared.
const SMEARED: f32 = 0.06;
/// Part of the contrast in red or green that it must have in blue.
const BLUE: f32 = 0.8;
/// Contrast that a thing must reach somewhere.
const CLEARLY: f32 = 0.2;
/// Shades of a channel that are told apart.
const SHADES: usize = 14;
/// Part of the sky that must be of a shade for it to be the sky's own.
const COMMON: f32 = 0.003;
/// Pixels within which a thing's edge rises by [`RISE`] of its contrast; a cloud's takes longer.
const EDGE: isize = 3;
/// See [`EDGE`].
const RISE: f32 = 0.7;
/// Part of its contrast up to which what is not sky is of the same thing.
const ALIKE: f32 = 0.35;
/// Mean fine contrast around a pixel from which it belongs to the lattice that a thin thing carries.
const GRAIN: f32 = 0.012;
/// Most that one pixel adds to it, or an edge alone would be a lattice.
const MOST_GRAIN: f32 = 0.08;
/// Reach of a lattice from what carries it, which is at least as long, as a part of the longer side.
const LATTICE: f32 = 0.05;
/// Half of the pixels between two things that stay with them.
const MESH: usize = 3;
/// The same for parts of one lattice.
const GAP: usize = 10;
/// Pixels from an edge in which sharpening leaves a light line.
const HALO: usize = 4;
/// Contrast from which that line is seen.
const LIGHTER: f32 = 0.03;
/// Contrast of what stands there from which sharpening shows.
const STARK: f32 = 0.35;
/// Contrast twice as far out, over that beside it, from which it is a cloud's edge.
const GOES_ON: f32 = 1.5;
/// No value, above and below all.
const NONE: f32 = 9.0;

/// The pixels of `sky` over `guide` that stay where they are, because something thin stands there.
pub fn thin(guide: &Guide, sky: &[bool]) -> Vec<bool> {
    let (w, h) = (guide.width, guide.height);
    let long = w.max(h) as f32;
    let radius = ((HALF_WIDTH * long) as usize).max(2);
    let contrast = contrast(guide, sky, radius);
    let dark: Vec<bool> = contrast.iter().map(|c| *c >= DARKER).collect();
    let common = common(guide, sky, &dark);
    let core: Vec<bool> = (0..w * h).map(|n| dark[n] && !common[n] && is_thin(guide, sky, &contrast, n, 2 * radius as isize)).collect();
    let near = grown(&core, w, h, 2);
    let smeared: Vec<bool> = (0..w * h).map(|n| core[n] || near[n] && contrast[n] >= SMEARED).collect();
    let mut out = vec![false; w * h];
    let mut arms = vec![false; w * h];
    let reach = (LATTICE * long) as usize;
    for island in islands(&smeared, w, h, true).iter().filter(|i| i.iter().any(|n| contrast[*n] >= CLEARLY)) {
        island.iter().for_each(|n| out[*n] = true);
        let length = |of: &dyn Fn(usize) -> usize| {
            island.iter().map(|n| of(*n)).max().unwrap_or(0) - island.iter().map(|n| of(*n)).min().unwrap_or(0)
        };
        if length(&|n| n % w).max(length(&|n| n / w)) >= reach {
            island.iter().for_each(|n| arms[*n] = true);
        }
    }
    let bars = lattice(guide, sky, &arms, reach);
    let mut out = closed(&out, w, h, MESH);
    out.iter_mut().zip(closed(&bars, w, h, GAP)).for_each(|(o, b)| *o |= b);
    out.iter_mut().zip(sky).for_each(|(o, s)| *o &= s);
    let halo = halo(guide, sky, &out);
    // A pixel more, or a wire would be too little for any filter.
    grown(&out, w, h, 1).into_iter().zip(halo).map(|(o, h)| o || h).collect()
}

/// How much less blue a pixel is than what is wide and dark in `sky` around it; −1 where it is darker in another way, as the
/// open sky between clouds is: red goes first there, but not before a mast.
fn contrast(guide: &Guide, sky: &[bool], radius: usize) -> Vec<f32> {
    let (w, h) = (guide.width, guide.height);
    let [red, green, blue]: [Vec<f32>; 3] = std::array::from_fn(|k| {
        let plane: Vec<f32> = guide.colours.iter().zip(sky).map(|(c, s)| if *s { c[k] } else { -NONE }).collect();
        let mut wide = highest(&plane, w, h, radius);
        wide.iter_mut().zip(sky).filter(|(_, s)| !**s).for_each(|(v, _)| *v = NONE);
        let wide = lowest(&wide, w, h, radius);
        let around = darkest(&wide, sky, w, h);
        (0..w * h).map(|n| if sky[n] { wide[n].min(around[n]) - plane[n] } else { -1.0 }).collect()
    });
    let all = blue.into_iter().zip(red.into_iter().zip(green));
    all.map(|(b, (r, g))| if b <= 1.0 && b >= BLUE * r.max(g) { b } else { -1.0 }).collect()
}

/// Where the colour is one that the sky which is not `dark` has plenty of.
fn common(guide: &Guide, sky: &[bool], dark: &[bool]) -> Vec<bool> {
    let bin = |c: &[f32; 3]| c.iter().fold(0, |b, v| b * SHADES + ((v * SHADES as f32) as usize).min(SHADES - 1));
    let mut counts = vec![0usize; SHADES * SHADES * SHADES];
    let mut all = 0;
    for (c, _) in guide.colours.iter().zip(sky.iter().zip(dark)).filter(|(_, (s, d))| **s && !**d) {
        counts[bin(c)] += 1;
        all += 1;
    }
    guide.colours.iter().map(|c| counts[bin(c)] as f32 > COMMON * all as f32).collect()
}

/// At every pixel the least value in `sky` of the tiles around, but for the odd ones.
fn darkest(values: &[f32], sky: &[bool], w: usize, h: usize) -> Vec<f32> {
    let side = ((TILE * w.max(h) as f32) as usize).max(1);
    let (columns, rows) = (w.div_ceil(side), h.div_ceil(side));
    let mut least = vec![NONE; columns * rows];
    for n in (0..w * h).filter(|n| sky[*n]) {
        let tile = n / w / side * columns + n % w / side;
        least[tile] = least[tile].min(values[n]);
    }
    let mut of_tile = Vec::with_capacity(columns * rows);
    let mut found = Vec::new();
    for r in 0..rows {
        for c in 0..columns {
            found.clear();
            for rr in r.saturating_sub(AROUND)..(r + AROUND + 1).min(rows) {
                let row = &least[rr * columns..(rr + 1) * columns];
                found.extend(row[c.saturating_sub(AROUND)..(c + AROUND + 1).min(columns)].iter().filter(|v| **v < NONE));
            }
            found.sort_by(f32::total_cmp);
            of_tile.push(found.get(ODD_TILES.min(found.len().saturating_sub(1))).copied().unwrap_or(NONE));
        }
    }
    (0..w * h).map(|n| of_tile[n / w / side * columns + n % w / side]).collect()
}

/// Whether pixel `n` lies between two abrupt ends in any of four directions; what is like it and not sky is an end too.
fn is_thin(guide: &Guide, sky: &[bool], contrast: &[f32], n: usize, reach: isize) -> bool {
    let (w, h) = (guide.width as isize, guide.height as isize);
    let (x, y) = (n as isize % w, n as isize / w);
    let rise = RISE * contrast[n];
    let at = |x: isize, y: isize| (x >= 0 && y >= 0 && x < w && y < h).then(|| (y * w + x) as usize);
    let ends = |dx: isize, dy: isize| {
        for k in 0..reach {
            let Some(here) = at(x + dx * k, y + dy * k) else { return false };
            if !sky[here] {
                return distance(guide, n, here) < ALIKE * contrast[n];
            }
            let Some(there) = at(x + dx * (k + EDGE), y + dy * (k + EDGE)) else { return false };
            if sky[there] && guide.colours[there][2] - guide.colours[here][2] >= rise {
                return true;
            }
        }
        false
    };
    [(1, 0), (0, 1), (1, 1), (1, -1)].into_iter().any(|(dx, dy)| ends(dx, dy) && ends(-dx, -dy))
}

/// `mask` with what lies between two of its pixels, up to 2·`radius` apart.
fn closed(mask: &[bool], w: usize, h: usize, radius: usize) -> Vec<bool> {
    shrunk(&grown(mask, w, h, radius), w, h, radius)
}

/// What is as fine as a lattice beside something `thin`, up to `reach` pixels from it.
fn lattice(guide: &Guide, sky: &[bool], thin: &[bool], reach: usize) -> Vec<bool> {
    let (w, h) = (guide.width, guide.height);
    let grey: Vec<f32> = guide.colours.iter().map(|c| (c[0] + c[1] + c[2]) / 3.0).collect();
    let mean = box_mean(grey.clone(), w, h, 2);
    // The edges of the thing itself, and of what is not sky, are no lattice.
    let inner: Vec<bool> = sky.iter().zip(thin).map(|(s, t)| *s && !t).collect();
    let inner: Vec<f32> = shrunk(&inner, w, h, 2).into_iter().map(|i| f32::from(u8::from(i))).collect();
    let fine = grey.iter().zip(mean).zip(&inner).map(|((g, m), i)| i * (g - m).abs().min(MOST_GRAIN)).collect();
    let (grain, part) = (box_mean(fine, w, h, 4), box_mean(inner, w, h, 4));
    let open: Vec<bool> = (0..w * h).map(|n| sky[n] && part[n] >= 0.2 && grain[n] >= GRAIN * part[n]).collect();
    let mut bars = vec![false; w * h];
    let mut reached = thin.to_vec();
    for _ in 0..reach {
        let wider = grown(&reached, w, h, 1);
        let new: Vec<usize> = (0..w * h).filter(|n| wider[*n] && open[*n] && !reached[*n]).collect();
        new.iter().for_each(|n| (reached[*n], bars[*n]) = (true, true));
        if new.is_empty() {
            break;
        }
    }
    bars
}

/// The light line that sharpening leaves in the sky beside what stands before it.
fn halo(guide: &Guide, sky: &[bool], thin: &[bool]) -> Vec<bool> {
    let (w, h) = (guide.width, guide.height);
    let open: Vec<bool> = sky.iter().zip(thin).map(|(s, t)| *s && !t).collect();
    let beside = grown(&open.iter().map(|o| !o).collect::<Vec<_>>(), w, h, HALO);
    let grey = |n: usize| guide.colours[n].iter().sum::<f32>() / 3.0;
    let plane: Vec<f32> = (0..w * h).map(|n| if open[n] { grey(n) } else { NONE }).collect();
    let without = |radius| {
        let mut wide = lowest(&plane, w, h, radius);
        wide.iter_mut().zip(&open).filter(|(_, o)| !**o).for_each(|(v, _)| *v = -NONE);
        highest(&wide, w, h, radius)
    };
    let darkest = lowest(&(0..w * h).map(grey).collect::<Vec<_>>(), w, h, HALO);
    let (narrow, wide) = (without(HALO), without(2 * HALO));
    let is_line = |n: usize| {
        let lighter = grey(n) - narrow[n];
        // A cloud goes on getting darker, a line does not.
        lighter >= LIGHTER && grey(n) - wide[n] <= GOES_ON * lighter && grey(n) - darkest[n] >= STARK
    };
    (0..w * h).map(|n| open[n] && beside[n] && is_line(n)).collect()
}

/// Greatest value within `radius` (a square).
fn highest(values: &[f32], w: usize, h: usize, radius: usize) -> Vec<f32> {
    let mut out = values.to_vec();
    for row in out.chunks_exact_mut(w) {
        highest_of_line(row, radius);
    }
    let mut column = vec![0f32; h];
    for x in 0..w {
        column.iter_mut().zip(out.iter().skip(x).step_by(w)).for_each(|(c, v)| *c = *v);
        highest_of_line(&mut column, radius);
        out.iter_mut().skip(x).step_by(w).zip(&column).for_each(|(v, c)| *v = *c);
    }
    out
}

/// Least value within `radius` (a square).
fn lowest(values: &[f32], w: usize, h: usize, radius: usize) -> Vec<f32> {
    let mut out = highest(&values.iter().map(|v| -v).collect::<Vec<_>>(), w, h, radius);
    out.iter_mut().for_each(|v| *v = -*v);
    out
}

/// Greatest value within `radius` along a line, in place: running greatest from both ends of blocks (van Herk 1992).
fn highest_of_line(line: &mut [f32], radius: usize) {
    let block = 2 * radius + 1;
    let n = line.len();
    let mut before = line.to_vec();
    let mut after = line.to_vec();
    for i in 1..n {
        if !i.is_multiple_of(block) {
            before[i] = before[i].max(before[i - 1]);
        }
        let back = n - 1 - i;
        if !(back + 1).is_multiple_of(block) {
            after[back] = after[back].max(after[back + 1]);
        }
    }
    for (i, v) in line.iter_mut().enumerate() {
        let (from, to) = (i.saturating_sub(radius), (i + radius).min(n - 1));
        *v = match (from, from / block == to / block) {
            (0, true) => before[to],
            (_, true) => after[from],
            _ => after[from].max(before[to]),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: usize = 320;
    const H: usize = 180;

    /// Dark and light clouds with soft edges, a hill below.
    fn cloudy(x: usize, y: usize) -> [f32; 3] {
        let v = 0.62 + 0.2 * libm::sinf(x as f32 * 0.02 + 1.0) * libm::cosf(y as f32 * 0.03) + 0.03 * libm::sinf((x + 2 * y) as f32 * 0.05);
        if y >= 150 { [0.2, 0.25, 0.1] } else { [v - 0.06, v, v + 0.08] }
    }

    fn guide(dark: impl Fn(usize, usize) -> bool) -> (Guide, Vec<bool>) {
        let colours = (0..W * H).map(|n| if dark(n % W, n / W) { [0.22, 0.2, 0.18] } else { cloudy(n % W, n / W) }).collect();
        (Guide { width: W, height: H, colours }, (0..W * H).map(|n| n / W < 150).collect())
    }

    #[test]
    fn clouds_of_any_shade_are_whole() {
        let (g, sky) = guide(|_, _| false);
        assert_eq!(thin(&g, &sky).iter().position(|t| *t), None);
        // A narrow gap of open sky between white clouds, as dark as the sky beside them.
        let mut gap = g.clone();
        for n in 0..W * 150 {
            let x = (n % W) as f32;
            let cloud = |from: f32, to: f32| ((x - from) / 3.0).clamp(0.0, 1.0) * ((to - x) / 3.0).clamp(0.0, 1.0);
            let c = cloud(60.0, 150.0).max(cloud(154.0, 240.0));
            gap.colours[n] = [0.3 + 0.6 * c, 0.5 + 0.4 * c, 0.8 + 0.15 * c];
        }
        assert_eq!(thin(&gap, &sky).iter().position(|t| *t), None);
        // A dark streak that fades out.
        let mut streak = g.clone();
        for n in 0..W * 150 {
            let d = ((n / W) as f32 - 60.0) / 6.0;
            streak.colours[n].iter_mut().for_each(|v| *v -= 0.25 * libm::expf(-d * d));
        }
        assert_eq!(thin(&streak, &sky).iter().position(|t| *t), None);
    }

    #[test]
    fn masts_wires_and_sails_stay() {
        for width in 1..=3 {
            let mast = |x: usize, y: usize| (160..160 + width).contains(&x) && (20..150).contains(&y);
            let (g, sky) = guide(mast);
            let t = thin(&g, &sky);
            for y in 20..150 {
                assert!((160..160 + width).all(|x| t[y * W + x]), "{width} {y}");
                assert!((0..W).filter(|x| !(150..172).contains(x)).all(|x| !t[y * W + x]), "{width} {y}");
            }
        }
        // A slanting wire from border to border, and a sail of bars three pixels apart.
        let (g, sky) = guide(|x, y| y == 30 + x / 4 || (40..100).contains(&x) && (90..110).contains(&y) && (x % 4 == 0 || y % 10 == 0));
        let t = thin(&g, &sky);
        assert!((10..W - 10).all(|x| t[(30 + x / 4) * W + x]));
        assert!((44..96).all(|x| (93..107).all(|y| t[y * W + x])));
    }

    #[test]
    fn the_light_line_beside_a_tower_stays_with_it() {
        let (mut g, mut sky) = guide(|x, y| (200..220).contains(&x) && y > 60);
        for (n, sky) in sky.iter_mut().enumerate().take(W * 150) {
            let (x, y) = (n % W, n / W);
            *sky &= !((200..220).contains(&x) && y > 60);
            if y > 60 && (x == 199 || x == 220) {
                g.colours[n].iter_mut().for_each(|v| *v += 0.1);
            }
        }
        let t = thin(&g, &sky);
        for y in 70..145 {
            assert_eq!([190, 199, 220, 230].map(|x| t[y * W + x]), [false, true, true, false], "{y}");
        }
    }

    #[test]
    fn extremes_are_those_of_the_window() {
        let values: Vec<f32> = (0..23 * 17).map(|i| ((i * 7919) % 101) as f32).collect();
        for radius in [0, 1, 3, 8, 30] {
            let (high, low) = (highest(&values, 23, 17, radius), lowest(&values, 23, 17, radius));
            for n in 0..23 * 17 {
                let (x, y): (usize, usize) = (n % 23, n / 23);
                let window = (y.saturating_sub(radius)..(y + radius + 1).min(17))
                    .flat_map(|yy| (x.saturating_sub(radius)..(x + radius + 1).min(23)).map(move |xx| (xx, yy)))
                    .map(|(xx, yy)| values[yy * 23 + xx]);
                assert_eq!(high[n], window.clone().fold(f32::MIN, f32::max));
                assert_eq!(low[n], window.fold(f32::MAX, f32::min));
            }
        }
    }
}
