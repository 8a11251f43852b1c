//! What happens to doubled latents before the second pass (`pipeline_ltx_latent_upsample.py`). All [1, C, f, h, w], as
//! the VAE has them: not normalised.

use ndarray::{ArrayD, Axis};

use super::tokens::lerp;

/// `adain_filter_latent`: every channel of `latent` gets mean and spread of `reference`'s, by `factor`.
pub(super) fn adain(latent: &mut ArrayD<f32>, reference: &ArrayD<f32>, factor: f32) {
    for (mut channel, reference) in latent.axis_iter_mut(Axis(1)).zip(reference.axis_iter(Axis(1))) {
        let (mean, std) = moments(channel.iter());
        let (wanted_mean, wanted_std) = moments(reference.iter());
        channel.mapv_inplace(|v| lerp(v, (v - mean) / std * wanted_std + wanted_mean, factor));
    }
}

/// `tone_map_latents`: large values are compressed, small ones left alone.
pub(super) fn tone_map(latent: &mut ArrayD<f32>, compression: f64) {
    let scale = compression * 0.75;
    let (steep, deep) = ((4.0 * scale) as f32, (0.8 * scale) as f32);
    latent.mapv_inplace(|v| {
        let sigmoid = 1.0 / (1.0 + libm::expf(-(steep * (v.abs() - 1.0))));
        v * (1.0 - deep * sigmoid)
    });
}

/// `torch.std_mean`: mean, and spread with N − 1.
pub(super) fn moments<'a>(values: impl Iterator<Item = &'a f32> + Clone) -> (f32, f32) {
    let (count, sum) = values.clone().fold((0usize, 0.0f64), |(n, sum), v| (n + 1, sum + f64::from(*v)));
    let mean = sum / count.max(1) as f64;
    let squares: f64 = values.map(|v| (f64::from(*v) - mean).powi(2)).sum();
    (mean as f32, (squares / (count.max(2) - 1) as f64).sqrt() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_is_counted_without_bias() {
        let (mean, std) = moments([1.0f32, 2.0, 3.0, 6.0].iter());
        assert_eq!(mean, 3.0);
        assert!((std - (14.0f32 / 3.0).sqrt()).abs() < 1e-6);
    }

    #[test]
    fn channels_take_over_mean_and_spread() {
        let reference = ArrayD::from_shape_fn(vec![1, 2, 1, 2, 2], |i| (i[1] * 10 + i[3] * 2 + i[4]) as f32);
        let large = ArrayD::from_shape_fn(vec![1, 2, 1, 4, 4], |i| (i[1] + i[3] * 4 + i[4]) as f32 * -3.0);
        let mut all = large.clone();
        adain(&mut all, &reference, 1.0);
        for (a, b) in all.axis_iter(Axis(1)).zip(reference.axis_iter(Axis(1))) {
            let ((am, asd), (bm, bsd)) = (moments(a.iter()), moments(b.iter()));
            assert!((am - bm).abs() < 1e-5 && (asd - bsd).abs() < 1e-5);
        }
        let mut half = large.clone();
        adain(&mut half, &reference, 0.5);
        let middle = (&all + &large) / 2.0;
        assert!(half.iter().zip(&middle).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn only_large_values_are_compressed() {
        let mut latent = ArrayD::from_shape_vec(vec![3], vec![0.0, -1.0, 8.0]).unwrap();
        tone_map(&mut latent, 0.6);
        // scale 0.45: 1 − 0.36·sigmoid(1.8·(|v| − 1))
        assert_eq!(latent[0], 0.0);
        assert!((latent[1] + 0.82).abs() < 1e-6);
        assert!((latent[2] - 8.0 * (1.0 - 0.36 / (1.0 + (-12.6f32).exp()))).abs() < 1e-5);
        let mut same = latent.clone();
        tone_map(&mut same, 0.0);
        assert_eq!(same, latent);
    }
}
