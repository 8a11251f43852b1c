//! How long a host waits for the plugin: load and describe in both contexts, each in a fresh process (a plugin stays
//! loaded once it was). Goal: under 20 ms. Run with `make bench`.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use wakeframe_tests::{Context, Host, HostOptions};

const RUNS: usize = 21;

fn main() {
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bundle/Wakeframe.ofx.bundle");
    if std::env::args().any(|a| a == "--one") {
        let start = Instant::now();
        let host = Host::load(&bundle, HostOptions::natron()).expect("no bundle: run `make bundle` first");
        let loaded = start.elapsed();
        for context in [Context::Filter, Context::General] {
            host.describe_in_context(None, context).expect("the plugin describes itself");
        }
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        assert!(!maps.contains("onnxruntime"), "ONNX Runtime was loaded into the host");
        println!("{} {}", loaded.as_secs_f64() * 1e3, start.elapsed().as_secs_f64() * 1e3);
        return;
    }
    let this = std::env::current_exe().expect("this program has a path");
    let mut runs: Vec<(f64, f64)> = (0..RUNS)
        .map(|_| {
            let out = Command::new(&this).arg("--one").output().expect("a fresh process");
            let text = String::from_utf8_lossy(&out.stdout);
            let mut numbers = text.split_whitespace().filter_map(|n| n.parse::<f64>().ok());
            (numbers.next().unwrap_or(f64::NAN), numbers.next().unwrap_or(f64::NAN))
        })
        .collect();
    runs.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (load, all) = runs[RUNS / 2];
    println!(
        "load and describe: median {all:.1} ms (load {load:.1} ms), {:.1} to {:.1} ms, {RUNS} fresh processes",
        runs[0].1,
        runs[RUNS - 1].1
    );
}
