//! The command line.

use std::path::PathBuf;

use wakeframe_tests::{Context, Depth};

/// What was asked for.
pub enum Command {
    Help,
    Describe { bundle: PathBuf },
    Shot(Shot),
}

/// The options of `shot`.
pub struct Shot {
    pub bundle: PathBuf,
    pub still: PathBuf,
    /// `clip.mp4`, `frame.####.png` or `frame.####.exr`.
    pub out: PathBuf,
    /// A contact sheet as well.
    pub sheet: Option<PathBuf>,
    pub params: Vec<(String, String)>,
    pub press: Option<String>,
    pub frames: u32,
    pub first: i32,
    pub fps: f64,
    pub threads: usize,
    pub depth: Depth,
    pub scale: f64,
    pub context: Context,
    pub json: bool,
}

/// Reads the arguments after the program's name.
pub fn parse(args: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut args = args;
    match args.next().as_deref() {
        None | Some("help" | "--help" | "-h") => Ok(Command::Help),
        Some("describe") => match (args.next(), args.next()) {
            (Some(bundle), None) => Ok(Command::Describe { bundle: bundle.into() }),
            _ => Err("describe takes a bundle and nothing else".to_owned()),
        },
        Some("shot") => shot(args).map(Command::Shot),
        Some(other) => Err(format!("{other:?} is no command")),
    }
}

fn shot(mut args: impl Iterator<Item = String>) -> Result<Shot, String> {
    let bundle = args.next().filter(|bundle| !bundle.starts_with('-'));
    let bundle = bundle.ok_or("shot takes a bundle first")?.into();
    let (mut still, mut out) = (None, None);
    let mut shot = Shot {
        bundle,
        still: PathBuf::new(),
        out: PathBuf::new(),
        sheet: None,
        params: Vec::new(),
        press: None,
        frames: 24,
        first: 1,
        fps: 24.0,
        threads: 1,
        depth: Depth::Byte,
        scale: 1.0,
        context: Context::General,
        json: false,
    };
    while let Some(name) = args.next() {
        if name == "--json" {
            shot.json = true;
            continue;
        }
        let value = args.next().ok_or_else(|| format!("{name} takes a value"))?;
        match name.as_str() {
            "--still" => still = Some(value.into()),
            "--out" => out = Some(value.into()),
            "--sheet" => shot.sheet = Some(value.into()),
            "--param" => {
                let (name, value) = value.split_once('=').ok_or("--param takes NAME=VALUE")?;
                shot.params.push((name.to_owned(), value.to_owned()));
            }
            "--press" => shot.press = Some(value),
            "--frames" => shot.frames = number(&name, &value)?,
            "--first" => shot.first = number(&name, &value)?,
            "--fps" => shot.fps = number(&name, &value)?,
            "--threads" => shot.threads = number(&name, &value)?,
            "--scale" => shot.scale = number(&name, &value)?,
            "--depth" => {
                shot.depth = match value.as_str() {
                    "byte" => Depth::Byte,
                    "short" => Depth::Short,
                    "half" => Depth::Half,
                    "float" => Depth::Float,
                    _ => return Err(format!("--depth {value} is none")),
                };
            }
            "--context" => {
                shot.context = match value.as_str() {
                    "general" => Context::General,
                    "filter" => Context::Filter,
                    _ => return Err(format!("--context {value} is none of general and filter")),
                };
            }
            _ => return Err(format!("{name} is no option")),
        }
    }
    shot.still = still.ok_or("--still is missing")?;
    shot.out = out.ok_or("--out is missing")?;
    if shot.scale <= 0.0 || shot.fps <= 0.0 {
        return Err("--scale and --fps are above 0".to_owned());
    }
    Ok(shot)
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} {value} is no such number"))
}
