//! The send buffer: one record is written and protected in it, in place, and then sent.

use core::ops::Range;

use super::fault::Fault;
use super::inbox::{HEADER, MAX_PLAINTEXT};
use super::primitives::Primitives;
use super::records::{OVERHEAD, Records};
use crate::codes::{RECORD_VERSION, content_type};
use crate::copy::copy;

/// The record of a `ChangeCipherSpec`.
const CHANGE_CIPHER_SPEC: [u8; 6] =
    [content_type::CHANGE_CIPHER_SPEC, RECORD_VERSION[0], RECORD_VERSION[1], 0, 1, 1];

pub(super) struct Outbox<'w> {
    buffer: &'w mut [u8],
    /// The bytes of the record that are still to be sent.
    ready: Range<usize>,
    /// The position of the record: behind a `ChangeCipherSpec`, or at the beginning.
    start: usize,
    /// Whether the `ChangeCipherSpec` was sent, or is not to be sent.
    cipher_changed: bool,
    /// The length of the application data that is not in a record yet.
    data: usize,
    /// The longest inner plaintext that the server accepts.
    limit: usize,
}

impl<'w> Outbox<'w> {
    pub(super) fn new(buffer: &'w mut [u8], change_cipher_spec: bool) -> Self {
        Self {
            buffer,
            ready: 0..0,
            start: 0,
            cipher_changed: !change_cipher_spec,
            data: 0,
            limit: usize::from(MAX_PLAINTEXT) + 1,
        }
    }

    /// Sets the longest inner plaintext that the server accepts (RFC 8449).
    pub(super) fn limit(&mut self, limit: u16) {
        self.limit = usize::from(limit);
    }

    /// Returns whether a `ChangeCipherSpec` will be sent.
    pub(super) fn changes_cipher_spec(&self) -> bool {
        !self.cipher_changed
    }

    /// Inserts a `ChangeCipherSpec` before the next record, once, for compatibility with middleboxes (RFC 8446 appendix D.4).
    pub(super) fn change_cipher_spec(&mut self) {
        if core::mem::replace(&mut self.cipher_changed, true) {
            return;
        }
        copy(&CHANGE_CIPHER_SPEC, self.buffer);
        self.start = CHANGE_CIPHER_SPEC.len();
    }

    /// Returns the place for the content of a record.
    pub(super) fn content(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.start.saturating_add(HEADER)..).unwrap_or_default()
    }

    /// Protects the first bytes of the content as a record.
    pub(super) fn seal<P: Primitives>(
        &mut self,
        records: &mut Records<P>,
        content_type: u8,
        length: usize,
    ) -> Result<(), Fault> {
        let start = core::mem::take(&mut self.start);
        let place = self.buffer.get_mut(start..).unwrap_or_default();
        self.ready = 0..start.saturating_add(records.seal(place, content_type, length)?);
        self.data = 0;
        Ok(())
    }

    /// Buffers as much application data as fits into one record; returns how much that was.
    pub(super) fn take(&mut self, data: &[u8]) -> usize {
        let most = self.buffer.len().saturating_sub(OVERHEAD).min(self.limit.saturating_sub(1));
        let start = HEADER.saturating_add(self.data);
        let count = data.len().min(most.saturating_sub(self.data));
        copy(data, self.buffer.get_mut(start..start.saturating_add(count)).unwrap_or_default());
        self.data = self.data.saturating_add(count);
        count
    }

    pub(super) fn has_data(&self) -> bool {
        self.data > 0
    }

    /// Protects the buffered application data, if any, as a record.
    pub(super) fn seal_data<P: Primitives>(&mut self, records: &mut Records<P>) -> Result<(), Fault> {
        match self.data {
            0 => Ok(()),
            length => self.seal(records, content_type::APPLICATION_DATA, length),
        }
    }

    /// Returns the bytes to send.
    pub(super) fn ready(&self) -> &[u8] {
        self.buffer.get(self.ready.clone()).unwrap_or_default()
    }

    /// Removes this many bytes, which were sent.
    pub(super) fn sent(&mut self, count: usize) {
        self.ready.start = self.ready.start.saturating_add(count).min(self.ready.end);
    }
}

#[cfg(feature = "nal")]
impl<'w> Outbox<'w> {
    pub(super) fn into_buffer(self) -> &'w mut [u8] {
        self.buffer
    }
}
