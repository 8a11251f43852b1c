//! The border to the C++ half of the host (`tests/host/`).
//!
//! C++ keeps what OpenFX's HostSupport library needs in C++: handles, properties, suites and
//! actions. Pixels, scripts and records stay on this side, behind [`HostSide`].

use crate::host_side::HostSide;

#[cxx::bridge(namespace = "refhost")]
#[allow(clippy::too_many_arguments, missing_docs)]
pub mod ffi {
    /// How the host presents itself; see `HostOptions`.
    struct HostSetup {
        name: String,
        label: String,
        background: bool,
        contexts: Vec<String>,
        depths: Vec<String>,
        components: Vec<String>,
        multi_resolution: bool,
        tiles: bool,
        temporal_access: bool,
        multiple_clip_depths: bool,
        multiple_clip_pars: bool,
        overlays: bool,
        message_suite: MessageSuite,
        progress_suite: u32,
        timeline_suite: bool,
        multi_thread_suite: bool,
        thumbnails: bool,
        omitted_properties: Vec<String>,
    }

    /// Which message suite the host hands out.
    #[derive(Debug, Clone, Copy)]
    enum MessageSuite {
        None,
        V1,
        V2,
        V2WithoutPersistent,
    }

    /// How far loading a bundle came.
    #[derive(Debug)]
    enum LoadStage {
        Done,
        Dlopen,
        EntryPoints,
        Api,
        LoadAction,
        DescribeAction,
        Rejected,
    }

    struct LoadOutcome {
        stage: LoadStage,
        status: i32,
        text: String,
    }

    struct PluginRecord {
        id: String,
        major: u32,
        minor: u32,
        label: String,
        group: String,
        description: String,
        contexts: Vec<String>,
        depths: Vec<String>,
        thread_safety: String,
        host_frame_threading: bool,
        tiles: bool,
        multi_resolution: bool,
        temporal_access: bool,
        multiple_clip_depths: bool,
        multiple_clip_pars: bool,
        sequential_render: bool,
        field_render_twice: bool,
        single_instance: bool,
        overlay: bool,
        clip_preference_params: Vec<String>,
    }

    struct ContextRecord {
        status: i32,
        clips: Vec<ClipRecord>,
        params: Vec<ParamRecord>,
    }

    struct ClipRecord {
        name: String,
        label: String,
        components: Vec<String>,
        optional: bool,
        mask: bool,
        tiles: bool,
        temporal_access: bool,
    }

    struct ParamRecord {
        name: String,
        kind: String,
        label: String,
        hint: String,
        script_name: String,
        parent: String,
        secret: bool,
        enabled: bool,
        animates: bool,
        persistent: bool,
        evaluate_on_change: bool,
        string_mode: String,
        double_type: String,
        default_value: ValueRecord,
        minimum: Vec<f64>,
        maximum: Vec<f64>,
        display_minimum: Vec<f64>,
        display_maximum: Vec<f64>,
        choices: Vec<String>,
        children: Vec<String>,
    }

    /// A parameter's value: its components, or its text.
    struct ValueRecord {
        numbers: Vec<f64>,
        text: String,
    }

    struct NamedValue {
        name: String,
        value: ValueRecord,
    }

    /// What a clip says of itself. A region is in canonical coordinates.
    struct ClipSetup {
        name: String,
        connected: bool,
        depth: String,
        components: String,
        premult: String,
        field_order: String,
        par: f64,
        frame_rate: f64,
        first: f64,
        last: f64,
        region: Region,
    }

    struct InstanceSetup {
        plugin: String,
        context: String,
        interactive: bool,
        project_width: f64,
        project_height: f64,
        par: f64,
        frame_rate: f64,
        first: f64,
        last: f64,
        clips: Vec<ClipSetup>,
        values: Vec<NamedValue>,
    }

    #[derive(Debug, Clone, Copy, Default)]
    struct Region {
        x1: f64,
        y1: f64,
        x2: f64,
        y2: f64,
    }

    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    struct Window {
        x1: i32,
        y1: i32,
        x2: i32,
        y2: i32,
    }

    /// Pixels lent to the plugin: `data` is the address of the first pixel of the lowest row.
    #[derive(Default)]
    struct ImageRecord {
        data: usize,
        row_bytes: i32,
        bounds: Window,
        region: Window,
        uid: String,
    }

    struct RenderCall {
        time: f64,
        scale_x: f64,
        scale_y: f64,
        window: Window,
        field: String,
        sequential: bool,
        interactive: bool,
        draft: bool,
        thumbnail: bool,
    }

    struct SequenceCall {
        first: f64,
        last: f64,
        step: f64,
        scale_x: f64,
        scale_y: f64,
        sequential: bool,
        interactive: bool,
    }

    struct RenderOutcome {
        status: i32,
        leaked_images: i64,
    }

    struct RangeOutcome {
        status: i32,
        first: f64,
        last: f64,
    }

    struct RegionOutcome {
        status: i32,
        region: Region,
    }

    struct ClipRegion {
        clip: String,
        region: Region,
    }

    struct RegionsOutcome {
        status: i32,
        regions: Vec<ClipRegion>,
    }

    struct ClipFrames {
        clip: String,
        first: f64,
        last: f64,
    }

    struct FramesOutcome {
        status: i32,
        frames: Vec<ClipFrames>,
    }

