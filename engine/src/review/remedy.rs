//! What the user can do about a finding.

use std::fmt;

use wakeframe_take::pack::{Control, Controls};
use wakeframe_take::params;
use wakeframe_take::request::Request;

/// What the user can do in the node: each names a parameter of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Make it more.
    Raise(&'static str),
    /// Make it less.
    Lower(&'static str),
    /// Another value.
    Change(&'static str),
    /// Switch it on.
    Use(&'static str),
    /// Write something into it.
    Write(&'static str, &'static str),
    /// Make the take shorter.
    Shorten,
}

impl Remedy {
    /// The parameter's name in the table.
    pub fn parameter(self) -> &'static str {
        match self {
            Remedy::Raise(p) | Remedy::Lower(p) | Remedy::Change(p) | Remedy::Use(p) | Remedy::Write(p, _) => p,
            Remedy::Shorten => "duration",
        }
    }

    /// Whether the take's model has the parameter, and it is not at its end.
    pub(super) fn helps(self, request: Option<&Request>) -> bool {
        let control = params::find(self.parameter()).and_then(|p| p.control);
        match (control, request) {
            (None, Some(r)) if self == Remedy::Raise("strength") => r.strength < 1.0,
            (None, _) => true,
            (Some(control), None) => matches!(control, Control::Prompt | Control::Negative),
            (Some(control), Some(r)) => match &r.latent {
                None => Controls::of_motion_field().has(control),
                Some(l) => match control {
                    Control::Steps => l.steps > 0,
                    Control::MotionBucket => l.motion_bucket.is_some_and(|b| b < 255),
                    Control::NoiseAug => l.noise_aug.is_some_and(|n| n > 0.0),
                    // Of the latent families only SVD has a motion bucket, and it reads no prompt.
                    Control::Prompt => l.motion_bucket.is_none(),
                    Control::Negative => l.motion_bucket.is_none() && l.guidance > 1.0,
                    Control::Guidance => l.guidance > 1.0,
                    Control::ModelSize => true,
                    _ => false,
                },
            },
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = params::find(self.parameter()).map_or("", |p| p.label);
        match self {
            Remedy::Raise(_) => write!(f, "raise {label}"),
            Remedy::Lower(_) => write!(f, "lower {label}"),
            Remedy::Change(_) => write!(f, "change {label}"),
            Remedy::Use(_) => write!(f, "{}", label.replacen("Use", "use", 1)),
            Remedy::Write(_, what) => write!(f, "{what} in {label}"),
            Remedy::Shorten => write!(f, "shorten {label}"),
        }
    }
}
