//! `wakeframe models show NAME`: everything about a pack.

use serde::Serialize;
use wakeframe_take::pack::{Latent, Pack, Rounding};

use super::super::{Failure, print, quantity};
use super::catalogue::{Catalogue, Checkpoint};
use super::{Places, shown};
use crate::latent::memory;
use crate::pack::Validated;

pub(super) fn run(name: &str, json: bool, places: &Places) -> Result<(), Failure> {
    let installed = places.pack(name);
    let catalogue = Catalogue::read()?;
    match (installed, catalogue.get(name)) {
        (Ok(pack), _) => {
            let validated = Validated::open(&pack).map_err(|e| e.to_string());
            if json {
                print::json(&Shown::of(&pack, validated.as_ref()));
            } else {
                lines(&pack, validated.as_ref()).iter().for_each(|l| print::line(l));
            }
            validated.map(drop).map_err(Failure::Failed)
        }
        (Err(_), Some(checkpoint)) if json => {
            print::json(checkpoint);
            Ok(())
        }
        (Err(_), Some(checkpoint)) => {
            checkpoint_lines(checkpoint).iter().for_each(|l| print::line(l));
            Ok(())
        }
        (Err(failure), None) => Err(failure),
    }
}

/// A label and its value.
fn line(label: &str, value: impl std::fmt::Display) -> String {
    format!("  {label:<14}{value}").trim_end().into()
}

fn lines(pack: &Pack, validated: Result<&Validated, &String>) -> Vec<String> {
    let mut all = vec![format!("{} — {}", pack.name, pack.title)];
    let family = if pack.version.is_empty() { pack.family.clone() } else { format!("{}, version {}", pack.family, pack.version) };
    all.push(line("family", family));
    all.push(line("best for", &pack.best_for));
    let used = if pack.commercial_use { "commercial use allowed" } else { "no commercial use" };
    let address = if pack.licence_url.is_empty() { String::new() } else { format!(", {}", pack.licence_url) };
    all.push(line("licence", format!("{}, {used}{address}", pack.licence)));
    all.push(line("precision", pack.precision));
    if !pack.exporter.is_empty() {
        all.push(line("made by", &pack.exporter));
    }
    let l = &pack.limits;
    match &pack.latent {
        Some(latent) => all.extend(latent_lines(pack, latent)),
        None => {
            all.push(line(
                "length",
                format!("{} to {} s at any frame rate, {} frames/s unless asked", l.min_duration, l.max_duration, l.default_fps),
            ));
            all.push(line("size", format!("the still's own, up to {} pixels a side", l.max_width)));
        }
    }
    all.push(line("can be told", pack.controls().labels()));
    match validated {
        Ok(validated) => {
            all.extend(component_lines(validated));
            all.extend(pack.latent.iter().flat_map(|latent| memory_lines(validated, latent)));
        }
        Err(fault) => all.push(line("FAULT", fault)),
    }
    all.push(line("folder", shown(&pack.folder)));
    all.push(line("digest", &pack.digest));
    all
}

fn latent_lines(pack: &Pack, latent: &Latent) -> Vec<String> {
    let rule = &latent.frames;
    let sizes: Vec<String> = latent.sizes.native.iter().map(|(w, h)| format!("{w}×{h}")).collect();
    let other = match latent.sizes.only_native {
        true => "no others".into(),
        false => format!("others in steps of {}, up to {} a side", latent.sizes.multiple, latent.sizes.max),
    };
    let told = match latent.fps_conditioned {
        true => format!(", told the take's where that is {} to {}", latent.fps_range.0, latent.fps_range.1),
        false => ", other rates are retimed".into(),
    };
    let seconds = f64::from(rule.max) / latent.fps;
    let mut all = vec![
        line("length", format!("{} to {} frames, {} to {seconds:.2} s at its own rate", rule.min(), rule.max, pack.limits.min_duration)),
        line("frames", format!("{}; {}", rule.formula(), examples(latent))),
        line("frame rate", format!("{} frames/s{told}", latent.fps)),
        line("size", format!("{}; {other}", sizes.join(", "))),
        line("latent", format!("{} channels, 1/{} of the size, 1/{} of the frames", latent.channels, latent.spatial, latent.temporal)),
        line("scheduler", latent.schedulers.iter().map(|s| s.word()).collect::<Vec<_>>().join(", ")),
    ];
    let d = &latent.defaults;
    let numbers = [
        ("guidance of the low-noise expert", d.guidance_low),
        ("guidance of the first frame", d.guidance_first),
        ("flow shift", d.shift),
        ("motion bucket", d.motion_bucket.map(f64::from)),
        ("noise augmentation", d.noise_aug),
    ];
    let steps = if d.steps == 0 { "steps of its own".into() } else { format!("{} steps", d.steps) };
    let mut unless = vec![steps, format!("guidance {}", d.guidance)];
    unless.extend(numbers.into_iter().filter_map(|(label, value)| Some(format!("{label} {}", value?))));
    all.push(line("unless told", unless.join(", ")));
    if !d.negative.is_empty() {
        all.push(line("negative", format!("“{}”", d.negative)));
    }
    all
}

