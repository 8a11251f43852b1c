//! Pixel formats.

/// `kOfxImageEffectPropPixelDepth`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// 8-bit, 255 is 1.
    Byte,
    /// 16-bit, 65535 is 1.
    Short,
    /// 16-bit floating point.
    Half,
    /// 32-bit floating point.
    Float,
}

impl Depth {
    /// The constant of the C API.
    pub fn name(self) -> &'static str {
        match self {
            Depth::Byte => "OfxBitDepthByte",
            Depth::Short => "OfxBitDepthShort",
            Depth::Half => "OfxBitDepthHalf",
            Depth::Float => "OfxBitDepthFloat",
        }
    }

    /// From the constant of the C API.
    pub fn from_name(name: &str) -> Option<Self> {
        [Depth::Byte, Depth::Short, Depth::Half, Depth::Float].into_iter().find(|d| d.name() == name)
    }

    /// Bytes a sample.
    pub fn bytes(self) -> usize {
        match self {
            Depth::Byte => 1,
            Depth::Short | Depth::Half => 2,
            Depth::Float => 4,
        }
    }
}

/// `kOfxImageEffectPropComponents`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Components {
    /// Red, green, blue, alpha.
    Rgba,
    /// Red, green, blue.
    Rgb,
    /// Alpha alone.
    Alpha,
}

impl Components {
    /// The constant of the C API.
    pub fn name(self) -> &'static str {
        match self {
            Components::Rgba => "OfxImageComponentRGBA",
            Components::Rgb => "OfxImageComponentRGB",
            Components::Alpha => "OfxImageComponentAlpha",
        }
    }

    /// From the constant of the C API.
    pub fn from_name(name: &str) -> Option<Self> {
        [Components::Rgba, Components::Rgb, Components::Alpha].into_iter().find(|c| c.name() == name)
    }

    /// Samples a pixel.
    pub fn count(self) -> usize {
        match self {
            Components::Rgba => 4,
            Components::Rgb => 3,
            Components::Alpha => 1,
        }
    }
}

/// `kOfxImageEffectPropPreMultiplication`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Premult {
    /// Alpha is to be ignored.
    Opaque,
    /// Colour is multiplied by alpha.
    Premultiplied,
    /// Colour stands by itself.
    Unpremultiplied,
}

impl Premult {
    /// The constant of the C API.
    pub fn name(self) -> &'static str {
        match self {
            Premult::Opaque => "OfxImageOpaque",
            Premult::Premultiplied => "OfxImageAlphaPremultiplied",
            Premult::Unpremultiplied => "OfxImageAlphaUnPremultiplied",
        }
    }

    /// From the constant of the C API.
    pub fn from_name(name: &str) -> Option<Self> {
        [Premult::Opaque, Premult::Premultiplied, Premult::Unpremultiplied].into_iter().find(|p| p.name() == name)
    }
}

/// Depth and components together: how one pixel is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Format {
    /// The type of a sample.
    pub depth: Depth,
    /// Which samples.
    pub components: Components,
}

impl Format {
    /// Bytes a pixel.
    pub fn pixel_bytes(self) -> usize {
        self.depth.bytes() * self.components.count()
    }
}
