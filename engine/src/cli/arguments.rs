//! The table of parameters as command line arguments.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use wakeframe_take::pack::Scheduler;
use wakeframe_take::params::{EMBEDDED_MODEL, Kind, Param, TABLE};
use wakeframe_take::provider::Provider;
use wakeframe_take::request::{Camera, Drift, Fit, Settings};

use super::Failure;
use super::value::{self, KeyframeFile};

/// One argument for every parameter the command line has, in the table's order.
pub(super) fn arguments() -> impl Iterator<Item = Arg> {
    TABLE.iter().filter(|p| p.on_command_line()).filter_map(argument)
}

/// `None` for what only a panel can show.
fn argument(p: &'static Param) -> Option<Arg> {
    let arg = Arg::new(p.name).long(p.flag).help_heading(p.group.label());
    let arg = if p.name == "frames" { arg.conflicts_with("duration") } else { arg };
    Some(match p.kind {
        Kind::Text { .. } => arg.value_name("TEXT").help(p.hint),
        Kind::Int { default, min, max } => arg
            .value_name("N")
            .value_parser(move |text: &str| if p.name == "seed" { value::seed(text) } else { value::whole(text, min, max) })
            .allow_hyphen_values(true)
            .default_value(default.to_string())
            .help(if max == i32::MAX { p.hint.to_string() } else { format!("{} {min} to {max}.", p.hint) }),
        Kind::Double { default, min, max, unit } => arg
            .value_name(if unit.is_empty() { "X".into() } else { unit.to_uppercase() })
            .value_parser(move |text: &str| value::number(text, min, max))
            .allow_hyphen_values(true)
            .default_value(default.to_string())
            .help(format!("{} {min} to {max}{}{unit}.", p.hint, if unit.is_empty() { "" } else { " " })),
        Kind::Bool { .. } => arg.action(ArgAction::SetTrue).help(p.hint),
        Kind::Choice { options } => {
            let names = options.iter().map(|o| o.name);
            let arg = arg.value_name("WORD").value_parser(PossibleValuesParser::new(names)).help(p.hint);
            match options.first() {
                Some(first) => arg.default_value(first.name),
                None => arg,
            }
        }
        Kind::Model => arg
            .value_name("NAME|PACK_DIR")
            .default_value(EMBEDDED_MODEL)
            .help(format!("{} A name that `wakeframe models` lists, or a pack's folder.", p.hint)),
        Kind::Size => arg.value_name("WxH").value_parser(value::size).help(p.hint),
        Kind::Picture => arg.value_name("STILL").value_parser(value_parser!(PathBuf)).help(p.hint),
        Kind::Folder => arg.value_name("DIR").value_parser(value_parser!(PathBuf)).help(p.hint),
        Kind::Keyframes => arg.value_name("FRAME:STILL[:STRENGTH]").action(ArgAction::Append).value_parser(value::keyframe).help(p.hint),
        Kind::Label | Kind::Button => return None,
    })
}

/// The settings given, defaults where none were.
pub(super) fn settings(m: &ArgMatches) -> Settings {
    let default = Settings::default();
    let text = |name: &str, or: String| m.get_one::<String>(name).cloned().unwrap_or(or);
    let number = |name: &str, or: f64| m.get_one::<f64>(name).copied().unwrap_or(or);
    let whole = |name: &str, or: u32| m.get_one::<i64>(name).and_then(|n| u32::try_from(*n).ok()).unwrap_or(or);
    let word = |name: &str| m.get_one::<String>(name).map_or("", String::as_str);
    let size = |name: &str| m.get_one::<(u32, u32)>(name).copied();
    Settings {
        prompt: text("prompt", default.prompt),
        no_negative: given(m, "negativePrompt") && text("negativePrompt", String::new()).trim().is_empty(),
        negative_prompt: text("negativePrompt", default.negative_prompt),
        seed: whole("seed", default.seed),
        model: text("model", default.model),
        // The table's default may be longer than the model makes: not asked for, it gives way.
        duration: if given(m, "duration") { number("duration", default.duration) } else { default.duration },
        frames: whole("frames", default.frames),
        fps: number("fps", default.fps),
        size: size("size").or(default.size),
        model_size: size("modelSize").or(default.model_size),
        fit: Fit::of_word(word("fit")).unwrap_or(default.fit),
        camera: Camera { pan: number("pan", 0.0), tilt: number("tilt", 0.0), dolly: number("dolly", 0.0), roll: number("roll", 0.0) },
        drift: Drift { x: number("driftX", 0.0), y: number("driftY", 0.0) },
        strength: number("strength", default.strength),
        looped: m.get_flag("loop"),
        steps: whole("steps", default.steps),
        guidance: number("guidance", default.guidance),
        guidance_low: number("guidanceLow", default.guidance_low),
        guidance_first: number("guidanceFirst", default.guidance_first),
        dynamic_guidance: m.get_flag("dynamicGuidance"),
        scheduler: Scheduler::of_word(word("scheduler")),
        shift: number("shift", default.shift),
        motion_bucket: whole("motionBucket", default.motion_bucket),
        // The table's default is the usual one; a pack's own may be another.
        noise_aug: given(m, "noiseAug").then(|| number("noiseAug", 0.0)),
        degradation: whole("degradation", default.degradation),
    }
}

