//! The response, taken apart.

use core::fmt;

use genesys_token_core::wire::ResponseHead;

use crate::error::ResponseError;

/// A response that came whole; of one that is not a success, at least the head.
#[non_exhaustive]
pub struct Response<'b> {
    /// The status code, 200 to 999.
    pub status: u16,
    /// The header fields.
    pub headers: Headers<'b>,
    /// The body without its framing: the beginning of the buffer for it. It may hold a secret; whoever takes it wipes it, as
    /// `parse_token_response` does.
    pub body: &'b mut [u8],
    /// Why the body is not whole: it did not fit, its framing is broken, or it broke off (a stream that fails and a deadline that
    /// passes are [`Truncated`](ResponseError::Truncated) here). Only of a response whose status is not 2xx: its head says enough,
    /// and a token that was refused must not go on being used because of a small buffer.
    pub cut: Option<ResponseError>,
    /// Whether another exchange can follow on the connection, as far as can be known.
    pub keep_alive: bool,
}

impl Response<'_> {
    /// The parts of the head that matter to core.
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

/// The header fields in their order: name, and value without white space around it.
#[derive(Clone)]
pub struct Headers<'b> {
    /// Whole lines that were checked.
    lines: &'b [u8],
}

impl<'b> Headers<'b> {
    /// What follows the status line of a head that was checked.
    pub(crate) fn of(head: &'b [u8]) -> Self {
        let mut headers = Self { lines: head };
        headers.line();
        headers
    }

    /// The value of the first field of this name in any case.
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
        // The empty line at the end has none.
        let colon = line.iter().position(|&byte| byte == b':')?;
        let (name, value) = line.split_at_checked(colon)?;
        let (_, value) = value.split_first()?;
        Some((name, value.trim_ascii()))
    }
}

/// Values may be nobody else's business.
impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Headers").field("count", &self.clone().count()).finish_non_exhaustive()
    }
}
