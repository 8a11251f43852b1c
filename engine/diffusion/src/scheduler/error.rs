//! What can be wrong with a scheduler's configuration or its use.

use thiserror::Error;

/// A scheduler that cannot be made, or a step that cannot be taken.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SchedulerError {
    /// Nobody wrote this scheduler.
    #[error("scheduler class \"{class}\" is not supported: use one of {supported}")]
    Class {
        /// As the pack has it.
        class: String,
        /// Every class there is.
        supported: String,
    },
    /// The class is there, but not with this value.
    #[error("{class}: {key} = {value} is not supported: {supported}")]
    Value {
        /// The scheduler's class.
        class: &'static str,
        /// The key, in diffusers' own spelling.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What may stand there.
        supported: String,
    },
    /// The family does not offer this scheduler.
    #[error("the scheduler \"{word}\" cannot replace {class}: use one of {supported}")]
    Word {
        /// As the user has it.
        word: String,
        /// The pack's class.
        class: String,
        /// Words that fit the class.
        supported: &'static str,
    },
    /// Too few or too many steps.
    #[error("{steps} denoise steps: {class} takes 1 to {most}")]
    Steps {
        /// The scheduler's class.
        class: &'static str,
        /// As asked for.
        steps: usize,
        /// The largest count.
        most: usize,
    },
    /// Sigmas or timesteps were given to a scheduler that makes its own.
    #[error("{class} makes its own schedule: give it a number of steps, not {what}")]
    Given {
        /// The scheduler's class.
        class: &'static str,
        /// `sigmas` or `timesteps`.
        what: &'static str,
    },
    /// Dynamic shifting without the value it shifts by.
    #[error("FlowMatchEulerDiscreteScheduler with use_dynamic_shifting needs mu, which follows from the number of tokens")]
    Mu,
    /// A schedule that leads nowhere.
    #[error("the schedule's value {value} at step {step} is not usable: sigmas are above 0 and finite, timesteps finite")]
    Schedule {
        /// Step of the value.
        step: usize,
        /// The value.
        value: f32,
    },
    /// There is no such step.
    #[error("denoise step {step} of a schedule with {steps} steps")]
    Step {
        /// As asked for.
        step: usize,
        /// How many there are.
        steps: usize,
    },
    /// A multistep scheduler was not given its steps in order.
    #[error("denoise step {step} where step {expected} is due: {class} needs its steps in order")]
    Order {
        /// The scheduler's class.
        class: &'static str,
        /// As asked for.
        step: usize,
        /// The one after the last.
        expected: usize,
    },
    /// Two things that belong together differ in size.
    #[error("{what} has {found} values where {expected} are due")]
    Size {
        /// Which of them.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The other's size.
        expected: usize,
    },
    /// The reference itself is wrong here.
    #[error("FlowMatchEulerDiscreteScheduler: stochastic_sampling with timesteps per token is not supported: set it to false")]
    StochasticTokens,
    /// A saved state does not fit.
    #[error("the saved state of {class} does not fit this run: start the take anew")]
    State {
        /// The scheduler's class.
        class: &'static str,
    },
}

/// `what` has as many values as are due.
pub fn same_size(what: &'static str, found: usize, expected: usize) -> Result<(), SchedulerError> {
    if found == expected { Ok(()) } else { Err(SchedulerError::Size { what, found, expected }) }
}
