//! What is said over the socket.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::provider::Provider;
use crate::request::{Request, TakeHash};

/// Raised whenever a message changes its meaning.
pub const PROTOCOL: u32 = 2;

/// The first line from each side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// Crate version; node and engine must agree, or equal requests might give other frames.
    pub version: String,
    /// Process number.
    pub pid: u32,
}

impl Hello {
    /// This process.
    pub fn here() -> Self {
        Self { protocol: PROTOCOL, version: crate::VERSION.into(), pid: std::process::id() }
    }

    /// Whether the two sides can work together.
    pub fn fits(&self, other: &Hello) -> bool {
        self.protocol == other.protocol && self.version == other.version
    }
}

/// A line to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromClient {
    /// First line.
    Hello(Hello),
    /// Make this take, its still is in the store. `pack` is where the client found the pack.
    Submit {
        /// What to make.
        request: Box<Request>,
        /// The pack's folder.
        pack: PathBuf,
        /// The store that holds the still and receives the take.
        store: PathBuf,
        /// What the client wants the graphs to run on.
        provider: Provider,
    },
    /// The interest is withdrawn.
    Cancel,
    /// Stop as soon as nobody waits for a take.
    Shutdown,
}

/// A line from the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromEngine {
    /// First line.
    Hello(Hello),
    /// News of the submitted take.
    Event(Event),
}

/// Why a take was not made, for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What happened, to which file or value, and what to do next.
    pub message: String,
}

/// News of a take. `Done`, `Failed` and `Cancelled` are the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// Waiting for `ahead` other takes.
    Queued {
        /// Takes before this one.
        ahead: usize,
    },
    /// Another process or machine generates this very take; waiting for its frames.
    Elsewhere,
    /// Something a person should know: a fallback, a rounding, the memory planned for, the prompt as sent.
    Note {
        /// One sentence.
        text: String,
    },
    /// Small pictures of the latest denoise step are in the take's `preview` folder.
    Preview {
        /// Denoise steps done.
        step: u32,
        /// Denoise steps in all.
        of: u32,
    },
    /// Work of another kind begins: `load`, `read`, `denoise`, `frames`.
    Stage {
        /// Word for people.
        name: String,
    },
    /// Progress.
    Progress {
        /// Stage it belongs to.
        stage: String,
        /// Steps or frames done.
        done: u32,
        /// Steps or frames in all.
        of: u32,
        /// The whole take, 0…1.
        fraction: f64,
        /// Seconds left, where they can be told.
        seconds_left: Option<f64>,
    },
    /// The engine lives, though a step takes long.
    Alive,
    /// Every frame is in the store.
    Done {
        /// The take.
        take: TakeHash,
        /// Its frames.
        frames: u32,
        /// Seconds it took; 0 where it was there already.
        seconds: f64,
    },
    /// It was not made.
    Failed(Failure),
    /// Nobody wanted it any more; what was done is kept.
    Cancelled,
}

impl Event {
    /// Whether nothing follows.
    pub fn is_last(&self) -> bool {
        matches!(self, Event::Done { .. } | Event::Failed(_) | Event::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_single_lines_and_come_back() {
        let all = [
            FromEngine::Hello(Hello::here()),
            FromEngine::Event(Event::Failed(Failure { message: "two\nlines".into() })),
            FromEngine::Event(Event::Note { text: "CUDA does not load".into() }),
            FromEngine::Event(Event::Preview { step: 3, of: 40 }),
            FromEngine::Event(Event::Progress { stage: "denoise".into(), done: 3, of: 8, fraction: 0.25, seconds_left: None }),
        ];
        for m in all {
            let line = serde_json::to_string(&m).unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<FromEngine>(&line).unwrap(), m);
        }
    }
}
