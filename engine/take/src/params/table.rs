//! Every user-facing parameter, once.

use super::{Choice, Group, Kind, Param, Surface};
use crate::pack::Control;

const fn both(name: &'static str, flag: &'static str, label: &'static str, group: Group, kind: Kind, hint: &'static str) -> Param {
    Param { name, flag, label, hint, group, kind, surface: Surface::Both, secret: false, control: None }
}

const fn node(name: &'static str, label: &'static str, group: Group, kind: Kind, hint: &'static str) -> Param {
    Param { name, flag: "", label, hint, group, kind, surface: Surface::Node, secret: false, control: None }
}

const fn command_line(name: &'static str, flag: &'static str, label: &'static str, group: Group, kind: Kind, hint: &'static str) -> Param {
    Param { name, flag, label, hint, group, kind, surface: Surface::CommandLine, secret: false, control: None }
}

impl Param {
    const fn needs(self, control: Control) -> Param {
        Param { control: Some(control), ..self }
    }
}

const fn direction() -> Kind {
    Kind::Double { default: 0.0, min: -1.0, max: 1.0, unit: "" }
}

/// All parameters, in the panel's order.
pub const TABLE: &[Param] = &[
    both(
        "prompt",
        "prompt",
        "Prompt",
        Group::Prompt,
        Kind::Text { multiline: true },
        "What should move, in plain words: “clouds drift left, water ripples”. Describe the motion, not the scene.",
    )
    .needs(Control::Prompt),
    both(
        "negativePrompt",
        "negative",
        "Negative prompt",
        Group::Prompt,
        Kind::Text { multiline: true },
        "What must not move. Regions named here stay still even where the prompt would wake them.",
    )
    .needs(Control::Negative),
    both(
        "seed",
        "seed",
        "Seed",
        Group::Prompt,
        Kind::Int { default: 1, min: 0, max: i32::MAX },
        "Same seed, same shot, on every machine. Change it for another variation.",
    ),
    both(
        "model",
        "model",
        "Model",
        Group::Prompt,
        Kind::Model,
        "The installed model pack that makes the frames. Mini is built in and runs on any processor.",
    ),
    both(
        "pan",
        "pan",
        "Pan",
        Group::Motion,
        direction(),
        "Camera to the right (+) or left (−) over the clip. With + the picture moves left.",
    )
    .needs(Control::Camera),
    both("tilt", "tilt", "Tilt", Group::Motion, direction(), "Camera up (+) or down (−) over the clip. With + the picture moves down.")
        .needs(Control::Camera),
    both(
        "dolly",
        "dolly",
        "Dolly",
        Group::Motion,
        direction(),
        "Camera towards the subject (+) or away from it (−) over the clip; near things change more than far ones.",
    )
    .needs(Control::Camera),
    both(
        "roll",
        "roll",
        "Roll",
        Group::Motion,
        direction(),
        "Camera turned clockwise (+) or anticlockwise (−). With + the picture turns anticlockwise.",
    )
    .needs(Control::Camera),
    both(
        "driftX",
        "drift-x",
        "Drift right",
        Group::Motion,
        direction(),
        "Carries what Mask marks, or everything, to the right (+) or left (−) across the picture.",
    )
    .needs(Control::Drift),
    both(
        "driftY",
        "drift-y",
        "Drift down",
        Group::Motion,
        direction(),
        "Carries what Mask marks, or everything, down (+) or up (−) across the picture.",
    )
    .needs(Control::Drift),
    both(
        "strength",
        "strength",
        "Strength",
        Group::Motion,
        Kind::Double { default: 0.5, min: 0.0, max: 1.0, unit: "" },
        "How much everything moves, scene and camera alike. At 0 the still stands still.",
    ),
    both(
        "steps",
        "steps",
        "Steps",
        Group::Model,
        Kind::Int { default: 0, min: 0, max: 200 },
        "Denoise steps: more are slower and finer. 0 is the model's own number.",
    )
    .needs(Control::Steps),
    both(
        "guidance",
        "guidance",
        "Guidance",
        Group::Model,
        Kind::Double { default: 0.0, min: 0.0, max: 30.0, unit: "" },
        "How closely the prompt is followed. 0 is the model's own value, 1 is no guidance, which is twice as fast.",
    )
    .needs(Control::Guidance),
    both(
        "guidanceLow",
        "guidance-low",
        "Guidance, late steps",
        Group::Model,
        Kind::Double { default: 0.0, min: 0.0, max: 30.0, unit: "" },
        "Guidance of the low-noise expert, where a model has two. 0 is the same as Guidance, or the model's own value.",
    )
    .needs(Control::GuidanceLow),
    both(
        "guidanceFirst",
        "guidance-first",
        "Guidance, first frame",
        Group::Model,
        Kind::Double { default: 0.0, min: 0.0, max: 30.0, unit: "" },
        "Guidance of the first frame; it goes in even steps to Guidance at the last. 0 is the model's own value.",
    )
    .needs(Control::GuidanceFirst),
    both(
        "dynamicGuidance",
        "dynamic-guidance",
        "Dynamic guidance",
        Group::Model,
        Kind::Bool { default: false },
        "Lets the guidance grow along a cosine over the steps, as CogVideoX's reference can.",
    )
    .needs(Control::DynamicGuidance),
    both(
        "scheduler",
        "scheduler",
        "Scheduler",
        Group::Model,
        Kind::Choice {
            options: &[
                Choice { name: "own", label: "The model's own" },
                Choice { name: "unipc", label: "UniPC" },
                Choice { name: "euler", label: "Euler" },
                Choice { name: "ddim", label: "DDIM" },
                Choice { name: "dpm", label: "DPM" },
            ],
        },
        "How the steps are made. What a model cannot be stepped with is refused with the ones it can.",
    )
    .needs(Control::Scheduler),
    both(
        "shift",
        "shift",
        "Flow shift",
        Group::Model,
        Kind::Double { default: 0.0, min: 0.0, max: 30.0, unit: "" },
        "Where the steps lie: higher spends more of them on large motion. 0 is the model's own value.",
    )
    .needs(Control::Shift),
    both(
        "motionBucket",
        "motion-bucket",
        "Motion bucket",
        Group::Model,
        Kind::Int { default: 0, min: 0, max: 255 },
        "How much the model is told to move. 0 takes it from Strength (0.5 is 127).",
    )
    .needs(Control::MotionBucket),
    both(
        "noiseAug",
        "noise-aug",
        "Noise augmentation",
        Group::Model,
        Kind::Double { default: 0.02, min: 0.0, max: 1.0, unit: "" },
        "Noise added to the still before it is encoded: more lets the model move further from it.",
    )
    .needs(Control::NoiseAug),
    both(
        "degradation",
        "degradation",
        "Degradation",
        Group::Model,
        Kind::Int { default: 0, min: 0, max: 51 },
        "Compresses the still as H.264 with this rate factor before it is encoded; flawless stills tend not to move. 0 is none, 29 usual.",
    )
    .needs(Control::Degradation),
    both(
        "modelSize",
        "model-size",
        "Model size",
        Group::Model,
        Kind::Size,
        "The size the model works at, as WIDTHxHEIGHT. Empty: near its native area, in the still's proportions.",
    )
    .needs(Control::ModelSize),
    node(
        "useLast",
        "Use last frame",
        Group::Model,
        Kind::Bool { default: false },
        "Makes the take end on another Source frame, the one below.",
    )
    .needs(Control::Last),
    node(
        "lastFrame",
        "Last frame",
        Group::Model,
        Kind::Double { default: 2.0, min: -1_000_000.0, max: 1_000_000.0, unit: "frames" },
        "The Source frame that the take ends on, where Use last frame is on.",
    )
    .needs(Control::Last),
    command_line("last", "last", "Last frame", Group::Model, Kind::Picture, "The still that the take ends on.").needs(Control::Last),
    node(
        "keyframes",
        "Keyframes",
        Group::Model,
        Kind::Text { multiline: true },
        "Source frames the take passes through, one per line: FRAME:SOURCEFRAME[:STRENGTH]. FRAME 0 is the still; strength is 0 to 1.",
    )
    .needs(Control::Keyframes),
    command_line(
        "keyframe",
        "keyframe",
        "Keyframe",
        Group::Model,
        Kind::Keyframes,
        "A still that the take passes through at FRAME (0 is the first still), with a strength of 0 to 1. May be given several times.",
    )
    .needs(Control::Keyframes),
    command_line(
        "provider",
        "provider",
        "Execution provider",
        Group::Model,
        Kind::Choice {
            options: &[
                Choice { name: "auto", label: "The fastest that loads" },
                Choice { name: "cpu", label: "CPU" },
                Choice { name: "cuda", label: "CUDA" },
                Choice { name: "tensorrt", label: "TensorRT" },
                Choice { name: "directml", label: "DirectML" },
                Choice { name: "coreml", label: "CoreML" },
                Choice { name: "openvino", label: "OpenVINO" },
            ],
        },
        "What the graphs run on. WAKEFRAME_PROVIDER sets it for nodes and where the flag is not given.",
    ),
    both(
        "duration",
        "duration",
        "Duration",
        Group::Time,
        Kind::Double { default: 4.0, min: 0.5, max: 60.0, unit: "s" },
        "Length of the take in seconds. What the chosen model cannot hold is refused with the longest it can.",
    ),
    node(
        "stillFrame",
        "Still frame",
        Group::Time,
        Kind::Double { default: 1.0, min: -1_000_000.0, max: 1_000_000.0, unit: "frames" },
        "The Source frame that is the still. A Source that is a single picture gives the same one at every frame.",
    ),
    node(
        "startFrame",
        "Start frame",
        Group::Time,
        Kind::Double { default: 1.0, min: -1_000_000.0, max: 1_000_000.0, unit: "frames" },
        "The timeline frame at which the take begins. Before it the still is shown.",
    ),
    node(
        "afterEnd",
        "After the end",
        Group::Time,
        Kind::Choice {
            options: &[
                Choice { name: "hold", label: "Hold last frame" },
                Choice { name: "loop", label: "Loop" },
                Choice { name: "ping-pong", label: "Ping-pong" },
                Choice { name: "black", label: "Black" },
            ],
        },
        "What plays when the take is over: its last frame, the take again, the take back and forth, or black.",
    ),
    command_line(
        "fps",
        "fps",
        "Frame rate",
        Group::Time,
        Kind::Double { default: 0.0, min: 0.0, max: 240.0, unit: "frames/s" },
        "Frames per second of the take, 1 at least; 0 is the model's own rate. The node uses the host's.",
    ),
    command_line(
        "frames",
        "frames",
        "Frames",
        Group::Time,
        Kind::Int { default: 0, min: 0, max: 1000 },
        "How many frames the model makes, in place of Duration; brought to its frame rule with a note. 0 follows from Duration.",
    ),
    command_line(
        "loop",
        "loop",
        "Seamless loop",
        Group::Time,
        Kind::Bool { default: false },
        "Makes the take end where it begins, so that it can be repeated without a jump.",
    )
    .needs(Control::Loop),
    command_line(
        "size",
        "size",
        "Size",
        Group::Still,
        Kind::Size,
        "Size of the take as WIDTHxHEIGHT. The still's own size by default. A latent model works at it too, unless --model-size says otherwise.",
    ),
    command_line(
        "fit",
        "fit",
        "Fit",
        Group::Still,
        Kind::Choice {
            options: &[
                Choice { name: "model", label: "As the model's reference does" },
                Choice { name: "crop", label: "Crop around the centre" },
                Choice { name: "stretch", label: "Stretch" },
            ],
        },
        "How a still of other proportions comes to the size. Mini crops by itself; latent models stretch.",
    ),
    command_line(
        "mask",
        "mask",
        "Mask",
        Group::Still,
        Kind::Picture,
        "A still that says what moves: white moves, black keeps the still's own pixels exactly.",
    ),
    node(
        "useMask",
        "Use mask",
        Group::Still,
        Kind::Bool { default: false },
        "Reads the Mask clip: white moves, black keeps the still's own pixels exactly.",
    ),
    node(
        "inputTransfer",
        "Input transfer",
        Group::Still,
        Kind::Choice {
            options: &[
                Choice { name: "linear", label: "Scene-linear" },
                Choice { name: "srgb", label: "sRGB" },
                Choice { name: "rec709", label: "Rec.709" },
            ],
        },
        "How the Source's numbers are encoded: scene-linear in Nuke and Natron, usually Rec.709 or sRGB in Resolve.",
    ),
    command_line(
        "preview",
        "preview",
        "Preview",
        Group::Generate,
        Kind::Folder,
        "Writes strips of small frames as the shot takes shape, named after the denoise step: step.0001.png and so on.",
    ),
    node(
        "generate",
        "Generate",
        Group::Generate,
        Kind::Button,
        "Makes the take for the settings above. The host's progress bar can cancel it; what was done is kept for the next press.",
    ),
    node("status", "Status", Group::Generate, Kind::Label, "What happened at the last press of Generate, and what to do next."),
    Param {
        name: "modelName",
        flag: "",
        label: "Model name",
        hint: "The menu's line and the name of the model that stood there: a project finds its model again in another menu.",
        group: Group::Generate,
        kind: Kind::Text { multiline: false },
        surface: Surface::Node,
        secret: true,
        control: None,
    },
    Param {
        name: "revision",
        flag: "",
        label: "Revision",
        hint: "Counts finished takes; its change makes the host render again.",
        group: Group::Generate,
        kind: Kind::Int { default: 0, min: 0, max: i32::MAX },
        surface: Surface::Node,
        secret: true,
        control: None,
    },
];
