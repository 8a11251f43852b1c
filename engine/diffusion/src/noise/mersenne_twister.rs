//! mt19937, seeded with one 32-bit number as ATen's `MT19937RNGEngine.h` and the original `init_genrand` do.

/// Size of the state.
pub const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// The generator, between two draws.
#[derive(Clone)]
pub struct MersenneTwister {
    words: [u32; WORDS],
    next: usize,
}

impl MersenneTwister {
    /// A fresh one.
    pub fn new(seed: u32) -> Self {
        let mut last = seed;
        let words = std::array::from_fn(|n| {
            if n > 0 {
                last = (last ^ (last >> 30)).wrapping_mul(1_812_433_253).wrapping_add(n as u32);
            }
            last
        });
        Self { words, next: WORDS }
    }

    /// One that stands at `next`; `None` where it is beyond the words.
    pub fn from_words(words: &[u32; WORDS], next: usize) -> Option<Self> {
        (next <= WORDS).then_some(Self { words: *words, next })
    }

    /// The state's words.
    pub fn words(&self) -> &[u32; WORDS] {
        &self.words
    }

    /// Which word is drawn next; [`WORDS`] where all are used up.
    pub fn next(&self) -> usize {
        self.next
    }

    /// The next 32 bits.
    pub fn draw(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
            self.next = 0;
        }
        let mut y = self.words[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for n in 0..WORDS {
            let mixed = (self.words[n] & 0x8000_0000) | (self.words[(n + 1) % WORDS] & 0x7fff_ffff);
            let odd = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[n] = self.words[(n + MIDDLE) % WORDS] ^ (mixed >> 1) ^ odd;
        }
    }
}

impl std::fmt::Debug for MersenneTwister {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MersenneTwister").field("next", &self.next).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_mt19937() {
        // The 10,000th number of the C++ standard's mt19937 ([rand.predef]), whose default seed is 5489.
        let mut twister = MersenneTwister::new(5489);
        let last = (0..10_000).map(|_| twister.draw()).last();
        assert_eq!(last, Some(4_123_659_995));
    }
}
