//! How far a path strays from a smooth one. A camera move, eased or not, is smooth; a background that breathes is not.

/// Degree of the smooth path: 5 holds an eased move and the there-and-back of a loop, not a second breath.
const DEGREE: usize = 5;

/// Root mean square distance of `values` from the best polynomial of degree 5 over `times`; `None` where there are too few.
pub(super) fn straying(times: &[f64], values: &[f64]) -> Option<f64> {
    let n = times.len();
    let free = n.checked_sub(DEGREE + 1).filter(|free| *free >= 3)?;
    let (first, last) = (times.first()?, times.last()?);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut rest = values.to_vec();
    for degree in 0..=DEGREE {
        let mut next: Vec<f64> = times.iter().map(|t| (2.0 * (t - first) / (last - first) - 1.0).powi(degree as i32)).collect();
        // Twice, for what rounding leaves of the first time.
        for b in basis.iter().chain(&basis) {
            subtract(&mut next, b);
        }
        let length = dot(&next, &next).sqrt();
        next.iter_mut().for_each(|v| *v /= length);
        subtract(&mut rest, &next);
        basis.push(next);
    }
    Some((dot(&rest, &rest) / free as f64).sqrt()).filter(|r| r.is_finite())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes `unit`'s part out of `from`.
fn subtract(from: &mut [f64], unit: &[f64]) {
    let part = dot(from, unit);
    from.iter_mut().zip(unit).for_each(|(v, u)| *v -= part * u);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_moves_stray_little_and_breaths_much() {
        let times: Vec<f64> = (0..48).map(f64::from).collect();
        let of = |f: &dyn Fn(f64) -> f64| straying(&times, &times.iter().map(|t| f(t / 47.0)).collect::<Vec<_>>()).unwrap();
        assert!(of(&|t| 10.0 * t * t * (3.0 - 2.0 * t)) < 1e-9);
        assert!(of(&|t| 10.0 * (1.0 - (std::f64::consts::TAU * t).cos())) < 0.5);
        assert!(of(&|t| (3.0 * std::f64::consts::TAU * t).sin()) > 0.6);
        assert_eq!(straying(&times[..8], &[0.0; 8]), None);
    }
}
