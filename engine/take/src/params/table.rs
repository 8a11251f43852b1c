//! Every user-facing parameter, once.

use super::{Choice, Group, Kind, Param, Surface};

const fn both(name: &'static str, flag: &'static str, label: &'static str, group: Group, kind: Kind, hint: &'static str) -> Param {
    Param { name, flag, label, hint, group, kind, surface: Surface::Both, secret: false }
}

const fn node(name: &'static str, label: &'static str, group: Group, kind: Kind, hint: &'static str) -> Param {
    Param { name, flag: "", label, hint, group, kind, surface: Surface::Node, secret: false }
}

const fn command_line(name: &'static str, flag: &'static str, label: &'static str, group: Group, kind: Kind, hint: &'static str) -> Param {
    Param { name, flag, label, hint, group, kind, surface: Surface::CommandLine, secret: false }
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
    ),
    both(
        "negativePrompt",
        "negative",
        "Negative prompt",
        Group::Prompt,
        Kind::Text { multiline: true },
        "What must not move. Regions named here stay still even where the prompt would wake them.",
    ),
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
    ),
    both("tilt", "tilt", "Tilt", Group::Motion, direction(), "Camera up (+) or down (−) over the clip. With + the picture moves down."),
    both(
        "dolly",
        "dolly",
        "Dolly",
        Group::Motion,
        direction(),
        "Camera towards the subject (+) or away from it (−) over the clip; near things change more than far ones.",
    ),
    both(
        "roll",
        "roll",
        "Roll",
        Group::Motion,
        direction(),
        "Camera turned clockwise (+) or anticlockwise (−). With + the picture turns anticlockwise.",
    ),
    both(
        "strength",
        "strength",
        "Strength",
        Group::Motion,
        Kind::Double { default: 0.5, min: 0.0, max: 1.0, unit: "" },
        "How much everything moves, scene and camera alike. At 0 the still stands still.",
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
        Kind::Double { default: 24.0, min: 1.0, max: 240.0, unit: "frames/s" },
        "Frames per second of the take. The node uses the host's own rate.",
    ),
    command_line(
        "loop",
        "loop",
        "Seamless loop",
        Group::Time,
        Kind::Bool { default: false },
        "Makes the take end where it begins, so that it can be repeated without a jump.",
    ),
    command_line(
        "size",
        "size",
        "Size",
        Group::Still,
        Kind::Size,
        "Size of the take as WIDTHxHEIGHT; the still is cropped around its centre to fit. The still's own size by default.",
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
    node(
        "generate",
        "Generate",
        Group::Generate,
        Kind::Button,
        "Makes the take for the settings above. The host's progress bar can cancel it; what was done is kept for the next press.",
    ),
    node("status", "Status", Group::Generate, Kind::Label, "What happened at the last press of Generate, and what to do next."),
    Param {
        name: "revision",
        flag: "",
        label: "Revision",
        hint: "Counts finished takes; its change makes the host render again.",
        group: Group::Generate,
        kind: Kind::Int { default: 0, min: 0, max: i32::MAX },
        surface: Surface::Node,
        secret: true,
    },
];
