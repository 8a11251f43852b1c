//! `wakeframe review`: a take measured, judged and shown on one page.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use wakeframe_take::store::{Store, default_root, write_atomically};

use super::{Failure, json_flag, print, store_option, value};
use crate::review::{Footage, Given, Review, ReviewError, page, review};

const EXAMPLES: &str = "\
Examples:
  wakeframe review 3f9c0a -o report.html
  wakeframe review frames/ --still harbour.jpg --fps 25 -o report.html
  wakeframe review frames.npy --still harbour.jpg --json

`wakeframe render --json` tells a take's hash. What is measured, and where each
threshold comes from, is in engine/docs/review.md.";

pub(super) fn command() -> Command {
    let file = |id: &'static str, name: &'static str| Arg::new(id).long(id).value_name(name).value_parser(value_parser!(PathBuf));
    Command::new("review")
        .about("Measures a take, says what looks wrong and what helps, and writes a page that shows it")
        .after_help(EXAMPLES)
        .arg(
            Arg::new("take")
                .value_name("TAKE")
                .required(true)
                .help("A take's hash or its beginning, a take folder, a folder of frames, or a .npy file of shape [F, H, W, 3]"),
        )
        .arg(file("out", "HTML").short('o').help("Writes the page: one file with everything in it"))
        .arg(file("still", "STILL").help("The still that a folder of frames or a .npy file came from"))
        .arg(file("mask", "MASK").help("White may move, black may not; a take made with a mask has its own"))
        .arg(
            Arg::new("fps")
                .long("fps")
                .value_name("FRAMES/S")
                .value_parser(|text: &str| value::number(text, 1.0, 240.0))
                .help("Frame rate of a folder of frames or a .npy file; 24 where it is not given"),
        )
        .arg(store_option())
        .arg(json_flag("Prints every number as JSON"))
}

pub(super) fn run(m: &ArgMatches) -> Result<(), Failure> {
    let path = |name: &str| m.get_one::<PathBuf>(name).map(PathBuf::as_path);
    let out = path("out").map(checked).transpose()?;
    let store = Store::open(&path("store").map_or_else(default_root, Path::to_path_buf)).map_err(Failure::failed)?;
    let given = Given { still: path("still"), mask: path("mask"), fps: m.get_one::<f64>("fps").copied() };
    let take = m.get_one::<String>("take").map_or("", String::as_str);
    let footage = Footage::open(take, &store, given).map_err(of_review)?;
    let review = review(&footage).map_err(of_review)?;
    if let Some(out) = out {
        let page = page(&review, &footage).map_err(of_review)?;
        write_atomically(out, |file| file.write_all(page.as_bytes())).map_err(Failure::failed)?;
    }
    if m.get_flag("json") {
        print::json(&review);
    } else {
        lines(&review, out).iter().for_each(|l| print::line(l));
    }
    Ok(())
}

/// The page's place, known to be one before anything is measured.
fn checked(out: &Path) -> Result<&Path, Failure> {
    if !out.extension().is_some_and(|e| e.eq_ignore_ascii_case("html") || e.eq_ignore_ascii_case("htm")) {
        return Err(Failure::Usage(format!("the page {} must end in .html", out.display())));
    }
    match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(Failure::Failed(format!("there is no folder {}: make it first", folder.display())))
        }
        _ => Ok(out),
    }
}

fn of_review(e: ReviewError) -> Failure {
    match e {
        ReviewError::NoTake(_) | ReviewError::Ambiguous { .. } | ReviewError::NeedsStill(_) => Failure::Usage(e.to_string()),
        e => Failure::failed(e),
    }
}

fn lines(review: &Review, out: Option<&Path>) -> Vec<String> {
    let mut lines = vec![review.verdict.to_string()];
    for (n, finding) in review.verdict.findings.iter().enumerate() {
        let remedies: Vec<String> = review.verdict.remedies(n).iter().map(|r| r.to_string()).collect();
        lines.push(format!("  ! {finding}"));
        lines.extend((!remedies.is_empty()).then(|| format!("    → {}", remedies.join("; "))));
    }
    lines.extend(out.map(|out| format!("{}: review", out.display())));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_needs_its_ending_and_its_folder() {
        assert_eq!(checked(Path::new("a.pdf")).unwrap_err().code(), 2);
        assert_eq!(checked(Path::new("/nowhere/a.html")).unwrap_err().code(), 1);
        assert_eq!(checked(Path::new("a.HTML")).unwrap(), Path::new("a.HTML"));
    }

    #[test]
    fn what_is_named_wrongly_is_wrong_use() {
        assert_eq!(of_review(ReviewError::NoTake("x".into())).code(), 2);
        assert_eq!(of_review(ReviewError::Unfinished("x".into())).code(), 1);
    }
}
