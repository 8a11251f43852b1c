//! What a family expects of a graph.

use crate::runtime::{RuntimeError, Session};

/// Inputs a graph hands to its next run are called so, with a number behind.
const CACHE: &str = "cache_";

/// A graph as a family feeds and reads it.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    name: &'static str,
    inputs: Vec<(&'static str, Vec<Option<usize>>)>,
    outputs: Vec<&'static str>,
    carries: bool,
    numbered: Option<(&'static str, usize)>,
}

impl Graph {
    /// The component called `name`, with these outputs.
    pub fn new(name: &'static str, outputs: &[&'static str]) -> Self {
        Self { name, outputs: outputs.to_vec(), ..Self::default() }
    }

    /// It takes `input` of these dimensions; `None` stands for any size.
    pub fn input(mut self, input: &'static str, dimensions: &[Option<usize>]) -> Self {
        self.inputs.push((input, dimensions.to_vec()));
        self
    }

    /// The same, where `taken`.
    pub fn input_if(self, taken: bool, input: &'static str, dimensions: &[Option<usize>]) -> Self {
        if taken { self.input(input, dimensions) } else { self }
    }

    /// It hands values called `cache_…` to its next run.
    pub fn carrying(mut self) -> Self {
        self.carries = true;
        self
    }

    /// It takes `count` inputs called `prefix` with a number behind, counted from 0.
    pub fn numbered(mut self, prefix: &'static str, count: usize) -> Self {
        self.numbered = Some((prefix, count));
        self
    }

    /// The component's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Refuses a graph that is another.
    pub fn check(&self, session: &Session) -> Result<(), RuntimeError> {
        let numbered: Vec<String> = self.numbered.iter().flat_map(|(prefix, n)| (0..*n).map(move |i| format!("{prefix}{i}"))).collect();
        let carried = session.input_names().filter(|n| self.carries && n.starts_with(CACHE));
        let names: Vec<&str> =
            self.inputs.iter().map(|(name, _)| *name).chain(carried).chain(numbered.iter().map(String::as_str)).collect();
        session.expect(&names, &self.outputs)?;
        self.inputs.iter().try_for_each(|(name, dimensions)| session.expect_shape(name, dimensions))
    }
}
