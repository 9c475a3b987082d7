//! The head: where it ends, and what it says of what follows.

use core::cell::Cell;

use httparse::{EMPTY_HEADER, Header, Status};

use crate::error::{ResponseError, ResponsePart};
use crate::framing::{Fields, Framing};
use crate::wiped::Wiped;

/// Header fields there may be; their places are on the stack for the time of checking, 16 bytes each on a 32-bit device.
pub const MAX_FIELDS: usize = 64;

/// Interim responses (1xx) that are skipped before the one that counts.
pub const MAX_INTERIM: u8 = 8;

/// Bytes of the buffer for the head that the head must leave free: through them the body is read.
pub const SPARE: usize = 64;

/// What every response begins with that is one of HTTP/1.
const BEGINNING: &[u8] = b"HTTP/1.";

/// Takes bytes until a head is complete that is not of an interim response.
pub(crate) struct HeadReader<'b> {
    buffer: Wiped<'b>,
    /// Bytes that came.
    filled: usize,
    /// Bytes of them that were looked at.
    looked: usize,
    line: Line,
    interim: u8,
    to_head: bool,
}

/// Where in a line the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Start,
    Inside,
    /// Behind a CR, the first byte of its line or not.
    Cr {
        first: bool,
    },
}

/// A head that was checked.
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) framing: Framing,
    pub(crate) keep_alive: bool,
    /// In bytes, with the empty line at its end.
    pub(crate) length: usize,
}

impl<'b> HeadReader<'b> {
    pub(crate) const fn new(buffer: Wiped<'b>, to_head: bool) -> Self {
        Self { buffer, filled: 0, looked: 0, line: Line::Start, interim: 0, to_head }
    }

    /// Whether nothing came yet.
    pub(crate) const fn is_untouched(&self) -> bool {
        self.filled == 0 && self.interim == 0
    }

    /// Where the next bytes go. Not empty when [`HeadReader::head`] has just given `None`.
    pub(crate) fn free(&mut self) -> &mut [u8] {
        self.buffer.bytes_mut().get_mut(self.filled..).unwrap_or_default()
    }

    /// So many bytes came.
    pub(crate) fn advance(&mut self, count: usize) {
        self.filled = self.filled.saturating_add(count).min(self.buffer.bytes().len());
    }

    /// The head, once it is complete.
    pub(crate) fn head(&mut self) -> Result<Option<Head>, ResponseError> {
        let room = self.buffer.bytes().len();
        let capacity = room.saturating_sub(SPARE);
        let too_large = |needed| Err(ResponseError::TooLarge { part: ResponsePart::Head, needed, capacity });
        loop {
            let end = match self.find_end()? {
                Some(end) if end > capacity => return too_large(Some(end as u64)),
                Some(end) => end,
                // Not before the room is full, so that the outcome does not depend on how the stream splits the bytes.
                None if self.filled >= room => return too_large(None),
                None => return Ok(None),
            };
            let head = parse(self.buffer.bytes().get(..end).unwrap_or_default(), self.to_head)?;
            match head.status {
                101 => return Err(ResponseError::SwitchingProtocols),
                100..=199 if self.interim >= MAX_INTERIM => return Err(ResponseError::Interim),
                100..=199 => self.skip(end),
                _ => return Ok(Some(head)),
            }
        }
    }

    /// The buffer in two parts, the head and the rest, and how many bytes of the rest came already.
    pub(crate) fn split(self, head: &Head) -> (Wiped<'b>, Wiped<'b>, usize) {
        let (front, rest) = self.buffer.split_at(head.length);
        (front, rest, self.filled.saturating_sub(head.length))
    }

    /// Where the head ends: behind the first empty line.
    fn find_end(&mut self) -> Result<Option<usize>, ResponseError> {
        let came = self.buffer.bytes().get(..self.filled).unwrap_or_default();
        if came.iter().zip(BEGINNING).any(|(byte, expected)| byte != expected) {
            return Err(ResponseError::NotHttp);
        }
        for &byte in came.get(self.looked..).unwrap_or_default() {
            self.looked = self.looked.saturating_add(1);
            self.line = match (self.line, byte) {
                (Line::Cr { first: true }, b'\n') => return Ok(Some(self.looked)),
                (Line::Cr { first: false }, b'\n') => Line::Start,
                (Line::Cr { .. }, _) | (_, b'\n') => return Err(ResponseError::LineEnd),
                (line, b'\r') => Line::Cr { first: line == Line::Start },
                _ => Line::Inside,
            };
        }
        Ok(None)
    }

    /// Puts what follows the interim response to the beginning of the buffer.
    fn skip(&mut self, end: usize) {
        let bytes = Cell::from_mut(self.buffer.bytes_mut()).as_slice_of_cells();
        for (to, from) in bytes.iter().zip(bytes.iter().skip(end)) {
            to.set(from.get());
        }
        self.filled = self.filled.saturating_sub(end);
        self.looked = 0;
        self.line = Line::Start;
        self.interim = self.interim.saturating_add(1);
    }
}

/// A function of its own, so that its places are on the stack only while it runs.
#[inline(never)]
fn parse(head: &[u8], to_head: bool) -> Result<Head, ResponseError> {
    let mut places = [EMPTY_HEADER; MAX_FIELDS];
    let response = scan(head, &mut places).map_err(|error| match error {
        httparse::Error::TooManyHeaders => {
            ResponseError::TooLarge { part: ResponsePart::Fields, needed: None, capacity: MAX_FIELDS }
        }
        httparse::Error::HeaderName | httparse::Error::HeaderValue => ResponseError::Field,
        _ => ResponseError::StatusLine,
    })?;
    let (Some(status @ 100..), Some(minor_version)) = (response.code, response.version) else {
        return Err(ResponseError::StatusLine);
    };
    let mut fields = Fields::default();
    // An interim response has no body, and says nothing of the connection.
    if status >= 200 {
        for field in response.headers.iter() {
            fields.field(field.name, field.value)?;
        }
    }
    let (framing, keep_alive) = fields.settle(status, minor_version, to_head)?;
    Ok(Head { status, framing, keep_alive, length: head.len() })
}

/// httparse and nothing of ours, in a function of its own: so `cargo xtask no-panic` can tell whose a panic is.
#[inline(never)]
fn scan<'p, 'h>(
    head: &'h [u8],
    places: &'p mut [Header<'h>],
) -> Result<httparse::Response<'p, 'h>, httparse::Error> {
    let mut response = httparse::Response::new(places);
    match response.parse(head)? {
        Status::Complete(length) if length == head.len() => Ok(response),
        _ => Err(httparse::Error::Status),
    }
}
