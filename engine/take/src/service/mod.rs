//! The local socket between the node and the engine service.
//!
//! One JSON value per line in each direction; frames never travel, both sides read the store. A connection
//! carries one submitted request. Closing it withdraws the interest; a take nobody wants any more is cancelled
//! at the next denoise step.

mod client;
mod protocol;
mod socket;
mod start;

pub use client::{Client, ClientError, Job};
pub use protocol::{Event, Failure, FromClient, FromEngine, Hello, PROTOCOL};
pub use socket::{Listener, Stream, socket_path};
pub use start::EngineProgram;
