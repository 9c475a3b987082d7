//! The request: what is sent, checked before the first byte of it leaves.

use core::fmt;

use crate::decimal::Decimal;
use crate::error::RequestError;

/// A request method, RFC 9110 section 9 and RFC 5789.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// As it is sent.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether the request says how long its body is even if there is none, RFC 9110 section 8.6.
    const fn has_content(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

/// A request. Everything is borrowed, and written to the stream as it is: nothing of it is copied here.
///
/// `Host`, `Authorization`, `Content-Type`, `Content-Length` and `Connection` are made of the values here; all other headers come
/// from [`Request::with_headers`]. Whoever lent a body or an `Authorization` value that is a secret wipes it afterwards.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    method: Method,
    host: &'a str,
    target: &'a str,
    /// What stands before the credentials, and these.
    authorization: Option<(&'static str, &'a [u8])>,
    headers: &'a [(&'a str, &'a str)],
    content_type: Option<&'a str>,
    body: &'a [u8],
    close: bool,
}

impl<'a> Request<'a> {
    /// A request without a body.
    ///
    /// `host` is the value of the `Host` header: a name, and `:port` behind it unless that is the scheme's own. `target` is path
    /// and query as they are sent, beginning with `/`. Both are checked by the exchange.
    #[must_use]
    pub const fn new(method: Method, host: &'a str, target: &'a str) -> Self {
        Self {
            method,
            host,
            target,
            authorization: None,
            headers: &[],
            content_type: None,
            body: &[],
            close: false,
        }
    }

    /// The same with this value of `Authorization`: that of `TokenRequest::write_authorization`.
    #[must_use]
    pub const fn with_authorization(self, value: &'a [u8]) -> Self {
        Self { authorization: Some(("", value)), ..self }
    }

    /// The same with `Authorization: Bearer` and this access token, RFC 6750 section 2.1.
    #[must_use]
    pub const fn with_bearer(self, access_token: &'a str) -> Self {
        Self { authorization: Some(("Bearer ", access_token.as_bytes())), ..self }
    }

    /// The same with these headers, as pairs of name and value. None of them may be a secret.
    #[must_use]
    pub const fn with_headers(self, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { headers, ..self }
    }

    /// The same with a body.
    #[must_use]
    pub const fn with_body(self, content_type: &'a str, body: &'a [u8]) -> Self {
        Self { content_type: Some(content_type), body, ..self }
    }

    /// The same with `Connection: close`: no other request will follow on this connection.
    #[must_use]
    pub const fn with_close(self) -> Self {
        Self { close: true, ..self }
    }

    pub(crate) fn is_head(&self) -> bool {
        self.method == Method::Head
    }

    pub(crate) const fn closes(&self) -> bool {
        self.close
    }

    /// Whether it can be sent at all: nothing in it may end a line or be taken for something else.
    pub(crate) fn check(&self) -> Result<(), RequestError> {
        let host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        if self.host.is_empty() || !self.host.bytes().all(host) {
            return Err(RequestError::Host);
        }
        // RFC 9112 section 3.2.1; a fragment is never sent.
        if !self.target.starts_with('/')
            || !self.target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
        {
            return Err(RequestError::Target);
        }
        if self.authorization.is_some_and(|(_, value)| value.is_empty() || !is_field_value(value)) {
            return Err(RequestError::Authorization);
        }
        if self.content_type.is_some_and(|value| value.is_empty() || !is_field_value(value.as_bytes())) {
            return Err(RequestError::ContentType);
        }
        for (name, value) in self.headers {
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(RequestError::HeaderName);
            }
            if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
                return Err(RequestError::ReservedHeader);
            }
            if !is_field_value(value.as_bytes()) {
                return Err(RequestError::HeaderValue);
            }
        }
        Ok(())
    }

    pub(crate) fn content_length(&self) -> Decimal {
        Decimal::new(self.body.len())
    }

    /// The request in lines, each in parts to be written one after the other. The last one holds the body.
    pub(crate) fn line<'l>(&self, index: usize, content_length: &'l Decimal) -> Option<[&'l [u8]; 4]>
    where
        'a: 'l,
    {
        let line = |first: &'l str, second: &'l str, third: &'l str| {
            [first.as_bytes(), second.as_bytes(), third.as_bytes(), b"\r\n"]
        };
        Some(match index {
            0 => [self.method.name().as_bytes(), b" ", self.target.as_bytes(), b" HTTP/1.1\r\n"],
            1 => line("Host: ", self.host, ""),
            2 => match self.authorization {
                Some((scheme, credentials)) => [b"Authorization: ", scheme.as_bytes(), credentials, b"\r\n"],
                None => NOTHING,
            },
            3 => match self.content_type {
                Some(content_type) => line("Content-Type: ", content_type, ""),
                None => NOTHING,
            },
            4 if self.method.has_content() || !self.body.is_empty() => {
                [b"Content-Length: ", content_length.as_bytes(), b"\r\n", b""]
            }
            5 if self.close => line("Connection: close", "", ""),
            4 | 5 => NOTHING,
            _ => match index.checked_sub(6)? {
                field if field < self.headers.len() => {
                    let (name, value) = self.headers.get(field)?;
                    line(name, ": ", value)
                }
                end if end == self.headers.len() => [b"\r\n", self.body, b"", b""],
                _ => return None,
            },
        })
    }
}

/// A line that is not there.
const NOTHING: [&[u8]; 4] = [b""; 4];

/// Headers that decide where a message ends or what becomes of the connection, and those that are made of other values.
const RESERVED: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// RFC 9110 section 5.5, without obs-text.
fn is_field_value(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

/// RFC 9110 section 5.6.2.
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Without headers and query: they may be nobody else's business.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "{} {} at {}, body of {} bytes", self.method.name(), path, self.host, self.body.len())
    }
}
