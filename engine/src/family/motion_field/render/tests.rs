//! Whole frames of synthetic stills.

use wakeframe_take::picture::Picture;
use wakeframe_take::request::Camera;

use super::{Field, RenderError, Scene, Shot};

const W: usize = 192;
const H: usize = 108;
const NONE: Camera = Camera { pan: 0.0, tilt: 0.0, dolly: 0.0, roll: 0.0 };

fn shot(camera: Camera, frames: u32) -> Shot {
    Shot { frames, fps: 24.0, pixel_aspect: 1.0, camera, strength: 1.0, ..Shot::default() }
}

/// A field of one class everywhere below `horizon` (a part of the height) and sky above, nothing moving.
fn field(class: usize, horizon: f32) -> Field {
    let (w, h) = (24, 14);
    let mut probabilities = vec![0.0; 5 * w * h];
    for i in 0..w * h {
        let sky = ((i / w) as f32 + 0.5) / (h as f32) < horizon;
        probabilities[if sky { 1 } else { class } * w * h + i] = 1.0;
    }
    Field { width: w, height: h, coefficients: vec![0.0; 10 * w * h], depth: vec![0.5; w * h], probabilities }
}

/// Moves what is above `horizon`.
fn drifting(mut f: Field, channel: usize, value: f32, rows: std::ops::Range<usize>) -> Field {
    let at = channel * f.width * f.height;
    f.coefficients[at + rows.start * f.width..at + rows.end * f.width].fill(value);
    f
}

fn noise(x: usize, y: usize, k: usize) -> f32 {
    let mut v = (x * 374_761_393 + y * 668_265_263 + k * 2_246_822_519) as u32;
    v = (v ^ (v >> 13)).wrapping_mul(1_274_126_177);
    ((v ^ (v >> 16)) & 0xFFFF) as f32 / 65_535.0
}

fn drawn(w: usize, h: usize, channels: usize, f: impl Fn(usize, usize, usize) -> f32) -> Picture {
    let data = (0..w * h * channels).map(|i| f(i / channels % w, i / channels / w, i % channels)).collect();
    Picture::new(w, h, channels, data).unwrap()
}

/// Grey noise below the middle, soft clouds above.
fn landscape() -> Picture {
    drawn(W, H, 3, |x, y, k| {
        if y >= H / 2 {
            0.1 + 0.3 * noise(x, y, k)
        } else {
            0.75 + 0.2 * libm::sinf(x as f32 * 0.21 + k as f32) * libm::cosf(y as f32 * 0.16)
        }
    })
}

/// Blobs at pixel positions on dark grey.
fn blobs(at: &[(f32, f32)]) -> Picture {
    drawn(W, H, 3, |x, y, _| {
        let light: f32 = at.iter().map(|(bx, by)| libm::expf(-((x as f32 - bx).powi(2) + (y as f32 - by).powi(2)) / 18.0)).sum();
        0.1 + 0.8 * light.min(1.0)
    })
}

/// Centre of what is light in the part of the picture `inside` keeps.
fn centre(p: &Picture, inside: impl Fn(f32, f32) -> bool) -> (f32, f32) {
    let (mut sx, mut sy, mut n) = (0.0, 0.0, 0.0);
    for y in 0..p.height() {
        for x in 0..p.width() {
            let v = (p.pixel(x as isize, y as isize)[0] - 0.2).max(0.0);
            if inside(x as f32, y as f32) {
                (sx, sy, n) = (sx + v * x as f32, sy + v * y as f32, n + v);
            }
        }
    }
    (sx / n, sy / n)
}

fn last(still: &Picture, f: &Field, s: &Shot) -> Picture {
    Scene::prepare(still, f, s, None).unwrap().frame(s.frames - 1)
}

fn difference(a: &Picture, b: &Picture) -> f32 {
    a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.data().len() as f32
}

