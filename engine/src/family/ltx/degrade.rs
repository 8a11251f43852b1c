//! Input degradation: the still as a frame of a compressed film.
//!
//! LTX-Video was trained on films; a still that is sharper than any of their frames tends to stand still. Lightricks' own
//! code (`inference.py`, `crf_compressor.py`) therefore blurs it (3×3, σ = 1) and sends it through x264 at a constant rate
//! factor of 29, one frame, 4:2:0, BT.601. Here OpenH264 takes x264's place. It knows quantisers, no rate factors: the
//! quantiser is the rate factor less 4, at which the PSNR of both is the same (measured on photographs of 704×512, rate
//! factors 26 to 45: 3 to 5). OpenH264 goes down to 12, so that rate factors up to 16 give one and the same picture.

use ndarray::{Array3, Array4, s};
use openh264::OpenH264API;
use openh264::decoder::Decoder;
use openh264::encoder::Encoder;
use openh264::formats::{YUVBuffer, YUVSource};

use crate::family::ModelError;
use crate::output::constant_quantiser;

/// Rate factor less quantiser.
const BELOW: u32 = 4;
/// OpenH264's smallest quantiser (below it, it chooses one itself) and H.264's largest.
const QUANTISERS: (u32, u32) = (12, 51);

/// `pixels` ([1, 3, H, W], −1…1, sides even) as they look in a film of that rate factor, 1…51; 0 leaves them alone.
pub(super) fn degraded(pixels: Array4<f32>, crf: u32) -> Result<Array4<f32>, ModelError> {
    if crf == 0 {
        return Ok(pixels);
    }
    let unit = pixels.index_axis_move(ndarray::Axis(0), 0).mapv(|v| v / 2.0 + 0.5);
    let blurred = blurred(&unit);
    // As the reference does: cut off, not rounded.
    let levels = blurred.mapv(|v| (v * 255.0).clamp(0.0, 255.0).floor());
    let film = compressed(&levels, crf.saturating_sub(BELOW).clamp(QUANTISERS.0, QUANTISERS.1) as u8).map_err(ModelError::Degradation)?;
    Ok(film.mapv(|v| v / 127.5 - 1.0).insert_axis(ndarray::Axis(0)))
}

/// `torchvision.transforms.functional.gaussian_blur(kernel_size=3, sigma=1)`; the border is mirrored without its own
/// pixels.
fn blurred(planes: &Array3<f32>) -> Array3<f32> {
    let side = libm::expf(-0.5);
    let (centre, side) = (1.0 / (1.0 + 2.0 * side), side / (1.0 + 2.0 * side));
    let (_, height, width) = planes.dim();
    let mirrored = |at: usize, step: isize, length: usize| {
        let to = at.checked_add_signed(step).unwrap_or(1);
        if to < length { to } else { length.saturating_sub(2) }
    };
    let value = |a: &Array3<f32>, c: usize, y: usize, x: usize| a.get([c, y, x]).copied().unwrap_or(0.0);
    let across = Array3::from_shape_fn(planes.dim(), |(c, y, x)| {
        centre * value(planes, c, y, x) + side * (value(planes, c, y, mirrored(x, -1, width)) + value(planes, c, y, mirrored(x, 1, width)))
    });
    Array3::from_shape_fn(planes.dim(), |(c, y, x)| {
        centre * value(&across, c, y, x)
            + side * (value(&across, c, mirrored(y, -1, height), x) + value(&across, c, mirrored(y, 1, height), x))
    })
}

/// One frame through the encoder and back; levels 0…255, [3, H, W].
fn compressed(levels: &Array3<f32>, quantiser: u8) -> Result<Array3<f32>, String> {
    let (_, height, width) = levels.dim();
    let mut encoder = Encoder::with_api_config(OpenH264API::from_source(), constant_quantiser(quantiser)).map_err(|e| e.to_string())?;
    let stream = encoder.encode(&to_yuv(levels)).map_err(|e| e.to_string())?.to_vec();
    let mut decoder = Decoder::new().map_err(|e| e.to_string())?;
    if let Some(frame) = decoder.decode(&stream).map_err(|e| e.to_string())? {
        return from_yuv(&frame, width, height);
    }
    let frames = decoder.flush_remaining().map_err(|e| e.to_string())?;
    frames.first().map_or_else(|| Err("the decoder gave no frame".into()), |frame| from_yuv(frame, width, height))
}

