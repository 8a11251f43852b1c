//! What `shot` says while it works: for people, or as events for programs.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use wakeframe_tests::{Message, MessageKind};

use crate::screen::Bar;

/// Where everything is told. Shared with the host's progress watcher.
#[derive(Clone)]
pub struct Report {
    json: bool,
    bar: Arc<Mutex<Option<Bar>>>,
}

impl Report {
    /// For people, or as events.
    pub fn new(json: bool) -> Self {
        Report { json, bar: Arc::default() }
    }

    /// A line for people and an event for programs.
    pub fn say(&self, line: &str, event: impl FnOnce() -> Value) {
        self.end_bar();
        if self.json {
            println!("{}", event());
        } else if !line.is_empty() {
            println!("{line}");
        }
    }

    /// How far a piece of work is.
    pub fn progress(&self, label: &str, value: f64, note: &str) {
        if self.json {
            println!("{}", json!({"event": "progress", "stage": label, "value": value, "note": note}));
            return;
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        bar.get_or_insert_with(|| Bar::new(label)).draw(value, note);
    }

    /// Leaves the bar and starts a new line.
    pub fn end_bar(&self) {
        if let Some(mut bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish();
        }
    }

    /// The plugin's messages, those that repeat once with their number.
    pub fn messages(&self, messages: &[Message]) {
        let mut told: Vec<(&Message, usize)> = Vec::new();
        for message in messages {
            let same = |m: &&mut (&Message, usize)| (&m.0.kind, &m.0.text) == (&message.kind, &message.text);
            match told.iter_mut().find(same) {
                Some((_, count)) => *count += 1,
                None => told.push((message, 1)),
            }
        }
        for (message, count) in told {
            let kind = match &message.kind {
                MessageKind::Fatal => "fatal",
                MessageKind::Error => "error",
                MessageKind::Warning => "warning",
                MessageKind::Question => "question",
                _ => "message",
            };
            let times = if count > 1 { format!("  ({count} times)") } else { String::new() };
            let text = message.text.trim_end().replace('\n', "\n             ");
            self.say(
                &format!("  {kind:<10} {text}{times}"),
                || json!({"event": "message", "kind": kind, "text": message.text, "times": count}),
            );
        }
    }
}
