//! Where one region ends: what the model says, what its colours say, and what no edge of the picture parts.

use rayon::prelude::*;

use super::guided::{Guide, box_mean};

/// Bins of a colour channel.
const SHADES: usize = 14;
/// Bins of roughness.
const GRAINS: usize = 4;
/// Colour deviation around a pixel at which each further bin of roughness begins.
const GRAIN: [f32; GRAINS - 1] = [0.012, 0.03, 0.065];
/// Pixels around one whose deviation is its roughness.
const GRAIN_RADIUS: usize = 2;
/// Part of its odds that the model is believed; it is as sure of the two cells beside an edge as of the region's middle.
const BELIEVED: f32 = 0.6;
/// Most that colour can weigh, logarithm of odds; less than the model's word can, or a white wall would be a cloud.
const COLOUR: f32 = 2.5;
/// The same for the neighbours.
const NEIGHBOURS: f32 = 4.0;
/// Reach of the neighbours over a flat picture, as a part of its longer side.
const REACH: f32 = 0.02;
/// Colour distance (largest channel) that is as far as the whole reach.
const STEP: f32 = 0.12;
/// Reach of what is learnt of the colours outside, as a part of the longer side.
const AROUND: f32 = 0.05;
/// Rounds among the neighbours.
const ROUNDS: usize = 8;

/// Probability 0…1 of a region at every pixel of `guide` from the model's (`prior`): mean field of a random field whose
/// colours are learnt from the picture itself and whose neighbourhood is an edge-aware filter (Krähenbühl and Koltun 2011).
/// A region that `spreads` also takes what no edge parts from it, if the model does not rule it out.
pub fn decided(guide: &Guide, prior: &[f32], spreads: bool) -> Vec<f32> {
    let bins = bins(guide);
    let filter = EdgeFilter::new(guide);
    // What lies far off says nothing about where the region ends: snow in the valley is no cloud's other side.
    let radius = (AROUND * guide.width.max(guide.height) as f32) as usize;
    let around = box_mean(box_mean(prior.to_vec(), guide.width, guide.height, radius), guide.width, guide.height, radius);
    let counts: Vec<f32> = around.iter().map(|a| (6.0 * a).clamp(0.01, 1.0)).collect();
    let mut q: Vec<f32> = prior.iter().map(|p| p.clamp(0.0, 1.0)).collect();
    let odds = colour_odds(&bins, &q, &counts);
    settle(&filter, &mut q, &bins, &odds);
    if spreads {
        let open: Vec<bool> =
            around.iter().zip(&bins).map(|(a, b)| *a > RULED_OUT && odds[*b as usize] > FOREIGN && (*b as usize) < SMOOTH).collect();
        let likely: Vec<bool> = around.iter().map(|a| *a > LIKELY).collect();
        spread(guide, &mut q, &open, &likely);
    }
    // Again close to the edge so found, where roughness means nothing.
    let shades: Vec<u16> = bins.iter().map(|b| b % (SHADES * SHADES * SHADES) as u16).collect();
    let odds = colour_odds(&shades, &q, &counts);
    let radius = ((RIM * guide.width.max(guide.height) as f32) as usize).max(1);
    q = box_mean(q, guide.width, guide.height, radius);
    settle(&filter, &mut q, &shades, &odds);
    q
}

/// Rounds of the mean field, with `q` for the model's word. The neighbours come in once the colours have spoken: what the
/// model carries too far would else hold itself.
fn settle(filter: &EdgeFilter, q: &mut [f32], bins: &[u16], odds: &[f32]) {
    let own: Vec<f32> = q.iter().zip(bins).map(|(p, bin)| BELIEVED * log_odds(*p) + odds[*bin as usize]).collect();
    q.iter_mut().zip(&own).for_each(|(q, own)| *q = probability(*own));
    for _ in 0..ROUNDS {
        let near = filter.filtered(q);
        q.par_iter_mut().with_min_len(1 << 12).enumerate().for_each(|(n, q)| {
            *q = probability(own[n] + NEIGHBOURS * (2.0 * near[n] - 1.0));
        });
    }
}

