//! An instance of an effect: a node in a host's graph.

use std::{
    collections::HashMap,
    panic::resume_unwind,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread,
};

use cxx::UniquePtr;

use crate::{
    Error, Result, Status,
    bridge::ffi,
    clip::{ClipOptions, Feed},
    format::{Components, Depth, Format, Premult},
    host::{Host, HostInner},
    host_side::{HostSide, Shared},
    layout::{PixelBlock, Rows},
    param::{self, ParamInfo, ParamValue},
    picture::Picture,
    plugin_info::{Context, PluginInfo, ThreadSafety},
    record::{Message, ParamWrite, Progress},
    render::{Frame, Rect, RenderRequest, Scale, Sequence},
};

/// "Source" and "Output", the clips that have fixed names.
const SOURCE: &str = "Source";
const OUTPUT: &str = "Output";

/// Frames of an input clip: its name, the first and the last.
pub type ClipFrames = (String, f64, f64);

/// A function called when the plugin polls abort, with the number of the poll.
pub type OnAbortPoll = Box<dyn Fn(usize) + Send + Sync>;
/// A function called when the plugin reports progress, with the label and value; false cancels.
pub type OnProgress = Box<dyn Fn(&str, f64) -> bool + Send + Sync>;

/// What the host does while the plugin works: the user's impatience as a script.
#[derive(Default)]
pub struct Watch {
    /// Abort at the poll after this many, and from then on until `clear_abort`.
    pub abort_after_polls: Option<usize>,
    /// Cancel the progress from this value on.
    pub cancel_at: Option<f64>,
    /// Cancel the progress from the update after this many.
    pub cancel_after_updates: Option<usize>,
    /// Called on each poll of abort: the place to do something in the midst of a render.
    pub on_abort_poll: Option<OnAbortPoll>,
    /// Called on each update of the progress.
    pub on_progress: Option<OnProgress>,
}

/// How an instance is made.
pub struct InstanceOptions {
    /// The plugin; `None`: the bundle's only one.
    pub plugin: Option<String>,
    /// The context.
    pub context: Context,
    /// `kOfxPropIsInteractive`
    pub interactive: bool,
    /// Input clips by name; the others are unconnected.
    pub clips: HashMap<String, ClipOptions>,
    /// Project size in canonical coordinates; `None`: the source's.
    pub project_size: Option<(f64, f64)>,
    /// `kOfxImageEffectPropProjectPixelAspectRatio`
    pub pixel_aspect: f64,
    /// Frames a second, of the project and its clips.
    pub frame_rate: f64,
    /// First and last frame of the project.
    pub frames: (f64, f64),
    /// Values a project file would have brought, set before the create action.
    pub values: Vec<(String, ParamValue)>,
    /// How rows of the output are stored.
    pub output_rows: Rows,
    /// What the host does while the plugin works.
    pub watch: Watch,
}

impl InstanceOptions {
    /// A node in General on that still: 24 frames a second, frames 1 to 24.
    pub fn general(still: Picture) -> Self {
        Self::new(Context::General).clip(SOURCE, ClipOptions::still(still))
    }

    /// A node in Filter on that still: 24 frames a second, frames 1 to 24.
    pub fn filter(still: Picture) -> Self {
        Self::new(Context::Filter).clip(SOURCE, ClipOptions::still(still))
    }

    /// A node with no clip connected.
    pub fn new(context: Context) -> Self {
        InstanceOptions {
            plugin: None,
            context,
            interactive: true,
            clips: HashMap::new(),
            project_size: None,
            pixel_aspect: 1.0,
            frame_rate: 24.0,
            frames: (1.0, 24.0),
            values: Vec::new(),
            output_rows: Rows::default(),
            watch: Watch::default(),
        }
    }

    /// With another clip, or the clip otherwise.
    pub fn clip(mut self, name: &str, clip: ClipOptions) -> Self {
        self.clips.insert(name.to_owned(), clip);
        self
    }

    /// With the Source clip changed.
    pub fn source(mut self, change: impl FnOnce(ClipOptions) -> ClipOptions) -> Self {
        let clip = self.clips.remove(SOURCE).unwrap_or_else(ClipOptions::unconnected);
        self.clips.insert(SOURCE.to_owned(), change(clip));
        self
    }

    /// With a value set before the create action.
    pub fn value(mut self, name: &str, value: impl Into<ParamValue>) -> Self {
        self.values.push((name.to_owned(), value.into()));
        self
    }

    /// With the output's rows stored otherwise.
    pub fn output_rows(self, rows: Rows) -> Self {
        InstanceOptions { output_rows: rows, ..self }
    }

