//! `wakeframe check`: what a still and a prompt let expect, before anything is generated.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use serde::Serialize;
use wakeframe_take::check::{self, Hint, Shot};
use wakeframe_take::pack::{Installed, search_folders};
use wakeframe_take::params::{self, EMBEDDED_MODEL};

use super::{Failure, json_flag, models, print, program, value};
use crate::still;

const EXAMPLE: &str = "\
Example:
  wakeframe check harbour.jpg --prompt \"water ripples\" --duration 4 --model mini

Hints are hints: nothing is blocked, and the exit status is 0 with and without them.";

#[derive(Debug, Serialize)]
struct Found<'a> {
    hint: &'a str,
    text: String,
}

pub(super) fn command() -> Command {
    let (_, min, max) = params::double("duration");
    Command::new("check")
        .about("Tells what a still and a prompt let expect, before anything is generated")
        .after_help(EXAMPLE)
        .arg(
            Arg::new("still")
                .value_name("STILL")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("PNG, JPEG, TIFF or OpenEXR file"),
        )
        .arg(Arg::new("prompt").long("prompt").value_name("TEXT").help("The prompt; not looked at where it is not given"))
        .arg(
            Arg::new("duration")
                .long("duration")
                .value_name("S")
                .value_parser(move |text: &str| value::number(text, min, max))
                .help("Length of the take in seconds"),
        )
        .arg(
            Arg::new("model")
                .long("model")
                .value_name("NAME|PACK_DIR")
                .default_value(EMBEDDED_MODEL)
                .help("The model pack that the take is meant for"),
        )
        .arg(json_flag("Prints the hints as JSON"))
}

pub(super) fn run(m: &ArgMatches) -> Result<(), Failure> {
    let text = |name: &str| m.get_one::<String>(name).map(String::as_str);
    let path = m.get_one::<PathBuf>("still").map_or(Path::new(""), PathBuf::as_path);
    let pack = Installed::find(&search_folders(Some(&program()))).get(text("model").unwrap_or_default()).map_err(models::not_there)?;
    let picture = still::read(path).map_err(Failure::failed)?.picture;
    let shot = Shot {
        prompt: text("prompt").unwrap_or_default(),
        // Without a prompt there is nothing to say about it.
        directed: text("prompt").is_none(),
        duration: m.get_one::<f64>("duration").copied(),
        pack: Some(&pack),
    };
    let hints = [check::still(&picture), check::shot(&shot)].concat();
    if m.get_flag("json") {
        print::json(&serde_json::json!({ "still": path, "model": pack.name, "hints": found(&hints) }));
    } else if hints.is_empty() {
        print::line("nothing stands out");
    } else {
        hints.iter().for_each(|h| print::line(&format!("! {h}")));
    }
    Ok(())
}

fn found(hints: &[Hint]) -> Vec<Found<'_>> {
    hints.iter().map(|h| Found { hint: h.word(), text: h.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_words_for_programs_and_sentences_for_people() {
        let json = serde_json::to_value(found(&[Hint::NoAction])).unwrap();
        assert_eq!(json[0]["hint"], "no_action");
        assert!(json[0]["text"].as_str().unwrap().contains("water ripples"));
    }
}