    struct IdentityOutcome {
        status: i32,
        time: f64,
        clip: String,
    }

    struct ClipFormat {
        clip: String,
        depth: String,
        components: String,
        premult: String,
    }

    struct PreferencesOutcome {
        status: i32,
        frame_varying: bool,
        continuous_samples: bool,
        frame_rate: f64,
        premult: String,
        fielding: String,
        clips: Vec<ClipFormat>,
    }

    struct HostMessage {
        kind: String,
        text: String,
    }

    extern "Rust" {
        type HostSide;

        fn abort_requested(self: &HostSide, action: &str) -> bool;
        fn message(self: &HostSide, kind: &str, id: &str, format: &str, text: &str, action: &str) -> i32;
        fn set_persistent(self: &HostSide, kind: &str, id: &str, format: &str, text: &str, action: &str);
        fn clear_persistent(self: &HostSide, action: &str);
        fn progress_start(self: &HostSide, label: &str, id: &str, action: &str);
        fn progress_update(self: &HostSide, value: f64, action: &str) -> bool;
        fn progress_end(self: &HostSide, action: &str);
        fn timeline_time(self: &HostSide) -> f64;
        fn timeline_goto(self: &HostSide, time: f64);
        fn param_written(self: &HostSide, name: &str, action: &str, legal: bool, evaluates: bool);
        fn action_called(self: &HostSide, action: &str, status: i32);
        /// The pixels of an input clip; false if there are none at that time.
        fn fetch(
            self: &HostSide,
            clip: &str,
            time: f64,
            scale_x: f64,
            scale_y: f64,
            depth: &str,
            components: &str,
            image: &mut ImageRecord,
        ) -> bool;
    }

    unsafe extern "C++" {
        include!("wakeframe-tests/host/bridge.h");

        type HostRuntime;
        fn new_host(setup: &HostSetup) -> Result<UniquePtr<HostRuntime>>;
        fn load(self: &HostRuntime, binary: &str, bundle: &str) -> Result<LoadOutcome>;
        fn plugins(self: &HostRuntime) -> Result<Vec<PluginRecord>>;
        fn describe_in_context(self: &HostRuntime, plugin: &str, context: &str) -> Result<ContextRecord>;
        fn messages(self: &HostRuntime) -> Result<Vec<HostMessage>>;

        type EffectInstance;
        fn new_instance(host: &HostRuntime, setup: &InstanceSetup, side: Box<HostSide>) -> Result<UniquePtr<EffectInstance>>;
        fn create(self: &EffectInstance) -> Result<i32>;
        fn destroy(self: &EffectInstance) -> Result<i32>;
        fn clip_preferences(self: &EffectInstance, only_if_dirty: bool) -> Result<PreferencesOutcome>;
        fn time_domain(self: &EffectInstance) -> Result<RangeOutcome>;
        fn region_of_definition(self: &EffectInstance, time: f64, scale_x: f64, scale_y: f64) -> Result<RegionOutcome>;
        fn regions_of_interest(self: &EffectInstance, time: f64, scale_x: f64, scale_y: f64, wanted: &Region) -> Result<RegionsOutcome>;
        fn frames_needed(self: &EffectInstance, time: f64) -> Result<FramesOutcome>;
        fn is_identity(self: &EffectInstance, call: &RenderCall) -> Result<IdentityOutcome>;
        fn begin_sequence(self: &EffectInstance, call: &SequenceCall) -> Result<i32>;
        fn end_sequence(self: &EffectInstance, call: &SequenceCall) -> Result<i32>;
        fn render(self: &EffectInstance, call: &RenderCall, output: &ImageRecord) -> Result<RenderOutcome>;
        fn params(self: &EffectInstance) -> Result<Vec<ParamRecord>>;
        fn param(self: &EffectInstance, name: &str) -> Result<ParamRecord>;
        fn get_value(self: &EffectInstance, name: &str) -> Result<ValueRecord>;
        fn set_value(self: &EffectInstance, name: &str, value: &ValueRecord) -> Result<()>;
        fn param_changed(self: &EffectInstance, name: &str, reason: &str, time: f64, scale_x: f64, scale_y: f64) -> Result<i32>;
        fn clip_changed(self: &EffectInstance, name: &str, reason: &str, time: f64, scale_x: f64, scale_y: f64) -> Result<i32>;
        fn set_connected(self: &EffectInstance, clip: &str, connected: bool) -> Result<()>;
        fn held_images(self: &EffectInstance) -> Result<i64>;
        fn sync_private_data(self: &EffectInstance) -> Result<i32>;
        fn purge_caches(self: &EffectInstance) -> Result<i32>;
        fn begin_edit(self: &EffectInstance) -> Result<i32>;
        fn end_edit(self: &EffectInstance) -> Result<i32>;
    }
}

// SAFETY: the host's own state is behind mutexes and atomics. HostSupport's is written while a
// bundle is loaded, described or an instance is made (all under `Host`'s lock) and by main-thread
// actions; renders only read it, as the OFX thread rules ask of a host.
unsafe impl Send for ffi::HostRuntime {}
unsafe impl Sync for ffi::HostRuntime {}
unsafe impl Send for ffi::EffectInstance {}
unsafe impl Sync for ffi::EffectInstance {}
