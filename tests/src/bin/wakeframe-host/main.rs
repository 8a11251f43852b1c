//! The reference host on the command line: see what a bundle says of itself, or shoot frames
//! with it.

mod args;
mod describe;
mod film;
mod report;
mod screen;
mod shot;

use std::process::ExitCode;

use args::Command;

const USAGE: &str = "\
wakeframe-host: a headless OpenFX host

  wakeframe-host describe BUNDLE
      what hosts see: the plugin's traits, clips and parameters

  wakeframe-host shot BUNDLE --still PICTURE --out clip.mp4|frame.####.png [options]
      a node on a still (PNG, JPEG, TIFF, EXR), rendered frame by frame
      --sheet PICTURE       a contact sheet (PNG) as well
      --param NAME=VALUE    set a parameter; a choice by its label or number; repeatable
      --press BUTTON        press a button first, as a user does; without it the host is a
                            render farm and the frames are made on demand
      --frames N            how many (24)          --first T      number of the first (1)
      --fps F               frames a second (24)   --threads N    renders at once (1)
      --depth byte|short|half|float (byte)         --scale S      render scale (1)
      --context general|filter (general)           --json         events, one a line

BUNDLE is a NAME.ofx.bundle folder.";

fn main() -> ExitCode {
    let command = match args::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(message) => {
            eprintln!("wakeframe-host: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let done: Result<bool, Box<dyn std::error::Error>> = match command {
        Command::Help => {
            println!("{USAGE}");
            Ok(true)
        }
        Command::Describe { bundle } => describe::run(&bundle).map(|()| true).map_err(Into::into),
        Command::Shot(options) => shot::run(options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE, // the reason was reported as it happened
        Err(error) => {
            eprintln!("wakeframe-host: {error}");
            ExitCode::FAILURE
        }
    }
}
