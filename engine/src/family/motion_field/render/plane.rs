//! Pixels as the renderer keeps them: premultiplied, padded for four-wide reads.

use wakeframe_take::picture::Picture;

/// Interleaved premultiplied fp32 pixels, [height][width][channels], with room behind the last for a four-wide read.
#[derive(Debug, Clone)]
pub struct Plane {
    width: usize,
    height: usize,
    channels: usize,
    data: Vec<f32>,
}

impl Plane {
    /// Values behind the last pixel.
    const PADDING: usize = 4;

    /// A plane of zeros; `channels` is 3 (RGB) or 4 (RGBA).
    pub fn zeros(width: usize, height: usize, channels: usize) -> Self {
        Self { width, height, channels, data: vec![0.0; width * height * channels + Self::PADDING] }
    }

    /// The picture, its colours multiplied by its alpha where it has one; what is not finite becomes 0.
    pub fn premultiplied(picture: &Picture) -> Self {
        let mut plane = Self::zeros(picture.width(), picture.height(), picture.channels());
        let n = picture.data().len();
        plane.data[..n].iter_mut().zip(picture.data()).for_each(|(p, v)| *p = if v.is_finite() { *v } else { 0.0 });
        if plane.channels == 4 {
            for p in plane.values_mut().chunks_exact_mut(4) {
                let a = p[3];
                p[..3].iter_mut().for_each(|v| *v *= a);
            }
        }
        plane
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// 3 or 4.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All values without the padding, [height][width][channels].
    pub fn values(&self) -> &[f32] {
        &self.data[..self.width * self.height * self.channels]
    }

    /// All values without the padding, to be changed in place.
    pub fn values_mut(&mut self) -> &mut [f32] {
        let n = self.width * self.height * self.channels;
        &mut self.data[..n]
    }

    /// All values with the padding: four may be read from the start of any pixel.
    pub fn padded(&self) -> &[f32] {
        &self.data
    }
}
