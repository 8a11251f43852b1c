//! Host pixels → the model's picture.

use half::f16;
use wakeframe_take::picture::{Picture, PictureError};
use wakeframe_take::transfer::Transfer;

use super::level::{Level, decode, levels};
use super::{Components, Depth, Rect, View, curve, straight};

/// The part `rect` of the image as straight, sRGB-encoded fp32 from top to bottom. RGB where there is no alpha or it
/// is 1 everywhere.
pub fn picture(view: &View, rect: Rect, transfer: Transfer) -> Result<Picture, PictureError> {
    match view.depth() {
        Depth::Byte => picture_of::<u8>(view, rect, transfer),
        Depth::Short => picture_of::<u16>(view, rect, transfer),
        Depth::Half => picture_of::<f16>(view, rect, transfer),
        Depth::Float => picture_of::<f32>(view, rect, transfer),
    }
}

/// The part `rect` of a mask as grey RGB from top to bottom: how much each pixel may move, 0…1. Alpha counts, and
/// nothing moves where the mask has no pixels, as in [`output`](super::output).
pub fn mask(view: &View, rect: Rect) -> Result<Picture, PictureError> {
    let (mut data, mut row) = (Vec::with_capacity(rect.width() * rect.height() * 3), Vec::new());
    for y in (rect.y1..rect.y2).rev() {
        coverage(view, y, &rect, &mut row);
        data.extend(row.iter().flat_map(|m| [*m; 3]));
    }
    Picture::new(rect.width(), rect.height(), 3, data)
}

/// The mask of each pixel of a row, 0…1; 0 outside the mask's image.
pub(super) fn coverage(mask: &View, y: i32, window: &Rect, row: &mut Vec<f32>) {
    row.clear();
    row.resize(window.width(), 0.0);
    let part = mask.bounds().intersect(window);
    if part.is_empty() || y < part.y1 || y >= part.y2 {
        return;
    }
    let mut values = Vec::new();
    decode(mask.depth(), mask.row(y, part.x1, part.x2), &mut values);
    let offset = (part.x1 - window.x1) as usize;
    for (m, pixel) in row.iter_mut().skip(offset).zip(values.chunks_exact(mask.components().count())) {
        // Alpha is the last component of RGBA and the only one of Alpha.
        let alpha = pixel.last().copied().filter(|a| !a.is_nan()).unwrap_or(0.0);
        *m = alpha.clamp(0.0, 1.0);
    }
}

fn picture_of<L: Level>(view: &View, rect: Rect, transfer: Transfer) -> Result<Picture, PictureError> {
    let rect = rect.intersect(&view.bounds());
    let table = curve::to_srgb(transfer, view.depth());
    let has_alpha = view.components() == Components::Rgba && !opaque::<L>(view, rect);
    let encode = |level: L, alpha: f32| {
        let divide = view.premultiplied() && alpha != 0.0 && alpha != 1.0;
        match level.code().and_then(|c| table.get(c)) {
            Some(v) if !divide => *v,
            _ => transfer.to_srgb(curve::finite(if divide { straight(level.value(), alpha) } else { level.value() })),
        }
    };
    let channels = if has_alpha { 4 } else { 3 };
    let mut data = Vec::with_capacity(rect.width() * rect.height() * channels);
    for y in (rect.y1..rect.y2).rev() {
        let row = view.row(y, rect.x1, rect.x2);
        let mut values = levels::<L>(row);
        match view.components() {
            Components::Rgb => data.extend(values.map(|l| encode(l, 1.0))),
            Components::Alpha => data.extend(values.flat_map(|l| [l.value(); 3])),
            Components::Rgba => {
                while let (Some(r), Some(g), Some(b), Some(a)) = (values.next(), values.next(), values.next(), values.next()) {
                    let alpha = curve::finite(a.value());
                    data.extend([encode(r, alpha), encode(g, alpha), encode(b, alpha)]);
                    if has_alpha {
                        data.push(alpha);
                    }
                }
            }
        }
    }
    Picture::new(rect.width(), rect.height(), channels, data)
}

fn opaque<L: Level>(view: &View, rect: Rect) -> bool {
    (rect.y1..rect.y2).all(|y| levels::<L>(view.row(y, rect.x1, rect.x2)).skip(3).step_by(4).all(|a| a.value() == 1.0))
}
