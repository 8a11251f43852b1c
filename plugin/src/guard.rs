//! A panic never crosses into the host.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::log;

/// What `body` returns; where it panics, the panic is noted and `otherwise` answers.
pub fn guarded<T>(what: &str, otherwise: impl Fn() -> T, body: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|s| (*s).to_string()).or_else(|| panic.downcast_ref::<String>().cloned());
            log::note(&format!("{what}: the node failed inside: {}", text.unwrap_or_default()));
            // A payload can panic when dropped.
            std::mem::forget(panic);
            otherwise()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_the_other_answer() {
        assert_eq!(guarded("test", || 7, || -> i32 { panic!("on purpose") }), 7);
        assert_eq!(guarded("test", || 7, || 3), 3);
    }
}
