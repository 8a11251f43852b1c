//! A still taken apart into layers, ready to be seen at any moment.

use wakeframe_take::picture::Picture;

use super::compose::{Back, Stack};
use super::guess::Guess;
use super::guided::Guide;
use super::lattice::{Lattice, SPACING};
use super::light::Light;
use super::mask::Matte;
use super::plane::Plane;
use super::plate::{self, Cutout, Inlay, Plate};
use super::region::{Class, Mattes};
use super::rig::Rig;
use super::sampling::Kernel;
use super::{Field, RenderError, Shot};

/// Longer side of the picture edges are found on, pixels.
const GUIDE_SIDE: usize = 960;

/// A still, a motion field and a camera move made ready: [`Scene::frame`] gives any frame from it alone.
#[derive(Debug)]
pub struct Scene {
    still: Picture,
    rig: Rig,
    kernel: Kernel,
    layers: Option<Layers>,
    light: Option<Light>,
}

#[derive(Debug)]
struct Layers {
    ground: Plate,
    sky: Option<Inlay>,
    water: Option<Inlay>,
    animal: Option<Cutout>,
}

impl Scene {
    /// Takes `still` apart for `field` and `shot`. Numbers of the shot outside their ranges are held within them.
    /// `guess` says what may stand where the layers are taken away.
    pub fn prepare(still: &Picture, field: &Field, shot: &Shot, guess: Option<&Guess<'_>>) -> Result<Self, RenderError> {
        field.check()?;
        let mut rig = Rig::new(still, field, shot);
        let layers = Layers::new(still, field, &mut rig, guess)?;
        let light = rig.light();
        Ok(Self { still: still.clone(), rig, kernel: Kernel::new(), layers, light })
    }

    /// Frame `n` of the clip; frame 0 is the still.
    pub fn frame(&self, n: u32) -> Picture {
        if n == 0 {
            return self.still.clone();
        }
        let mut frame = self.layers.as_ref().map_or_else(|| self.still.clone(), |layers| self.moved(layers, n));
        if let Some(light) = &self.light {
            light.shine(&mut frame, self.rig.path(n));
        }
        frame
    }

    fn moved(&self, layers: &Layers, n: u32) -> Picture {
        let placed = self.rig.at(n);
        let sky = layers.sky.as_ref().map(|layer| Back { layer, edge: placed.ground.clone(), phases: placed.sky });
        let water = layers.water.as_ref().map(|layer| Back { layer, edge: placed.bed, phases: placed.water });
        Stack {
            kernel: &self.kernel,
            still: &self.still,
            ground: &layers.ground,
            view: placed.ground,
            backs: [sky, water].into_iter().flatten().collect(),
            fronts: layers.animal.as_ref().map(|l| (l, placed.animal)).into_iter().collect(),
        }
        .flattened()
    }
}

impl Layers {
    /// Nothing where nothing moves.
    fn new(still: &Picture, field: &Field, rig: &mut Rig, guess: Option<&Guess<'_>>) -> Result<Option<Self>, RenderError> {
        let plane = Plane::premultiplied(still);
        let [mut sky, mut water, animal] = {
            let guide = Guide::of(&plane, GUIDE_SIDE);
            let mattes = Mattes::new(field, &plane, &guide);
            let of = |class, wanted: bool| if wanted { mattes.of(class) } else { None };
            let apart = |class| of(class, rig.sets_apart(class));
            let others = || rayon::join(|| apart(Class::Animal), || of(Class::Foliage, rig.sways()));
            let ((sky, water), (animal, foliage)) = rayon::join(|| rayon::join(|| apart(Class::Sky), || apart(Class::Water)), others);
            if rig.sways() {
                rig.root(&at_nodes(&[foliage.as_ref(), sky.as_ref()], &plane));
            }
            [sky, water, animal]
        };
        let moving_ground = !rig.camera_is_still() || rig.sways();
        if !moving_ground && [&sky, &water, &animal].iter().all(|m| m.is_none()) {
            return Ok(None);
        }
        if let (Some(sky), Some(water)) = (&sky, &mut water) {
            water.exclude(sky);
        }

        let mut image = plane;
        let reach = (image.width().max(image.height()) / 12).max(4);
        let animal = animal.map(|m| plate::cut(&mut image, m, [&mut sky, &mut water].into_iter().flatten(), reach, guess)).transpose()?;
        let source = (sky.is_some() || water.is_some()).then(|| image.clone());
        let mut lift =
            |m: Option<_>, reach, seam| m.zip(source.as_ref()).map(|(m, s)| plate::lift(&mut image, s, m, reach, seam, guess)).transpose();
        let sky = lift(sky, 2 * reach, (reach / 6).max(plate::SEAM))?;
        let water = lift(water, reach, plate::SEAM)?;
        Ok(Some(Self { ground: plate::ground(image), sky, water, animal }))
    }
}

/// At every lattice point, whether the mattes together cover most of the pixels around it.
fn at_nodes(mattes: &[Option<&Matte>], plane: &Plane) -> Vec<bool> {
    let (w, h) = (plane.width(), plane.height());
    let (columns, rows) = Lattice::size(w, h);
    let mut out = Vec::with_capacity(columns * rows);
    for r in 0..rows {
        let y = (r * SPACING).min(h - 1);
        for c in 0..columns {
            let x = (c * SPACING).min(w - 1);
            let (mut sum, mut n) = (0u32, 0u32);
            for yy in y.saturating_sub(SPACING / 2)..(y + SPACING / 2).min(h) {
                for xx in x.saturating_sub(SPACING / 2)..(x + SPACING / 2).min(w) {
                    sum += mattes.iter().flatten().map(|m| u32::from(m.bytes[yy * w + xx])).sum::<u32>().min(255);
                    n += 255;
                }
            }
            out.push(2 * sum > n);
        }
    }
    out
}
