//! The program `wakeframe`: renders stills, serves nodes, tells what is installed.
//!
//! Exit codes: 0 done, 1 failed, 2 used wrongly, 130 cancelled.

mod arguments;
mod check;
mod doctor;
mod interrupt;
mod models;
mod print;
mod progress;
mod quantity;
mod render;
mod review;
mod serve;
mod store;
mod value;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, Command, value_parser};

/// Why the program ends without having done what was asked; the text is for a person.
#[derive(Debug)]
enum Failure {
    /// What was asked for cannot be done.
    Usage(String),
    /// It was tried and failed.
    Failed(String),
    /// Somebody stopped it.
    Cancelled(String),
}

impl Failure {
    fn failed(e: impl std::fmt::Display) -> Self {
        Self::Failed(e.to_string())
    }

    fn message(&self) -> &str {
        match self {
            Failure::Usage(m) | Failure::Failed(m) | Failure::Cancelled(m) => m,
        }
    }

    fn code(&self) -> u8 {
        match self {
            Failure::Failed(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Cancelled(_) => 130,
        }
    }
}

const EXAMPLE: &str = "\
Example:
  wakeframe render harbour.jpg --prompt \"water ripples, clouds drift left\" --pan 0.4 -o clip.mp4

Environment:
  WAKEFRAME_STORE           folder of the take store
  WAKEFRAME_STORE_LIMIT_GB  how large it may grow (20)
  WAKEFRAME_PACKS           folders to look for model packs in, before the others
  WAKEFRAME_ORT             ONNX Runtime library to use instead of the bundle's own
  WAKEFRAME_PROVIDER        what graphs run on: auto, cpu, cuda, tensorrt, directml, coreml, openvino
  WAKEFRAME_SOCKET          socket of the engine service";

/// Runs the program with the process's own arguments.
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(e.exit_code().clamp(0, 255) as u8);
        }
    };
    let result = match matches.subcommand() {
        Some(("render", m)) => render::run(m),
        Some(("serve", m)) => serve::run(m),
        Some(("review", m)) => review::run(m),
        Some(("check", m)) => check::run(m),
        Some(("models", m)) => models::run(m),
        Some(("doctor", m)) => doctor::run(m),
        Some(("store", m)) => store::run(m),
        // Clap lets no other through.
        _ => Ok(()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::error(failure.message());
            ExitCode::from(failure.code())
        }
    }
}

fn command() -> Command {
    Command::new("wakeframe")
        .version(wakeframe_take::VERSION)
        .about("Wakes up a still: makes the shot that follows from one picture")
        .after_help(EXAMPLE)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(render::command())
        .subcommand(review::command())
        .subcommand(check::command())
        .subcommand(models::command())
        .subcommand(doctor::command())
        .subcommand(store::command())
        .subcommand(serve::command())
}

fn json_flag(help: &'static str) -> Arg {
    Arg::new("json").long("json").action(clap::ArgAction::SetTrue).help(help)
}

fn store_option() -> Arg {
    Arg::new("store")
        .long("store")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help("Take store to use instead of the user's own")
}

/// This program's own file; empty where the system does not tell.
fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn wrong_use_is_2_and_help_is_0() {
        let code = |line: &str| format!("{:?}", run(line.split(' ').map(OsString::from)));
        assert_eq!(code("wakeframe --version"), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(code("wakeframe render --help"), format!("{:?}", ExitCode::SUCCESS));
        for line in [
            "wakeframe render",
            "wakeframe fly",
            "wakeframe render a.png --pan 2 -o a.mp4",
            "wakeframe render a.png -o a.gif",
            "wakeframe render a.png --frames 9 --duration 2 -o a.mp4",
            "wakeframe review",
            "wakeframe review abc -o a.pdf",
            "wakeframe check",
            "wakeframe check a.png --duration 99",
        ] {
            assert_eq!(code(line), format!("{:?}", ExitCode::from(2)), "{line}");
        }
        assert_eq!(code("wakeframe render a.png -o /nowhere/a.mp4"), format!("{:?}", ExitCode::from(1)));
    }
}
