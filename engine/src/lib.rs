//! The Wakeframe engine: a still and a request become a take.
//!
//! | module | subject |
//! |---|---|
//! | [`still`] | picture files → a still |
//! | [`output`] | takes → video files and picture sequences |
//! | [`pack`] | a model pack, validated |
//! | [`runtime`] | ONNX Runtime: library, sessions, execution providers |
//! | [`family`] | one module per model family |
//! | [`camera`] | where a camera move takes content |
//! | [`latent`] | what the latent (diffusion) families share |
//! | [`generate`] | a request → a take in the store |
//! | [`review`] | a take looked at: numbers, verdict, page |
//! | [`service`] | one queue for every node and host of a user |
//! | [`cli`] | the program `wakeframe` |
#![warn(missing_docs)]

pub mod camera;
pub mod cli;
pub mod family;
pub mod generate;
pub mod latent;
pub mod output;
pub mod pack;
pub mod review;
pub mod runtime;
pub mod service;
pub mod still;
