//! Decoding a framed body into the caller's buffer.

use crate::body::Body;
use crate::chunked::{Chunked, split_at_most};
use crate::error::ResponseError;
use crate::framing::Framing;

/// Removes the framing, independent of how the stream splits it.
pub(crate) enum Decoder {
    /// The number of bytes that are still expected.
    Length(u64),
    Chunked(Chunked),
    UntilEnd,
}

impl Decoder {
    /// Returns a decoder for this framing. Fails if the body is known to exceed its buffer.
    pub(crate) fn new(framing: Framing, body: &Body<'_>) -> Result<Self, ResponseError> {
        Ok(match framing {
            Framing::None => Self::Length(0),
            Framing::Length(length) => {
                body.check_capacity(length)?;
                Self::Length(length)
            }
            Framing::Chunked => Self::Chunked(Chunked::new()),
            Framing::UntilEnd => Self::UntilEnd,
        })
    }

    /// Returns whether the body is complete.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(chunked) => chunked.is_done(),
            Self::UntilEnd => false,
        }
    }

    /// Decodes bytes until the input or the body ends. Returns how many it consumed.
    pub(crate) fn feed(&mut self, input: &[u8], body: &mut Body<'_>) -> Result<usize, ResponseError> {
        match self {
            Self::Length(left) => {
                let (data, _) = split_at_most(input, *left);
                body.put(data)?;
                *left = left.saturating_sub(data.len() as u64);
                Ok(data.len())
            }
            Self::Chunked(chunked) => chunked.feed(input, body),
            Self::UntilEnd => {
                // The total size is not known.
                body.put(input).map_err(|error| match error {
                    ResponseError::TooLarge { part, capacity, .. } => {
                        ResponseError::TooLarge { part, needed: None, capacity }
                    }
                    other => other,
                })?;
                Ok(input.len())
            }
        }
    }

    /// Handles the end of the stream.
    pub(crate) const fn end(&self) -> Result<(), ResponseError> {
        if matches!(self, Self::UntilEnd) { Ok(()) } else { Err(ResponseError::Truncated) }
    }
}
