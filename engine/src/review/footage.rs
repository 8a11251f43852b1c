//! Where frames, still and mask come from.

use std::fs;
use std::path::{Path, PathBuf};

use wakeframe_take::npy;
use wakeframe_take::picture::Picture;
use wakeframe_take::request::{Request, TakeHash};
use wakeframe_take::store::{Store, Take};

use super::ReviewError;
use crate::still;

/// What a person gives beside the take.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// The still, for frames that are not a take of the store.
    pub still: Option<&'a Path>,
    /// White moves, black does not; a take that was made with one has its own.
    pub mask: Option<&'a Path>,
    /// Frames per second, for frames that are not a take of the store.
    pub fps: Option<f64>,
}

/// Frames per second of pictures that do not say.
const USUAL_FPS: f64 = 24.0;

/// Frames to be reviewed, with their still.
pub struct Footage {
    name: String,
    source: Source,
    count: u32,
    fps: f64,
    /// Of the frames' size.
    still: Picture,
    /// Grey, of the frames' size.
    mask: Option<Picture>,
    request: Option<Box<Request>>,
}

enum Source {
    Take(Take),
    Files(Vec<PathBuf>),
    /// [frames][height][width][3].
    Array {
        height: usize,
        width: usize,
        values: Vec<f32>,
    },
}

impl Footage {
    /// What `take` names: a hash of `store` or its beginning, a take folder, a folder of frames, or a `.npy` file.
    pub fn open(take: &str, store: &Store, given: Given<'_>) -> Result<Self, ReviewError> {
        let path = Path::new(take);
        let mut footage = if path.is_dir() {
            match take_of_folder(path) {
                Some(take) => Self::of_take(&take)?,
                None => Self::of_folder(path, given)?,
            }
        } else if path.is_file() && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy")) {
            Self::of_array(path, given)?
        } else {
            Self::of_take(&named(take, store)?)?
        };
        if let Some(mask) = given.mask {
            footage.mask = Some(footage.fitted(&still::read(mask)?.picture)?.as_mask());
        }
        Ok(footage)
    }

    /// A finished take of a store, with its still and the mask it was made with.
    pub fn of_take(take: &Take) -> Result<Self, ReviewError> {
        let name = take.hash().to_string();
        let manifest = take.manifest()?.filter(|m| m.complete).ok_or_else(|| ReviewError::Unfinished(name.clone()))?;
        let request = manifest.request;
        let source = Source::Take(take.clone());
        let first = frame(&source, 0)?;
        let mut still = first;
        let mut mask = None;
        // A take that was copied elsewhere has no store around it; its first frame is the still's own.
        if let Some(store) = store_around(take.folder()) {
            let fitted = |hash| -> Result<Picture, ReviewError> { Ok(request.fitted(&store.still(hash)?.picture()?)?) };
            still = fitted(&request.still).unwrap_or(still);
            mask = request.latent.as_ref().and_then(|l| l.mask.as_ref()).and_then(|hash| fitted(hash).ok()).map(|m| m.as_mask());
        }
        Ok(Self { name, source, count: request.frames, fps: request.fps, still, mask, request: Some(Box::new(request)) })
    }

    fn of_folder(folder: &Path, given: Given<'_>) -> Result<Self, ReviewError> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
        let is_picture = |p: &PathBuf| {
            let ending = p.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
            let hidden = p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            !hidden && ["png", "jpg", "jpeg", "tif", "tiff", "exr"].contains(&ending.as_str())
        };
        let mut files: Vec<PathBuf> = entries.filter(is_picture).collect();
        files.sort();
        if files.is_empty() {
            return Err(ReviewError::NoFrames(folder.into()));
        }
        let count = files.len() as u32;
        Self::of_files(folder, Source::Files(files), count, given)
    }

    fn of_array(path: &Path, given: Given<'_>) -> Result<Self, ReviewError> {
        let (shape, values) = npy::read(path).map_err(|source| ReviewError::Array { path: path.into(), source })?;
        let [frames, height, width, 3] = *shape.as_slice() else { return Err(ReviewError::Shape { path: path.into(), shape }) };
        if frames == 0 || height == 0 || width == 0 {
            return Err(ReviewError::Shape { path: path.into(), shape });
        }
        Self::of_files(path, Source::Array { height, width, values }, frames as u32, given)
    }

    fn of_files(path: &Path, source: Source, count: u32, given: Given<'_>) -> Result<Self, ReviewError> {
        let still = still::read(given.still.ok_or_else(|| ReviewError::NeedsStill(path.into()))?)?.picture;
        let first = frame(&source, 0)?;
        let name = path.display().to_string();
        let mut footage = Self { name, source, count, fps: given.fps.unwrap_or(USUAL_FPS), still: first, mask: None, request: None };
        footage.still = footage.fitted(&still)?;
        Ok(footage)
    }

    /// A picture beside the frames, brought to their size the way the still came there.
    fn fitted(&self, picture: &Picture) -> Result<Picture, ReviewError> {
        let (width, height) = (self.still.width(), self.still.height());
        Ok(match &self.request {
            Some(request) => request.fitted(picture)?,
            None => picture.centre_cropped(width, height)?.resized(width, height)?,
        })
    }

    /// For people: the take's hash, or where the frames lie.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of frames.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Frames per second.
    pub fn fps(&self) -> f64 {
        self.fps
    }

    /// What the take was asked for, where it is one of a store.
    pub fn request(&self) -> Option<&Request> {
        self.request.as_deref()
    }

    /// The still, of the frames' size.
    pub fn still(&self) -> &Picture {
        &self.still
    }

    /// What may move: grey 0…1, of the frames' size.
    pub fn mask(&self) -> Option<&Picture> {
        self.mask.as_ref()
    }

    /// Frame `n`, from 0.
    pub fn frame(&self, n: u32) -> Result<Picture, ReviewError> {
        let picture = frame(&self.source, n)?;
        let (got, want) = ((picture.width(), picture.height()), (self.still.width(), self.still.height()));
        if got == want { Ok(picture) } else { Err(ReviewError::FrameSize { n, got, want }) }
    }
}

