//! `VideoProcessor` of diffusers (`image_processor.py`): pictures into a VAE and out of one.

use ndarray::{Array4, ArrayView4};

use super::pillow::Filter;
use super::{PictureError, Rgb8};

/// `preprocess(image, height, width)`: resized with Lanczos whatever the aspect, −1…1, [1, 3, `height`, `width`].
///
/// The reference first rounds a size down to multiples of the VAE's scale factor; here it must come rounded.
pub fn preprocess(still: &Rgb8, width: usize, height: usize) -> Result<Array4<f32>, PictureError> {
    Ok(normalised(&still.resized(width, height, Filter::Lanczos)?))
}

/// `preprocess(image)` with `do_resize=False`: −1…1, [1, 3, H, W].
pub fn normalised(still: &Rgb8) -> Array4<f32> {
    still.planes(|_, v| 2.0 * (f32::from(v) / 255.0) - 1.0)
}

/// `pil_to_numpy` and `numpy_to_pt`: 0…1, [1, 3, H, W].
pub fn unit(still: &Rgb8) -> Array4<f32> {
    still.planes(|_, v| f32::from(v) / 255.0)
}

/// `numpy_to_pil`: 0…1 of the shape [1, 3, H, W] to 8 bits, halves to the even neighbour. What lies outside is clipped.
pub fn from_unit(pixels: ArrayView4<'_, f32>) -> Result<Rgb8, PictureError> {
    let (1, 3, height, width) = pixels.dim() else {
        return Err(PictureError::Shape { shape: pixels.shape().to_vec() });
    };
    let bytes: Vec<u8> = pixels.permuted_axes([0, 2, 3, 1]).iter().map(|v| libm::rintf(v * 255.0) as u8).collect();
    Rgb8::new(width, height, &bytes)
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn pixels_come_back() {
        let still = sample(31, 9);
        assert_eq!(from_unit(unit(&still).view()).unwrap(), still);
    }

    #[test]
    fn what_lies_outside_is_clipped() {
        let pixels = Array4::from_shape_vec((1, 3, 1, 1), vec![-1.0, 2.0, 0.5 / 255.0]).unwrap();
        assert_eq!(from_unit(pixels.view()).unwrap().bytes(), [0, 255, 0]);
        let two = Array4::zeros((2, 3, 1, 1));
        assert_eq!(from_unit(two.view()), Err(PictureError::Shape { shape: vec![2, 3, 1, 1] }));
    }
}
