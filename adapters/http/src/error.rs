//! Errors, and whether the request may have arrived.

use core::fmt;

use genesys_token_core::text::CapacityError;

/// An exchange that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpError<E> {
    /// What failed.
    pub kind: HttpErrorKind<E>,
    /// Whether a byte of the request may have reached the server. If not, any request may be sent again on another connection; if so,
    /// only an idempotent one (RFC 9110 section 9.2.2).
    pub sent: bool,
}

/// What failed. Exhaustive, so that an adapter's mapping to its own errors is checked by the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpErrorKind<E> {
    /// The request is invalid.
    Request(RequestError),
    /// The buffer for the head is too small for any response.
    Buffer(CapacityError),
    /// An earlier exchange failed, was dropped, or was the last one on its connection.
    NotReusable,
    /// The deadline passed.
    Deadline,
    /// The stream failed.
    Stream(E),
    /// The stream accepts no more bytes.
    WriteZero,
    /// The stream ended before the response began: usually a kept connection that the server closed.
    Closed,
    /// The response is invalid.
    Response(ResponseError),
}

/// An invalid request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The host is empty or contains characters that are not valid in a host name.
    Host,
    /// The target does not begin with `/`, or contains white space, `#`, control or non-ASCII characters.
    Target,
    /// The `Authorization` value is empty or contains control or non-ASCII characters.
    Authorization,
    /// The `Content-Type` value is empty or contains control or non-ASCII characters.
    ContentType,
    /// The name of a header is not a token (RFC 9110 section 5.6.2).
    HeaderName,
    /// The value of a header contains control or non-ASCII characters.
    HeaderValue,
    /// A header that the exchange sets itself, or that it does not support.
    ReservedHeader,
}

/// An invalid response. The tables in the documentation of [the crate](crate) list the causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseError {
    /// The stream ended before the response was complete.
    Truncated,
    /// A part of the response exceeds its limit.
    TooLarge {
        /// The part.
        part: ResponsePart,
        /// Its size, if known, in the unit of the part.
        needed: Option<u64>,
        /// The limit.
        capacity: usize,
    },
    /// The received data is not an HTTP/1 response.
    NotHttp,
    /// A CR or LF that is not part of a CR LF.
    LineEnd,
    /// The status line is malformed.
    StatusLine,
    /// A header field is malformed.
    Field,
    /// Too many interim responses.
    Interim,
    /// The server switches to another protocol.
    SwitchingProtocols,
    /// `Content-Length` is malformed or contradicts itself.
    ContentLength,
    /// Both `Content-Length` and `Transfer-Encoding`.
    LengthAndCoding,
    /// `Transfer-Encoding` in a response of HTTP/1.0.
    CodingInVersion,
    /// A transfer coding other than chunked.
    TransferCoding,
    /// The size line of a chunk is malformed.
    ChunkSize,
    /// The data of a chunk is not followed by CR LF.
    Chunk,
    /// A trailer field is malformed.
    Trailer,
    /// The body has this content coding, although the request accepted none: its name, or `"an unknown coding"`.
    ContentCoding(&'static str),
}

/// A part of a response that has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponsePart {
    /// The head, in bytes.
    Head,
    /// The header fields, in number.
    Fields,
    /// The body, in bytes.
    Body,
    /// The size line of a chunk, in bytes.
    ChunkLine,
    /// The trailer fields, in bytes.
    Trailers,
}

impl<E> From<RequestError> for HttpErrorKind<E> {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl<E> From<ResponseError> for HttpErrorKind<E> {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

impl<E: fmt::Display> fmt::Display for HttpError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        f.write_str(if self.sent {
            " (the request may have reached the server)"
        } else {
            " (nothing of the request was sent)"
        })
    }
}

impl<E: fmt::Display> fmt::Display for HttpErrorKind<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Buffer(error) => error.fmt(f),
            Self::NotReusable => f.write_str("the connection is not reusable; open a new one"),
            Self::Deadline => {
                f.write_str("the deadline passed before the response was complete; try again later")
            }
            Self::Stream(error) => error.fmt(f),
            Self::WriteZero => f.write_str("the connection accepts no more data; open a new one"),
            Self::Closed => {
                f.write_str("the server closed the connection without a response; open a new one")
            }
            Self::Response(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "the host is not a host name; pass it without scheme and path",
            Self::Target => "the target must begin with `/` and contain visible ASCII only; percent-encode other characters",
            Self::Authorization => "the Authorization value is empty or contains invalid characters",
            Self::ContentType => "the content type is empty or contains invalid characters",
            Self::HeaderName => "the name of a header contains invalid characters",
            Self::HeaderValue => "the value of a header contains invalid characters",
            Self::ReservedHeader => "one of the headers is set by the client itself; remove it",
        })
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the response ended too early; try again",
            &Self::TooLarge { part, needed, capacity } => return part.too_large(needed, capacity, f),
            Self::NotHttp => "the server did not answer in HTTP/1; check host and port",
            Self::LineEnd => "a line of the response does not end with CR LF; an intermediary may have changed it",
            Self::StatusLine => "the status line of the response is malformed; check host and port",
            Self::Field => "a header of the response is malformed; an intermediary may have changed it",
            Self::Interim => "the server sends too many interim responses; try again later",
            Self::SwitchingProtocols => "the server switches to another protocol without request; check host and port",
            Self::ContentLength => "the Content-Length of the response is malformed or contradictory; an intermediary may have changed it",
            Self::LengthAndCoding => {
                "the response has both Content-Length and Transfer-Encoding; an intermediary may have changed it"
            }
            Self::CodingInVersion => "an HTTP/1.0 response has a Transfer-Encoding; an intermediary may have changed it",
            Self::TransferCoding => "the transfer coding of the response is not supported; only chunked is",
            Self::ChunkSize | Self::Chunk => "the chunks of the response are malformed; an intermediary may have changed it",
            Self::ContentCoding(coding) => {
                return write!(
                    f,
                    "the body of the response is compressed ({coding}) although the request forbids it; an intermediary may have \
                     changed it"
                );
            }
            Self::Trailer => "a trailer of the response is malformed; an intermediary may have changed it",
        })
    }
}

impl ResponsePart {
    fn too_large(self, needed: Option<u64>, capacity: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, unit, next) = match self {
            Self::Head => ("the head of the response", "bytes", "use a larger buffer"),
            Self::Fields => ("the head of the response", "header fields", "check the host"),
            Self::Body => ("the body of the response", "bytes", "use a larger buffer, or request less"),
            Self::ChunkLine => ("the size line of a chunk", "bytes", "an intermediary may have changed it"),
            Self::Trailers => {
                ("the trailer section of the response", "bytes", "an intermediary may have changed it")
            }
        };
        match needed {
            Some(needed) => write!(f, "{what} has {needed} {unit}, the limit is {capacity}; {next}"),
            None => write!(f, "{what} exceeds the limit of {capacity} {unit}; {next}"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for HttpError<E> {}
impl<E: core::error::Error> core::error::Error for HttpErrorKind<E> {}
impl core::error::Error for RequestError {}
impl core::error::Error for ResponseError {}
