//! `wakeframe models add PATH`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use wakeframe_take::pack::Pack;

use super::super::{Failure, print, quantity};
use super::{Places, shown, verify};
use crate::pack::Validated;

pub(super) fn run(path: &Path, replace: bool, places: &Places) -> Result<(), Failure> {
    add(path, replace, places, |pack| {
        print::aside(&format!("checking {} ({})", pack.name, quantity::bytes(pack.size_on_disk())));
        verify::whole(pack)
    })
}

/// Checks the pack through `check`, copies it beside its place and puts it there.
fn add(path: &Path, replace: bool, places: &Places, check: impl Fn(&Pack) -> Result<Validated, String>) -> Result<(), Failure> {
    let own = places.own()?;
    if !path.join("pack.toml").is_file() {
        return Err(Failure::Usage(format!(
            "{} is no model pack: it has no pack.toml. Give the folder that the exporter wrote",
            path.display()
        )));
    }
    let pack = Pack::open(path).map_err(Failure::failed)?;
    let place = own.join(&pack.name);
    refuse_taken(&pack, replace, places)?;
    let validated = check(&pack).map_err(Failure::Failed)?;
    let files = files(&pack, &validated);
    let hidden = own.join(format!(".{}.part", pack.name));
    let result = copy(&pack, &files, &hidden).and_then(|()| put(&hidden, &place));
    if result.is_err() {
        let _ = fs::remove_dir_all(&hidden);
    }
    result?;
    print::line(&format!("added {} ({}) in {}", pack.name, pack.title, shown(&place)));
    print::line(&format!("try it: wakeframe render STILL --model {} -o clip.mp4", pack.name));
    Ok(())
}

/// A name stands for one pack. One that is found before the user's own folder would hide what is added there.
fn refuse_taken(pack: &Pack, replace: bool, places: &Places) -> Result<(), Failure> {
    let Some(there) = places.installed().packs.into_iter().find(|p| p.name == pack.name) else { return Ok(()) };
    let at = shown(&there.folder);
    if at == shown(&pack.folder) {
        return Err(Failure::Usage(format!("the pack {} is installed already: it lies in {at}", pack.name)));
    }
    match places.is_own(&there) {
        true if replace => Ok(()),
        true => Err(Failure::Usage(format!(
            "a pack called {} is installed already in {at}: add --replace to put this one in its place",
            pack.name
        ))),
        false => Err(Failure::Usage(format!(
            "a pack called {} is installed already in {at}, which is looked in first; give this one another name (the exporter's --name)",
            pack.name
        ))),
    }
}

/// What the pack is made of, relative to its folder: components, their data, what explains it; pack.toml last, so that
/// a folder that was not finished is no pack.
fn files(pack: &Pack, validated: &Validated) -> Vec<PathBuf> {
    let components = validated.components().flat_map(|(_, c)| std::iter::once(&c.file).chain(&c.data).cloned().collect::<Vec<_>>());
    let entries = fs::read_dir(&pack.folder).into_iter().flatten().flatten().map(|e| e.path());
    let words = entries.filter(|p| {
        let name = p.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
        p.is_file() && ["LICENSE", "LICENCE", "NOTICE", "README", "CREDITS"].iter().any(|word| name.starts_with(word))
    });
    let inside = |p: PathBuf| p.strip_prefix(&pack.folder).map(Path::to_path_buf).ok();
    let all: BTreeSet<PathBuf> = components.chain(words).filter_map(inside).collect();
    all.into_iter().chain([PathBuf::from("pack.toml")]).collect()
}

fn copy(pack: &Pack, files: &[PathBuf], hidden: &Path) -> Result<(), Failure> {
    let _ = fs::remove_dir_all(hidden);
    for file in files {
        let (from, to) = (pack.folder.join(file), hidden.join(file));
        let fault = |e: io::Error| of_io(&from, &to, e);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(fault)?;
        }
        let announced = fs::metadata(&from).map_err(fault)?.len();
        if announced >= 1 << 30 {
            print::aside(&format!("copying {} ({})", file.display(), quantity::bytes(announced)));
        }
        let copied = fs::copy(&from, &to).map_err(fault)?;
        File::open(&to).and_then(|f| f.sync_data()).map_err(fault)?;
        if copied != announced {
            return Err(Failure::Failed(format!("{} changed while it was copied; add the pack again", from.display())));
        }
    }
    Ok(())
}

fn put(hidden: &Path, place: &Path) -> Result<(), Failure> {
    let fault = |e: io::Error| of_io(hidden, place, e);
    let old = place.with_file_name(format!(".{}.removed", place.file_name().unwrap_or_default().to_string_lossy()));
    let _ = fs::remove_dir_all(&old);
    if place.exists() {
        fs::rename(place, &old).map_err(fault)?;
    }
    if let Err(e) = fs::rename(hidden, place) {
        // What was there before comes back.
        let _ = fs::rename(&old, place);
        return Err(fault(e));
    }
    let _ = fs::remove_dir_all(&old);
    Ok(())
}

