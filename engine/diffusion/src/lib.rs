//! What a diffusion model needs around its networks, with the numbers of the reference implementation.
//!
//! "Reference" is the Python library diffusers 0.42.1 on torch's CPU path in fp32. Everything here is plain arithmetic on slices
//! and arrays: no ONNX, no files, no host. The scripts in `golden/` write what the tests compare with.
//!
//! | module | subject |
//! |---|---|
//! | [`noise`] | the numbers of `torch.randn` for a seed |
//! | [`picture`] | stills as VAEs and CLIP want them |
//! | [`prompt`] | text as text encoders want it |
//! | [`scheduler`] | noise levels of a run, and the step from one to the next |
#![warn(missing_docs)]

pub mod noise;
pub mod picture;
pub mod prompt;
pub mod scheduler;

#[cfg(test)]
mod golden;
