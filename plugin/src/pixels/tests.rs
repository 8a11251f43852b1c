//! In and out are exact inverses, in every layout a host may give.

use half::f16;
use wakeframe_take::frame_file::to_half;
use wakeframe_take::transfer::Transfer;

use super::*;
use crate::bridge::ffi::{ImageFacts, Window};
use crate::ofx;
use crate::pixels::{Depth, input};

const TRANSFERS: [Transfer; 3] = [Transfer::Linear, Transfer::Srgb, Transfer::Rec709];

/// Host memory with its description.
pub(crate) struct Memory {
    bytes: Vec<u8>,
    facts: ImageFacts,
}

impl Memory {
    fn new(bounds: Window, depth: &str, components: &str, premult: bool, padding: usize, negative: bool) -> Self {
        let pixel = Depth::of(depth).unwrap().bytes() * crate::pixels::Components::of(components).unwrap().count();
        let (w, h) = ((bounds.x2 - bounds.x1) as usize, (bounds.y2 - bounds.y1) as usize);
        let stride = w * pixel + padding;
        let bytes = vec![0xAB; stride * h];
        let first = if negative { stride * (h - 1) } else { 0 };
        let facts = ImageFacts {
            data: bytes[first..].as_ptr() as usize,
            row_bytes: if negative { -(stride as i32) } else { stride as i32 },
            bounds,
            region: bounds,
            depth: depth.into(),
            components: components.into(),
            premultiplication: if premult { ofx::PREMULTIPLIED } else { "OfxImageAlphaUnPremultiplied" }.into(),
            pixel_aspect: 1.0,
        };
        Self { bytes, facts }
    }

    fn view(&self) -> View<'_> {
        // SAFETY: `facts` describe `bytes`.
        unsafe { View::new(&self.facts) }.unwrap()
    }

    fn view_mut(&mut self) -> ViewMut<'_> {
        // SAFETY: `facts` describe `bytes`, borrowed for writing.
        unsafe { ViewMut::new(&self.facts) }.unwrap()
    }

    /// Puts `value(x, y, channel)` everywhere.
    fn put(mut self, value: impl Fn(i32, i32, usize) -> f32) -> Self {
        let b = self.facts.bounds;
        let mut v = self.view_mut();
        let (depth, n) = (v.depth(), v.components().count());
        for y in b.y1..b.y2 {
            let values = (b.x1..b.x2).flat_map(|x| (0..n).map(move |k| (x, k))).map(|(x, k)| value(x, y, k));
            encode(depth, values, v.row(y, b.x1, b.x2));
        }
        self
    }

    /// The pixels without padding, rows upwards.
    fn pixels(&self) -> Vec<u8> {
        let b = self.facts.bounds;
        let v = self.view();
        (b.y1..b.y2).flat_map(|y| v.row(y, b.x1, b.x2).to_vec()).collect()
    }

    fn decoded(&self) -> Vec<f32> {
        let mut out = Vec::new();
        decode(self.view().depth(), &self.pixels(), &mut out);
        out
    }
}

const BOUNDS: Window = Window { x1: -3, y1: 5, x2: 10, y2: 12 };

fn rect(w: Window) -> Rect {
    w.into()
}

/// Colours of every sort: above 1 and below 0 where the depth holds them, alpha 0 and 1 among others.
fn colourful(depth: &str, premult: bool) -> impl Fn(i32, i32, usize) -> f32 {
    let float = depth == ofx::HALF || depth == ofx::FLOAT;
    move |x, y, k| {
        let alpha = match (x + 2 * y).rem_euclid(5) {
            0 => 0.0,
            1 => 1.0,
            n => n as f32 / 5.0,
        };
        let colour = ((x * 7 + y * 13 + k as i32 * 5).rem_euclid(23)) as f32 / 22.0;
        let colour = if float { colour * 6.0 - 1.0 } else { colour };
        match k {
            3 => alpha,
            _ if premult => colour * alpha,
            _ => colour,
        }
    }
}

fn round_trip(source: &Memory, out: &mut Memory, transfer: Transfer, through_half: bool) {
    let view = source.view();
    let picture = input::picture(&view, rect(BOUNDS), transfer).unwrap();
    let halves = to_half(&picture);
    let values = if through_half { Values::Half(&halves) } else { Values::Full(picture.data()) };
    let shot = Shot { width: picture.width(), height: picture.height(), channels: picture.channels(), values };
    let finish = Finish { still: Some(view), area: rect(BOUNDS), content: Content::Shot(shot), transfer, mask: None };
    write(&mut out.view_mut(), rect(BOUNDS), &finish);
}

