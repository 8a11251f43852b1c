//! Transfer curves as tables: a power per value would cost half a second for an HD frame.

use half::f16;
use once_cell::sync::OnceCell;
use wakeframe_take::transfer::Transfer;

use super::Depth;

/// Table of one transfer: what each level of a depth is.
type Table = Box<[f32]>;

static TO_SRGB: [[OnceCell<Table>; 3]; 3] = [const { [const { OnceCell::new() }; 3] }; 3];
static FROM_SRGB: [OnceCell<Table>; 3] = [const { OnceCell::new() }; 3];

fn place(transfer: Transfer) -> usize {
    match transfer {
        Transfer::Linear => 0,
        Transfer::Srgb => 1,
        Transfer::Rec709 => 2,
    }
}

/// Models and half-float files hold finite numbers only: not-a-number is 0, infinities the largest half.
pub(super) fn finite(v: f32) -> f32 {
    if v.is_nan() { 0.0 } else { v.clamp(-65504.0, 65504.0) }
}

/// Host level → sRGB-encoded value; empty for float, which has too many levels.
pub(super) fn to_srgb(transfer: Transfer, depth: Depth) -> &'static [f32] {
    let (column, levels): (usize, fn(u16) -> f32) = match depth {
        Depth::Byte => (0, |i| f32::from(i) / 255.0),
        Depth::Short => (1, |i| f32::from(i) / 65535.0),
        Depth::Half => (2, |i| f16::from_bits(i).to_f32()),
        Depth::Float => return &[],
    };
    let last = if depth == Depth::Byte { u16::from(u8::MAX) } else { u16::MAX };
    TO_SRGB[place(transfer)][column].get_or_init(|| (0..=last).map(|i| transfer.to_srgb(finite(levels(i)))).collect())
}

/// sRGB-encoded half → host value.
pub(super) fn from_srgb(transfer: Transfer) -> &'static [f32] {
    FROM_SRGB[place(transfer)].get_or_init(|| (0..=u16::MAX).map(|i| transfer.from_srgb(finite(f16::from_bits(i).to_f32()))).collect())
}
