//! The record filter: bytes from the socket reach the engine only as records that are legal at that point (RFC 8446 section 5),
//! and bytes of the engine reach the socket only when it is their turn.
//!
//! embedded-tls handles a plaintext record after the handshake began as if it had been decrypted: whoever can inject TCP could
//! end a connection with a forged alert or make it panic.

use core::future::poll_fn;
use core::task::Poll;

use embedded_io_async::{Error as _, ErrorKind, ErrorType, Read, Write};

pub use fault::RecordFault;

use crate::copy::copy;

use super::cipher::{ESTABLISHED, RECORD_VERSION, content};
use super::journal::Journal;
use super::offer::Offer;
use super::server_hello;

mod fault;

const HEADER: usize = 5;

/// Tag and content type: what a protected record has at least (RFC 8446 section 5.2).
const MIN_PROTECTED: u16 = 17;

/// 2^14 bytes and 256 of expansion (RFC 8446 section 5.2).
const MAX_PROTECTED: u16 = 16_640;

/// A server's first flight is five messages; records beyond that are stalling.
const MAX_HANDSHAKE_RECORDS: u32 = 16;

/// RFC 8446 section 5.5: some 2^24.5 records with one AES-GCM key.
const MAX_RECORDS: u32 = 1 << 24;

/// `ChangeCipherSpec` for middleboxes (RFC 8446 appendix D.4): one byte of value 1.
const COMPATIBILITY: u8 = 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was written yet.
    Start,
    /// A `ClientHello`'s record of this length is on its way.
    Sending { sent: usize, length: usize },
    /// The answer to it is awaited.
    Hello,
    /// Records are protected.
    Protected,
}

pub(crate) struct RecordFilter<'j, S> {
    socket: S,
    journal: &'j Journal,
    stage: Stage,
    /// How the `ClientHello` goes out, if otherwise than the engine wrote it.
    offer: Option<Offer>,
    /// The engine's receive buffer must hold a whole record.
    capacity: usize,
    /// A header to hand up, or the whole `ServerHello`.
    ready: [u8; HEADER + server_hello::MAX_LENGTH],
    ready_from: usize,
    ready_to: usize,
    /// What is left of a record whose header was handed up.
    body_left: usize,
    read_records: u32,
    writes: u32,
    /// The one `ChangeCipherSpec` that may come did.
    compatibility_seen: bool,
}

impl<'j, S> RecordFilter<'j, S> {
    /// `capacity` is the size of the engine's receive buffer.
    pub(crate) fn new(socket: S, journal: &'j Journal, capacity: usize) -> Self {
        Self {
            socket,
            journal,
            stage: Stage::Start,
            offer: None,
            capacity,
            ready: [0; HEADER + server_hello::MAX_LENGTH],
            ready_from: 0,
            ready_to: 0,
            body_left: 0,
            read_records: 0,
            writes: 0,
            compatibility_seen: false,
        }
    }

    fn refuse<T>(&self, fault: RecordFault) -> Result<T, ErrorKind> {
        self.journal.record(fault);
        Err(ErrorKind::InvalidData)
    }

    fn check_alive(&self) -> Result<(), ErrorKind> {
        if self.journal.fault().is_some() { Err(ErrorKind::BrokenPipe) } else { Ok(()) }
    }

    /// Keeps the engine's last record, instead of what came and will not be read any more.
    fn keep(&mut self, record: &[u8]) -> Result<usize, ErrorKind> {
        let Some(place) = self.ready.get_mut(..record.len()) else {
            return self.refuse(RecordFault::Transport(ErrorKind::OutOfMemory));
        };
        copy(record, place);
        (self.ready_from, self.ready_to) = (0, record.len());
        Ok(record.len())
    }

    /// Hands up the beginning of `ready`.
    fn take_ready(&mut self, buf: &mut [u8]) -> usize {
        let ready = self.ready.get(self.ready_from..self.ready_to).unwrap_or_default();
        let count = ready.len().min(buf.len());
        copy(ready, buf);
        self.ready_from += count;
        count
    }
}