    /// With the project's frames.
    pub fn frames(self, first: f64, last: f64) -> Self {
        InstanceOptions { frames: (first, last), ..self }
    }

    /// With another frame rate.
    pub fn frame_rate(self, frame_rate: f64) -> Self {
        InstanceOptions { frame_rate, ..self }
    }

    /// With a script for the host.
    pub fn watch(self, watch: Watch) -> Self {
        InstanceOptions { watch, ..self }
    }

    /// Of one plugin of several.
    pub fn plugin(self, id: &str) -> Self {
        InstanceOptions { plugin: Some(id.to_owned()), ..self }
    }

    fn setup(&self, id: &str) -> ffi::InstanceSetup {
        let source = self.clips.get(SOURCE).filter(|clip| !clip.pictures.is_empty());
        let par = source.map_or(self.pixel_aspect, |clip| clip.pixel_aspect);
        let size = self.project_size.unwrap_or_else(|| {
            let rect = source.map(ClipOptions::pixel_rect).unwrap_or_default();
            (rect.width() as f64 * par, rect.height() as f64)
        });
        let (first, last) = self.frames;
        let mut clips: Vec<ffi::ClipSetup> = self.clips.iter().map(|(name, clip)| clip.setup(name, self.frame_rate, first)).collect();
        let output = source.cloned().unwrap_or_else(ClipOptions::unconnected);
        clips.push(ffi::ClipSetup {
            connected: true,
            par,
            first,
            last,
            region: ffi::Region { x1: 0.0, y1: 0.0, x2: size.0, y2: size.1 },
            ..output.setup(OUTPUT, self.frame_rate, first)
        });
        ffi::InstanceSetup {
            plugin: id.to_owned(),
            context: self.context.name().to_owned(),
            interactive: self.interactive,
            project_width: size.0,
            project_height: size.1,
            par,
            frame_rate: self.frame_rate,
            first,
            last,
            clips,
            values: Vec::new(),
        }
    }
}

/// What the clip preferences action settled.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPreferences {
    /// What the action answered.
    pub status: Status,
    /// Frames differ though nothing else changes. Natron renders a node without it once.
    pub frame_varying: bool,
    /// Renders between frames.
    pub continuous_samples: bool,
    /// Of the output.
    pub frame_rate: f64,
    /// Of the output.
    pub premult: String,
    /// Of the output.
    pub fielding: String,
    /// Depth and components of each clip, by the constants of the C API.
    pub clips: HashMap<String, (String, String)>,
}

impl ClipPreferences {
    fn from_record(record: ffi::PreferencesOutcome) -> Self {
        ClipPreferences {
            status: Status::from_code(record.status),
            frame_varying: record.frame_varying,
            continuous_samples: record.continuous_samples,
            frame_rate: record.frame_rate,
            premult: record.premult,
            fielding: record.fielding,
            clips: record.clips.into_iter().map(|clip| (clip.clip, (clip.depth, clip.components))).collect(),
        }
    }

    /// The output's format.
    fn output(&self) -> Option<(Format, Premult)> {
        let (depth, components) = self.clips.get(OUTPUT)?;
        let format = Format { depth: Depth::from_name(depth)?, components: Components::from_name(components)? };
        Some((format, Premult::from_name(&self.premult)?))
    }
}

/// A node. Renders may run on several threads at once; they are queued as the plugin's declared
/// thread safety wants. All other actions belong on one thread at a time, as in a host.
pub struct Instance {
    // Fields drop in this order: the instance before its pixels and its host.
    effect: UniquePtr<ffi::EffectInstance>,
    shared: Arc<Shared>,
    host: Arc<HostInner>,
    plugin: PluginInfo,
    create_status: Status,
    pixel_aspect: f64,
    output_rows: Rows,
    preferences: Mutex<ClipPreferences>,
    one_render: Mutex<()>,
}

