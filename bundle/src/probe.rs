//! Loading the plugin as a host would, in a process of its own: a plugin that crashes must not take the checker
//! along, and a host's faults in loading it are often silent.

use std::ffi::{CStr, c_char, c_int};
use std::path::Path;
use std::process::Command;

use ofx_sys::OfxPlugin;
use serde::{Deserialize, Serialize};

/// What the plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// Identifier.
    pub id: String,
    /// Kind of plugin.
    pub api: String,
    /// Version of that kind.
    pub api_version: i32,
    /// Plugin version.
    pub version: (u32, u32),
}

/// Loads `path`, which should be absolute, and asks for its plugins.
pub fn load(path: &Path) -> Result<Vec<Plugin>, String> {
    // SAFETY: running the library's initialisers is the purpose.
    let library = unsafe { libloading::Library::new(path) }.map_err(|e| format!("{} cannot be loaded: {e}", path.display()))?;
    // SAFETY: these are the types ofxCore.h gives the two functions.
    let (count, plugin) = unsafe {
        let count: libloading::Symbol<unsafe extern "C" fn() -> c_int> =
            library.get(b"OfxGetNumberOfPlugins\0").map_err(|e| e.to_string())?;
        let plugin: libloading::Symbol<unsafe extern "C" fn(c_int) -> *mut OfxPlugin> =
            library.get(b"OfxGetPlugin\0").map_err(|e| e.to_string())?;
        (count, plugin)
    };
    // SAFETY: "OfxGetNumberOfPlugins … the first function the host calls".
    let n = unsafe { count() };
    (0..n)
        .map(|i| {
            // SAFETY: 0 ≤ i < n; the plugin's struct is static.
            let p = unsafe { plugin(i).as_ref() }.ok_or_else(|| format!("plugin {i} of {n} is null"))?;
            if p.setHost.is_none() || p.mainEntry.is_none() {
                return Err(format!("plugin {i} has no entry"));
            }
            Ok(Plugin {
                id: word(p.pluginIdentifier)?,
                api: word(p.pluginApi)?,
                api_version: p.apiVersion,
                version: (p.pluginVersionMajor, p.pluginVersionMinor),
            })
        })
        .collect()
}

fn word(text: *const c_char) -> Result<String, String> {
    if text.is_null() {
        return Err("a name is null".into());
    }
    // SAFETY: ofxCore.h: a nul-terminated string, static.
    Ok(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// [`load`] in a child: `program probe PATH` must print its result as JSON.
pub fn load_in_child(program: &Path, path: &Path) -> Result<Vec<Plugin>, String> {
    let output = Command::new(program).arg("probe").arg(path).output().map_err(|e| format!("{}: {e}", program.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("loading ended with {}: {}", output.status, said.trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("loading gave no answer: {e}"))
}
