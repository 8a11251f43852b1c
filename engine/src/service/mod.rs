//! The engine service: one queue for every node and host of a user.
//!
//! Nodes connect over a local socket ([`wakeframe_take::service`]), hand in requests and hear of progress; the
//! frames go through the store. Equal requests are made once. A take nobody waits for any more is cancelled at
//! the next denoise step or frame. Idle, the service first gives the model's memory back, then exits.

mod connection;
mod queue;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use wakeframe_take::service::{Listener, Stream, socket_path};

use crate::generate::Models;
use queue::Queue;

/// How the service runs.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where it listens.
    pub socket: PathBuf,
    /// After so long without a request the model's memory is given back.
    pub idle_unload: Duration,
    /// After so long without a request or a connection the process ends: `WAKEFRAME_IDLE_EXIT_S`, or 10 minutes.
    pub idle_exit: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        let set = std::env::var("WAKEFRAME_IDLE_EXIT_S").ok().and_then(|v| v.trim().parse::<u64>().ok());
        Self { socket: socket_path(), idle_unload: Duration::from_secs(60), idle_exit: Duration::from_secs(set.unwrap_or(600)) }
    }
}

const LOOK: Duration = Duration::from_millis(20);
/// How long a dying engine may hold on to the socket's lock.
const HANDOVER: Duration = Duration::from_secs(5);

/// `None` where another engine answers. An engine that was just killed no longer answers, and lets go of its lock
/// a moment later.
fn bind(socket: &Path) -> anyhow::Result<Option<Listener>> {
    let start = Instant::now();
    loop {
        let bound = Listener::bind(socket).with_context(|| format!("cannot listen at {}", socket.display()))?;
        if bound.is_some() || Stream::connect(socket).is_ok() || start.elapsed() >= HANDOVER {
            return Ok(bound);
        }
        std::thread::sleep(LOOK);
    }
}

/// Serves until idle or asked to stop. Returns at once where another engine already listens.
pub fn serve(options: ServeOptions) -> anyhow::Result<()> {
    let Some(listener) = bind(&options.socket)? else {
        println!("another engine already listens at {}", options.socket.display());
        return Ok(());
    };
    let process_file = options.socket.with_extension("pid");
    std::fs::write(&process_file, std::process::id().to_string()).with_context(|| format!("cannot write {}", process_file.display()))?;
    println!("wakeframe {} listens at {}", wakeframe_take::VERSION, options.socket.display());
    let queue = Queue::start(Models::new())?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut idle_since = Instant::now();
    loop {
        match listener.accept() {
            Ok(Some(stream)) => {
                idle_since = Instant::now();
                let (queue, stop) = (queue.clone(), stop.clone());
                let spawned =
                    std::thread::Builder::new().name("connection".into()).spawn(move || connection::answer(stream, &queue, &stop));
                if let Err(e) = spawned {
                    eprintln!("a connection was refused: {e}");
                }
            }
            Ok(None) => std::thread::sleep(LOOK),
            Err(e) => {
                eprintln!("a connection failed: {e}");
                std::thread::sleep(LOOK);
            }
        }
        if queue.is_busy() {
            idle_since = Instant::now();
            continue;
        }
        if stop.load(Ordering::Relaxed) || idle_since.elapsed() >= options.idle_exit {
            break;
        }
        if idle_since.elapsed() >= options.idle_unload && queue.unload() {
            println!("idle: the model's memory was given back");
        }
    }
    let _ = std::fs::remove_file(&process_file);
    println!("stopped");
    Ok(())
}