impl Instance {
    /// Describes the plugin in the context if that was not done, makes the instance, sets its
    /// values, runs its create action and asks for its clip preferences.
    pub fn create(host: &Host, mut options: InstanceOptions) -> Result<Self> {
        let plugin = host.plugin(options.plugin.as_deref())?.clone();
        let mut setup = options.setup(&plugin.id);
        let described = host.describe_in_context(Some(&plugin.id), options.context)?;
        for (name, value) in std::mem::take(&mut options.values) {
            let param = described.param(&name).ok_or_else(|| unknown(&name))?;
            let value = param.to_record(value)?;
            setup.values.push(ffi::NamedValue { name, value });
        }
        let first = options.frames.0;
        let feeds = std::mem::take(&mut options.clips).into_iter().map(|(name, clip)| (name, Feed::new(clip, first))).collect();
        let shared = Arc::new(Shared::new(feeds, options.watch, first));
        let side = Box::new(HostSide(Arc::clone(&shared)));
        let effect = ffi::new_instance(host.inner.runtime(), &setup, side)?;
        let create_status = Status::from_code(effect.create()?);
        if !create_status.is_good() {
            return Err(failed("create instance", &plugin, create_status));
        }
        let preferences = ClipPreferences::from_record(effect.clip_preferences(false)?);
        if !preferences.status.is_good() {
            return Err(failed("get clip preferences", &plugin, preferences.status));
        }
        Ok(Instance {
            effect,
            shared,
            host: Arc::clone(&host.inner),
            plugin,
            create_status,
            pixel_aspect: setup.par,
            output_rows: options.output_rows,
            preferences: Mutex::new(preferences),
            one_render: Mutex::new(()),
        })
    }

    /// What the create action answered. Resolve shows no controls for anything but
    /// [`Status::Ok`].
    pub fn create_status(&self) -> Status {
        self.create_status
    }

    /// Runs the destroy action. Dropping an instance does the same and tells nobody.
    pub fn destroy(self) -> Result<Status> {
        self.done(self.effect.destroy()?)
    }

    // Parameters.

    /// All parameters in order, as they stand now.
    pub fn params(&self) -> Result<Vec<ParamInfo>> {
        Ok(self.effect.params()?.into_iter().map(ParamInfo::from_record).collect())
    }

