//! `wakeframe-bundle`: builds, installs and verifies `Wakeframe.ofx.bundle`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command, value_parser};
use wakeframe_bundle::assemble::{self, Parts};
use wakeframe_bundle::install::{self, HOST_CACHES};
use wakeframe_bundle::layout::{Layout, bundle_in};
use wakeframe_bundle::{BundleError, probe, verify};

fn main() -> ExitCode {
    let matches = command().get_matches();
    let result = match matches.subcommand() {
        Some(("build", m)) => build(m),
        Some(("install", m)) => install(m),
        Some(("verify", m)) => check(&path(m, "bundle")),
        Some(("probe", m)) => probe(&path(m, "plugin")),
        _ => Ok(ExitCode::FAILURE),
    };
    result.unwrap_or_else(|fault| {
        eprintln!("wakeframe-bundle: {fault}");
        ExitCode::FAILURE
    })
}

fn command() -> Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).value_parser(value_parser!(PathBuf)).help(help)
    };
    let place = |name: &'static str, help: &'static str| Arg::new(name).required(true).value_parser(value_parser!(PathBuf)).help(help);
    Command::new("wakeframe-bundle")
        .version(wakeframe_take::VERSION)
        .about("Builds, installs and verifies Wakeframe.ofx.bundle")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("build")
                .about("Links the plugin and assembles the bundle from what `cargo build --release` made")
                .arg(option("out", "DIR", "Folder the bundle is put in").default_value("target/bundle"))
                .arg(option("root", "DIR", "The source tree").default_value("."))
                .arg(option("built", "DIR", "Folder cargo built into [default: this program's own]"))
                .arg(option("runtime", "DIR", "Folder of ONNX Runtime [default: ROOT/target/onnxruntime]")),
        )
        .subcommand(
            Command::new("install")
                .about("Copies the bundle where hosts look, then verifies it there")
                .arg(option("bundle", "PATH", "The bundle").default_value("target/bundle/Wakeframe.ofx.bundle"))
                .arg(option("prefix", "DIR", "Plugin folder [default: the system's]")),
        )
        .subcommand(Command::new("verify").about("Checks an installed bundle as a host would meet it").arg(place("bundle", "The bundle")))
        .subcommand(Command::new("probe").hide(true).about("Loads a plugin and prints what it says").arg(place("plugin", "The .ofx file")))
}

fn path(m: &ArgMatches, name: &str) -> PathBuf {
    given(m, name).unwrap_or_default()
}

fn given(m: &ArgMatches, name: &str) -> Option<PathBuf> {
    m.get_one::<PathBuf>(name).cloned()
}

fn layout() -> Result<Layout, BundleError> {
    Layout::here().ok_or(BundleError::UnknownSystem)
}

fn own_program() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("wakeframe-bundle"))
}

fn build(m: &ArgMatches) -> Result<ExitCode, BundleError> {
    let root = path(m, "root");
    let parts = Parts {
        built: given(m, "built").unwrap_or_else(|| own_program().parent().unwrap_or(Path::new(".")).into()),
        runtime: given(m, "runtime").unwrap_or_else(|| root.join("target").join("onnxruntime")),
        root,
    };
    let bundle = assemble::build(&parts, &layout()?, &path(m, "out"))?;
    println!("{}", bundle.display());
    Ok(ExitCode::SUCCESS)
}

fn install(m: &ArgMatches) -> Result<ExitCode, BundleError> {
    let prefix = match given(m, "prefix") {
        Some(prefix) => prefix,
        None => layout()?.plugins_folder.into(),
    };
    install::install(&path(m, "bundle"), &prefix)?;
    let code = check(&bundle_in(&prefix))?;
    if code == ExitCode::SUCCESS {
        println!("Restart the host. If the node is not listed or looks old, remove the host's cache:");
        for (host, cache) in HOST_CACHES {
            println!("  {host}: {cache}");
        }
    }
    Ok(code)
}

fn check(bundle: &Path) -> Result<ExitCode, BundleError> {
    let report = verify::verify(bundle, &own_program());
    for check in &report.checks {
        match &check.result {
            Ok(found) => println!("ok    {:<10} {found}", check.what),
            Err(wrong) => println!("FAULT {:<10} {wrong}", check.what),
        }
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn probe(plugin: &Path) -> Result<ExitCode, BundleError> {
    match probe::load(plugin) {
        Ok(plugins) => {
            println!("{}", serde_json::to_string(&plugins).unwrap_or_default());
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            eprintln!("{why}");
            Ok(ExitCode::FAILURE)
        }
    }
}
