//! One client.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use wakeframe_take::pack::Pack;
use wakeframe_take::service::{Event, Failure, FromClient, FromEngine, Hello, Stream};
use wakeframe_take::store::Store;

use super::queue::{Queue, Ticket};

const PATIENCE: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Greets, takes one request, tells what happens to it. The client's going away ends it.
pub fn answer(mut stream: Stream, queue: &Arc<Queue>, stop: &AtomicBool) {
    let Ok(Some(FromClient::Hello(theirs))) = stream.receive::<FromClient>(PATIENCE) else { return };
    if stream.send(&FromEngine::Hello(Hello::here()), PATIENCE).is_err() {
        return;
    }
    let fits = Hello::here().fits(&theirs);
    loop {
        match stream.receive::<FromClient>(HEARTBEAT) {
            Ok(Some(FromClient::Submit { request, pack, store, provider })) if fits => {
                let ready =
                    Pack::open(&pack).map_err(|e| e.to_string()).and_then(|p| Ok((p, Store::open(&store).map_err(|e| e.to_string())?)));
                match ready {
                    Ok((pack, store)) => follow(stream, queue.submit(*request, pack, store, provider)),
                    Err(message) => drop(stream.send(&FromEngine::Event(Event::Failed(Failure { message })), PATIENCE)),
                }
                return;
            }
            Ok(Some(FromClient::Shutdown)) => {
                stop.store(true, Ordering::Relaxed);
                return;
            }
            Ok(Some(_)) | Err(_) => return,
            Ok(None) => {}
        }
    }
}

/// Passes events on until the last one, the client's cancel, or its end.
fn follow(mut stream: Stream, ticket: Ticket) {
    let Ok(reader) = stream.second() else { return };
    let gone = watch(reader);
    let mut spoke = Instant::now();
    loop {
        if let Ok(cancelled) = gone.try_recv() {
            drop(ticket);
            if cancelled {
                let _ = stream.send(&FromEngine::Event(Event::Cancelled), PATIENCE);
            }
            break;
        }
        let event = match ticket.events.recv_timeout(Duration::from_millis(50)) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) if spoke.elapsed() >= HEARTBEAT => Event::Alive,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        spoke = Instant::now();
        let last = event.is_last();
        if stream.send(&FromEngine::Event(event), PATIENCE).is_err() || last {
            break;
        }
    }
    stream.shut();
}

/// Reads on: `true` for a cancel, `false` for an ended connection.
fn watch(mut reader: Stream) -> Receiver<bool> {
    let (sender, gone) = channel();
    let watching = move || {
        let cancelled = loop {
            match reader.receive::<FromClient>(Duration::from_secs(3600)) {
                Ok(Some(FromClient::Cancel)) => break true,
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break false,
            }
        };
        let _ = sender.send(cancelled);
    };
    if let Err(e) = std::thread::Builder::new().name("watch".into()).spawn(watching) {
        eprintln!("a client cannot be watched: {e}");
    }
    gone
}
