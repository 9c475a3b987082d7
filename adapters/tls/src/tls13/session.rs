//! An authenticated connection.

use core::fmt;

use embedded_io_async::{ErrorType, Read, Write};
#[cfg(feature = "nal")]
use zeroize::Zeroize;

use super::fault::{Alert, Fault};
use super::hash::{Secret, empty};
use super::inbox::Inbox;
use super::key_schedule::ticket_key;
use super::link::Link;
use super::messages::{NewSessionTicket, key_update};
use super::outbox::Outbox;
use super::pace::Pace;
use super::primitives::{Primitives, Software};
use super::records::{Content, RENEW_AFTER, Records};
use super::suite::{CipherSuite, NamedGroup};
use super::ticket::{Resumption, Tickets};
use super::transitions::{Awaits, is_legal};
use crate::await_in_own_frame;
use crate::codes::{content_type, handshake_type};
use crate::copy::copy;
use crate::engine::TlsSession;
use crate::error::SessionError;

/// The limit of consecutive messages after the handshake without application data between them.
const MAX_MESSAGES: u8 = 32;

/// An authenticated connection of [`Tls13`](super::Tls13).
pub struct Session<'w, S, P: Primitives = Software> {
    pub(super) link: Link<'w, S, P>,
    pub(super) tickets: Tickets<'w>,
    resumption: Option<Resumption>,
    resumption_master: Secret,
    pub(super) parameters: Option<Parameters>,
    state: State,
    messages: u8,
    /// Whether the server was asked for new keys and has not answered yet.
    renewal_asked: bool,
    /// Whether the server asked for new keys of this side.
    renewal_owed: bool,
}

/// The parameters that a handshake negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameters {
    /// The cipher suite.
    pub suite: CipherSuite,
    /// The group of the key exchange.
    pub group: NamedGroup,
    /// Whether the session was resumed with a ticket instead of a certificate.
    pub resumed: bool,
    /// Whether the server requested a second `ClientHello`.
    pub retried: bool,
    /// Whether a handshake message was split over records.
    pub fragmented: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A call is running. A later call that finds this knows that the running one was cancelled.
    Busy,
    /// Either side sent `close_notify`.
    Ended,
    Failed(SessionError),
}

impl<'w, S, P: Primitives> Session<'w, S, P> {
    /// Creates a session for the handshake. Until it is opened every call fails.
    #[inline(never)] // Its temporaries must not be on the stack during the handshake.
    pub(super) fn prepare(
        place: &mut Option<Self>,
        socket: S,
        receive: &'w mut [u8],
        send: &'w mut [u8],
        tickets: Tickets<'w>,
        change_cipher_spec: bool,
        budget: u32,
    ) {
        *place = Some(Self {
            link: Link {
                socket,
                inbox: Inbox::new(receive),
                outbox: Outbox::new(send, change_cipher_spec),
                records: Records::new(),
                pace: Pace::new(budget),
            },
            tickets,
            resumption: None,
            resumption_master: empty(),
            parameters: None,
            state: State::Busy,
            messages: 0,
            renewal_asked: false,
            renewal_owed: false,
        });
    }

    pub(super) fn open(&mut self, resumption: (Resumption, &Secret), parameters: Parameters) {
        let (resumption, master) = resumption;
        self.resumption = Some(resumption);
        copy(master.as_slice(), self.resumption_master.as_mut_slice());
        self.parameters = Some(parameters);
        self.state = State::Open;
    }

    /// Returns the negotiated parameters; `None` for a session whose handshake was cancelled.
    #[must_use]
    pub fn parameters(&self) -> Option<Parameters> {
        self.parameters
    }

    /// Takes the connection for one call.
    fn begin(&mut self) -> Result<(), SessionError> {
        let error = match self.state {
            State::Open => {
                self.state = State::Busy;
                return Ok(());
            }
            State::Ended => return Err(SessionError::Ended),
            State::Busy => SessionError::Abandoned,
            State::Failed(error) => error,
        };
        self.state = State::Failed(error);
        Err(error)
    }
}

