//! One value of each depth, to and from 0…1.

use bytemuck::{Pod, pod_read_unaligned};
use half::f16;

use super::Depth;

/// A value as it lies in the host's memory.
pub(super) trait Level: Pod {
    /// 0…1 for integers, the value itself for floats.
    fn value(self) -> f32;
    /// The nearest level; integers clamp to their range.
    fn from_value(v: f32) -> Self;
    /// Place in a table of every level, where such a table is small.
    fn code(self) -> Option<usize>;
}

impl Level for u8 {
    fn value(self) -> f32 {
        f32::from(self) / 255.0
    }
    // A cast from float saturates and makes 0 of NaN.
    fn from_value(v: f32) -> Self {
        (v * 255.0 + 0.5) as u8
    }
    fn code(self) -> Option<usize> {
        Some(self.into())
    }
}

impl Level for u16 {
    fn value(self) -> f32 {
        f32::from(self) / 65535.0
    }
    fn from_value(v: f32) -> Self {
        (v * 65535.0 + 0.5) as u16
    }
    fn code(self) -> Option<usize> {
        Some(self.into())
    }
}

impl Level for f16 {
    fn value(self) -> f32 {
        self.to_f32()
    }
    // Above 65504 a half would be infinite.
    fn from_value(v: f32) -> Self {
        f16::from_f32(v.clamp(-65504.0, 65504.0))
    }
    fn code(self) -> Option<usize> {
        Some(self.to_bits().into())
    }
}

impl Level for f32 {
    fn value(self) -> f32 {
        self
    }
    fn from_value(v: f32) -> Self {
        v
    }
    fn code(self) -> Option<usize> {
        None
    }
}

/// The values of a row; host memory need not be aligned.
pub(super) fn levels<L: Level>(row: &[u8]) -> impl Iterator<Item = L> + '_ {
    row.chunks_exact(size_of::<L>()).map(pod_read_unaligned)
}

fn decode_as<L: Level>(row: &[u8], out: &mut Vec<f32>) {
    out.extend(levels::<L>(row).map(L::value));
}

fn encode_as<L: Level>(values: impl Iterator<Item = f32>, row: &mut [u8]) {
    for (bytes, v) in row.chunks_exact_mut(size_of::<L>()).zip(values) {
        bytes.copy_from_slice(bytemuck::bytes_of(&L::from_value(v)));
    }
}

/// A row's values, 0…1 for integers.
pub(super) fn decode(depth: Depth, row: &[u8], out: &mut Vec<f32>) {
    out.clear();
    match depth {
        Depth::Byte => decode_as::<u8>(row, out),
        Depth::Short => decode_as::<u16>(row, out),
        Depth::Half => decode_as::<f16>(row, out),
        Depth::Float => decode_as::<f32>(row, out),
    }
}

/// Writes a row's values; the inverse of [`decode`].
pub(super) fn encode(depth: Depth, values: impl Iterator<Item = f32>, row: &mut [u8]) {
    match depth {
        Depth::Byte => encode_as::<u8>(values, row),
        Depth::Short => encode_as::<u16>(values, row),
        Depth::Half => encode_as::<f16>(values, row),
        Depth::Float => encode_as::<f32>(values, row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_comes_back() {
        for v in 0..=255u8 {
            assert_eq!(u8::from_value(v.value()), v);
        }
        for v in 0..=65535u16 {
            assert_eq!(u16::from_value(v.value()), v);
            let h = f16::from_bits(v);
            if h.is_finite() {
                assert_eq!(f16::from_value(h.value()).to_bits(), v);
            }
        }
    }

    #[test]
    fn what_no_level_holds_is_clamped() {
        assert_eq!((u8::from_value(7.0), u8::from_value(-1.0), u8::from_value(f32::NAN)), (255, 0, 0));
        assert_eq!(f16::from_value(1e9), f16::MAX);
    }
}
