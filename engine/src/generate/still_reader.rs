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

    /// The still at the take's size, cropped or stretched as the request says.
    pub fn of_take(&self) -> Result<Picture, ModelError> {
        Ok(self.request.fitted(&self.whole(&self.request.still)?)?)
    }

    /// A still as it is: the request's own, a keyframe's, a mask.
    pub fn whole(&self, still: &StillHash) -> Result<Picture, ModelError> {
        Ok(self.store.still(still)?.picture()?)
    }
}
