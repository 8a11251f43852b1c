//! A stage for the bundle: a store, a socket and an engine of this test file's own.
#![allow(dead_code)] // each test file uses its part

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use wakeframe_take::service::{Client, EngineProgram, Listener};
use wakeframe_take::store::{Store, Take};
use wakeframe_tests::{ClipOptions, Depth, Host, HostOptions, Instance, InstanceOptions, Picture};

/// The node's identifier.
pub const NODE: &str = "org.wakeframe.ImageToVideo";

pub struct Stage {
    pub folder: PathBuf,
}

/// `make bundle` put it here.
pub fn bundle() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bundle/Wakeframe.ofx.bundle");
    path.canonicalize().expect("no bundle: run `make bundle` first")
}

pub fn binaries() -> PathBuf {
    bundle().join("Contents/Linux-x86-64")
}

/// The engine program as it ships.
pub fn engine() -> PathBuf {
    binaries().join("wakeframe")
}

/// A photograph that ships with Wakeframe.
pub fn photograph(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../resources/stills").join(name)
}

/// The process's stage. The environment is set once, before any node reads it, and every test takes turns: the
/// engine, like the environment, is shared by all nodes of a process.
pub fn stage() -> (&'static Stage, Turn) {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let stage = STAGE.get_or_init(|| {
        let name = std::env::current_exe().unwrap().file_stem().unwrap().to_string_lossy().into_owned();
        let folder = std::env::temp_dir().join(format!("wakeframe-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (variable, value) in [
            ("WAKEFRAME_STORE", folder.join("store").into_os_string()),
            ("WAKEFRAME_SOCKET", folder.join("socket/engine.sock").into_os_string()),
            ("WAKEFRAME_ENGINE_PATIENCE_S", "3".into()),
            ("WAKEFRAME_IDLE_EXIT_S", "20".into()),
        ] {
            // SAFETY: the first test to take its turn sets the environment while the others wait for theirs.
            unsafe { std::env::set_var(variable, value) };
        }
        Stage { folder }
    });
    (stage, Turn { stage, _turn: turn })
}

/// A test's turn on the stage. What it made is thrown away after it: takes are hundreds of megabytes.
pub struct Turn {
    stage: &'static Stage,
    _turn: MutexGuard<'static, ()>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        for entry in std::fs::read_dir(&self.stage.folder).into_iter().flatten().flatten() {
            if entry.file_name() != "socket" {
                // An engine may still be writing there; what it leaves goes after the next test.
                let _ = std::fs::remove_dir_all(entry.path()).or_else(|_| std::fs::remove_file(entry.path()));
            }
        }
    }
}

/// Sets a variable for the length of a test.
pub struct Variable(&'static str);

impl Variable {
    pub fn set(name: &'static str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        // SAFETY: the caller holds the stage's turn; no other thread reads the environment.
        unsafe { std::env::set_var(name, value) };
        Self(name)
    }
}

impl Drop for Variable {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { std::env::remove_var(self.0) };
    }
}

impl Stage {
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket/engine.sock")
    }

    pub fn store(&self) -> Store {
        Store::open(&self.folder.join("store")).unwrap()
    }

    pub fn client(&self) -> Client {
        Client::new(EngineProgram::beside(&engine()), self.socket())
    }

    /// The running engine's process number.
    pub fn engine_pid(&self) -> Option<u32> {
        self.client().running().map(|hello| hello.pid)
    }

    /// Ends the engine, if one runs, and waits until it is gone.
    pub fn stop_engine(&self) {
        if let Some(pid) = self.engine_pid() {
            signal(pid, "KILL");
            // The lock is let go a moment after the process looks dead.
            wait_until("the engine is gone", || matches!(Listener::bind(&self.socket()), Ok(Some(_))));
        }
    }

    /// How many takes of that seed are whole.
    pub fn whole_takes(&self, seed: u32) -> usize {
        let of_seed = |t: &Take| t.manifest().unwrap().is_some_and(|m| m.complete && m.request.seed == seed);
        self.store().takes().iter().filter(|t| of_seed(t)).count()
    }

    /// Waits for the one whole take of that seed: its last frame can be seen a moment before it is said to be whole.
    pub fn expect_one_take(&self, seed: u32) {
        wait_until("a take is whole", || self.whole_takes(seed) > 0);
        assert_eq!(self.whole_takes(seed), 1, "takes of seed {seed}");
    }
}

/// `kill -NAME pid`.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()).status().unwrap();
    assert!(sent.success(), "kill -{name} {pid}");
}

/// Polls for up to a minute: a bound for a hanging test, not a measure.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("waited in vain until {what}");
}

pub fn host(options: HostOptions) -> Host {
    Host::load(&bundle(), options).unwrap()
}

/// A textured still with edges, sky-like above and ground-like below, in 8-bit levels: the same in every depth.
pub fn small_still() -> Picture {
    let texture = Picture::texture(320, 180, 7);
    Picture::from_fn(320, 180, |x, y| {
        let t = texture.pixel(x, y);
        let base = if y < 80 { [0.35, 0.55, 0.85] } else { [0.3, 0.4, 0.15] };
        let level = |c: usize| ((base[c] * 0.6 + t[c] * 0.4) * 255.0).round() / 255.0;
        [level(0), level(1), level(2), 1.0]
    })
}

/// An 8-bit sRGB node on a still with a short take, as an editor would have it.
pub fn node(host: &Host, still: Picture, seed: i32) -> Instance {
    Instance::create(host, options(still, seed)).unwrap()
}

pub fn options(still: Picture, seed: i32) -> InstanceOptions {
    InstanceOptions::general(still)
        .source(|clip: ClipOptions| clip.depth(Depth::Byte))
        .frame_rate(24.0)
        .value("prompt", "clouds drift left")
        .value("seed", seed)
        .value("duration", 0.5)
        .value("pan", 0.5)
        .value("inputTransfer", 1)
}
