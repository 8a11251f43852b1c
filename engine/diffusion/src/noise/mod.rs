//! The numbers of `torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed))` in fp32, so that seeds carry over.
//!
//! torch has two ways to draw, and so has this module:
//! - 16 values and more: uniforms of 24 bits, Box–Muller in fp32 on blocks of 16. Bit for bit what torch computes on a processor
//!   with AVX2 (which includes AVX-512); torch's scalar build differs from that by up to 2.4e-6.
//! - fewer than 16: uniforms of 53 bits, Box–Muller in fp64, one value at a time; the second value of a pair waits in the
//!   generator for the next such draw.
//!
//! The shape does not matter, only the count. Half-precision tensors are drawn differently by torch and are not covered.

mod box_muller;
mod mersenne_twister;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use mersenne_twister::{MersenneTwister, WORDS};

/// Where a step that needs noise gets it from.
pub trait NoiseSource {
    /// Fills `out` with the next normal values of mean 0 and variance 1.
    fn fill(&mut self, out: &mut [f32]);
}

/// torch's CPU generator.
#[derive(Debug, Clone)]
pub struct Generator {
    engine: MersenneTwister,
    second: Option<f64>,
}

impl Generator {
    /// As `manual_seed(seed)` leaves it. torch keeps the low 32 bits of the seed.
    pub fn new(seed: u64) -> Self {
        Self { engine: MersenneTwister::new(seed as u32), second: None }
    }

    /// The next `count` normal values, as one `torch.randn` of that many elements gives them.
    pub fn normal(&mut self, count: usize) -> Vec<f32> {
        let mut out = vec![0.0; count];
        self.fill(&mut out);
        out
    }

    /// All of it, for a run that goes on later.
    pub fn state(&self) -> GeneratorState {
        GeneratorState { words: self.engine.words().to_vec(), next: self.engine.next(), second: self.second }
    }

    /// Goes on from a saved state.
    pub fn restore(state: &GeneratorState) -> Result<Self, GeneratorStateError> {
        let words: &[u32; WORDS] = state.words.as_slice().try_into().map_err(|_| GeneratorStateError::Words(state.words.len()))?;
        let engine = MersenneTwister::from_words(words, state.next).ok_or(GeneratorStateError::Next(state.next))?;
        Ok(Self { engine, second: state.second })
    }

    /// `uniform_real_distribution<float>`: 24 bits, [0, 1).
    fn uniform24(&mut self) -> f32 {
        (self.engine.draw() & 0x00ff_ffff) as f32 * (1.0 / 16_777_216.0)
    }

    /// `uniform_real_distribution<double>`: 53 bits of two draws, the first one high, [0, 1).
    fn uniform53(&mut self) -> f64 {
        let high = u64::from(self.engine.draw());
        let low = u64::from(self.engine.draw());
        ((high << 32 | low) & 0x001f_ffff_ffff_ffff) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `normal_distribution<double>`, in ATen's `DistributionsHelper.h`.
    fn one(&mut self) -> f64 {
        if let Some(second) = self.second.take() {
            return second;
        }
        let u1 = self.uniform53();
        let u2 = self.uniform53();
        let radius = libm::sqrt(-2.0 * libm::log1p(-u2));
        let theta = 2.0 * std::f64::consts::PI * u1;
        self.second = Some(radius * libm::sin(theta));
        radius * libm::cos(theta)
    }
}

impl NoiseSource for Generator {
    fn fill(&mut self, out: &mut [f32]) {
        let (blocks, rest) = out.as_chunks_mut::<{ box_muller::BLOCK }>();
        if blocks.is_empty() {
            rest.iter_mut().for_each(|v| *v = self.one() as f32);
            return;
        }
        // `normal_fill` in ATen's cpu/DistributionTemplates.h draws every uniform before it transforms the first block.
        for value in blocks.as_flattened_mut().iter_mut().chain(rest.iter_mut()) {
            *value = self.uniform24();
        }
        blocks.iter_mut().for_each(box_muller::transform);
        if rest.is_empty() {
            return;
        }
        // It then draws the last 16 values anew, over the end of the block before.
        if let Some(last) = out.last_chunk_mut::<{ box_muller::BLOCK }>() {
            last.iter_mut().for_each(|v| *v = self.uniform24());
            box_muller::transform(last);
        }
    }
}

/// A generator saved between two draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneratorState {
    /// The twister's 624 words.
    pub words: Vec<u32>,
    /// Which of them is drawn next, 0…624; 624: all are used up.
    pub next: usize,
    /// The waiting second value of a pair.
    pub second: Option<f64>,
}

/// A saved state that no generator has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GeneratorStateError {
    /// Not the twister's size.
    #[error("a saved noise generator has {0} words instead of 624: start the take anew")]
    Words(usize),
    /// Beyond the twister's words.
    #[error("a saved noise generator stands at word {0} of 624: start the take anew")]
    Next(usize),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::Golden;

    /// Every draw of a golden, with the same generator for each draw of a row.
    fn largest_difference(check: impl Fn(usize) -> bool) -> (usize, f32, usize) {
        let golden = Golden::read("noise");
        let (mut draws, mut worst, mut unequal) = (0, 0f32, 0);
        for case in golden.cases() {
            let mut generator = Generator::new(case["seed"].as_u64().unwrap());
            for (n, count) in case["counts"].as_array().unwrap().iter().enumerate() {
                let count = count.as_u64().unwrap() as usize;
                let ours = generator.normal(count);
                if !check(count) {
                    continue;
                }
                let reference = golden.tensor(&format!("{}.{n}", case["name"].as_str().unwrap()));
                assert_eq!(ours.len(), reference.len());
                draws += 1;
                for (a, b) in ours.iter().zip(&reference) {
                    worst = worst.max((a - b).abs());
                    unequal += usize::from(a.to_bits() != b.to_bits());
                }
            }
        }
        (draws, worst, unequal)
    }

    #[test]
    fn blocks_equal_torch_bit_for_bit() {
        let (draws, worst, unequal) = largest_difference(|count| count >= 16);
        assert!(draws > 40, "{draws} draws compared");
        assert_eq!((worst, unequal), (0.0, 0), "over {draws} draws");
    }

    #[test]
    fn single_values_equal_torch_bit_for_bit() {
        let (draws, worst, unequal) = largest_difference(|count| count < 16);
        assert!(draws > 40, "{draws} draws compared");
        assert_eq!((worst, unequal), (0.0, 0), "over {draws} draws");
    }

    #[test]
    fn it_goes_on_from_a_saved_state() {
        for before in [1, 3, 16, 623, 624, 625, 1000] {
            let mut whole = Generator::new(11);
            whole.normal(before);
            let mut resumed = Generator::restore(&whole.state()).unwrap();
            assert_eq!(whole.normal(3), resumed.normal(3));
            assert_eq!(whole.normal(700), resumed.normal(700));
        }
    }

    #[test]
    fn a_torn_state_is_refused() {
        let whole = Generator::new(0).state();
        let short = GeneratorState { words: vec![1; 5], ..whole.clone() };
        assert_eq!(Generator::restore(&short).unwrap_err(), GeneratorStateError::Words(5));
        let beyond = GeneratorState { next: 625, ..whole };
        assert_eq!(Generator::restore(&beyond).unwrap_err(), GeneratorStateError::Next(625));
    }
}