/// What becomes of frame counts beside the longest.
fn examples(latent: &Latent) -> String {
    let rule = &latent.frames;
    if rule.multiple <= 1 {
        return format!("such as {}", rule.max);
    }
    let asked = [rule.max.saturating_sub(1), rule.max.saturating_sub(2)];
    let of = |n: u32| match rule.rounded(n) {
        Some(made) => format!("{n} becomes {made}"),
        None => format!("{n} is refused"),
    };
    let word = match rule.rounding {
        Rounding::Quotient | Rounding::Floor => "others are rounded as its reference does it",
        Rounding::Exact => "no others",
    };
    format!("{word}: {}", asked.map(of).join(", "))
}

fn component_lines(validated: &Validated) -> Vec<String> {
    let mut all = vec![line("components", "")];
    for c in components(validated) {
        let precision = c.precision.map(|p| format!(", {p}")).unwrap_or_default();
        let difference = c.max_difference.map(|d| format!(", differs from the reference by {d:.1e}")).unwrap_or_default();
        all.push(format!("    {:<22}{:>9}{precision}{difference}", c.name, quantity::bytes(c.bytes)));
    }
    all
}

/// Largest need at each native size and the longest clip.
fn memory_lines(validated: &Validated, latent: &Latent) -> Vec<String> {
    let estimates = memories(validated, latent)
        .into_iter()
        .map(|m| format!("about {} at {}×{}, {} frames, in “{}”", quantity::bytes(m.bytes), m.width, m.height, m.frames, m.component));
    estimates.enumerate().map(|(i, text)| line(if i == 0 { "memory" } else { "" }, text)).collect()
}

fn checkpoint_lines(c: &Checkpoint) -> Vec<String> {
    let mut all = vec![
        format!("{} — {} (not installed)", c.name, c.title),
        line("checkpoint", &c.repository),
        line("family", format!("{}, form {}", c.family, c.form)),
        line("parameters", &c.parameters),
        line("makes", &c.makes),
        line("best for", &c.best_for),
        line("licence", c.terms()),
        line("as a pack", ""),
    ];
    all.extend(c.packs.iter().map(|k| format!("    {:<32} {:>4} GB on disk, about {:>3} GB of memory", k.options, k.disk, k.memory)));
    all.push(line("to get it", ""));
    all.extend(c.how().iter().map(|step| format!("    {step}")));
    all
}

#[derive(Debug, Serialize)]
struct ShownComponent<'a> {
    name: &'a str,
    /// Bytes of its file and data on disk.
    bytes: u64,
    weights: u64,
    precision: Option<&'a str>,
    max_difference: Option<f64>,
}

/// Bytes of shared data are counted with the first that names it.
fn components(validated: &Validated) -> Vec<ShownComponent<'_>> {
    let mut counted = std::collections::HashSet::new();
    let mut bytes = |file: &std::path::Path| if counted.insert(file.to_path_buf()) { file.metadata().map_or(0, |m| m.len()) } else { 0 };
    let all = validated.components().map(|(name, c)| ShownComponent {
        name,
        bytes: bytes(&c.file) + c.data.iter().map(|file| bytes(file)).sum::<u64>(),
        weights: c.weights,
        precision: c.precision.as_deref(),
        max_difference: c.max_difference,
    });
    all.collect()
}

#[derive(Debug, Serialize)]
struct Memory {
    width: u32,
    height: u32,
    frames: u32,
    bytes: u64,
    component: String,
}

