//! A take looked at: numbers, a verdict with what to do, and a page to show them.
//!
//! | module | subject |
//! |---|---|
//! | `footage` | where frames, still and mask come from |
//! | `small` | a frame as it is measured |
//! | `flow` | motion between two frames on a grid |
//! | `camera` | what of it the camera does |
//! | `measure`, `summary` | the numbers of a take |
//! | `direction`, `finding`, `remedy` | the numbers in words, with what helps |
//! | `page` | everything on one self-contained HTML page |
//!
//! Definitions follow VBench (Huang et al., CVPR 2024) and its image-to-video dimensions where they exist;
//! `engine/docs/review.md` says where ours is a cheap stand-in for its networks.

mod camera;
mod direction;
mod error;
mod finding;
mod flow;
mod footage;
mod measure;
mod page;
mod remedy;
mod small;
mod steady;
mod summary;
#[cfg(test)]
mod tests;

pub use camera::Camera;
pub use direction::Direction;
pub use error::ReviewError;
pub use finding::{Finding, Verdict};
pub use footage::{Footage, Given};
pub use measure::{FrameNumbers, Review};
pub use page::page;
pub use remedy::Remedy;
pub use summary::Summary;

use wakeframe_take::store::Take;

/// Longer side of the frames that a review measures, pixels.
const SIDE: usize = 320;
/// Most frames a review measures; of a longer take, groups of three spread over it.
const MOST: u32 = 480;
/// The same for [`verdict`]: four groups of three frames.
const SIDE_AT_A_GLANCE: usize = 192;
const MOST_AT_A_GLANCE: u32 = 12;

/// Measures the whole of `footage`.
pub fn review(footage: &Footage) -> Result<Review, ReviewError> {
    measure::measure(footage, &chosen(footage.count(), MOST), SIDE)
}

/// What stands out in `take` at a glance: at most twelve small frames are measured, so that it can follow every generation.
pub fn verdict(take: &Take) -> Result<Verdict, ReviewError> {
    let footage = Footage::of_take(take)?;
    let review = measure::measure(&footage, &chosen(footage.count(), MOST_AT_A_GLANCE), SIDE_AT_A_GLANCE)?;
    Ok(review.verdict)
}

/// Every frame's number, or of more than `most` frames groups of three that follow each other, evenly spread, the first and the
/// last frame among them.
fn chosen(count: u32, most: u32) -> Vec<u32> {
    if count <= most {
        return (0..count).collect();
    }
    let groups = most / 3;
    let last = count - 3;
    (0..groups).flat_map(|g| (0..3).map(move |i| g * last / (groups - 1).max(1) + i)).collect()
}
