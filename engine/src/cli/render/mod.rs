//! `wakeframe render`: a still becomes a clip.

mod ask;
mod follow;
mod preview;
mod summary;
mod write;

use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Instant;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use wakeframe_take::pack::{Installed, search_folders};
use wakeframe_take::request::Request;
use wakeframe_take::service::{Event, Failure as Told};
use wakeframe_take::store::{Store, Take, default_limit, default_root};

use super::progress::Progress;
use super::{Failure, arguments, interrupt, json_flag, models, print, program, store_option};
use crate::generate::{Control, GenerateError, Models, generate};
use crate::output::{Clip, FrameRate, Output, OutputError};
use ask::{Asked, ask};
use follow::News;
use preview::Strips;
use summary::Summary;
use write::{Frames, Masked};

const EXAMPLES: &str = "\
Examples:
  wakeframe render harbour.jpg --prompt \"water ripples\" --pan -0.6 -o clip.mp4
  wakeframe render plate.exr --dolly 0.3 --seed 7 --fps 24000/1001 -o shot/frame.####.exr
  wakeframe render face.png --model wan2.1-i2v-14b-480p --frames 81 --preview steps -o frames.npy
  wakeframe render day.png --model ltx-video-2b-0.9.5 --keyframe 96:dusk.png:0.8 -o clip.mp4

The same still, settings and model give the same frames again. A take that was made before
is only written; one that was stopped goes on where it stopped. What a model can be told is
in `wakeframe models show NAME`.";

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
        .arg(Arg::new("out").short('o').long("out").value_name("OUT").required(true).value_parser(value_parser!(PathBuf)).help(
            "clip.mp4, frame.####.png or frame.####.exr; #### or %04d is the frame number, from 1. \
                     frames.npy holds the model's own frames, before any finish: fp32 [F, H, W, 3], 0 to 1",
        ))
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
    let result = render(m, &progress);
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

fn render(m: &ArgMatches, progress: &Progress) -> Result<Summary, Failure> {
    let settings = arguments::settings(m);
    let path = |name: &str| m.get_one::<PathBuf>(name);
    let out = path("out").cloned().unwrap_or_default();
    Output::check(&out, None).map_err(of_output)?;
    if let Some(sheet) = path("sheet") {
        write::check_sheet(sheet)?;
    }
    let provider = arguments::provider(m)?;
    let pack = Installed::find(&search_folders(Some(&program()))).get(&settings.model).map_err(models::not_there)?;
    let store = Store::open(&path("store").cloned().unwrap_or_else(default_root)).map_err(Failure::failed)?;
    let still = path("still").map(PathBuf::as_path).unwrap_or(Path::new(""));
    let asked = ask(&settings, &pack, still, &arguments::pictures(m), &store)?;
    asked.notes.iter().for_each(|note| progress.note(note));
    let request = &asked.request;
    let raw = Output::is_array(&out);
    if raw && asked.mask.is_some() {
        progress.note(&format!("{} holds what the model made: the mask is not laid over it", out.display()));
    }
    let clip = clip(&asked, raw);
    Output::check(&out, Some(&clip)).map_err(of_output)?;
    let take = store.take(&request.take_hash());
    let strips = path("preview").map(|folder| Strips::new(folder, take.clone())).transpose()?;
    if raw {
        make_room_for_model_frames(request, &take, &store)?;
    }

    let frames = frames(&asked, &take, &store, raw)?;
    let cancel = interrupt::watch()?;
    let models = Models::new();
    models.prefer(provider);
    let make = |look: &(dyn Fn() + Sync)| {
        let report = |event: Event| {
            if let (Event::Preview { .. }, Some(strips)) = (&event, &strips) {
                strips.step();
            }
            look();
            // The last word is spoken at the end, once the files are there or not.
            if !event.is_last() {
                progress.event(&event);
            }
        };
        let made = generate(&models, request, &pack, &store, &Control { cancel, report: &report }).map_err(|e| match e {
            GenerateError::Cancelled => cancelled(),
            e => Failure::failed(e),
        })?;
        let seconds = if made.reused { 0.0 } else { made.seconds };
        progress.event(&Event::Done { take: made.take.hash().clone(), frames: request.frames, seconds });
        if let Some(note) = strips.as_ref().and_then(|s| s.note(made.reused)) {
            progress.note(&note);
        }
        Ok((made, Instant::now()))
    };
    let open = || Output::open(&out, clip).map_err(of_output);
    let write = |news: &Receiver<News>| follow::follow(&frames, open, news, progress, cancel);
    let ((made, begun), written) = follow::alongside(make, write, cancel)?;
    if let Some(sheet) = path("sheet") {
        write::write_sheet(&frames, sheet)?;
    }
    written.notes.iter().for_each(|note| progress.note(&note.to_string()));
    if let Err(e) = store.evict(default_limit(), Some(&made.take)) {
        progress.note(&format!("the take store could not be brought to its limit: {e}"));
    }
    let (writing, files) = (begun.elapsed().as_secs_f64(), written.files.len());
    let written = (frames.count(), clip.width as u32, clip.height as u32, clip.rate.fps());
    Ok(Summary { out, sheet: path("sheet").cloned(), request: asked.request, made, written, writing, files })
}