fn memories(validated: &Validated, latent: &Latent) -> Vec<Memory> {
    let frames = latent.frames.max;
    let of = |(width, height): (u32, u32)| {
        let estimate = memory::estimate(validated, latent, false, (width, height), frames, None);
        let (component, bytes) = estimate.peak();
        Memory { width, height, frames, bytes, component: component.into() }
    };
    latent.sizes.native.iter().copied().map(of).collect()
}

#[derive(Debug, Serialize)]
struct Shown<'a> {
    name: &'a str,
    title: &'a str,
    family: &'a str,
    version: &'a str,
    best_for: &'a str,
    licence: &'a str,
    licence_url: &'a str,
    commercial_use: bool,
    precision: String,
    exporter: &'a str,
    min_duration: f64,
    max_duration: f64,
    default_fps: f64,
    max_width: u32,
    controls: Vec<&'static str>,
    latent: Option<ShownLatent<'a>>,
    components: Vec<ShownComponent<'a>>,
    memory: Vec<Memory>,
    fault: Option<&'a str>,
    digest: &'a str,
    folder: &'a std::path::Path,
}

#[derive(Debug, Serialize)]
struct ShownLatent<'a> {
    frame_rule: String,
    min_frames: u32,
    max_frames: u32,
    fps: f64,
    fps_conditioned: bool,
    fps_range: (f64, f64),
    size_multiple: u32,
    native_sizes: &'a [(u32, u32)],
    only_native_sizes: bool,
    schedulers: Vec<&'static str>,
    steps: u32,
    guidance: f64,
    guidance_low: Option<f64>,
    guidance_first: Option<f64>,
    shift: Option<f64>,
    motion_bucket: Option<u32>,
    noise_aug: Option<f64>,
    negative: &'a str,
}

impl<'a> Shown<'a> {
    fn of(pack: &'a Pack, validated: Result<&'a Validated, &'a String>) -> Self {
        let good = validated.ok();
        Self {
            name: &pack.name,
            title: &pack.title,
            family: &pack.family,
            version: &pack.version,
            best_for: &pack.best_for,
            licence: &pack.licence,
            licence_url: &pack.licence_url,
            commercial_use: pack.commercial_use,
            precision: pack.precision.word(),
            exporter: &pack.exporter,
            min_duration: pack.limits.min_duration,
            max_duration: pack.limits.max_duration,
            default_fps: pack.limits.default_fps,
            max_width: pack.limits.max_width,
            controls: pack.controls().iter().map(|c| c.word()).collect(),
            latent: pack.latent.as_ref().map(ShownLatent::of),
            components: good.map(components).unwrap_or_default(),
            memory: good.zip(pack.latent.as_ref()).map(|(v, l)| memories(v, l)).unwrap_or_default(),
            fault: validated.err().map(String::as_str),
            digest: &pack.digest,
            folder: &pack.folder,
        }
    }
}