#[test]
fn pan_and_tilt_move_content_the_other_way() {
    let still = blobs(&[(96.0, 54.0)]);
    for (camera, sx, sy) in [
        (Camera { pan: 1.0, ..NONE }, -1.0, 0.0),
        (Camera { pan: -1.0, ..NONE }, 1.0, 0.0),
        (Camera { tilt: 1.0, ..NONE }, 0.0, 1.0),
        (Camera { tilt: -1.0, ..NONE }, 0.0, -1.0),
    ] {
        let (x, y) = centre(&last(&still, &field(0, 0.0), &shot(camera, 48)), |_, _| true);
        let (dx, dy) = (x - 96.0, y - 54.0);
        if sx == 0.0 {
            assert!(dx.abs() < 1.0 && dy * sy > 6.0, "{camera:?} {dx} {dy}");
        } else {
            assert!(dy.abs() < 1.0 && dx * sx > 12.0, "{camera:?} {dx} {dy}");
        }
        let half = Shot { strength: 0.5, ..shot(camera, 48) };
        let (x, y) = centre(&last(&still, &field(0, 0.0), &half), |_, _| true);
        assert!((x - 96.0) * sx + (y - 54.0) * sy > 3.0);
    }
}

#[test]
fn dolly_grows_and_shrinks_and_roll_turns() {
    let still = blobs(&[(66.0, 54.0), (126.0, 54.0)]);
    let ends = |camera| {
        let f = last(&still, &field(0, 0.0), &shot(camera, 48));
        (centre(&f, |x, _| x < 96.0), centre(&f, |x, _| x >= 96.0))
    };
    let (l, r) = ends(Camera { dolly: 1.0, ..NONE });
    assert!(r.0 - l.0 > 60.0 * 1.08 && r.0 - l.0 < 60.0 * 1.25);
    let (l, r) = ends(Camera { dolly: -1.0, ..NONE });
    assert!(r.0 - l.0 < 60.0 * 0.96);
    let (l, r) = ends(Camera { roll: 1.0, ..NONE });
    assert!(r.1 - l.1 < -4.0, "content turns anticlockwise: its right side goes up");
    let (l, r) = ends(Camera { roll: -1.0, ..NONE });
    assert!(r.1 - l.1 > 4.0);
}

#[test]
fn nothing_asked_is_the_still_on_every_frame() {
    let still = landscape();
    let quiet = Shot { strength: 0.0, ..shot(Camera { pan: 1.0, tilt: 1.0, dolly: 1.0, roll: 1.0 }, 24) };
    for s in [shot(NONE, 24), quiet, Shot { looped: true, ..quiet }] {
        let scene = Scene::prepare(&still, &field(3, 0.5), &s, None).unwrap();
        for n in [0, 1, 12, 23, 100] {
            assert_eq!(scene.frame(n), still);
        }
    }
}

#[test]
fn frame_0_is_the_still_and_the_next_is_close() {
    let still = landscape();
    let f = drifting(field(0, 0.5), 0, 1.0, 0..7);
    let scene = Scene::prepare(&still, &f, &shot(Camera { pan: 1.0, roll: -1.0, ..NONE }, 96), None).unwrap();
    assert_eq!(scene.frame(0), still);
    let (first, middle) = (difference(&scene.frame(1), &still), difference(&scene.frame(48), &scene.frame(49)));
    assert!(first < 0.3 * middle, "{first} {middle}");
}

#[test]
fn the_ground_stays_to_the_last_bit_under_a_moving_sky() {
    let still = landscape();
    let scene = Scene::prepare(&still, &drifting(field(0, 0.5), 0, 1.0, 0..7), &shot(NONE, 96), None).unwrap();
    let end = scene.frame(95);
    let below = (H / 2 + 3) * W * 3;
    assert_eq!(end.data()[below..], still.data()[below..]);
    // The clouds went 0.05 widths to the right in four seconds.
    let shift = 0.05 * W as f32 * (95.0 / 24.0 - 0.25) / 4.0;
    for y in [10, 25, 38] {
        for x in 40..150 {
            let phase = (x as f32 - shift) * 0.21;
            let want = 0.75 + 0.2 * libm::sinf(phase) * libm::cosf(y as f32 * 0.16);
            assert!((end.pixel(x, y)[0] - want).abs() < 0.03, "{x} {y}");
        }
    }
}