fn frame(source: &Source, n: u32) -> Result<Picture, ReviewError> {
    match source {
        Source::Take(take) => {
            let gone = || ReviewError::FrameGone { n, folder: take.folder().into() };
            Ok(take.frame(n)?.ok_or_else(gone)?.picture()?)
        }
        Source::Files(files) => match files.get(n as usize) {
            Some(file) => Ok(still::read(file)?.picture),
            None => Err(ReviewError::FrameGone { n, folder: PathBuf::new() }),
        },
        Source::Array { height, width, values } => {
            let (size, n) = (height * width * 3, n as usize);
            Ok(Picture::new(*width, *height, 3, values.get(n * size..(n + 1) * size).unwrap_or_default().to_vec())?)
        }
    }
}

/// The store whose `takes` folder `folder` lies in.
fn store_around(folder: &Path) -> Option<Store> {
    let takes = folder.parent()?;
    (takes.file_name()? == "takes").then(|| Store::open(takes.parent()?).ok()).flatten()
}

/// The take whose folder this is; `None` for any other folder.
fn take_of_folder(folder: &Path) -> Option<Take> {
    let folder = fs::canonicalize(folder).ok().filter(|f| f.join("take.json").is_file())?;
    let hash = TakeHash::try_from(folder.file_name()?.to_string_lossy().into_owned()).ok()?;
    Some(store_around(&folder)?.take(&hash))
}

/// The one take of the store whose hash begins so.
fn named(begins: &str, store: &Store) -> Result<Take, ReviewError> {
    let mut found: Vec<Take> = match begins {
        "" => Vec::new(),
        _ => store.takes().into_iter().filter(|t| t.hash().as_str().starts_with(begins)).collect(),
    };
    match (found.pop(), found.is_empty()) {
        (Some(take), true) => Ok(take),
        (None, _) => Err(ReviewError::NoTake(begins.into())),
        (Some(last), false) => {
            let takes = found.iter().chain([&last]).map(|t| t.hash().as_str().chars().take(12).collect()).collect();
            Err(ReviewError::Ambiguous { begins: begins.into(), takes })
        }
    }
}
