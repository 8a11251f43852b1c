//! `wakeframe render`: a still becomes a clip.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Serialize;
use wakeframe_take::pack::{Installed, Pack, PackError, search_folders};
use wakeframe_take::picture::Picture;
use wakeframe_take::request::{Note, Request, Settings, Stills};
use wakeframe_take::service::{Event, Failure as Told};
use wakeframe_take::store::{Store, Take, default_limit, default_root};

use super::progress::{Progress, WRITE};
use super::{Failure, arguments, interrupt, json_flag, print, program, quantity, store_option};
use crate::generate::{Control, GenerateError, Made, Models, generate};
use crate::output::{Clip, FrameRate, Output, OutputError, Written, contact_sheet, evenly_spaced, write_png};
use crate::still::{self, Depth, Still};

/// Frames on a contact sheet, how many stand in a row, and how wide each is in pixels.
const SHEET_FRAMES: u32 = 8;
const SHEET_COLUMNS: usize = 4;
const SHEET_WIDTH: usize = 480;

const EXAMPLES: &str = "\
Examples:
  wakeframe render harbour.jpg --prompt \"water ripples\" --pan -0.6 -o clip.mp4
  wakeframe render plate.exr --dolly 0.3 --seed 7 --fps 24000/1001 -o shot/frame.####.exr

The same still, settings and model give the same frames again. A take that was made before
is only written; one that was stopped goes on where it stopped.";

pub(super) fn command() -> Command {
    Command::new("render")
        .about("Animates a still and writes the clip")
        .after_help(EXAMPLES)
        .arg(
            Arg::new("still")
                .value_name("STILL")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("PNG, JPEG, TIFF or OpenEXR file"),
        )
        .arg(
            Arg::new("out")
                .short('o')
                .long("out")
                .value_name("OUT")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("clip.mp4, frame.####.png or frame.####.exr; #### or %04d is the frame number, from 1"),
        )
        .args(arguments::arguments())
        .arg(
            Arg::new("sheet")
                .long("sheet")
                .value_name("PNG")
                .value_parser(value_parser!(PathBuf))
                .help("Also writes a contact sheet of the clip"),
        )
        .arg(store_option())
        .arg(json_flag("Prints one event per line as JSON on standard output instead of a progress bar"))
        .arg(Arg::new("quiet").short('q').long("quiet").action(ArgAction::SetTrue).help("Says nothing but what went wrong"))
}

pub(super) fn run(m: &ArgMatches) -> Result<(), Failure> {
    let (json, quiet) = (m.get_flag("json"), m.get_flag("quiet"));
    let progress = Progress::new(json, quiet);
    let result = render(m, &progress, quiet);
    progress.end();
    match &result {
        Ok(summary) if json => print::json(&summary.last_event()),
        Ok(summary) if !quiet => summary.lines().iter().for_each(|l| print::line(l)),
        Err(Failure::Cancelled(_)) if json => print::json(&Event::Cancelled),
        Err(failure) if json => print::json(&Event::Failed(Told { message: failure.message().into() })),
        _ => {}
    }
    result.map(drop)
}

fn render(m: &ArgMatches, progress: &Progress, quiet: bool) -> Result<Summary, Failure> {
    let settings = arguments::settings(m);
    let path = |name: &str| m.get_one::<PathBuf>(name);
    let out = path("out").cloned().unwrap_or_default();
    Output::check(&out, None).map_err(of_output)?;
    if let Some(sheet) = path("sheet") {
        check_sheet(sheet)?;
    }
    let pack = Installed::find(&search_folders(Some(&program()))).get(&settings.model).map_err(|e| match e {
        PackError::Unknown { .. } => Failure::Usage(e.to_string()),
        e => Failure::failed(e),
    })?;
    let still = still::read(path("still").map(PathBuf::as_path).unwrap_or(Path::new(""))).map_err(Failure::failed)?;
    if !quiet {
        still.notes.iter().for_each(|note| print::aside(&format!("note: {note}")));
    }
    let store = Store::open(&path("store").cloned().unwrap_or_else(default_root)).map_err(Failure::failed)?;
    let (request, notes) = request(&settings, &pack, &still, &store)?;
    if !quiet {
        notes.iter().for_each(|note| print::aside(&format!("note: {note}")));
    }
    let clip = Clip {
        width: request.width as usize,
        height: request.height as usize,
        rate: FrameRate::from_fps(request.fps),
        pixel_aspect: request.pixel_aspect,
        alpha: still.picture.channels() == 4,
        deep: still.depth > Depth::Eight,
    };
    Output::check(&out, Some(&clip)).map_err(of_output)?;
    drop(still);

    let cancel = interrupt::watch()?;
    let report = |event: Event| {
        // The last word is spoken here, once the files are there or not.
        if !event.is_last() {
            progress.event(&event);
        }
    };
    let made = generate(&Models::new(), &request, &pack, &store, &Control { cancel, report: &report }).map_err(|e| match e {
        GenerateError::Cancelled => cancelled(),
        e => Failure::failed(e),
    })?;
    progress.event(&Event::Done {
        take: made.take.hash().clone(),
        frames: request.frames,
        seconds: if made.reused { 0.0 } else { made.seconds },
    });

    let begun = Instant::now();
    let written = write(&made.take, request.frames, &out, clip, progress, cancel)?;
    if let Some(sheet) = path("sheet") {
        write_sheet(&made.take, request.frames, sheet)?;
    }
    if !quiet {
        written.notes.iter().for_each(|note| print::aside(&format!("note: {note}")));
    }
    if let Err(e) = store.evict(default_limit(), Some(&made.take)) {
        print::aside(&format!("note: the take store could not be brought to its limit: {e}"));
    }
    Ok(Summary { out, sheet: path("sheet").cloned(), request, made, writing: begun.elapsed().as_secs_f64(), files: written.files.len() })
}

