//! The command line on real model families: the model's own frames, previews, and what it refuses.

mod golden;
mod stage;

use std::path::Path;
use std::process::{Command, Output};

use golden::{Golden, root, worst};
use wakeframe_take::npy;
use wakeframe_tests::Picture;

fn render(folder: &Path, still: &Path, form: &str, more: &[&str]) -> Output {
    Command::new(stage::engine())
        .arg("render")
        .arg(still)
        .arg("--model")
        .arg(root().join("packs").join(form))
        .arg("--store")
        .arg(folder.join("store"))
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn write_still(golden: &Golden, name: &str, path: &Path) {
    let still = golden.still(name);
    let pixels = still.data().chunks_exact(3).map(|p| [p[0], p[1], p[2], 1.0]).collect::<Vec<_>>();
    Picture::from_fn(still.width(), still.height(), |x, y| pixels[y * still.width() + x]).write_png(path).unwrap();
}

#[test]
fn frames_npy_is_the_models_own_and_equals_the_reference() {
    let folder = tempfile::tempdir().unwrap();
    let golden = Golden::of("wan21-i2v");
    let case = &golden.cases[0];
    let still = folder.path().join("still.png");
    write_still(&golden, &case.still, &still);
    let text = |v: &dyn ToString| v.to_string();
    let size = format!("{}x{}", case.width, case.height);
    let numbers = [text(&case.seed), text(&case.frames), text(&case.steps), text(&case.guidance), text(&case.shift.unwrap()), size];
    let [seed, frames, steps, guidance, shift, size] = numbers.each_ref().map(String::as_str);
    let arguments = [
        "--prompt",
        &case.prompt,
        "--negative",
        &case.negative,
        "--seed",
        seed,
        "--frames",
        frames,
        "--steps",
        steps,
        "--guidance",
        guidance,
        "--shift",
        shift,
        "--size",
        size,
        "--scheduler",
        &case.scheduler,
        "--preview",
        "steps",
        "-o",
        "frames.npy",
    ];
    std::fs::create_dir(folder.path().join("steps")).unwrap();
    let out = render(folder.path(), &still, "wan21-i2v", &arguments);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let (shape, values) = npy::read(&folder.path().join("frames.npy")).unwrap();
    let (want_shape, want) = golden.frames(case);
    assert_eq!(shape, want_shape);
    let off = worst(&values, &want);
    assert!(off <= 1e-4, "frames.npy differs by {off:.2e}");
    let previews = std::fs::read_dir(folder.path().join("steps")).unwrap().count();
    assert_eq!(previews, golden.latents(case).len(), "a preview picture for every step");
}

#[test]
fn a_take_of_another_rate_and_size_never_denoises_again() {
    let folder = tempfile::tempdir().unwrap();
    let golden = Golden::of("wan21-i2v");
    let still = folder.path().join("still.png");
    write_still(&golden, &golden.cases[0].still, &still);
    let run = |more: &[&str]| {
        let common = ["--model-size", "48x32", "--frames", "5", "--steps", "2", "--seed", "4", "--json"];
        let out = render(folder.path(), &still, "wan21-i2v", &[&common, more].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let first = run(&["-o", "a.####.png"]);
    let again = run(&["--fps", "24", "-o", "b.####.png"]);
    assert!(first.contains("\"denoise\"") && !again.contains("\"denoise\""), "{again}");
    let count = |letter: char| {
        std::fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .filter(|e| e.file_name().to_string_lossy().starts_with(&format!("{letter}.")))
            .count()
    };
    assert_eq!((count('a'), count('b')), (5, 8), "5 frames at 16 frames/s are 8 at 24");
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_computed() {
    let folder = tempfile::tempdir().unwrap();
    let golden = Golden::of("wan21-i2v");
    let still = folder.path().join("still.png");
    write_still(&golden, &golden.cases[0].still, &still);
    let told = |form: &str, more: &[&str]| {
        let out = render(folder.path(), &still, form, &[more, &["-o", "frames.npy"]].concat());
        assert!(!out.status.success());
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    let size = told("wan21-i2v", &["--size", "50x30"]);
    assert!(size.contains("multiple"), "{size}");
    let lacks = told("wan21-i2v", &["--motion-bucket", "90"]);
    assert!(lacks.contains("motion bucket"), "{lacks}");
    let last = told("wan21-flf2v", &["--frames", "5", "--steps", "2", "--model-size", "48x32"]);
    assert!(last.contains("--last"), "{last}");
    let long = told("wan21-i2v", &["--duration", "30"]);
    assert!(long.contains("set Duration to 5.06"), "{long}");
}

#[test]
fn a_clip_larger_than_the_memory_is_refused_with_what_would_fit() {
    let folder = tempfile::tempdir().unwrap();
    let golden = Golden::of("wan21-i2v");
    let still = folder.path().join("still.png");
    write_still(&golden, &golden.cases[0].still, &still);
    let out = Command::new(stage::engine())
        .env("WAKEFRAME_MEMORY_GB", "0.25")
        .arg("render")
        .arg(&still)
        .arg("--model")
        .arg(root().join("packs/wan21-i2v"))
        .args(["--model-size", "1280x720", "--frames", "81", "-o", "frames.npy", "--store"])
        .arg(folder.path().join("store"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && words.contains("What would fit"), "{words}");
}
