//! Churning and pulsing, which are not sampled: what is asked of them follows from the regions and the seed alone, as the
//! camera does. The network, which sways and drifts, is asked for the rest.

use super::intent::Intent;
use super::knots::Knots;
use super::noise::normal;
use super::render::{Class, islands, neighbours};
use super::scene::SceneMap;
use super::{CHANNELS, FABRIC};

/// Places among the numbers of a class.
const TURBULENCE: usize = 3;
const PULSE: usize = 4;
/// Place of animals and people among the classes.
const ANIMAL: usize = Class::Animal as usize;
/// Channels that come back: those after the drift.
const IN_PLACE: usize = CHANNELS - 2;

/// Drift below this share of live is taken for none.
pub const UNDIRECTED: f32 = 0.3;
/// What only churns or pulses sways a little as well, this much of what was asked.
const REST: f32 = 0.1;

/// Streams of the seed's noise; the sampler's is 0, `wander`'s 3.
const EDDY_STREAM: u64 = 1;
const PULSE_STREAM: u64 = 2;

/// Cells between the knots of turbulence.
const EDDY: usize = 5;
/// Size of an eddy of 1, units of sway, at one and at two cycles.
const ONCE: f32 = 0.5;
const TWICE: f32 = 0.55;

/// A pulse of 1 moves what is one extent from the middle by this many units of sway at most,
const PULSE_SIZE: f32 = 0.7;
/// and by this much of the extent (units of sway in a picture's width are 100): a chest swells by a thirtieth.
const PULSE_STRAIN: f32 = 3.3;
/// Extents from the middle beyond which nothing moves farther.
const FARTHEST: f32 = 1.6;
/// How much the seed makes of being late, of its shape and of where its middle is.
const LATE: f32 = 0.35;
const UNEVEN: f32 = 0.2;
/// Part of a pulse that comes twice in its time.
const SECOND: f32 = 0.15;
/// Cells below which a part of a region does not pulse about a middle of its own.
const SMALLEST: usize = 6;
/// Probability that joins what is likely to one part: a leg between shorts and shoe is the player's, though less sure.
const JOINED: f32 = 0.25;
/// Part of a body that must be animal or person for it to stand on something.
const LEAST_ANIMAL: f32 = 0.2;
/// Part of an animal's height, from where it stands, over which its motion grows from nothing: feet and paws stay.
const PLANTED: f32 = 0.3;

/// What of `intent` the network is asked for.
pub fn sampled(intent: &Intent) -> Intent {
    let mut out = intent.clone();
    for [drift_x, drift_y, sway, turbulence, pulse, live] in &mut out.0 {
        let none = libm::hypotf(*drift_x, *drift_y) < UNDIRECTED * *live && *sway < 0.5 * *live;
        if *turbulence + *pulse > 0.0 && none {
            // Undirected motion that sways by less than half of its live would travel.
            (*sway, *live) = (REST * *live, 2.0 * REST * *live);
        }
        (*turbulence, *pulse) = (0.0, 0.0);
    }
    out
}

/// Adds what `intent` asks of churning and pulsing to a sampled `field` [10][h][w] in units of strength 1, and plants
/// animals where they stand.
pub fn add(field: &mut [f32], map: &SceneMap, intent: &Intent, seed: u32) {
    let cells = map.width * map.height;
    let Some(in_place) = field.get_mut((CHANNELS - IN_PLACE) * cells..) else { return };
    churn(in_place, map, intent, seed);
    let body = body(map);
    let mut bodies = parts(&body, map.width, map.height);
    bare(&mut bodies, map);
    let worn = intent.0[FABRIC] == intent.0[ANIMAL];
    for (class, asked) in intent.0.iter().enumerate().filter(|(_, asked)| asked[PULSE] > 0.0) {
        match class {
            FABRIC if worn => {}
            ANIMAL if worn => pulse(in_place, map, &body, &bodies, asked[PULSE], seed),
            _ => {
                let own: Vec<f32> = class_of(map, class).collect();
                pulse(in_place, map, &own, &parts(&own, map.width, map.height), asked[PULSE], seed);
            }
        }
    }
    plant(in_place, map, &body, &bodies);
}

fn class_of(map: &SceneMap, class: usize) -> impl Iterator<Item = f32> {
    let cells = map.width * map.height;
    map.probabilities.iter().skip(class * cells).take(cells).copied()
}

/// How far a cell is an animal's or a person's, clothes and hair with them.
fn body(map: &SceneMap) -> Vec<f32> {
    class_of(map, ANIMAL).zip(class_of(map, FABRIC)).map(|(a, f)| a + f).collect()
}