/// Keeps the still and says what is asked of the model.
fn request(settings: &Settings, pack: &Pack, still: &Still, store: &Store) -> Result<(Request, Vec<Note>), Failure> {
    let hash = store.put_still(&still.picture).map_err(Failure::failed)?;
    let size = (still.picture.width() as u32, still.picture.height() as u32);
    Request::new(settings, pack, &Stills::one(hash, size, still.pixel_aspect)).map_err(|e| Failure::Usage(e.to_string()))
}

fn write(take: &Take, frames: u32, out: &Path, clip: Clip, progress: &Progress, cancel: &AtomicBool) -> Result<Written, Failure> {
    let mut sink = Output::open(out, clip).map_err(of_output)?;
    progress.event(&Event::Stage { name: WRITE.into() });
    let begun = Instant::now();
    for n in 0..frames {
        if cancel.load(Ordering::Relaxed) {
            return Err(cancelled());
        }
        sink.frame(&frame(take, n)?).map_err(of_output)?;
        let done = n + 1;
        let left = begun.elapsed().as_secs_f64() / f64::from(done) * f64::from(frames - done);
        progress.event(&Event::Progress { stage: WRITE.into(), done, of: frames, fraction: 1.0, seconds_left: Some(left) });
    }
    sink.finish().map_err(of_output)
}

fn frame(take: &Take, n: u32) -> Result<Picture, Failure> {
    let gone = || Failure::Failed(format!("frame {n} of the take is gone from {}: render again", take.folder().display()));
    take.frame(n).map_err(Failure::failed)?.ok_or_else(gone)?.picture().map_err(Failure::failed)
}

fn check_sheet(path: &Path) -> Result<(), Failure> {
    if !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("png")) {
        return Err(Failure::Usage(format!("the contact sheet {} must end in .png", path.display())));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(of_output(OutputError::FolderMissing { folder: folder.into() }))
        }
        _ => Ok(()),
    }
}

fn write_sheet(take: &Take, frames: u32, path: &Path) -> Result<(), Failure> {
    let chosen = evenly_spaced(SHEET_FRAMES, frames).into_iter().map(|n| frame(take, n)).collect::<Result<Vec<_>, _>>()?;
    let sheet = contact_sheet(&chosen, SHEET_COLUMNS, SHEET_WIDTH).map_err(Failure::failed)?;
    write_png(path, &sheet).map_err(of_output)
}

fn cancelled() -> Failure {
    Failure::Cancelled("cancelled; what was finished is kept, and the same command goes on from there".into())
}

fn of_output(e: OutputError) -> Failure {
    match e {
        OutputError::UnknownExtension { .. } | OutputError::NoFrameNumber { .. } | OutputError::NumberInFilm { .. } => {
            Failure::Usage(e.to_string())
        }
        e => Failure::failed(e),
    }
}

/// What was done.
struct Summary {
    out: PathBuf,
    sheet: Option<PathBuf>,
    request: Request,
    made: Made,
    /// Seconds from the last frame made to the last file written.
    writing: f64,
    files: usize,
}

/// The last line of `--json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Last<'a> {
    Written {
        out: &'a Path,
        sheet: Option<&'a Path>,
        files: usize,
        frames: u32,
        width: u32,
        height: u32,
        fps: f64,
        reused: bool,
        stages: Vec<(&'a str, f64)>,
    },
}

impl Summary {
    /// Every stage and its seconds, writing the files included.
    fn stages(&self) -> Vec<(&str, f64)> {
        self.made.stages.iter().map(|(name, s)| (name.as_str(), *s)).chain([(WRITE, self.writing)]).collect()
    }

