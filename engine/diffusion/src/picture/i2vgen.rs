//! I2VGen-XL's crops: `_center_crop_wide` and `_resize_bilinear` of `pipeline_i2vgen_xl.py`.
//!
//! The reference turns tensors into 8-bit pictures first (`_convert_pt_to_pil`, [`video::from_unit`] here); pictures it takes as
//! they are.

use ndarray::Array4;

use super::clip::ClipProcessor;
use super::pillow::Filter;
use super::{PictureError, Rgb8, video};

/// `_center_crop_wide(image, (width, height))`: scaled to fill with BOX, cropped around the centre.
pub fn center_crop_wide(still: &Rgb8, width: usize, height: usize) -> Result<Rgb8, PictureError> {
    if width == 0 || height == 0 {
        return Err(PictureError::Empty { width, height });
    }
    let (w, h) = (still.width() as f64, still.height() as f64);
    let scale = (w / width as f64).min(h / height as f64);
    let (w, h) = (floor_division(w, scale) as usize, floor_division(h, scale) as usize);
    // The rounding of the division can leave a pixel less than is due: the crop then begins outside, as the reference's does.
    let corner = |size: usize, crop: usize| (size as isize - crop as isize).div_euclid(2);
    still.resized(w, h, Filter::Box)?.cropped(corner(w, width), corner(h, height), width, height)
}

/// What the VAE sees: −1…1, [1, 3, `height`, `width`].
pub fn vae_pixels(still: &Rgb8, width: usize, height: usize) -> Result<Array4<f32>, PictureError> {
    Ok(video::normalised(&center_crop_wide(still, width, height)?))
}

/// What CLIP sees, [1, 3, H, W] of the processor's crop size: a square crop as wide as the clip, bilinear, normalised.
pub fn clip_pixels(still: &Rgb8, width: usize, size: (usize, usize), processor: &ClipProcessor) -> Result<Array4<f32>, PictureError> {
    let square = center_crop_wide(still, width, width)?;
    let mut pixels = video::unit(&square.resized(size.0, size.1, Filter::Bilinear)?);
    processor.normalise(&mut pixels);
    Ok(pixels)
}

/// Python's `a // b` for positive numbers.
fn floor_division(a: f64, b: f64) -> f64 {
    let quotient = (a - libm::fmod(a, b)) / b;
    let floor = libm::floor(quotient);
    if quotient - floor > 0.5 { floor + 1.0 } else { floor }
}
