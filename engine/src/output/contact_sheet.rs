//! Several frames of a take in one picture.

use wakeframe_take::picture::{Picture, PictureError};

/// Gap between frames, pixels.
const GAP: usize = 6;
/// Dark grey, sRGB-encoded.
const GROUND: f32 = 0.12;

/// `frames` in rows of `columns`, each `cell_width` pixels wide, the first at the upper left. Cells have the
/// proportions of the first frame; alpha is shown over black.
///
/// Errors where there is no frame, or the sheet would be larger than a picture may be.
pub fn contact_sheet(frames: &[Picture], columns: usize, cell_width: usize) -> Result<Picture, PictureError> {
    let Some(first) = frames.first() else {
        return Err(PictureError::Size { width: 0, height: 0 });
    };
    let columns = columns.clamp(1, frames.len());
    let rows = frames.len().div_ceil(columns);
    let cell_height = ((cell_width * first.height()) as f64 / first.width() as f64).round().max(1.0) as usize;
    let width = columns * cell_width + (columns + 1) * GAP;
    let height = rows * cell_height + (rows + 1) * GAP;
    if width > Picture::MAX_SIDE || height > Picture::MAX_SIDE {
        return Err(PictureError::Size { width, height });
    }
    let mut sheet = Picture::filled(width, height, &[GROUND; 3])?;
    for (i, frame) in frames.iter().enumerate() {
        let cell = frame.resized(cell_width, cell_height)?;
        let (left, top) = (GAP + (i % columns) * (cell_width + GAP), GAP + (i / columns) * (cell_height + GAP));
        let rows = sheet.data_mut().chunks_exact_mut(width * 3).skip(top);
        for (to, from) in rows.zip(cell.data().chunks_exact(cell_width * cell.channels())) {
            for (to, from) in to.chunks_exact_mut(3).skip(left).zip(from.chunks_exact(cell.channels())) {
                let alpha = from.get(3).copied().unwrap_or(1.0);
                to.iter_mut().zip(from).for_each(|(to, from)| *to = from * alpha);
            }
        }
    }
    Ok(sheet)
}

/// At most `count` frame numbers out of `frames`, evenly spaced, the first and the last among them.
pub fn evenly_spaced(count: u32, frames: u32) -> Vec<u32> {
    let count = count.clamp(1, frames.max(1));
    if count == 1 {
        return vec![0];
    }
    let last = u64::from(frames - 1);
    (0..u64::from(count)).map(|i| ((i * last + u64::from(count - 1) / 2) / u64::from(count - 1)) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_has_its_place() {
        let frames: Vec<Picture> = (1..=5).map(|i| Picture::filled(32, 16, &[i as f32 / 10.0; 3]).unwrap()).collect();
        let sheet = contact_sheet(&frames, 3, 20).unwrap();
        assert_eq!((sheet.width(), sheet.height()), (3 * 20 + 4 * GAP, 2 * 10 + 3 * GAP));
        for i in 0..6 {
            let (x, y) = (GAP + (i % 3) * (20 + GAP) + 10, GAP + (i / 3) * (10 + GAP) + 5);
            let want = if i < 5 { (i + 1) as f32 / 10.0 } else { GROUND };
            assert!((sheet.pixel(x as isize, y as isize)[0] - want).abs() < 1e-6, "cell {i}");
        }
        assert_eq!(sheet.pixel(0, 0)[0], GROUND);
        assert!(contact_sheet(&[], 3, 20).is_err());
        assert!(contact_sheet(&frames, 5, 16000).is_err());
    }

    #[test]
    fn first_and_last_are_always_chosen() {
        assert_eq!(evenly_spaced(4, 96), [0, 32, 63, 95]);
        assert_eq!(evenly_spaced(8, 3), [0, 1, 2]);
        assert_eq!(evenly_spaced(1, 9), [0]);
        assert_eq!(evenly_spaced(2, 1), [0]);
    }
}