/// Pixels to either side of an edge first found in which it may still be, as a part of the longer side.
const RIM: f32 = 0.005;
/// Prior around a pixel up to which it is ruled out.
const RULED_OUT: f32 = 0.1;
/// Colour odds up to which a pixel cannot be the region's.
const FOREIGN: f32 = -1.0;
/// First bin too rough to spread into.
const SMOOTH: usize = 2 * SHADES * SHADES * SHADES;
/// Greatest colour distance between neighbouring pixels over which a region spreads.
const LEDGE: f32 = 0.025;
/// Prior around a pixel above which any colour is the region's that no edge parts from it.
const LIKELY: f32 = 0.6;
/// Greatest colour distance from where the region set out, elsewhere: no edge parts a ridge in haze from the sky, but its
/// colour does.
const ASTRAY: f32 = 0.03;

/// Carries what is the region's on over the `open` pixels until an edge comes or, where it is not `likely`, the colour strays.
fn spread(guide: &Guide, q: &mut [f32], open: &[bool], likely: &[bool]) {
    let (w, h) = (guide.width, guide.height);
    let mut queue: Vec<usize> = (0..w * h).filter(|n| q[*n] >= 0.5).collect();
    let mut origin: Vec<usize> = (0..w * h).collect();
    let mut next = 0;
    while let Some(&n) = queue.get(next) {
        next += 1;
        for m in neighbours(n, w, h) {
            if q[m] >= 0.5 || !open[m] || distance(guide, n, m) >= LEDGE {
                continue;
            }
            if likely[m] || distance(guide, origin[n], m) < ASTRAY {
                origin[m] = origin[n];
                q[m] = 1.0;
                queue.push(m);
            }
        }
    }
}

/// Largest difference of a channel.
pub fn distance(guide: &Guide, a: usize, b: usize) -> f32 {
    guide.colours[a].iter().zip(guide.colours[b]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The up to four pixels beside pixel `n`.
pub fn neighbours(n: usize, w: usize, h: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (n % w, n / w);
    [(x > 0, n.wrapping_sub(1)), (x + 1 < w, n + 1), (y > 0, n.wrapping_sub(w)), (y + 1 < h, n + w)]
        .into_iter()
        .filter(|p| p.0)
        .map(|p| p.1)
}

fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-log_odds))
}

fn log_odds(p: f32) -> f32 {
    libm::logf((p + 1e-3) / (1.0 - p + 1e-3))
}

/// The bin of every pixel's colour and roughness.
fn bins(guide: &Guide) -> Vec<u16> {
    let (w, h) = (guide.width, guide.height);
    let grey: Vec<f32> = guide.colours.iter().map(|c| (c[0] + c[1] + c[2]) / 3.0).collect();
    let mean = box_mean(grey.clone(), w, h, GRAIN_RADIUS);
    let square = box_mean(grey.iter().map(|g| g * g).collect(), w, h, GRAIN_RADIUS);
    let shade = |v: f32| ((v * SHADES as f32) as usize).min(SHADES - 1);
    guide
        .colours
        .iter()
        .zip(mean.iter().zip(&square))
        .map(|(c, (m, s))| {
            let deviation = libm::sqrtf((s - m * m).max(0.0));
            let grain = GRAIN.iter().filter(|g| deviation > **g).count();
            (((grain * SHADES + shade(c[0])) * SHADES + shade(c[1])) * SHADES + shade(c[2])) as u16
        })
        .collect()
}

/// How much likelier each bin is inside than outside, as a logarithm.
fn colour_odds(bins: &[u16], q: &[f32], weights: &[f32]) -> Vec<f32> {
    let mut counts = vec![[0f64; 2]; GRAINS * SHADES * SHADES * SHADES];
    let mut total = [0f64; 2];
    for ((b, q), weight) in bins.iter().zip(q).zip(weights) {
        // What is undecided teaches little, least of all about the outside.
        let outside = (1.0 - q) * (1.0 - q) * (1.0 - q) * (1.0 - q);
        let parts = [f64::from(q * q), f64::from(outside * outside * weight)];
        for k in 0..2 {
            counts[*b as usize][k] += parts[k];
            total[k] += parts[k];
        }
    }
    for stride in [1, SHADES, SHADES * SHADES] {
        let before = counts.clone();
        for (i, c) in counts.iter_mut().enumerate() {
            let place = i / stride % SHADES;
            for k in 0..2 {
                let low = if place > 0 { before[i - stride][k] } else { before[i][k] };
                let high = if place + 1 < SHADES { before[i + stride][k] } else { before[i][k] };
                c[k] = 0.25 * (low + high) + 0.5 * before[i][k];
            }
        }
    }
    let few = bins.len() as f64 * 1e-4;
    let all = (total[0] + total[1]).max(1.0);
    counts
        .iter()
        .map(|c| {
            // Few pixels of a colour say little: they are mixed with as many of either side as it has.
            let part = |k: usize| (c[k] + few * total[k] / all) / total[k].max(1.0);
            (libm::log(part(0).max(1e-12) / part(1).max(1e-12)) as f32).clamp(-COLOUR, COLOUR)
        })
        .collect()
}

