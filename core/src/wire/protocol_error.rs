//! The error for a response that violates the protocol.

use core::fmt;

use super::field::Field;

/// The deepest accepted nesting: the JSON scanner has a word with a bit for each level.
pub(super) const MAX_DEPTH: u32 = u32::BITS;

/// The error for a response that is not legal. It contains no byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolError {
    /// The violated rule.
    pub kind: ProtocolErrorKind,
    /// The HTTP status code; 0 if there was none.
    pub status: u16,
    /// The offset in the body, in bytes.
    pub offset: usize,
}

/// The rule that a response violates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolErrorKind {
    /// The body is empty, or white space only.
    Empty,
    /// The body is truncated.
    Incomplete,
    /// Not JSON by RFC 8259 (HTML, for example); of a redirect: not form encoding.
    Syntax,
    /// Nested more than 32 deep.
    Depth,
    /// The body is JSON but not an object.
    NotAnObject,
    /// A required member is missing or null.
    Missing(Field),
    /// A used member occurs twice.
    Duplicate(Field),
    /// A member has the wrong type or a value that is out of its range.
    Invalid(Field),
    /// `token_type` is not bearer.
    TokenType,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ProtocolErrorKind::Empty => f.write_str("the response is empty"),
            ProtocolErrorKind::Incomplete => {
                write!(f, "the response ends in the middle, at offset {}", self.offset)
            }
            ProtocolErrorKind::Syntax => write!(f, "the response is malformed at offset {}", self.offset),
            ProtocolErrorKind::Depth => {
                write!(f, "the response is nested more than {MAX_DEPTH} deep")
            }
            ProtocolErrorKind::NotAnObject => f.write_str("the response is no JSON object"),
            ProtocolErrorKind::Missing(field) => write!(f, "the response has no {field}"),
            ProtocolErrorKind::Duplicate(field) => write!(f, "the response has {field} twice"),
            ProtocolErrorKind::Invalid(field) => write!(f, "the response has an illegal value of {field}"),
            ProtocolErrorKind::TokenType => f.write_str("the token type is not bearer"),
        }?;
        if self.status != 0 {
            write!(f, " (status {})", self.status)?;
        }
        f.write_str(match self.kind {
            ProtocolErrorKind::Empty | ProtocolErrorKind::Incomplete => {
                ": the connection was cut short, or something other than the service answered; try again"
            }
            _ => ": something other than the service answered (a proxy, a login page?); check host, path and proxy",
        })
    }
}

impl core::error::Error for ProtocolError {}
