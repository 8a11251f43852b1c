//! `resources/catalogue.toml`: the public checkpoints the families run, and how each becomes a pack.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::Failure;

const TEXT: &str = include_str!("../../../../resources/catalogue.toml");

/// Every checkpoint the catalogue knows.
#[derive(Debug, Deserialize)]
pub(super) struct Catalogue {
    #[serde(rename = "checkpoint")]
    pub(super) checkpoints: Vec<Checkpoint>,
}

/// A public checkpoint.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkpoint {
    /// The name its pack should have.
    pub(super) name: String,
    pub(super) title: String,
    /// Identifier at its publisher.
    pub(super) repository: String,
    pub(super) family: String,
    /// Form of the family.
    pub(super) form: String,
    /// How many parameters, in words.
    pub(super) parameters: String,
    /// Native size, frames and rate, in words.
    pub(super) makes: String,
    pub(super) best_for: String,
    pub(super) licence: String,
    pub(super) commercial_use: CommercialUse,
    /// Conditions in a few words.
    pub(super) terms: String,
    /// What can be made of it, the most exact first.
    pub(super) packs: Vec<Kind>,
}

/// A way to export a checkpoint.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    /// The exporter's options.
    pub(super) options: String,
    /// The pack's size, GB.
    pub(super) disk: u32,
    /// Peak memory at the native size and length, GB.
    pub(super) memory: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CommercialUse {
    Yes,
    No,
    Conditions,
}

impl Catalogue {
    /// The catalogue of this build.
    pub(super) fn read() -> Result<Self, Failure> {
        toml::from_str(TEXT).map_err(|e| Failure::Failed(format!("the built-in catalogue cannot be read: {e}. Reinstall Wakeframe")))
    }

    /// The checkpoint whose pack is called `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Checkpoint> {
        self.checkpoints.iter().find(|c| c.name == name)
    }
}

impl Checkpoint {
    /// Licence and commercial use in words.
    pub(super) fn terms(&self) -> String {
        let used = match self.commercial_use {
            CommercialUse::Yes => "commercial use allowed",
            CommercialUse::No => "no commercial use",
            CommercialUse::Conditions => "commercial use under conditions",
        };
        let terms = if self.terms.is_empty() { String::new() } else { format!(": {}", self.terms) };
        format!("{}, {used}{terms}", self.licence)
    }

    /// The name of the folder its publisher gives it.
    fn folder(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }

    /// The exact command that exports it, with options of one of its kinds.
    pub(super) fn command(&self, kind: &Kind) -> String {
        let title = &self.title;
        format!("python -m wakeframe_export {} {} {} --name {} --title \"{title}\"", self.folder(), self.name, kind.options, self.name)
    }

    /// How to get it, step by step.
    pub(super) fn how(&self) -> Vec<String> {
        // Half precision is what most graphics cards run; the most exact where there is nothing else.
        let usual = self.packs.iter().find(|k| k.options.ends_with("fp16")).or(self.packs.first());
        let Some(usual) = usual else { return Vec::new() };
        vec![
            format!("1. Get the checkpoint {} (its diffusers folder) from its publisher and accept its licence.", self.repository),
            format!("2. {}", self.command(usual)),
            format!("3. wakeframe models add {}", Path::new(&self.name).display()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use wakeframe_take::pack::LATENT_FAMILIES;

    #[test]
    fn the_catalogue_is_whole() {
        let catalogue = Catalogue::read().unwrap();
        let mut names = HashSet::new();
        for c in &catalogue.checkpoints {
            assert!(names.insert(&c.name), "{} stands twice", c.name);
            assert!(c.name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{}", c.name);
            assert!(LATENT_FAMILIES.contains(&c.family.as_str()), "{}", c.name);
            assert_eq!(c.repository.split('/').count(), 2, "{}", c.name);
            assert_eq!(c.terms.is_empty(), c.commercial_use == CommercialUse::Yes && c.licence == "Apache-2.0", "{}", c.name);
            assert!(!c.packs.is_empty() && c.packs.is_sorted_by(|a, b| a.disk > b.disk && a.memory > b.memory), "{}", c.name);
            assert!(c.packs.iter().all(|k| k.disk > 0 && k.memory > 0));
        }
        for family in LATENT_FAMILIES {
            assert!(catalogue.checkpoints.iter().any(|c| c.family == family), "no checkpoint of {family}");
        }
        assert_eq!(names.len(), 15);
    }

    /// Hosts of registries and model hubs are not this program's to name.
    #[test]
    fn the_catalogue_names_no_address() {
        assert!(!TEXT.contains("://") && !TEXT.contains("www.") && !TEXT.contains(".co/"));
    }

    #[test]
    fn a_checkpoint_says_how_it_becomes_a_pack() {
        let catalogue = Catalogue::read().unwrap();
        let wan = catalogue.get("wan2.1-i2v-14b-480p").unwrap();
        assert_eq!(wan.terms(), "Apache-2.0, commercial use allowed");
        assert_eq!(
            wan.how(),
            [
                "1. Get the checkpoint Wan-AI/Wan2.1-I2V-14B-480P-Diffusers (its diffusers folder) from its publisher and accept its licence.",
                "2. python -m wakeframe_export Wan2.1-I2V-14B-480P-Diffusers wan2.1-i2v-14b-480p --dtype fp16 --name wan2.1-i2v-14b-480p \
                 --title \"Wan 2.1 image-to-video 14B, 480p\"",
                "3. wakeframe models add wan2.1-i2v-14b-480p",
            ]
        );
        assert_eq!(
            catalogue.get("svd").unwrap().terms().split(':').next(),
            Some("Stability AI Community, commercial use under conditions")
        );
        assert!(catalogue.get("mini").is_none());
    }
}
