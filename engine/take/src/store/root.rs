//! Where the store is and how large it may grow.

use std::path::PathBuf;

const GIB: u64 = 1 << 30;

/// `WAKEFRAME_STORE`, or `~/.cache/wakeframe`, `~/Library/Caches/Wakeframe`, `%LOCALAPPDATA%\Wakeframe\Cache`.
pub fn default_root() -> PathBuf {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(root) = var("WAKEFRAME_STORE") {
        return root;
    }
    let cache = if cfg!(windows) {
        var("LOCALAPPDATA").map(|d| d.join("Wakeframe").join("Cache"))
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|d| d.join("Library/Caches/Wakeframe"))
    } else {
        var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|d| d.join(".cache"))).map(|d| d.join("wakeframe"))
    };
    cache.unwrap_or_else(|| std::env::temp_dir().join("wakeframe"))
}

/// Bytes the store may hold: `WAKEFRAME_STORE_LIMIT_GB` (a number above 0), or 20 GiB.
pub fn default_limit() -> u64 {
    let set = std::env::var("WAKEFRAME_STORE_LIMIT_GB").ok().and_then(|v| v.trim().parse::<f64>().ok());
    match set {
        Some(gb) if gb > 0.0 && gb.is_finite() => (gb * GIB as f64) as u64,
        _ => 20 * GIB,
    }
}
