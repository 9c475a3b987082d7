//! The chunked transfer coding, RFC 9112 section 7.1.

use crate::body::Body;
use crate::error::{ResponseError, ResponsePart};
use crate::request::is_token;

/// The maximum length of a chunk's size line in bytes, including extensions and CR LF.
pub const MAX_CHUNK_LINE: usize = 256;

/// The maximum length of all trailer fields and the empty line after them in bytes.
pub const MAX_TRAILERS: usize = 2048;

/// A decoder for chunks, independent of how the stream splits them.
pub(crate) struct Chunked {
    state: State,
    /// The length of this line, or of the trailers, so far.
    length: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first digit of a size.
    Start,
    /// After a digit.
    Size(u64),
    /// In white space, which `;` must follow.
    Space(u64),
    Extension(u64),
    /// Before the LF of a size line.
    SizeEnd(u64),
    /// This many bytes of data follow.
    Data(u64),
    DataCr,
    DataLf,
    /// Before the first byte of a trailer field or of the empty line.
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerEnd,
    /// Before the LF of the empty line.
    LastLf,
    Done,
}

impl Chunked {
    pub(crate) const fn new() -> Self {
        Self { state: State::Start, length: 0 }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Decodes bytes until the input or the chunked body ends. Returns how many it consumed.
    pub(crate) fn feed(&mut self, input: &[u8], body: &mut Body<'_>) -> Result<usize, ResponseError> {
        let mut rest = input;
        while !rest.is_empty() && !self.is_done() {
            if let State::Data(left) = self.state {
                let (data, after) = split_at_most(rest, left);
                body.put(data)?;
                rest = after;
                self.state = match left.saturating_sub(data.len() as u64) {
                    0 => State::DataCr,
                    left => State::Data(left),
                };
            } else if let Some((&byte, after)) = rest.split_first() {
                rest = after;
                self.byte(byte, body)?;
            }
        }
        Ok(input.len().saturating_sub(rest.len()))
    }

    /// Processes one byte of framing.
    fn byte(&mut self, byte: u8, body: &Body<'_>) -> Result<(), ResponseError> {
        self.count()?;
        self.state = match (self.state, byte) {
            (State::Start, _) => State::Size(digit(byte).ok_or(ResponseError::ChunkSize)?),
            (State::Size(size) | State::Extension(size), b'\r') => State::SizeEnd(size),
            (State::Size(size) | State::Space(size), b';')
            | (State::Extension(size), b'\t' | b' '..=b'~' | 0x80..) => State::Extension(size),
            (State::Size(size) | State::Space(size), b' ' | b'\t') => State::Space(size),
            (State::Size(size), _) => State::Size(append(size, byte).ok_or(ResponseError::ChunkSize)?),
            (State::SizeEnd(0), b'\n') => {
                self.length = 0;
                State::Trailer
            }
            (State::SizeEnd(size), b'\n') => {
                self.length = 0;
                body.check_capacity(size)?;
                State::Data(size)
            }
            (State::Space(_) | State::Extension(_) | State::SizeEnd(_), _) => {
                return Err(ResponseError::ChunkSize);
            }
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => {
                self.length = 0;
                State::Start
            }
            (State::DataCr | State::DataLf | State::Data(_), _) => return Err(ResponseError::Chunk),
            (State::Trailer, b'\r') => State::LastLf,
            (State::Trailer | State::TrailerName, _) if is_token(byte) => State::TrailerName,
            (State::TrailerName, b':') | (State::TrailerValue, b'\t' | b' '..=b'~' | 0x80..) => {
                State::TrailerValue
            }
            (State::TrailerValue, b'\r') => State::TrailerEnd,
            (State::TrailerEnd, b'\n') => State::Trailer,
            (State::LastLf, b'\n') | (State::Done, _) => State::Done,
            _ => return Err(ResponseError::Trailer),
        };
        Ok(())
    }

    /// Counts one byte of framing against its limit.
    fn count(&mut self) -> Result<(), ResponseError> {
        let (part, capacity) = match self.state {
            State::Trailer | State::TrailerName | State::TrailerValue | State::TrailerEnd | State::LastLf => {
                (ResponsePart::Trailers, MAX_TRAILERS)
            }
            _ => (ResponsePart::ChunkLine, MAX_CHUNK_LINE),
        };
        self.length = self.length.saturating_add(1);
        if self.length > capacity {
            return Err(ResponseError::TooLarge { part, needed: None, capacity });
        }
        Ok(())
    }
}

/// Splits off at most `most` bytes.
pub(crate) fn split_at_most(bytes: &[u8], most: u64) -> (&[u8], &[u8]) {
    let count = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
    bytes.split_at_checked(count).unwrap_or_default()
}

fn digit(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}

fn append(size: u64, byte: u8) -> Option<u64> {
    size.checked_mul(16)?.checked_add(digit(byte)?)
}