impl<S: Read + Write, P: Primitives> Session<'_, S, P> {
    fn finish<T>(&mut self, result: Result<T, Fault>) -> Result<T, SessionError> {
        match result {
            Ok(value) => {
                if self.state == State::Busy {
                    self.state = State::Open;
                }
                Ok(value)
            }
            Err(fault) => {
                if let Some(alert) = fault.alert() {
                    self.link.alert(alert);
                }
                let error = fault.into();
                self.state = State::Failed(error);
                Err(error)
            }
        }
    }

    async fn read_data(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        loop {
            let data = self.link.inbox.data();
            if !data.is_empty() {
                let count = data.len().min(buf.len());
                copy(data, buf);
                self.link.inbox.drop_data(count);
                self.messages = 0;
                return Ok(count);
            }
            self.handle_messages()?;
            self.ask_for_new_keys().await?;
            if self.link.receive().await? == Content::CloseNotify {
                // RFC 8446 section 6.1: the answer to a close_notify.
                self.link.alert(Alert::CloseNotify);
                self.state = State::Ended;
                return Ok(0);
            }
        }
    }

    /// Handles the complete messages (section 4.6).
    fn handle_messages(&mut self) -> Result<(), Fault> {
        while let Some(message) = self.link.inbox.message()? {
            self.messages = self.messages.saturating_add(1);
            if !is_legal(Awaits::Connected, message.kind) || self.messages > MAX_MESSAGES {
                return Err(Fault::UnexpectedMessage);
            }
            if message.kind == handshake_type::NEW_SESSION_TICKET {
                let ticket = NewSessionTicket::parse(message.body)?;
                if let Some(from) = &self.resumption {
                    let psk = ticket_key(from.hash, &self.resumption_master, ticket.nonce);
                    self.tickets.keep(&ticket, &psk, from);
                }
                self.link.inbox.drop_message();
            } else {
                let is_asked = key_update(message.body)?;
                // Section 5.1: no message follows in the same record, since the keys change.
                if !message.is_last {
                    return Err(Fault::UnexpectedMessage);
                }
                self.link.inbox.drop_message();
                self.link.records.update_read();
                self.renewal_asked = false;
                // Answered before the next application data: once, however many requests there were.
                self.renewal_owed |= is_asked;
            }
        }
        Ok(())
    }

    /// Requests new keys of the server long before the limit of section 5.5.
    async fn ask_for_new_keys(&mut self) -> Result<(), Fault> {
        let is_due = self.link.records.read_keys().sequence() >= RENEW_AFTER;
        if is_due && !self.renewal_asked {
            self.renewal_asked = true;
            self.link.update_keys(true).await?;
        }
        Ok(())
    }

    /// Sends the buffered application data, if any, with new keys where they are due.
    async fn send_data(&mut self) -> Result<(), Fault> {
        if !self.link.outbox.has_data() {
            return Ok(());
        }
        let is_due = self.link.records.write_keys().sequence() >= RENEW_AFTER;
        if is_due || self.renewal_owed {
            self.renewal_owed = false;
            self.link.update_keys(false).await?;
        }
        self.link.send_data().await
    }

    async fn write_data(&mut self, buf: &[u8]) -> Result<usize, Fault> {
        let mut count = self.link.outbox.take(buf);
        if count == 0 {
            self.send_data().await?;
            count = self.link.outbox.take(buf);
        }
        Ok(count)
    }

    async fn flush_data(&mut self) -> Result<(), Fault> {
        self.send_data().await?;
        self.link.flush().await
    }

    async fn close_write(&mut self) -> Result<(), Fault> {
        self.send_data().await?;
        self.link.send_short(content_type::ALERT, &Alert::CloseNotify.encode()).await?;
        self.link.flush().await
    }

    /// Changes the keys of sent records from now on, and if `ask` is set also those of received records (RFC 8446 section 4.6.3).
    ///
    /// Calling it is optional: keys are renewed long before their limit.
    ///
    /// # Errors
    ///
    /// [`SessionError`] if the message could not be sent.
    pub async fn update_keys(&mut self, ask: bool) -> Result<(), SessionError> {
        self.begin()?;
        let result = await_in_own_frame!(self.link.update_keys(ask));
        self.finish(result)
    }
}

impl<S: Read + Write, P: Primitives> ErrorType for Session<'_, S, P> {
    type Error = SessionError;
}

impl<S: Read + Write, P: Primitives> Read for Session<'_, S, P> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, SessionError> {
        if buf.is_empty() || self.state == State::Ended {
            return Ok(0);
        }
        self.begin()?;
        let result = await_in_own_frame!(self.read_data(buf));
        self.finish(result)
    }
}

