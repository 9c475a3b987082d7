//! The send buffer: one record is made in it, in place, and then sent.

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
    /// What is to be sent of the record.
    ready: Range<usize>,
    /// Where the record begins: behind a `ChangeCipherSpec`, or in front.
    start: usize,
    /// Whether there was a `ChangeCipherSpec`, or none is wanted.
    cipher_changed: bool,
    /// Application data that is not in a record yet.
    data: usize,
    /// The longest inner plaintext that the server takes.
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

    /// The server takes no longer inner plaintext (RFC 8449).
    pub(super) fn limit(&mut self, limit: u16) {
        self.limit = usize::from(limit);
    }

    /// Whether there will be a `ChangeCipherSpec`.
    pub(super) fn changes_cipher_spec(&self) -> bool {
        !self.cipher_changed
    }

    /// Puts a `ChangeCipherSpec` in front of the next record, once, for the sake of middleboxes (RFC 8446 appendix D.4).
    pub(super) fn change_cipher_spec(&mut self) {
        if core::mem::replace(&mut self.cipher_changed, true) {
            return;
        }
        copy(&CHANGE_CIPHER_SPEC, self.buffer);
        self.start = CHANGE_CIPHER_SPEC.len();
    }

    /// Where the content of a record is written.
    pub(super) fn content(&mut self) -> &mut [u8] {
        self.buffer.get_mut(self.start.saturating_add(HEADER)..).unwrap_or_default()
    }

    /// Makes a record of the first bytes of the content.
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

    /// Takes in as much application data as one record holds; gives how much that was.
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

    /// Makes a record of the application data, if there is any.
    pub(super) fn seal_data<P: Primitives>(&mut self, records: &mut Records<P>) -> Result<(), Fault> {
        match self.data {
            0 => Ok(()),
            length => self.seal(records, content_type::APPLICATION_DATA, length),
        }
    }

    /// What is to be sent.
    pub(super) fn ready(&self) -> &[u8] {
        self.buffer.get(self.ready.clone()).unwrap_or_default()
    }

    /// So much of it was.
    pub(super) fn sent(&mut self, count: usize) {
        self.ready.start = self.ready.start.saturating_add(count).min(self.ready.end);
    }
}
