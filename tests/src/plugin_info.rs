//! What a plugin says of itself.

use std::fmt;

use crate::{ParamInfo, bridge::ffi};

/// `kOfxImageEffectPropContext`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // they are the contexts of ofxImageEffect.h
pub enum Context {
    Filter,
    General,
    Generator,
    Transition,
    Retimer,
    Paint,
}

impl Context {
    /// All of them.
    pub const ALL: [Context; 6] =
        [Context::Filter, Context::General, Context::Generator, Context::Transition, Context::Retimer, Context::Paint];

    /// The constant of the C API.
    pub fn name(self) -> &'static str {
        match self {
            Context::Filter => "OfxImageEffectContextFilter",
            Context::General => "OfxImageEffectContextGeneral",
            Context::Generator => "OfxImageEffectContextGenerator",
            Context::Transition => "OfxImageEffectContextTransition",
            Context::Retimer => "OfxImageEffectContextRetimer",
            Context::Paint => "OfxImageEffectContextPaint",
        }
    }

    /// From the constant of the C API.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// `kOfxImageEffectPluginRenderThreadSafety`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadSafety {
    /// One render at a time among all instances.
    Unsafe,
    /// One render at a time in an instance.
    InstanceSafe,
    /// Any number of renders.
    FullySafe,
}

impl ThreadSafety {
    fn from_name(name: &str) -> Self {
        match name {
            "OfxImageEffectRenderFullySafe" => ThreadSafety::FullySafe,
            "OfxImageEffectRenderInstanceSafe" => ThreadSafety::InstanceSafe,
            // What a host does not understand it had better not run in parallel.
            _ => ThreadSafety::Unsafe,
        }
    }
}

/// A plugin, as its describe action left it.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the flags are the properties of ofxImageEffect.h by their names
pub struct PluginInfo {
    /// Its identifier.
    pub id: String,
    /// Major and minor version.
    pub version: (u32, u32),
    /// What menus show.
    pub label: String,
    /// The menu it is in.
    pub group: String,
    /// `kOfxPropPluginDescription`
    pub description: String,
    /// The contexts it supports, those the specification knows.
    pub contexts: Vec<Context>,
    /// The depths it supports, by the constants of the C API.
    pub depths: Vec<String>,
    pub thread_safety: ThreadSafety,
    pub host_frame_threading: bool,
    pub tiles: bool,
    pub multi_resolution: bool,
    pub temporal_access: bool,
    pub multiple_clip_depths: bool,
    pub multiple_clip_pars: bool,
    pub sequential_render: bool,
    pub field_render_twice: bool,
    pub single_instance: bool,
    /// It draws an overlay.
    pub overlay: bool,
    /// Parameters that change the clip preferences.
    pub clip_preference_params: Vec<String>,
}

impl PluginInfo {
    pub(crate) fn from_record(record: ffi::PluginRecord) -> Self {
        PluginInfo {
            id: record.id,
            version: (record.major, record.minor),
            label: record.label,
            group: record.group,
            description: record.description,
            contexts: record.contexts.iter().filter_map(|name| Context::from_name(name)).collect(),
            depths: record.depths,
            thread_safety: ThreadSafety::from_name(&record.thread_safety),
            host_frame_threading: record.host_frame_threading,
            tiles: record.tiles,
            multi_resolution: record.multi_resolution,
            temporal_access: record.temporal_access,
            multiple_clip_depths: record.multiple_clip_depths,
            multiple_clip_pars: record.multiple_clip_pars,
            sequential_render: record.sequential_render,
            field_render_twice: record.field_render_twice,
            single_instance: record.single_instance,
            overlay: record.overlay,
            clip_preference_params: record.clip_preference_params,
        }
    }
}

/// A clip a plugin defined.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the properties of ofxImageEffect.h by their names
pub struct ClipInfo {
    pub name: String,
    pub label: String,
    /// By the constants of the C API.
    pub components: Vec<String>,
    pub optional: bool,
    pub mask: bool,
    pub tiles: bool,
    pub temporal_access: bool,
}

/// A plugin in a context, as its describe-in-context action left it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextInfo {
    /// Its clips, in order.
    pub clips: Vec<ClipInfo>,
    /// Its parameters, in order.
    pub params: Vec<ParamInfo>,
}

impl ContextInfo {
    pub(crate) fn from_record(record: ffi::ContextRecord) -> Self {
        let clip = |c: ffi::ClipRecord| ClipInfo {
            name: c.name,
            label: c.label,
            components: c.components,
            optional: c.optional,
            mask: c.mask,
            tiles: c.tiles,
            temporal_access: c.temporal_access,
        };
        ContextInfo {
            clips: record.clips.into_iter().map(clip).collect(),
            params: record.params.into_iter().map(ParamInfo::from_record).collect(),
        }
    }

    /// A parameter by name.
    pub fn param(&self, name: &str) -> Option<&ParamInfo> {
        self.params.iter().find(|param| param.name == name)
    }
}
