//! `wakeframe models`: which packs are installed, what each is, and how to get others.

mod add;
mod catalogue;
mod list;
mod remove;
mod show;
mod verify;

use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use wakeframe_take::pack::{Installed, Pack, PackError, search_folders, user_packs_folder};

use super::{Failure, json_flag, program};
use catalogue::Catalogue;

pub(super) fn command() -> Command {
    let name = || Arg::new("name").value_name("NAME").help("A pack's name, as `wakeframe models` lists it");
    Command::new("models")
        .about("Lists the model packs, installed and to be had; adds, removes and checks them")
        .args_conflicts_with_subcommands(true)
        .arg(json_flag("Prints the list as JSON"))
        .subcommand(
            Command::new("add")
                .about("Checks a pack whole and copies it into the user's data folder")
                .arg(
                    Arg::new("path")
                        .value_name("PATH")
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help("The pack's folder, with its pack.toml"),
                )
                .arg(
                    Arg::new("replace")
                        .long("replace")
                        .action(ArgAction::SetTrue)
                        .help("Takes the place of an installed pack of the same name"),
                ),
        )
        .subcommand(Command::new("remove").about("Removes a pack from the user's data folder").arg(name().required(true)))
        .subcommand(Command::new("verify").about("Reads every file of a pack, or of all, and opens every graph").arg(name()))
        .subcommand(
            Command::new("show")
                .about("Tells everything about a pack, installed or of the catalogue")
                .arg(name().required(true))
                .arg(json_flag("Prints it as JSON")),
        )
}

pub(super) fn run(m: &ArgMatches) -> Result<(), Failure> {
    let places = Places::of_user();
    match m.subcommand() {
        Some(("add", m)) => {
            let path = m.get_one::<PathBuf>("path").map(PathBuf::as_path).unwrap_or(Path::new(""));
            add::run(path, m.get_flag("replace"), &places)
        }
        Some(("remove", m)) => remove::run(name(m).unwrap_or_default(), &places),
        Some(("verify", m)) => verify::run(name(m), &places),
        Some(("show", m)) => show::run(name(m).unwrap_or_default(), m.get_flag("json"), &places),
        _ => list::run(m.get_flag("json"), &places),
    }
}

fn name(m: &ArgMatches) -> Option<&str> {
    m.get_one::<String>("name").map(String::as_str)
}

/// Where packs are.
struct Places {
    /// Folders that are searched, in order.
    searched: Vec<PathBuf>,
    /// The folder this user's packs are added to; `None` where the system names no home.
    own: Option<PathBuf>,
}

impl Places {
    fn of_user() -> Self {
        Self { searched: search_folders(Some(&program())), own: user_packs_folder() }
    }

    fn installed(&self) -> Installed {
        Installed::find(&self.searched)
    }

    /// The installed pack of that name, or in that folder.
    fn pack(&self, name: &str) -> Result<Pack, Failure> {
        self.installed().get(name).map_err(not_there)
    }

    fn own(&self) -> Result<&Path, Failure> {
        let own = self.own.as_deref();
        own.ok_or_else(|| {
            Failure::Failed("the user has no home folder; set HOME (APPDATA on Windows), or put packs in WAKEFRAME_PACKS".into())
        })
    }

    /// Whether the pack lies in the folder packs are added to.
    fn is_own(&self, pack: &Pack) -> bool {
        let real = |path: &Path| path.canonicalize().ok();
        let own = self.own.as_deref().and_then(real);
        own.is_some() && real(&pack.folder).and_then(|f| f.parent().map(Path::to_path_buf)) == own
    }
}

/// A pack that is not there or cannot be read; of one the catalogue knows, how to get it.
pub(super) fn not_there(e: PackError) -> Failure {
    match &e {
        PackError::Unknown { name, .. } if Catalogue::read().is_ok_and(|c| c.get(name).is_some()) => {
            Failure::Usage(format!("the model pack “{name}” is not installed; `wakeframe models show {name}` says how to get it"))
        }
        PackError::Unknown { .. } => Failure::Usage(e.to_string()),
        _ => Failure::failed(e),
    }
}

/// A folder as people know it.
fn shown(folder: &Path) -> String {
    folder.canonicalize().unwrap_or_else(|_| folder.into()).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A home with packs of that name in the bundle and in the user's own folder.
    pub(super) struct Home {
        pub(super) dir: tempfile::TempDir,
        pub(super) places: Places,
    }

    impl Home {
        pub(super) fn new(bundle: &[&str], own: &[&str]) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let (bundled, users) = (dir.path().join("bundle"), dir.path().join("home/packs"));
            bundle.iter().for_each(|name| put(&bundled.join(name), name));
            own.iter().for_each(|name| put(&users.join(name), name));
            let places = Places { searched: vec![bundled, users.clone()], own: Some(users) };
            Self { dir, places }
        }
    }

    /// A whole pack of no use: one component, no graph.
    pub(super) fn put(folder: &Path, name: &str) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("net.bin"), b"abc").unwrap();
        std::fs::write(folder.join("pack.toml"), text(name)).unwrap();
    }

    pub(super) fn text(name: &str) -> String {
        format!(
            "format = 1\nname = \"{name}\"\ntitle = \"T\"\nfamily = \"test\"\nbest_for = \"tests\"\nlicence = \"MIT\"\ncommercial_use = true\n\
             [limits]\nmin_duration = 1.0\nmax_duration = 5.0\ndefault_fps = 16.0\nmax_width = 1280\n\
             [components.net]\nfile = \"net.bin\"\nsha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"\n"
        )
    }

    #[test]
    fn a_pack_that_is_not_there_is_wrong_use() {
        let home = Home::new(&["one"], &["two"]);
        assert!(home.places.pack("one").is_ok());
        let failure = home.places.pack("three").unwrap_err();
        assert_eq!(failure.code(), 2);
        assert!(failure.message().contains("one, two"), "{}", failure.message());
        let known = home.places.pack("svd-xt").unwrap_err();
        assert!(known.code() == 2 && known.message().contains("models show svd-xt"), "{}", known.message());
        let homeless = Places { searched: Vec::new(), own: None };
        assert!(homeless.own().unwrap_err().message().contains("set HOME"));
    }

    #[test]
    fn only_the_users_folder_is_the_users() {
        let home = Home::new(&["one"], &["two"]);
        assert!(!home.places.is_own(&home.places.pack("one").unwrap()));
        assert!(home.places.is_own(&home.places.pack("two").unwrap()));
    }
}
