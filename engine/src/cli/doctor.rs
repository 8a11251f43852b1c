//! `wakeframe doctor`: what is installed, what works, and what to do about what does not.

use std::fs;
use std::path::Path;

use clap::{ArgMatches, Command};
use serde::Serialize;
use wakeframe_take::pack::{Installed, search_folders};
use wakeframe_take::params::EMBEDDED_MODEL;
use wakeframe_take::provider::{Provider, VARIABLE};
use wakeframe_take::service::{Client, EngineProgram, Hello, socket_path};
use wakeframe_take::store::{Store, default_limit, default_root};

use super::{Failure, json_flag, print, program, quantity, store_option};
use crate::pack::Validated;
use crate::runtime;

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// As it should be.
    Good,
    /// Not there, and not needed.
    Absent,
    /// Works, but something should be done.
    Warning,
    /// Nothing can be rendered before this is mended.
    Fatal,
}

#[derive(Debug, Clone, Serialize)]
struct Check {
    name: String,
    state: State,
    found: String,
    /// What to do; none where nothing need be done.
    remedy: Option<String>,
}

impl Check {
    fn new(name: impl Into<String>, state: State, found: impl Into<String>) -> Self {
        Self { name: name.into(), state, found: found.into(), remedy: None }
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

pub(super) fn command() -> Command {
    Command::new("doctor")
        .about("Tells what is installed and what works, and what to do about what does not")
        .arg(store_option())
        .arg(json_flag("Prints the findings as JSON"))
}

pub(super) fn run(m: &ArgMatches) -> Result<(), Failure> {
    let program = program();
    let root = m.get_one::<std::path::PathBuf>("store").cloned().unwrap_or_else(default_root);
    let mut checks = vec![Check::new("program", State::Good, format!("wakeframe {} at {}", wakeframe_take::VERSION, program.display()))];
    checks.extend(runtime_checks());
    checks.extend(pack_checks(&Installed::find(&search_folders(Some(&program)))));
    checks.push(store_check(&root, default_limit()));
    let socket = socket_path();
    let running = Client::new(EngineProgram::beside(&program), socket.clone()).running();
    checks.push(service_check(&socket, running.as_ref()));
    let fatal = checks.iter().filter(|c| c.state == State::Fatal).count();
    if m.get_flag("json") {
        print::json(&serde_json::json!({ "version": wakeframe_take::VERSION, "good": fatal == 0, "checks": checks }));
    } else {
        checks.iter().flat_map(lines).for_each(|l| print::line(&l));
    }
    match fatal {
        0 => Ok(()),
        1 => Err(Failure::Failed("one fault must be mended before anything can be rendered".into())),
        n => Err(Failure::Failed(format!("{n} faults must be mended before anything can be rendered"))),
    }
}

fn lines(check: &Check) -> Vec<String> {
    let mark = match check.state {
        State::Good => "ok",
        State::Absent => "–",
        State::Warning => "!",
        State::Fatal => "FAULT",
    };
    let first = format!("{mark:<6} {:<22} {}", check.name, check.found);
    std::iter::once(first).chain(check.remedy.iter().map(|r| format!("{:<29} → {r}", ""))).collect()
}

/// The library, what it is, what it can use, and whether it counts right.
fn runtime_checks() -> Vec<Check> {
    let reinstall = "reinstall the bundle, or set WAKEFRAME_ORT to the library of an ONNX Runtime this engine knows";
    let library = match runtime::library() {
        Ok(path) => Check::new("ONNX Runtime", State::Good, path.display().to_string()),
        Err(e) => return vec![Check::new("ONNX Runtime", State::Fatal, e.to_string()).remedy(reinstall)],
    };
    let version = match runtime::version() {
        Ok(version) => Check::new("ONNX Runtime version", State::Good, version),
        Err(e) => return vec![library, Check::new("ONNX Runtime version", State::Fatal, e.to_string()).remedy(reinstall)],
    };
    let mut checks = vec![library, version];
    match runtime::providers() {
        Ok(reports) => checks.extend(reports.into_iter().map(|r| provider_check(&r.name, r.loads))),
        Err(e) => checks.push(Check::new("execution providers", State::Fatal, e.to_string()).remedy(reinstall)),
    }
    checks.extend(wanted_provider(Provider::of_environment()));
    checks.push(match runtime::self_test() {
        Ok(()) => Check::new("self-test", State::Good, "a tiny graph gives the right numbers"),
        Err(e) => Check::new("self-test", State::Fatal, e.to_string()).remedy(reinstall),
    });
    checks
}

/// What `WAKEFRAME_PROVIDER` asks for, where it does.
fn wanted_provider(wanted: Result<Provider, String>) -> Option<Check> {
    let name = "provider asked for";
    match wanted {
        Ok(Provider::Auto) => None,
        Ok(provider) => Some(Check::new(name, State::Good, format!("{} ({VARIABLE})", provider.word()))),
        Err(wrong) => Some(Check::new(name, State::Fatal, wrong).remedy(format!("change or unset {VARIABLE}"))),
    }
}

/// Only the processor is needed; the others are there or not.
fn provider_check(name: &str, loads: Result<(), String>) -> Check {
    match loads {
        Ok(()) => Check::new(format!("provider {name}"), State::Good, "loads"),
        Err(reason) if name == "CPU" => {
            Check::new("provider CPU", State::Fatal, reason).remedy("reinstall the bundle: its ONNX Runtime is damaged")
        }
        Err(reason) => Check::new(format!("provider {name}"), State::Absent, format!("not here: {reason}")),
    }
}

fn pack_checks(installed: &Installed) -> Vec<Check> {
    let mut checks: Vec<Check> = installed
        .packs
        .iter()
        .map(|pack| {
            let name = format!("model {}", pack.name);
            match Validated::open(pack) {
                Ok(_) => {
                    Check::new(name, State::Good, format!("{}, {}, digests are right", pack.family, quantity::bytes(pack.size_on_disk())))
                }
                Err(e) if pack.name == EMBEDDED_MODEL => {
                    Check::new(name, State::Fatal, e.to_string()).remedy("reinstall the Wakeframe bundle")
                }
                Err(e) => Check::new(name, State::Warning, e.to_string())
                    .remedy(format!("install the pack again, or remove {}", pack.folder.display())),
            }
        })
        .collect();
    checks.extend(
        installed
            .faults
            .iter()
            .map(|e| Check::new("model", State::Warning, e.to_string()).remedy("install the pack again, or remove its folder")),
    );
    if !installed.packs.iter().any(|p| p.name == EMBEDDED_MODEL) {
        let state = if installed.packs.is_empty() { State::Fatal } else { State::Warning };
        checks.push(
            Check::new(format!("model {EMBEDDED_MODEL}"), state, "the embedded model is not there")
                .remedy("reinstall the Wakeframe bundle, or set WAKEFRAME_PACKS to the folder that holds it"),
        );
    }
    checks
}

fn store_check(root: &Path, limit: u64) -> Check {
    let remedy = "make the folder writable, or set WAKEFRAME_STORE to one that is";
    let store = match Store::open(root) {
        Ok(store) => store,
        Err(e) => return Check::new("take store", State::Fatal, e.to_string()).remedy(remedy),
    };
    let probe = root.join(format!(".doctor.{}", std::process::id()));
    let written = fs::write(&probe, b"wakeframe");
    let _ = fs::remove_file(&probe);
    if let Err(e) = written {
        return Check::new("take store", State::Fatal, format!("{} cannot be written: {e}", root.display())).remedy(remedy);
    }
    let usage = store.usage();
    let found = format!("{}, {} takes, {} of {}", root.display(), usage.takes, quantity::bytes(usage.bytes), quantity::bytes(limit));
    if usage.bytes > limit {
        return Check::new("take store", State::Warning, found).remedy("run `wakeframe store --evict`, or raise WAKEFRAME_STORE_LIMIT_GB");
    }
    Check::new("take store", State::Good, found)
}

fn service_check(socket: &Path, running: Option<&Hello>) -> Check {
    let at = socket.display();
    match running {
        None => Check::new("engine service", State::Absent, format!("none runs at {at}; a node starts it when it needs it")),
        Some(hello) if hello.fits(&Hello::here()) => {
            Check::new("engine service", State::Good, format!("runs at {at}, process {}", hello.pid))
        }
        Some(hello) => {
            Check::new("engine service", State::Warning, format!("version {} runs at {at}, process {}", hello.version, hello.pid))
                .remedy("quit the hosts that use the other version, or end that process")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_but_the_processor_may_be_absent() {
        assert_eq!(provider_check("CUDA", Err("no device".into())).state, State::Absent);
        assert_eq!(provider_check("CUDA", Ok(())).state, State::Good);
        let cpu = provider_check("CPU", Err("broken".into()));
        assert!(cpu.state == State::Fatal && cpu.remedy.is_some());
    }

    #[test]
    fn a_provider_asked_for_that_is_none_is_fatal() {
        assert!(wanted_provider(Ok(Provider::Auto)).is_none());
        assert_eq!(wanted_provider(Ok(Provider::Cuda)).unwrap().found, "cuda (WAKEFRAME_PROVIDER)");
        let wrong = wanted_provider(Err("it is “gpu”".into())).unwrap();
        assert!(wrong.state == State::Fatal && wrong.remedy.unwrap().contains("unset WAKEFRAME_PROVIDER"));
    }

    #[test]
    fn a_broken_embedded_model_is_fatal_and_a_broken_other_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str| {
            let text = format!(
                "format = 1\nname = \"{name}\"\ntitle = \"T\"\nfamily = \"f\"\nbest_for = \"x\"\nlicence = \"MIT\"\ncommercial_use = true\n\
                 [limits]\nmin_duration = 1.0\nmax_duration = 2.0\ndefault_fps = 24.0\nmax_width = 64\n\
                 [components.net]\nfile = \"net.onnx\"\nsha256 = \"00\"\n"
            );
            fs::create_dir_all(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("pack.toml"), text).unwrap();
        };
        let states = || pack_checks(&Installed::find(&[dir.path().into()])).iter().map(|c| (c.name.clone(), c.state)).collect::<Vec<_>>();
        assert_eq!(states(), [("model mini".to_string(), State::Fatal)]);
        put("other");
        assert_eq!(states(), [("model other".to_string(), State::Warning), ("model mini".to_string(), State::Warning)]);
        put("mini");
        assert_eq!(states(), [("model mini".to_string(), State::Fatal), ("model other".to_string(), State::Warning)]);
    }

    #[test]
    fn the_store_is_measured_and_a_bad_one_is_fatal() {
        let dir = tempfile::tempdir().unwrap();
        let good = store_check(&dir.path().join("store"), 1000);
        assert_eq!(good.state, State::Good);
        assert!(good.found.contains("0 takes, 0 B of 1.0 kB"), "{}", good.found);
        fs::write(dir.path().join("store/stills/x.frame"), [0; 64]).unwrap();
        let full = store_check(&dir.path().join("store"), 32);
        assert!(full.state == State::Warning && full.remedy.unwrap().contains("--evict"));
        fs::write(dir.path().join("file"), b"").unwrap();
        assert_eq!(store_check(&dir.path().join("file"), 1000).state, State::Fatal);
    }

    #[test]
    fn another_version_of_the_engine_is_told() {
        let other = Hello { version: "0.0.1".into(), ..Hello::here() };
        let check = service_check(Path::new("/run/e.sock"), Some(&other));
        assert!(check.state == State::Warning && check.found.contains("0.0.1"));
        assert_eq!(service_check(Path::new("/run/e.sock"), Some(&Hello::here())).state, State::Good);
        let none = service_check(Path::new("/run/e.sock"), None);
        assert_eq!(lines(&none).len(), 1);
        assert_eq!(lines(&check).len(), 2);
    }
}
