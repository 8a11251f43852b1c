//! Which execution provider a person wants.

use serde::{Deserialize, Serialize};

/// What graphs run on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The fastest that loads.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// NVIDIA CUDA.
    Cuda,
    /// NVIDIA TensorRT.
    TensorRt,
    /// Direct3D 12.
    DirectMl,
    /// Apple Core ML.
    CoreMl,
    /// Intel OpenVINO.
    OpenVino,
}

/// The variable that sets it where no flag does.
pub const VARIABLE: &str = "WAKEFRAME_PROVIDER";

impl Provider {
    /// All of them.
    pub const ALL: [Provider; 7] =
        [Provider::Auto, Provider::Cpu, Provider::Cuda, Provider::TensorRt, Provider::DirectMl, Provider::CoreMl, Provider::OpenVino];

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Provider::Auto => "auto",
            Provider::Cpu => "cpu",
            Provider::Cuda => "cuda",
            Provider::TensorRt => "tensorrt",
            Provider::DirectMl => "directml",
            Provider::CoreMl => "coreml",
            Provider::OpenVino => "openvino",
        }
    }

    /// The provider of that word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.word().eq_ignore_ascii_case(word.trim()))
    }

    /// What [`VARIABLE`] says; [`Provider::Auto`] where it is not set. `Err` is a sentence about a word that is none.
    pub fn of_environment() -> Result<Self, String> {
        match std::env::var(VARIABLE) {
            Ok(word) if !word.trim().is_empty() => Self::of_word(&word).ok_or_else(|| wrong(&word)),
            _ => Ok(Self::default()),
        }
    }
}

fn wrong(word: &str) -> String {
    format!("{VARIABLE} is “{word}”; it must be one of {}", Provider::ALL.map(Provider::word).join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{self, Kind};

    #[test]
    fn the_table_offers_every_provider() {
        let Some(Kind::Choice { options }) = params::find("provider").map(|p| p.kind) else { panic!("no menu") };
        assert_eq!(options.iter().map(|o| o.name).collect::<Vec<_>>(), Provider::ALL.map(Provider::word));
        for p in Provider::ALL {
            assert_eq!(Provider::of_word(p.word()), Some(p));
            assert_eq!(serde_json::to_value(p).unwrap(), p.word());
        }
        assert_eq!(Provider::of_word(" CUDA "), Some(Provider::Cuda));
        assert_eq!(Provider::of_word("gpu"), None);
        assert_eq!(wrong("gpu"), "WAKEFRAME_PROVIDER is “gpu”; it must be one of auto, cpu, cuda, tensorrt, directml, coreml, openvino");
    }
}
