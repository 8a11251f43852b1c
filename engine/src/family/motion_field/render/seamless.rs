//! Patchwork without seams: keeps the differences between neighbours, lets levels follow what surrounds the hole
//! (Pérez et al. 2003, relaxed in place).

use super::patch_match::{Colour, Completed, Small};

const ROUNDS: usize = 160;
/// Over-relaxation.
const PUSH: f32 = 1.85;

/// Levels out `done`, the completion of `picture`.
pub fn level(picture: &Small, done: &mut Completed) {
    let (w, h) = (picture.width, picture.height);
    // For every pixel to be levelled its neighbours and by how much it should differ from each.
    let mut pixels: Vec<(usize, [usize; 4], usize, Colour)> = Vec::new();
    for i in (0..w * h).filter(|i| picture.wanted[*i]) {
        let (x, y) = (i % w, i / w);
        let (mut neighbours, mut n, mut wish) = ([0usize; 4], 0, [0f32; 4]);
        for (dx, dy) in [(-1isize, 0isize), (1, 0), (0, -1), (0, 1)] {
            let (nx, ny) = (x as isize + dx, y as isize + dy);
            if nx < 0 || ny < 0 || nx >= w as isize || ny >= h as isize {
                continue;
            }
            let j = ny as usize * w + nx as usize;
            if !picture.known[j] && !picture.wanted[j] {
                continue;
            }
            neighbours[n] = j;
            n += 1;
            let step = dy * w as isize + dx;
            let mut differences = [0f32; 4];
            let mut found = 0f32;
            let mut add = |from: Option<u32>, here: isize, there: isize| {
                let Some(s) = from else { return };
                let (a, b) = (&picture.colours[(s as isize + here) as usize], &picture.colours[(s as isize + there) as usize]);
                found += 1.0;
                differences.iter_mut().zip(a.iter().zip(b)).for_each(|(d, (a, b))| *d += a - b);
            };
            // Patches reach at least one pixel around their middle, so both ends are known.
            add(done.like[i], 0, step);
            add(done.like[j], -step, 0);
            if found > 0.0 {
                wish.iter_mut().zip(differences).for_each(|(w, d)| *w += d / found);
            }
        }
        if n > 0 {
            pixels.push((i, neighbours, n, wish));
        }
    }
    if pixels.iter().all(|(_, neighbours, n, _)| neighbours[..*n].iter().all(|j| !picture.known[*j])) {
        return;
    }
    for round in 0..ROUNDS {
        // The last rounds settle without overshoot.
        let push = if round + 10 < ROUNDS { PUSH } else { 1.0 };
        for (i, neighbours, n, wish) in &pixels {
            let mut sum = *wish;
            for j in &neighbours[..*n] {
                sum.iter_mut().zip(done.colours[*j]).for_each(|(s, v)| *s += v);
            }
            let scale = 1.0 / *n as f32;
            for (v, s) in done.colours[*i].iter_mut().zip(sum) {
                *v += push * (s * scale - *v);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_darker_patch_takes_the_level_around_it() {
        let (w, h) = (24, 12);
        let hole = |i: usize| (12..18).contains(&(i % w)) && (3..9).contains(&(i / w));
        // Light on the left half, dark on the right; the hole in the dark was filled from the light.
        let colours: Vec<Colour> = (0..w * h).map(|i| if i % w < 8 || hole(i) { [0.8; 4] } else { [0.3; 4] }).collect();
        let wanted: Vec<bool> = (0..w * h).map(hole).collect();
        let known = wanted.iter().map(|v| !v).collect();
        let picture = Small { width: w, height: h, colours: colours.clone(), known, wanted };
        let like = (0..w * h).map(|i| hole(i).then_some(4 * w as u32 + 4)).collect();
        let mut done = Completed { colours, like };
        level(&picture, &mut done);
        assert!((0..w * h).filter(|i| hole(*i)).all(|i| (done.colours[i][0] - 0.3).abs() < 0.02));
    }
}
