//! Clips whose faults are known.

use std::path::Path;

use wakeframe_take::picture::Picture;

use super::*;
use crate::output::write_png;

/// A texture of 160 by 96 or so that has gone (dx, dy) pixels.
pub(super) fn textured(width: usize, height: usize, dx: f32, dy: f32) -> Picture {
    warped(width, height, |x, y| (x - dx, y - dy))
}

/// A texture seen through a map from picture to content.
fn warped(width: usize, height: usize, content: impl Fn(f32, f32) -> (f32, f32)) -> Picture {
    let data = (0..width * height).flat_map(|i| {
        let (x, y) = content((i % width) as f32, (i / width) as f32);
        let v = 0.15 + 0.7 * noise(x, y);
        [v, v * 0.9, v * 0.8]
    });
    Picture::new(width, height, 3, data.collect()).unwrap()
}

/// Value noise of four octaves, 0…1: like a photograph's, its contrast grows with its size, and nothing repeats.
fn noise(x: f32, y: f32) -> f32 {
    let value = |i: i32, j: i32, seed: i32| {
        let mut h = (i.wrapping_mul(374_761_393) ^ j.wrapping_mul(668_265_263) ^ seed.wrapping_mul(1_274_126_177)) as u32;
        h = (h ^ (h >> 13)).wrapping_mul(1_274_126_177);
        h = (h ^ (h >> 16)).wrapping_mul(2_246_822_519);
        (h >> 8) as f32 / (1 << 24) as f32
    };
    let octave = |scale: f32, seed: i32| {
        let (u, v) = (x / scale, y / scale);
        let (i, j) = (u.floor(), v.floor());
        let ease = |t: f32| t * t * (3.0 - 2.0 * t);
        let (s, t, i, j) = (ease(u - i), ease(v - j), i as i32, j as i32);
        let row = |j: i32| value(i, j, seed) * (1.0 - s) + value(i + 1, j, seed) * s;
        row(j) * (1.0 - t) + row(j + 1) * t
    };
    0.4 * octave(48.0, 1) + 0.28 * octave(24.0, 2) + 0.2 * octave(12.0, 3) + 0.12 * octave(6.0, 4)
}

const SIZE: (usize, usize) = (320, 180);

fn lit(mut p: Picture, levels: f32) -> Picture {
    p.data_mut().iter_mut().for_each(|v| *v += levels / 255.0);
    p
}

fn still() -> Picture {
    textured(SIZE.0, SIZE.1, 0.0, 0.0)
}

/// Reviews the frames, of which the first is the still's own.
fn of(frames: u32, mask: Option<&Picture>, frame: impl Fn(u32) -> Picture) -> Review {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir(path("frames")).unwrap();
    write_png(&path("still.png"), &frame(0)).unwrap();
    (0..frames).for_each(|n| write_png(&path(&format!("frames/f{n:03}.png")), &frame(n)).unwrap());
    let (still, masked) = (path("still.png"), path("mask.png"));
    if let Some(mask) = mask {
        write_png(&masked, mask).unwrap();
    }
    let given = Given { still: Some(&still), mask: mask.map(|_| masked.as_path()), fps: None };
    review(&Footage::open(path("frames").to_str().unwrap(), &store(dir.path()), given).unwrap()).unwrap()
}

fn store(dir: &Path) -> wakeframe_take::store::Store {
    wakeframe_take::store::Store::open(&dir.join("store")).unwrap()
}

fn words(review: &Review) -> Vec<&'static str> {
    review.verdict.findings.iter().map(Finding::word).collect()
}

#[test]
fn a_still_clip_is_still() {
    let r = of(12, None, |_| still());
    assert_eq!((words(&r), r.summary.direction), (vec![], Direction::None));
    assert_eq!((r.summary.travel, r.summary.flicker, r.summary.background_consistency), (0.0, 0.0, 1.0));
    assert_eq!((r.summary.temporal_flickering, r.summary.motion_smoothness), (Some(1.0), Some(1.0)));
    assert!(r.per_frame.iter().all(|f| f.drift_outside == 0.0 && f.sharpness == 1.0 && f.motion == 0.0));
}

#[test]
fn a_pan_is_a_smooth_move_of_the_camera_in_the_right_direction_and_size() {
    let r = of(24, None, |n| textured(SIZE.0, SIZE.1, -0.5 * n as f32, 0.0));
    assert_eq!(words(&r), [] as [&str; 0], "{:#?}", r.summary);
    assert_eq!(r.summary.direction, Direction::Left);
    assert!((r.summary.camera.pan - 11.5 / 320.0).abs() < 0.002, "{:?}", r.summary.camera);
    assert!((r.summary.travel - 11.5 / 1.8).abs() < 0.3, "{}", r.summary.travel);
    // Half a pixel a frame, 24 of them a second.
    let speed = r.per_frame[20].motion;
    assert!((speed - 12.0 / 1.8).abs() < 0.6, "{speed}");
    assert!(r.summary.motion_smoothness.unwrap() > 0.99 && r.summary.background_consistency > 0.8, "{:?}", r.summary);
    assert!(r.verdict.to_string().contains("camera pans right"));
}

