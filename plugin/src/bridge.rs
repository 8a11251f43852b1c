//! The border to the C++ shim.
//!
//! C++ holds the suites and the actions' arguments; what to do is decided on this side. No function here may
//! unwind: cxx would abort the host.

use crate::guard::guarded;
use crate::node::Node;
use crate::{controls, describe, domain, log, making, ofx, press, render, still};

#[cxx::bridge(namespace = "wakeframe")]
#[allow(missing_docs, clippy::too_many_arguments)]
pub mod ffi {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum ParamKind {
        Group,
        Text,
        MultilineText,
        Label,
        Int,
        Double,
        Bool,
        Choice,
        Button,
    }

    #[derive(Debug, Clone, PartialEq)]
    struct ParamDescription {
        name: String,
        label: String,
        hint: String,
        group: String,
        kind: ParamKind,
        default_value: f64,
        default_text: String,
        minimum: f64,
        maximum: f64,
        display_minimum: f64,
        display_maximum: f64,
        increment: f64,
        digits: i32,
        options: Vec<String>,
        secret: bool,
        evaluate_on_change: bool,
        persistent: bool,
        can_undo: bool,
    }

    #[derive(Debug, Clone, PartialEq)]
    struct ClipDescription {
        name: String,
        components: Vec<String>,
        optional: bool,
        is_mask: bool,
        temporal: bool,
    }

    #[derive(Debug, Clone, PartialEq)]
    struct NodeDescription {
        label: String,
        grouping: String,
        description: String,
        version: String,
        clips: Vec<ClipDescription>,
        params: Vec<ParamDescription>,
    }

    #[derive(Debug, Clone, Default)]
    struct HostFacts {
        name: String,
        label: String,
        is_background: bool,
        plugin_path: String,
    }

    #[derive(Debug, Clone, Copy, Default, PartialEq)]
    struct Range {
        first: f64,
        last: f64,
    }

    #[derive(Debug, Clone, Copy, Default, PartialEq)]
    struct Region {
        x1: f64,
        y1: f64,
        x2: f64,
        y2: f64,
    }

    /// Pixels; y grows upwards, `x2` and `y2` lie outside.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    struct Window {
        x1: i32,
        y1: i32,
        x2: i32,
        y2: i32,
    }

    /// `data` is the address of the lowest row's first pixel; `row_bytes` may be negative.
    #[derive(Debug, Clone, Default)]
    struct ImageFacts {
        data: usize,
        row_bytes: i32,
        bounds: Window,
        region: Window,
        depth: String,
        components: String,
        premultiplication: String,
        pixel_aspect: f64,
    }

    #[derive(Debug, Clone, Default, PartialEq)]
    struct ClipFacts {
        connected: bool,
        components: String,
        premultiplication: String,
        has_range: bool,
        range: Range,
        frame_rate: f64,
        thumbnail: bool,
    }

    #[derive(Debug, Clone, Default)]
    struct Change {
        of_parameter: bool,
        name: String,
        by_user: bool,
        time: f64,
    }

    #[derive(Debug, Clone, Copy, Default)]
    struct RenderCall {
        time: f64,
        scale_x: f64,
        scale_y: f64,
        window: Window,
        interactive: bool,
        sequential: bool,
        thumbnail: bool,
    }

    #[derive(Debug, Clone, Default)]
    struct Preferences {
        components: String,
        premultiplication: String,
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum MessageKind {
        Message,
        Warning,
        Error,
    }

    extern "Rust" {
        type Node;

        fn describe_node(host: &HostFacts, anew: bool) -> NodeDescription;
        fn create_node(host: &HostFacts, context: &str) -> Box<Node>;
        fn node_ready(node: &Node, effect: &Effect);
        fn node_changed(node: &Node, effect: &Effect, change: &Change) -> i32;
        fn node_render(node: &Node, effect: &Effect, call: &RenderCall) -> i32;
        fn node_is_identity(node: &Node, effect: &Effect, call: &RenderCall, time: &mut f64) -> i32;
        fn node_time_domain(node: &Node, effect: &Effect, range: &mut Range) -> i32;
        fn node_frames_needed(node: &Node, effect: &Effect, time: f64, source: &mut Vec<f64>, mask: &mut Vec<f64>) -> i32;
        fn node_region_of_definition(node: &Node, effect: &Effect, time: f64, region: &mut Region) -> i32;
        fn node_source_region(node: &Node, effect: &Effect, time: f64, region: &mut Region) -> i32;
        fn node_clip_preferences(node: &Node, effect: &Effect, preferences: &mut Preferences) -> i32;
        fn forget_caches();
        fn withdraw_jobs();
        fn note_fault(action: &str, what: &str);
    }

    unsafe extern "C++" {
        include!("cpp-shim/effect.h");
        include!("cpp-shim/location.h");

        fn own_file() -> String;

        type Image;
        fn facts(self: &Image, out: &mut ImageFacts) -> bool;

        type Effect;
        fn get_text(self: &Effect, name: &str, time: f64, out: &mut String) -> bool;
        fn get_number(self: &Effect, name: &str, time: f64, out: &mut f64) -> bool;
        fn get_int(self: &Effect, name: &str, time: f64, out: &mut i32) -> bool;
        fn set_text(self: &Effect, name: &str, value: &str) -> bool;
        fn set_int(self: &Effect, name: &str, value: i32) -> bool;
        fn set_enabled(self: &Effect, name: &str, enabled: bool) -> bool;
        fn set_hint(self: &Effect, name: &str, hint: &str) -> bool;
        fn clip(self: &Effect, name: &str, out: &mut ClipFacts) -> bool;
        fn clip_region(self: &Effect, name: &str, time: f64, out: &mut Region) -> bool;
        fn project_region(self: &Effect, out: &mut Region) -> bool;
        fn fetch(self: &Effect, name: &str, time: f64) -> UniquePtr<Image>;
        fn frame_rate(self: &Effect) -> f64;
        fn aborted(self: &Effect) -> bool;
        fn message(self: &Effect, kind: MessageKind, text: &str) -> bool;
        fn set_persistent_message(self: &Effect, kind: MessageKind, text: &str) -> bool;
        fn clear_persistent_message(self: &Effect) -> bool;
        fn progress_start(self: &Effect, title: &str, id: &str) -> bool;
        fn progress_update(self: &Effect, fraction: f64) -> bool;
        fn progress_end(self: &Effect);
    }
}

