//! What an action answered.

use std::fmt;

/// An `OfxStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// `kOfxStatOK`
    Ok,
    /// `kOfxStatFailed`
    Failed,
    /// `kOfxStatErrFatal`
    ErrFatal,
    /// `kOfxStatErrUnknown`
    ErrUnknown,
    /// `kOfxStatErrMissingHostFeature`
    ErrMissingHostFeature,
    /// `kOfxStatErrUnsupported`
    ErrUnsupported,
    /// `kOfxStatErrExists`
    ErrExists,
    /// `kOfxStatErrFormat`
    ErrFormat,
    /// `kOfxStatErrMemory`
    ErrMemory,
    /// `kOfxStatErrBadHandle`
    ErrBadHandle,
    /// `kOfxStatErrBadIndex`
    ErrBadIndex,
    /// `kOfxStatErrValue`
    ErrValue,
    /// `kOfxStatReplyYes`
    ReplyYes,
    /// `kOfxStatReplyNo`
    ReplyNo,
    /// `kOfxStatReplyDefault`
    ReplyDefault,
    /// `kOfxStatErrImageFormat`
    ErrImageFormat,
    /// A number the specification does not know.
    Other(i32),
}

/// The numbers of `ofxCore.h` and, for the last, `ofxImageEffect.h`.
const CODES: [(i32, Status); 16] = [
    (0, Status::Ok),
    (1, Status::Failed),
    (2, Status::ErrFatal),
    (3, Status::ErrUnknown),
    (4, Status::ErrMissingHostFeature),
    (5, Status::ErrUnsupported),
    (6, Status::ErrExists),
    (7, Status::ErrFormat),
    (8, Status::ErrMemory),
    (9, Status::ErrBadHandle),
    (10, Status::ErrBadIndex),
    (11, Status::ErrValue),
    (12, Status::ReplyYes),
    (13, Status::ReplyNo),
    (14, Status::ReplyDefault),
    (1000, Status::ErrImageFormat),
];

impl Status {
    /// From the number the C API uses.
    pub fn from_code(code: i32) -> Self {
        CODES.iter().find(|(c, _)| *c == code).map_or(Status::Other(code), |(_, status)| *status)
    }

    /// The number the C API uses.
    pub fn code(self) -> i32 {
        match self {
            Status::Other(code) => code,
            _ => CODES.iter().find(|(_, s)| *s == self).map_or(1, |(code, _)| *code),
        }
    }

    /// Trapped and done, or left to the default: what hosts take for success.
    pub fn is_good(self) -> bool {
        matches!(self, Status::Ok | Status::ReplyDefault)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Ok => f.write_str("kOfxStatOK"),
            Status::Other(code) => write!(f, "OfxStatus {code}"),
            other => write!(f, "kOfxStat{other:?}"),
        }
    }
}
