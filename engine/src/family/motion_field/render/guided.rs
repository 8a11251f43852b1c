//! Colour guided filter (He, Sun and Tang 2013): coarse values follow the edges of a picture.

use super::plane::Plane;

/// A display-range RGB picture at any size, [height][width].
#[derive(Debug, Clone)]
pub struct Guide {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Colours, 0…1.
    pub colours: Vec<[f32; 3]>,
}

impl Guide {
    /// The plane by area average so that its longer side has at most `longest` pixels.
    pub fn of(plane: &Plane, longest: usize) -> Self {
        let (w, h, c) = (plane.width(), plane.height(), plane.channels());
        let side = w.max(h);
        let (gw, gh) = if side <= longest { (w, h) } else { ((w * longest / side).max(1), (h * longest / side).max(1)) };
        let values = plane.values();
        let mut colours = Vec::with_capacity(gw * gh);
        for y in 0..gh {
            let (y0, y1) = (y * h / gh, ((y + 1) * h).div_ceil(gh));
            for x in 0..gw {
                let (x0, x1) = (x * w / gw, ((x + 1) * w).div_ceil(gw));
                let mut sum = [0f32; 3];
                for yy in y0..y1 {
                    for p in values[(yy * w + x0) * c..(yy * w + x1) * c].chunks_exact(c) {
                        for k in 0..3 {
                            sum[k] += p[k].clamp(0.0, 1.0);
                        }
                    }
                }
                let n = 1.0 / ((y1 - y0) * (x1 - x0)) as f32;
                colours.push(sum.map(|v| v * n));
            }
        }
        Self { width: gw, height: gh, colours }
    }
}

/// What the guided filter needs of a picture alone; one serves any number of values.
pub struct GuidedFilter<'a> {
    guide: &'a Guide,
    radius: usize,
    mean: [Vec<f32>; 3],
    /// Upper triangle of the inverse covariance: 00 01 02 11 12 22.
    inverse: Vec<[f32; 6]>,
}

/// Values as a linear function of colour around every pixel of the guide.
pub struct ColourModel {
    /// Pixels of the guide.
    pub width: usize,
    /// Pixels of the guide.
    pub height: usize,
    /// Slopes for red, green and blue, and the value at black.
    pub terms: Vec<[f32; 4]>,
}

impl<'a> GuidedFilter<'a> {
    /// `radius` in pixels of the guide; `smoothness` is the colour variance (display range 0…1) below which values are averaged.
    pub fn new(guide: &'a Guide, radius: usize, smoothness: f32) -> Self {
        let (w, h) = (guide.width, guide.height);
        let plane = |f: &dyn Fn(&[f32; 3]) -> f32| -> Vec<f32> { box_mean(guide.colours.iter().map(f).collect(), w, h, radius) };
        let mean = [plane(&|c| c[0]), plane(&|c| c[1]), plane(&|c| c[2])];
        const PAIRS: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
        let mut cov = vec![[0f32; 6]; w * h];
        for (k, (i, j)) in PAIRS.into_iter().enumerate() {
            let m = plane(&|c| c[i] * c[j]);
            for (n, c) in cov.iter_mut().enumerate() {
                c[k] = m[n] - mean[i][n] * mean[j][n] + if i == j { smoothness } else { 0.0 };
            }
        }
        cov.iter_mut().for_each(|c| *c = inverted(*c));
        Self { guide, radius, mean, inverse: cov }
    }

    /// The local linear model of `values` ([height][width] of the guide).
    pub fn fit(&self, values: &[f32]) -> ColourModel {
        let (w, h, r) = (self.guide.width, self.guide.height, self.radius);
        let mean = box_mean(values.to_vec(), w, h, r);
        let cross: [Vec<f32>; 3] =
            std::array::from_fn(|k| box_mean(self.guide.colours.iter().zip(values).map(|(c, v)| c[k] * v).collect(), w, h, r));
        let mut terms: [Vec<f32>; 4] = std::array::from_fn(|_| vec![0f32; w * h]);
        for n in 0..w * h {
            let m = &self.inverse[n];
            let c: [f32; 3] = std::array::from_fn(|k| cross[k][n] - self.mean[k][n] * mean[n]);
            let a =
                [m[0] * c[0] + m[1] * c[1] + m[2] * c[2], m[1] * c[0] + m[3] * c[1] + m[4] * c[2], m[2] * c[0] + m[4] * c[1] + m[5] * c[2]];
            let b = mean[n] - a[0] * self.mean[0][n] - a[1] * self.mean[1][n] - a[2] * self.mean[2][n];
            for k in 0..3 {
                terms[k][n] = a[k];
            }
            terms[3][n] = b;
        }
        let terms = terms.map(|t| box_mean(t, w, h, r));
        ColourModel { width: w, height: h, terms: (0..w * h).map(|n| std::array::from_fn(|k| terms[k][n])).collect() }
    }
}

