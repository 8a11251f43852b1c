//! A pack that cannot be used.

use thiserror::Error;

/// A pack that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackError {
    /// `pack.toml` could not be read.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's reason.
        reason: String,
    },
    /// `pack.toml` is not what it should be.
    #[error("{file} is not a pack description this engine reads: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// No pack of that name.
    #[error("no model pack is called “{name}”; installed: {installed}. `wakeframe models` shows where packs are looked for")]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names that are there.
        installed: String,
    },
}
