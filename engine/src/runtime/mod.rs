//! ONNX Runtime: where its library is, sessions, execution providers. The only module that speaks `ort`'s
//! set-up API; families get open [`Session`]s.

mod environment;
mod library;
pub mod memory;
mod providers;
mod self_test;
mod session;
mod tensor;

use std::path::PathBuf;

use thiserror::Error;

pub use library::{LIBRARY_NAME, library, version};
pub use providers::{Chosen, Provider, ProviderReport, choose, providers};
pub use self_test::self_test;
pub use session::{Bound, Carried, Place, Session};
pub use tensor::{Input, Outputs, Port};

/// ONNX Runtime cannot be used.
#[derive(Debug, Clone, Error)]
pub enum RuntimeError {
    /// The library is nowhere it should be.
    #[error("ONNX Runtime ({LIBRARY_NAME}) was not found; looked in: {}. Reinstall the bundle, or set WAKEFRAME_ORT to the library's path", looked.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "))]
    Missing {
        /// Places looked in.
        looked: Vec<PathBuf>,
    },
    /// The library is there and does not load.
    #[error("ONNX Runtime at {} does not load: {reason}", path.display())]
    Unloadable {
        /// The library.
        path: PathBuf,
        /// Its reason.
        reason: String,
    },
    /// A graph does not open.
    #[error("the graph {} does not open: {reason}. The pack may be damaged: install it again", path.display())]
    Graph {
        /// The graph.
        path: PathBuf,
        /// ONNX Runtime's reason.
        reason: String,
    },
    /// A graph does not run.
    #[error("the graph {graph} failed: {reason}")]
    Run {
        /// Component.
        graph: String,
        /// ONNX Runtime's reason.
        reason: String,
    },
    /// A run was given up because nobody wants it any more.
    #[error("stopped")]
    Stopped,
    /// A graph runs and gives wrong numbers.
    #[error(
        "ONNX Runtime gives wrong numbers on this machine: {0}. Do not trust its pictures; set WAKEFRAME_ORT to another build of the library"
    )]
    Wrong(String),
}