use ffi::{Change, Effect, HostFacts, NodeDescription, Preferences, Range, Region, RenderCall};

fn describe_node(host: &HostFacts, anew: bool) -> NodeDescription {
    guarded("describe", describe::bare, || describe::node(host, anew))
}

fn create_node(host: &HostFacts, context: &str) -> Box<Node> {
    Box::new(guarded("create", Node::default, || Node::new(host, context)))
}

fn node_ready(node: &Node, effect: &Effect) {
    guarded("ready", || (), || controls::refresh(node, effect, 0.0));
}

fn node_changed(node: &Node, effect: &Effect, change: &Change) -> i32 {
    guarded("changed", || ofx::FAILED, || press::changed(node, effect, change))
}

fn node_render(node: &Node, effect: &Effect, call: &RenderCall) -> i32 {
    guarded("render", || render::after_panic(node, effect, call), || render::render(node, effect, call))
}

fn node_is_identity(node: &Node, effect: &Effect, call: &RenderCall, time: &mut f64) -> i32 {
    guarded("identity", || ofx::REPLY_DEFAULT, || answer(domain::identity(node, effect, call), time))
}

fn node_time_domain(node: &Node, effect: &Effect, range: &mut Range) -> i32 {
    guarded("time domain", || ofx::REPLY_DEFAULT, || answer(domain::time_domain(node, effect), range))
}

fn node_frames_needed(node: &Node, effect: &Effect, time: f64, source: &mut Vec<f64>, mask: &mut Vec<f64>) -> i32 {
    guarded(
        "frames needed",
        || ofx::REPLY_DEFAULT,
        || {
            (*source, *mask) = domain::frames_needed(node, effect, time);
            ofx::OK
        },
    )
}

fn node_region_of_definition(_node: &Node, effect: &Effect, time: f64, region: &mut Region) -> i32 {
    guarded("region", || ofx::REPLY_DEFAULT, || answer(domain::region_of_definition(effect, time), region))
}

fn node_source_region(_node: &Node, effect: &Effect, time: f64, region: &mut Region) -> i32 {
    guarded("region of interest", || ofx::REPLY_DEFAULT, || answer(domain::source_region(effect, time), region))
}

fn node_clip_preferences(_node: &Node, effect: &Effect, preferences: &mut Preferences) -> i32 {
    guarded("clip preferences", || ofx::REPLY_DEFAULT, || answer(domain::clip_preferences(effect), preferences))
}

fn forget_caches() {
    guarded("forget", || (), still::forget);
}

fn withdraw_jobs() {
    guarded("withdraw", || (), making::forget);
}

fn note_fault(action: &str, what: &str) {
    guarded("note", || (), || log::note(&format!("{action}: {what}")));
}

/// A value is kOfxStatOK and goes out; none leaves it to the host.
fn answer<T>(value: Option<T>, out: &mut T) -> i32 {
    match value {
        Some(value) => {
            *out = value;
            ofx::OK
        }
        None => ofx::REPLY_DEFAULT,
    }
}
