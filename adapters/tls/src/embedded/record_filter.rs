//! The record filter. Bytes from the socket reach the engine only as records that are legal at that point (RFC 8446 section 5), and
//! bytes of the engine reach the socket only when sending is allowed.
//!
//! embedded-tls does not check that records are protected once they must be, so that an attacker who can inject TCP segments could
//! end or disturb a connection.

use core::future::poll_fn;
use core::task::Poll;

use embedded_io_async::{Error as _, ErrorKind, ErrorType, Read, Write};

use super::cipher::ESTABLISHED;
use super::offer::Offer;
use super::server_hello;
use super::state::SharedState;
use crate::codes::{RECORD_VERSION, alert, content_type};
use crate::copy::copy;
use crate::fault::RecordFault;

/// The length of a record header in bytes.
const HEADER: usize = 5;

/// The least length of a protected record: tag and content type (RFC 8446 section 5.2).
const MIN_PROTECTED: u16 = 17;

/// The greatest length of a protected record: 2^14 bytes and 256 of expansion (RFC 8446 section 5.2).
const MAX_PROTECTED: u16 = 16_640;

/// The limit of records in a handshake. A server sends up to five messages; more than three times as many records only stall.
const MAX_HANDSHAKE_RECORDS: u32 = 16;

/// The limit of records per key; RFC 8446 section 5.5 permits about 2^24.5 for AES-GCM.
const MAX_RECORDS: u32 = 1 << 24;

/// The content of a `ChangeCipherSpec` (RFC 8446 appendix D.4).
const CHANGE_CIPHER_SPEC: u8 = 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The engine has not written anything yet.
    Start,
    /// `sent` of the `length` bytes of the `ClientHello`'s record are sent.
    Sending { sent: usize, length: usize },
    /// The `ServerHello` is expected.
    Hello,
    /// Records are protected.
    Protected,
}

/// A transport between the socket and the engine.
pub(super) struct RecordFilter<'s, S> {
    socket: S,
    state: &'s SharedState,
    stage: Stage,
    /// The signature schemes that are sent in the `ClientHello`.
    offer: Option<Offer>,
    /// The size of the engine's receive buffer, which must hold a whole record, in bytes.
    capacity: usize,
    /// Checked bytes that the engine reads next: a header, or the whole `ServerHello`.
    ready: [u8; HEADER + server_hello::MAX_LENGTH],
    ready_from: usize,
    ready_to: usize,
    /// The number of bytes left of a record whose header the engine has read.
    body_left: usize,
    read_records: u32,
    writes: u32,
}

impl<'s, S> RecordFilter<'s, S> {
    /// Creates a filter; `capacity` is the size of the engine's receive buffer in bytes.
    pub(super) fn new(socket: S, state: &'s SharedState, capacity: usize) -> Self {
        Self {
            socket,
            state,
            stage: Stage::Start,
            offer: None,
            capacity,
            ready: [0; HEADER + server_hello::MAX_LENGTH],
            ready_from: 0,
            ready_to: 0,
            body_left: 0,
            read_records: 0,
            writes: 0,
        }
    }

    fn refuse<T>(&self, fault: RecordFault) -> Result<T, ErrorKind> {
        self.state.record_fault(fault);
        Err(ErrorKind::InvalidData)
    }

    fn check_usable(&self) -> Result<(), ErrorKind> {
        if self.state.fault().is_some() { Err(ErrorKind::BrokenPipe) } else { Ok(()) }
    }

    /// Stores the engine's last record in `ready`, whose content is not needed any more.
    fn keep(&mut self, record: &[u8]) -> Result<usize, ErrorKind> {
        let Some(space) = self.ready.get_mut(..record.len()) else {
            return self.refuse(RecordFault::Transport(ErrorKind::OutOfMemory));
        };
        copy(record, space);
        (self.ready_from, self.ready_to) = (0, record.len());
        Ok(record.len())
    }

    /// Moves bytes from `ready` into the engine's buffer.
    fn take_ready(&mut self, buf: &mut [u8]) -> usize {
        let ready = self.ready.get(self.ready_from..self.ready_to).unwrap_or_default();
        let count = ready.len().min(buf.len());
        copy(ready, buf);
        self.ready_from += count;
        count
    }
}