/// What is written: the take's frames, or the model's own.
fn clip(asked: &Asked, raw: bool) -> Clip {
    let r = &asked.request;
    match r.latent.as_ref().filter(|_| raw) {
        Some(l) => Clip {
            width: l.width as usize,
            height: l.height as usize,
            rate: FrameRate::from_fps(l.fps),
            pixel_aspect: 1.0,
            alpha: false,
            deep: false,
        },
        None => Clip {
            width: r.width as usize,
            height: r.height as usize,
            rate: FrameRate::from_fps(r.fps),
            pixel_aspect: r.pixel_aspect,
            alpha: asked.alpha,
            deep: asked.deep,
        },
    }
}

fn frames(asked: &Asked, take: &Take, store: &Store, raw: bool) -> Result<Frames, Failure> {
    let request = &asked.request;
    if !raw {
        let mask = asked.mask.as_ref().map(|mask| Masked::of(request, mask, store)).transpose()?;
        return Ok(Frames::Finished { take: take.clone(), count: request.frames, mask });
    }
    match &request.latent {
        Some(latent) => {
            let source = store.take_with_model_frames(request).unwrap_or_else(|| take.clone());
            Ok(Frames::OfModel { take: source, count: latent.frames })
        }
        None => Ok(Frames::Finished { take: take.clone(), count: request.frames, mask: None }),
    }
}

/// A take that is whole though the model's own frames are lost (removed by hand) is made again.
fn make_room_for_model_frames(request: &Request, take: &Take, store: &Store) -> Result<(), Failure> {
    if request.latent.is_some() && take.is_complete() && !take.is_leased() && store.take_with_model_frames(request).is_none() {
        take.remove().map_err(Failure::failed)?;
    }
    Ok(())
}

fn cancelled() -> Failure {
    Failure::Cancelled("cancelled; what was finished is kept, and the same command goes on from there".into())
}