/// BT.601, limited range, one colour for four pixels.
fn to_yuv(levels: &Array3<f32>) -> YUVBuffer {
    let (_, height, width) = levels.dim();
    let at = |c: usize, y: usize, x: usize| levels.get([c, y, x]).copied().unwrap_or(0.0);
    let luma = |y: usize, x: usize| 0.299 * at(0, y, x) + 0.587 * at(1, y, x) + 0.114 * at(2, y, x);
    let byte = |v: f32| v.round().clamp(0.0, 255.0) as u8;
    let (rows, columns) = (height / 2, width / 2);
    let mut bytes: Vec<u8> = (0..height * width).map(|i| byte(16.0 + luma(i / width, i % width) * (219.0 / 255.0))).collect();
    for (colour, span) in [(2, 1.772), (0, 1.402)] {
        bytes.extend((0..rows * columns).map(|i| {
            let (y, x) = (i / columns * 2, i % columns * 2);
            let four = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)];
            let sum: f32 = four.into_iter().map(|(y, x)| (at(colour, y, x) - luma(y, x)) / span).sum();
            byte(128.0 + sum / 4.0 * (224.0 / 255.0))
        }));
    }
    YUVBuffer::from_vec(bytes, width, height)
}

fn from_yuv(frame: &impl YUVSource, width: usize, height: usize) -> Result<Array3<f32>, String> {
    if frame.dimensions() != (width, height) {
        return Err(format!("the decoder gave a frame of {:?}, not of {:?}", frame.dimensions(), (width, height)));
    }
    let (y_stride, u_stride, v_stride) = frame.strides();
    let byte = |plane: &[u8], i: usize, middle: f32, range: f32| (plane.get(i).copied().map_or(0.0, f32::from) - middle) * (255.0 / range);
    let mut levels = Array3::zeros((3, height, width));
    for row in 0..height {
        for column in 0..width {
            let luma = byte(frame.y(), row * y_stride + column, 16.0, 219.0);
            let blue = byte(frame.u(), row / 2 * u_stride + column / 2, 128.0, 224.0);
            let red = byte(frame.v(), row / 2 * v_stride + column / 2, 128.0, 224.0);
            let rgb = [luma + 1.402 * red, luma - 0.344_136 * blue - 0.714_136 * red, luma + 1.772 * blue];
            levels.slice_mut(s![.., row, column]).iter_mut().zip(rgb).for_each(|(slot, v)| *slot = v.round().clamp(0.0, 255.0));
        }
    }
    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Soft shapes with fine detail.
    fn picture(height: usize, width: usize) -> Array4<f32> {
        Array4::from_shape_fn((1, 3, height, width), |(_, c, y, x)| {
            let soft = ((x as f32 / 17.0 + c as f32).sin() + (y as f32 / 11.0).cos()) * 0.3;
            soft + (((x * 7919 + y * 104_729 + c * 31) % 97) as f32 / 97.0 - 0.5) * 0.3
        })
    }

    fn rms(a: &Array4<f32>, b: &Array4<f32>) -> f32 {
        ((a - b).mapv(|v| v * v).mean().unwrap()).sqrt()
    }

    #[test]
    fn none_is_none_and_more_is_more() {
        let still = picture(64, 96);
        assert_eq!(degraded(still.clone(), 0).unwrap(), still);
        let blurred = degraded(still.clone(), 1).unwrap();
        let off: Vec<f32> = [1, 24, 29, 40, 51].map(|crf| rms(&degraded(still.clone(), crf).unwrap(), &blurred)).into();
        assert!(off.windows(2).all(|pair| pair[1] > pair[0] * 1.1 + 0.001), "{off:?}");
        assert!(rms(&blurred, &still) > 0.05);
        assert_eq!(degraded(still.clone(), 29).unwrap(), degraded(still, 29).unwrap());
    }

    #[test]
    fn the_blur_is_torchvisions() {
        let mut dot = Array3::zeros((1, 3, 4));
        dot[[0, 0, 0]] = 1.0;
        let blurred = blurred(&dot);
        // exp(−½) / (1 + 2·exp(−½)) = 0.27407, the middle 0.45186; the mirrored border does not repeat itself.
        assert!((blurred[[0, 0, 0]] - 0.451_86 * 0.451_86).abs() < 1e-4);
        assert!((blurred[[0, 1, 1]] - 0.274_07 * 0.274_07).abs() < 1e-4);
        assert_eq!(blurred[[0, 0, 2]], 0.0);
    }

    #[test]
    fn grey_and_colour_keep_their_level() {
        for (rgb, slack) in [([0.0, 0.0, 0.0], 0.02), ([0.5, 0.5, 0.5], 0.02), ([0.8, -0.6, 0.2], 0.06)] {
            let flat = Array4::from_shape_fn((1, 3, 32, 48), |(_, c, _, _)| rgb[c]);
            let film = degraded(flat.clone(), 29).unwrap();
            assert!(film.iter().zip(&flat).all(|(a, b)| (a - b).abs() <= slack), "{rgb:?}: {:?}", film.slice(s![0, .., 5, 5]));
        }
    }
}
