//! The seed's noise: the same normal numbers on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// `count` normal numbers of mean 0 and variance 1: a `stream` of ChaCha8 keyed by the seed, Box–Muller in fp64 through `libm`.
pub fn normal(seed: u32, stream: u64, count: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(u64::from(seed));
    random.set_stream(stream);
    // (0, 1]: the logarithm of 0 is never taken.
    let mut uniform = || (f64::from(random.next_u32()) + 1.0) / 4_294_967_296.0;
    let mut out = Vec::with_capacity(count + 1);
    while out.len() < count {
        let radius = libm::sqrt(-2.0 * libm::log(uniform()));
        let angle = 2.0 * std::f64::consts::PI * uniform();
        out.push((radius * libm::cos(angle)) as f32);
        out.push((radius * libm::sin(angle)) as f32);
    }
    out.truncate(count);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_normal_and_belongs_to_its_seed_and_stream() {
        let a = normal(7, 0, 20_001);
        assert_eq!(a, normal(7, 0, 20_001));
        assert_ne!(a, normal(8, 0, 20_001));
        assert_ne!(a, normal(7, 1, 20_001));
        let mean = a.iter().sum::<f32>() / a.len() as f32;
        let variance = a.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / a.len() as f32;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }
}