#[test]
fn foliage_sways_and_what_is_firm_beside_it_does_not() {
    let still = drawn(W, H, 3, |x, y, k| if x < W / 2 { [0.1, 0.5 * noise(x, y, 0) + 0.2, 0.1][k] } else { 0.6 + 0.2 * noise(x, y, k) });
    let mut f = field(0, 0.0);
    let cells = f.width * f.height;
    for i in 0..cells {
        if i % f.width < f.width / 2 {
            f.probabilities[i] = 0.0;
            f.probabilities[3 * cells + i] = 1.0;
            f.coefficients[2 * cells + i] = 1.0;
        }
    }
    let scene = Scene::prepare(&still, &f, &shot(NONE, 48), None).unwrap();
    let p = scene.frame(24);
    let changed = |x: usize, y: usize| (0..3).any(|k| p.pixel(x as isize, y as isize)[k] != still.pixel(x as isize, y as isize)[k]);
    assert!((20..60).all(|x| changed(x, 50)));
    for y in 0..H {
        assert!((W / 2 + 4..W).all(|x| !changed(x, y)));
    }
}

#[test]
fn no_border_is_uncovered() {
    let still = drawn(W, H, 3, |x, y, k| 0.5 + 0.4 * noise(x / 4, y / 4, k));
    for camera in [
        Camera { pan: 1.0, tilt: -1.0, ..NONE },
        Camera { dolly: -1.0, roll: 1.0, ..NONE },
        Camera { pan: -1.0, tilt: 1.0, dolly: -1.0, roll: -1.0 },
    ] {
        let p = last(&still, &field(0, 0.3), &shot(camera, 24));
        assert!(p.data().iter().all(|v| (0.3..1.1).contains(v)));
    }
}

#[test]
fn alpha_moves_with_the_picture_and_colour_stays_straight() {
    let inside = |x: f32, y: f32| (x - 96.0).hypot(y - 54.0) < 20.0;
    let still = drawn(W, H, 4, |x, y, k| match (inside(x as f32, y as f32), k) {
        (true, 3) => 1.0,
        (true, _) => [0.9, 0.5, 0.2][k],
        _ => 0.0,
    });
    let p = last(&still, &field(0, 0.0), &shot(Camera { pan: 1.0, ..NONE }, 24));
    let (mut sx, mut n) = (0.0, 0.0);
    for (i, v) in p.data().chunks_exact(4).enumerate() {
        assert!((0.0..=1.0).contains(&v[3]));
        (sx, n) = (sx + v[3] * (i % W) as f32, n + v[3]);
        if v[3] > 0.05 {
            assert!((v[0] - 0.9).abs() < 0.02 && (v[1] - 0.5).abs() < 0.02);
        }
    }
    assert!(sx / n < 85.0);
}

#[test]
fn values_beyond_the_display_range_are_kept() {
    let still = drawn(W, H, 3, |x, y, _| if (x / 24 + y / 24) % 2 == 0 { 3.5 } else { -0.25 });
    let f = drifting(field(0, 0.5), 0, 1.0, 0..7);
    let p = last(&still, &f, &shot(Camera { pan: 0.3, ..NONE }, 24));
    let (low, high) = p.data().iter().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    assert!(high > 3.3 && low < -0.2);
}

#[test]
fn any_size_and_any_number_can_be_rendered() {
    for (w, h) in [(16, 16), (1, 1), (17, 31), (64, 3), (2, 90), (33, 16)] {
        for channels in [3, 4] {
            let still = drawn(w, h, channels, |x, y, k| if k == 3 { noise(x, y, 9) } else { noise(x, y, k) });
            for (gw, gh) in [(1, 1), (3, 2), (64, 36)] {
                for class in 0..5 {
                    let cells = gw * gh;
                    let mut probabilities = vec![0.1; 5 * cells];
                    probabilities[class * cells..(class + 1) * cells - cells / 3].fill(0.9);
                    let mut coefficients: Vec<f32> = (0..10 * cells).map(|i| 4.0 * noise(i, 1, 1) - 2.0).collect();
                    coefficients[0] = f32::NAN;
                    coefficients[5 * cells] = f32::INFINITY;
                    probabilities[0] = f32::NAN;
                    let mut depth: Vec<f32> = (0..cells).map(|i| noise(i, 2, 2)).collect();
                    depth[0] = f32::NAN;
                    let f = Field { width: gw, height: gh, coefficients, depth, probabilities };
                    let camera = Camera { pan: 1.0, tilt: -1.0, dolly: -1.0, roll: f64::NAN };
                    for looped in [false, true] {
                        let s = Shot { looped, fps: 3.0, pixel_aspect: 2.0, orbit: 1.0, handheld: 1.0, brightness: 1.0, ..shot(camera, 5) };
                        let p = last(&still, &f, &s);
                        assert!(p.data().iter().all(|v| v.is_finite()) && p.width() == w);
                    }
                }
            }
        }
    }
}

