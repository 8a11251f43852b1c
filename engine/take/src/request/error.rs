//! What cannot be honoured.

use thiserror::Error;

use super::Request;
use crate::pack::Control;

/// A setting that cannot be honoured.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RequestError {
    /// A number outside its range, or not a number.
    #[error("{name} is {value}; it must be {min} to {max}")]
    Range {
        /// Parameter.
        name: &'static str,
        /// Value given.
        value: f64,
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// Longer or shorter than the model holds.
    #[error("the model {model} makes {min} to {max} seconds; set Duration to {nearest} instead of {value}")]
    Duration {
        /// Pack name.
        model: String,
        /// Seconds asked for.
        value: f64,
        /// Shortest.
        min: f64,
        /// Longest.
        max: f64,
        /// What to set.
        nearest: f64,
    },
    /// A number of frames the model does not make.
    #[error("the model {model} makes {min} to {max} frames, {rule}; ask for {nearest} instead of {value}")]
    Frames {
        /// Pack name.
        model: String,
        /// Frames asked for.
        value: u32,
        /// Fewest.
        min: u32,
        /// Most.
        max: u32,
        /// The rule in words, such as `4n + 1`.
        rule: String,
        /// The nearest it makes.
        nearest: u32,
    },
    /// Larger than the model holds.
    #[error("the take would be {width}×{height}; the model {model} goes up to {max} pixels wide or high: scale the still down first")]
    Size {
        /// Pack name.
        model: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Longest side.
        max: u32,
    },
    /// A size the model cannot work at.
    #[error("the model {model} cannot work at {width}×{height}: {rule}. Nearest are {}", sizes(near))]
    ModelSize {
        /// Pack name.
        model: String,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// What sizes must be.
        rule: String,
        /// Good sizes close to it.
        near: Vec<(u32, u32)>,
    },
    /// Something the model has no control for.
    #[error("the model {model} takes no {}; it takes: {has}", control.label())]
    Lacks {
        /// Pack name.
        model: String,
        /// What was asked for.
        control: Control,
        /// What can be asked for.
        has: String,
    },
    /// A scheduler the model cannot be stepped with.
    #[error("the model {model} is not stepped with {scheduler}; choose one of {has}")]
    Scheduler {
        /// Pack name.
        model: String,
        /// Word asked for.
        scheduler: &'static str,
        /// Words there are.
        has: String,
    },
    /// A keyframe before the first or after the last frame.
    #[error("the keyframe at {frame} is outside the take: its frames go from 1 to {last} (0 is the still)")]
    KeyframeOutside {
        /// Frame asked for.
        frame: u32,
        /// The take's last frame.
        last: u32,
    },
    /// Two keyframes that fall on one frame of the model's.
    #[error("two keyframes fall on frame {0} of the model's; move or leave out one of them")]
    KeyframeTwice(u32),
    /// Text too long to be a prompt.
    #[error("the prompt has {0} characters; the longest accepted is {max}", max = Request::MAX_PROMPT)]
    PromptTooLong(usize),
}

fn sizes(all: &[(u32, u32)]) -> String {
    all.iter().map(|(w, h)| format!("{w}×{h}")).collect::<Vec<_>>().join(" and ")
}
