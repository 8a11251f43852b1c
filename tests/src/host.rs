//! The host: a bundle loaded, and what the host claims to be.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use cxx::UniquePtr;

use crate::{
    ContextInfo, Error, PluginInfo, Result, Status,
    bridge::ffi,
    format::{Components, Depth},
    plugin_info::Context,
    record::MessageKind,
};

/// Which message suite the host hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageSupport {
    /// None.
    None,
    /// Version 1 only: Resolve 16.
    V1,
    /// Both versions.
    V2,
    /// Version 2 with null pointers for persistent messages: Resolve 14.
    V2WithoutPersistent,
}

/// The kind of object a property stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Any.
    Any,
    /// An effect instance.
    Instance,
    /// A clip.
    Clip,
    /// An image.
    Image,
}

/// A property the host does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omitted {
    /// Where it is missing.
    pub on: Owner,
    /// Its name in the C API.
    pub property: String,
}

impl Omitted {
    /// A property missing on an instance.
    pub fn on_instance(property: &str) -> Self {
        Omitted { on: Owner::Instance, property: property.to_owned() }
    }

    /// A property missing on a clip.
    pub fn on_clip(property: &str) -> Self {
        Omitted { on: Owner::Clip, property: property.to_owned() }
    }

    fn encode(&self) -> String {
        let owner = match self.on {
            Owner::Any => "",
            Owner::Instance => "OfxTypeImageEffectInstance",
            Owner::Clip => "OfxTypeClip",
            Owner::Image => "OfxTypeImage",
        };
        format!("{owner}\n{}", self.property)
    }
}

/// What the host claims to be.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// `kOfxPropName`
    pub name: String,
    /// `kOfxImageEffectHostPropIsBackground`
    pub background: bool,
    /// Supported contexts.
    pub contexts: Vec<Context>,
    /// Supported depths.
    pub depths: Vec<Depth>,
    /// Supported components.
    pub components: Vec<Components>,
    /// Images of different sizes.
    pub multi_resolution: bool,
    /// Images in parts.
    pub tiles: bool,
    /// Images at other times than the one rendered.
    pub temporal_access: bool,
    /// Clips of different depths on one effect.
    pub multiple_clip_depths: bool,
    /// Clips of different pixel aspects on one effect.
    pub multiple_clip_pars: bool,
    /// Overlays.
    pub overlays: bool,
    /// The message suite.
    pub messages: MessageSupport,
    /// The highest version of the progress suite; 0 for none.
    pub progress_suite: u32,
    /// The time-line suite.
    pub timeline_suite: bool,
    /// The multi-thread suite.
    pub multi_thread_suite: bool,
    /// Says which renders are for thumbnails.
    pub thumbnails: bool,
    /// Properties the host has not.
    pub omitted: Vec<Omitted>,
}

impl Default for HostOptions {
    /// A host that has everything and is interactive.
    fn default() -> Self {
        HostOptions {
            name: "org.wakeframe.tests.ReferenceHost".to_owned(),
            background: false,
            contexts: vec![Context::Filter, Context::General, Context::Generator, Context::Transition, Context::Retimer],
            depths: vec![Depth::Byte, Depth::Short, Depth::Half, Depth::Float],
            components: vec![Components::Rgba, Components::Rgb, Components::Alpha],
            multi_resolution: true,
            tiles: true,
            temporal_access: true,
            multiple_clip_depths: false,
            multiple_clip_pars: false,
            overlays: false,
            messages: MessageSupport::V2,
            progress_suite: 2,
            timeline_suite: true,
            multi_thread_suite: true,
            thumbnails: false,
            omitted: Vec::new(),
        }
    }
}

impl HostOptions {
    /// A render farm: the default host, in the background.
    pub fn farm() -> Self {
        HostOptions { background: true, ..Self::default() }
    }