fn of_output(e: OutputError) -> Failure {
    match e {
        OutputError::UnknownExtension { .. } | OutputError::NoFrameNumber { .. } | OutputError::NumberInOneFile { .. } => {
            Failure::Usage(e.to_string())
        }
        e => Failure::failed(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::tests::pack;
    use crate::output::write_png;
    use wakeframe_take::pack::Pack;
    use wakeframe_take::picture::Picture;
    use wakeframe_take::request::{Camera, Settings, Stills};

    /// A small grey picture file.
    pub(super) fn png(dir: &Path, name: &str, grey: f32) -> PathBuf {
        let path = dir.join(name);
        write_png(&path, &Picture::filled(32, 16, &[grey; 3]).unwrap()).unwrap();
        path
    }

    /// A latent pack that takes pictures, described in `dir`; no graph.
    pub(super) fn latent_pack(dir: &Path) -> Pack {
        let text = "format = 1\nname = \"tiny\"\ntitle = \"T\"\nfamily = \"ltx\"\nbest_for = \"tests\"\nlicence = \"MIT\"\ncommercial_use = true\n\
                    [limits]\nmin_duration = 0.3\nmax_duration = 1.0625\ndefault_fps = 16.0\nmax_width = 128\n\
                    [latent]\nchannels = 4\nspatial = 8\ntemporal = 4\nframe_multiple = 4\nframe_offset = 1\nframe_rounding = \"floor\"\n\
                    max_frames = 17\nsize_multiple = 16\nnative_sizes = [[64, 32]]\nfps = 16.0\nschedulers = [\"unipc\"]\n\
                    controls = [\"prompt\", \"negative\", \"camera\", \"drift\", \"last\", \"keyframes\", \"degradation\"]\n\
                    [defaults]\nsteps = 4\nguidance = 5.0\nnegative = \"static\"\ndual_clock = [0.1, 0.5]\n";
        std::fs::create_dir_all(dir.join("tiny")).unwrap();
        std::fs::write(dir.join("tiny/pack.toml"), text).unwrap();
        Pack::open(&dir.join("tiny")).unwrap()
    }

    /// A store with a whole take of three frames.
    pub(super) fn finished(dir: &Path) -> (Take, Request) {
        let store = Store::open(dir).unwrap();
        let camera = Camera { pan: -0.6, ..Camera::default() };
        let settings = Settings { duration: 0.125, prompt: "water ripples".into(), camera, ..Settings::default() };
        let still = Picture::filled(32, 24, &[0.25, 0.5, 0.75]).unwrap();
        let stills = Stills::one(store.put_still(&still).unwrap(), (32, 24), 1.0);
        let request = Request::new(&settings, &pack(), &stills).unwrap().0;
        let take = store.take(&request.take_hash());
        take.begin(&request).unwrap();
        (0..request.frames).for_each(|n| take.put_frame(n, &still).unwrap());
        take.complete(&request).unwrap();
        (take, request)
    }

    pub(super) fn clip() -> Clip {
        Clip { width: 32, height: 24, rate: FrameRate::from_fps(24.0), pixel_aspect: 1.0, alpha: false, deep: false }
    }

    fn asked(request: Request) -> Asked {
        Asked { request, alpha: true, deep: true, mask: None, notes: Vec::new() }
    }

    fn latent_asked(dir: &Path, store: &Store) -> Asked {
        let settings = Settings { frames: 5, fps: 24.0, ..Settings::default() };
        let still = store.put_still(&Picture::filled(640, 360, &[0.5; 3]).unwrap()).unwrap();
        asked(Request::new(&settings, &latent_pack(dir), &Stills::one(still, (640, 360), 2.0)).unwrap().0)
    }

    #[test]
    fn an_array_has_the_models_size_and_everything_else_the_takes() {
        let dir = tempfile::tempdir().unwrap();
        let asked = latent_asked(dir.path(), &Store::open(dir.path()).unwrap());
        let l = asked.request.latent.clone().unwrap();
        let raw = super::clip(&asked, true);
        assert_eq!((raw.width as u32, raw.height as u32, raw.rate.fps(), raw.alpha), (l.width, l.height, 16.0, false));
        let film = super::clip(&asked, false);
        assert_eq!((film.width, film.height, film.rate.fps(), film.pixel_aspect, film.alpha, film.deep), (640, 360, 24.0, 2.0, true, true));
    }

    #[test]
    fn lost_model_frames_are_made_again_for_an_array() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let request = latent_asked(dir.path(), &store).request;
        let take = store.take(&request.take_hash());
        take.begin(&request).unwrap();
        (0..5).for_each(|n| take.put_model_frame(n, 1, 1, &[0.5; 3]).unwrap());
        take.complete(&request).unwrap();
        make_room_for_model_frames(&request, &take, &store).unwrap();
        assert!(take.is_complete(), "nothing is lost");
        std::fs::remove_file(take.folder().join("model/0003.npy")).unwrap();
        make_room_for_model_frames(&request, &take, &store).unwrap();
        assert!(!take.folder().exists());
    }

    #[test]
    fn an_array_of_the_embedded_model_is_the_takes_own_frames_without_a_mask() {
        let dir = tempfile::tempdir().unwrap();
        let (take, request) = finished(dir.path());
        let store = Store::open(dir.path()).unwrap();
        let masked = Asked { mask: Some(request.still.clone()), ..asked(request.clone()) };
        assert!(matches!(frames(&masked, &take, &store, true).unwrap(), Frames::Finished { count: 3, mask: None, .. }));
        assert!(matches!(frames(&masked, &take, &store, false).unwrap(), Frames::Finished { mask: Some(_), .. }));
    }
}
