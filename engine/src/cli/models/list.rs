//! `wakeframe models`: what is installed, and what could be.

use std::path::PathBuf;

use serde::Serialize;
use wakeframe_take::pack::{Installed, Pack};

use super::super::{Failure, print, quantity};
use super::catalogue::{Catalogue, Checkpoint};
use super::{Places, shown};

pub(super) fn run(json: bool, places: &Places) -> Result<(), Failure> {
    let installed = places.installed();
    let catalogue = Catalogue::read()?;
    let to_be_had: Vec<&Checkpoint> = catalogue.checkpoints.iter().filter(|c| !installed.packs.iter().any(|p| p.name == c.name)).collect();
    if json {
        print::json(&Listed::of(&installed, &to_be_had, &places.searched));
    } else {
        lines(&installed, &places.searched).iter().for_each(|l| print::line(l));
        catalogue_lines(&to_be_had).iter().for_each(|l| print::line(l));
    }
    Ok(())
}

/// What could be installed, three lines each.
fn catalogue_lines(to_be_had: &[&Checkpoint]) -> Vec<String> {
    if to_be_had.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), "To be had (`wakeframe models show NAME` says how, step by step):".to_string()];
    for c in to_be_had {
        let least = c.packs.last().map_or((0, 0), |k| (k.disk, k.memory));
        let most = c.packs.first().map_or((0, 0), |k| (k.disk, k.memory));
        lines.push(format!("  {:<30} {}", c.name, c.best_for));
        let (disk, memory) = (format!("{} to {}", least.0, most.0), format!("{} to {}", least.1, most.1));
        lines.push(format!("  {:<30} {}; {disk} GB on disk, {memory} GB of memory", "", c.makes));
        lines.push(format!("  {:<30} {}", "", c.terms()));
    }
    lines
}

fn lines(installed: &Installed, folders: &[PathBuf]) -> Vec<String> {
    let mut lines: Vec<String> = installed.packs.iter().flat_map(pack_lines).collect();
    if installed.packs.is_empty() {
        lines.push("No model pack is installed. Reinstall the Wakeframe bundle, or set WAKEFRAME_PACKS to a folder of packs.".into());
    }
    if !installed.faults.is_empty() {
        lines.push("Cannot be used:".into());
        lines.extend(installed.faults.iter().map(|fault| format!("  {fault}")));
    }
    lines.push(format!("Looked in: {}", joined(folders)));
    lines
}

fn joined(folders: &[PathBuf]) -> String {
    let all: Vec<String> = folders.iter().map(|f| shown(f)).collect();
    if all.is_empty() { "no folder of packs is there".into() } else { all.join(", ") }
}

fn pack_lines(p: &Pack) -> Vec<String> {
    let l = &p.limits;
    vec![
        format!("{} — {}", p.name, p.title),
        format!("  family    {}", p.family),
        format!("  best for  {}", p.best_for),
        format!(
            "  limits    {} to {} s, up to {} pixels a side; {} frames/s unless asked",
            l.min_duration, l.max_duration, l.max_width, l.default_fps
        ),
        format!("  licence   {}, {}", p.licence, if p.commercial_use { "commercial use allowed" } else { "no commercial use" }),
        format!("  size      {}", quantity::bytes(p.size_on_disk())),
        format!("  folder    {}", shown(&p.folder)),
        String::new(),
    ]
}

#[derive(Serialize)]
struct Listed<'a> {
    models: Vec<ListedPack>,
    to_be_had: &'a [&'a Checkpoint],
    faults: Vec<String>,
    folders: &'a [PathBuf],
}

#[derive(Serialize)]
struct ListedPack {
    name: String,
    title: String,
    family: String,
    best_for: String,
    licence: String,
    commercial_use: bool,
    min_duration: f64,
    max_duration: f64,
    default_fps: f64,
    max_width: u32,
    bytes: u64,
    digest: String,
    folder: PathBuf,
}

impl<'a> Listed<'a> {
    fn of(installed: &Installed, to_be_had: &'a [&'a Checkpoint], folders: &'a [PathBuf]) -> Self {
        let models = installed.packs.iter().map(|p| ListedPack {
            name: p.name.clone(),
            title: p.title.clone(),
            family: p.family.clone(),
            best_for: p.best_for.clone(),
            licence: p.licence.clone(),
            commercial_use: p.commercial_use,
            min_duration: p.limits.min_duration,
            max_duration: p.limits.max_duration,
            default_fps: p.limits.default_fps,
            max_width: p.limits.max_width,
            bytes: p.size_on_disk(),
            digest: p.digest.clone(),
            folder: p.folder.clone(),
        });
        Self { models: models.collect(), to_be_had, faults: installed.faults.iter().map(|f| f.to_string()).collect(), folders }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "format = 1\nname = \"slow\"\ntitle = \"Slow\"\nfamily = \"slow_family\"\nbest_for = \"people\"\nlicence = \"CC-BY-NC-4.0\"\ncommercial_use = false\n\
                        [limits]\nmin_duration = 1.0\nmax_duration = 5.0\ndefault_fps = 16.0\nmax_width = 1280\n";

    #[test]
    fn packs_and_faults_are_both_shown() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("slow", GOOD), ("bad", "format = 1")] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
            std::fs::write(dir.path().join(name).join("pack.toml"), text).unwrap();
        }
        let folders = vec![dir.path().to_path_buf()];
        let installed = Installed::find(&folders);
        let text = lines(&installed, &folders).join("\n");
        for words in ["slow — Slow", "1 to 5 s, up to 1280 pixels", "CC-BY-NC-4.0, no commercial use", "Cannot be used:", "bad"] {
            assert!(text.contains(words), "{words} is missing from\n{text}");
        }
        let catalogue = Catalogue::read().unwrap();
        let to_be_had: Vec<&Checkpoint> = catalogue.checkpoints.iter().take(2).collect();
        let json = serde_json::to_value(Listed::of(&installed, &to_be_had, &folders)).unwrap();
        assert_eq!((json["models"][0]["family"].as_str(), json["to_be_had"][1]["form"].as_str()), (Some("slow_family"), Some("i2v")));
        assert_eq!(json["faults"].as_array().map(Vec::len), Some(1));
        assert!(lines(&Installed::default(), &[]).join("\n").contains("WAKEFRAME_PACKS"));
    }

    #[test]
    fn what_is_not_installed_says_what_it_takes() {
        let catalogue = Catalogue::read().unwrap();
        let text = catalogue_lines(&catalogue.checkpoints.iter().collect::<Vec<_>>()).join("\n");
        for words in
            ["wan2.2-ti2v-5b", "13 to 46 GB on disk, 13 to 31 GB of memory", "Apache-2.0, commercial use allowed", "models show NAME"]
        {
            assert!(text.contains(words), "{words} is missing from\n{text}");
        }
        assert!(catalogue_lines(&[]).is_empty());
    }
}