    /// As Natron's interactive side: float only, no 8-bit clips.
    pub fn natron() -> Self {
        HostOptions { name: "fr.inria.Natron".to_owned(), depths: vec![Depth::Float], overlays: true, ..Self::default() }
    }

    /// As Resolve: no tiles, no persistent messages, thumbnails.
    pub fn resolve() -> Self {
        HostOptions {
            name: "DaVinciResolve".to_owned(),
            contexts: vec![Context::Filter, Context::General, Context::Transition, Context::Generator],
            depths: vec![Depth::Byte, Depth::Short, Depth::Float],
            tiles: false,
            messages: MessageSupport::V2WithoutPersistent,
            thumbnails: true,
            ..Self::default()
        }
    }

    /// As MLT: in the background, Filter only, no tiles, hardly any property of the project.
    pub fn mlt() -> Self {
        let instance = [
            "OfxImageEffectPropProjectSize",
            "OfxImageEffectPropProjectOffset",
            "OfxImageEffectPropProjectExtent",
            "OfxImageEffectPropFrameRate",
            "OfxImageEffectInstancePropEffectDuration",
        ];
        let clip = [
            "OfxImageEffectPropFrameRate",
            "OfxImageEffectPropFrameRange",
            "OfxImageEffectPropUnmappedFrameRange",
            "OfxImageEffectPropUnmappedFrameRate",
        ];
        HostOptions {
            name: "MLT".to_owned(),
            background: true,
            contexts: vec![Context::Filter],
            tiles: false,
            omitted: instance.iter().map(|name| Omitted::on_instance(name)).chain(clip.iter().map(|name| Omitted::on_clip(name))).collect(),
            ..Self::default()
        }
    }

    fn setup(&self) -> ffi::HostSetup {
        ffi::HostSetup {
            name: self.name.clone(),
            label: self.name.clone(),
            background: self.background,
            contexts: self.contexts.iter().map(|c| c.name().to_owned()).collect(),
            depths: self.depths.iter().map(|d| d.name().to_owned()).collect(),
            components: self.components.iter().map(|c| c.name().to_owned()).collect(),
            multi_resolution: self.multi_resolution,
            tiles: self.tiles,
            temporal_access: self.temporal_access,
            multiple_clip_depths: self.multiple_clip_depths,
            multiple_clip_pars: self.multiple_clip_pars,
            overlays: self.overlays,
            message_suite: match self.messages {
                MessageSupport::None => ffi::MessageSuite::None,
                MessageSupport::V1 => ffi::MessageSuite::V1,
                MessageSupport::V2 => ffi::MessageSuite::V2,
                MessageSupport::V2WithoutPersistent => ffi::MessageSuite::V2WithoutPersistent,
            },
            progress_suite: self.progress_suite,
            timeline_suite: self.timeline_suite,
            multi_thread_suite: self.multi_thread_suite,
            thumbnails: self.thumbnails,
            omitted_properties: self.omitted.iter().map(Omitted::encode).collect(),
        }
    }
}

/// A host with one bundle loaded.
///
/// There is one at a time in a process, because HostSupport and every plugin keep the host in a
/// global: loading another waits until this one and its instances are gone.
#[derive(Clone)]
pub struct Host {
    pub(crate) inner: Arc<HostInner>,
}

pub(crate) struct HostInner {
    pub(crate) runtime: UniquePtr<ffi::HostRuntime>,
    plugins: Vec<PluginInfo>,
    bundle: PathBuf,
    /// Held by renders of plugins that are not thread-safe at all.
    pub(crate) one_render: Mutex<()>,
    _turn: Turn,
}

