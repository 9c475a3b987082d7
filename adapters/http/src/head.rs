//! The head: finding its end, and parsing it.

use core::cell::Cell;

use httparse::{EMPTY_HEADER, Header, Status};

use crate::error::{ResponseError, ResponsePart};
use crate::framing::{Fields, Framing};
use crate::wiped::Wiped;

/// The maximum number of header fields. Parsing needs 16 bytes of stack for each on a 32-bit device.
pub const MAX_FIELDS: usize = 64;

/// The maximum number of interim responses (1xx) before the final one.
pub const MAX_INTERIM: u8 = 8;

/// Bytes that the head must leave free in its buffer. The body is read through them.
pub const SPARE: usize = 64;

/// A head that does not fit in its buffer is received further, only to count its bytes, until this many were discarded.
const MAX_COUNTED_HEAD: usize = 16 * 1024;

/// The beginning of every HTTP/1 response.
const BEGINNING: &[u8] = b"HTTP/1.";

/// A reader for the head of the final response, which skips interim responses.
pub(crate) struct HeadReader<'b> {
    buffer: Wiped<'b>,
    /// The number of bytes received.
    filled: usize,
    /// The number of those that were examined.
    examined: usize,
    /// The number of bytes before those, of a head that does not fit and is only counted.
    discarded: usize,
    line: Line,
    interim: u8,
    to_head: bool,
}

/// The position of the next byte in its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Start,
    Inside,
    /// After a CR. `first`: the CR is the first byte of its line.
    Cr {
        first: bool,
    },
}

/// A valid head.
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) framing: Framing,
    /// The content coding of the body, if there is a body and it has one.
    pub(crate) content_coding: Option<&'static str>,
    pub(crate) keep_alive: bool,
    /// In bytes, including the empty line.
    pub(crate) length: usize,
}

impl<'b> HeadReader<'b> {
    pub(crate) const fn new(buffer: Wiped<'b>, to_head: bool) -> Self {
        Self { buffer, filled: 0, examined: 0, discarded: 0, line: Line::Start, interim: 0, to_head }
    }

    /// Returns the error of a stream that ended before the head: `None` if nothing was received.
    pub(crate) fn ended(&self) -> Option<ResponseError> {
        match (self.discarded, self.filled, self.interim) {
            (0, 0, 0) => None,
            (0, ..) => Some(ResponseError::Truncated),
            _ => Some(self.too_large(None)),
        }
    }

    /// Returns the free part of the buffer. Not empty after [`HeadReader::head`] returned `None`.
    pub(crate) fn free(&mut self) -> &mut [u8] {
        self.buffer.bytes_mut().get_mut(self.filled..).unwrap_or_default()
    }

    /// Records that this many bytes were received.
    pub(crate) fn advance(&mut self, count: usize) {
        self.filled = self.filled.saturating_add(count).min(self.buffer.bytes().len());
    }

    /// Returns the head once it is complete.
    pub(crate) fn head(&mut self) -> Result<Option<Head>, ResponseError> {
        loop {
            let Some(end) = self.find_end()? else {
                // Not before the buffer is full, so that the outcome does not depend on how the stream splits the bytes.
                if self.filled < self.buffer.bytes().len() {
                    return Ok(None);
                }
                self.discarded = self.discarded.saturating_add(self.filled);
                if self.discarded >= MAX_COUNTED_HEAD {
                    return Err(self.too_large(None));
                }
                (self.filled, self.examined) = (0, 0);
                return Ok(None);
            };
            if self.discarded > 0 || end > self.capacity() {
                return Err(self.too_large(Some(self.discarded.saturating_add(end) as u64)));
            }
            let head = parse(self.buffer.bytes().get(..end).unwrap_or_default(), self.to_head)?;
            match head.status {
                101 => return Err(ResponseError::SwitchingProtocols),
                100..=199 if self.interim >= MAX_INTERIM => return Err(ResponseError::Interim),
                100..=199 => self.skip(end),
                _ => return Ok(Some(head)),
            }
        }
    }

    /// Returns the greatest size of a head in bytes.
    fn capacity(&self) -> usize {
        self.buffer.bytes().len().saturating_sub(SPARE)
    }

    fn too_large(&self, needed: Option<u64>) -> ResponseError {
        ResponseError::TooLarge { part: ResponsePart::Head, needed, capacity: self.capacity() }
    }

    /// Splits the buffer into the head and the rest, and returns how many bytes of the rest were received.
    pub(crate) fn split(self, head: &Head) -> (Wiped<'b>, Wiped<'b>, usize) {
        let (front, rest) = self.buffer.split_at(head.length);
        (front, rest, self.filled.saturating_sub(head.length))
    }

    /// Finds the end of the head, after the first empty line.
    fn find_end(&mut self) -> Result<Option<usize>, ResponseError> {
        let received = self.buffer.bytes().get(..self.filled).unwrap_or_default();
        if self.discarded == 0 && received.iter().zip(BEGINNING).any(|(byte, expected)| byte != expected) {
            return Err(ResponseError::NotHttp);
        }
        for &byte in received.get(self.examined..).unwrap_or_default() {
            self.examined = self.examined.saturating_add(1);
            self.line = match (self.line, byte) {
                (Line::Cr { first: true }, b'\n') => return Ok(Some(self.examined)),
                (Line::Cr { first: false }, b'\n') => Line::Start,
                (Line::Cr { .. }, _) | (_, b'\n') => return Err(ResponseError::LineEnd),
                (line, b'\r') => Line::Cr { first: line == Line::Start },
                _ => Line::Inside,
            };
        }
        Ok(None)
    }

    /// Moves the bytes after an interim response to the beginning of the buffer.
    fn skip(&mut self, end: usize) {
        let bytes = Cell::from_mut(self.buffer.bytes_mut()).as_slice_of_cells();
        for (to, from) in bytes.iter().zip(bytes.iter().skip(end)) {
            to.set(from.get());
        }
        self.filled = self.filled.saturating_sub(end);
        self.examined = 0;
        self.line = Line::Start;
        self.interim = self.interim.saturating_add(1);
    }
}

/// A separate function, so that its array is on the stack only while it runs.
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
    // An interim response has no body, and does not affect the connection.
    if status >= 200 {
        for field in response.headers.iter() {
            fields.field(field.name, field.value)?;
        }
    }
    let (framing, keep_alive) = fields.framing(status, minor_version, to_head)?;
    let has_body = !matches!(framing, Framing::None | Framing::Length(0));
    let content_coding = fields.content_coding.filter(|_| has_body);
    Ok(Head { status, framing, content_coding, keep_alive, length: head.len() })
}

/// Calls httparse only, in a separate function, so that `cargo xtask no-panic` can attribute a panic to it.
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