#[test]
fn frames_are_the_same_on_any_thread() {
    fn shared<T: Send + Sync>() {}
    shared::<Scene>();
    let still = landscape();
    let f = drifting(drifting(field(3, 0.5), 0, 1.0, 0..7), 2, 1.0, 7..14);
    let s = shot(Camera { pan: 0.5, dolly: 0.5, ..NONE }, 24);
    let scene = Scene::prepare(&still, &f, &s, None).unwrap();
    let again = Scene::prepare(&still, &f, &s, None).unwrap();
    let here: Vec<Picture> = [23, 7].map(|n| scene.frame(n)).into();
    let there: Vec<Picture> = std::thread::scope(|t| {
        [23, 7]
            .map(|n| {
                t.spawn({
                    let again = &again;
                    move || again.frame(n)
                })
            })
            .map(|h| h.join().unwrap())
            .into()
    });
    assert_eq!(here, there);
}

#[test]
fn a_loop_closes() {
    let still = landscape();
    let f = drifting(drifting(field(2, 0.5), 0, 1.0, 0..7), 0, 0.7, 7..14);
    let s = Shot { looped: true, ..shot(Camera { pan: 0.6, roll: 0.4, ..NONE }, 48) };
    let scene = Scene::prepare(&still, &f, &s, None).unwrap();
    let step = |a: u32, b: u32| difference(&scene.frame(a), &scene.frame(b));
    let (closing, before, after) = (step(47, 0), step(46, 47), step(1, 2));
    assert!(closing < 1.6 * before.max(after), "{closing} {before} {after}");
    assert_eq!(scene.frame(48), still);
}

#[test]
fn wide_pixels_keep_their_proportions() {
    // Two blobs one above the other come to lie side by side at the same distance on screen after a quarter turn; here, a small one.
    let still = blobs(&[(96.0, 30.0), (96.0, 78.0)]);
    let s = Shot { pixel_aspect: 2.0, ..shot(Camera { roll: 1.0, ..NONE }, 24) };
    let p = last(&still, &field(0, 0.0), &s);
    let (top, bottom) = (centre(&p, |_, y| y < 54.0), centre(&p, |_, y| y >= 54.0));
    let slope = (bottom.0 - top.0) * 2.0 / (bottom.1 - top.1);
    assert!((slope - 8f32.to_radians().tan()).abs() < 0.03, "{slope}");
}

#[test]
fn a_field_that_does_not_fit_is_refused() {
    let still = landscape();
    let f = field(0, 0.0);
    let short = Field { depth: vec![0.0; 3], ..f.clone() };
    assert_eq!(Scene::prepare(&still, &short, &shot(NONE, 2), None).unwrap_err(), RenderError::Length { part: "depth", want: 336, got: 3 });
    let none = Field { width: 0, ..f };
    assert!(matches!(Scene::prepare(&still, &none, &shot(NONE, 2), None), Err(RenderError::Grid { .. })));
}

#[test]
fn moves_at_the_middle_strength_are_as_large_as_agreed_and_grow_with_it() {
    let still = blobs(&[(66.0, 54.0), (126.0, 54.0)]);
    let ends = |camera, depth: f32, strength| {
        let f = Field { depth: vec![depth; 24 * 14], ..field(0, 0.0) };
        let p = last(&still, &f, &Shot { strength, ..shot(camera, 96) });
        (centre(&p, |x, _| x < 96.0), centre(&p, |x, _| x >= 96.0))
    };
    let middle = |camera, depth, strength| {
        let still = blobs(&[(96.0, 54.0)]);
        let f = Field { depth: vec![depth; 24 * 14], ..field(0, 0.0) };
        centre(&last(&still, &f, &Shot { strength, ..shot(camera, 96) }), |_, _| true)
    };
    let part = |v: f32, want: std::ops::Range<f32>| assert!(want.contains(&v), "{v} {want:?}");
    let (pan, tilt) = (Camera { pan: -1.0, ..NONE }, Camera { tilt: 1.0, ..NONE });
    part((middle(pan, 0.0, 0.5).0 - 96.0) / W as f32, 0.035..0.05);
    part((middle(pan, 0.8, 0.5).0 - 96.0) / W as f32, 0.07..0.1);
    part((middle(tilt, 0.0, 0.5).1 - 54.0) / H as f32, 0.035..0.055);
    part((middle(tilt, 0.8, 0.5).1 - 54.0) / H as f32, 0.07..0.11);
    part((middle(pan, 0.8, 1.0).0 - 96.0) / (middle(pan, 0.8, 0.5).0 - 96.0), 1.5..1.8);
    part((middle(pan, 0.8, 0.75).0 - 96.0) / (middle(pan, 0.8, 0.5).0 - 96.0), 1.2..1.5);
    let grown = |depth| {
        let (l, r) = ends(Camera { dolly: 1.0, ..NONE }, depth, 0.5);
        (r.0 - l.0) / 60.0
    };
    part(grown(0.0), 1.06..1.08);
    part(grown(0.8), 1.12..1.16);
    let (l, r) = ends(Camera { roll: 1.0, ..NONE }, 0.5, 0.5);
    part(libm::atan2f(l.1 - r.1, r.0 - l.0).to_degrees(), 4.5..5.5);
}

