//! A take is rendered, reviewed and shown: the numbers are those of what was asked, and the page holds everything itself.

mod stage;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use stage::{engine, photograph, stage};
use wakeframe_tests::Picture;

fn wakeframe(arguments: &[&OsStr]) -> String {
    let out = Command::new(engine()).args(arguments).output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn small_photograph(folder: &Path) -> PathBuf {
    let path = folder.join("still.png");
    Picture::read(&photograph("picosdeeuropa.jpg")).unwrap().resized(640, 360).write_png(&path).unwrap();
    path
}

/// Renders a second of the photograph; gives the take's hash and the notes.
fn rendered(folder: &Path, options: &[&str]) -> (String, Vec<String>) {
    let (still, out) = (small_photograph(folder), folder.join("clip.mp4"));
    let mut arguments: Vec<&OsStr> = vec!["render".as_ref(), still.as_os_str(), "-o".as_ref(), out.as_os_str(), "--json".as_ref()];
    arguments.extend(["--duration", "1", "--seed", "5"].iter().chain(options).map(OsStr::new));
    let said = wakeframe(&arguments);
    let events: Vec<Value> = said.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let of = |kind: &str| events.iter().filter(move |e| e["event"] == kind).collect::<Vec<_>>();
    let hash = of("done")[0]["take"].as_str().unwrap().to_string();
    (hash, of("note").iter().map(|e| e["text"].as_str().unwrap().to_string()).collect())
}

fn reviewed(take: &str, more: &[&OsStr]) -> Value {
    let arguments = [&["review".as_ref(), take.as_ref(), "--json".as_ref()], more].concat();
    serde_json::from_str(&wakeframe(&arguments)).unwrap()
}

#[test]
fn a_pan_is_measured_and_shown_on_a_page_of_its_own() {
    let (stage, _turn) = stage();
    let folder = stage.folder.join("pan");
    std::fs::create_dir_all(&folder).unwrap();
    let (hash, notes) = rendered(&folder, &["--pan", "0.8", "--prompt", ""]);
    let page = folder.join("report.html");
    let review = reviewed(&hash[..10], &["-o".as_ref(), page.as_os_str()]);
    println!("{}\n{}", review["verdict"], review["summary"]);

    // The camera goes right, so that the content goes left.
    assert_eq!(review["summary"]["direction"], "left");
    let pan = review["summary"]["camera"]["pan"].as_f64().unwrap();
    assert!((0.02..0.09).contains(&pan), "{pan}");
    assert_eq!(review["per_frame"].as_array().unwrap().len() as u64, review["frames"].as_u64().unwrap());
    assert_eq!(review["verdict"]["steady"], true, "{}", review["verdict"]);
    let said = notes.last().unwrap();
    assert!(said.starts_with("Looks steady: camera pans right") && said.len() < 80, "{notes:?}");

    let html = std::fs::read_to_string(&page).unwrap();
    assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("<script"), "the page needs something else");
    assert!(html.contains(review["verdict"]["sentence"].as_str().unwrap()) && html.matches("<svg").count() >= 7);
    let uris: Vec<&str> = html.split("src=\"").skip(1).map(|s| s.split('"').next().unwrap()).collect();
    assert_eq!(uris.len(), 6);
    for uri in uris {
        let bytes = base64(uri.strip_prefix("data:image/jpeg;base64,").unwrap());
        assert!(image::load_from_memory(&bytes).unwrap().width() > 300);
    }
}

#[test]
fn a_static_prompt_is_still_and_says_so() {
    let (stage, _turn) = stage();
    let folder = stage.folder.join("static");
    std::fs::create_dir_all(&folder).unwrap();
    let (hash, notes) = rendered(&folder, &["--prompt", "nothing moves, static scene"]);
    let review = reviewed(&hash, &[]);
    println!("{}", review["summary"]);
    assert_eq!((&review["summary"]["direction"], &review["verdict"]["steady"]), (&"none".into(), &true.into()));
    assert!(review["summary"]["flicker"].as_f64().unwrap() < 0.1);
    assert_eq!(notes.last().unwrap(), "Looks steady: nothing moves, as asked");
}

#[test]
fn a_clip_that_flickers_is_called_flickering_with_what_helps() {
    let (stage, _turn) = stage();
    let folder = stage.folder.join("flicker");
    std::fs::create_dir_all(folder.join("frames")).unwrap();
    let still = small_photograph(&folder);
    let picture = Picture::read(&still).unwrap();
    for n in 0..16 {
        let gain = if n % 2 == 0 { 1.0 } else { 0.96 };
        let lit = Picture::from_fn(640, 360, |x, y| picture.pixel(x, y).map(|v| v * gain));
        lit.write_png(&folder.join(format!("frames/f{n:03}.png"))).unwrap();
    }
    let review = reviewed(folder.join("frames").to_str().unwrap(), &["--still".as_ref(), still.as_os_str()]);
    println!("{}", review["verdict"]);
    assert_eq!(review["verdict"]["findings"][0]["word"], "flickers");
    assert!(review["verdict"]["findings"][0]["parameters"].as_array().unwrap().contains(&"seed".into()));
}

#[test]
fn checks_hint_and_never_fail() {
    let hints = |arguments: &[&str]| {
        let still = photograph("picosdeeuropa.jpg");
        let all = [&["check".as_ref(), still.as_os_str(), "--json".as_ref()], &arguments.iter().map(OsStr::new).collect::<Vec<_>>()[..]];
        let said: Value = serde_json::from_str(&wakeframe(&all.concat())).unwrap();
        said["hints"].as_array().unwrap().iter().map(|h| h["hint"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(hints(&["--prompt", "clouds drift left", "--duration", "4"]), [] as [&str; 0]);
    assert_eq!(hints(&["--prompt", "a beautiful mountain landscape, 8k", "--duration", "60"]), ["describes_scene", "too_long"]);
}

/// RFC 4648, as a browser would read it.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.bytes().filter(|b| *b != b'=').map(|b| ALPHABET.iter().position(|a| *a == b).expect("not base64") as u32);
    let (mut held, mut bits, mut bytes) = (0u32, 0, Vec::new());
    for digit in digits {
        (held, bits) = (held << 6 | digit, bits + 6);
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    bytes
}