impl<'a> ShownLatent<'a> {
    fn of(latent: &'a Latent) -> Self {
        let d = &latent.defaults;
        Self {
            frame_rule: latent.frames.formula(),
            min_frames: latent.frames.min(),
            max_frames: latent.frames.max,
            fps: latent.fps,
            fps_conditioned: latent.fps_conditioned,
            fps_range: latent.fps_range,
            size_multiple: latent.sizes.multiple,
            native_sizes: &latent.sizes.native,
            only_native_sizes: latent.sizes.only_native,
            schedulers: latent.schedulers.iter().map(|s| s.word()).collect(),
            steps: d.steps,
            guidance: d.guidance,
            guidance_low: d.guidance_low,
            guidance_first: d.guidance_first,
            shift: d.shift,
            motion_bucket: d.motion_bucket,
            noise_aug: d.noise_aug,
            negative: &d.negative,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Home;
    use super::*;
    use std::path::Path;

    /// A Wan pack of one component that says how much memory it takes.
    fn wan(dir: &Path, rounding: &str) -> Pack {
        std::fs::write(dir.join("net.bin"), b"abc").unwrap();
        let text = format!(
            "format = 1\nname = \"w\"\ntitle = \"W\"\nfamily = \"wan\"\nversion = \"3\"\nbest_for = \"tests\"\nlicence = \"MIT\"\n\
             licence_url = \"https://example.org/mit\"\ncommercial_use = false\nexporter = \"wakeframe-export 0.1.0\"\nprecision = \"fp16\"\n\
             [limits]\nmin_duration = 0.3\nmax_duration = 5.0625\ndefault_fps = 16.0\nmax_width = 1280\n\
             [latent]\nchannels = 16\nspatial = 8\ntemporal = 4\nframe_multiple = 4\nframe_offset = 1\nframe_rounding = \"{rounding}\"\n\
             max_frames = 81\nsize_multiple = 16\nnative_sizes = [[832, 480]]\nfps = 16.0\nschedulers = [\"unipc\", \"euler\"]\n\
             controls = [\"prompt\", \"steps\", \"shift\"]\n\
             [defaults]\nsteps = 40\nguidance = 5.0\nshift = 3.0\nnegative = \"static\"\n\
             [components.denoiser]\nfile = \"net.bin\"\nweights = 1000000000\nprecision = \"fp16\"\nmax_difference = 1.2e-3\n\
             activation = {{ fixed = 0.0, per_cell = 1000.0, frames = 0 }}\n\
             sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"\n"
        );
        std::fs::write(dir.join("pack.toml"), text).unwrap();
        Pack::open(dir).unwrap()
    }

    #[test]
    fn everything_about_a_latent_pack_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let pack = wan(dir.path(), "quotient");
        let validated = Validated::open(&pack).unwrap();
        let text = lines(&pack, Ok(&validated)).join("\n");
        for words in [
            "w — W",
            "wan, version 3",
            "MIT, no commercial use, https://example.org/mit",
            "precision     fp16",
            "5 to 81 frames, 0.3 to 5.06 s at its own rate",
            "4n + 1; others are rounded as its reference does it: 80 becomes 81, 79 becomes 77",
            "16 frames/s, other rates are retimed",
            "832×480; others in steps of 16, up to 1280 a side",
            "scheduler     unipc, euler",
            "40 steps, guidance 5, flow shift 3",
            "negative      “static”",
            "prompt, step count, flow shift, model size",
            "3 B, fp16, differs from the reference by 1.2e-3",
            "at 832×480, 81 frames, in “denoiser”",
            &pack.digest,
        ] {
            assert!(text.contains(words), "{words} is missing from\n{text}");
        }
        let json = serde_json::to_value(Shown::of(&pack, Ok(&validated))).unwrap();
        assert_eq!((json["latent"]["frame_rule"].as_str(), json["components"][0]["bytes"].as_u64()), (Some("4n + 1"), Some(3)));
        assert!(json["memory"][0]["bytes"].as_u64().unwrap() > 1_200_000_000);
        assert!(examples(wan(dir.path(), "exact").latent.as_ref().unwrap()).contains("no others: 80 is refused"));
    }

    #[test]
    fn a_damaged_pack_is_shown_with_its_fault() {
        let dir = tempfile::tempdir().unwrap();
        let pack = wan(dir.path(), "floor");
        std::fs::write(dir.path().join("net.bin"), b"abd").unwrap();
        let fault = Validated::open(&pack).map_err(|e| e.to_string()).unwrap_err();
        let text = lines(&pack, Err(&fault)).join("\n");
        assert!(text.contains("FAULT") && text.contains("net.bin"), "{text}");
        let places = Places { searched: vec![dir.path().into()], own: None };
        assert_eq!(run("w", true, &places).unwrap_err().code(), 1);
    }

    #[test]
    fn a_plain_pack_and_a_checkpoint_are_shown() {
        let home = Home::new(&["one"], &[]);
        let pack = home.places.pack("one").unwrap();
        let text = lines(&pack, Validated::open(&pack).map_err(|e| e.to_string()).as_ref()).join("\n");
        assert!(text.contains("1 to 5 s at any frame rate") && text.contains("prompt, negative prompt"), "{text}");
        assert!(run("one", false, &home.places).is_ok());
        assert!(run("svd-xt", false, &home.places).is_ok() && run("svd-xt", true, &home.places).is_ok());
        assert_eq!(run("nothing", false, &home.places).unwrap_err().code(), 2);
        let catalogue = Catalogue::read().unwrap();
        let text = checkpoint_lines(catalogue.get("svd-xt").unwrap()).join("\n");
        for words in [
            "svd-xt — Stable Video Diffusion XT, 25 frames (not installed)",
            "--dtype fp16",
            "6 GB on disk",
            "3. wakeframe models add svd-xt",
        ] {
            assert!(text.contains(words), "{words} is missing from\n{text}");
        }
    }
}
