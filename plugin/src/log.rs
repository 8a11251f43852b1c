//! `node.log` beside the engine's socket, written only where `WAKEFRAME_LOG` is set.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::SystemTime;

use once_cell::sync::Lazy;
use wakeframe_take::service::socket_path;

static WANTED: Lazy<bool> = Lazy::new(|| std::env::var_os("WAKEFRAME_LOG").is_some_and(|v| !v.is_empty() && v != "0"));

/// Adds a line. A log that cannot be written is no reason to disturb anybody.
pub fn note(text: &str) {
    if !*WANTED {
        return;
    }
    let path = socket_path().with_file_name("node.log");
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let line = format!("{}.{:03} [{}] {text}\n", since.as_secs(), since.subsec_millis(), std::process::id());
    let _ = OpenOptions::new().create(true).append(true).open(path).and_then(|mut f| f.write_all(line.as_bytes()));
}
