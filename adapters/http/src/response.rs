//! The response.

use core::fmt;

use genesys_token_core::wire::ResponseHead;

use crate::error::ResponseError;

/// A complete response; if its status is not 2xx, at least its head.
#[non_exhaustive]
pub struct Response<'b> {
    /// The status code, 200 to 999.
    pub status: u16,
    /// The header fields.
    pub headers: Headers<'b>,
    /// The body without its framing, at the beginning of its buffer. It may hold a secret, which the caller wipes, as
    /// `parse_token_response` does.
    pub body: &'b mut [u8],
    /// Why the body is incomplete: it exceeds the buffer, its framing is malformed, or it ended early (a failed stream and a passed
    /// deadline are [`Truncated`](ResponseError::Truncated) here). Only if the status is not 2xx: the head is sufficient then, and
    /// a refused token must not be used further because of a small buffer.
    pub cut: Option<ResponseError>,
    /// Whether another exchange may follow on the connection.
    pub keep_alive: bool,
}

impl Response<'_> {
    /// Returns the parts of the head that core uses.
    #[must_use]
    pub fn head(&self) -> ResponseHead {
        let mut head = ResponseHead::new(self.status);
        for (name, value) in self.headers.clone() {
            head.header(name, value);
        }
        head
    }
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .field("keep_alive", &self.keep_alive)
            .finish_non_exhaustive()
    }
}

/// An iterator over the header fields in their order: name, and value without surrounding white space.
#[derive(Clone)]
pub struct Headers<'b> {
    /// Complete, valid lines.
    lines: &'b [u8],
}

impl<'b> Headers<'b> {
    /// Returns the fields after the status line of a valid head.
    pub(crate) fn of(head: &'b [u8]) -> Self {
        let mut headers = Self { lines: head };
        headers.line();
        headers
    }

    /// Returns the value of the first field of this name, case-insensitive.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'b [u8]> {
        self.clone()
            .find(|(field, _): &(&[u8], &[u8])| field.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }

    fn line(&mut self) -> Option<&'b [u8]> {
        let end = self.lines.iter().position(|&byte| byte == b'\n')?;
        let (line, rest) = self.lines.split_at_checked(end.saturating_add(1))?;
        self.lines = rest;
        Some(line)
    }
}

impl<'b> Iterator for Headers<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.line()?;
        // The empty line at the end has no colon.
        let colon = line.iter().position(|&byte| byte == b':')?;
        let (name, value) = line.split_at_checked(colon)?;
        let (_, value) = value.split_first()?;
        Some((name, value.trim_ascii()))
    }
}

/// Without names and values, which may be confidential.
impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers").field("count", &self.clone().count()).finish_non_exhaustive()
    }
}
