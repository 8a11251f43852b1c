//! Which model packs are installed. Only `pack.toml` is read here: enough for a menu, a request's hash and its
//! limits. The engine validates a pack's graphs before it runs them.

mod control;
mod error;
mod frame_rule;
mod installed;
mod latent;
mod precision;
mod size_rule;

pub use control::{Control, Controls};
pub use error::PackError;
pub use frame_rule::{FrameRule, Rounding};
pub use installed::{Installed, search_folders, user_data_folder, user_packs_folder};
pub use latent::{Defaults, LATENT_FAMILIES, Latent, Scheduler};
pub use precision::{Float, Precision};
pub use size_rule::SizeRule;

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The `pack.toml` layout this build reads.
pub const PACK_FORMAT: u32 = 1;

/// What one model can be asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Limits {
    /// Shortest clip, seconds.
    pub min_duration: f64,
    /// Longest clip, seconds; of a latent family's at its own frame rate.
    pub max_duration: f64,
    /// Frame rate used where the host names none, frames per second.
    pub default_fps: f64,
    /// Widest frame, pixels.
    pub max_width: u32,
}

/// An installed pack as a menu shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// Short name, the word given to `--model`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Family that runs it, such as `motion_field`.
    pub family: String,
    /// The pack's own version; empty where it has none.
    pub version: String,
    /// One line: what it is best for.
    pub best_for: String,
    /// SPDX licence of the weights.
    pub licence: String,
    /// Where the licence can be read; empty where the pack does not say.
    pub licence_url: String,
    /// Whether the licence allows commercial use.
    pub commercial_use: bool,
    /// What made the pack; empty where it does not say.
    pub exporter: String,
    /// What its largest graph's weights are stored as.
    pub precision: Precision,
    /// What it can be asked for.
    pub limits: Limits,
    /// What a latent family's pack says beside; `None` for `motion_field`.
    pub latent: Option<Latent>,
    /// Digest of `pack.toml` (blake3, hex), which itself holds the digest of every component.
    pub digest: String,
    /// The pack's folder.
    pub folder: PathBuf,
}

#[derive(Deserialize)]
struct Described {
    format: u32,
    name: String,
    title: String,
    family: String,
    #[serde(default)]
    version: String,
    best_for: String,
    licence: String,
    #[serde(default)]
    licence_url: String,
    commercial_use: bool,
    #[serde(default)]
    exporter: String,
    #[serde(default)]
    precision: Option<String>,
    limits: Limits,
    latent: Option<latent::Table>,
    #[serde(default)]
    defaults: latent::DefaultsTable,
}