impl<S: Read + Write> RecordFilter<'_, S> {
    /// Sends the record that [`RecordFilter::keep`] stored.
    pub(super) async fn send_kept(&mut self) -> Result<(), ErrorKind> {
        self.check_usable()?;
        let Self { socket, ready, ready_from, ready_to, .. } = self;
        let kept = ready.get(*ready_from..*ready_to).unwrap_or_default();
        let sent = socket.write_all(kept).await;
        let flushed = if sent.is_ok() { socket.flush().await } else { Ok(()) };
        match sent.and(flushed) {
            Ok(()) => Ok(()),
            Err(error) => self.refuse(RecordFault::Transport(error.kind())),
        }
    }

    /// Reads the bytes of `ready` from `from` to `to` from the socket.
    async fn fetch(&mut self, from: usize, to: usize) -> Result<(), ErrorKind> {
        let mut at = from;
        while at < to {
            let Some(space) = self.ready.get_mut(at..to) else {
                return self.refuse(RecordFault::InvalidServerHello);
            };
            match self.socket.read(space).await {
                Ok(0) => return self.refuse(RecordFault::Truncated),
                Ok(count) => at += count,
                Err(error) => return self.refuse(RecordFault::Transport(error.kind())),
            }
        }
        Ok(())
    }

    /// Yields to other tasks once, during the handshake: its steps take millions of instructions each, and between any two of them the
    /// engine reads or writes a record.
    async fn yield_now(&self) {
        if self.state.is_established() {
            return;
        }
        let mut yielded = false;
        poll_fn(|context| {
            if yielded {
                return Poll::Ready(());
            }
            yielded = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Reads and checks the next record's header. Afterwards `ready` or `body_left` is not empty, unless the record is ignored.
    async fn next_record(&mut self) -> Result<(), ErrorKind> {
        self.fetch(0, HEADER).await?;
        let [kind, major, minor, high, low, ..] = self.ready;
        let length = u16::from_be_bytes([high, low]);
        let known = (content_type::CHANGE_CIPHER_SPEC..=content_type::APPLICATION_DATA).contains(&kind);
        if major != RECORD_VERSION[0] || !known || minor > RECORD_VERSION[1] {
            return self.refuse(RecordFault::NotTls);
        }
        self.read_records += 1;
        let limit = if self.state.is_established() { MAX_RECORDS } else { MAX_HANDSHAKE_RECORDS };
        if self.read_records > limit {
            return self.refuse(RecordFault::TooManyRecords);
        }
        match (kind, self.stage) {
            (content_type::CHANGE_CIPHER_SPEC, Stage::Hello | Stage::Protected) => {
                self.change_cipher_spec(length).await
            }
            (content_type::ALERT, Stage::Hello) => self.plaintext_alert(length).await,
            (content_type::HANDSHAKE, Stage::Hello) => self.server_hello(length).await,
            (content_type::APPLICATION_DATA, Stage::Protected) => self.protected(minor, length),
            _ => self.refuse(RecordFault::Unexpected { content_type: kind }),
        }
    }

    /// Ignores a `ChangeCipherSpec` before the server's Finished (RFC 8446 section 5).
    async fn change_cipher_spec(&mut self, length: u16) -> Result<(), ErrorKind> {
        if self.state.is_established() || length != 1 {
            return self.refuse(RecordFault::Unexpected { content_type: content_type::CHANGE_CIPHER_SPEC });
        }
        self.fetch(0, 1).await?;
        if self.ready.first() == Some(&CHANGE_CIPHER_SPEC) {
            Ok(())
        } else {
            self.refuse(RecordFault::Unexpected { content_type: content_type::CHANGE_CIPHER_SPEC })
        }
    }

    /// Handles an alert before the `ServerHello`, where nothing is protected.
    async fn plaintext_alert(&mut self, length: u16) -> Result<(), ErrorKind> {
        if length != 2 {
            return self.refuse(RecordFault::Unexpected { content_type: content_type::ALERT });
        }
        self.fetch(0, 2).await?;
        let [_, description, ..] = self.ready;
        self.refuse(match description {
            alert::PROTOCOL_VERSION => RecordFault::Tls13Unsupported,
            description => RecordFault::Alert { description },
        })
    }

    async fn server_hello(&mut self, length: u16) -> Result<(), ErrorKind> {
        let length = usize::from(length);
        let kept = length.min(server_hello::MAX_LENGTH);
        self.fetch(HEADER, HEADER + kept).await?;
        let content = self.ready.get(HEADER..HEADER + kept).unwrap_or_default();
        if let Err(fault) = server_hello::check(content, length) {
            return self.refuse(fault);
        }
        self.stage = Stage::Protected;
        self.ready_from = 0;
        self.ready_to = HEADER + kept;
        Ok(())
    }

    fn protected(&mut self, minor: u8, length: u16) -> Result<(), ErrorKind> {
        if minor != RECORD_VERSION[1] {
            return self.refuse(RecordFault::NotTls);
        }
        if !(MIN_PROTECTED..=MAX_PROTECTED).contains(&length) {
            return self.refuse(RecordFault::Length { length });
        }
        if usize::from(length) > self.capacity {
            return self.refuse(RecordFault::ExceedsBuffer { needed: length });
        }
        let [first, second] = if self.state.is_established() { ESTABLISHED } else { RECORD_VERSION };
        // For the cipher guard, which reads the phase from the version field.
        let [_, major, minor, ..] = &mut self.ready;
        (*major, *minor) = (first, second);
        self.ready_from = 0;
        self.ready_to = HEADER;
        self.body_left = usize::from(length);
        Ok(())
    }

    /// Checks that the engine may send `buf` now.
    fn admit(&mut self, buf: &[u8]) -> Result<(), ErrorKind> {
        self.writes = self.writes.saturating_add(1);
        match self.stage {
            // The engine writes the whole ClientHello at once.
            Stage::Start => match buf.split_first_chunk::<HEADER>() {
                Some(([content_type::HANDSHAKE, _, _, high, low], hello))
                    if usize::from(u16::from_be_bytes([*high, *low])) == hello.len() =>
                {
                    self.offer = Offer::of(hello).map(|offer| offer.shifted(HEADER));
                    self.stage = Stage::Sending { sent: 0, length: buf.len() };
                    Ok(())
                }
                _ => self.refuse(RecordFault::Unauthenticated),
            },
            Stage::Sending { sent, length } if sent.saturating_add(buf.len()) == length => Ok(()),
            Stage::Protected if self.state.is_authenticated() && self.writes <= MAX_RECORDS => Ok(()),
            Stage::Protected if self.state.is_authenticated() => self.refuse(RecordFault::TooManyRecords),
            Stage::Sending { .. } | Stage::Hello | Stage::Protected => {
                self.refuse(RecordFault::Unauthenticated)
            }
        }
    }
}

impl<S> ErrorType for RecordFilter<'_, S> {
    type Error = ErrorKind;
}

impl<S: Read + Write> Read for RecordFilter<'_, S> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.check_usable()?;
        if buf.is_empty() {
            return Ok(0);
        }
        while self.ready_from == self.ready_to && self.body_left == 0 {
            self.yield_now().await;
            self.next_record().await?;
        }
        if self.ready_from < self.ready_to {
            return Ok(self.take_ready(buf));
        }
        let wanted = self.body_left.min(buf.len());
        let space = buf.get_mut(..wanted).unwrap_or_default();
        match self.socket.read(space).await {
            Ok(0) => self.refuse(RecordFault::Truncated),
            Ok(count) => {
                self.body_left = self.body_left.saturating_sub(count);
                Ok(count)
            }
            Err(error) => self.refuse(RecordFault::Transport(error.kind())),
        }
    }
}

