//! Connections in use, and connections that are kept for another request.

use genesys_token_core::call::{KEEP_ALIVE, is_reusable};
use genesys_token_core::time::Instant;
use hyper::client::conn::http1::SendRequest;
use tokio::runtime::{self, Handle};

use super::request::OneShot;
use super::socket::{ReadMark, Socket};

/// An open connection. A task of the runtime that opened it reads and writes; it is closed when this is dropped.
pub(super) struct Connection {
    pub(super) sender: SendRequest<OneShot>,
    socket: Socket,
}

/// A connection whose last response is complete.
pub(super) struct IdleConnection {
    connection: Connection,
    since: Instant,
    /// End of the last response in the received bytes.
    mark: ReadMark,
    /// The runtime of the connection's task. Another runtime may run while that one does not.
    runtime: runtime::Id,
}

impl Connection {
    pub(super) const fn new(sender: SendRequest<OneShot>, socket: Socket) -> Self {
        Self { sender, socket }
    }

    /// Keeps the connection after a complete response. `None` if it has ended.
    pub(super) fn keep(self, now: Instant) -> Option<IdleConnection> {
        if self.sender.is_closed() {
            return None;
        }
        let mark = self.socket.mark();
        Some(IdleConnection { connection: self, since: now, mark, runtime: Handle::current().id() })
    }
}

impl IdleConnection {
    /// Returns the connection if it may carry another request now: core's rule, and the runtime must be the same.
    pub(super) fn reuse(self, now: Instant) -> Option<Connection> {
        (self.runtime == Handle::current().id() && self.may_be_reused(now)).then_some(self.connection)
    }

    /// Returns whether the connection may still be used.
    pub(super) fn may_be_reused(&self, now: Instant) -> bool {
        let is_silent =
            !self.connection.sender.is_closed() && self.connection.socket.is_silent_since(self.mark);
        is_reusable(now.saturating_since(self.since), KEEP_ALIVE, is_silent)
    }
}