/// Mean over a square of 2·radius+1 pixels, smaller at the edges.
pub fn box_mean(values: Vec<f32>, w: usize, h: usize, radius: usize) -> Vec<f32> {
    if radius == 0 {
        return values;
    }
    let mut rows = values;
    let mut line = vec![0f32; w];
    for row in rows.chunks_exact_mut(w) {
        line.copy_from_slice(row);
        let mut sum: f64 = line[..radius.min(w)].iter().map(|v| f64::from(*v)).sum();
        for x in 0..w {
            if x + radius < w {
                sum += f64::from(line[x + radius]);
            }
            if x > radius {
                sum -= f64::from(line[x - radius - 1]);
            }
            row[x] = (sum / ((x + radius).min(w - 1) + 1 - x.saturating_sub(radius)) as f64) as f32;
        }
    }
    let mut sums = vec![0f64; w];
    for y in 0..radius.min(h) {
        for (s, v) in sums.iter_mut().zip(&rows[y * w..(y + 1) * w]) {
            *s += f64::from(*v);
        }
    }
    let mut out = vec![0f32; w * h];
    for y in 0..h {
        if y + radius < h {
            for (s, v) in sums.iter_mut().zip(&rows[(y + radius) * w..(y + radius + 1) * w]) {
                *s += f64::from(*v);
            }
        }
        if y > radius {
            for (s, v) in sums.iter_mut().zip(&rows[(y - radius - 1) * w..(y - radius) * w]) {
                *s -= f64::from(*v);
            }
        }
        let n = 1.0 / ((y + radius).min(h - 1) + 1 - y.saturating_sub(radius)) as f64;
        for (o, s) in out[y * w..(y + 1) * w].iter_mut().zip(&sums) {
            *o = (s * n) as f32;
        }
    }
    out
}

/// Inverse of a symmetric positive definite matrix, upper triangles.
fn inverted(m: [f32; 6]) -> [f32; 6] {
    let [a, b, c, d, e, f] = m.map(f64::from);
    let (i00, i01, i02) = (d * f - e * e, c * e - b * f, b * e - c * d);
    let det = a * i00 + b * i01 + c * i02;
    if det <= 1e-30 {
        return [0.0; 6];
    }
    [i00, i01, i02, a * f - c * c, b * c - a * e, a * d - b * b].map(|v| (v / det) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_snap_to_the_edge_of_the_picture() {
        let (w, h) = (64, 32);
        let colours = (0..w * h).map(|n| if n % w < 30 { [0.1, 0.2, 0.3] } else { [0.8, 0.7, 0.9] }).collect();
        let guide = Guide { width: w, height: h, colours };
        // A ramp five pixels off the edge.
        let values: Vec<f32> = (0..w * h).map(|n| (((n % w) as f32 - 20.0) / 10.0).clamp(0.0, 1.0)).collect();
        let model = GuidedFilter::new(&guide, 8, 1e-4).fit(&values);
        let at = |x: usize| {
            let n = 16 * w + x;
            let (t, c) = (model.terms[n], guide.colours[n]);
            t[0] * c[0] + t[1] * c[1] + t[2] * c[2] + t[3]
        };
        // The ramp was at 0.8 before the edge and at 1.1, cut to 1, after it.
        assert!(at(28) < 0.55 && at(31) > 0.85 && at(31) - at(29) > 0.4, "{} {}", at(28), at(31));
    }

    #[test]
    fn the_mean_of_a_flat_plane_is_flat_at_any_size() {
        for (w, h, r) in [(1, 1, 3), (2, 5, 1), (9, 4, 20)] {
            assert!(box_mean(vec![0.5; w * h], w, h, r).iter().all(|v| (v - 0.5).abs() < 1e-6));
        }
    }
}