#[test]
fn brightness_that_comes_and_goes_flickers_and_a_fade_does_not() {
    let flicker = of(16, None, |n| lit(still(), if n % 2 == 0 { 3.0 } else { -3.0 }));
    assert_eq!(words(&flicker), ["flickers"]);
    assert!((flicker.summary.flicker - 6.0).abs() < 0.5, "{}", flicker.summary.flicker);
    assert_eq!(words(&of(16, None, |n| lit(still(), 0.5 * n as f32))), [] as [&str; 0]);
}

#[test]
fn a_background_that_swells_and_shrinks_breathes() {
    let breath = |n: u32, depth: f32| 1.0 + depth * (n as f32 * 0.7).sin();
    let at = |depth: f32| {
        move |n: u32| warped(SIZE.0, SIZE.1, |x, y| (160.0 + (x - 160.0) * breath(n, depth), 90.0 + (y - 90.0) * breath(n, depth)))
    };
    let deep = of(36, None, at(0.02));
    assert!(words(&deep).contains(&"background_breathes"), "{:#?}", deep.summary);
    assert!(deep.verdict.to_string().contains("Strength"), "{}", deep.verdict);
    assert!(!words(&of(36, None, at(0.0004))).contains(&"background_breathes"));
}

#[test]
fn cuts_fades_of_colour_and_blur_are_told() {
    let cut = of(16, None, |n| textured(SIZE.0, SIZE.1, if n < 9 { 0.0 } else { 70.0 }, 0.0));
    assert!(cut.verdict.findings.contains(&Finding::Jumps { frame: 9 }), "{:?}", cut.verdict);
    let tinted = of(16, None, |n| {
        let mut p = still();
        p.data_mut().iter_mut().step_by(3).for_each(|v| *v += n as f32 / 255.0);
        p
    });
    assert_eq!(words(&tinted), ["colour_shifts"]);
    let soft = of(16, None, |n| {
        let fine = warped(SIZE.0, SIZE.1, |x, y| (3.0 * x, 3.0 * y));
        if n < 5 { fine } else { fine.resized(80, 45).unwrap().resized(SIZE.0, SIZE.1).unwrap() }
    });
    assert!(words(&soft).contains(&"softens"), "{:#?}", soft.summary);
}

#[test]
fn a_mask_tells_subject_from_background() {
    let inside = |x: usize, y: usize| (100..220).contains(&x) && (50..130).contains(&y);
    let mask =
        Picture::new(SIZE.0, SIZE.1, 3, (0..SIZE.0 * SIZE.1).flat_map(|i| [f32::from(u8::from(inside(i % 320, i / 320))); 3]).collect());
    let r = of(16, Some(&mask.unwrap()), |n| {
        let (mut p, moved) = (still(), textured(SIZE.0, SIZE.1, 0.0, n as f32));
        for (i, (to, from)) in p.data_mut().chunks_exact_mut(3).zip(moved.data().chunks_exact(3)).enumerate() {
            if inside(i % 320, i / 320) {
                to.copy_from_slice(from);
            }
        }
        p
    });
    let last = r.per_frame.last().unwrap();
    assert!(last.drift_outside < 0.5 && last.drift_inside.unwrap() > 5.0, "{last:?}");
    assert!(r.summary.subject_consistency.unwrap() < 0.9 && r.summary.background_consistency > 0.95, "{:#?}", r.summary);
    assert_eq!((r.summary.direction, r.summary.camera), (Direction::Down, Camera::default()));
}

#[test]
fn what_cannot_be_reviewed_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let message = |what: &str, given: Given<'_>| Footage::open(what, &store, given).map(|_| ()).unwrap_err().to_string();
    assert!(message("abc", Given::default()).contains("abc"));
    assert!(message(dir.path().to_str().unwrap(), Given::default()).contains("no PNG"));
    write_png(&dir.path().join("a.png"), &still()).unwrap();
    assert!(message(dir.path().to_str().unwrap(), Given::default()).contains("--still"));
    let array = dir.path().join("a.npy");
    std::fs::write(&array, b"x").unwrap();
    assert!(message(array.to_str().unwrap(), Given::default()).contains("a.npy"));
    let small = dir.path().join("small.png");
    write_png(&small, &Picture::filled(8, 8, &[0.5; 3]).unwrap()).unwrap();
    write_png(&dir.path().join("b.png"), &Picture::filled(8, 8, &[0.5; 3]).unwrap()).unwrap();
    let footage = Footage::open(dir.path().to_str().unwrap(), &store, Given { still: Some(&small), ..Given::default() }).unwrap();
    assert!(review(&footage).unwrap_err().to_string().contains("frame 1 is 8×8"));
}

#[test]
fn a_glance_takes_groups_of_three_with_both_ends() {
    assert_eq!(chosen(5, 12), [0, 1, 2, 3, 4]);
    assert_eq!(chosen(96, 12), [0, 1, 2, 31, 32, 33, 62, 63, 64, 93, 94, 95]);
}
