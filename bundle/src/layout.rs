//! Where things stand in a bundle, as the OpenFX packaging rules and each system want it.

use std::path::{Path, PathBuf};

use crate::BUNDLE_NAME;

/// One system's bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Folder in `Contents` for the programs.
    pub folder: &'static str,
    /// The engine program.
    pub engine: &'static str,
    /// ONNX Runtime's library.
    pub runtime: &'static str,
    /// The plugin before the final link.
    pub static_library: &'static str,
    /// Whether `Contents/Info.plist` is wanted.
    pub info_plist: bool,
    /// Where hosts look for bundles.
    pub plugins_folder: &'static str,
    /// How the plugin is linked.
    pub linker: Linker,
    /// ELF machine number; 0 where libraries are not ELF.
    pub elf_machine: u16,
}

/// Sort of linker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linker {
    /// GNU-style, through the C++ compiler.
    Gnu,
    /// Apple's, through the C++ compiler.
    Apple,
    /// `link.exe`.
    Msvc,
}

/// Linux on x86-64.
pub const LINUX_X86_64: Layout = Layout {
    folder: "Linux-x86-64",
    engine: "wakeframe",
    runtime: "libonnxruntime.so.1.32.0",
    static_library: "libwakeframe_plugin.a",
    info_plist: false,
    plugins_folder: "/usr/OFX/Plugins",
    linker: Linker::Gnu,
    elf_machine: 62,
};

/// Linux on 64-bit ARM.
pub const LINUX_ARM64: Layout = Layout { folder: "Linux-ARM64", elf_machine: 183, ..LINUX_X86_64 };

/// Windows.
pub const WINDOWS: Layout = Layout {
    folder: "Win64",
    engine: "wakeframe.exe",
    runtime: "onnxruntime.dll",
    static_library: "wakeframe_plugin.lib",
    info_plist: false,
    plugins_folder: "C:\\Program Files\\Common Files\\OFX\\Plugins",
    linker: Linker::Msvc,
    elf_machine: 0,
};

/// macOS.
pub const MACOS: Layout = Layout {
    folder: "MacOS",
    engine: "wakeframe",
    runtime: "libonnxruntime.1.32.0.dylib",
    static_library: "libwakeframe_plugin.a",
    info_plist: true,
    plugins_folder: "/Library/OFX/Plugins",
    linker: Linker::Apple,
    elf_machine: 0,
};

/// Every layout.
pub const ALL: [Layout; 4] = [LINUX_X86_64, LINUX_ARM64, WINDOWS, MACOS];

impl Layout {
    /// The layout of the system this runs on.
    pub fn here() -> Option<Self> {
        match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => Some(LINUX_X86_64),
            ("linux", "aarch64") => Some(LINUX_ARM64),
            ("windows", "x86_64") => Some(WINDOWS),
            ("macos", _) => Some(MACOS),
            _ => None,
        }
    }

    /// The layout a bundle has a plugin for, this system's first.
    pub fn of_bundle(bundle: &Path) -> Option<Self> {
        Self::here().into_iter().chain(ALL).find(|l| l.plugin(bundle).is_file())
    }

    /// The folder of the programs.
    pub fn programs(&self, bundle: &Path) -> PathBuf {
        bundle.join("Contents").join(self.folder)
    }

    /// The plugin.
    pub fn plugin(&self, bundle: &Path) -> PathBuf {
        self.programs(bundle).join("Wakeframe.ofx")
    }

    /// The engine program.
    pub fn engine(&self, bundle: &Path) -> PathBuf {
        self.programs(bundle).join(self.engine)
    }

    /// ONNX Runtime.
    pub fn runtime(&self, bundle: &Path) -> PathBuf {
        self.programs(bundle).join(self.runtime)
    }

    /// Models, icon, licences.
    pub fn resources(&self, bundle: &Path) -> PathBuf {
        bundle.join("Contents").join("Resources")
    }
}

/// The bundle inside `folder`.
pub fn bundle_in(folder: &Path) -> PathBuf {
    folder.join(BUNDLE_NAME)
}

/// `Contents/Info.plist`: macOS hosts and the system take a folder for a bundle by it.
pub fn info_plist() -> String {
    let version = wakeframe_take::VERSION;
    let entries = [
        ("CFBundleDevelopmentRegion", "en"),
        ("CFBundleExecutable", "Wakeframe.ofx"),
        ("CFBundleIdentifier", "org.wakeframe.ofx"),
        ("CFBundleInfoDictionaryVersion", "6.0"),
        ("CFBundleName", "Wakeframe"),
        ("CFBundlePackageType", "BNDL"),
        ("CFBundleShortVersionString", version),
        ("CFBundleSignature", "????"),
        ("CFBundleVersion", version),
    ];
    let body: String = entries.iter().map(|(k, v)| format!("\t<key>{k}</key>\n\t<string>{v}</string>\n")).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n{body}</dict>\n</plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_engine_and_its_runtime_stand_beside_the_plugin() {
        let bundle = Path::new("/x/Wakeframe.ofx.bundle");
        for l in ALL {
            let folder = l.programs(bundle);
            for part in [l.plugin(bundle), l.engine(bundle), l.runtime(bundle)] {
                assert_eq!(part.parent(), Some(folder.as_path()));
            }
            assert_eq!(l.resources(bundle), bundle.join("Contents/Resources"));
        }
        assert_eq!(LINUX_X86_64.plugin(bundle), bundle.join("Contents/Linux-x86-64/Wakeframe.ofx"));
    }

    #[test]
    fn the_folders_are_the_packaging_rules_own() {
        let folders: HashSet<_> = ALL.iter().map(|l| l.folder).collect();
        assert_eq!(folders, HashSet::from(["Linux-x86-64", "Linux-ARM64", "Win64", "MacOS"]));
        for l in ALL {
            assert_eq!(l.info_plist, l.folder == "MacOS");
            assert_eq!(l.engine.ends_with(".exe"), l.linker == Linker::Msvc);
        }
    }

    #[test]
    fn the_property_list_names_the_plugin() {
        let p = info_plist();
        assert!(p.contains("<string>Wakeframe.ofx</string>") && p.contains(wakeframe_take::VERSION));
        assert_eq!(p.matches("<key>").count(), p.matches("<string>").count());
    }
}
