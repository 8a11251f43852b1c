//! `wakeframe models remove NAME`.

use std::fs;

use super::super::{Failure, print, quantity};
use super::{Places, shown};

pub(super) fn run(name: &str, places: &Places) -> Result<(), Failure> {
    let own = places.own()?;
    let pack = places.installed().packs.into_iter().find(|p| p.name == name);
    let pack = match pack {
        Some(pack) => pack,
        // A name that is none is told with those that are.
        None => places.pack(name)?,
    };
    if !places.is_own(&pack) {
        return Err(Failure::Usage(format!(
            "the pack {name} is not one that was added: it lies in {}. Only packs in {} can be removed; take it out of WAKEFRAME_PACKS, or \
             delete its folder yourself",
            shown(&pack.folder),
            shown(own)
        )));
    }
    let bytes = pack.size_on_disk();
    // Gone at once for everybody who looks, however long the deleting takes.
    let hidden = own.join(format!(".{}.removed", pack.name));
    let fault = |e: std::io::Error| Failure::Failed(format!("{} could not be removed: {e}. Check its permissions", pack.folder.display()));
    let _ = fs::remove_dir_all(&hidden);
    fs::rename(&pack.folder, &hidden).and_then(|()| fs::remove_dir_all(&hidden)).map_err(fault)?;
    print::line(&format!("removed {name}, {}", quantity::bytes(bytes)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::Home;
    use super::*;

    #[test]
    fn only_what_was_added_is_removed() {
        let home = Home::new(&["one"], &["two"]);
        let refused = run("one", &home.places).unwrap_err();
        assert_eq!(refused.code(), 2);
        assert!(refused.message().contains("bundle/one") && refused.message().contains("home/packs"), "{}", refused.message());
        assert!(run("three", &home.places).unwrap_err().message().contains("one, two"));
        run("two", &home.places).unwrap();
        let left: Vec<_> = fs::read_dir(home.dir.path().join("home/packs")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        assert!(home.dir.path().join("bundle/one/pack.toml").exists());
    }
}
