//! The one table of parameters: the node's panel, the command line and the manual are made from it.

pub mod manual;
mod table;

pub use table::TABLE;

use crate::pack::Control;

/// Name of the model that ships inside the bundle.
pub const EMBEDDED_MODEL: &str = "mini";

/// A front end that shows a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The OpenFX node's panel.
    Node,
    /// The command line.
    CommandLine,
    /// Both.
    Both,
}

/// Where a parameter stands in the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What should happen.
    Prompt,
    /// Camera, drift and strength.
    Motion,
    /// How the model samples.
    Model,
    /// When the take plays.
    Time,
    /// How the still is read.
    Still,
    /// Button and status.
    Generate,
}

impl Group {
    /// Title in the panel.
    pub fn label(self) -> &'static str {
        match self {
            Group::Prompt => "Prompt",
            Group::Motion => "Motion",
            Group::Model => "Model",
            Group::Time => "Time",
            Group::Still => "Still",
            Group::Generate => "Generate",
        }
    }

    /// Script name in the panel.
    pub fn name(self) -> &'static str {
        match self {
            Group::Prompt => "promptGroup",
            Group::Motion => "motionGroup",
            Group::Model => "modelGroup",
            Group::Time => "timeGroup",
            Group::Still => "stillGroup",
            Group::Generate => "generateGroup",
        }
    }
}

/// One entry of a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Stable word, used on the command line and in code.
    pub name: &'static str,
    /// Word for people.
    pub label: &'static str,
}

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Text of one or several lines; empty by default.
    Text {
        /// Whether the panel shows a multi-line field.
        multiline: bool,
    },
    /// Read-only text.
    Label,
    /// Whole number.
    Int {
        /// Value at first.
        default: i32,
        /// Smallest value.
        min: i32,
        /// Largest value.
        max: i32,
    },
    /// Real number.
    Double {
        /// Value at first.
        default: f64,
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// What one is: `s`, `frames/s`, or empty for a plain number.
        unit: &'static str,
    },
    /// On or off.
    Bool {
        /// Value at first.
        default: bool,
    },
    /// A menu.
    Choice {
        /// Entries; the first is the default.
        options: &'static [Choice],
    },
    /// The menu of installed packs; the embedded one is the default.
    Model,
    /// `WxH` in pixels; what empty means is in the hint.
    Size,
    /// A picture file, read as the still is.
    Picture,
    /// `FRAME:STILL[:STRENGTH]`, given as often as there are keyframes.
    Keyframes,
    /// A folder, made where it is missing.
    Folder,
    /// A push button.
    Button,
}

/// One user-facing parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// Script name in hosts (camelCase, stable for ever: projects store it).
    pub name: &'static str,
    /// Command line flag without dashes, empty where the command line has none.
    pub flag: &'static str,
    /// Word in the panel.
    pub label: &'static str,
    /// Help: one or two sentences.
    pub hint: &'static str,
    /// Place in the panel.
    pub group: Group,
    /// Type, default and range.
    pub kind: Kind,
    /// Who shows it.
    pub surface: Surface,
    /// Kept but never shown.
    pub secret: bool,
    /// What a pack must have for it; `None`: every pack has it.
    pub control: Option<Control>,
}

impl Param {
    /// Whether the node has it.
    pub fn in_node(&self) -> bool {
        self.surface != Surface::CommandLine
    }

    /// Whether the command line has it.
    pub fn on_command_line(&self) -> bool {
        self.surface != Surface::Node
    }
}

/// `1920x1080` as width and height.
pub fn size_of(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once(['x', 'X', '×'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

/// The parameter called `name`.
pub fn find(name: &str) -> Option<&'static Param> {
    TABLE.iter().find(|p| p.name == name)
}

/// Smallest and largest value of a number; (0, 0) for anything else.
pub fn range_of(name: &str) -> (f64, f64) {
    match find(name).map(|p| p.kind) {
        Some(Kind::Double { min, max, .. }) => (min, max),
        Some(Kind::Int { min, max, .. }) => (min.into(), max.into()),
        _ => (0.0, 0.0),
    }
}

/// Default and range of a `Double` parameter; (0, 0, 0) for any other.
pub fn double(name: &str) -> (f64, f64, f64) {
    match find(name).map(|p| p.kind) {
        Some(Kind::Double { default, min, max, .. }) => (default, min, max),
        _ => (0.0, 0.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_flags_are_unique_and_every_entry_is_explained() {
        let mut names = HashSet::new();
        let mut flags = HashSet::new();
        for p in TABLE {
            assert!(names.insert(p.name), "{} stands twice", p.name);
            assert!(p.flag.is_empty() || flags.insert(p.flag), "--{} stands twice", p.flag);
            assert!(p.hint.ends_with('.') && p.hint.len() > 20, "{} needs a hint", p.name);
            assert!(p.flag.is_empty() != p.on_command_line(), "{}: flag and surface disagree", p.name);
        }
    }

    #[test]
    fn every_default_lies_in_its_range() {
        for p in TABLE {
            match p.kind {
                Kind::Double { default, min, max, .. } => assert!(min <= default && default <= max && min < max, "{}", p.name),
                Kind::Int { default, min, max } => assert!(min <= default && default <= max && min < max, "{}", p.name),
                Kind::Choice { options } => assert!(options.len() > 1, "{}", p.name),
                _ => {}
            }
        }
    }

    #[test]
    fn every_control_has_a_parameter() {
        for c in Control::ALL {
            assert!(TABLE.iter().any(|p| p.control == Some(c)), "{c:?}");
        }
    }

    #[test]
    fn the_node_has_the_agreed_script_names() {
        let node: Vec<_> = TABLE.iter().filter(|p| p.in_node()).map(|p| p.name).collect();
        for name in [
            "prompt",
            "negativePrompt",
            "seed",
            "model",
            "duration",
            "pan",
            "tilt",
            "dolly",
            "roll",
            "driftX",
            "driftY",
            "strength",
            "steps",
            "guidance",
            "guidanceLow",
            "guidanceFirst",
            "dynamicGuidance",
            "scheduler",
            "shift",
            "motionBucket",
            "noiseAug",
            "degradation",
            "modelSize",
            "useLast",
            "lastFrame",
            "keyframes",
            "stillFrame",
            "startFrame",
            "afterEnd",
            "useMask",
            "inputTransfer",
            "generate",
            "status",
            "revision",
        ] {
            assert!(node.contains(&name), "{name} is missing");
        }
    }
}
