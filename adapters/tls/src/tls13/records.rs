//! The record layer (RFC 8446 section 5): which records are legal at which point, and their protection.

use super::fault::Alert;
use super::fault::Fault;
use super::hash::Secret;
use super::inbox::{HEADER, Header, Inbox, MAX_PLAINTEXT, MAX_PROTECTED};
use super::key_schedule::TrafficKeys;
use super::primitives::{Primitives, TAG};
use super::suite::CipherSuite;
use crate::codes::{RECORD_VERSION, content_type};
use crate::copy::copy;

/// The version field of the first `ClientHello`, for compatibility with old middleboxes.
pub(super) const FIRST_VERSION: [u8; 2] = [3, 1];

/// The minimum length of a protected record: content type and tag (section 5.2).
#[allow(clippy::as_conversions, clippy::cast_possible_truncation)] // 17.
const MIN_PROTECTED: u16 = 1 + TAG as u16;

/// The number of bytes that protection adds to the content of a record.
pub(super) const OVERHEAD: usize = HEADER + 1 + TAG;

/// The limit of records per key. Section 5.5 permits some 2^24.5; new keys are requested long before.
const MAX_RECORDS: u64 = 1 << 24;
/// The number of records after which keys are renewed.
pub(super) const RENEW_AFTER: u64 = 1 << 23;

/// The limit of consecutive records without content: empty ones, and `ChangeCipherSpec`.
const MAX_EMPTY: u8 = 32;
/// The limit of consecutive `user_canceled` alerts.
const MAX_WARNINGS: u8 = 4;

/// The content of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// A piece of handshake messages, now in the inbox.
    Messages,
    /// Application data, now in the inbox.
    Data,
    /// Content without effect.
    Nothing,
    /// The server sends no more application data (section 6.1).
    CloseNotify,
}

/// The phase of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Before the `ServerHello`: records are unprotected.
    Clear,
    /// Handshake messages are protected.
    Handshake,
    /// Application data is protected too, in each direction once its keys are set.
    Established,
}

pub(super) struct Records<P: Primitives> {
    phase: Phase,
    suite: CipherSuite,
    read: TrafficKeys<P>,
    write: TrafficKeys<P>,
    empty: u8,
    warnings: u8,
    greeted: bool,
}

