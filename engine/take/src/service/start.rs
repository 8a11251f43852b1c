//! Starting the engine beside the node.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use once_cell::sync::Lazy;
use parking_lot::Mutex;

/// Engines this process started. They are reaped at the next start: a thread that waited for one could outlive
/// the plugin's code in a host that unloads it.
static STARTED: Lazy<Mutex<Vec<Child>>> = Lazy::new(Default::default);

/// The engine program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineProgram(PathBuf);

impl EngineProgram {
    /// `WAKEFRAME_ENGINE`, or `wakeframe` in the folder of `binary` (the plugin or the program itself).
    pub fn beside(binary: &Path) -> Self {
        let set = std::env::var_os("WAKEFRAME_ENGINE").filter(|v| !v.is_empty()).map(PathBuf::from);
        let name = if cfg!(windows) { "wakeframe.exe" } else { "wakeframe" };
        Self(set.unwrap_or_else(|| binary.parent().unwrap_or(Path::new(".")).join(name)))
    }

    /// Where it should be.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Starts `wakeframe serve` at `socket`, in a session of its own: a Ctrl-C in the host's terminal is not for
    /// it. What it prints goes to `engine.log` beside the socket.
    pub(super) fn start(&self, socket: &Path) -> io::Result<()> {
        let mut command = Command::new(&self.0);
        command.arg("serve").arg("--socket").arg(socket).stdin(Stdio::null());
        let log = socket.with_file_name("engine.log");
        if let Some(folder) = socket.parent() {
            std::fs::create_dir_all(folder)?;
        }
        match File::create(&log).and_then(|f| Ok((f.try_clone()?, f))) {
            Ok((out, err)) => command.stdout(out).stderr(err),
            Err(_) => command.stdout(Stdio::null()).stderr(Stdio::null()),
        };
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            command.process_group(0);
        }
        let child = command.spawn()?;
        let mut started = STARTED.lock();
        started.retain_mut(|c| !matches!(c.try_wait(), Ok(Some(_))));
        started.push(child);
        Ok(())
    }

    /// Ends a hanging engine by its process number, if this process or this user may.
    pub(super) fn kill(pid: u32) {
        let mut started = STARTED.lock();
        if let Some(child) = started.iter_mut().find(|c| c.id() == pid) {
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        #[cfg(unix)]
        if let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}