/// A part that is hardly more than cloth is a flag: it stands on nothing.
fn bare((parts, nearest): &mut (Vec<Part>, Vec<Option<usize>>), map: &SceneMap) {
    let mut shares = vec![[0f32; 2]; parts.len()];
    for ((animal, fabric), part) in class_of(map, ANIMAL).zip(class_of(map, FABRIC)).zip(nearest.iter()) {
        if let Some(share) = part.and_then(|k| shares.get_mut(k)) {
            (share[0], share[1]) = (share[0] + animal, share[1] + fabric);
        }
    }
    for (part, [animal, fabric]) in parts.iter_mut().zip(shares) {
        part.stands &= animal >= LEAST_ANIMAL * (animal + fabric);
    }
}

/// Each place on its own small ellipse, most of it twice in the time of a sway.
fn churn(in_place: &mut [f32], map: &SceneMap, intent: &Intent, seed: u32) {
    let (w, h) = (map.width, map.height);
    let mut amount = vec![0f32; w * h];
    for (class, asked) in intent.0.iter().enumerate() {
        amount.iter_mut().zip(class_of(map, class)).for_each(|(sum, own)| *sum += asked[TURBULENCE] * own);
    }
    if amount.iter().all(|a| *a == 0.0) {
        return;
    }
    let knots = Knots::new(seed, EDDY_STREAM, IN_PLACE, EDDY, w, h);
    for (k, channel) in in_place.chunks_exact_mut(w * h).enumerate() {
        let size = if k < IN_PLACE / 2 { ONCE } else { TWICE };
        for (i, (v, amount)) in channel.iter_mut().zip(&amount).enumerate() {
            *v += size * amount * knots.at(k, i % w, i / w);
        }
    }
}

/// A connected part of a region, in picture widths.
#[derive(Debug)]
struct Part {
    middle: [f32; 2],
    /// Root of the mean square distance from it.
    extent: f32,
    top: f32,
    bottom: f32,
    /// Whether it stands within the picture, and is not cut off by its lower edge.
    stands: bool,
}

/// The connected parts of `own` with something likely in them, and for every cell the nearest of them.
fn parts(own: &[f32], width: usize, height: usize) -> (Vec<Part>, Vec<Option<usize>>) {
    let mut found = Vec::new();
    let mut nearest = vec![None; own.len()];
    let mut queue = Vec::new();
    let joined: Vec<bool> = own.iter().map(|p| *p >= JOINED).collect();
    let likely = |cells: &[usize]| cells.iter().filter(|n| own[**n] >= Class::LIKELY).count();
    for cells in islands(&joined, width, height, true).into_iter().filter(|cells| likely(cells) >= SMALLEST) {
        cells.iter().for_each(|n| nearest[*n] = Some(found.len()));
        found.push(part(&cells, own, width, height));
        queue.extend(cells);
    }
    // What is less likely goes with the part it is nearest to.
    let mut next = 0;
    while let Some(&n) = queue.get(next) {
        next += 1;
        for m in neighbours(n, width, height) {
            if nearest[m].is_none() {
                nearest[m] = nearest[n];
                queue.push(m);
            }
        }
    }
    (found, nearest)
}

/// Where a cell's middle is, in picture widths.
fn place(n: usize, width: usize) -> [f32; 2] {
    [((n % width) as f32 + 0.5) / width as f32, ((n / width) as f32 + 0.5) / width as f32]
}

fn part(cells: &[usize], own: &[f32], width: usize, height: usize) -> Part {
    let places = || cells.iter().map(|n| (place(*n, width), own[*n]));
    let total: f32 = places().map(|(_, p)| p).sum();
    let middle = [0, 1].map(|k| places().map(|(at, p)| at[k] * p).sum::<f32>() / total);
    let squares: f32 = places().map(|(at, p)| p * ((at[0] - middle[0]).powi(2) + (at[1] - middle[1]).powi(2))).sum();
    let rows = cells.iter().map(|n| n / width);
    let (top, bottom) = rows.fold((usize::MAX, 0), |(t, b), row| (t.min(row), b.max(row)));
    Part {
        middle,
        extent: libm::sqrtf(squares / total) + 0.5 / width as f32,
        top: top as f32 / width as f32,
        bottom: (bottom + 1) as f32 / width as f32,
        stands: bottom + 1 < height,
    }
}

