//! How much memory there is where graphs run.

use std::process::{Command, Stdio};

use super::Provider;

/// Bytes that can be used now on `provider`: `WAKEFRAME_MEMORY_GB` (a number above 0), or what the system, or for
/// NVIDIA's cards their driver, says is free; `None` where nobody tells.
pub fn available(provider: Provider) -> Option<u64> {
    let set = std::env::var("WAKEFRAME_MEMORY_GB").ok().and_then(|v| v.trim().parse::<f64>().ok());
    if let Some(gb) = set.filter(|gb| *gb > 0.0 && gb.is_finite()) {
        return Some((gb * f64::from(1u32 << 30)) as u64);
    }
    match provider {
        Provider::Cpu | Provider::OpenVino | Provider::CoreMl => read(&std::fs::read_to_string("/proc/meminfo").ok()?),
        Provider::Cuda | Provider::TensorRt => read_nvidia(&nvidia_smi()?),
        Provider::DirectMl => None,
    }
}

/// The driver's own tool: the first card's free memory in MiB. ONNX Runtime uses that card.
fn nvidia_smi() -> Option<String> {
    let mut tool = Command::new("nvidia-smi");
    tool.args(["--query-gpu=memory.free", "--format=csv,noheader,nounits"]).stdin(Stdio::null());
    let output = tool.output().ok().filter(|o| o.status.success())?;
    String::from_utf8(output.stdout).ok()
}

fn read_nvidia(answer: &str) -> Option<u64> {
    answer.lines().next()?.trim().parse::<u64>().ok().map(|mib| mib << 20)
}

/// `MemAvailable` of Linux' `/proc/meminfo`: what can be had without swapping.
fn read(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_word_is_understood() {
        assert_eq!(read("MemTotal:  1 kB\nMemAvailable:   2048 kB\n"), Some(2 << 20));
        assert_eq!(read("MemTotal: 1 kB"), None);
        assert_eq!(read_nvidia("24000\n81000\n"), Some(24_000 << 20));
        assert_eq!(read_nvidia("No devices were found"), None);
    }
}