    /// One parameter, as it stands now.
    pub fn param(&self, name: &str) -> Result<ParamInfo> {
        Ok(ParamInfo::from_record(self.effect.param(name)?))
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Result<ParamValue> {
        let kind = self.param(name)?.kind;
        param::from_record(&kind, self.effect.get_value(name)?)
            .ok_or_else(|| Error::Param { name: name.to_owned(), reason: "it holds no value".to_owned() })
    }

    /// Sets a value and tells the plugin nothing, as MLT does.
    pub fn set(&self, name: &str, value: impl Into<ParamValue>) -> Result<()> {
        let value = self.param(name)?.to_record(value.into())?;
        Ok(self.effect.set_value(name, &value)?)
    }

    /// Sets a value as a user does: with the instance-changed actions after it, and the clip
    /// preferences if they depend on it.
    pub fn edit(&self, name: &str, value: impl Into<ParamValue>) -> Result<Status> {
        self.set(name, value)?;
        self.user_edited(name, 1.0)
    }

    /// Presses a push button at frame 1.
    pub fn press(&self, name: &str) -> Result<Status> {
        self.press_at(name, 1.0)
    }

    /// Presses a push button with the time line at a frame.
    pub fn press_at(&self, name: &str, time: f64) -> Result<Status> {
        let param = self.param(name)?;
        if param.kind != crate::ParamKind::PushButton {
            let reason = format!("a {} cannot be pressed", param.kind);
            return Err(Error::Param { name: name.to_owned(), reason });
        }
        self.shared.updates.store(0, Ordering::SeqCst);
        self.shared.polls.store(0, Ordering::SeqCst);
        self.user_edited(name, time)
    }

    fn user_edited(&self, name: &str, time: f64) -> Result<Status> {
        self.shared.records().timeline = time;
        let status = self.effect.param_changed(name, "OfxChangeUserEdited", time, 1.0, 1.0)?;
        self.refresh_preferences(true)?;
        self.done(status)
    }

    /// Connects or disconnects a clip, and tells the plugin as hosts do.
    pub fn connect(&self, clip: &str, connected: bool) -> Result<Status> {
        self.effect.set_connected(clip, connected)?;
        let status = self.effect.clip_changed(clip, "OfxChangeUserEdited", 1.0, 1.0, 1.0)?;
        self.refresh_preferences(true)?;
        self.done(status)
    }

    // Actions.

    /// The clip preferences as last settled.
    pub fn preferences(&self) -> ClipPreferences {
        self.preferences.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs the clip preferences action.
    pub fn get_clip_preferences(&self) -> Result<ClipPreferences> {
        self.refresh_preferences(false)?;
        Ok(self.preferences())
    }

    fn refresh_preferences(&self, only_if_dirty: bool) -> Result<()> {
        let asked = ClipPreferences::from_record(self.effect.clip_preferences(only_if_dirty)?);
        *self.preferences.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        Ok(())
    }

    /// Runs get-time-domain: its answer, and the range if that is [`Status::Ok`].
    pub fn get_time_domain(&self) -> Result<(Status, Option<(f64, f64)>)> {
        let out = self.effect.time_domain()?;
        let status = self.done(out.status)?;
        Ok((status, (status == Status::Ok).then_some((out.first, out.last))))
    }

    /// The output's region of definition in canonical coordinates: x1, y1, x2, y2.
    pub fn get_rod(&self, time: f64, scale: Scale) -> Result<(Status, [f64; 4])> {
        let out = self.effect.region_of_definition(time, scale.x, scale.y)?;
        let ffi::Region { x1, y1, x2, y2 } = out.region;
        Ok((self.done(out.status)?, [x1, y1, x2, y2]))
    }

    /// The regions needed of each input to render one of the output, canonical.
    pub fn get_roi(&self, time: f64, scale: Scale, wanted: [f64; 4]) -> Result<(Status, HashMap<String, [f64; 4]>)> {
        let [x1, y1, x2, y2] = wanted;
        let wanted = ffi::Region { x1, y1, x2, y2 };
        let out = self.effect.regions_of_interest(time, scale.x, scale.y, &wanted)?;
        let regions = out.regions.into_iter().map(|r| (r.clip, [r.region.x1, r.region.y1, r.region.x2, r.region.y2])).collect();
        Ok((self.done(out.status)?, regions))
    }

    /// The frames needed of each input to render one.
    pub fn get_frames_needed(&self, time: f64) -> Result<(Status, Vec<ClipFrames>)> {
        let out = self.effect.frames_needed(time)?;
        let frames = out.frames.into_iter().map(|f| (f.clip, f.first, f.last)).collect();
        Ok((self.done(out.status)?, frames))
    }

    /// Whether a frame is an input's frame unchanged: the clip and its time if so.
    pub fn is_identity(&self, request: &RenderRequest) -> Result<(Status, Option<(String, f64)>)> {
        let window = match request.window {
            Some(window) => window,
            None => self.region_in_pixels(request)?,
        };
        let out = self.effect.is_identity(&request.call(window))?;
        let status = self.done(out.status)?;
        Ok((status, (status == Status::Ok).then_some((out.clip, out.time))))
    }

    /// Runs begin-sequence-render; only the request's scale and flags count.
    pub fn begin_sequence(&self, first: f64, last: f64, request: &RenderRequest) -> Result<Status> {
        self.done(self.effect.begin_sequence(&request.sequence_call(first, last))?)
    }

    /// Runs end-sequence-render; only the request's scale and flags count.
    pub fn end_sequence(&self, first: f64, last: f64, request: &RenderRequest) -> Result<Status> {
        self.done(self.effect.end_sequence(&request.sequence_call(first, last))?)
    }

    /// Runs purge-caches.
    pub fn purge_caches(&self) -> Result<Status> {
        self.done(self.effect.purge_caches()?)
    }

    /// Runs sync-private-data, as a host does before it saves a project.
    pub fn sync_private_data(&self) -> Result<Status> {
        self.done(self.effect.sync_private_data()?)
    }

    /// Runs begin-instance-edit: the panel opens.
    pub fn begin_edit(&self) -> Result<Status> {
        self.done(self.effect.begin_edit()?)
    }

    /// Runs end-instance-edit: the panel closes.
    pub fn end_edit(&self) -> Result<Status> {
        self.done(self.effect.end_edit()?)
    }

    /// Renders a frame.
    pub fn render(&self, request: &RenderRequest) -> Result<Frame> {
        let _queued = match self.plugin.thread_safety {
            ThreadSafety::FullySafe => None,
            ThreadSafety::InstanceSafe => Some(&self.one_render),
            ThreadSafety::Unsafe => Some(&self.host.one_render),
        }
        .map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner));

        let (format, premult) =
            self.preferences().output().ok_or_else(|| Error::Render(format!("the output's format: {:?}", self.preferences().clips)))?;
        let bounds = self.region_in_pixels(request)?;
        let window = request.window.unwrap_or(bounds);
        let mut block = PixelBlock::marked(bounds.width(), bounds.height(), format, self.output_rows);
        let output = ffi::ImageRecord {
            data: block.data_address_mut(),
            row_bytes: block.row_bytes(),
            bounds: bounds.window(),
            region: bounds.window(),
            uid: format!("{OUTPUT}-{}", request.time),
        };
        let per_frame = request.sequence == Sequence::PerFrame;
        let begun = per_frame.then(|| self.begin_sequence(request.time, request.time, request)).transpose()?;
        let outcome = self.effect.render(&request.call(window), &output)?;
        let ended = per_frame.then(|| self.end_sequence(request.time, request.time, request)).transpose()?;
        let height = block.height() as i32;
        let part = Rect {
            x1: window.x1 - bounds.x1,
            x2: window.x2 - bounds.x1,
            y1: height - (window.y2 - bounds.y1),
            y2: height - (window.y1 - bounds.y1),
        };
        Ok(Frame {
            time: request.time,
            status: self.done(outcome.status)?,
            sequence_status: begun.zip(ended),
            picture: block.decode(),
            bytes: block.packed(),
            depth: format.depth,
            components: format.components,
            premult,
            bounds,
            window,
            unwritten: block.unwritten(part),
            wrote_outside: block.written_outside(),
            leaked_images: usize::try_from(outcome.leaked_images).unwrap_or(0),
        })
    }

