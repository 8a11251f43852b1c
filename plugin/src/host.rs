//! What the node asks of its host, as a trait: the shim's `Effect` in hosts, a fake in tests.

use std::any::Any;

use crate::bridge::ffi;

pub use ffi::{ClipFacts, ImageFacts, MessageKind, Region};

/// One instance in a host.
pub trait Host {
    /// Text of a parameter.
    fn text(&self, name: &str, time: f64) -> Option<String>;
    /// Value of a double parameter.
    fn number(&self, name: &str, time: f64) -> Option<f64>;
    /// Value of an int, bool or choice parameter.
    fn int(&self, name: &str, time: f64) -> Option<i32>;
    /// Sets a text parameter; on the main thread, while a change is handled, only.
    fn set_text(&self, name: &str, value: &str) -> bool;
    /// Sets an int parameter; on the main thread, while a change is handled, only.
    fn set_int(&self, name: &str, value: i32) -> bool;
    /// Greys a parameter out, or not; false where the host cannot.
    fn set_enabled(&self, name: &str, enabled: bool) -> bool;
    /// A parameter's help; false where the host keeps what it was described with.
    fn set_hint(&self, name: &str, hint: &str) -> bool;
    /// A clip; `None` where the context has none of that name.
    fn clip(&self, name: &str) -> Option<ClipFacts>;
    /// A clip's region of definition, canonical coordinates.
    fn clip_region(&self, name: &str, time: f64) -> Option<Region>;
    /// The project's picture, canonical coordinates; `None` where the host does not tell it (MLT).
    fn project_region(&self) -> Option<Region>;
    /// The clip's image; `None` where the host has none.
    fn fetch(&self, clip: &str, time: f64) -> Option<HostImage>;
    /// Frames per second of the effect; 0 where the host names none.
    fn frame_rate(&self) -> f64;
    /// Whether the host wants the render to stop.
    fn aborted(&self) -> bool;
    /// Shows a message once.
    fn message(&self, kind: MessageKind, text: &str) -> bool;
    /// Shows a message until it is cleared; false where the host cannot.
    fn set_persistent_message(&self, kind: MessageKind, text: &str) -> bool;
    /// Takes the message away.
    fn clear_persistent_message(&self);
    /// Opens the host's progress bar.
    fn progress_start(&self, title: &str, id: &str) -> bool;
    /// Moves it; false where the user pressed cancel.
    fn progress_update(&self, fraction: f64) -> bool;
    /// Closes it.
    fn progress_end(&self);
}

/// An image lent by the host until this is dropped.
pub struct HostImage {
    /// What it is and where its pixels are.
    pub facts: ImageFacts,
    /// Keeps the pixels alive.
    pub hold: Box<dyn Any>,
}

impl Host for ffi::Effect {
    fn text(&self, name: &str, time: f64) -> Option<String> {
        let mut value = String::new();
        self.get_text(name, time, &mut value).then_some(value)
    }

    fn number(&self, name: &str, time: f64) -> Option<f64> {
        let mut value = 0.0;
        self.get_number(name, time, &mut value).then_some(value)
    }

    fn int(&self, name: &str, time: f64) -> Option<i32> {
        let mut value = 0;
        self.get_int(name, time, &mut value).then_some(value)
    }

    fn set_text(&self, name: &str, value: &str) -> bool {
        ffi::Effect::set_text(self, name, value)
    }

    fn set_int(&self, name: &str, value: i32) -> bool {
        ffi::Effect::set_int(self, name, value)
    }

    fn set_enabled(&self, name: &str, enabled: bool) -> bool {
        ffi::Effect::set_enabled(self, name, enabled)
    }

    fn set_hint(&self, name: &str, hint: &str) -> bool {
        ffi::Effect::set_hint(self, name, hint)
    }

    fn clip(&self, name: &str) -> Option<ClipFacts> {
        let mut facts = ClipFacts::default();
        ffi::Effect::clip(self, name, &mut facts).then_some(facts)
    }

    fn clip_region(&self, name: &str, time: f64) -> Option<Region> {
        let mut region = Region::default();
        ffi::Effect::clip_region(self, name, time, &mut region).then_some(region)
    }

    fn project_region(&self) -> Option<Region> {
        let mut region = Region::default();
        ffi::Effect::project_region(self, &mut region).then_some(region)
    }

    fn fetch(&self, clip: &str, time: f64) -> Option<HostImage> {
        let image = ffi::Effect::fetch(self, clip, time);
        let mut facts = ImageFacts::default();
        let whole = image.as_ref()?.facts(&mut facts);
        whole.then(|| HostImage { facts, hold: Box::new(image) })
    }

    fn frame_rate(&self) -> f64 {
        ffi::Effect::frame_rate(self)
    }

    fn aborted(&self) -> bool {
        ffi::Effect::aborted(self)
    }

    fn message(&self, kind: MessageKind, text: &str) -> bool {
        ffi::Effect::message(self, kind, text)
    }

    fn set_persistent_message(&self, kind: MessageKind, text: &str) -> bool {
        ffi::Effect::set_persistent_message(self, kind, text)
    }

    fn clear_persistent_message(&self) {
        ffi::Effect::clear_persistent_message(self);
    }

    fn progress_start(&self, title: &str, id: &str) -> bool {
        ffi::Effect::progress_start(self, title, id)
    }

    fn progress_update(&self, fraction: f64) -> bool {
        ffi::Effect::progress_update(self, fraction)
    }

    fn progress_end(&self) {
        ffi::Effect::progress_end(self);
    }
}
