//! `wakeframe models verify`: every byte against its digest, every graph against its family.

use wakeframe_take::pack::Pack;

use super::super::{Failure, print, quantity};
use super::Places;
use crate::family;
use crate::generate::threads;
use crate::pack::{Look, Validated};
use crate::runtime::{Place, Provider};

pub(super) fn run(name: Option<&str>, places: &Places) -> Result<(), Failure> {
    let (packs, mut wrong) = match name {
        Some(name) => (vec![places.pack(name)?], Vec::new()),
        None => {
            let installed = places.installed();
            (installed.packs, installed.faults.iter().map(|f| f.to_string()).collect())
        }
    };
    wrong.iter().for_each(|fault| print::line(&format!("FAULT  {fault}")));
    for pack in &packs {
        match whole(pack) {
            Ok(_) => print::line(&format!("ok     {}: {}, digests and graphs are right", pack.name, quantity::bytes(pack.size_on_disk()))),
            Err(fault) => {
                print::line(&format!("FAULT  {}: {fault}", pack.name));
                wrong.push(fault);
            }
        }
    }
    match wrong.len() {
        0 => Ok(()),
        1 => Err(Failure::Failed("one pack cannot be used; install it again or remove it".into())),
        n => Err(Failure::Failed(format!("{n} packs cannot be used; install them again or remove them"))),
    }
}

/// Reads every file, and opens every graph once on the processor.
pub(super) fn whole(pack: &Pack) -> Result<Validated, String> {
    let validated = Validated::look(pack, Look::Thorough).map_err(|e| e.to_string())?;
    let place = Place { provider: Provider::Cpu, threads: threads() };
    family::open(&validated, place).and_then(|model| model.check()).map_err(|e| e.to_string())?;
    Ok(validated)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Home, put};
    use super::*;

    fn mini() -> Pack {
        Pack::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../resources/models/mini").as_ref()).unwrap()
    }

    #[test]
    fn the_embedded_pack_is_right_and_a_changed_copy_is_not() {
        let mini = mini();
        assert!(whole(&mini).is_ok());
        let dir = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(&mini.folder).unwrap() {
            let file = file.unwrap().path();
            std::fs::copy(&file, dir.path().join(file.file_name().unwrap())).unwrap();
        }
        let places = Places { searched: vec![dir.path().into()], own: None };
        assert!(run(Some("mini"), &places).is_ok() && run(None, &places).is_ok());
        let graph = dir.path().join("reader.onnx");
        let mut bytes = std::fs::read(&graph).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&graph, bytes).unwrap();
        let fault = whole(&places.pack("mini").unwrap()).unwrap_err();
        assert!(fault.contains("reader.onnx") && fault.contains("damaged"), "{fault}");
        assert_eq!(run(Some("mini"), &places).unwrap_err().code(), 1);
    }

    #[test]
    fn every_fault_counts() {
        let home = Home::new(&["one"], &["two"]);
        put(&home.dir.path().join("bundle/broken"), "broken");
        std::fs::write(home.dir.path().join("bundle/broken/pack.toml"), "not toml").unwrap();
        assert_eq!(run(Some("none"), &home.places).unwrap_err().code(), 2);
        // “one” and “two” are of a family nobody knows.
        let failure = run(None, &home.places).unwrap_err();
        assert!(failure.message().starts_with("3 packs cannot be used"), "{}", failure.message());
        let one = run(Some("one"), &home.places).unwrap_err();
        assert!(one.message().starts_with("one pack"), "{}", one.message());
        assert!(whole(&home.places.pack("one").unwrap()).unwrap_err().contains("“test”, which this engine does not know"));
    }
}