#[test]
fn what_the_model_missed_inside_the_sky_moves_with_it() {
    let still = landscape();
    let (mut holed, whole) = (drifting(field(0, 0.5), 0, 1.0, 0..7), drifting(field(0, 0.5), 0, 1.0, 0..7));
    let cells = holed.width * holed.height;
    // A hole of three cells by two taken for something rigid, and a sliver.
    for i in [(8, 2), (9, 2), (10, 2), (8, 3), (9, 3), (10, 3), (15, 1), (15, 2), (15, 3)].map(|(x, y)| y * holed.width + x) {
        holed.probabilities[cells + i] = 0.3;
        holed.probabilities[i] = 0.7;
    }
    let s = shot(NONE, 96);
    assert!(difference(&last(&still, &holed, &s), &last(&still, &whole, &s)) < 1e-3);
}

#[test]
fn without_strength_neither_camera_nor_light_moves() {
    let still = landscape();
    let s = Shot { orbit: 1.0, handheld: 1.0, warmth: 1.0, brightness: -1.0, strength: 0.0, ..shot(NONE, 24) };
    let scene = Scene::prepare(&still, &field(3, 0.5), &s, None).unwrap();
    assert!([0, 1, 23].iter().all(|n| scene.frame(*n) == still));
}

#[test]
fn an_orbit_carries_the_near_against_the_far_and_leaves_the_middle() {
    let still = blobs(&[(96.0, 20.0), (96.0, 54.0), (96.0, 90.0)]);
    let mut f = field(0, 0.0);
    for (i, d) in f.depth.iter_mut().enumerate() {
        *d = [0.1, 0.5, 0.9][(i / 24 * 3 / 14).min(2)];
    }
    let ends = |orbit: f64| {
        let p = last(&still, &f, &Shot { orbit, strength: 0.5, ..shot(NONE, 48) });
        [(0.0, 37.0), (37.0, 72.0), (72.0, 108.0)].map(|(top, bottom)| centre(&p, |_, y| (top..bottom).contains(&y)).0)
    };
    for (orbit, sign) in [(1.0, 1.0), (-1.0, -1.0)] {
        let [far, middle, near] = ends(orbit);
        assert!(sign * (far - 96.0) > 2.0 && sign * (near - 96.0) < -1.0, "{orbit}: {far} {near}");
        assert!((middle - 96.0).abs() < 2.0, "{orbit}: {middle}");
        assert!(sign * (far - 96.0 - (near - 96.0)) > 5.0, "{orbit}: {far} {near}");
    }
}

#[test]
fn a_camera_in_the_hand_starts_from_the_still_stays_close_and_is_the_seeds() {
    let still = blobs(&[(60.0, 54.0), (130.0, 54.0)]);
    for looped in [false, true] {
        let s = Shot { handheld: 1.0, seed: 3, looped, ..shot(NONE, 96) };
        let scene = Scene::prepare(&still, &field(0, 0.0), &s, None).unwrap();
        assert_eq!(scene.frame(0), still);
        let at = |n: u32| centre(&scene.frame(n), |x, _| x < 96.0);
        let far = (1..96).step_by(7).map(|n| (at(n).0 - 60.0).hypot(at(n).1 - 54.0)).fold(0.0, f32::max);
        assert!(far > 0.2 && far < 3.5, "{looped}: {far}");
        let other = Scene::prepare(&still, &field(0, 0.0), &Shot { seed: 4, ..s }, None).unwrap();
        assert_ne!(other.frame(48), scene.frame(48));
        if looped {
            assert_eq!(scene.frame(96), still);
            assert!(difference(&scene.frame(95), &still) < 1.5 * difference(&scene.frame(1), &still).max(1e-3));
        }
    }
}

