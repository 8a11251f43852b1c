//! How much memory there is.

/// Bytes that can be used now: `WAKEFRAME_MEMORY_GB` (a number above 0), or what the system says is available; `None`
/// where it does not tell.
pub fn available() -> Option<u64> {
    let set = std::env::var("WAKEFRAME_MEMORY_GB").ok().and_then(|v| v.trim().parse::<f64>().ok());
    match set {
        Some(gb) if gb > 0.0 && gb.is_finite() => Some((gb * f64::from(1u32 << 30)) as u64),
        _ => read(&std::fs::read_to_string("/proc/meminfo").ok()?),
    }
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
    }
}
