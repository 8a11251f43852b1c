//! What can go wrong in the host itself. A plugin's own failure is a [`Status`], not an error,
//! wherever a real host would carry on.

use std::path::PathBuf;

use crate::Status;

/// Shorthand for this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the host, or a plugin's failure that leaves the host nothing to go on with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bundle has no binary for this machine where one belongs.
    #[error("no plugin binary at {0}")]
    NoBinary(PathBuf),
    /// The dynamic linker refused the binary.
    #[error("the binary could not be opened: {0}")]
    Dlopen(String),
    /// A mandated entry point is missing, or `OfxSetHost` refused.
    #[error("entry point {name} is missing or refused ({status})")]
    EntryPoint {
        /// Its symbol.
        name: String,
        /// What it answered, if it is there.
        status: Status,
    },
    /// Not an image effect plugin of version 1.
    #[error("not an image effect plugin: {0}")]
    NotAnEffect(String),
    /// An action that must succeed did not.
    #[error("{action} of {plugin} answered {status}")]
    Action {
        /// The action.
        action: &'static str,
        /// The plugin's identifier.
        plugin: String,
        /// Its answer.
        status: Status,
    },
    /// This thread already has a host: HostSupport and every plugin know only one a process.
    #[error("this thread has a host loaded already; drop it first")]
    SecondHost,
    /// The bundle has no such plugin, or has several and none was named.
    #[error("no single plugin to choose: {0}")]
    NoPlugin(String),
    /// A parameter cannot take a value.
    #[error("parameter {name}: {reason}")]
    Param {
        /// Its script name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// There is nothing to render at this request.
    #[error("nothing to render: {0}")]
    Render(String),
    /// HostSupport or the C++ half of the host gave up.
    #[error("host: {0}")]
    Host(#[from] cxx::Exception),
    /// A picture could not be read or written.
    #[error("{path}: {source}")]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        source: image::ImageError,
    },
}
