//! How many frames a model can make.

use serde::{Deserialize, Serialize};

/// How a reference pipeline brings a frame count to its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// `n / m · m + o` in whole numbers: Wan (`pipeline_wan_i2v.py`); one below a good count goes up.
    Quotient,
    /// `(n − o) / m · m + o`: LTX, CogVideoX; always down.
    Floor,
    /// Refused.
    Exact,
}

/// A clip has `multiple · n + offset` frames, at most `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRule {
    /// m.
    pub multiple: u32,
    /// o, below `multiple` (0 where that is 1).
    pub offset: u32,
    /// What happens to other counts.
    pub rounding: Rounding,
    /// Longest clip, frames; a good count.
    pub max: u32,
}

impl FrameRule {
    /// Whether a clip of `n` frames can be made.
    pub fn holds(&self, n: u32) -> bool {
        n >= self.offset && (n - self.offset).is_multiple_of(self.multiple.max(1)) && (2..=self.max).contains(&n)
    }

    /// Shortest clip: the smallest good count that is more than a still.
    pub fn min(&self) -> u32 {
        let m = self.multiple.max(1);
        let short = 2u32.saturating_sub(self.offset);
        short.div_ceil(m) * m + self.offset
    }

    /// The good count the reference makes of `n`; `None` where it is refused or out of range.
    pub fn rounded(&self, n: u32) -> Option<u32> {
        if self.holds(n) {
            return Some(n);
        }
        let (m, o) = (self.multiple.max(1), self.offset);
        let made = match self.rounding {
            Rounding::Quotient => n / m * m + o,
            Rounding::Floor => n.checked_sub(o)? / m * m + o,
            Rounding::Exact => return None,
        };
        self.holds(made).then_some(made)
    }

    /// The smallest good count that is at least `n`; `None` where that is above the longest.
    pub fn up(&self, n: u32) -> Option<u32> {
        let m = self.multiple.max(1);
        let made = n.max(self.min()).checked_sub(self.offset)?.div_ceil(m).checked_mul(m)?.checked_add(self.offset)?;
        self.holds(made).then_some(made)
    }

    /// The rule in words: `4n + 1`, `any number`.
    pub fn formula(&self) -> String {
        match (self.multiple, self.offset) {
            (0 | 1, _) => "any number".into(),
            (m, 0) => format!("{m}n"),
            (m, o) => format!("{m}n + {o}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(multiple: u32, offset: u32, rounding: Rounding, max: u32) -> FrameRule {
        FrameRule { multiple, offset, rounding, max }
    }

    #[test]
    fn each_family_rounds_as_its_reference_does() {
        let wan = rule(4, 1, Rounding::Quotient, 81);
        // 80 // 4 * 4 + 1 = 81, 79 // 4 * 4 + 1 = 77
        assert_eq!([81, 80, 82, 79, 5, 6].map(|n| wan.rounded(n)), [Some(81), Some(81), Some(81), Some(77), Some(5), Some(5)]);
        assert_eq!([84, 3, 0].map(|n| wan.rounded(n)), [None; 3]);
        let ltx = rule(8, 1, Rounding::Floor, 161);
        assert_eq!([161, 160, 168, 9, 8, 0].map(|n| ltx.rounded(n)), [Some(161), Some(153), Some(161), Some(9), None, None]);
        let exact = rule(16, 1, Rounding::Exact, 81);
        assert_eq!([81, 80, 17].map(|n| exact.rounded(n)), [Some(81), None, Some(17)]);
        let svd = rule(1, 0, Rounding::Exact, 25);
        assert_eq!([25, 2, 1, 26].map(|n| svd.rounded(n)), [Some(25), Some(2), None, None]);
    }

    #[test]
    fn enough_frames_are_made_for_a_length() {
        let wan = rule(4, 1, Rounding::Quotient, 81);
        assert_eq!([0, 5, 6, 64, 81, 82].map(|n| wan.up(n)), [Some(5), Some(5), Some(9), Some(65), Some(81), None]);
        assert_eq!(wan.up(u32::MAX), None);
        assert_eq!(rule(1, 0, Rounding::Exact, 25).up(0), Some(2));
    }

    #[test]
    fn the_shortest_clip_moves() {
        let min = |m, o| rule(m, o, Rounding::Floor, 1000).min();
        assert_eq!([min(4, 1), min(8, 1), min(16, 1), min(1, 0), min(2, 0), min(6, 0)], [5, 9, 17, 2, 2, 6]);
    }

    #[test]
    fn rules_read_well() {
        let words = |m, o| rule(m, o, Rounding::Floor, 81).formula();
        assert_eq!([words(4, 1), words(1, 0), words(6, 0)], ["4n + 1", "any number", "6n"]);
    }
}
