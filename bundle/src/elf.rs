//! A shared library's dynamic section, as `readelf -dsV` shows it.

use std::path::Path;

use object::LittleEndian as LE;
use object::elf;
use object::read::StringTable;
use object::read::elf::{Dyn, ElfFile64, FileHeader, Sym};

/// What a loader and a host see of a shared library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedObject {
    /// ELF machine number.
    pub machine: u16,
    /// Symbols it exports, sorted.
    pub exports: Vec<String>,
    /// Libraries it needs, in order.
    pub needed: Vec<String>,
    /// Whether dlclose leaves it mapped.
    pub nodelete: bool,
    /// The newest glibc it asks for, such as (2, 34).
    pub glibc: Option<(u32, u32)>,
}

impl SharedObject {
    /// Reads the library at `path`; the error is for a person.
    pub fn open(path: &Path) -> Result<Self, String> {
        let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Self::parse(&bytes).map_err(|e| format!("{} is not a 64-bit little-endian ELF library: {e}", path.display()))
    }

    fn parse(bytes: &[u8]) -> object::Result<Self> {
        let file: ElfFile64<LE> = ElfFile64::parse(bytes)?;
        let (header, sections) = (file.elf_header(), file.elf_section_table());
        let mut needed = Vec::new();
        let mut nodelete = false;
        if let Some((dynamic, strings)) = sections.dynamic(LE, bytes)? {
            let strings = sections.strings(LE, bytes, strings)?;
            for entry in dynamic {
                match entry.tag32(LE) {
                    Some(elf::DT_NEEDED) => needed.push(text(entry.string(LE, strings)?)),
                    Some(elf::DT_FLAGS_1) => nodelete = entry.val32(LE).is_some_and(|f| f & elf::DF_1_NODELETE != 0),
                    _ => {}
                }
            }
        }
        let symbols = sections.symbols(LE, bytes, elf::SHT_DYNSYM)?;
        let mut exports = Vec::new();
        for symbol in symbols.iter() {
            let seen = matches!(symbol.st_visibility(), elf::STV_DEFAULT | elf::STV_PROTECTED) && !symbol.is_local();
            if seen && !symbol.is_undefined(LE) && symbol.st_type() != elf::STT_SECTION {
                exports.push(text(symbol.name(LE, symbols.strings())?));
            }
        }
        exports.sort();
        Ok(Self { machine: header.e_machine(LE), exports, needed, nodelete, glibc: newest_glibc(&file, bytes)? })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn newest_glibc(file: &ElfFile64<LE>, bytes: &[u8]) -> object::Result<Option<(u32, u32)>> {
    let sections = file.elf_section_table();
    let Some((mut needs, link)) = sections.gnu_verneed(LE, bytes)? else { return Ok(None) };
    let strings: StringTable = sections.strings(LE, bytes, link)?;
    let mut newest = None;
    while let Some((_, mut versions)) = needs.next()? {
        while let Some(version) = versions.next()? {
            newest = newest.max(glibc_version(&text(version.name(LE, strings)?)));
        }
    }
    Ok(newest)
}

fn glibc_version(name: &str) -> Option<(u32, u32)> {
    let mut parts = name.strip_prefix("GLIBC_")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(glibc_version("GLIBC_2.34"), Some((2, 34)));
        assert_eq!(glibc_version("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(glibc_version("GCC_3.0"), None);
        assert!(glibc_version("GLIBC_2.9") < glibc_version("GLIBC_2.10"));
    }

    #[test]
    fn garbage_is_an_error_with_the_file_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.ofx");
        for bytes in [&b""[..], b"\x7fELF", &[0u8; 200]] {
            std::fs::write(&path, bytes).unwrap();
            assert!(SharedObject::open(&path).unwrap_err().contains("x.ofx"));
        }
    }

    /// A library made here and now, with one export and one hidden function.
    #[cfg(target_os = "linux")]
    #[test]
    fn exports_and_needs_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let (source, library) = (dir.path().join("x.c"), dir.path().join("x.so"));
        let code = "#include <stdlib.h>\n__attribute__((visibility(\"hidden\"))) int inner(void) { return rand(); }\nint OfxGetPlugin(void) { return inner(); }\n";
        std::fs::write(&source, code).unwrap();
        let made = std::process::Command::new("cc")
            .args(["-shared", "-fPIC", "-Wl,-z,nodelete", "-o"])
            .arg(&library)
            .arg(&source)
            .status()
            .unwrap();
        assert!(made.success());
        let read = SharedObject::open(&library).unwrap();
        assert_eq!(read.exports, ["OfxGetPlugin"]);
        assert_eq!(read.needed, ["libc.so.6"]);
        assert!(read.nodelete && read.glibc.is_some());
        assert_eq!(Some(read.machine), crate::layout::Layout::here().map(|l| l.elf_machine));
    }
}