impl Pack {
    /// Reads `folder/pack.toml`.
    pub fn open(folder: &Path) -> Result<Self, PackError> {
        let path = folder.join("pack.toml");
        let file = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|e| PackError::Unreadable { file: file.clone(), reason: e.to_string() })?;
        Self::parse(&text, folder).map_err(|reason| PackError::Malformed { file, reason })
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let d: Described = toml::from_str(text).map_err(|e| e.to_string())?;
        if d.format != PACK_FORMAT {
            return Err(format!("format {} (this engine reads format {PACK_FORMAT})", d.format));
        }
        if d.name.is_empty() || !d.name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) || d.name.starts_with('.') {
            return Err(format!("name “{}” (letters, digits, - _ . only, and no dot at its beginning)", d.name));
        }
        let l = &d.limits;
        if !(l.min_duration > 0.0
            && l.max_duration >= l.min_duration
            && l.max_duration <= 3600.0
            && l.default_fps >= 1.0
            && l.default_fps <= 240.0
            && l.max_width >= 16)
        {
            return Err("limits out of range".into());
        }
        let latent = match (d.latent, LATENT_FAMILIES.contains(&d.family.as_str())) {
            (Some(table), true) => Some(latent::read(table, d.defaults, l)?),
            (None, false) => None,
            (None, true) => return Err(format!("it has no [latent] table, which the family “{}” needs", d.family)),
            (Some(_), false) => return Err(format!("it has a [latent] table, which the family “{}” does not know", d.family)),
        };
        let precision = match d.precision {
            Some(word) => Precision::of_word(&word).ok_or_else(|| Precision::wrong(&word))?,
            None => Precision::default(),
        };
        Ok(Self {
            name: d.name,
            title: d.title,
            family: d.family,
            version: d.version,
            best_for: d.best_for,
            licence: d.licence,
            licence_url: d.licence_url,
            commercial_use: d.commercial_use,
            exporter: d.exporter,
            precision,
            limits: d.limits,
            latent,
            digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
            folder: folder.into(),
        })
    }

    /// What it can be told.
    pub fn controls(&self) -> Controls {
        self.latent.as_ref().map_or_else(Controls::of_motion_field, |l| l.controls.clone())
    }

    /// Bytes of all files in the pack.
    pub fn size_on_disk(&self) -> u64 {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|e| e.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A pack of `motion_field`.
    pub(crate) const PLAIN: &str = r#"
format = 1
name = "mini"
title = "Mini"
family = "motion_field"
best_for = "any still"
licence = "Apache-2.0"
commercial_use = true
[limits]
min_duration = 0.5
max_duration = 10.0
default_fps = 24.0
max_width = 4096
"#;

    /// A latent pack that can be told everything.
    pub(crate) const LATENT: &str = r#"
format = 1
name = "all"
title = "All controls"
family = "wan"
version = "2"
best_for = "tests"
licence = "Apache-2.0"
licence_url = "https://example.org/licence"
commercial_use = true
exporter = "wakeframe-export 0.1.0"
precision = "fp16+int8"
[limits]
min_duration = 0.3
max_duration = 5.0625
default_fps = 16.0
max_width = 1280
[latent]
channels = 16
spatial = 8
temporal = 4
frame_multiple = 4
frame_offset = 1
frame_rounding = "quotient"
max_frames = 81
size_multiple = 16
native_sizes = [[832, 480], [1280, 720]]
fps = 16.0
fps_conditioned = false
fps_range = [1.0, 60.0]
schedulers = ["unipc", "euler"]
controls = ["prompt", "negative", "guidance", "guidance_low", "guidance_first", "dynamic_guidance", "steps", "scheduler",
  "shift", "last", "keyframes", "motion_bucket", "noise_aug", "degradation", "camera", "drift", "loop"]
[defaults]
steps = 40
guidance = 5.0
guidance_low = 3.5
guidance_first = 1.0
negative = "static, blurred"
shift = 5.0
motion_bucket = 127
noise_aug = 0.02
dual_clock = [0.06, 0.14]
"#;

    pub(crate) fn put(root: &Path, folder: &str, text: &str) {
        std::fs::create_dir_all(root.join(folder)).unwrap();
        std::fs::write(root.join(folder).join("pack.toml"), text).unwrap();
    }

    pub(crate) fn parsed(text: &str) -> Pack {
        Pack::parse(text, Path::new("/nowhere")).unwrap()
    }

    #[test]
    fn the_digest_follows_the_description() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "a", PLAIN);
        let before = Pack::open(&dir.path().join("a")).unwrap().digest;
        put(dir.path(), "a", &PLAIN.replace("any still", "every still"));
        assert_ne!(before, Pack::open(&dir.path().join("a")).unwrap().digest);
    }

    #[test]
    fn a_plain_pack_needs_no_new_table() {
        let p = parsed(PLAIN);
        assert_eq!((p.latent.is_none(), p.precision.word().as_str(), p.version.as_str()), (true, "fp32", ""));
        assert!(p.controls().has(Control::Loop) && p.controls().has(Control::Prompt) && !p.controls().has(Control::Drift));
    }

    #[test]
    fn a_latent_pack_is_read_whole() {
        let p = parsed(LATENT);
        assert_eq!((p.version.as_str(), p.licence_url.as_str()), ("2", "https://example.org/licence"));
        assert_eq!(p.precision.word(), "fp16+int8");
        let l = p.latent.unwrap();
        assert_eq!((l.channels, l.spatial, l.temporal, l.fps, l.fps_range), (16, 8, 4, 16.0, (1.0, 60.0)));
        assert_eq!(l.frames, FrameRule { multiple: 4, offset: 1, rounding: Rounding::Quotient, max: 81 });
        assert_eq!((l.sizes.multiple, l.sizes.native.as_slice(), l.sizes.max), (16, [(832, 480), (1280, 720)].as_slice(), 1280));
        assert_eq!(l.schedulers, [Scheduler::Unipc, Scheduler::Euler]);
        assert!(Control::ALL.into_iter().all(|c| l.controls.has(c)));
        let d = &l.defaults;
        assert_eq!((d.steps, d.guidance, d.guidance_low, d.guidance_first), (40, 5.0, Some(3.5), Some(1.0)));
        assert_eq!((d.shift, d.motion_bucket, d.noise_aug, d.dual_clock), (Some(5.0), Some(127), Some(0.02), Some((0.06, 0.14))));
        assert_eq!(d.negative, "static, blurred");
    }

    #[test]
    fn whatever_is_wrong_is_named_with_its_file_and_key() {
        let dir = tempfile::tempdir().unwrap();
        let mut wrong: Vec<(&str, &str, &str)> = vec![
            ("format = 1", "format = 9", "format 9"),
            (r#"name = "all""#, r#"name = "a/b""#, "name “a/b”"),
            (r#"name = "all""#, r#"name = "..""#, "name “..”"),
            ("max_width = 1280", "max_width = 8", "limits"),
            (r#""wan""#, r#""motion_field""#, "[latent] table"),
            ("fp16+int8", "fp8", "precision “fp8”"),
            ("channels = 16", "channels = 0", "latent.channels is 0"),
            ("channels = 16\n", "", "channels"),
            ("spatial = 8", "spatial = 1000", "latent.spatial"),
            ("temporal = 4", "temporal = 0", "latent.temporal"),
            ("frame_multiple = 4", "frame_multiple = 0", "latent.frame_multiple"),
            ("frame_offset = 1", "frame_offset = 4", "latent.frame_offset is 4"),
            (r#""quotient""#, r#""nearest""#, "frame_rounding"),
            ("max_frames = 81", "max_frames = 80", "latent.max_frames is 80, which is not 4n + 1"),
            ("max_frames = 81", "max_frames = 1", "latent.max_frames is 1"),
            ("size_multiple = 16", "size_multiple = 0", "latent.size_multiple"),
            ("[[832, 480], [1280, 720]]", "[]", "latent.native_sizes is empty"),
            ("[832, 480]", "[830, 480]", "latent.native_sizes has 830×480"),
            ("[1280, 720]", "[1296, 720]", "1296×720"),
            ("\nfps = 16.0", "\nfps = 0.5", "latent.fps is 0.5"),
            ("[1.0, 60.0]", "[20.0, 60.0]", "latent.fps_range[0] is 20"),
            ("[1.0, 60.0]", "[1.0, 12.0]", "latent.fps_range[1] is 12"),
            (r#"["unipc", "euler"]"#, "[]", "latent.schedulers is empty"),
            (r#"["unipc", "euler"]"#, r#"["heun"]"#, "“heun”; known are unipc, euler, ddim, dpm"),
            (r#"["unipc", "euler"]"#, r#"["ddim", "ddim"]"#, "“ddim” twice"),
            (r#""last""#, r#""first""#, "latent.controls has the word “first”"),
            ("steps = 40", "steps = 0", "defaults.steps is 0"),
            ("guidance = 5.0", "guidance = -1.0", "defaults.guidance is -1"),
            ("noise_aug = 0.02", "noise_aug = 2.0", "defaults.noise_aug is 2"),
            ("motion_bucket = 127", "motion_bucket = 300", "defaults.motion_bucket is 300"),
            ("[0.06, 0.14]", "[0.2, 0.14]", "defaults.dual_clock[1]"),
        ];
        for key in ["steps = 40", "guidance = 5.0", "guidance_low = 3.5", "guidance_first = 1.0", "shift = 5.0", "noise_aug = 0.02"] {
            wrong.push((key, "", "is missing, though latent.controls has"));
        }
        wrong.push(("dual_clock = [0.06, 0.14]", "", "defaults.dual_clock is missing"));
        for (from, to, words) in wrong {
            let text = LATENT.replacen(from, to, 1);
            assert_ne!(text, LATENT, "{from} is not there");
            put(dir.path(), "p", &text);
            let fault = Pack::open(&dir.path().join("p")).unwrap_err();
            assert!(matches!(fault, PackError::Malformed { .. }));
            let said = fault.to_string();
            assert!(said.contains(words) && said.contains("pack.toml"), "{from} → {to}: {said}");
        }
        let without = &LATENT[..LATENT.find("[latent]").unwrap()];
        put(dir.path(), "p", without);
        assert!(Pack::open(&dir.path().join("p")).unwrap_err().to_string().contains("no [latent] table, which the family “wan” needs"));
        assert!(matches!(Pack::open(&dir.path().join("none")), Err(PackError::Unreadable { .. })));
    }
}
