//! What the prompt asks of camera and light, and the clip that follows from it and the user's own controls.

use wakeframe_take::request::{Camera, Request};

use super::{SHOT, render};

/// An ordinary move; 0.3 is a slow one, 1 a fast one.
const ORDINARY: f32 = 0.6;

/// Pan (+ right), tilt (+ up), dolly (+ in), roll (+ clockwise), orbit (+ to the right), handheld (0…1), warmth (+ warmer),
/// brightness (+ brighter); each about −1…1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShotIntent(pub [f32; SHOT]);

impl ShotIntent {
    /// The same less what `forbidden` has of an axis on the same side; an ordinary move takes all of it.
    pub fn without(self, forbidden: &Self) -> Self {
        let mut left = self;
        for (v, not) in left.0.iter_mut().zip(forbidden.0) {
            if *v * not > 0.0 {
                *v *= 1.0 - (not.abs() / ORDINARY).min(1.0);
            }
        }
        left
    }

    /// The clip of `request`: an axis the user has a control for follows the prompt where that control is at 0.
    pub fn shot(&self, request: &Request) -> render::Shot {
        let [pan, tilt, dolly, roll, orbit, handheld, warmth, brightness] = self.0.map(f64::from);
        let control = request.camera;
        let either = |control: f64, prompt: f64| if control == 0.0 { prompt } else { control };
        render::Shot {
            frames: request.frames,
            fps: request.fps,
            looped: request.looped,
            pixel_aspect: request.pixel_aspect,
            camera: Camera {
                pan: either(control.pan, pan),
                tilt: either(control.tilt, tilt),
                dolly: either(control.dolly, dolly),
                roll: either(control.roll, roll),
            },
            orbit,
            handheld,
            seed: request.seed,
            warmth,
            brightness,
            strength: request.strength,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::motion_field::request_of;

    fn request(prompt: &str, camera: Camera) -> Request {
        Request { camera, ..request_of(prompt) }
    }

    #[test]
    fn a_control_wins_over_the_prompt_and_the_prompt_has_the_rest() {
        let asked = ShotIntent([0.6, -0.6, 0.3, 1.0, -0.6, 0.5, 0.25, -0.5]);
        let shot = asked.shot(&request("", Camera { pan: -0.5, roll: 0.25, ..Camera::default() }));
        assert_eq!(shot.camera, Camera { pan: -0.5, tilt: f64::from(-0.6f32), dolly: f64::from(0.3f32), roll: 0.25 });
        assert_eq!((shot.orbit, shot.handheld, shot.warmth, shot.brightness), (f64::from(-0.6f32), 0.5, 0.25, -0.5));
    }

    #[test]
    fn a_prompt_that_asks_nothing_of_the_camera_leaves_the_controls_as_they_are() {
        let camera = Camera { tilt: 0.4, ..Camera::default() };
        let request = request("camera static", camera);
        let shot = ShotIntent([0.0; SHOT]).shot(&request);
        let strength = request.strength;
        let plain = render::Shot {
            frames: request.frames,
            fps: request.fps,
            pixel_aspect: 1.0,
            camera,
            seed: request.seed,
            strength,
            ..Default::default()
        };
        assert_eq!(shot, plain);
    }
}