impl Host {
    /// Opens the bundle's binary for this machine and has its plugins describe themselves.
    pub fn load(bundle: &Path, options: HostOptions) -> Result<Self> {
        let bundle = bundle.canonicalize().unwrap_or_else(|_| bundle.to_owned());
        let binary = binary_of(&bundle);
        if !binary.is_file() {
            return Err(Error::NoBinary(binary));
        }
        let turn = Turn::take()?;
        let runtime = ffi::new_host(&options.setup())?;
        let host: &ffi::HostRuntime = &runtime;
        let outcome = host.load(&binary.to_string_lossy(), &bundle.to_string_lossy())?;
        let status = Status::from_code(outcome.status);
        match outcome.stage {
            ffi::LoadStage::Done => {}
            ffi::LoadStage::Dlopen => return Err(Error::Dlopen(outcome.text)),
            ffi::LoadStage::EntryPoints => {
                return Err(Error::EntryPoint { name: outcome.text, status });
            }
            ffi::LoadStage::LoadAction => return Err(action("load", outcome.text, status)),
            ffi::LoadStage::DescribeAction => return Err(action("describe", outcome.text, status)),
            _ => return Err(Error::NotAnEffect(outcome.text)),
        }
        let plugins = host.plugins()?.into_iter().map(PluginInfo::from_record).collect();
        let one_render = Mutex::new(());
        Ok(Host { inner: Arc::new(HostInner { runtime, plugins, bundle, one_render, _turn: turn }) })
    }

    /// The plugins of the bundle.
    pub fn plugins(&self) -> &[PluginInfo] {
        &self.inner.plugins
    }

    /// The bundle's folder.
    pub fn bundle(&self) -> &Path {
        &self.inner.bundle
    }

    /// The plugin of that identifier, or the only one.
    pub fn plugin(&self, id: Option<&str>) -> Result<&PluginInfo> {
        let found = match (id, self.plugins()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(id), all) => all.iter().find(|plugin| plugin.id == id),
        };
        found.ok_or_else(|| {
            let ids: Vec<&str> = self.plugins().iter().map(|p| p.id.as_str()).collect();
            Error::NoPlugin(format!("{} in {}", id.unwrap_or("any"), ids.join(", ")))
        })
    }

    /// The plugin's clips and parameters in a context.
    pub fn describe_in_context(&self, id: Option<&str>, context: Context) -> Result<ContextInfo> {
        let plugin = self.plugin(id)?;
        let record = self.inner.runtime().describe_in_context(&plugin.id, context.name())?;
        let status = Status::from_code(record.status);
        if !status.is_good() {
            return Err(action("describe in context", plugin.id.clone(), status));
        }
        Ok(ContextInfo::from_record(record))
    }

    /// Messages that came with no instance, such as exceptions out of actions.
    pub fn messages(&self) -> Result<Vec<(MessageKind, String)>> {
        let log = self.inner.runtime().messages()?;
        Ok(log.into_iter().map(|m| (MessageKind::from_name(&m.kind), m.text)).collect())
    }
}

impl HostInner {
    pub(crate) fn runtime(&self) -> &ffi::HostRuntime {
        &self.runtime
    }
}

fn action(action: &'static str, plugin: String, status: Status) -> Error {
    Error::Action { action, plugin, status }
}

/// "NAME.ofx.bundle/Contents/ARCHITECTURE/NAME.ofx"
fn binary_of(bundle: &Path) -> PathBuf {
    let name = bundle.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".bundle").unwrap_or(&name);
    bundle.join("Contents/Linux-x86-64").join(name)
}

/// The right to have the process's one host.
struct Turn;

static HOLDER: Mutex<Option<ThreadId>> = Mutex::new(None);
static FREED: Condvar = Condvar::new();

impl Turn {
    fn holder() -> MutexGuard<'static, Option<ThreadId>> {
        HOLDER.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take() -> Result<Self> {
        let me = thread::current().id();
        let mut holder = Self::holder();
        while let Some(other) = *holder {
            if other == me {
                return Err(Error::SecondHost); // waiting for oneself would be for ever
            }
            holder = FREED.wait(holder).unwrap_or_else(PoisonError::into_inner);
        }
        *holder = Some(me);
        Ok(Turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *Self::holder() = None;
        FREED.notify_one();
    }
}
