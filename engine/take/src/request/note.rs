//! What a person should know of a request: nothing is rounded silently.

use std::fmt;

/// Something that is not quite as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// The model makes another number of frames.
    FramesRounded {
        /// Asked for.
        asked: u32,
        /// Made.
        made: u32,
        /// The rule in words, such as `4n + 1`.
        rule: String,
    },
    /// No length was asked for, and the usual one is too long.
    Shortened {
        /// Seconds the take has.
        seconds: f64,
    },
    /// The model's frames are brought to another rate or number.
    Retimed {
        /// Frames the model makes.
        model_frames: u32,
        /// Their rate, frames per second.
        model_fps: f64,
        /// Frames of the take.
        frames: u32,
        /// Their rate, frames per second.
        fps: f64,
    },
    /// The model's frames are brought to another size.
    Resized {
        /// Size the model works at.
        model: (u32, u32),
        /// Size of the take.
        take: (u32, u32),
    },
    /// The still was cropped to the model's proportions.
    Cropped {
        /// Size of the take.
        take: (u32, u32),
    },
    /// The prompt has the motion in words after it.
    Prompt {
        /// As the model gets it.
        sent: String,
    },
    /// A keyframe lies between two frames of the model's.
    KeyframeMoved {
        /// Frame of the take.
        frame: u32,
        /// Frame of the model's.
        model_frame: u32,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::FramesRounded { asked, made, rule } => write!(f, "the model makes {rule} frames: {made} instead of {asked}"),
            Note::Shortened { seconds } => write!(f, "the take is {seconds} s long, the longest this model makes"),
            Note::Retimed { model_frames, model_fps, frames, fps } => {
                let (model_fps, fps) = (short(*model_fps), short(*fps));
                write!(f, "the model makes {model_frames} frames at {model_fps} frames/s; the take has {frames} at {fps}")
            }
            Note::Resized { model, take } => {
                write!(f, "the model works at {}×{}; the take is brought to {}×{}", model.0, model.1, take.0, take.1)
            }
            Note::Cropped { take } => write!(f, "the still is cropped to the model's proportions; the take is {}×{}", take.0, take.1),
            Note::Prompt { sent } => write!(f, "prompt as sent: “{sent}”"),
            Note::KeyframeMoved { frame, model_frame } => {
                write!(f, "the keyframe at frame {frame} of the take is frame {model_frame} of the model's, the nearest")
            }
        }
    }
}

/// A rate to three decimals.
fn short(fps: f64) -> f64 {
    (fps * 1000.0).round() / 1000.0
}
