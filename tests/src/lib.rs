//! A headless OpenFX reference host, for testing a plugin the way its hosts treat it.
//!
//! The host stands on the HostSupport library of the OpenFX repository (`tests/host/` is its C++
//! half) and can be made to behave as each real host does: which suites and properties it has,
//! how it lays out pixels, when it aborts, how often it makes an instance.
//!
//! ```no_run
//! use wakeframe_tests::{Host, HostOptions, Instance, InstanceOptions, Picture, RenderRequest};
//!
//! let host = Host::load("Wakeframe.ofx.bundle".as_ref(), HostOptions::default())?;
//! let still = Picture::read("still.png".as_ref())?;
//! let node = Instance::create(&host, InstanceOptions::general(still))?;
//! node.edit("prompt", "waves roll in")?;
//! node.press("generate")?;
//! let frame = node.render(&RenderRequest::at(1.0))?;
//! frame.picture.write_png("frame.png".as_ref())?;
//! # Ok::<(), wakeframe_tests::Error>(())
//! ```

mod bridge;
mod clip;
mod error;
pub mod fixture;
mod format;
mod host;
mod host_side;
mod instance;
mod layout;
pub mod measure;
mod param;
mod picture;
mod plugin_info;
mod record;
mod render;
mod status;

pub use clip::{ClipOptions, Connection, OutsideRange, Uids};
pub use error::{Error, Result};
pub use format::{Components, Depth, Format, Premult};
pub use host::{Host, HostOptions, MessageSupport, Omitted, Owner};
pub use instance::{ClipFrames, ClipPreferences, Instance, InstanceOptions, OnAbortPoll, OnProgress, Watch};
pub use layout::Rows;
pub use param::{ParamInfo, ParamKind, ParamValue};
pub use picture::Picture;
pub use plugin_info::{ClipInfo, Context, ContextInfo, PluginInfo, ThreadSafety};
pub use record::{Message, MessageKind, ParamWrite, Progress, ProgressEvent};
pub use render::{Frame, Rect, RenderRequest, Scale, Sequence};
pub use status::Status;
