//! Execution providers: which there are, which really load, which one is used. `ort` compiles all of them in; whether
//! one works depends on the library and the machine, and a provider that cannot load is silently skipped unless asked
//! to complain.

use std::fmt;

use ort::ep::{self, ExecutionProviderDispatch};
use ort::session::Session;

use wakeframe_take::provider::Provider as Wish;

use super::{RuntimeError, environment};

/// An execution provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// The processor.
    Cpu,
    /// NVIDIA.
    Cuda,
    /// NVIDIA, graphs compiled for the card: minutes at first use, so only on demand.
    TensorRt,
    /// Windows.
    DirectMl,
    /// macOS.
    CoreMl,
    /// Intel.
    OpenVino,
}

impl Provider {
    /// All of them.
    pub const ALL: [Provider; 6] =
        [Provider::Cpu, Provider::Cuda, Provider::TensorRt, Provider::DirectMl, Provider::CoreMl, Provider::OpenVino];
    /// What is tried, in this order, where nobody chose.
    const AUTOMATIC: [Provider; 4] = [Provider::Cuda, Provider::DirectMl, Provider::CoreMl, Provider::OpenVino];

    pub(super) fn dispatch(self) -> ExecutionProviderDispatch {
        match self {
            Provider::Cpu => ep::CPU::default().build(),
            Provider::Cuda => ep::CUDA::default().build(),
            Provider::TensorRt => ep::TensorRT::default().build(),
            Provider::DirectMl => ep::DirectML::default().build(),
            Provider::CoreMl => ep::CoreML::default().build(),
            Provider::OpenVino => ep::OpenVINO::default().build(),
        }
        .error_on_failure()
    }

    /// Whether it loads, or why not.
    pub fn loads(self) -> Result<(), String> {
        let env = environment::get().map_err(|e| e.to_string())?;
        Session::builder(env)
            .map_err(|e| e.to_string())
            .and_then(|b| b.with_execution_providers([self.dispatch()]).map(drop).map_err(|e| e.to_string()))
            .map_err(|e| e.lines().next().unwrap_or_default().to_string())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Provider::Cpu => "CPU",
            Provider::Cuda => "CUDA",
            Provider::TensorRt => "TensorRT",
            Provider::DirectMl => "DirectML",
            Provider::CoreMl => "CoreML",
            Provider::OpenVino => "OpenVINO",
        })
    }
}

/// The provider that is used, and what a person must be told about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Where graphs run.
    pub provider: Provider,
    /// A fallback, never silent.
    pub note: Option<String>,
}

/// The provider for `wanted`; `Auto` is the first that loads.
///
/// One that was asked for and does not load is replaced by the processor, and the note says so and why.
pub fn choose(wanted: Wish) -> Chosen {
    choose_with(wanted, Provider::loads)
}

fn choose_with(wanted: Wish, loads: impl Fn(Provider) -> Result<(), String>) -> Chosen {
    let provider = match wanted {
        Wish::Auto => {
            let provider = Provider::AUTOMATIC.into_iter().find(|p| loads(*p).is_ok()).unwrap_or(Provider::Cpu);
            return Chosen { provider, note: None };
        }
        Wish::Cpu => Provider::Cpu,
        Wish::Cuda => Provider::Cuda,
        Wish::TensorRt => Provider::TensorRt,
        Wish::DirectMl => Provider::DirectMl,
        Wish::CoreMl => Provider::CoreMl,
        Wish::OpenVino => Provider::OpenVino,
    };
    match loads(provider) {
        Ok(()) => Chosen { provider, note: None },
        Err(reason) => Chosen {
            provider: Provider::Cpu,
            note: Some(format!(
                "{provider} was asked for and does not load ({reason}); the processor is used instead. `wakeframe doctor` lists what loads"
            )),
        },
    }
}

/// One execution provider.
#[derive(Debug, Clone)]
pub struct ProviderReport {
    /// Its name.
    pub name: String,
    /// Whether it loads, or why not.
    pub loads: Result<(), String>,
}

/// Tries each provider. The embedded model always runs on the CPU, so that one seed gives one result everywhere.
pub fn providers() -> Result<Vec<ProviderReport>, RuntimeError> {
    environment::get()?;
    Ok(Provider::ALL.into_iter().map(|p| ProviderReport { name: p.to_string(), loads: p.loads() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fallback_is_told() {
        let only_cpu = |p: Provider| if p == Provider::Cpu { Ok(()) } else { Err("no device".to_string()) };
        let asked = choose_with(Wish::Cuda, only_cpu);
        assert_eq!(asked.provider, Provider::Cpu);
        assert!(asked.note.unwrap().contains("CUDA was asked for and does not load (no device)"));
        assert_eq!(choose_with(Wish::Auto, only_cpu), Chosen { provider: Provider::Cpu, note: None });
        assert_eq!(choose_with(Wish::Auto, |_| Ok(())).provider, Provider::Cuda);
        assert_eq!(choose_with(Wish::TensorRt, |_| Ok(())).provider, Provider::TensorRt);
    }
}
