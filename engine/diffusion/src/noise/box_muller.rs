//! Box–Muller on 16 values in fp32, as torch's AVX2 code computes it.
//!
//! torch takes logarithm, sine and cosine from `avx_mathfun.h` (Giovanni Garberoglio, 2012, after Julien Pommier's `sse_mathfun.h`
//! and Cephes; zlib licence). This is a changed version of those three functions: one value at a time, and with a fused multiply-add
//! wherever the compiler of torch's wheels fuses one, which is what makes the results equal to the last bit.

// Cephes' digits are kept as they stand there.
#![allow(clippy::excessive_precision)]

use libm::fmaf;

/// Values transformed at once: 8 for the radius, 8 for the angle.
pub const BLOCK: usize = 16;

const LOG: [f32; 9] = [
    7.0376836292E-2,
    -1.1514610310E-1,
    1.1676998740E-1,
    -1.2420140846E-1,
    1.4249322787E-1,
    -1.6668057665E-1,
    2.0000714765E-1,
    -2.4999993993E-1,
    3.3333331174E-1,
];
/// ln 2 in two parts, so that its product with an exponent loses nothing.
const LN_2: (f32, f32) = (0.693359375, -2.12194440e-4);
const FOUR_OVER_PI: f32 = 1.27323954473516;
/// π/4 in three parts, for the same reason.
const QUARTER_PI: (f32, f32, f32) = (0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8);
const COS: [f32; 3] = [2.443315711809948E-5, -1.388731625493765E-3, 4.166664568298827E-2];
const SIN: [f32; 3] = [-1.9515295891E-4, 8.3321608736E-3, -1.6666654611E-1];

/// Uniform values in [0, 1) become normal ones, in place.
pub fn transform(block: &mut [f32; BLOCK]) {
    let (radii, angles) = block.split_at_mut(BLOCK / 2);
    for (a, b) in radii.iter_mut().zip(angles) {
        let radius = (-2.0 * log(1.0 - *a)).sqrt();
        let (sin, cos) = sin_cos(std::f32::consts::TAU * *b);
        // torch adds the mean of 0, which turns −0 into 0.
        (*a, *b) = (radius * cos + 0.0, radius * sin + 0.0);
    }
}

/// Natural logarithm of a normal number above 0.
fn log(x: f32) -> f32 {
    let bits = x.to_bits();
    // Exponent and a mantissa in [0.5, 1).
    let mut e = (bits >> 23) as i32 as f32 - 127.0 + 1.0;
    let mut x = f32::from_bits(bits & 0x007f_ffff | 0x3f00_0000);
    if x < std::f32::consts::FRAC_1_SQRT_2 {
        e -= 1.0;
        x += x - 1.0;
    } else {
        x -= 1.0;
    }
    let z = x * x;
    let y = LOG[1..].iter().fold(LOG[0], |y, c| fmaf(y, x, *c));
    let y = fmaf(z, -0.5, fmaf(y * x, z, e * LN_2.1));
    fmaf(e, LN_2.0, x + y)
}

/// Sine and cosine of an angle in [0, 2π].
fn sin_cos(angle: f32) -> (f32, f32) {
    let octant = ((angle * FOUR_OVER_PI) as i32 + 1) & !1;
    let y = octant as f32;
    let mut x = fmaf(y, -QUARTER_PI.0, angle);
    x = fmaf(y, -QUARTER_PI.1, x);
    x = fmaf(y, -QUARTER_PI.2, x);
    let z = x * x;
    let mut even = fmaf(COS[0], z, COS[1]);
    even = fmaf(even, z, COS[2]);
    even = fmaf(even * z, z, -(z * 0.5)) + 1.0;
    let mut odd = fmaf(SIN[0], z, SIN[1]);
    odd = fmaf(odd, z, SIN[2]);
    odd = fmaf(odd * z, x, x);
    let (sin, cos) = if octant & 2 == 0 { (odd, even) } else { (even, odd) };
    let sin = if octant & 4 == 0 { sin } else { -sin };
    let cos = if (octant - 2) & 4 == 0 { -cos } else { cos };
    (sin, cos)
}
