//! What weights are stored as.

use std::fmt;

/// A float type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Float {
    /// IEEE 754 single.
    #[default]
    Fp32,
    /// IEEE 754 half.
    Fp16,
    /// bfloat16.
    Bf16,
}

/// `precision` of `pack.toml`: `fp32`, `fp16`, `bf16`, each with or without `+int8` or `+int4`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Precision {
    /// What is computed in, and what weights that are not quantized are stored as.
    pub float: Float,
    /// Bits of quantized weights: 8 or 4; `None` where none are.
    pub quantized: Option<u32>,
}

impl Precision {
    /// The precision of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        let (float, quantized) = match word.split_once('+') {
            None => (word, None),
            Some((float, "int8")) => (float, Some(8)),
            Some((float, "int4")) => (float, Some(4)),
            Some(_) => return None,
        };
        let float = match float {
            "fp32" => Float::Fp32,
            "fp16" => Float::Fp16,
            "bf16" => Float::Bf16,
            _ => return None,
        };
        Some(Self { float, quantized })
    }

    /// The word in `pack.toml`.
    pub fn word(self) -> String {
        let float = match self.float {
            Float::Fp32 => "fp32",
            Float::Fp16 => "fp16",
            Float::Bf16 => "bf16",
        };
        self.quantized.map_or_else(|| float.into(), |bits| format!("{float}+int{bits}"))
    }

    pub(super) fn wrong(word: &str) -> String {
        format!("precision “{word}” is none of fp32, fp16, bf16, alone or with +int8 or +int4")
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for word in ["fp32", "fp16", "bf16", "fp16+int8", "bf16+int4"] {
            assert_eq!(Precision::of_word(word).unwrap().to_string(), word);
        }
        for word in ["", "fp8", "fp16+", "int8", "fp16+int2", "fp16+int8+int4"] {
            assert_eq!(Precision::of_word(word), None, "{word}");
        }
    }
}