fn of_io(from: &Path, to: &Path, e: io::Error) -> Failure {
    let what = match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full: free some space, and add the pack again".into(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "this user may not write there: check the folder's permissions".into()
        }
        _ => e.to_string(),
    };
    Failure::Failed(format!("{} could not be copied to {}: {what}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Home, put as put_pack, text};
    use super::*;

    fn check(pack: &Pack) -> Result<Validated, String> {
        Validated::open(pack).map_err(|e| e.to_string())
    }

    /// A pack beside the home, to be added.
    fn exported(home: &Home, name: &str) -> PathBuf {
        let folder = home.dir.path().join("exported");
        put_pack(&folder, name);
        fs::write(folder.join("LICENSE.md"), b"MIT").unwrap();
        fs::write(folder.join("notes.txt"), b"not the pack's").unwrap();
        folder
    }

    #[test]
    fn a_pack_is_added_whole_and_found() {
        let home = Home::new(&["mini"], &[]);
        let folder = exported(&home, "new");
        add(&folder, false, &home.places, check).unwrap();
        let pack = home.places.pack("new").unwrap();
        assert!(home.places.is_own(&pack));
        let mut names: Vec<_> = fs::read_dir(&pack.folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["LICENSE.md", "net.bin", "pack.toml"]);
        assert!(check(&pack).is_ok());
        assert_eq!(fs::read_dir(home.dir.path().join("home/packs")).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_taken_name_is_refused_unless_it_may_be_replaced() {
        let home = Home::new(&["mini"], &["mine"]);
        let folder = exported(&home, "mine");
        fs::write(folder.join("pack.toml"), text("mine").replace("tests", "other tests")).unwrap();
        let refused = add(&folder, false, &home.places, check).unwrap_err();
        assert!(refused.code() == 2 && refused.message().contains("--replace"), "{}", refused.message());
        add(&folder, true, &home.places, check).unwrap();
        assert_eq!(home.places.pack("mine").unwrap().best_for, "other tests");
        assert_eq!(fs::read_dir(home.dir.path().join("home/packs")).unwrap().count(), 1);
        let own = home.places.pack("mine").unwrap().folder;
        assert!(add(&own, true, &home.places, check).unwrap_err().message().contains("installed already: it lies in"));
        let folder = exported(&home, "mini");
        let hidden = add(&folder, true, &home.places, check).unwrap_err();
        assert!(hidden.code() == 2 && hidden.message().contains("looked in first"), "{}", hidden.message());
    }

    #[test]
    fn what_is_not_right_is_not_added() {
        let home = Home::new(&[], &["mine"]);
        let no_pack = add(home.dir.path(), false, &home.places, check).unwrap_err();
        assert!(no_pack.code() == 2 && no_pack.message().contains("no pack.toml"), "{}", no_pack.message());
        let folder = exported(&home, "new");
        fs::write(folder.join("net.bin"), b"abd").unwrap();
        let damaged = add(&folder, false, &home.places, check).unwrap_err();
        assert!(damaged.code() == 1 && damaged.message().contains("net.bin"), "{}", damaged.message());
        fs::write(folder.join("pack.toml"), "format = 9").unwrap();
        assert!(add(&folder, false, &home.places, check).unwrap_err().message().contains("pack.toml"));
        assert_eq!(fs::read_dir(home.dir.path().join("home/packs")).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_copy_leaves_nothing_and_keeps_what_was_there() {
        let home = Home::new(&[], &["mine"]);
        let folder = exported(&home, "mine");
        // The file goes between the check and the copy.
        let vanishing = |pack: &Pack| {
            let validated = check(pack);
            fs::remove_file(pack.folder.join("net.bin")).unwrap();
            validated
        };
        let failed = add(&folder, true, &home.places, vanishing).unwrap_err();
        assert!(failed.code() == 1 && failed.message().contains("net.bin could not be copied"), "{}", failed.message());
        assert!(check(&home.places.pack("mine").unwrap()).is_ok());
        assert_eq!(fs::read_dir(home.dir.path().join("home/packs")).unwrap().count(), 1);
    }

    #[test]
    fn the_systems_reasons_become_remedies() {
        let of = |kind: io::ErrorKind| of_io(Path::new("a"), Path::new("b"), kind.into()).message().to_string();
        assert!(of(io::ErrorKind::StorageFull).contains("free some space"));
        assert!(of(io::ErrorKind::PermissionDenied).contains("permissions"));
        assert!(of(io::ErrorKind::TimedOut).contains("a could not be copied to b"));
    }
}
