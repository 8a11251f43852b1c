//! Ctrl-C and SIGTERM: the first asks to stop cleanly, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Failure, print};

static CANCEL: AtomicBool = AtomicBool::new(false);

/// From now on the first signal sets the flag that is returned.
pub(super) fn watch() -> Result<&'static AtomicBool, Failure> {
    let handler = || {
        if CANCEL.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        print::aside("\nstopping after this step; press Ctrl-C again to stop at once");
    };
    ctrlc::set_handler(handler).map_err(|e| Failure::Failed(format!("Ctrl-C cannot be watched for: {e}")))?;
    Ok(&CANCEL)
}
