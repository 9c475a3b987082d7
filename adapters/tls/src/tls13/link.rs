//! A connection's buffers with its socket: moves whole records between them.

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io_async::{Error as _, Read, Write};

use super::fault::{Alert, Fault};
use super::inbox::{HEADER, Inbox};
use super::outbox::Outbox;
use super::pace::{Pace, cost};
use super::primitives::{Primitives, TAG};
use super::records::{Content, Records};
use crate::codes::{content_type, handshake_type};
use crate::copy::copy;

pub(super) struct Link<'w, S, P: Primitives> {
    pub(super) socket: S,
    pub(super) inbox: Inbox<'w>,
    pub(super) outbox: Outbox<'w>,
    pub(super) records: Records<P>,
    pub(super) pace: Pace,
}

impl<S: Read + Write, P: Primitives> Link<'_, S, P> {
    /// Sends the bytes of the outbox that are ready.
    pub(super) async fn send(&mut self) -> Result<(), Fault> {
        loop {
            let ready = self.outbox.ready();
            if ready.is_empty() {
                return Ok(());
            }
            match self.socket.write(ready).await {
                // By the traits' contract, 0 means that the socket accepts no more bytes.
                Ok(0) => return Err(Fault::Transport(embedded_io_async::ErrorKind::WriteZero)),
                Ok(count) => self.outbox.sent(count),
                Err(error) => return Err(Fault::Transport(error.kind())),
            }
        }
    }

    pub(super) async fn flush(&mut self) -> Result<(), Fault> {
        self.socket.flush().await.map_err(|error| Fault::Transport(error.kind()))
    }

    /// Protects the buffered application data as a record, and sends it.
    pub(super) async fn send_data(&mut self) -> Result<(), Fault> {
        self.outbox.seal_data(&mut self.records)?;
        let computed = cost::record(self.records.suite(), self.outbox.ready().len());
        self.send().await?;
        self.pace.computed(computed).await;
        Ok(())
    }

    /// Sends a `KeyUpdate` (RFC 8446 section 4.6.3), and changes the keys of what follows. Application data in the outbox is
    /// kept.
    pub(super) async fn update_keys(&mut self, ask: bool) -> Result<(), Fault> {
        let mut record = [0; HEADER + 5 + 1 + TAG];
        copy(
            &[handshake_type::KEY_UPDATE, 0, 0, 1, u8::from(ask)],
            record.get_mut(HEADER..).unwrap_or_default(),
        );
        self.records.seal(&mut record, content_type::HANDSHAKE, 5)?;
        self.socket.write_all(&record).await.map_err(|error| Fault::Transport(error.kind()))?;
        self.records.update_write();
        Ok(())
    }

    /// Protects a short content as a record, and sends it. The outbox must be empty otherwise.
    pub(super) async fn send_short(&mut self, content_type: u8, bytes: &[u8]) -> Result<(), Fault> {
        copy(bytes, self.outbox.content());
        self.outbox.seal(&mut self.records, content_type, bytes.len())?;
        self.send().await
    }

    /// Reads the next record.
    pub(super) async fn receive(&mut self) -> Result<Content, Fault> {
        self.fill().await?;
        let header = self.inbox.header().ok_or(Fault::Internal)?;
        self.records.check(header, &self.inbox)?;
        self.fill().await?;
        let content = self.records.open(&mut self.inbox)?;
        self.pace.computed(cost::record(self.records.suite(), usize::from(header.length))).await;
        Ok(content)
    }

    /// Reads until the header, or the rest of the record, is complete.
    pub(super) async fn fill(&mut self) -> Result<(), Fault> {
        let header_was_there = self.inbox.header().is_some();
        loop {
            if !header_was_there && self.inbox.header().is_some() {
                return Ok(());
            }
            let missing = self.inbox.missing()?;
            if missing.is_empty() {
                return Ok(());
            }
            match self.socket.read(missing).await {
                Ok(0) => return Err(Fault::Truncated),
                Ok(count) => self.inbox.filled(count),
                Err(error) => return Err(Fault::Transport(error.kind())),
            }
        }
    }

    /// Sends the alert for a fault, if the socket accepts it at once: there is no wait for a server that violated the protocol.
    #[inline(never)] // Keeps this code out of the futures that fail.
    pub(super) fn alert(&mut self, alert: Alert) {
        // A record that was sent in part leaves no place for an alert.
        if !self.outbox.ready().is_empty() {
            return;
        }
        if self.records.are_protected() {
            self.outbox.change_cipher_spec();
        }
        let mut sending = pin!(async {
            self.send_short(content_type::ALERT, &alert.encode()).await?;
            self.flush().await
        });
        let _ = matches!(sending.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(_));
    }
}