/// A filter that averages what no edge of a picture parts: domain transform, recursive (Gastal and Oliveira 2011).
struct EdgeFilter {
    width: usize,
    /// Per pass, the shares that a pixel takes over from the left and from above.
    shares: Vec<[Vec<f32>; 2]>,
}

impl EdgeFilter {
    const PASSES: i32 = 2;

    fn new(guide: &Guide) -> Self {
        let (w, h) = (guide.width, guide.height);
        let reach = REACH * w.max(h) as f32;
        let whole = libm::sqrtf(libm::powf(4.0, Self::PASSES as f32) - 1.0);
        let apart = |n: usize, before: usize, inside: bool| if inside { 1.0 + reach / STEP * distance(guide, n, n - before) } else { 0.0 };
        let shares = (0..Self::PASSES).map(|pass| {
            let sigma = reach * libm::sqrtf(3.0) * libm::exp2f((Self::PASSES - pass - 1) as f32) / whole;
            let share = |d: f32| libm::expf(-core::f32::consts::SQRT_2 / sigma * d);
            [(0..w * h).map(|n| share(apart(n, 1, n % w > 0))).collect(), (0..w * h).map(|n| share(apart(n, w, n >= w))).collect()]
        });
        Self { width: w, shares: shares.collect() }
    }

    fn filtered(&self, values: &[f32]) -> Vec<f32> {
        let w = self.width;
        let mut v = values.to_vec();
        for [across, down] in &self.shares {
            v.par_chunks_exact_mut(w).zip(across.par_chunks_exact(w)).for_each(|(row, a)| {
                for x in 1..w {
                    row[x] += (row[x - 1] - row[x]) * a[x];
                }
                for x in (1..w).rev() {
                    row[x - 1] += (row[x] - row[x - 1]) * a[x];
                }
            });
            let rows = v.len() / w;
            for y in 1..rows {
                let (above, row) = v[(y - 1) * w..(y + 1) * w].split_at_mut(w);
                row.iter_mut().zip(above).zip(&down[y * w..(y + 1) * w]).for_each(|((v, above), a)| *v += (*above - *v) * a);
            }
            for y in (1..rows).rev() {
                let (above, row) = v[(y - 1) * w..(y + 1) * w].split_at_mut(w);
                above.iter_mut().zip(row).zip(&down[y * w..(y + 1) * w]).for_each(|((v, below), a)| *v += (*below - *v) * a);
            }
        }
        v
    }
}

/// Part of the picture below which an island goes, whatever it looks like.
const SPECK: f32 = 0.0002;
/// Part of the picture below which an island goes that hardly differs from what surrounds it.
const PATCH: f32 = 0.05;
/// Mean colour distance across its outline up to which an island hardly differs.
const FAINT: f32 = 0.07;
/// Pixels to either side of an outline between which colours are compared.
const ACROSS: usize = 3;

/// `mask` over `guide` without the holes and islands that are specks, or that no edge of the picture outlines.
pub fn cleaned(guide: &Guide, mask: &[bool]) -> Vec<bool> {
    let (w, h) = (guide.width, guide.height);
    let mut out = mask.to_vec();
    for kind in [false, true] {
        let before = out.clone();
        for island in islands(&before, w, h, kind) {
            let part = island.len() as f32 / (w * h) as f32;
            if part < PATCH && (part < SPECK || outline(guide, &before, &island) < FAINT) {
                island.iter().for_each(|n| out[*n] = !kind);
            }
        }
    }
    out
}

/// The connected parts of what is `kind` in `mask`.
pub fn islands(mask: &[bool], w: usize, h: usize, kind: bool) -> Vec<Vec<usize>> {
    let mut seen: Vec<bool> = mask.iter().map(|m| *m != kind).collect();
    let mut out: Vec<Vec<usize>> = Vec::new();
    for start in 0..w * h {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut part = vec![start];
        let mut next = 0;
        while let Some(&n) = part.get(next) {
            next += 1;
            for m in neighbours(n, w, h) {
                if !seen[m] {
                    seen[m] = true;
                    part.push(m);
                }
            }
        }
        out.push(part);
    }
    out
}

