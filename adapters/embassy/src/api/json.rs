//! JSON bodies as values, by serde-json-core.
//!
//! That crate alone leaves escapes in text without an error, or cannot read surrogate pairs and needs memory for each string with an
//! escape, also for members that are not used; and it checks nothing of what it skips. So core checks the whole body first, and
//! replaces its escapes in place. Those of quotation marks and backslashes stay; they are decoded into the buffer behind the body.

use core::fmt;

use genesys_token_core::text::CapacityError;
use genesys_token_core::wire::{ProtocolError, plain_json};
use serde::Deserialize;

use super::{ApiRefusal, ApiResponse};

/// A body that could not be read as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// The body is not one JSON text by RFC 8259, or nested more than 32 deep.
    Malformed(ProtocolError),
    /// The buffer behind the body is too small for the longest string with an escaped quotation mark or backslash.
    Capacity(CapacityError),
    /// The body is not what the type expects.
    Type,
}

impl From<ProtocolError> for JsonError {
    fn from(error: ProtocolError) -> Self {
        Self::Malformed(error)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "the response is not JSON: {error}"),
            Self::Capacity(error) => error.fmt(f),
            Self::Type => f.write_str(
                "the response is not what the type expects: a member is missing or has another type, is longer than its \
                 capacity, or is a `&str` although its text has a quotation mark or backslash (use heapless::String)",
            ),
        }
    }
}

impl core::error::Error for JsonError {}

/// Reads the JSON text of `length` bytes at the beginning of `buffer` as a value. `buffer` is changed.
///
/// Text arrives with its escapes decoded, as `heapless::String` or as `&str`, which borrows from `buffer`. As a `&str`, text with a
/// quotation mark or a backslash is [`JsonError::Type`]. Members that the type does not name are skipped, and members that are
/// absent need `#[serde(default)]` or an `Option`. The keys of maps must be text: serde-json-core 0.7 supports no others.
///
/// # Errors
/// [`JsonError`]. [`Capacity`](JsonError::Capacity) does not occur if the buffer has as many bytes behind the body as the longest
/// string in it.
pub fn from_json<'b, T: Deserialize<'b>>(buffer: &'b mut [u8], length: usize) -> Result<T, JsonError> {
    let capacity = buffer.len();
    let json = plain_json(buffer, length)?;
    let missing = json.longest_escaped.saturating_sub(json.free.len());
    if missing > 0 {
        let needed = capacity.saturating_add(missing);
        return Err(JsonError::Capacity(CapacityError { what: "the response buffer", needed, capacity }));
    }
    match serde_json_core::from_slice_escaped(json.text, json.free) {
        Ok((value, _)) => Ok(value),
        Err(_) => Err(JsonError::Type),
    }
}

impl<'b> ApiResponse<'b> {
    /// Reads the body as a value: see [`from_json`]. It uses the rest of the buffer that was passed with the request.
    ///
    /// # Errors
    /// As [`from_json`].
    pub fn json<T: Deserialize<'b>>(self) -> Result<T, JsonError> {
        let length = self.body().len();
        from_json(self.into_buffer(), length)
    }
}

impl ApiRefusal {
    /// Reads the body of the refusal as a value, an [`ErrorBody`](crate::ErrorBody) for example: see [`from_json`]. `buffer` is the
    /// one that was passed with the request.
    ///
    /// # Errors
    /// As [`from_json`]; also if the body was not received completely.
    pub fn json<'b, T: Deserialize<'b>>(&self, buffer: &'b mut [u8]) -> Result<T, JsonError> {
        from_json(buffer, self.body_len())
    }
}