#[test]
fn in_and_out_are_inverses_in_every_layout() {
    for depth in [ofx::BYTE, ofx::SHORT, ofx::HALF, ofx::FLOAT] {
        for components in [ofx::RGB, ofx::RGBA] {
            for premult in [false, true] {
                for (padding, negative) in [(0, false), (0, true), (12, false), (7, true)] {
                    for transfer in TRANSFERS {
                        let make = || Memory::new(BOUNDS, depth, components, premult, padding, negative);
                        let source = make().put(colourful(depth, premult));
                        let mut out = make();
                        round_trip(&source, &mut out, transfer, false);
                        let what = format!("{depth} {components} premult {premult} padding {padding} negative {negative} {transfer:?}");
                        if depth == ofx::FLOAT {
                            for (a, b) in source.decoded().iter().zip(out.decoded()) {
                                assert!((a - b).abs() <= 2e-6 * a.abs().max(0.05), "{what}: {a} came back as {b}");
                            }
                        } else {
                            assert_eq!(source.pixels(), out.pixels(), "{what}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_sixteen_bit_level_comes_back() {
    let bounds = Window { x1: 0, y1: 0, x2: 65536 / 64, y2: 64 };
    for transfer in TRANSFERS {
        let level = |x: i32, y: i32, _: usize| (y * 1024 + x) as f32 / 65535.0;
        let source = Memory::new(bounds, ofx::SHORT, ofx::RGB, false, 0, false).put(level);
        let mut out = Memory::new(bounds, ofx::SHORT, ofx::RGB, false, 0, false);
        let view = source.view();
        let picture = input::picture(&view, rect(bounds), transfer).unwrap();
        let shot = Shot { width: 1024, height: 64, channels: 3, values: Values::Full(picture.data()) };
        write(
            &mut out.view_mut(),
            rect(bounds),
            &Finish { still: None, area: rect(bounds), content: Content::Shot(shot), transfer, mask: None },
        );
        assert_eq!(source.pixels(), out.pixels(), "{transfer:?}");
    }
}

#[test]
fn bytes_survive_the_half_floats_of_the_store() {
    for transfer in TRANSFERS {
        for premult in [false, true] {
            let source = Memory::new(BOUNDS, ofx::BYTE, ofx::RGBA, premult, 3, true).put(colourful(ofx::BYTE, premult));
            let mut out = Memory::new(BOUNDS, ofx::BYTE, ofx::RGBA, premult, 0, false);
            round_trip(&source, &mut out, transfer, true);
            assert_eq!(source.pixels(), out.pixels(), "{transfer:?} premult {premult}");
        }
    }
}

#[test]
fn alpha_of_one_everywhere_is_no_alpha() {
    let solid = Memory::new(BOUNDS, ofx::BYTE, ofx::RGBA, true, 0, false).put(|_, _, k| if k == 3 { 1.0 } else { 0.5 });
    assert_eq!(input::picture(&solid.view(), rect(BOUNDS), Transfer::Srgb).unwrap().channels(), 3);
    let holed = Memory::new(BOUNDS, ofx::BYTE, ofx::RGBA, true, 0, false).put(|x, _, k| if k == 3 && x != 9 { 1.0 } else { 0.0 });
    assert_eq!(input::picture(&holed.view(), rect(BOUNDS), Transfer::Srgb).unwrap().channels(), 4);
}

#[test]
fn the_picture_runs_from_top_to_bottom_and_is_finite() {
    let source = Memory::new(BOUNDS, ofx::FLOAT, ofx::RGB, false, 0, true).put(|x, y, k| match (x, y, k) {
        (-3, 11, 0) => 0.25,
        (-3, 11, 1) => f32::NAN,
        (-3, 11, 2) => f32::INFINITY,
        _ => 0.5,
    });
    let p = input::picture(&source.view(), rect(BOUNDS), Transfer::Srgb).unwrap();
    assert_eq!(p.pixel(0, 0), [0.25, 0.0, 65504.0]);
    assert!(p.data().iter().all(|v| v.is_finite()));
}

#[test]
fn only_the_window_is_written_and_outside_the_still_is_nothing() {
    let still = Memory::new(Window { x1: 0, y1: 6, x2: 5, y2: 9 }, ofx::BYTE, ofx::RGBA, false, 0, false).put(|_, _, _| 0.6);
    let area = rect(still.facts.bounds);
    let window = Rect { x1: -1, y1: 5, x2: 4, y2: 8 };
    for content in [Content::Still, Content::Black { opaque: true }] {
        let mut out = Memory::new(BOUNDS, ofx::BYTE, ofx::RGBA, false, 4, true);
        let finish = Finish { still: Some(still.view()), area, content, transfer: Transfer::Srgb, mask: None };
        write(&mut out.view_mut(), window, &finish);
        let inside = if matches!(content, Content::Still) { [153; 4] } else { [0, 0, 0, 255] };
        for y in BOUNDS.y1..BOUNDS.y2 {
            for x in BOUNDS.x1..BOUNDS.x2 {
                let in_window = x >= window.x1 && x < window.x2 && y >= window.y1 && y < window.y2;
                let in_still = x >= area.x1 && x < area.x2 && y >= area.y1 && y < area.y2;
                let want = if !in_window {
                    [0xAB; 4]
                } else if in_still {
                    inside
                } else {
                    [0; 4]
                };
                assert_eq!(out.view().row(y, x, x + 1), want, "{x},{y}");
            }
        }
        // The padding belongs to the host.
        assert_eq!(out.bytes.iter().filter(|b| **b == 0xAB).count(), 4 * 7 + 4 * (13 * 7 - 5 * 3));
    }
}

#[test]
fn outside_the_mask_the_stills_own_bytes_come_back() {
    for depth in [ofx::BYTE, ofx::SHORT, ofx::HALF, ofx::FLOAT] {
        for (mask_components, alpha) in [(ofx::ALPHA, 0), (ofx::RGBA, 3)] {
            let still = Memory::new(BOUNDS, depth, ofx::RGBA, true, 5, true).put(colourful(depth, true));
            let mask = Memory::new(BOUNDS, depth, mask_components, false, 0, false).put(|x, _, k| match (k == alpha, x) {
                (false, _) => 1.0,
                (true, ..0) => 0.0,
                (true, 0..5) => 0.5,
                (true, _) => 1.0,
            });
            let white = vec![1.0f32; 13 * 7 * 4];
            let shot = Shot { width: 13, height: 7, channels: 4, values: Values::Full(&white) };
            let mut out = Memory::new(BOUNDS, depth, ofx::RGBA, true, 0, false);
            let finish = Finish {
                still: Some(still.view()),
                area: rect(BOUNDS),
                content: Content::Shot(shot),
                transfer: Transfer::Linear,
                mask: Some(mask.view()),
            };
            write(&mut out.view_mut(), rect(BOUNDS), &finish);
            for y in BOUNDS.y1..BOUNDS.y2 {
                assert_eq!(out.view().row(y, -3, 0), still.view().row(y, -3, 0), "{depth}");
                let (mut half, mut own) = (Vec::new(), Vec::new());
                let (o, s) = (out.view(), still.view());
                decode(o.depth(), o.row(y, 0, 5), &mut half);
                decode(s.depth(), s.row(y, 0, 5), &mut own);
                for (h, s) in half.iter().zip(&own) {
                    assert!((h - (s + (1.0 - s) * 0.5)).abs() < 0.005, "{depth}: {h} of {s}");
                }
                let mut full = Vec::new();
                decode(o.depth(), o.row(y, 5, 10), &mut full);
                assert!(full.iter().all(|v| *v == 1.0), "{depth}");
            }
        }
    }
}

#[test]
fn a_mask_that_ends_early_hides_the_rest() {
    let still = Memory::new(BOUNDS, ofx::BYTE, ofx::RGB, false, 0, false).put(|_, _, _| 0.2);
    let mask = Memory::new(Window { x1: 0, y1: 0, x2: 2, y2: 7 }, ofx::BYTE, ofx::ALPHA, false, 0, false).put(|_, _, _| 1.0);
    let mut out = Memory::new(BOUNDS, ofx::BYTE, ofx::RGB, false, 0, false);
    let finish = Finish {
        still: Some(still.view()),
        area: rect(BOUNDS),
        content: Content::Black { opaque: true },
        transfer: Transfer::Srgb,
        mask: Some(mask.view()),
    };
    write(&mut out.view_mut(), rect(BOUNDS), &finish);
    assert_eq!(out.view().row(6, -1, 3), [51, 51, 51, 0, 0, 0, 0, 0, 0, 51, 51, 51]);
    assert_eq!(out.view().row(7, -1, 1), [51; 6]);
}

#[test]
fn other_components_in_the_output_are_met() {
    let rgb = Memory::new(BOUNDS, ofx::BYTE, ofx::RGB, false, 0, false).put(|_, _, k| k as f32 / 4.0);
    let mut rgba = Memory::new(BOUNDS, ofx::FLOAT, ofx::RGBA, true, 0, false);
    let finish = Finish { still: Some(rgb.view()), area: rect(BOUNDS), content: Content::Still, transfer: Transfer::Srgb, mask: None };
    write(&mut rgba.view_mut(), rect(BOUNDS), &finish);
    let first: Vec<f32> = rgba.decoded().into_iter().take(4).collect();
    assert_eq!(first, [0.0, 64.0 / 255.0, 128.0 / 255.0, 1.0]);
}

#[test]
fn a_frame_shorter_than_announced_leaves_black_not_a_fault() {
    let short = [f16::ONE; 6];
    let shot = Shot { width: 13, height: 7, channels: 3, values: Values::Half(&short) };
    let mut out = Memory::new(BOUNDS, ofx::BYTE, ofx::RGB, false, 0, false);
    write(
        &mut out.view_mut(),
        rect(BOUNDS),
        &Finish { still: None, area: rect(BOUNDS), content: Content::Shot(shot), transfer: Transfer::Srgb, mask: None },
    );
    assert!(out.pixels().iter().all(|b| *b == 0));
}
