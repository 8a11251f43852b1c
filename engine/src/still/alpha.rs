//! Premultiplied colour becomes straight colour.

/// Divides the colour of one RGBA pixel by its alpha, which is held to 0…1.
///
/// Colour without coverage (glows, flares) has no straight form: it is kept as it stands.
pub(super) fn unpremultiply(pixel: &mut [f32]) {
    let [rgb @ .., alpha] = pixel else { return };
    *alpha = if alpha.is_finite() { alpha.clamp(0.0, 1.0) } else { 0.0 };
    if *alpha > 0.0 && *alpha < 1.0 {
        rgb.iter_mut().for_each(|v| *v /= *alpha);
    }
}

#[cfg(test)]
mod tests {
    use super::unpremultiply;

    #[test]
    fn colour_is_divided_where_there_is_coverage() {
        for (pixel, want) in [
            ([0.25, 0.5, 1.0, 0.5], [0.5, 1.0, 2.0, 0.5]),
            ([0.25, 0.5, 1.0, 0.0], [0.25, 0.5, 1.0, 0.0]),
            ([0.25, 0.5, 1.0, 1.5], [0.25, 0.5, 1.0, 1.0]),
            ([0.25, 0.5, 1.0, f32::NAN], [0.25, 0.5, 1.0, 0.0]),
        ] {
            let mut got = pixel;
            unpremultiply(&mut got);
            assert_eq!(got, want);
        }
    }
}
