//! Frames of a take → host pixels.

use half::f16;
use wakeframe_take::transfer::Transfer;

use super::input::coverage;
use super::level::{decode, encode};
use super::{Components, Rect, View, ViewMut, curve, premultiplied, straight};

/// sRGB-encoded values of a frame.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// As stored.
    Half(&'a [f16]),
    /// As computed.
    Full(&'a [f32]),
}

/// One frame of a take, as large as the still.
#[derive(Debug, Clone, Copy)]
pub struct Shot<'a> {
    /// Pixels across.
    pub width: usize,
    /// Pixels up.
    pub height: usize,
    /// 3 or 4.
    pub channels: usize,
    /// [height][width][channels], from top to bottom.
    pub values: Values<'a>,
}

/// What fills the output.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// The still's own pixels.
    Still,
    /// Black; opaque where the still is.
    Black {
        /// Whether its alpha is 1.
        opaque: bool,
    },
    /// A frame.
    Shot(Shot<'a>),
}

/// Everything a finished picture is made of.
#[derive(Debug, Clone, Copy)]
pub struct Finish<'a> {
    /// The Source's image at the still frame.
    pub still: Option<View<'a>>,
    /// The still's pixels in the host's coordinates; frame and black fill these.
    pub area: Rect,
    /// What fills them.
    pub content: Content<'a>,
    /// How the host's numbers are encoded.
    pub transfer: Transfer,
    /// Where the content shows: 0 leaves the still's own pixels, 1 shows it, between mixes.
    pub mask: Option<View<'a>>,
}

/// Writes every pixel of `window` there is. Outside the still everything is 0.
pub fn write(out: &mut ViewMut, window: Rect, finish: &Finish) {
    let window = window.intersect(&out.bounds());
    let mut row = Row::default();
    for y in window.y1..window.y2 {
        if matches!(finish.content, Content::Still) {
            write_still(out, y, &window, finish, &mut row);
            continue;
        }
        fill(&mut row.rgba, y, &window, finish, out.premultiplied());
        let Some(mask) = &finish.mask else {
            store(out, y, &window, &row.rgba);
            continue;
        };
        coverage(mask, y, &window, &mut row.mask);
        // First the still everywhere, byte for byte; then only where the mask lets the content through.
        write_still(out, y, &window, finish, &mut row);
        mix(out, y, &window, &mut row);
    }
}

/// Working memory for a row.
#[derive(Default)]
struct Row {
    rgba: Vec<[f32; 4]>,
    mask: Vec<f32>,
    values: Vec<f32>,
    still: Vec<[f32; 4]>,
}

/// The content's values, host-encoded.
fn fill(rgba: &mut Vec<[f32; 4]>, y: i32, window: &Rect, finish: &Finish, premultiply: bool) {
    rgba.clear();
    rgba.resize(window.width(), [0.0; 4]);
    let area = finish.area.intersect(window);
    if area.is_empty() || y < area.y1 || y >= area.y2 {
        return;
    }
    let Some(part) = rgba.get_mut((area.x1 - window.x1) as usize..(area.x2 - window.x1) as usize) else { return };
    match finish.content {
        Content::Still => {}
        Content::Black { opaque } => part.fill([0.0, 0.0, 0.0, f32::from(u8::from(opaque))]),
        Content::Shot(shot) => {
            let from_top = (finish.area.y2 - 1 - y) as usize;
            let start = (from_top * shot.width + (area.x1 - finish.area.x1) as usize) * shot.channels;
            let span = start..start + part.len() * shot.channels;
            match shot.values {
                Values::Half(all) => {
                    let table = curve::from_srgb(finish.transfer);
                    let pixels = all.get(span).unwrap_or(&[]).chunks_exact(shot.channels);
                    place(part, pixels, premultiply, |v| table.get(usize::from(v.to_bits())).copied().unwrap_or(0.0), f16::to_f32);
                }
                Values::Full(all) => {
                    let pixels = all.get(span).unwrap_or(&[]).chunks_exact(shot.channels);
                    place(part, pixels, premultiply, |v| finish.transfer.from_srgb(v), |v| v);
                }
            }
        }
    }
}

fn place<'a, V: Copy + 'a>(
    part: &mut [[f32; 4]],
    pixels: impl Iterator<Item = &'a [V]>,
    premultiply: bool,
    colour: impl Fn(V) -> f32,
    alpha: impl Fn(V) -> f32,
) {
    for (out, pixel) in part.iter_mut().zip(pixels) {
        let a = pixel.get(3).map_or(1.0, |v| alpha(*v));
        for (o, v) in out.iter_mut().zip(pixel.iter().take(3)) {
            let v = colour(*v);
            *o = if premultiply { premultiplied(v, a) } else { v };
        }
        out[3] = a;
    }
}

fn mix(out: &mut ViewMut, y: i32, window: &Rect, row: &mut Row) {
    let (depth, components) = (out.depth(), out.components());
    let size = components.count() * depth.bytes();
    let bytes = out.row(y, window.x1, window.x2);
    decode(depth, bytes, &mut row.values);
    let pixels = bytes.chunks_exact_mut(size).zip(row.values.chunks_exact(components.count()));
    for (((to, still), take), m) in pixels.zip(&row.rgba).zip(&row.mask) {
        if *m <= 0.0 {
            continue;
        }
        let take = narrow(take, components);
        encode(depth, still.iter().zip(take).map(|(s, t)| if *m >= 1.0 { *t } else { s + (t - s) * m }), to);
    }
}

/// The still's own pixels: the same bytes where the output has the same layout.
fn write_still(out: &mut ViewMut, y: i32, window: &Rect, finish: &Finish, row: &mut Row) {
    out.row(y, window.x1, window.x2).fill(0);
    let Some(still) = &finish.still else { return };
    let part = still.bounds().intersect(&finish.area).intersect(window);
    if part.is_empty() || y < part.y1 || y >= part.y2 {
        return;
    }
    let from = still.row(y, part.x1, part.x2);
    let same = (still.depth(), still.components()) == (out.depth(), out.components());
    if same && still.premultiplied() == out.premultiplied() {
        out.row(y, part.x1, part.x2).copy_from_slice(from);
        return;
    }
    decode(still.depth(), from, &mut row.values);
    row.still.clear();
    row.still.extend(row.values.chunks_exact(still.components().count()).map(|p| {
        let mut p = widen(p);
        let a = p[3];
        for v in p.iter_mut().take(3) {
            match (still.premultiplied(), out.premultiplied()) {
                (true, false) => *v = straight(*v, a),
                (false, true) => *v = premultiplied(*v, a),
                _ => {}
            }
        }
        p
    }));
    store(out, y, &part, &row.still);
}

fn store(out: &mut ViewMut, y: i32, window: &Rect, rgba: &[[f32; 4]]) {
    let (depth, components) = (out.depth(), out.components());
    encode(depth, rgba.iter().flat_map(|p| narrow(p, components)).copied(), out.row(y, window.x1, window.x2));
}

/// The values an image of those components keeps.
fn narrow(pixel: &[f32; 4], components: Components) -> &[f32] {
    match components {
        Components::Rgb => &pixel[..3],
        Components::Rgba => pixel,
        Components::Alpha => &pixel[3..],
    }
}

fn widen(pixel: &[f32]) -> [f32; 4] {
    match *pixel {
        [r, g, b, a] => [r, g, b, a],
        [r, g, b] => [r, g, b, 1.0],
        [a] => [a, a, a, a],
        _ => [0.0; 4],
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