impl<P: Primitives> Records<P> {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Clear,
            suite: CipherSuite::Aes128GcmSha256,
            read: TrafficKeys::none(),
            write: TrafficKeys::none(),
            empty: 0,
            warnings: 0,
            greeted: false,
        }
    }

    pub(super) fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// Returns whether sent records are protected.
    pub(super) fn are_protected(&self) -> bool {
        self.write.key().is_some()
    }

    /// Protects both directions from here on, with the keys of the handshake.
    pub(super) fn protect(&mut self, suite: CipherSuite, server: &Secret, client: &Secret) {
        self.suite = suite;
        self.read.set(suite, server);
        self.write.set(suite, client);
        self.phase = Phase::Handshake;
    }

    /// Sets the keys for the server's application data, after its Finished.
    pub(super) fn establish_read(&mut self, secret: &Secret) {
        self.read.set(self.suite, secret);
        self.phase = Phase::Established;
    }

    pub(super) fn establish_write(&mut self, secret: &Secret) {
        self.write.set(self.suite, secret);
    }

    /// Changes the keys of received records (section 4.6.3).
    pub(super) fn update_read(&mut self) {
        self.read.update(self.suite);
    }

    /// Changes the keys of sent records.
    pub(super) fn update_write(&mut self) {
        self.write.update(self.suite);
    }

    /// Wipes the keys of both directions.
    #[cfg(feature = "nal")]
    pub(super) fn forget_keys(&mut self) {
        self.read.forget();
        self.write.forget();
    }

    pub(super) fn read_keys(&self) -> &TrafficKeys<P> {
        &self.read
    }

    pub(super) fn write_keys(&self) -> &TrafficKeys<P> {
        &self.write
    }

    /// Checks a record by its header, before the rest of it is read.
    pub(super) fn check(&self, header: Header, inbox: &Inbox<'_>) -> Result<(), Fault> {
        let Header { content_type, version, length, .. } = header;
        let known =
            (content_type::CHANGE_CIPHER_SPEC..=content_type::APPLICATION_DATA).contains(&content_type);
        if !known || version[0] != RECORD_VERSION[0] {
            return Err(Fault::NotTls);
        }
        match (content_type, self.phase) {
            // Section 5: ignored until the server's Finished.
            (content_type::CHANGE_CIPHER_SPEC, Phase::Clear | Phase::Handshake) if length == 1 => Ok(()),
            (content_type::ALERT, Phase::Clear) if length != 2 => Err(Fault::Malformed),
            // Section 5.1: messages are not interleaved with other records.
            (content_type::ALERT, Phase::Clear) if !inbox.has_messages() => Ok(()),
            (content_type::HANDSHAKE, Phase::Clear) if length > MAX_PLAINTEXT => Err(Fault::TooLong(length)),
            // Section 5.1: no zero-length handshake fragments.
            (content_type::HANDSHAKE, Phase::Clear) if length > 0 => Ok(()),
            (content_type::APPLICATION_DATA, Phase::Handshake | Phase::Established) => {
                if version != RECORD_VERSION {
                    return Err(Fault::NotTls);
                }
                if length < MIN_PROTECTED {
                    return Err(Fault::TooShort(length));
                }
                if length > MAX_PROTECTED { Err(Fault::TooLong(length)) } else { Ok(()) }
            }
            (content_type::ALERT | content_type::HANDSHAKE, Phase::Handshake | Phase::Established) => {
                Err(Fault::Unprotected(content_type))
            }
            _ => Err(Fault::ContentType(content_type)),
        }
    }

    /// Decrypts and checks the complete record in the inbox.
    pub(super) fn open(&mut self, inbox: &mut Inbox<'_>) -> Result<Content, Fault> {
        let header = inbox.header().ok_or(Fault::Internal)?;
        if header.content_type == content_type::CHANGE_CIPHER_SPEC {
            // Section 5: its content is the single byte 1.
            if inbox.record() != [1] {
                return Err(Fault::ContentType(content_type::CHANGE_CIPHER_SPEC));
            }
            inbox.drop_record();
            return self.nothing();
        }
        let (kind, length) = if self.phase == Phase::Clear {
            (header.content_type, usize::from(header.length))
        } else {
            self.unprotect(header, inbox)?
        };
        self.sort(kind, length, inbox)
    }

    /// Decrypts the record in place; returns the content's type and length.
    fn unprotect(&mut self, header: Header, inbox: &mut Inbox<'_>) -> Result<(u8, usize), Fault> {
        if self.read.sequence() >= MAX_RECORDS {
            return Err(Fault::TooManyRecords);
        }
        let (text, tag) = inbox.record().split_last_chunk_mut::<TAG>().ok_or(Fault::BadRecord)?;
        let nonce = self.read.next_nonce();
        let key = self.read.key().ok_or(Fault::Internal)?;
        if !P::open(key, &nonce, &header.bytes, text, tag) {
            return Err(Fault::BadRecord);
        }
        // Section 5.2: 2^14 bytes and their type, padding included.
        if text.len() > usize::from(MAX_PLAINTEXT) + 1 {
            return Err(Fault::TooLong(header.length));
        }
        // Section 5.4: the type is the last byte that is not zero, and there must be one.
        let length = text.iter().rposition(|byte| *byte != 0).ok_or(Fault::UnexpectedMessage)?;
        let kind = text.get(length).copied().unwrap_or_default();
        Ok((kind, length))
    }

    fn sort(&mut self, kind: u8, length: usize, inbox: &mut Inbox<'_>) -> Result<Content, Fault> {
        // Protected content was written by the authenticated peer of the key exchange.
        let illegal =
            if self.phase == Phase::Clear { Fault::ContentType(kind) } else { Fault::UnexpectedMessage };
        match kind {
            content_type::HANDSHAKE if length > 0 => {
                (self.empty, self.warnings) = (0, 0);
                inbox.keep_messages(length);
                Ok(Content::Messages)
            }
            // Section 5.1: messages are not interleaved with other records.
            _ if inbox.has_messages() => Err(illegal),
            content_type::ALERT => {
                let alert = inbox.record().get(..length).and_then(|alert| alert.try_into().ok());
                inbox.drop_record();
                self.alert(alert)
            }
            content_type::APPLICATION_DATA if self.phase == Phase::Established => {
                inbox.keep_data(length);
                if length == 0 {
                    return self.nothing();
                }
                (self.empty, self.warnings) = (0, 0);
                Ok(Content::Data)
            }
            _ => Err(illegal),
        }
    }

    /// Handles an alert (section 6); its level does not matter.
    fn alert(&mut self, alert: Option<[u8; 2]>) -> Result<Content, Fault> {
        const CLOSE_NOTIFY: u8 = 0;
        const WARNING: u8 = 1;
        const FATAL: u8 = 2;
        match alert {
            None => Err(Fault::Malformed),
            Some([_, CLOSE_NOTIFY]) => Ok(Content::CloseNotify),
            // A close_notify follows.
            Some([_, Alert::USER_CANCELED]) => {
                self.warnings = self.warnings.saturating_add(1);
                if self.warnings > MAX_WARNINGS { Err(Fault::Malformed) } else { Ok(Content::Nothing) }
            }
            Some([FATAL, description]) => Err(Fault::Alerted(description)),
            // TLS 1.3 has no other warnings.
            Some([WARNING, description]) => Err(Fault::Warned(description)),
            Some(_) => Err(Fault::IllegalParameter),
        }
    }

    fn nothing(&mut self) -> Result<Content, Fault> {
        self.empty = self.empty.saturating_add(1);
        if self.empty > MAX_EMPTY { Err(Fault::TooManyRecords) } else { Ok(Content::Nothing) }
    }

    /// Protects a content of this length, which starts behind the place of the header; returns the record's length.
    ///
    /// The buffer must have space for [`EXPANSION`] behind the content.
    pub(super) fn seal(
        &mut self,
        buffer: &mut [u8],
        content_type: u8,
        length: usize,
    ) -> Result<usize, Fault> {
        if !self.are_protected() {
            return Self::frame(
                buffer,
                content_type,
                if self.greeted { RECORD_VERSION } else { FIRST_VERSION },
                length,
            )
            .inspect(|_| self.greeted = true);
        }
        if self.write.sequence() >= MAX_RECORDS {
            return Err(Fault::TooManyRecords);
        }
        let total = length.saturating_add(OVERHEAD);
        if total > buffer.len() {
            return Err(Fault::SendBuffer(total));
        }
        Self::frame(buffer, content_type::APPLICATION_DATA, RECORD_VERSION, length + 1 + TAG)?;
        let nonce = self.write.next_nonce();
        let (header, rest) = buffer.split_first_chunk_mut::<HEADER>().ok_or(Fault::Internal)?;
        let (text, rest) = rest.split_at_mut_checked(length + 1).ok_or(Fault::Internal)?;
        if let Some(last) = text.last_mut() {
            *last = content_type;
        }
        let key = self.write.key().ok_or(Fault::Internal)?;
        let tag = P::seal(key, &nonce, header, text).ok_or(Fault::Internal)?;
        copy(&tag, rest);
        Ok(total)
    }

    fn frame(buffer: &mut [u8], content_type: u8, version: [u8; 2], length: usize) -> Result<usize, Fault> {
        let total = length.saturating_add(HEADER);
        if total > buffer.len() {
            return Err(Fault::SendBuffer(total));
        }
        let [high, low] = u16::try_from(length).map_err(|_| Fault::SendBuffer(total))?.to_be_bytes();
        copy(&[content_type, version[0], version[1], high, low], buffer);
        Ok(total)
    }
}
