//! The stills a request names, as a family asks for them.

use wakeframe_take::picture::Picture;
use wakeframe_take::request::{Request, StillHash};
use wakeframe_take::store::Store;

use crate::family::ModelError;

/// Stills of one request.
pub struct StillReader<'a> {
    store: &'a Store,
    request: &'a Request,
}

impl<'a> StillReader<'a> {
    pub(crate) fn new(store: &'a Store, request: &'a Request) -> Self {
        Self { store, request }
    }

    /// The still cropped around its centre and resampled to the take's size.
    pub fn of_take(&self) -> Result<Picture, ModelError> {
        let (width, height) = (self.request.width as usize, self.request.height as usize);
        Ok(self.whole(&self.request.still)?.centre_cropped(width, height)?.resized(width, height)?)
    }

    /// A still as it is: the request's own, a keyframe's, a mask.
    pub fn whole(&self, still: &StillHash) -> Result<Picture, ModelError> {
        Ok(self.store.still(still)?.picture()?)
    }
}