impl<S: Read + Write> RecordFilter<'_, S> {
    /// Sends what was kept.
    pub(crate) async fn release(&mut self) -> Result<(), ErrorKind> {
        self.check_alive()?;
        let Self { socket, ready, ready_from, ready_to, .. } = self;
        let kept = ready.get(*ready_from..*ready_to).unwrap_or_default();
        let sent = socket.write_all(kept).await;
        let flushed = if sent.is_ok() { socket.flush().await } else { Ok(()) };
        match sent.and(flushed) {
            Ok(()) => Ok(()),
            Err(error) => self.refuse(RecordFault::Transport(error.kind())),
        }
    }

    /// Fills the `ready` bytes from `from` to `to`.
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

    /// Lets others run between the steps of the handshake, each of which computes for millions of instructions.
    ///
    /// The engine asks for a record, or writes one, between any two of them.
    async fn pause(&self) {
        if self.journal.is_established() {
            return;
        }
        let mut paused = false;
        poll_fn(|context| {
            if paused {
                return Poll::Ready(());
            }
            paused = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Reads the next record's header and judges it; afterwards `ready` or `body_left` has something, or it was one to ignore.
    async fn next_record(&mut self) -> Result<(), ErrorKind> {
        self.fetch(0, HEADER).await?;
        let [kind, major, minor, high, low, ..] = self.ready;
        let length = u16::from_be_bytes([high, low]);
        let known = (content::CHANGE_CIPHER_SPEC..=content::APPLICATION_DATA).contains(&kind);
        if major != RECORD_VERSION[0] || !known || minor > RECORD_VERSION[1] {
            return self.refuse(RecordFault::NotTls);
        }
        self.read_records += 1;
        let limit = if self.journal.is_established() { MAX_RECORDS } else { MAX_HANDSHAKE_RECORDS };
        if self.read_records > limit {
            return self.refuse(RecordFault::TooManyRecords);
        }
        match (kind, self.stage) {
            (content::CHANGE_CIPHER_SPEC, Stage::Hello | Stage::Protected) => {
                self.compatibility(length).await
            }
            (content::ALERT, Stage::Hello) => self.plaintext_alert(length).await,
            (content::HANDSHAKE, Stage::Hello) => self.server_hello(length).await,
            (content::APPLICATION_DATA, Stage::Protected) => self.protected(minor, length),
            _ => self.refuse(RecordFault::Unexpected { content_type: kind }),
        }
    }

    /// Dropped, once, before the client's second flight.
    async fn compatibility(&mut self, length: u16) -> Result<(), ErrorKind> {
        let early = !self.journal.is_authenticated() && !self.compatibility_seen;
        if !early || length != 1 {
            return self.refuse(RecordFault::Unexpected { content_type: content::CHANGE_CIPHER_SPEC });
        }
        self.compatibility_seen = true;
        self.fetch(0, 1).await?;
        if self.ready.first() == Some(&COMPATIBILITY) {
            Ok(())
        } else {
            self.refuse(RecordFault::Unexpected { content_type: content::CHANGE_CIPHER_SPEC })
        }
    }

    /// Before the `ServerHello` nothing is protected, and an alert tells why there is none.
    async fn plaintext_alert(&mut self, length: u16) -> Result<(), ErrorKind> {
        const PROTOCOL_VERSION: u8 = 70;
        if length != 2 {
            return self.refuse(RecordFault::Unexpected { content_type: content::ALERT });
        }
        self.fetch(0, 2).await?;
        let [_, description, ..] = self.ready;
        self.refuse(match description {
            PROTOCOL_VERSION => RecordFault::Tls13Unsupported,
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
        let [first, second] = if self.journal.is_established() { ESTABLISHED } else { RECORD_VERSION };
        // For the cipher: see `guard::cipher`.
        let [_, major_place, minor_place, ..] = &mut self.ready;
        (*major_place, *minor_place) = (first, second);
        self.ready_from = 0;
        self.ready_to = HEADER;
        self.body_left = usize::from(length);
        Ok(())
    }

    /// Whether the engine may write now, which `buf` it wants to.
    fn admit(&mut self, buf: &[u8]) -> Result<(), ErrorKind> {
        self.writes = self.writes.saturating_add(1);
        match self.stage {
            // The engine writes the whole of it at once.
            Stage::Start => match buf.split_first_chunk::<HEADER>() {
                Some(([content::HANDSHAKE, _, _, high, low], hello))
                    if usize::from(u16::from_be_bytes([*high, *low])) == hello.len() =>
                {
                    self.offer = Offer::of(hello).map(|offer| offer.after(HEADER));
                    self.stage = Stage::Sending { sent: 0, length: buf.len() };
                    Ok(())
                }
                _ => self.refuse(RecordFault::Unauthenticated),
            },
            Stage::Sending { sent, length } if sent.saturating_add(buf.len()) == length => Ok(()),
            Stage::Protected if self.journal.is_authenticated() && self.writes <= MAX_RECORDS => Ok(()),
            Stage::Protected if self.journal.is_authenticated() => self.refuse(RecordFault::TooManyRecords),
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
        self.check_alive()?;
        if buf.is_empty() {
            return Ok(0);
        }
        while self.ready_from == self.ready_to && self.body_left == 0 {
            self.pause().await;
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
        self.check_alive()?;
        self.pause().await;
        self.admit(buf)?;
        if buf.is_empty() {
            return Ok(0);
        }
        if self.journal.is_closing() {
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
        self.check_alive()?;
        if self.journal.is_closing() {
            return Ok(());
        }
        match self.socket.flush().await {
            Ok(()) => Ok(()),
            Err(error) => self.refuse(RecordFault::Transport(error.kind())),
        }
    }
}
