//! The menu of models. Hosts freeze a menu at describe (Nuke), so packs are looked for there and nowhere else.

use std::sync::Arc;

use once_cell::sync::Lazy;
use parking_lot::Mutex;
use wakeframe_take::pack::{Installed, Pack, search_folders};

use crate::bridge::ffi::HostFacts;
use crate::host::Host;
use crate::{location, wording};

static LAST: Lazy<Mutex<Option<Arc<Installed>>>> = Lazy::new(Default::default);

/// Shown where no pack is installed: a menu without entries is refused by hosts.
pub const NO_MODEL: &str = "No model installed";

/// Looks for packs anew; what is found is the menu until the next describe.
pub fn find(host: &HostFacts) -> Arc<Installed> {
    let found = Installed::find(&search_folders(Some(location::binary(Some(host)))));
    for fault in &found.faults {
        crate::log::note(&format!("model pack left out: {fault}"));
    }
    let found = Arc::new(found);
    *LAST.lock() = Some(found.clone());
    found
}

/// The menu of the last describe.
pub fn last(host: &HostFacts) -> Arc<Installed> {
    let last = LAST.lock().clone();
    last.unwrap_or_else(|| find(host))
}

/// The menu's lines: "title — best for".
pub fn options(packs: &[Pack]) -> Vec<String> {
    if packs.is_empty() {
        return vec![NO_MODEL.into()];
    }
    packs.iter().map(|p| if p.best_for.is_empty() { p.title.clone() } else { format!("{} — {}", p.title, p.best_for) }).collect()
}

/// What the panel keeps of a choice. A project stores a menu's line only, and on another machine, or after a pack was
/// added, another model stands there: so the model's name is kept beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    line: i32,
    kept: String,
}

impl Choice {
    /// Reads the panel.
    pub fn read(host: &dyn Host, time: f64) -> Self {
        Self { line: host.int("model", time).unwrap_or(0), kept: host.text("modelName", time).unwrap_or_default() }
    }

    /// Keeps the name of the model that stands at the line that was just chosen; while a change is handled, only.
    pub fn keep(host: &dyn Host, time: f64, packs: &[Pack]) {
        let choice = Self::read(host, time);
        if let Some(pack) = choice.at_line(packs) {
            host.set_text("modelName", &format!("{} {}", choice.line, pack.name));
        }
    }

    /// Before a take is made: names the model of a line that a script set, and has the menu show the model that is meant
    /// where it stands at another line here. A model that is not installed stays named. While a change is handled, only.
    pub fn settle(host: &dyn Host, time: f64, packs: &[Pack]) {
        let choice = Self::read(host, time);
        match choice.name() {
            None => Self::keep(host, time, packs),
            Some(name) => {
                let here = packs.iter().position(|p| p.name == name).and_then(|line| i32::try_from(line).ok());
                if let Some(line) = here.filter(|line| *line != choice.line) {
                    // The name first: a host may report the change of the line at once.
                    host.set_text("modelName", &format!("{line} {name}"));
                    host.set_int("model", line);
                }
            }
        }
    }

    /// The model it means, or what to say.
    pub fn among<'a>(&self, packs: &'a [Pack]) -> Result<&'a Pack, String> {
        if packs.is_empty() {
            return Err(wording::NO_MODEL.into());
        }
        match self.name() {
            Some(name) => packs.iter().find(|p| p.name == name).ok_or_else(|| wording::missing_model(name)),
            None => self.at_line(packs).ok_or_else(|| wording::UNKNOWN_MODEL.into()),
        }
    }

    /// The name kept, if the line is still the one it was kept for. A line set since, by a script that told nobody,
    /// counts more.
    fn name(&self) -> Option<&str> {
        let (line, name) = self.kept.split_once(' ')?;
        (line.parse() == Ok(self.line) && !name.is_empty()).then_some(name)
    }

    fn at_line<'a>(&self, packs: &'a [Pack]) -> Option<&'a Pack> {
        packs.get(usize::try_from(self.line).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, pack};

    #[test]
    fn a_choice_follows_its_model_to_another_menu() {
        let host = FakeHost::default();
        let here = [pack("a", ""), pack("b", ""), pack("c", "")];
        host.put_int("model", 1);
        Choice::keep(&host, 0.0, &here);
        let choice = Choice::read(&host, 0.0);
        assert_eq!(choice.among(&here).unwrap().name, "b");
        assert_eq!(choice.among(&[pack("b", ""), pack("c", "")]).unwrap().name, "b");
        let gone = choice.among(&[pack("a", ""), pack("c", "")]).unwrap_err();
        assert!(gone.contains("“b” is not installed here"), "{gone}");
        assert_eq!(choice.among(&[]).unwrap_err(), wording::NO_MODEL);
    }

    #[test]
    fn a_press_shows_the_model_that_is_meant_and_never_takes_another() {
        let host = FakeHost::default();
        host.put_int("model", 2);
        Choice::keep(&host, 0.0, &[pack("a", ""), pack("b", ""), pack("c", "")]);
        let (moved, without) = ([pack("a", ""), pack("c", ""), pack("d", "")], [pack("a", ""), pack("b", ""), pack("d", "")]);
        Choice::settle(&host, 0.0, &without);
        assert!(Choice::read(&host, 0.0).among(&without).is_err(), "“d” stands there and was never chosen");
        Choice::settle(&host, 0.0, &moved);
        assert_eq!((host.int("model", 0.0), host.text("modelName", 0.0).unwrap().as_str()), (Some(1), "1 c"));
        assert_eq!(Choice::read(&host, 0.0).among(&moved).unwrap().name, "c");
    }

    #[test]
    fn a_line_set_by_a_script_counts() {
        let host = FakeHost::default();
        let packs = [pack("a", ""), pack("b", "")];
        host.put_int("model", 1);
        assert_eq!(Choice::read(&host, 0.0).among(&packs).unwrap().name, "b");
        Choice::keep(&host, 0.0, &packs);
        host.put_int("model", 0);
        assert_eq!(Choice::read(&host, 0.0).among(&packs).unwrap().name, "a");
        host.put_int("model", 9);
        assert_eq!(Choice::read(&host, 0.0).among(&packs).unwrap_err(), wording::UNKNOWN_MODEL);
    }
}