    fn last_event(&self) -> Last<'_> {
        let r = &self.request;
        let (out, sheet) = (self.out.as_path(), self.sheet.as_deref());
        let (reused, stages) = (self.made.reused, self.stages());
        Last::Written { out, sheet, files: self.files, frames: r.frames, width: r.width, height: r.height, fps: r.fps, reused, stages }
    }

    fn lines(&self) -> Vec<String> {
        let r = &self.request;
        let rate = FrameRate::from_fps(r.fps);
        let mut asked = vec![format!("model {}", r.model), format!("seed {}", r.seed), format!("strength {}", r.strength)];
        asked.extend(r.camera.parts().into_iter().filter(|(_, v)| *v != 0.0).map(|(name, v)| format!("{name} {v:+}")));
        if r.looped {
            asked.push("loop".into());
        }
        if !r.prompt.is_empty() {
            asked.push(format!("“{}”", r.prompt));
        }
        if !r.negative_prompt.is_empty() {
            asked.push(format!("not “{}”", r.negative_prompt));
        }
        let stages: Vec<String> = self.stages().into_iter().map(|(name, s)| format!("{name} {}", quantity::seconds(s))).collect();
        let before = if self.made.reused { "frames from the store, " } else { "" };
        let mut lines = vec![
            format!(
                "{}: {} frames, {}×{}, {rate} frames/s, {}",
                self.out.display(),
                r.frames,
                r.width,
                r.height,
                quantity::seconds(r.duration())
            ),
            format!("  asked  {}", asked.join(", ")),
            format!("  took   {before}{}", stages.join(", ")),
        ];
        if let Some(sheet) = &self.sheet {
            lines.push(format!("{}: contact sheet", sheet.display()));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::tests::pack;
    use wakeframe_take::request::Camera;

    fn still() -> Still {
        let picture = Picture::filled(32, 24, &[0.25, 0.5, 0.75]).unwrap();
        Still { picture, pixel_aspect: 1.0, kind: still::Kind::Png, depth: Depth::Eight, notes: vec![] }
    }

    /// A store with a whole take of three frames.
    fn take(dir: &Path) -> (Take, Request) {
        let store = Store::open(dir).unwrap();
        let camera = Camera { pan: -0.6, ..Camera::default() };
        let settings = Settings { duration: 0.125, prompt: "water ripples".into(), camera, ..Settings::default() };
        let (request, _) = request(&settings, &pack(), &still(), &store).unwrap();
        let take = store.take(&request.take_hash());
        take.begin(&request).unwrap();
        (0..request.frames).for_each(|n| take.put_frame(n, &still().picture).unwrap());
        take.complete(&request).unwrap();
        (take, request)
    }

    fn clip() -> Clip {
        Clip { width: 32, height: 24, rate: FrameRate::from_fps(24.0), pixel_aspect: 1.0, alpha: false, deep: false }
    }

    #[test]
    fn a_takes_frames_become_files_and_a_sheet() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = take(&dir.path().join("store"));
        let out = dir.path().join("f.##.png");
        let written = write(&take, request.frames, &out, clip(), &Progress::Quiet, &AtomicBool::new(false)).unwrap();
        assert_eq!(written.files.len(), 3);
        let back = still::read(&written.files[2]).unwrap().picture;
        assert!(back.data().iter().zip(still().picture.data()).all(|(a, b)| (a - b).abs() < 0.003));
        let sheet = dir.path().join("sheet.png");
        write_sheet(&take, request.frames, &sheet).unwrap();
        assert!(still::read(&sheet).unwrap().picture.width() > 3 * SHEET_WIDTH);
    }

    #[test]
    fn cancelling_while_writing_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = take(&dir.path().join("store"));
        let out = dir.path().join("clip.mp4");
        let result = write(&take, request.frames, &out, clip(), &Progress::Quiet, &AtomicBool::new(true));
        assert!(matches!(result, Err(Failure::Cancelled(_))));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "only the store");
    }

    #[test]
    fn a_lost_frame_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = take(&dir.path().join("store"));
        let Err(Failure::Failed(message)) = frame(&take, request.frames) else { panic!("there is no such frame") };
        assert!(message.contains("frame 3") && message.contains("render again"), "{message}");
    }

    #[test]
    fn what_the_model_cannot_do_is_wrong_use() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let settings = Settings { duration: 30.0, ..Settings::default() };
        let Err(failure) = request(&settings, &pack(), &still(), &store) else { panic!("30 s were accepted") };
        assert_eq!(failure.code(), 2);
        assert!(failure.message().contains("set Duration to 10"));
        assert_eq!(check_sheet(Path::new("sheet.jpg")).unwrap_err().code(), 2);
    }

    #[test]
    fn the_last_words_say_what_was_asked_and_what_it_took() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = take(dir.path());
        let made = Made { take, reused: false, seconds: 3.0, stages: vec![("denoise".into(), 1.0), ("frames".into(), 2.0)] };
        let summary = Summary { out: "clip.mp4".into(), sheet: Some("s.png".into()), request, made, writing: 0.5, files: 1 };
        assert_eq!(
            summary.lines(),
            [
                "clip.mp4: 3 frames, 32×24, 24 frames/s, 0.12 s",
                "  asked  model mini, seed 1, strength 0.5, pan -0.6, “water ripples”",
                "  took   denoise 1.00 s, frames 2.00 s, write 0.50 s",
                "s.png: contact sheet",
            ]
        );
        let json = serde_json::to_value(summary.last_event()).unwrap();
        assert_eq!((json["event"].as_str(), json["out"].as_str(), json["frames"].as_u64()), (Some("written"), Some("clip.mp4"), Some(3)));
    }
}
