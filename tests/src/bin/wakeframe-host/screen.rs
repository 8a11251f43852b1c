//! Progress on a terminal: one line that is drawn over, or now and then a line in a log.

use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

const CELLS: usize = 28;

/// A bar. What is not a terminal gets a line every tenth of the way.
pub struct Bar {
    label: String,
    start: Instant,
    terminal: bool,
    shown: Option<u32>,
}

impl Bar {
    /// A bar that is not drawn yet.
    pub fn new(label: &str) -> Self {
        Bar { label: label.to_owned(), start: Instant::now(), terminal: stderr().is_terminal(), shown: None }
    }

    /// Draws it at 0…1.
    pub fn draw(&mut self, value: f64, note: &str) {
        let value = value.clamp(0.0, 1.0);
        // A terminal shows each percent, a log each tenth.
        let step = (value * if self.terminal { 100.0 } else { 10.0 }) as u32;
        if self.shown == Some(step) && value < 1.0 {
            return;
        }
        self.shown = Some(step);
        let line = format!("  {:<10} {} {:>3.0} %  {:>7}  {note}", self.label, bar(value), value * 100.0, seconds(self.start.elapsed()));
        let mut out = stderr().lock();
        // A progress bar that cannot be written is no reason to stop.
        let _ = if self.terminal { write!(out, "\r\x1b[K{line}").and_then(|()| out.flush()) } else { writeln!(out, "{line}") };
    }

    /// Leaves it as it stands.
    pub fn finish(&mut self) {
        if self.terminal && self.shown.take().is_some() {
            eprintln!();
        }
    }
}

fn bar(value: f64) -> String {
    let eighths = (value * (CELLS * 8) as f64).round() as usize;
    let (full, rest) = (eighths / 8, eighths % 8);
    let mut text = "█".repeat(full);
    if rest > 0 {
        text.extend(['▏', '▎', '▍', '▌', '▋', '▊', '▉'].get(rest - 1));
    }
    let used = full + usize::from(rest > 0);
    text.push_str(&"·".repeat(CELLS.saturating_sub(used)));
    text
}

/// A time as people say it.
pub fn seconds(time: Duration) -> String {
    let s = time.as_secs_f64();
    match s {
        s if s < 0.0995 => format!("{:.1} ms", s * 1e3),
        s if s < 60.0 => format!("{s:.2} s"),
        s => format!("{}:{:02} min", s as u64 / 60, s as u64 % 60),
    }
}