impl<S: Read + Write, P: Primitives> Write for Session<'_, S, P> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, SessionError> {
        self.begin()?;
        let result = await_in_own_frame!(self.write_data(buf));
        self.finish(result)
    }

    async fn flush(&mut self) -> Result<(), SessionError> {
        self.begin()?;
        let result = await_in_own_frame!(self.flush_data());
        self.finish(result)
    }
}

impl<S: Read + Write, P: Primitives> TlsSession for Session<'_, S, P> {
    async fn close(&mut self) -> Result<(), SessionError> {
        if self.state == State::Ended {
            // The connection is over, so the error is not reported.
            return Ok(());
        }
        self.begin()?;
        let result = await_in_own_frame!(self.close_write());
        self.finish(result)?;
        self.state = State::Ended;
        Ok(())
    }
}

impl<S, P: Primitives> fmt::Debug for Session<'_, S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(feature = "nal")]
impl<S: Read + Write, P: Primitives> Session<'_, S, P> {
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Wipes all keys. The session cannot be used any more.
    pub(super) fn forget_keys(&mut self) {
        self.state = State::Ended;
        self.link.records.forget_keys();
        self.resumption_master.zeroize();
    }

    /// As `read`, and may be cancelled if the socket's reads may: while it waits for bytes the session stays usable.
    pub(crate) async fn read_cancel_safe(&mut self, buf: &mut [u8]) -> Result<usize, SessionError> {
        if buf.is_empty() || self.state == State::Ended {
            return Ok(0);
        }
        loop {
            self.begin()?;
            let data = self.link.inbox.data();
            if !data.is_empty() {
                let count = data.len().min(buf.len());
                copy(data, buf);
                self.link.inbox.drop_data(count);
                self.messages = 0;
                return self.finish(Ok(count));
            }
            let handled = self.handle_messages();
            self.finish(handled)?;
            // So rare that its cancellation may cost the connection. Not within a record that was sent in part.
            if self.link.outbox.ready().is_empty() {
                self.begin()?;
                let asked = self.ask_for_new_keys().await;
                self.finish(asked)?;
            }

            if let Err(fault) = self.link.receive_bytes().await {
                return self.finish(Err(fault));
            }
            self.begin()?;
            let opened = self.link.records.open(&mut self.link.inbox);
            if self.finish(opened)? == Content::CloseNotify {
                // RFC 8446 section 6.1: the answer to a close_notify.
                self.link.alert(Alert::CloseNotify);
                self.state = State::Ended;
                return Ok(0);
            }
        }
    }

    /// As `write`, and may be cancelled if the socket's writes may: what was taken of `buf` is only what is returned.
    pub(crate) async fn write_cancel_safe(&mut self, buf: &[u8]) -> Result<usize, SessionError> {
        self.send_ready().await?;
        let mut count = self.link.outbox.take(buf);
        if count == 0 {
            self.send_data_cancel_safe().await?;
            count = self.link.outbox.take(buf);
        }
        Ok(count)
    }

    /// As `flush`, and may be cancelled if the socket's writes may: the next call continues.
    pub(crate) async fn flush_cancel_safe(&mut self) -> Result<(), SessionError> {
        self.send_data_cancel_safe().await?;
        match self.link.flush().await {
            Ok(()) => Ok(()),
            Err(fault) => self.finish(Err(fault)),
        }
    }

    /// Sends the buffered application data. A record that was sent in part comes first.
    async fn send_data_cancel_safe(&mut self) -> Result<(), SessionError> {
        self.send_ready().await?;
        if !self.link.outbox.has_data() {
            return Ok(());
        }
        let is_due = self.link.records.write_keys().sequence() >= RENEW_AFTER;
        if is_due || self.renewal_owed {
            self.begin()?;
            self.renewal_owed = false;
            let renewed = self.link.update_keys(false).await;
            self.finish(renewed)?;
        }
        self.begin()?;
        let sealed = self.link.outbox.seal_data(&mut self.link.records);
        self.finish(sealed)?;
        self.send_ready().await
    }

    /// Sends the rest of the record that is in the buffer. The session stays open meanwhile, since the buffer knows what was sent.
    async fn send_ready(&mut self) -> Result<(), SessionError> {
        self.begin()?;
        self.state = State::Open;
        match self.link.send().await {
            Ok(()) => Ok(()),
            Err(fault) => self.finish(Err(fault)),
        }
    }
}
