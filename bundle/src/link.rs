//! The final link of `Wakeframe.ofx`.
//!
//! A Rust cdylib would export cxx's own symbols beside the OpenFX entry points, so the plugin is a static library
//! and linked here, with a list of what may be seen.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::BundleError;
use crate::layout::{Layout, Linker};

/// The functions a host looks for.
pub const ENTRY_POINTS: [&str; 2] = ["OfxGetNumberOfPlugins", "OfxGetPlugin"];

/// Shared libraries every Linux has; anything else could be missing, or be the host's own copy.
pub const ALLOWED_LIBRARIES: [&str; 6] =
    ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libdl.so.2"];

/// One link.
#[derive(Debug, Clone)]
pub struct Link<'a> {
    /// For which system.
    pub layout: &'a Layout,
    /// The plugin.
    pub static_library: &'a Path,
    /// The result.
    pub output: &'a Path,
    /// Where the list of exports is put.
    pub exports: &'a Path,
}

impl Link<'_> {
    /// The list of exports in the linker's own language.
    pub fn export_list(&self) -> String {
        match self.layout.linker {
            Linker::Gnu => format!("{{\n  global: {};\n  local: *;\n}};\n", ENTRY_POINTS.join("; ")),
            Linker::Apple => ENTRY_POINTS.iter().map(|e| format!("_{e}\n")).collect(),
            Linker::Msvc => format!("EXPORTS\n{}", ENTRY_POINTS.iter().map(|e| format!("  {e}\n")).collect::<String>()),
        }
    }

    /// The linker's arguments.
    pub fn arguments(&self) -> Vec<String> {
        let shown = |p: &Path| p.display().to_string();
        let (library, output, exports) = (shown(self.static_library), shown(self.output), shown(self.exports));
        let mut all: Vec<String> = Vec::new();
        match self.layout.linker {
            Linker::Gnu => {
                all.extend(["-shared", "-o"].map(String::from));
                all.push(output);
                // The archive's members are taken only where something asks for them.
                all.extend(ENTRY_POINTS.map(|e| format!("-Wl,-u,{e}")));
                all.push(library);
                all.push(format!("-Wl,--version-script={exports}"));
                all.extend(
                    [
                        // The host may have another libstdc++ than the build machine.
                        "-static-libstdc++",
                        "-Wl,--gc-sections",
                        "-Wl,--no-undefined",
                        "-Wl,--as-needed",
                        // A host's dlclose must not unmap code that a thread's destructors may still run.
                        "-Wl,-z,nodelete",
                        "-Wl,-z,relro",
                        "-Wl,-z,now",
                        "-Wl,-z,noexecstack",
                        "-Wl,--build-id",
                        "-Wl,-soname,Wakeframe.ofx",
                        "-Wl,--strip-debug",
                        "-lpthread",
                        "-ldl",
                        "-lm",
                    ]
                    .map(String::from),
                );
            }
            Linker::Apple => {
                all.extend(["-bundle", "-o"].map(String::from));
                all.push(output);
                all.extend(ENTRY_POINTS.map(|e| format!("-Wl,-u,_{e}")));
                all.push(library);
                all.push(format!("-Wl,-exported_symbols_list,{exports}"));
                all.extend(["-Wl,-dead_strip", "-framework", "CoreFoundation", "-framework", "Security", "-liconv"].map(String::from));
            }
            Linker::Msvc => {
                all.extend(["/NOLOGO", "/DLL", "/OPT:REF"].map(String::from));
                all.push(format!("/OUT:{output}"));
                all.push(format!("/DEF:{exports}"));
                all.push(library);
                all.extend(
                    ["ws2_32.lib", "userenv.lib", "ntdll.lib", "bcrypt.lib", "advapi32.lib", "kernel32.lib", "synchronization.lib"]
                        .map(String::from),
                );
            }
        }
        all
    }

    /// The compiler or linker: `CXX`, or the system's.
    pub fn program(&self) -> String {
        let usual = match self.layout.linker {
            Linker::Gnu => "g++",
            Linker::Apple => "clang++",
            Linker::Msvc => return "link.exe".into(),
        };
        std::env::var("CXX").ok().filter(|v| !v.trim().is_empty()).unwrap_or_else(|| usual.into())
    }

    /// Links.
    pub fn run(&self) -> Result<(), BundleError> {
        std::fs::write(self.exports, self.export_list()).map_err(|e| BundleError::io(self.exports, e))?;
        let program = self.program();
        let fault = |reason: String| BundleError::Link { program: program.clone(), reason };
        // CXX may carry arguments: `ccache g++`.
        let mut words = program.split_whitespace();
        let output =
            Command::new(words.next().unwrap_or("g++")).args(words).args(self.arguments()).output().map_err(|e| fault(e.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last: Vec<&str> = said.lines().rev().take(12).collect();
        Err(fault(last.into_iter().rev().collect::<Vec<_>>().join("\n")))
    }
}

/// Where the list of exports goes for a plugin at `output`.
pub fn export_list_path(output: &Path) -> PathBuf {
    output.with_extension("exports")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout;

    fn link(layout: &Layout) -> Link<'_> {
        Link { layout, static_library: Path::new("lib.a"), output: Path::new("out.ofx"), exports: Path::new("x.exports") }
    }

    #[test]
    fn each_linker_is_told_exactly_the_entry_points() {
        assert_eq!(link(&layout::LINUX_X86_64).export_list(), "{\n  global: OfxGetNumberOfPlugins; OfxGetPlugin;\n  local: *;\n};\n");
        assert_eq!(link(&layout::MACOS).export_list(), "_OfxGetNumberOfPlugins\n_OfxGetPlugin\n");
        assert_eq!(link(&layout::WINDOWS).export_list(), "EXPORTS\n  OfxGetNumberOfPlugins\n  OfxGetPlugin\n");
    }

    #[test]
    fn each_link_names_its_files() {
        for l in layout::ALL {
            let joined = link(&l).arguments().join(" ");
            assert!(["lib.a", "out.ofx", "x.exports"].iter().all(|f| joined.contains(f)), "{joined}");
        }
        assert!(link(&layout::LINUX_ARM64).arguments().contains(&"-Wl,-z,nodelete".to_string()));
    }

    #[test]
    fn a_linker_that_is_not_there_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let exports = dir.path().join("x");
        let l = Link { exports: &exports, ..link(&layout::WINDOWS) };
        if cfg!(not(windows)) {
            assert!(l.run().unwrap_err().to_string().contains("link.exe"));
        }
    }
}