/// Swelling and shrinking of every part about its own middle, once in the time of a sway; which of them first, how late, and
/// whether more across or more upward, is the seed's.
fn pulse(in_place: &mut [f32], map: &SceneMap, own: &[f32], (parts, nearest): &(Vec<Part>, Vec<Option<usize>>), amount: f32, seed: u32) {
    let (w, cells) = (map.width, map.width * map.height);
    let chance = normal(seed, PULSE_STREAM, 5 * parts.len());
    // As an undirected drift takes its side: in or out first.
    let first = if seed % 2 == 1 { 1.0 } else { -1.0 };
    for n in 0..cells {
        let Some((k, part)) = nearest[n].and_then(|k| Some((k, parts.get(k)?))) else { continue };
        let [late, wide, tall, aside, above] = [0, 1, 2, 3, 4].map(|c| chance.get(5 * k + c).copied().unwrap_or(0.0).clamp(-2.0, 2.0));
        let late = LATE * late;
        let size = first * amount * own[n] * PULSE_SIZE.min(PULSE_STRAIN * part.extent);
        let at = place(n, w);
        for (axis, (shape, off)) in [(wide, aside), (tall, above)].into_iter().enumerate() {
            let out = (at[axis] - part.middle[axis]) / part.extent - UNEVEN * off;
            let swell = size * (1.0 + UNEVEN * shape) * out.clamp(-FARTHEST, FARTHEST);
            // sin and cos − 1, then both at twice the rate.
            for (channel, share) in [(0, late), (2, -0.5), (4, SECOND * late), (6, -0.5 * SECOND)] {
                if let Some(v) = in_place.get_mut((channel + axis) * cells + n) {
                    *v += share * swell;
                }
            }
        }
    }
}

