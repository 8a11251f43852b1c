//! What the program says. A reader that goes away (`wakeframe models | head`) is no fault.

use std::io::Write;

use serde::Serialize;

/// A line on standard output.
pub(super) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A value as one line of JSON on standard output.
pub(super) fn json(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
    }
}

/// A line on standard error.
pub(super) fn aside(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What went wrong, on standard error.
pub(super) fn error(text: &str) {
    aside(&format!("wakeframe: {text}"));
}
