//! One HTTP response as data, and its head as bytes (RFC 9112 section 4).

use core::fmt;
use core::time::Duration;
use std::time::SystemTime;

/// The content of an HTTP response; [`Delivery`](crate::Delivery) is how it is sent.
///
/// `Date`, `Retry-After`, the framing headers and `Connection: close` are added when it is sent, unless `headers` contains a header
/// of that name.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase; empty is allowed and still followed by its space.
    pub reason: String,
    /// Additional headers, in the order sent.
    pub headers: Vec<(String, String)>,
    /// The `Retry-After` header, computed when the response is sent.
    pub retry_after: Option<RetryAfter>,
    /// The content, before any framing.
    pub body: Vec<u8>,
}

/// The two forms of `Retry-After` (RFC 9110 section 10.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RetryAfter {
    /// `Retry-After: 42`.
    Seconds(u64),
    /// An HTTP-date this long after the response's `Date`, in whole seconds.
    DateIn(Duration),
}

impl Response {
    /// Creates an empty response with the registered reason phrase of `status`.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            reason: reason(status).into(),
            headers: Vec::new(),
            retry_after: None,
            body: Vec::new(),
        }
    }

    /// Sets the body with the media type `application/json`.
    #[must_use]
    pub fn json(self, body: impl Into<String>) -> Self {
        self.body("application/json", body.into())
    }

    /// Sets the body with the media type `content_type`.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.without_header("Content-Type").header("Content-Type", content_type)
    }

    /// Adds a header; several headers of the same name are allowed.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Removes the headers with this name, case-insensitively.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self
    }

    /// Sets or removes `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, retry_after: impl Into<Option<RetryAfter>>) -> Self {
        self.retry_after = retry_after.into();
        self
    }

    /// Serializes the head, including the empty line, with the framing headers `framing`.
    pub(crate) fn head(&self, framing: &[(&str, String)], now: SystemTime) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason);
        let mut line = |name: &str, value: &str| {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        };
        for (name, value) in self.fields(now) {
            line(&name, &value);
        }
        for (name, value) in framing.iter().filter(|(name, _)| !self.has(name)) {
            line(name, value);
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// Returns the headers as sent at `now`, with `Date` and `Retry-After`, without framing headers.
    #[must_use]
    pub fn fields(&self, now: SystemTime) -> Vec<(String, String)> {
        let mut fields = Vec::with_capacity(self.headers.len() + 2);
        if !self.has("Date") {
            fields.push(("Date".into(), httpdate::fmt_http_date(now)));
        }
        fields.extend(self.headers.iter().cloned());
        match self.retry_after {
            Some(RetryAfter::Seconds(seconds)) => fields.push(("Retry-After".into(), seconds.to_string())),
            Some(RetryAfter::DateIn(wait)) => {
                fields.push(("Retry-After".into(), httpdate::fmt_http_date(now + wait)));
            }
            None => {}
        }
        fields
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(present, _)| present.eq_ignore_ascii_case(name))
    }
}

/// Omits header values and body: they may contain an access token.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &names)
            .field("retry_after", &self.retry_after)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// Returns the bytes of an interim response (RFC 9110 section 15.2).
pub(crate) fn interim(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} {}\r\n\r\n", reason(status)).into_bytes()
}
