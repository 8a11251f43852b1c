//! What the plugin told the host while it ran. Every entry names the action the plugin was in on
//! that thread; "" stands for a thread of the plugin's own, where most hosts crash.

/// The kinds of `ofxMessage.h`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageKind {
    /// `kOfxMessageFatal`
    Fatal,
    /// `kOfxMessageError`
    Error,
    /// `kOfxMessageWarning`
    Warning,
    /// `kOfxMessageMessage`
    Message,
    /// `kOfxMessageLog`
    Log,
    /// `kOfxMessageQuestion`
    Question,
    /// One the specification does not know.
    Other(String),
}

impl MessageKind {
    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "OfxMessageFatal" => MessageKind::Fatal,
            "OfxMessageError" => MessageKind::Error,
            "OfxMessageWarning" => MessageKind::Warning,
            "OfxMessageMessage" => MessageKind::Message,
            "OfxMessageLog" => MessageKind::Log,
            "OfxMessageQuestion" => MessageKind::Question,
            other => MessageKind::Other(other.to_owned()),
        }
    }
}

/// A message, shown once or kept on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its kind.
    pub kind: MessageKind,
    /// Its identifier.
    pub id: String,
    /// The text a person reads.
    pub text: String,
    /// The format it was made from.
    pub format: String,
    /// Set by `setPersistentMessage`.
    pub persistent: bool,
    /// The action it came from.
    pub action: String,
}

impl Message {
    /// Whether the format needs arguments. Natron garbles them: a text must be formatted before,
    /// and each of its `%` doubled.
    pub fn uses_arguments(&self) -> bool {
        self.format.replace("%%", "").contains('%')
    }
}

/// An entry of the progress record.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What happened.
    pub event: ProgressEvent,
    /// The action it came from.
    pub action: String,
}

/// What a plugin did with the progress suite.
#[derive(Debug, Clone, PartialEq)]
pub enum ProgressEvent {
    /// `progressStart`
    Start {
        /// The text.
        label: String,
        /// The identifier, from version 2 of the suite on.
        id: String,
    },
    /// `progressUpdate`
    Update {
        /// 0…1
        value: f64,
        /// What the host answered: false is `kOfxStatReplyNo`, "the task should abort".
        go_on: bool,
    },
    /// `progressEnd`
    End,
}

/// A parameter the plugin set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamWrite {
    /// Its name.
    pub name: String,
    /// The action it was set from.
    pub action: String,
    /// Whether the specification allows it there. Natron aborts the render and MLT crashes where
    /// it does not.
    pub legal: bool,
    /// Whether the host has to render anew (`kOfxParamPropEvaluateOnChange`).
    pub evaluates: bool,
}
