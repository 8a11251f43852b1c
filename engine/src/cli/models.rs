//! `wakeframe models`: the installed packs.

use std::path::PathBuf;

use clap::{ArgMatches, Command};
use serde::Serialize;
use wakeframe_take::pack::{Installed, Pack, search_folders};

use super::{Failure, json_flag, print, program, quantity};

pub(super) fn command() -> Command {
    Command::new("models")
        .about("Lists the installed model packs: what each is for, its limits and its licence")
        .arg(json_flag("Prints the list as JSON"))
}

pub(super) fn run(m: &ArgMatches) -> Result<(), Failure> {
    let folders = search_folders(Some(&program()));
    let installed = Installed::find(&folders);
    if m.get_flag("json") {
        print::json(&Listed::of(&installed, folders));
    } else {
        lines(&installed, &folders).iter().for_each(|l| print::line(l));
    }
    Ok(())
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
    let shown: Vec<String> = folders.iter().map(|f| f.canonicalize().unwrap_or_else(|_| f.clone()).display().to_string()).collect();
    if shown.is_empty() { "no folder of packs is there".into() } else { shown.join(", ") }
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
        format!("  folder    {}", p.folder.canonicalize().unwrap_or_else(|_| p.folder.clone()).display()),
        String::new(),
    ]
}

#[derive(Serialize)]
struct Listed {
    models: Vec<ListedPack>,
    faults: Vec<String>,
    folders: Vec<PathBuf>,
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

impl Listed {
    fn of(installed: &Installed, folders: Vec<PathBuf>) -> Self {
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
        Self { models: models.collect(), faults: installed.faults.iter().map(|f| f.to_string()).collect(), folders }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "format = 1\nname = \"slow\"\ntitle = \"Slow\"\nfamily = \"wan\"\nbest_for = \"people\"\nlicence = \"CC-BY-NC-4.0\"\ncommercial_use = false\n\
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
        let json = serde_json::to_value(Listed::of(&installed, folders)).unwrap();
        assert_eq!(json["models"][0]["family"], "wan");
        assert_eq!(json["faults"].as_array().map(Vec::len), Some(1));
        assert!(lines(&Installed::default(), &[]).join("\n").contains("WAKEFRAME_PACKS"));
    }
}
