//! Sessions that give their buffers back, and whose reads may be cancelled: for connections that are values of their own.

use embedded_io_async::{Read, Write};

use super::fault::{Alert, Fault};
use super::primitives::Primitives;
use super::session::Session;
use super::ticket::Tickets;

/// The buffers of a [`Workspace`](super::Workspace), lent to one session after the other.
pub(crate) struct Lent<'w> {
    pub(super) receive: &'w mut [u8],
    pub(super) send: &'w mut [u8],
    pub(super) tickets: Tickets<'w>,
}

impl<'w, S: Read + Write, P: Primitives> Session<'w, S, P> {
    /// Ends the session in its place: sends `close_notify` if the socket accepts it at once, and wipes the keys. A session that is
    /// moved with its keys leaves a copy of them behind.
    pub(crate) fn end(&mut self) {
        if self.is_open() {
            self.link.alert(Alert::CloseNotify);
        }
        self.forget_keys();
    }

    /// Drops the socket, and returns the wiped buffers.
    pub(crate) fn into_buffers(self) -> Lent<'w> {
        let Self { link, tickets, .. } = self;
        let (receive, send) = (link.inbox.into_buffer(), link.outbox.into_buffer());
        for buffer in [&mut *receive, &mut *send] {
            buffer.fill(0);
            zeroize::optimization_barrier(buffer);
        }
        Lent { receive, send, tickets }
    }
}

impl<S: Read + Write, P: Primitives> super::link::Link<'_, S, P> {
    /// Reads until a record is complete. It may be cancelled if the socket's reads may.
    pub(super) async fn receive_bytes(&mut self) -> Result<(), Fault> {
        self.fill().await?;
        let header = self.inbox.header().ok_or(Fault::Internal)?;
        self.records.check(header, &self.inbox)?;
        self.fill().await
    }
}
