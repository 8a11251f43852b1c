//! The embedded model by stage, on the demo photograph at 1920×1080. Run with `make bench`.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use wakeframe_engine::generate::{Control, Models, generate};
use wakeframe_engine::still;
use wakeframe_take::pack::Pack;
use wakeframe_take::request::{Camera, Request, Settings, Stills};
use wakeframe_take::store::Store;

const RUNS: u32 = 3;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let picture = still::read(&root.join("resources/stills/picosdeeuropa.jpg")).expect("the demo photograph").picture;
    let pack = Pack::open(&root.join("resources/models/mini")).expect("the embedded pack");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let store = Store::open(folder.path()).expect("a store");
    let hash = store.put_still(&picture).expect("the still is kept");
    let size = (picture.width() as u32, picture.height() as u32);
    let models = Models::new();
    for run in 1..=RUNS {
        let camera = Camera { dolly: 0.5, pan: 0.2, ..Camera::default() };
        let settings = Settings { prompt: "clouds drift left".into(), seed: run, camera, ..Settings::default() };
        let (request, _) = Request::new(&settings, &pack, &Stills::one(hash.clone(), size, 1.0)).expect("a sound request");
        let (cancel, start) = (AtomicBool::new(false), Instant::now());
        let made = generate(&models, &request, &pack, &store, &Control { cancel: &cancel, report: &|_| {} }).expect("a take");
        let stages: Vec<String> = made.stages.iter().map(|(name, s)| format!("{name} {s:.2} s")).collect();
        println!("run {run}: {} frames in {:.1} s ({})", request.frames, start.elapsed().as_secs_f64(), stages.join(", "));
        made.take.remove().expect("the take is thrown away");
    }
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("peak memory: {}", peak.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("unknown").trim());
}
