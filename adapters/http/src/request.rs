//! The request, checked before its first byte is sent.

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
    /// Returns the name as it is sent.
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

    /// Returns whether `Content-Length` is sent without a body too, RFC 9110 section 8.6.
    const fn has_content(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

/// A request. All values are borrowed and written to the stream unchanged, without a copy.
///
/// `Host`, `Authorization`, `Content-Type`, `Content-Length` and `Connection` are derived from the request; all other headers are
/// those of [`Request::with_headers`]. `Accept-Encoding` is `identity` unless it is one of those: the caller then decodes the body. The caller wipes a secret body or `Authorization` value afterwards.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    method: Method,
    host: &'a str,
    target: &'a str,
    /// The scheme with a space, if it is not part of the value, and the value.
    authorization: Option<(&'static str, &'a [u8])>,
    headers: &'a [(&'a str, &'a str)],
    content_type: Option<&'a str>,
    body: &'a [u8],
    close: bool,
}

impl<'a> Request<'a> {
    /// Returns a request without a body.
    ///
    /// `host` is the value of the `Host` header: a name, and `:port` unless the port is the scheme's default. `target` is path and
    /// query as they are sent, beginning with `/`. The exchange checks both.
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

    /// Sets the value of `Authorization`, as written by `TokenRequest::write_authorization`.
    #[must_use]
    pub const fn with_authorization(self, value: &'a [u8]) -> Self {
        Self { authorization: Some(("", value)), ..self }
    }

    /// Sets `Authorization: Bearer` with this access token, RFC 6750 section 2.1.
    #[must_use]
    pub const fn with_bearer(self, access_token: &'a str) -> Self {
        Self { authorization: Some(("Bearer ", access_token.as_bytes())), ..self }
    }

    /// Sets these headers, as pairs of name and value. None of them may be a secret.
    #[must_use]
    pub const fn with_headers(self, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { headers, ..self }
    }

    /// Sets a body.
    #[must_use]
    pub const fn with_body(self, content_type: &'a str, body: &'a [u8]) -> Self {
        Self { content_type: Some(content_type), body, ..self }
    }

    /// Sets `Connection: close`: no request will follow on this connection.
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

    /// Returns whether the body of the response must not have a content coding: the caller's headers accept none.
    pub(crate) fn accepts_identity_only(&self) -> bool {
        !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept-encoding"))
    }

    /// Checks that no value can end a line or be read as another part of the request.
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

    /// Returns the lines of the request, each as parts to be written in order. The last one contains the body.
    pub(crate) fn line<'l>(&self, index: usize, content_length: &'l Decimal) -> Option<[&'l [u8]; 4]>
    where
        'a: 'l,
    {
        let line = |first: &'l str, second: &'l str, third: &'l str| {
            [first.as_bytes(), second.as_bytes(), third.as_bytes(), b"\r\n"]
        };
        Some(match index {
            0 => [self.method.name().as_bytes(), b" ", self.target.as_bytes(), b" HTTP/1.1\r\n"],
            1 => [
                b"Host: ",
                self.host.as_bytes(),
                // Without it, any coding would be acceptable (RFC 9110 section 12.5.3).
                if self.accepts_identity_only() { b"\r\nAccept-Encoding: identity" } else { b"" },
                b"\r\n",
            ],
            2 => match self.authorization {
                Some((scheme, credentials)) => [b"Authorization: ", scheme.as_bytes(), credentials, b"\r\n"],
                None => ABSENT,
            },
            3 => match self.content_type {
                Some(content_type) => line("Content-Type: ", content_type, ""),
                None => ABSENT,
            },
            4 if self.method.has_content() || !self.body.is_empty() => {
                [b"Content-Length: ", content_length.as_bytes(), b"\r\n", b""]
            }
            5 if self.close => line("Connection: close", "", ""),
            4 | 5 => ABSENT,
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

/// An absent line.
const ABSENT: [&[u8]; 4] = [b""; 4];

/// Headers that determine framing or persistence, and those that are derived from other values.
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

/// Without headers and query, which may be confidential.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "{} {} at {}, body of {} bytes", self.method.name(), path, self.host, self.body.len())
    }
}
