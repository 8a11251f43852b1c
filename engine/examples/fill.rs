//! How close filled holes come to what was there, with the network's guess and without it.
//!
//!     cargo run --release --example fill -- FOLDER [PLATES]
//!
//! FOLDER is what `python -m wakeframe_training holes` wrote: pictures NAME.png with masks NAME.hole.png, white where a hole
//! is measured, grey where it is only made. PLATES is a folder for the filled pictures.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use wakeframe_engine::family::motion_field::Filler;
use wakeframe_engine::family::motion_field::render::{Guess, filled};
use wakeframe_engine::pack::Validated;
use wakeframe_engine::still;
use wakeframe_take::pack::Pack;
use wakeframe_take::picture::Picture;

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let folder = arguments.first().context("name the folder of pictures and holes")?;
    let pack = Pack::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../resources/models/mini"))?;
    let filler = Filler::open(&Validated::open(&pack)?)?;
    let guess = |coarse: &_| filler.complete(coarse);
    let ways: [(&str, Option<&Guess<'_>>); 2] = [("without", None), ("with", Some(&guess))];
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
    names.retain(|path| path.to_string_lossy().ends_with(".hole.png"));
    names.sort();
    ensure!(!names.is_empty(), "{} holds no holes", folder.display());
    if let Some(plates) = arguments.get(1) {
        std::fs::create_dir_all(plates).with_context(|| plates.display().to_string())?;
    }
    let mut sums = [Error::default(); 2];
    println!("{:32} mean difference, dB, texture (its energy over the truth's) without the network; then with it", "hole");
    for hole_file in &names {
        let name = hole_file.file_name().map(|n| n.to_string_lossy().replace(".hole.png", "")).unwrap_or_default();
        let picture = still::read(&folder.join(format!("{name}.png")))?.picture;
        let mask = still::read(hole_file)?.picture;
        let marks: Vec<f32> = mask.data().chunks_exact(mask.channels()).map(|p| p[0]).collect();
        let hole: Vec<bool> = marks.iter().map(|m| *m > 0.2).collect();
        let mut line = format!("{name:32}");
        for ((way, guess), sum) in ways.into_iter().zip(&mut sums) {
            let start = Instant::now();
            let plate = filled(&picture, &hole, picture.width().max(picture.height()) / 12, guess)?;
            let seconds = start.elapsed().as_secs_f64();
            let error = Error::of(&picture, &plate, &marks, seconds);
            line += &format!(" {:9.4} {:9.2} {:9.2}", error.absolute, error.decibels, error.texture);
            sum.add(&error);
            if let Some(plates) = arguments.get(1) {
                save(&plate, &plates.join(format!("{name}.{way}.png")))?;
            }
        }
        println!("{line}");
    }
    let [without, with] = sums.map(|s| s.over(names.len()));
    println!("mean of {} holes: without {without}; with {with}", names.len());
    Ok(())
}

/// Sums over holes, or one hole's.
#[derive(Debug, Default, Clone, Copy)]
struct Error {
    absolute: f64,
    decibels: f64,
    /// Squared differences between neighbours over the truth's.
    texture: f64,
    seconds: f64,
}

impl Error {
    fn of(truth: &Picture, plate: &Picture, marks: &[f32], seconds: f64) -> Self {
        let (mut absolute, mut squared, mut n) = (0f64, 0f64, 0f64);
        let pixels = truth.data().chunks_exact(truth.channels()).zip(plate.data().chunks_exact(plate.channels()));
        for ((a, b), _) in pixels.zip(marks).filter(|(_, m)| **m > 0.8) {
            for (a, b) in a.iter().zip(b).take(3) {
                let d = f64::from(a - b);
                (absolute, squared, n) = (absolute + d.abs(), squared + d * d, n + 1.0);
            }
        }
        let texture = energy(plate, marks) / energy(truth, marks).max(1e-9);
        Self { absolute: absolute / n.max(1.0), decibels: -10.0 * (squared / n.max(1.0)).max(1e-9).log10(), texture, seconds }
    }

    fn add(&mut self, other: &Self) {
        self.absolute += other.absolute;
        self.decibels += other.decibels;
        self.texture += other.texture;
        self.seconds += other.seconds;
    }

    fn over(self, n: usize) -> String {
        let n = n as f64;
        format!("{:.4}, {:.2} dB, texture {:.2}, {:.3} s each", self.absolute / n, self.decibels / n, self.texture / n, self.seconds / n)
    }
}

/// Squared differences of measured pixels from their neighbours to the left and above.
fn energy(picture: &Picture, marks: &[f32]) -> f64 {
    let (w, c) = (picture.width(), picture.channels());
    let value = |i: usize, k: usize| f64::from(picture.data()[i * c + k].clamp(0.0, 1.0));
    let measured = (w..marks.len()).filter(|i| i % w > 0 && marks[*i] > 0.8);
    measured
        .flat_map(|i| (0..3.min(c)).flat_map(move |k| [(i, i - 1, k), (i, i - w, k)]))
        .map(|(a, b, k)| value(a, k) - value(b, k))
        .map(|d| d * d)
        .sum()
}

fn save(picture: &Picture, file: &Path) -> Result<()> {
    let bytes: Vec<u8> = picture
        .data()
        .chunks_exact(picture.channels())
        .flat_map(|p| p.iter().take(3).map(|v| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect::<Vec<_>>())
        .collect();
    let image = image::RgbImage::from_raw(picture.width() as u32, picture.height() as u32, bytes).context("a picture's size")?;
    image.save(file).with_context(|| file.display().to_string())
}
