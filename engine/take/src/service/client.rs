//! The node's end of the socket.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use thiserror::Error;

use super::{EngineProgram, Event, FromClient, FromEngine, Hello, Stream};
use crate::pack::Pack;
use crate::provider::Provider;
use crate::request::Request;
use crate::store::Store;

/// How long a send or a greeting may take.
const GREETING_PATIENCE: Duration = Duration::from_secs(5);

/// How long a started engine may take to answer, `WAKEFRAME_ENGINE_START_PATIENCE_S`.
fn start_patience() -> Duration {
    patience("WAKEFRAME_ENGINE_START_PATIENCE_S", 20.0)
}

/// How long a working engine may be silent, `WAKEFRAME_ENGINE_PATIENCE_S`; it sends `Alive` every second.
fn silence_patience() -> Duration {
    patience("WAKEFRAME_ENGINE_PATIENCE_S", 20.0)
}

fn patience(variable: &str, seconds: f64) -> Duration {
    let set = std::env::var(variable).ok().and_then(|v| v.trim().parse::<f64>().ok());
    Duration::from_secs_f64(set.filter(|s| *s >= 0.1 && *s <= 3600.0).unwrap_or(seconds))
}

/// The engine cannot be worked with. Every message says what to do.
#[derive(Debug, Error)]
pub enum ClientError {
    /// No program.
    #[error("the Wakeframe engine is missing: {} is not there. Reinstall the Wakeframe bundle", .0.display())]
    Missing(PathBuf),
    /// It would not start.
    #[error("the Wakeframe engine could not be started ({0}). Run `wakeframe doctor` in a terminal to see why")]
    NotStarted(String),
    /// Another build answered.
    #[error(
        "a Wakeframe engine of another version ({theirs}) was running, this node is {ours}; it has been asked to stop. Press Generate again"
    )]
    OtherVersion {
        /// Its version.
        theirs: String,
        /// Ours.
        ours: String,
    },
    /// It ended.
    #[error("the Wakeframe engine stopped unexpectedly. What was finished is kept: press Generate to go on")]
    Died,
    /// The environment asks for a provider there is not.
    #[error("{0}")]
    Provider(String),
    /// It says nothing.
    #[error("the Wakeframe engine did not answer for {0:.0} s and was stopped. What was finished is kept: press Generate to go on")]
    Hung(f64),
}

/// The way to the engine.
#[derive(Debug, Clone)]
pub struct Client {
    program: EngineProgram,
    socket: PathBuf,
}

impl Client {
    /// A client that starts `program` where no engine listens at `socket`.
    pub fn new(program: EngineProgram, socket: PathBuf) -> Self {
        Self { program, socket }
    }

    /// Hands the request in. Its stills must be in `store`. The graphs run on what this process's environment asks
    /// for: an engine that runs already was started in another.
    pub fn submit(&self, request: &Request, pack: &Pack, store: &Store) -> Result<Job, ClientError> {
        let provider = Provider::of_environment().map_err(ClientError::Provider)?;
        let (mut stream, engine) = self.connect()?;
        let (pack, store) = (absolute(&pack.folder), absolute(store.root()));
        let submit = FromClient::Submit { request: Box::new(request.clone()), pack, store, provider };
        stream.send(&submit, GREETING_PATIENCE).map_err(|_| ClientError::Died)?;
        Ok(Job { stream, pid: engine.pid, heard: Instant::now() })
    }

    /// The running engine's greeting, or `None` where none runs. Starts nothing.
    pub fn running(&self) -> Option<Hello> {
        greet(Stream::connect(&self.socket).ok()?).ok().map(|(_, hello)| hello)
    }

    /// Asks a running engine to stop once idle. True where one was there.
    pub fn shut_down(&self) -> bool {
        let Some((mut stream, _)) = Stream::connect(&self.socket).ok().and_then(|s| greet(s).ok()) else { return false };
        stream.send(&FromClient::Shutdown, GREETING_PATIENCE).is_ok()
    }

    fn connect(&self) -> Result<(Stream, Hello), ClientError> {
        let deadline = Instant::now() + start_patience();
        let mut started = false;
        let mut last_fault = String::new();
        while Instant::now() < deadline {
            match Stream::connect(&self.socket) {
                Ok(stream) => match greet(stream) {
                    Ok((mut stream, hello)) => {
                        if hello.fits(&Hello::here()) {
                            return Ok((stream, hello));
                        }
                        let _ = stream.send(&FromClient::Shutdown, GREETING_PATIENCE);
                        return Err(ClientError::OtherVersion { theirs: hello.version, ours: crate::VERSION.into() });
                    }
                    Err(Greeting::Silent) => return Err(self.stop_silent_engine()),
                    // An engine about to exit, or killed between connect and greeting: the loop starts another.
                    Err(Greeting::Ended(e)) => last_fault = e.to_string(),
                },
                Err(e) => last_fault = e.to_string(),
            }
            if !started {
                if !self.program.path().is_file() {
                    return Err(ClientError::Missing(self.program.path().into()));
                }
                self.program.start(&self.socket).map_err(|e| ClientError::NotStarted(e.to_string()))?;
                started = true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(ClientError::NotStarted(format!("no answer at {}: {last_fault}", self.socket.display())))
    }

    /// An engine that accepts a connection and says nothing names itself in its process file.
    fn stop_silent_engine(&self) -> ClientError {
        let pid = std::fs::read_to_string(self.socket.with_extension("pid")).ok().and_then(|t| t.trim().parse().ok());
        if let Some(pid) = pid {
            EngineProgram::kill(pid);
        }
        ClientError::Hung(GREETING_PATIENCE.as_secs_f64())
    }
}

enum Greeting {
    Silent,
    Ended(io::Error),
}

fn greet(mut stream: Stream) -> Result<(Stream, Hello), Greeting> {
    stream.send(&FromClient::Hello(Hello::here()), GREETING_PATIENCE).map_err(Greeting::Ended)?;
    match stream.receive(GREETING_PATIENCE) {
        Ok(Some(FromEngine::Hello(hello))) => Ok((stream, hello)),
        Ok(Some(FromEngine::Event(_))) => Err(Greeting::Ended(io::ErrorKind::InvalidData.into())),
        Ok(None) => Err(Greeting::Silent),
        Err(e) => Err(Greeting::Ended(e)),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}

/// A take being made. Dropping it withdraws the interest.
pub struct Job {
    stream: Stream,
    pid: u32,
    heard: Instant,
}

impl Job {
    /// The next event, or `None` where none came within `patience`.
    pub fn next(&mut self, patience: Duration) -> Result<Option<Event>, ClientError> {
        match self.stream.receive(patience) {
            Ok(Some(FromEngine::Event(event))) => {
                self.heard = Instant::now();
                Ok(Some(event))
            }
            Ok(Some(FromEngine::Hello(_))) => Ok(None),
            Ok(None) if self.heard.elapsed() > silence_patience() => {
                EngineProgram::kill(self.pid);
                Err(ClientError::Hung(self.heard.elapsed().as_secs_f64()))
            }
            Ok(None) => Ok(None),
            Err(_) => Err(ClientError::Died),
        }
    }

    /// Asks for the take to be cancelled; go on reading until a last event.
    pub fn cancel(&mut self) -> Result<(), ClientError> {
        self.stream.send(&FromClient::Cancel, GREETING_PATIENCE).map_err(|_| ClientError::Died)
    }

    /// The engine's process number.
    pub fn engine_pid(&self) -> u32 {
        self.pid
    }
}
