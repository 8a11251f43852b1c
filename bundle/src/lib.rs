//! Builds `Wakeframe.ofx.bundle` for each system's layout, installs it, and verifies what a host would meet.
//!
//! | module | subject |
//! |---|---|
//! | [`layout`] | where things stand in a bundle, per system |
//! | [`link`] | the final link of `Wakeframe.ofx`: what it exports and needs |
//! | [`assemble`] | a bundle made beside its place and swapped in |
//! | [`install`] | a copy where hosts look |
//! | [`verify`] | files, exports, dependencies, digests, loading, the engine |
//! | [`elf`] | a shared library's dynamic section, readelf-style |
//! | [`probe`] | loading the plugin as a host would |
#![warn(missing_docs)]

pub mod assemble;
pub mod elf;
mod files;
pub mod install;
pub mod layout;
pub mod link;
pub mod probe;
pub mod verify;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The bundle's folder name.
pub const BUNDLE_NAME: &str = "Wakeframe.ofx.bundle";
/// The plugin's identifier.
pub const IDENTIFIER: &str = "org.wakeframe.ImageToVideo";

/// Why a bundle could not be made or installed. Every message says what to do.
#[derive(Debug, Error)]
pub enum BundleError {
    /// A part that another step makes.
    #[error("{} is missing: {remedy}", path.display())]
    Missing {
        /// The part.
        path: PathBuf,
        /// How to get it.
        remedy: &'static str,
    },
    /// Reading or writing failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder belongs to somebody else.
    #[error(
        "{} may not be written by this user: run the same command with sudo, or choose a folder of your own with --prefix DIR and set OFX_PLUGIN_PATH=DIR for the host",
        .0.display()
    )]
    NotPermitted(PathBuf),
    /// The linker could not be run, or failed.
    #[error("Wakeframe.ofx could not be linked with {program}: {reason}. A C++ compiler is needed; CXX names another")]
    Link {
        /// The compiler.
        program: String,
        /// What it said.
        reason: String,
    },
    /// This machine's system has no layout.
    #[error("no bundle layout is known for this system")]
    UnknownSystem,
}

impl BundleError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::NotPermitted(path.into()),
            _ => Self::Io { path: path.into(), source },
        }
    }
}
