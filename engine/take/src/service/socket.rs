//! A local socket that only its user may open.

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
use std::io::Write;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
#[cfg(windows)]
use uds_windows::{UnixListener, UnixStream};

/// Longest line accepted, bytes.
const MAX_LINE: u64 = 1 << 20;

/// `WAKEFRAME_SOCKET`, or `engine.sock` in a folder of mode 0700: `$XDG_RUNTIME_DIR/wakeframe` or
/// `<temp>/wakeframe-<user>`.
pub fn socket_path() -> PathBuf {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(path) = var("WAKEFRAME_SOCKET") {
        return path;
    }
    let folder = match var("XDG_RUNTIME_DIR") {
        Some(dir) if cfg!(target_os = "linux") && dir.is_dir() => dir.join("wakeframe"),
        _ => std::env::temp_dir().join(format!("wakeframe-{}", user())),
    };
    folder.join("engine.sock")
}

#[cfg(unix)]
fn user() -> String {
    rustix::process::getuid().as_raw().to_string()
}

#[cfg(windows)]
fn user() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "user".into())
}

/// Makes the socket's folder (mode 0700) where it is missing. One that is there is left as it is, and refused where
/// somebody else could put a socket of their own in this one's place.
fn private_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, MetadataExt};
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let meta = std::fs::metadata(folder)?;
        if meta.uid() != rustix::process::getuid().as_raw() || meta.mode() & 0o022 != 0 {
            let reason = format!("others may write in {}: put the socket (WAKEFRAME_SOCKET) in a folder of your own", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
        }
    }
    #[cfg(windows)]
    std::fs::create_dir_all(folder)?;
    Ok(())
}

/// The engine's end: accepts connections at a path.
pub struct Listener {
    inner: UnixListener,
    path: PathBuf,
    _lock: std::fs::File,
}

impl Listener {
    /// Listens at `path`. `Ok(None)` where another engine already does: a lock file beside the socket decides,
    /// so that a socket left by a killed engine is taken over.
    pub fn bind(path: &Path) -> io::Result<Option<Self>> {
        private_folder(path)?;
        let lock = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(e)) => return Err(e),
        }
        // Made under another name, so that nobody meets it before it is private.
        let beside = path.with_extension("new");
        let _ = std::fs::remove_file(&beside);
        let inner = UnixListener::bind(&beside)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o600))?;
        }
        std::fs::rename(&beside, path)?;
        inner.set_nonblocking(true)?;
        Ok(Some(Self { inner, path: path.into(), _lock: lock }))
    }

    /// The next connection, if one waits.
    pub fn accept(&self) -> io::Result<Option<Stream>> {
        match self.inner.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                Ok(Some(Stream::new(stream)?))
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// One connection: a JSON value per line.
pub struct Stream {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
    line: Vec<u8>,
}

impl Stream {
    fn new(stream: UnixStream) -> io::Result<Self> {
        Ok(Self { writer: stream.try_clone()?, reader: BufReader::new(stream), line: Vec::new() })
    }

    /// Connects to the engine at `path`.
    pub fn connect(path: &Path) -> io::Result<Self> {
        Self::new(UnixStream::connect(path)?)
    }

    /// A second handle for writing from another thread.
    pub fn second(&self) -> io::Result<Self> {
        Self::new(self.writer.try_clone()?)
    }

    /// Ends both directions, waking a blocked reader.
    pub fn shut(&self) {
        let _ = self.writer.shutdown(std::net::Shutdown::Both);
    }

    /// Sends one value, giving up after `patience`.
    pub fn send(&mut self, value: &impl Serialize, patience: Duration) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.writer.set_write_timeout(Some(patience))?;
        send_all(&mut self.writer, &line)
    }

    /// Receives one value. `Ok(None)`: nothing whole came within `patience` (what came is kept). An ended
    /// connection is `UnexpectedEof`.
    pub fn receive<T: DeserializeOwned>(&mut self, patience: Duration) -> io::Result<Option<T>> {
        self.writer.set_read_timeout(Some(patience.max(Duration::from_millis(1))))?;
        loop {
            let (used, whole) = match self.reader.fill_buf() {
                Ok([]) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => {
                    let end = bytes.iter().position(|b| *b == b'\n');
                    let used = end.map_or(bytes.len(), |e| e + 1);
                    self.line.extend(bytes.iter().take(used));
                    (used, end.is_some())
                }
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return Ok(None),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            self.reader.consume(used);
            if self.line.len() as u64 > MAX_LINE {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line too long"));
            }
            if whole {
                let value = serde_json::from_slice(&self.line);
                self.line.clear();
                return Ok(Some(value?));
            }
        }
    }
}

/// A plain write to a closed socket raises SIGPIPE, which would end the *host*: the node may not change the
/// host's signal handling, so every send says MSG_NOSIGNAL.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn send_all(stream: &mut UnixStream, mut bytes: &[u8]) -> io::Result<()> {
    use rustix::net::{SendFlags, send};
    while !bytes.is_empty() {
        match send(&*stream, bytes, SendFlags::NOSIGNAL) {
            Ok(n) => bytes = bytes.get(n..).unwrap_or(&[]),
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

/// macOS sockets made by the standard library carry SO_NOSIGPIPE; Windows has no SIGPIPE.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn send_all(stream: &mut UnixStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    fn pair() -> (tempfile::TempDir, Listener, Stream, Stream) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("private/engine.sock");
        let listener = Listener::bind(&path).unwrap().unwrap();
        let client = Stream::connect(&path).unwrap();
        let server = loop {
            if let Some(s) = listener.accept().unwrap() {
                break s;
            }
        };
        (dir, listener, client, server)
    }

    #[test]
    fn values_travel_and_a_second_engine_steps_back() {
        let (dir, _listener, mut client, mut server) = pair();
        client.send(&vec![1, 2, 3], SOON).unwrap();
        assert_eq!(server.receive::<Vec<i32>>(SOON).unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(server.receive::<i32>(Duration::from_millis(5)).unwrap(), None);
        assert!(Listener::bind(&dir.path().join("private/engine.sock")).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_private() {
        use std::os::unix::fs::MetadataExt;
        let (dir, _listener, _c, _s) = pair();
        assert_eq!(std::fs::metadata(dir.path().join("private")).unwrap().mode() & 0o777, 0o700);
        assert_eq!(std::fs::metadata(dir.path().join("private/engine.sock")).unwrap().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_may_write_in_is_refused_and_left_alone() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let refused = Listener::bind(&dir.path().join("engine.sock")).err().unwrap();
        assert!(refused.to_string().contains("WAKEFRAME_SOCKET"), "{refused}");
        assert_eq!(std::fs::metadata(dir.path()).unwrap().mode() & 0o777, 0o777);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn writing_to_a_dead_engine_is_an_error_not_a_signal() {
        let (_dir, _listener, mut client, server) = pair();
        drop(server);
        // The test process ignores SIGPIPE like every Rust program; ask the kernel which flag was used instead:
        // with the signal at its default a plain write would end this process.
        let failed = (0..3).any(|_| client.send(&"x", SOON).is_err());
        assert!(failed);
    }

    #[test]
    fn an_ended_connection_and_garbage_are_errors() {
        let (_dir, _listener, mut client, mut server) = pair();
        send_all(&mut client.writer, b"{nonsense\n").unwrap();
        assert!(server.receive::<i32>(SOON).is_err());
        drop(client);
        assert_eq!(server.receive::<i32>(SOON).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
