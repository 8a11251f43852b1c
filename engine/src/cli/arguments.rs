//! The table of parameters as command line arguments.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use wakeframe_take::params::{EMBEDDED_MODEL, Kind, Param, TABLE};
use wakeframe_take::request::{Camera, Settings};

use super::value;

/// One argument for every parameter the command line has, in the table's order.
pub(super) fn arguments() -> impl Iterator<Item = Arg> {
    TABLE.iter().filter(|p| p.on_command_line()).filter_map(argument)
}

/// `None` for what only a panel can show.
fn argument(p: &'static Param) -> Option<Arg> {
    let arg = Arg::new(p.name).long(p.flag).help_heading(p.group.label());
    Some(match p.kind {
        Kind::Text { .. } => arg.value_name("TEXT").help(p.hint),
        Kind::Int { default, min, max } => arg
            .value_name("N")
            .value_parser(value_parser!(i64).range(i64::from(min)..=i64::from(max)))
            .allow_hyphen_values(true)
            .default_value(default.to_string())
            .help(p.hint),
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
        Kind::Label | Kind::Button => return None,
    })
}

/// The settings given, defaults where none were.
pub(super) fn settings(m: &ArgMatches) -> Settings {
    let default = Settings::default();
    let text = |name: &str, or: String| m.get_one::<String>(name).cloned().unwrap_or(or);
    let number = |name: &str, or: f64| m.get_one::<f64>(name).copied().unwrap_or(or);
    Settings {
        prompt: text("prompt", default.prompt),
        negative_prompt: text("negativePrompt", default.negative_prompt),
        seed: m.get_one::<i64>("seed").and_then(|n| u32::try_from(*n).ok()).unwrap_or(default.seed),
        model: text("model", default.model),
        duration: number("duration", default.duration),
        fps: number("fps", default.fps),
        size: m.get_one::<(u32, u32)>("size").copied().or(default.size),
        camera: Camera { pan: number("pan", 0.0), tilt: number("tilt", 0.0), dolly: number("dolly", 0.0), roll: number("roll", 0.0) },
        strength: number("strength", default.strength),
        looped: m.get_flag("loop"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    fn parse(line: &[&str]) -> Result<Settings, String> {
        let command = Command::new("t").no_binary_name(true).args(arguments());
        command.try_get_matches_from(line).map(|m| settings(&m)).map_err(|e| e.to_string())
    }

    #[test]
    fn without_arguments_the_tables_defaults_hold() {
        assert_eq!(parse(&[]).unwrap(), Settings::default());
    }

    #[test]
    fn every_parameter_of_the_table_changes_the_settings() {
        for p in TABLE.iter().filter(|p| p.on_command_line()) {
            let flag = format!("--{}", p.flag);
            let given = match p.kind {
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
    fn negative_numbers_are_values() {
        let s = parse(&["--pan", "-0.6", "--tilt=-1", "--roll", "-.25", "--dolly", "0.5"]).unwrap();
        assert_eq!(s.camera, Camera { pan: -0.6, tilt: -1.0, roll: -0.25, dolly: 0.5 });
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_the_range() {
        for (line, words) in [
            (["--pan", "1.5"], "-1 to 1"),
            (["--pan", "left"], "not a number"),
            (["--seed", "-1"], "0..=2147483647"),
            (["--duration", "0"], "0.5 to 60"),
            (["--size", "10"], "1920x1080"),
        ] {
            let message = parse(&line).unwrap_err();
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(parse(&["--fps", "24000/1001"]).unwrap().fps, 24000.0 / 1001.0);
    }
}