    /// Renders frames on several threads, each taking the next request that is left; the frames
    /// come back in the order of the requests.
    pub fn render_all(&self, requests: &[RenderRequest], threads: usize) -> Result<Vec<Frame>> {
        let next = std::sync::atomic::AtomicUsize::new(0);
        let frames: Mutex<Vec<Option<Result<Frame>>>> = Mutex::new(requests.iter().map(|_| None).collect());
        thread::scope(|scope| {
            for _ in 0..threads.clamp(1, requests.len().max(1)) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::SeqCst);
                        let Some(request) = requests.get(index) else { break };
                        let frame = self.render(request);
                        frames.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(frame);
                    }
                });
            }
        });
        frames.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
    }

    fn region_in_pixels(&self, request: &RenderRequest) -> Result<Rect> {
        let out = self.effect.region_of_definition(request.time, request.scale.x, request.scale.y)?;
        let status = self.done(out.status)?;
        if !status.is_good() {
            return Err(failed("get region of definition", &self.plugin, status));
        }
        let rect = Rect::covering(out.region, request.scale, self.pixel_aspect);
        if rect.width() == 0 || rect.height() == 0 {
            return Err(Error::Render(format!("the region of definition is {:?}", out.region)));
        }
        Ok(rect)
    }

    // What the host does and hears meanwhile.

    /// Makes `abort()` answer 1 from now on, to every thread.
    pub fn abort(&self) {
        self.shared.abort.store(true, Ordering::SeqCst);
    }

    /// Makes `abort()` answer 0 again.
    pub fn clear_abort(&self) {
        self.shared.abort.store(false, Ordering::SeqCst);
    }

    /// How often the plugin asked whether to abort, since it was made or a button pressed.
    pub fn abort_polls(&self) -> usize {
        self.shared.polls.load(Ordering::SeqCst)
    }

    /// Images fetched outside of renders, for instance by a button, and not yet released.
    pub fn held_images(&self) -> Result<usize> {
        Ok(usize::try_from(self.effect.held_images()?).unwrap_or(0))
    }

    /// All messages so far.
    pub fn messages(&self) -> Vec<Message> {
        self.shared.records().messages.clone()
    }

    /// The message the node shows now.
    pub fn persistent_message(&self) -> Option<Message> {
        self.shared.records().persistent.clone()
    }

    /// All progress so far.
    pub fn progress(&self) -> Vec<Progress> {
        self.shared.records().progress.clone()
    }

    /// All parameters the plugin set.
    pub fn param_writes(&self) -> Vec<ParamWrite> {
        self.shared.records().param_writes.clone()
    }

    /// All actions called, with their answers, in the order they ended.
    pub fn actions(&self) -> Vec<(String, Status)> {
        self.shared.records().actions.clone()
    }

    /// Forgets everything recorded, but for the persistent message.
    pub fn clear_records(&self) {
        let mut records = self.shared.records();
        records.messages.clear();
        records.progress.clear();
        records.param_writes.clear();
        records.actions.clear();
    }

    /// Where the plugin sent the time line, or the user's frame.
    pub fn timeline(&self) -> f64 {
        self.shared.records().timeline
    }

    /// How often the plugin asked an input clip for an image; asking an unconnected one counts
    /// for nothing.
    pub fn fetches(&self, clip: &str) -> usize {
        self.shared.feeds.get(clip).map_or(0, Feed::fetches)
    }

    /// The status of an action, once a watcher's panic had its turn.
    fn done(&self, status: i32) -> Result<Status> {
        let panic = self.shared.records().panic.take();
        match panic {
            Some(payload) => resume_unwind(payload),
            None => Ok(Status::from_code(status)),
        }
    }
}

fn failed(action: &'static str, plugin: &PluginInfo, status: Status) -> Error {
    Error::Action { action, plugin: plugin.id.clone(), status }
}

fn unknown(name: &str) -> Error {
    Error::Param { name: name.to_owned(), reason: "there is no such parameter".to_owned() }
}
