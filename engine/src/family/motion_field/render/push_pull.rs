//! Push-pull: gaps are filled smoothly from what surrounds them, through a pyramid.

/// Fills `values` ([height][width][channels], interleaved) where `weights` ([height][width], 0…1) is below 1.
///
/// Nothing changes where all weights are 0.
pub fn push_pull(values: &mut [f32], weights: &[f32], width: usize, height: usize, channels: usize) {
    if weights.iter().all(|w| *w >= 1.0) || weights.iter().all(|w| *w <= 0.0) {
        return;
    }
    level(values, weights, width, height, channels);
}

fn level(values: &mut [f32], weights: &[f32], w: usize, h: usize, c: usize) {
    if w == 1 && h == 1 {
        return;
    }
    let (lw, lh) = (w.div_ceil(2), h.div_ceil(2));
    let mut low = vec![0f32; lw * lh * c];
    let mut low_weights = vec![0f32; lw * lh];
    for y in 0..lh {
        for x in 0..lw {
            let at = y * lw + x;
            let mut sum = 0f32;
            let mut n = 0f32;
            for yy in 2 * y..(2 * y + 2).min(h) {
                for xx in 2 * x..(2 * x + 2).min(w) {
                    let i = yy * w + xx;
                    let k = weights[i];
                    n += 1.0;
                    if k > 0.0 {
                        sum += k;
                        for (l, v) in low[at * c..(at + 1) * c].iter_mut().zip(&values[i * c..(i + 1) * c]) {
                            *l += k * v;
                        }
                    }
                }
            }
            if sum > 0.0 {
                low[at * c..(at + 1) * c].iter_mut().for_each(|l| *l /= sum);
                low_weights[at] = (2.0 * sum / n).min(1.0);
            }
        }
    }
    level(&mut low, &low_weights, lw, lh, c);
    let weight_of = |o: usize, n: usize| {
        let p = (o as f32 - 0.5) * 0.5;
        let i = p.floor();
        let a = (i.max(0.0) as usize).min(n - 1);
        let b = ((i + 1.0) as usize).min(n - 1);
        (a, b, p - i)
    };
    for y in 0..h {
        let (y0, y1, fy) = weight_of(y, lh);
        for x in 0..w {
            let i = y * w + x;
            let k = weights[i];
            if k >= 1.0 {
                continue;
            }
            let (x0, x1, fx) = weight_of(x, lw);
            for ch in 0..c {
                let g = |xx: usize, yy: usize| low[(yy * lw + xx) * c + ch];
                let top = g(x0, y0) * (1.0 - fx) + g(x1, y0) * fx;
                let bottom = g(x0, y1) * (1.0 - fx) + g(x1, y1) * fx;
                let fill = top * (1.0 - fy) + bottom * fy;
                let v = &mut values[i * c + ch];
                *v = if k > 0.0 { k * *v + (1.0 - k) * fill } else { fill };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_take_what_surrounds_them_and_the_rest_stays() {
        let (w, h) = (13, 9);
        let mut v: Vec<f32> = (0..w * h).map(|i| if i % w < 6 { 1.0 } else { 3.0 }).collect();
        let known: Vec<f32> = (0..w * h).map(|i| if (4..9).contains(&(i % w)) { 0.0 } else { 1.0 }).collect();
        v.iter_mut().zip(&known).for_each(|(v, k)| {
            if *k == 0.0 {
                *v = f32::NAN
            }
        });
        push_pull(&mut v, &known, w, h, 1);
        for (i, v) in v.iter().enumerate() {
            assert!(v.is_finite());
            match i % w {
                0..=3 => assert_eq!(*v, 1.0),
                9.. => assert_eq!(*v, 3.0),
                _ => assert!((1.0..=3.0).contains(v)),
            }
        }
        assert!(v[4 * w + 4] < v[4 * w + 8]);
    }
}
