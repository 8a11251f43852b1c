//! Timesteps spaced over the training schedule (table 2 of Lin et al., 2023), as the reference's `set_timesteps` has them.

use super::config::{Reader, SchedulerConfig};
use super::error::SchedulerError;
use super::plan::linspace;

/// `timestep_spacing`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Both ends.
    Linspace,
    /// From 0 up in equal whole steps.
    Leading,
    /// From the last one down in equal steps.
    Trailing,
}

impl Spacing {
    /// Read from the configuration.
    pub fn read(read: &Reader, config: &SchedulerConfig, default: &str) -> Result<Self, SchedulerError> {
        let words = [("linspace", Self::Linspace), ("leading", Self::Leading), ("trailing", Self::Trailing)];
        read.word("timestep_spacing", &config.timestep_spacing, default, &words)
    }

    /// `count` falling timesteps, those of `Linspace` not rounded to whole numbers. `offset` counts for `Leading` only.
    ///
    /// For a few counts (61 is the first) the reference's `Trailing` runs past the end to a timestep of −1, through fp64 rounding in
    /// `numpy.arange`; it is left out here.
    pub fn timesteps(self, count: usize, train: usize, offset: u32) -> Vec<f64> {
        match self {
            Self::Linspace => linspace(0.0, train as f64 - 1.0, count).into_iter().rev().collect(),
            Self::Leading => (0..count).rev().map(|n| (n * (train / count)) as f64 + f64::from(offset)).collect(),
            Self::Trailing => {
                let start = train as f64;
                let step = (start - start / count as f64) - start;
                (0..count).map(|n| libm::rint(start + n as f64 * step) - 1.0).collect()
            }
        }
    }

    /// The timesteps as whole numbers, each an index into the training schedule.
    pub fn indices(self, read: &Reader, count: usize, train: usize, offset: u32) -> Result<Vec<usize>, SchedulerError> {
        let timesteps = self.timesteps(count, train, offset);
        if timesteps.iter().any(|t| *t >= train as f64) {
            return Err(read.refuse("steps_offset", offset, format!("less, with {count} steps of {train}")));
        }
        Ok(timesteps.into_iter().map(|t| libm::rint(t).max(0.0) as usize).collect())
    }
}