/// Whether a person wrote the flag.
fn given(m: &ArgMatches, name: &str) -> bool {
    m.value_source(name) == Some(ValueSource::CommandLine)
}

/// The pictures beside the still, by their files.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Pictures {
    /// The last frame.
    pub(super) last: Option<PathBuf>,
    /// Frames on the way, in the order given.
    pub(super) keyframes: Vec<KeyframeFile>,
    /// Where things move.
    pub(super) mask: Option<PathBuf>,
}

pub(super) fn pictures(m: &ArgMatches) -> Pictures {
    let path = |name: &str| m.get_one::<PathBuf>(name).cloned();
    let keyframes = m.get_many::<KeyframeFile>("keyframe").into_iter().flatten().cloned().collect();
    Pictures { last: path("last"), keyframes, mask: path("mask") }
}

/// What the graphs shall run on: the flag, else the environment.
pub(super) fn provider(m: &ArgMatches) -> Result<Provider, Failure> {
    if given(m, "provider") {
        return Ok(m.get_one::<String>("provider").and_then(|word| Provider::of_word(word)).unwrap_or_default());
    }
    Provider::of_environment().map_err(Failure::Usage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    fn matches(line: &[&str]) -> Result<ArgMatches, String> {
        let command = Command::new("t").no_binary_name(true).args(arguments());
        command.try_get_matches_from(line).map_err(|e| e.to_string())
    }

    fn parse(line: &[&str]) -> Result<Settings, String> {
        matches(line).map(|m| settings(&m))
    }

    #[test]
    fn without_arguments_the_tables_defaults_hold() {
        assert_eq!(parse(&[]).unwrap(), Settings::default());
    }

    #[test]
    fn every_parameter_of_the_table_changes_the_settings() {
        let elsewhere = |p: &Param| matches!(p.kind, Kind::Picture | Kind::Keyframes | Kind::Folder) || p.name == "provider";
        for p in TABLE.iter().filter(|p| p.on_command_line() && !elsewhere(p)) {
            let flag = format!("--{}", p.flag);
            let given = match p.kind {
                Kind::Choice { options } => parse(&[&flag, options[1].name]),
                Kind::Bool { .. } => parse(&[&flag]),
                Kind::Size => parse(&[&flag, "640x360"]),
                Kind::Text { .. } | Kind::Model => parse(&[&flag, "water"]),
                Kind::Int { max, .. } => parse(&[&flag, &max.to_string()]),
                Kind::Double { max, .. } => parse(&[&flag, &max.to_string()]),
                _ => panic!("{} cannot be given on a command line", p.name),
            };
            assert_ne!(given.unwrap(), Settings::default(), "{flag}");
        }
    }

    #[test]
    fn pictures_are_read_from_their_flags() {
        let line = ["--last", "l.png", "--keyframe", "8:a.png", "--mask", "m.png", "--keyframe", "16:b.png:0.5"];
        let keyframe = |frame, path: &str, strength| KeyframeFile { frame, path: path.into(), strength };
        let keyframes = vec![keyframe(8, "a.png", 1.0), keyframe(16, "b.png", 0.5)];
        let want = Pictures { last: Some("l.png".into()), keyframes, mask: Some("m.png".into()) };
        assert_eq!(pictures(&matches(&line).unwrap()), want);
        assert_eq!(pictures(&matches(&[]).unwrap()), Pictures::default());
        assert!(matches(&["--keyframe", "a.png"]).unwrap_err().contains("FRAME:STILL"));
    }

    #[test]
    fn what_is_not_written_is_left_to_the_model() {
        let s = parse(&["--noise-aug", "0.02", "--duration", "4", "--scheduler", "own"]).unwrap();
        assert_eq!((s.noise_aug, s.duration, s.scheduler), (Some(0.02), 4.0, None));
        assert_eq!(provider(&matches(&["--provider", "cuda"]).unwrap()).unwrap(), Provider::Cuda);
        assert!(matches(&["--frames", "9", "--duration", "2"]).unwrap_err().contains("cannot be used with"));
        assert!(matches(&["--provider", "gpu"]).unwrap_err().contains("openvino"));
    }

    #[test]
    fn negative_numbers_are_values() {
        let s = parse(&["--pan", "-0.6", "--tilt=-1", "--roll", "-.25", "--dolly", "0.5"]).unwrap();
        assert_eq!(s.camera, Camera { pan: -0.6, tilt: -1.0, roll: -0.25, dolly: 0.5 });
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_the_range() {
        for (line, words) in [
            (["--pan", "1.5"], "-1 to 1"),
            (["--pan", "left"], "not a number"),
            (["--seed", "-1"], "0 or above"),
            (["--duration", "0"], "0.5 to 60"),
            (["--size", "10"], "1920x1080"),
        ] {
            let message = parse(&line).unwrap_err();
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(parse(&["--fps", "24000/1001"]).unwrap().fps, 24000.0 / 1001.0);
    }
}
