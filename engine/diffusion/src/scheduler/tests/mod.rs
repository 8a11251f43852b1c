//! Against the reference, trap by trap, and what is refused.

mod golden;
mod refusals;
mod traps;
