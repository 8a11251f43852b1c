//! What the latent (diffusion) families share. A family file says how its architecture is conditioned and stepped;
//! everything it says it with is here.
//!
//! | module | subject |
//! |---|---|
//! | `job` | one request in the making: stills as pixels, schedule, tiles, frames |
//! | `graph`, `components` | what a family expects of a graph; graphs open only while needed |
//! | `clip` | what a pack says of its image processor |
//! | `text` | prompts → hidden states |
//! | `denoise`, `sampler` | the denoise loop: cancel, resume, preview; steps by a scheduler |
//! | `dual_clock`, `warp` | motion control without training: the still warped as asked, followed for the first steps |
//! | `preview` | latents → small pictures |
//! | [`memory`] | what a request needs, told before sampling |
//! | `tiles` | large frames through a VAE |
//! | [`finish`], `highlights` | the model's frames → the take's |

mod clip;
mod components;
mod denoise;
mod dual_clock;
mod finish;
mod graph;
mod highlights;
mod job;
pub mod memory;
mod preview;
mod sampler;
mod text;
mod tiles;
mod warp;

pub use clip::ClipConfig;
pub use components::Components;
pub use denoise::{Stepped, Steps, denoise};
pub use dual_clock::DualClock;
pub use finish::finish;
pub use graph::Graph;
pub use highlights::Highlights;
pub use job::Job;
pub use memory::Plan;
pub use preview::Preview;
pub use sampler::{Layout, Sampler};
pub use text::{Text, TextConfig, read as read_text};
pub use tiles::Tiling;
