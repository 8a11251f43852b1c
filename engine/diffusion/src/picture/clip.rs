//! `CLIPImageProcessor` of transformers, in its PIL form (`CLIPImageProcessorPil`).
//!
//! With torchvision installed transformers takes another form of it, which differs from this one by one grey level in a few
//! values out of a thousand.

use ndarray::{Array4, Axis};

use super::pillow::Filter;
use super::{PictureError, Rgb8};

/// `OPENAI_CLIP_MEAN`.
pub const MEAN: [f64; 3] = [0.48145466, 0.4578275, 0.40821073];
/// `OPENAI_CLIP_STD`.
pub const STD: [f64; 3] = [0.26862954, 0.26130258, 0.27577711];

/// What `size` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resize {
    /// The shorter edge gets this length, the aspect is kept.
    ShortestEdge(usize),
    /// Width and height, whatever the aspect.
    Exact(usize, usize),
}

/// A checkpoint's `preprocessor_config.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipProcessor {
    /// `size`; `None` where `do_resize` is off.
    pub resize: Option<Resize>,
    /// `resample`.
    pub resample: Filter,
    /// `crop_size` as width and height; `None` where `do_center_crop` is off.
    pub crop: Option<(usize, usize)>,
    /// `image_mean`.
    pub mean: [f64; 3],
    /// `image_std`; none of them 0.
    pub std: [f64; 3],
}

impl ClipProcessor {
    /// The class's defaults with an edge of `size` pixels (224 for CLIP itself).
    pub fn with_size(size: usize) -> Self {
        Self { resize: Some(Resize::ShortestEdge(size)), resample: Filter::Bicubic, crop: Some((size, size)), mean: MEAN, std: STD }
    }

    /// `pixel_values`: [1, 3, H, W], resized, cropped, scaled by 1/255, normalised.
    pub fn pixel_values(&self, still: &Rgb8) -> Result<Array4<f32>, PictureError> {
        let resized = match self.resize {
            Some(Resize::ShortestEdge(edge)) => {
                let (width, height) = (still.width(), still.height());
                let long = |long: usize, short: usize| (edge as f64 * long as f64 / short as f64) as usize;
                let size = if width <= height { (edge, long(height, width)) } else { (long(width, height), edge) };
                Some(still.resized(size.0, size.1, self.resample)?)
            }
            Some(Resize::Exact(width, height)) => Some(still.resized(width, height, self.resample)?),
            None => None,
        };
        let cropped = match self.crop {
            Some((width, height)) => Some(center_cropped(resized.as_ref().unwrap_or(still), width, height)?),
            None => None,
        };
        let still = cropped.as_ref().or(resized.as_ref()).unwrap_or(still);
        let mut pixels = still.planes(|_, v| (f64::from(v) * (1.0 / 255.0)) as f32);
        self.normalise(&mut pixels);
        Ok(pixels)
    }

    /// `do_normalize` alone, for [1, 3, H, W] in 0…1.
    pub fn normalise(&self, pixels: &mut Array4<f32>) {
        for ((mut plane, mean), std) in pixels.axis_iter_mut(Axis(1)).zip(self.mean).zip(self.std) {
            plane.mapv_inplace(|v| (v - mean as f32) / std as f32);
        }
    }
}

/// `center_crop` of `image_transforms.py`: black around a picture that is smaller.
fn center_cropped(still: &Rgb8, width: usize, height: usize) -> Result<Rgb8, PictureError> {
    // Python's // rounds down; where a direction is padded, the odd pixel goes to the front.
    let corner = |size: usize, crop: usize| {
        if crop <= size { ((size - crop) / 2) as isize } else { -((crop - size).div_ceil(2) as isize) }
    };
    still.cropped(corner(still.width(), width), corner(still.height(), height), width, height)
}
