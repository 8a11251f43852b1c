//! What one instance remembers. Only messages and interests: hosts make a new instance per frame (MLT, Baselight).

use std::sync::Arc;

use parking_lot::Mutex;
use wakeframe_take::pack::Installed;
use wakeframe_take::request::TakeHash;
use wakeframe_take::service::{Client, EngineProgram, socket_path};

use crate::bridge::ffi::HostFacts;
use crate::host::{Host, MessageKind};
use crate::{location, making, menu, ofx};

/// An instance's own state.
#[derive(Debug, Default)]
pub struct Node {
    /// Whether the node has a time domain of its own.
    pub general: bool,
    /// Whether nobody sits before the host.
    pub background: bool,
    /// The menu of models it was made with.
    pub models: Arc<Installed>,
    shown: Mutex<Option<(MessageKind, String)>>,
    refused: Mutex<Option<(TakeHash, String)>>,
    interest: Mutex<Option<TakeHash>>,
}

impl Node {
    /// A new instance; nothing is fetched, started or computed.
    pub fn new(host: &HostFacts, context: &str) -> Self {
        let mut node = Self::default();
        node.general = context == ofx::CONTEXT_GENERAL;
        node.background = host.is_background;
        node.models = menu::last(host);
        node
    }

    /// Shows a message until another comes or it is cleared. False where the host cannot show it.
    pub fn say(&self, host: &dyn Host, kind: MessageKind, text: &str) -> bool {
        let mut shown = self.shown.lock();
        if shown.as_ref().is_some_and(|(k, t)| *k == kind && t == text) {
            return true;
        }
        let done = host.set_persistent_message(kind, text);
        if done {
            *shown = Some((kind, text.into()));
        }
        done
    }

    /// Takes the message away.
    pub fn unsay(&self, host: &dyn Host) {
        if self.shown.lock().take().is_some() {
            host.clear_persistent_message();
        }
    }

    /// Remembers why the take was not made, until it is.
    pub fn refuse(&self, take: Option<(TakeHash, String)>) {
        *self.refused.lock() = take;
    }

    /// Why that take was not made, if it was asked for.
    pub fn refusal(&self, take: &TakeHash) -> Option<String> {
        self.refused.lock().as_ref().filter(|(t, _)| t == take).map(|(_, why)| why.clone())
    }

    /// Notes which take the node shows. One it showed before is no longer waited for.
    pub fn turn_to(&self, take: &TakeHash) {
        let before = self.interest.lock().replace(take.clone());
        if let Some(before) = before.filter(|b| b != take) {
            making::withdraw(&before);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // A background host may destroy an instance after each frame and wait for the next one of the same take.
        if let Some(take) = self.interest.get_mut().take().filter(|_| !self.background) {
            making::withdraw(&take);
        }
    }
}

/// `WAKEFRAME_SAFE_MODE=1`: the engine is never contacted.
pub fn safe_mode() -> bool {
    std::env::var_os("WAKEFRAME_SAFE_MODE").is_some_and(|v| v == "1")
}

/// The way to the engine beside the `.ofx`.
pub fn client() -> Client {
    Client::new(EngineProgram::beside(location::binary(None)), socket_path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FakeHost;

    #[test]
    fn a_message_is_set_once_and_cleared_once() {
        let (node, host) = (Node::default(), FakeHost::default());
        node.unsay(&host);
        assert!(node.say(&host, MessageKind::Message, "a") && node.say(&host, MessageKind::Message, "a"));
        node.say(&host, MessageKind::Error, "b");
        node.unsay(&host);
        node.unsay(&host);
        assert_eq!(host.said(), ["a", "b", ""]);
    }

    #[test]
    fn a_host_that_cannot_show_it_is_asked_again() {
        let (node, mut host) = (Node::default(), FakeHost::default());
        host.no_persistent = true;
        assert!(!node.say(&host, MessageKind::Message, "a"));
        host.no_persistent = false;
        assert!(node.say(&host, MessageKind::Message, "a"));
    }
}
