//! What the node, the command line and the engine agree on.
//!
//! A *take* is a value: a [`Request`](request::Request) names everything its frames depend on, its hash names
//! the take, and the [`Store`](store::Store) keeps one folder per hash. This crate holds that agreement and
//! nothing that computes a frame, so that the OpenFX node can link it without ever seeing ONNX Runtime.
//!
//! | module | subject |
//! |---|---|
//! | [`picture`] | pixels in memory |
//! | [`transfer`] | transfer curves, exact inverses, values above 1 kept |
//! | [`frame_file`] | pixels on disk (half float) |
//! | [`npy`] | arrays on disk (fp32, exact) |
//! | [`params`] | the one table of parameters |
//! | [`request`] | settings + stills + model → request → hash |
//! | [`pack`] | which model packs are installed, and what each can be told |
//! | [`provider`] | what graphs should run on |
//! | [`check`] | what a still or a prompt lets expect |
//! | [`store`] | takes on disk: atomic, leased, size-limited |
//! | [`service`] | the local socket: protocol, client, starting the engine |
#![warn(missing_docs)]

pub mod check;
pub mod frame_file;
pub mod npy;
pub mod pack;
pub mod params;
pub mod picture;
pub mod provider;
pub mod request;
pub mod service;
pub mod store;
pub mod transfer;

/// Version of this build; engine and node must be of the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
