//! What a check found, for people and for programs.

use std::fmt;

use super::Edge;

/// Something that often spoils a take. Its Display is one short sentence with what to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Hint {
    /// Fewer pixels than 1280×720.
    SmallStill {
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
    },
    /// The sharpest parts are blurred.
    Blurred {
        /// Blur of the sharpest part, 0 sharp … 1.
        blur: f64,
    },
    /// Much of the picture is pure white.
    Blown {
        /// Part of the picture, 0…1.
        share: f64,
    },
    /// Much of the picture is pure black.
    Crushed {
        /// Part of the picture, 0…1.
        share: f64,
    },
    /// The 8×8 grid of a strong compression shows.
    Compressed {
        /// Differences across the grid's lines over those beside them; 1 is none.
        ratio: f64,
    },
    /// What stands out is cut by an edge.
    SubjectCut {
        /// The edge.
        edge: Edge,
    },
    /// More words than a motion needs.
    LongPrompt {
        /// Words.
        words: usize,
    },
    /// The prompt says what is there and not what moves.
    DescribesScene,
    /// Nothing in particular is to move.
    NoAction,
    /// One after another, or too many at once.
    SeveralActions {
        /// The verbs.
        actions: Vec<String>,
    },
    /// The prompt moves the camera and the subject.
    CameraAndSubject,
    /// A move that needs to show what the still does not hold.
    ExtremeCamera {
        /// The words.
        words: String,
    },
    /// Longer than the model can hold.
    TooLong {
        /// Seconds asked for.
        seconds: f64,
        /// Longest the model makes, seconds.
        longest: f64,
        /// The model.
        model: String,
    },
}

impl Hint {
    /// Stable word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Hint::SmallStill { .. } => "small_still",
            Hint::Blurred { .. } => "blurred",
            Hint::Blown { .. } => "blown",
            Hint::Crushed { .. } => "crushed",
            Hint::Compressed { .. } => "compressed",
            Hint::SubjectCut { .. } => "subject_cut",
            Hint::LongPrompt { .. } => "long_prompt",
            Hint::DescribesScene => "describes_scene",
            Hint::NoAction => "no_action",
            Hint::SeveralActions { .. } => "several_actions",
            Hint::CameraAndSubject => "camera_and_subject",
            Hint::ExtremeCamera { .. } => "extreme_camera",
            Hint::TooLong { .. } => "too_long",
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: &f64| (share * 100.0).round();
        match self {
            Hint::SmallStill { width, height } => write!(f, "the still is only {width}×{height}: use one of 1280×720 or more"),
            Hint::Blurred { .. } => f.write_str("the still is blurred: models keep the blur; use a sharper one"),
            Hint::Blown { share } => write!(f, "{} % of the still is pure white: expose it lower, nothing can move there", percent(share)),
            Hint::Crushed { share } => write!(f, "{} % of the still is pure black: lift it, nothing can move there", percent(share)),
            Hint::Compressed { .. } => f.write_str("the still is heavily compressed: its 8×8 blocks will shimmer; use the original"),
            Hint::SubjectCut { edge } => write!(f, "the subject is cut at the {edge} edge: leave room for it to move"),
            Hint::LongPrompt { words } => write!(f, "the prompt has {words} words: one or two short sentences on the motion work best"),
            Hint::DescribesScene => f.write_str("the prompt describes the scene, which the still shows already: say what moves, and how"),
            Hint::NoAction => f.write_str("the prompt names no motion: say what should move, such as “water ripples”"),
            Hint::SeveralActions { actions } => {
                write!(f, "the prompt asks for several actions ({}): keep the one that matters", actions.join(", "))
            }
            Hint::CameraAndSubject => {
                f.write_str("the prompt moves camera and subject: leave the camera to Pan, Tilt, Dolly and Roll, or make two takes")
            }
            Hint::ExtremeCamera { words } => {
                write!(f, "“{words}” shows what the still does not hold: ask for a small, slow move")
            }
            Hint::TooLong { seconds, longest, model } => {
                write!(f, "{seconds} s is longer than {model} holds: ask for {longest} s or less")
            }
        }
    }
}
