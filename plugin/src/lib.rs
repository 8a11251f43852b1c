//! The Wakeframe OpenFX node: what it decides, how pixels go in and out, and its way to the engine.
//!
//! The shim (`cpp-shim/`) calls in through [`bridge`]; the node asks its host through [`host::Host`]. Nothing here
//! computes a frame: takes are made by the engine process and read from the store.
//!
//! | module | subject |
//! |---|---|
//! | [`describe`], [`menu`] | clips and parameters, from the engine's table |
//! | [`settings`], [`keyframes`] | parameter values read |
//! | [`controls`] | what the chosen model lacks, greyed out |
//! | [`time_map`] | host time → frame of the take |
//! | [`pixels`] | host pixels ↔ pictures, exact inverses |
//! | [`still`], [`pictures`] | which still this is, and the pictures beside it |
//! | [`signature`], [`similar`] | takes of it at another size |
//! | [`decision`] | what a render shows: facts in, plan out |
//! | [`render`], [`making`] | carrying the plan out, waiting for frames |
//! | [`press`] | the Generate button |
//! | [`hints`] | what still and prompt let expect |
//! | [`domain`] | time domain, regions, clip preferences |
//! | [`wording`] | what the node says |
#![warn(missing_docs)]

pub mod bridge;
pub mod controls;
pub mod decision;
pub mod describe;
pub mod domain;
pub mod guard;
pub mod hints;
pub mod host;
pub mod keyframes;
pub mod location;
pub mod log;
pub mod making;
pub mod menu;
pub mod node;
pub mod ofx;
pub mod pictures;
pub mod pixels;
pub mod press;
pub mod render;
pub mod settings;
pub mod signature;
pub mod similar;
pub mod still;
pub mod time_map;
pub mod wording;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod scenes;