#[test]
fn light_alone_changes_frame_by_frame_from_the_still_on() {
    let still = landscape();
    let mean = |p: &Picture, k: usize| p.data().chunks_exact(3).map(|v| f64::from(v[k])).sum::<f64>() / (W * H) as f64;
    let s = Shot { brightness: -1.0, strength: 0.5, ..shot(NONE, 24) };
    let scene = Scene::prepare(&still, &field(0, 0.5), &s, None).unwrap();
    assert_eq!(scene.frame(0), still);
    let means: Vec<f64> = (0..24).map(|n| mean(&scene.frame(n), 1)).collect();
    assert!(means.windows(2).all(|m| m[1] < m[0]), "{means:?}");
    assert!(means[23] < 0.87 * means[0] && means[23] > 0.6 * means[0]);
    // Warmer: more red, less blue. A loop comes back.
    let warm = Shot { warmth: 1.0, looped: true, strength: 0.5, ..shot(NONE, 24) };
    let scene = Scene::prepare(&still, &field(0, 0.5), &warm, None).unwrap();
    let middle = scene.frame(12);
    assert!(mean(&middle, 0) > 1.02 * mean(&still, 0) && mean(&middle, 2) < 0.98 * mean(&still, 2));
    assert_eq!(scene.frame(24), still);
    assert!((mean(&scene.frame(6), 0) - mean(&scene.frame(18), 0)).abs() < 1e-6);
}

#[test]
fn a_mast_before_the_sky_stays_while_the_clouds_behind_it_go() {
    let cloud = |x: f32, y: usize| 0.7 + 0.15 * libm::sinf(x * 0.05) * libm::cosf(y as f32 * 0.04);
    let still = drawn(W, H, 3, |x, y, k| match (x, y) {
        (95..=96, 10..) => 0.15,
        (_, 54..) => 0.1 + 0.3 * noise(x, y, k),
        _ => cloud(x as f32, y),
    });
    let end = last(&still, &drifting(field(0, 0.5), 0, -1.0, 0..7), &shot(NONE, 96));
    let shift = 0.05 * W as f32 * (95.0 / 24.0 - 0.25) / 4.0;
    for y in 12..48 {
        let at = |x: isize| end.pixel(x, y as isize)[0];
        assert!(at(95) < 0.25 && at(96) < 0.25, "{y}: {} {}", at(95), at(96));
        for x in (20..80).chain(110..150) {
            assert!((at(x) - cloud(x as f32 + shift, y)).abs() < 0.03, "{x} {y}");
        }
    }
}

#[test]
fn an_animal_that_moves_leaves_nothing_of_itself_behind() {
    let (w, h) = (480, 270);
    // Whole cells of the field, 20 pixels wide.
    let body = |x: usize, y: usize| (160..320).contains(&x) && (96..212).contains(&y);
    let still = drawn(w, h, 3, |x, y, k| if body(x, y) { 0.9 } else { 0.1 + 0.02 * noise(x / 4, y / 4, k) });
    let mut f = field(0, 0.0);
    let cells = f.width * f.height;
    for i in 0..cells {
        if body((i % f.width) * 20 + 10, (i / f.width) * h / f.height + 9) {
            f.probabilities[i] = 0.0;
            f.probabilities[4 * cells + i] = 1.0;
        }
    }
    let f = drifting(f, 0, 2.0, 0..14);
    let end = last(&still, &f, &shot(NONE, 48));
    let (before, after) = (centre(&still, |_, _| true), centre(&end, |_, _| true));
    assert!(after.0 > before.0 + 16.0, "moved from {before:?} to {after:?}");
    let left_behind = (0..w * h).filter(|i| (150..172).contains(&(i % w)) && end.data()[i * 3] > 0.4).count();
    assert_eq!(left_behind, 0);
}
