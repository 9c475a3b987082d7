//! The receive buffer. A record is read behind the handshake messages that are not complete yet, and decrypted in place, so that
//! pieces of a message become contiguous.

use core::ops::Range;

use super::fault::Fault;

pub(super) const HEADER: usize = 5;

/// 2^14 (RFC 8446 section 5.1).
pub(super) const MAX_PLAINTEXT: u16 = 16_384;
/// 2^14 bytes and 256 of expansion (section 5.2).
pub(super) const MAX_PROTECTED: u16 = 16_640;

/// A record's header (section 5.1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) content_type: u8,
    pub(super) version: [u8; 2],
    pub(super) length: u16,
    pub(super) bytes: [u8; HEADER],
}

/// A complete handshake message (section 4).
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'b> {
    pub(super) kind: u8,
    pub(super) body: &'b [u8],
    /// The message with type and length, as the transcript hashes it.
    pub(super) whole: &'b [u8],
    /// Whether no further bytes follow in the same record.
    pub(super) is_last: bool,
}

pub(super) struct Inbox<'w> {
    buffer: &'w mut [u8],
    header: [u8; HEADER],
    /// The number of received bytes of the present record, including its header.
    came: usize,
    /// The handshake messages that were not handled yet.
    messages: Range<usize>,
    /// The application data that was not read yet. If there is any, there are no messages.
    data: Range<usize>,
    /// Whether a handshake message was split over records.
    fragmented: bool,
}

impl<'w> Inbox<'w> {
    pub(super) fn new(buffer: &'w mut [u8]) -> Self {
        Self { buffer, header: [0; HEADER], came: 0, messages: 0..0, data: 0..0, fragmented: false }
    }

    /// Returns the length of the longest record that fits, without its header.
    pub(super) fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// Returns the header, once it is complete.
    pub(super) fn header(&self) -> Option<Header> {
        let [content_type, major, minor, high, low] = self.header;
        (self.came >= HEADER).then_some(Header {
            content_type,
            version: [major, minor],
            length: u16::from_be_bytes([high, low]),
            bytes: self.header,
        })
    }

    /// Returns the place for the rest of the record; empty once the record is complete.
    pub(super) fn missing(&mut self) -> Result<&mut [u8], Fault> {
        let Some(header) = self.header() else {
            return self.header.get_mut(self.came..).ok_or(Fault::Internal);
        };
        self.move_to_front();
        let body = usize::from(header.length);
        let start = self.messages.end.saturating_add(self.came.saturating_sub(HEADER));
        let end = self.messages.end.saturating_add(body);
        let needed = u16::try_from(end).unwrap_or(u16::MAX);
        self.buffer.get_mut(start..end).ok_or(Fault::ExceedsBuffer(needed))
    }

    /// Marks this many bytes as received.
    pub(super) fn filled(&mut self, count: usize) {
        self.came = self.came.saturating_add(count);
    }

    /// Returns the content of the complete record.
    pub(super) fn record(&mut self) -> &mut [u8] {
        let length = usize::from(self.header().map_or(0, |header| header.length));
        let start = self.messages.end;
        self.buffer.get_mut(start..start.saturating_add(length)).unwrap_or_default()
    }

    /// Keeps the first bytes of the record as a piece of handshake messages.
    pub(super) fn keep_messages(&mut self, length: usize) {
        self.came = 0;
        // A record is read only when the first message is not complete yet.
        self.fragmented |= self.has_messages();
        self.messages.end = self.messages.end.saturating_add(length);
    }

    /// Keeps the first bytes of the record as application data.
    pub(super) fn keep_data(&mut self, length: usize) {
        self.came = 0;
        self.data = self.messages.end..self.messages.end.saturating_add(length);
    }

    /// Discards the record.
    pub(super) fn drop_record(&mut self) {
        self.came = 0;
    }

    pub(super) fn is_fragmented(&self) -> bool {
        self.fragmented
    }

    pub(super) fn has_messages(&self) -> bool {
        !self.messages.is_empty()
    }

    /// Returns the first handshake message, if it is complete.
    pub(super) fn message(&self) -> Result<Option<Message<'_>>, Fault> {
        let messages = self.buffer.get(self.messages.clone()).unwrap_or_default();
        let Some((header, rest)) = messages.split_first_chunk::<4>() else { return Ok(None) };
        let [kind, high, middle, low] = *header;
        let length = usize::try_from(u32::from_be_bytes([0, high, middle, low])).unwrap_or(usize::MAX);
        let needed = length.saturating_add(4);
        if needed > self.buffer.len() {
            return Err(Fault::MessageTooLarge(needed));
        }
        let (Some(body), Some(whole)) = (rest.get(..length), messages.get(..needed)) else { return Ok(None) };
        Ok(Some(Message { kind, body, whole, is_last: needed == messages.len() }))
    }

    /// Removes the first message, which was handled.
    pub(super) fn drop_message(&mut self) {
        let length = self.message().ok().flatten().map_or(0, |message| message.whole.len());
        self.messages.start = self.messages.start.saturating_add(length);
        if self.messages.is_empty() {
            self.messages = 0..0;
        }
    }

    fn move_to_front(&mut self) {
        if self.messages.start == 0 || self.came > HEADER {
            return;
        }
        let length = self.messages.len();
        if self.messages.end <= self.buffer.len() {
            self.buffer.copy_within(self.messages.clone(), 0);
        }
        self.messages = 0..length;
    }

    /// Returns the received application data.
    pub(super) fn data(&self) -> &[u8] {
        self.buffer.get(self.data.clone()).unwrap_or_default()
    }

    /// Removes this many bytes of it, which were read.
    pub(super) fn drop_data(&mut self, count: usize) {
        self.data.start = self.data.start.saturating_add(count).min(self.data.end);
    }
}

#[cfg(feature = "nal")]
impl<'w> Inbox<'w> {
    pub(super) fn into_buffer(self) -> &'w mut [u8] {
        self.buffer
    }
}