impl<S: Read + Write> Write for RecordFilter<'_, S> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.check_usable()?;
        self.yield_now().await;
        self.admit(buf)?;
        if buf.is_empty() {
            return Ok(0);
        }
        if self.state.is_closing() {
            return self.keep(buf);
        }
        let outgoing = match (&self.offer, self.stage) {
            (Some(offer), Stage::Sending { sent, .. }) => offer.piece(sent, buf),
            _ => buf,
        };
        match self.socket.write(outgoing).await {
            Ok(count) => {
                if let Stage::Sending { sent, length } = &mut self.stage {
                    *sent = sent.saturating_add(count);
                    if sent >= length {
                        self.stage = Stage::Hello;
                    }
                }
                Ok(count)
            }
            Err(error) => self.refuse(RecordFault::Transport(error.kind())),
        }
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.check_usable()?;
        if self.state.is_closing() {
            return Ok(());
        }
        match self.socket.flush().await {
            Ok(()) => Ok(()),
            Err(error) => self.refuse(RecordFault::Transport(error.kind())),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_lite::future::block_on;

    use super::*;

    /// A transport that the server has filled, and that counts what is written.
    struct Wire<'w> {
        incoming: &'w [u8],
        written: usize,
    }

    impl ErrorType for Wire<'_> {
        type Error = ErrorKind;
    }

    impl Read for Wire<'_> {
        async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
            let count = buf.len().min(self.incoming.len());
            buf[..count].copy_from_slice(&self.incoming[..count]);
            self.incoming = &self.incoming[count..];
            Ok(count)
        }
    }

    impl Write for Wire<'_> {
        async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
            self.written += buf.len();
            Ok(buf.len())
        }

        async fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }

    const CLIENT_HELLO: &[u8] = &[22, 3, 1, 0, 5, 1, 0, 0, 1, 9];
    const APPLICATION_RECORD: &[u8] =
        &[23, 3, 3, 0, 17, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];

    /// Returns a record with a `ServerHello` that selects what was offered (RFC 8446 section 4.1.3).
    fn server_hello() -> [u8; HEADER + server_hello::MAX_LENGTH] {
        let mut record = [7; HEADER + server_hello::MAX_LENGTH];
        record[..11].copy_from_slice(&[22, 3, 3, 0, 123, 2, 0, 0, 119, 3, 3]);
        let after_random = &[0, 0x13, 0x01, 0, 0, 79, 0, 43, 0, 2, 3, 4, 0, 51, 0, 69, 0, 23, 0, 65, 4];
        record[43..43 + after_random.len()].copy_from_slice(after_random);
        record
    }

    /// Sends the `ClientHello` and reads the `ServerHello`.
    fn greeted<'s>(wire: Wire<'s>, state: &'s SharedState) -> RecordFilter<'s, Wire<'s>> {
        let mut filter = RecordFilter::new(wire, state, 1024);
        block_on(async {
            filter.write_all(CLIENT_HELLO).await.unwrap();
            filter.read_exact(&mut [0; HEADER + server_hello::MAX_LENGTH]).await.unwrap();
        });
        filter
    }

    #[test]
    fn nothing_is_sent_between_client_hello_and_authentication() {
        let state = SharedState::new();
        let hello = server_hello();
        let mut filter = greeted(Wire { incoming: &hello, written: 0 }, &state);
        block_on(async {
            assert!(filter.write(APPLICATION_RECORD).await.is_err());
            assert_eq!(state.fault(), Some(RecordFault::Unauthenticated));
            // Not later either: the fault stays.
            state.set_authenticated(true);
            assert!(filter.write(APPLICATION_RECORD).await.is_err());
            assert!(filter.flush().await.is_err());
        });
        assert_eq!(filter.socket.written, CLIENT_HELLO.len());
    }

    #[test]
    fn after_authentication_records_are_sent() {
        let state = SharedState::new();
        let hello = server_hello();
        let mut filter = greeted(Wire { incoming: &hello, written: 0 }, &state);
        state.set_authenticated(true);
        block_on(filter.write_all(APPLICATION_RECORD)).unwrap();
        assert_eq!(filter.socket.written, CLIENT_HELLO.len() + APPLICATION_RECORD.len());
    }

    #[test]
    fn the_first_record_must_be_one_whole_client_hello() {
        for record in [APPLICATION_RECORD, &CLIENT_HELLO[..CLIENT_HELLO.len() - 1], &[]] {
            let state = SharedState::new();
            let mut filter = RecordFilter::new(Wire { incoming: &[], written: 0 }, &state, 1024);
            assert!(block_on(filter.write(record)).is_err(), "{record:?}");
            assert_eq!(state.fault(), Some(RecordFault::Unauthenticated));
            assert_eq!(filter.socket.written, 0);
        }
    }
}