/// Mean colour distance across the outline of `island`; 1 where it has none.
fn outline(guide: &Guide, mask: &[bool], island: &[usize]) -> f32 {
    let (w, h) = (guide.width, guide.height);
    let (mut sum, mut count) = (0f64, 0u32);
    for &n in island {
        let (x, y) = ((n % w) as isize, (n / w) as isize);
        for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
            let at = |k: isize| {
                let (x, y) = (x + dx * k, y + dy * k);
                (x >= 0 && y >= 0 && x < w as isize && y < h as isize).then(|| y as usize * w + x as usize)
            };
            if at(1).is_none_or(|m| mask[m] == mask[n]) {
                continue;
            }
            let reach = ACROSS as isize - 1;
            let (Some(out), Some(inner)) = (at(reach), at(-reach)) else { continue };
            sum += f64::from(distance(guide, out, inner));
            count += 1;
        }
    }
    if count > 0 { (sum / f64::from(count)) as f32 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: usize = 160;
    const H: usize = 90;

    /// Two colours that meet at row 50.
    fn guide() -> Guide {
        Guide { width: W, height: H, colours: (0..W * H).map(|n| if n / W < 50 { [0.6, 0.7, 0.9] } else { [0.3, 0.3, 0.2] }).collect() }
    }

    #[test]
    fn an_undecided_hole_takes_after_what_surrounds_it_and_an_edge_stops_it() {
        let values: Vec<f32> = (0..W * H)
            .map(|n| match (n % W, n / W) {
                (60..80, 20..35) => 0.4,
                (_, 0..46) => 1.0,
                (_, 46..54) => 0.5,
                _ => 0.0,
            })
            .collect();
        let s = decided(&guide(), &values, true);
        assert!(s[27 * W + 70] > 0.8, "{}", s[27 * W + 70]);
        assert!(s[48 * W + 70] > 0.8 && s[51 * W + 70] < 0.2, "{} {}", s[48 * W + 70], s[51 * W + 70]);
    }

    #[test]
    fn what_spreads_without_an_edge_ends_where_the_colour_strays() {
        // A sky that darkens into a ridge, a step too small for an edge in every row.
        let colours = (0..W * H).map(|n| [0.8 - 0.012 * ((n / W).saturating_sub(30) as f32); 3]).collect();
        let guide = Guide { width: W, height: H, colours };
        let rows = |prior: f32| {
            let mut q: Vec<f32> = (0..W * H).map(|n| f32::from(u8::from(n / W < 30))).collect();
            spread(&guide, &mut q, &vec![true; W * H], &vec![prior > LIKELY; W * H]);
            (0..H).filter(|y| q[y * W + 80] >= 0.5).count()
        };
        assert_eq!(rows(0.9), H);
        assert_eq!(rows(0.3), 30 + 3);
    }

    #[test]
    fn what_the_model_carries_over_an_edge_is_given_back() {
        let values: Vec<f32> = (0..W * H)
            .map(|n| match (n % W, n / W) {
                (_, 0..50) => 1.0,
                (40..100, 50..70) => 0.95,
                _ => 0.0,
            })
            .collect();
        let s = decided(&guide(), &values, false);
        assert!(s[47 * W + 60] > 0.8 && s[56 * W + 60] < 0.2, "{} {}", s[47 * W + 60], s[56 * W + 60]);
    }

    #[test]
    fn what_no_edge_outlines_goes_and_what_one_does_stays() {
        let mut g = guide();
        let mut mask: Vec<bool> = (0..W * H).map(|n| n / W < 50).collect();
        let want = mask.clone();
        // A sliver and a hole in a flat sky, a piece of sky in the flat ground.
        for n in (0..W * H).filter(|n| matches!((n % W, n / W), (20..60, 11..13) | (90..110, 20..34))) {
            mask[n] = false;
        }
        (70 * W + 30..70 * W + 36).for_each(|n| mask[n] = true);
        assert_eq!(cleaned(&g, &mask), want);
        // A balloon.
        for n in (0..W * H).filter(|n| matches!((n % W, n / W), (90..110, 20..34))) {
            g.colours[n] = [0.8, 0.2, 0.1];
        }
        assert!(!cleaned(&g, &mask)[27 * W + 100] && cleaned(&g, &mask)[12 * W + 40]);
    }
}
