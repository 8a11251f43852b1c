//! How the work comes along: a bar on a terminal, plain lines elsewhere, JSON for programs.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use parking_lot::Mutex;
use wakeframe_take::service::Event;

use super::{print, quantity};

/// The stage in which frames of the take become files.
pub(super) const WRITE: &str = "write";

/// Where news goes.
pub(super) enum Progress {
    /// One JSON value per line on standard output.
    Json,
    /// A bar on standard error.
    Bar(ProgressBar),
    /// Lines on standard error.
    Lines(Mutex<Lines>, Instant),
    /// Nowhere.
    Quiet,
}

impl Progress {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
        match (json, quiet) {
            (true, _) => Self::Json,
            (_, true) => Self::Quiet,
            _ if bar.is_hidden() => Self::Lines(Mutex::default(), Instant::now()),
            _ => {
                let style = ProgressStyle::with_template("{spinner} {prefix:<24} {bar:32} {percent:>3} %  {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
                bar.enable_steady_tick(Duration::from_millis(200));
                Self::Bar(bar)
            }
        }
    }

    /// Something a person should know.
    pub(super) fn note(&self, text: &str) {
        self.event(&Event::Note { text: text.into() });
    }

    /// Hears one event.
    pub(super) fn event(&self, event: &Event) {
        match self {
            Self::Json => print::json(event),
            Self::Quiet => {}
            Self::Lines(lines, start) => {
                if let Some(line) = lines.lock().line(event, start.elapsed()) {
                    print::aside(&line);
                }
            }
            Self::Bar(bar) => match event {
                // Above the bar, not through it.
                Event::Note { text } => bar.suspend(|| print::aside(&format!("note: {text}"))),
                Event::Stage { name } => {
                    bar.set_prefix(words(name).to_string());
                    bar.set_message("");
                }
                Event::Progress { stage, done, of, fraction, seconds_left } => {
                    let fraction = if stage == WRITE { part(*done, *of) } else { *fraction };
                    bar.set_position((fraction * 1000.0) as u64);
                    bar.set_prefix(format!("{} {done}/{of}", words(stage)));
                    bar.set_message(seconds_left.map(|s| format!("{} left", quantity::clock(s))).unwrap_or_default());
                }
                Event::Elsewhere => bar.set_prefix(words("elsewhere")),
                _ => {}
            },
        }
    }

    /// Nothing more comes.
    pub(super) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// A stage's name for people.
fn words(stage: &str) -> &str {
    match stage {
        "load" => "loading the model",
        "read" => "reading the still",
        "denoise" => "denoising",
        "decode" => "decoding",
        "frames" => "making frames",
        "elsewhere" => "being made elsewhere",
        WRITE => "writing",
        other => other,
    }
}

fn part(done: u32, of: u32) -> f64 {
    f64::from(done) / f64::from(of.max(1))
}

/// Chooses what is worth a line in a log: every stage, then each tenth of it or what a long wait brought.
#[derive(Default)]
pub(super) struct Lines {
    stage: String,
    tenth: u32,
    last: Duration,
}

impl Lines {
    /// No two lines of a stage come sooner than this, but for its last.
    const LEAST: Duration = Duration::from_secs(1);
    /// After so long whatever is new is told.
    const MOST: Duration = Duration::from_secs(15);

    /// The line for `event`, heard `now` after the start, if it is worth one.
    fn line(&mut self, event: &Event, now: Duration) -> Option<String> {
        match event {
            Event::Stage { name } => self.begins(name, now).then(|| words(name).to_string()),
            Event::Note { text } => Some(format!("note: {text}")),
            Event::Elsewhere => Some("the same take is being made elsewhere; waiting for its frames".into()),
            Event::Progress { stage, done, of, seconds_left, .. } => {
                let begins = self.begins(stage, now);
                let tenth = (10 * done).checked_div(*of).unwrap_or(0);
                let waited = now.saturating_sub(self.last);
                let worth = (tenth > self.tenth && (waited >= Self::LEAST || done == of)) || waited >= Self::MOST;
                if !worth && !begins {
                    return None;
                }
                (self.tenth, self.last) = (tenth, now);
                let left = seconds_left.filter(|_| done < of).map(|s| format!(", {} left", quantity::clock(s))).unwrap_or_default();
                Some(format!("{} {done}/{of}{left}", words(stage)))
            }
            _ => None,
        }
    }

    fn begins(&mut self, stage: &str, now: Duration) -> bool {
        if self.stage == stage {
            return false;
        }
        *self = Self { stage: stage.into(), tenth: 0, last: now };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(stage: &str, done: u32, of: u32) -> Event {
        Event::Progress { stage: stage.into(), done, of, fraction: 0.5, seconds_left: Some(7.0) }
    }

    fn lines(events: &[(u64, Event)]) -> Vec<String> {
        let mut lines = Lines::default();
        events.iter().filter_map(|(ms, e)| lines.line(e, Duration::from_millis(*ms))).collect()
    }

    #[test]
    fn a_log_has_a_line_for_each_stage_and_each_tenth() {
        let mut events = vec![(0, Event::Stage { name: "load".into() }), (10, Event::Stage { name: "frames".into() })];
        events.extend((1..=100).map(|i| (10 + u64::from(i) * 500, progress("frames", i, 100))));
        let got = lines(&events);
        assert_eq!(got[..3], ["loading the model", "making frames", "making frames 10/100, 0:07 left"]);
        assert_eq!(got.last().unwrap(), "making frames 100/100");
        assert_eq!(got.len(), 12);
    }

    #[test]
    fn quick_work_gives_few_lines_and_slow_work_is_not_silent() {
        let quick: Vec<_> = (1..=100).map(|i| (u64::from(i), progress("denoise", i, 100))).collect();
        assert_eq!(lines(&quick), ["denoising 1/100, 0:07 left", "denoising 100/100"]);
        let slow: Vec<_> = (1..=4).map(|i| (u64::from(i) * 20_000, progress("denoise", i, 1000))).collect();
        assert_eq!(lines(&slow).len(), 4);
    }

    #[test]
    fn a_note_is_a_line_whenever_it_comes() {
        let note = || Event::Note { text: "CUDA does not load".into() };
        assert_eq!(lines(&[(0, note()), (1, progress("frames", 1, 10)), (2, note())])[2], "note: CUDA does not load");
    }

    #[test]
    fn a_missing_total_is_no_fault() {
        assert_eq!(lines(&[(0, progress("x", 0, 0))]), ["x 0/0"]);
    }
}