/// Lets what moves in place grow from nothing where an animal stands.
fn plant(in_place: &mut [f32], map: &SceneMap, body: &[f32], (parts, nearest): &(Vec<Part>, Vec<Option<usize>>)) {
    let (w, cells) = (map.width, map.width * map.height);
    let held: Vec<f32> = (0..cells)
        .map(|n| {
            let Some(part) = nearest[n].and_then(|k| parts.get(k)).filter(|part| part.stands) else { return 1.0 };
            let rise = ((part.bottom - place(n, w)[1]) / (PLANTED * (part.bottom - part.top))).clamp(0.0, 1.0);
            1.0 - body[n].min(1.0) * (1.0 - rise * rise * (3.0 - 2.0 * rise))
        })
        .collect();
    for channel in in_place.chunks_exact_mut(cells) {
        channel.iter_mut().zip(&held).for_each(|(v, held)| *v *= held);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::ArrayD;

    use super::super::{CLASSES, INTENT};
    use super::*;

    const W: usize = 40;
    const H: usize = 24;
    const SKY: usize = 1;

    /// Sky, and two animals that stand on something below them.
    fn map() -> SceneMap {
        let mut probabilities = vec![0f32; CLASSES * W * H];
        for n in 0..W * H {
            let animal = matches!((n % W, n / W), (4..14 | 24..36, 8..20));
            probabilities[if animal { ANIMAL } else { SKY } * W * H + n] = 1.0;
        }
        SceneMap { width: W, height: H, features: ArrayD::zeros(vec![0]), probabilities, depth: vec![0.0; W * H] }
    }

    fn asked(class: usize, numbers: [f32; INTENT]) -> Intent {
        let mut intent = Intent([[0.0; INTENT]; CLASSES]);
        intent.0[class] = numbers;
        intent
    }

    fn added(map: &SceneMap, intent: &Intent, seed: u32) -> Vec<f32> {
        let mut field = vec![0f32; CHANNELS * W * H];
        add(&mut field, map, intent, seed);
        field
    }

    fn at(field: &[f32], channel: usize, x: usize, y: usize) -> f32 {
        field[channel * W * H + y * W + x]
    }

    const BREATHES: [f32; INTENT] = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0];
    const CHURNS: [f32; INTENT] = [0.0, 0.0, 0.0, 1.0, 0.0, 1.0];
    /// x and y of cos − 1, which is negative: what goes outward is below 0.
    const BREATH: [usize; 2] = [4, 5];

    #[test]
    fn the_network_is_asked_for_the_rest() {
        let rest = [0.0, 0.0, REST, 0.0, 0.0, 2.0 * REST];
        assert_eq!(sampled(&asked(ANIMAL, BREATHES)).0[ANIMAL], rest);
        assert_eq!(sampled(&asked(SKY, CHURNS)).0[SKY], rest);
        for kept in [[-0.8, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0, 0.0, 1.0], [0.0; INTENT]] {
            assert_eq!(sampled(&asked(SKY, kept)).0[SKY], kept);
        }
        assert_eq!(sampled(&asked(6, [0.0, -1.0, 0.0, 0.5, 0.0, 1.0])).0[6], [0.0, -1.0, 0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn every_animal_swells_about_its_own_middle_and_stays_where_it_stands() {
        let (map, field) = (map(), added(&map(), &asked(ANIMAL, BREATHES), 3));
        for (left, right) in [(4, 13), (24, 35)] {
            assert!(at(&field, BREATH[0], left, 12) > 0.05 && at(&field, BREATH[0], right, 12) < -0.05);
            assert!(at(&field, BREATH[1], left, 8) > 0.05);
            assert!(at(&field, BREATH[0], left, 19).abs() < 0.02 && at(&field, BREATH[1], left, 19).abs() < 0.02);
        }
        assert!((0..CHANNELS).all(|c| at(&field, c, 19, 12) == 0.0), "the sky was asked nothing");
        assert_ne!(field, added(&map, &asked(ANIMAL, BREATHES), 4));
    }

    #[test]
    fn what_the_picture_cuts_off_and_what_hangs_has_no_feet() {
        let low = |map: &SceneMap, class: usize| added(map, &asked(class, BREATHES), 3)[BREATH[0] * W * H..].to_vec();
        let mut cut_off = map();
        for n in (20 * W..W * H).filter(|n| (4..14).contains(&(n % W))) {
            cut_off.probabilities[SKY * W * H + n] = 0.0;
            cut_off.probabilities[ANIMAL * W * H + n] = 1.0;
        }
        assert!(low(&cut_off, ANIMAL)[23 * W + 4] > 0.05);
        let mut flags = map();
        let (animals, fabric) = flags.probabilities[ANIMAL * W * H..].split_at_mut(W * H);
        fabric[..W * H].swap_with_slice(animals);
        assert!(low(&flags, FABRIC)[19 * W + 4] > 0.05);
    }

    #[test]
    fn what_is_less_sure_between_two_parts_makes_them_one() {
        let mut joined = map();
        for n in (0..W * H).filter(|n| matches!((n % W, n / W), (14..24, 10..14))) {
            joined.probabilities[SKY * W * H + n] -= 0.35;
            joined.probabilities[ANIMAL * W * H + n] = 0.35;
        }
        let field = added(&joined, &asked(ANIMAL, BREATHES), 3);
        assert!(at(&field, BREATH[0], 13, 12) > 0.0 && at(&field, BREATH[0], 24, 12) < 0.0, "about the middle between them");
    }

    #[test]
    fn clothes_breathe_with_their_wearer_once() {
        let mut dressed = map();
        for n in (0..W * H).filter(|n| matches!((n % W, n / W), (4..14, 10..16))) {
            dressed.probabilities[ANIMAL * W * H + n] = 0.0;
            dressed.probabilities[FABRIC * W * H + n] = 1.0;
        }
        let mut both = asked(ANIMAL, BREATHES);
        both.0[FABRIC] = BREATHES;
        assert_eq!(added(&dressed, &both, 3), added(&map(), &asked(ANIMAL, BREATHES), 3));
    }

    #[test]
    fn churning_differs_from_place_to_place_and_stays_in_its_region() {
        let (map, field) = (map(), added(&map(), &asked(SKY, CHURNS), 3));
        assert!((0..CHANNELS).all(|c| at(&field, c, 8, 12) == 0.0) && (0..2).all(|c| at(&field, c, 20, 3) == 0.0));
        let upper: Vec<usize> = (0..8 * W).filter(|n| n % W + 2 * EDDY < W).collect();
        let (mut along, mut size) = (0f32, 0f32);
        for c in 2..CHANNELS {
            for n in &upper {
                let (here, there) = (field[c * W * H + n], field[c * W * H + n + 2 * EDDY]);
                (along, size) = (along + here * there, size + 0.5 * (here * here + there * there));
            }
        }
        assert!(along < 0.3 * size, "{along} of {size}");
        let rms = libm::sqrtf(size / (8 * upper.len()) as f32);
        assert!((0.2..0.8).contains(&rms), "{rms}");
        assert_ne!(field, added(&map, &asked(SKY, CHURNS), 4));
        assert!(added(&map, &asked(SKY, [0.5, 0.0, 0.5, 0.0, 0.0, 1.0]), 3).iter().all(|v| *v == 0.0));
    }
}
