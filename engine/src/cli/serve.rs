//! `wakeframe serve`: the engine behind the nodes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::{Failure, value};
use crate::service::{ServeOptions, serve};

/// Longest idle time that can be given, seconds.
const MAX_IDLE: f64 = 1e6;

pub(super) fn command() -> Command {
    let idle = ServeOptions::default().idle_exit.as_secs_f64();
    Command::new("serve")
        .about("Runs the engine that nodes talk to; a node starts it by itself")
        .arg(
            Arg::new("socket")
                .long("socket")
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .help("Where to listen [default: WAKEFRAME_SOCKET, or the user's own]"),
        )
        .arg(
            Arg::new("idle-exit")
                .long("idle-exit")
                .value_name("SECONDS")
                .value_parser(|text: &str| value::number(text, 0.0, MAX_IDLE))
                .help(format!("Ends after so long without work [default: {idle}]")),
        )
}

pub(super) fn run(m: &ArgMatches) -> Result<(), Failure> {
    serve(options(m)).map_err(|e| Failure::Failed(format!("{e:#}")))
}

fn options(m: &ArgMatches) -> ServeOptions {
    let default = ServeOptions::default();
    let idle_exit = m.get_one::<f64>("idle-exit").map_or(default.idle_exit, |s| Duration::from_secs_f64(*s));
    ServeOptions {
        socket: m.get_one::<PathBuf>("socket").cloned().unwrap_or(default.socket),
        idle_unload: default.idle_unload.min(idle_exit),
        idle_exit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_taken_and_defaults_kept() {
        let of = |line: &[&str]| options(&command().no_binary_name(true).try_get_matches_from(line).unwrap());
        let set = of(&["--socket", "/run/x.sock", "--idle-exit", "2.5"]);
        assert_eq!((set.socket, set.idle_exit), ("/run/x.sock".into(), Duration::from_millis(2500)));
        assert_eq!(of(&[]).idle_exit, ServeOptions::default().idle_exit);
    }
}
