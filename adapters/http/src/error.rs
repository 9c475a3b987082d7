//! What can go wrong, and whether the request may have arrived.

use core::fmt;

use genesys_token_core::text::CapacityError;

/// An exchange that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpError<E> {
    /// What went wrong.
    pub kind: HttpErrorKind<E>,
    /// Whether a byte of the request may have reached the server. If not, the request can be sent again on another connection
    /// whatever it is; if so, only if it does no harm to do twice what it asks (RFC 9110 section 9.2.2).
    pub sent: bool,
}

/// What failed. Exhaustive, so that an adapter's mapping to its own errors is checked by the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpErrorKind<E> {
    /// The request cannot be sent by anybody.
    Request(RequestError),
    /// The buffer for the head is too small for any response.
    Buffer(CapacityError),
    /// An exchange before this one failed, was dropped, or was the last one on its connection.
    NotReusable,
    /// The deadline has passed.
    Deadline,
    /// The stream failed.
    Stream(E),
    /// The stream takes no more bytes.
    WriteZero,
    /// The stream ended before the response began: mostly a kept connection that the server had closed meanwhile.
    Closed,
    /// The response is not one that can be relied on.
    Response(ResponseError),
}

/// Why a request cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The host is empty or holds characters that are in no host name.
    Host,
    /// The target does not begin with `/`, or holds white space, `#`, control or non-ASCII characters.
    Target,
    /// The `Authorization` value is empty or holds control or non-ASCII characters.
    Authorization,
    /// The `Content-Type` value is empty or holds control or non-ASCII characters.
    ContentType,
    /// The name of a header is no token (RFC 9110 section 5.6.2).
    HeaderName,
    /// The value of a header holds control or non-ASCII characters.
    HeaderValue,
    /// A header that the exchange writes itself, or that it does not support.
    ReservedHeader,
}

/// Why a response cannot be relied on. The tables of [the crate](crate) say when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseError {
    /// The stream ended in the middle of the response.
    Truncated,
    /// Something is larger than there is room for.
    TooLarge {
        /// What it is.
        part: ResponsePart,
        /// Its size if it is known, in the unit of the part.
        needed: Option<u64>,
        /// The size there is room for.
        capacity: usize,
    },
    /// What came is no HTTP/1 response.
    NotHttp,
    /// A CR or an LF that is not a part of CR LF.
    LineEnd,
    /// The status line is malformed.
    StatusLine,
    /// A header field is malformed.
    Field,
    /// Too many interim responses.
    Interim,
    /// The server changes to another protocol.
    SwitchingProtocols,
    /// `Content-Length` is malformed or contradicts itself.
    ContentLength,
    /// Both `Content-Length` and `Transfer-Encoding`.
    LengthAndCoding,
    /// `Transfer-Encoding` in a response of HTTP/1.0.
    CodingInVersion,
    /// A transfer coding other than chunked.
    TransferCoding,
    /// The size of a chunk, or what stands behind it in its line, is malformed.
    ChunkSize,
    /// A chunk is not as long as it says.
    Chunk,
    /// A trailer field is malformed.
    Trailer,
}

/// What can be too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponsePart {
    /// The head, in bytes.
    Head,
    /// The header fields, counted.
    Fields,
    /// The body, in bytes.
    Body,
    /// The line of a chunk's size, in bytes.
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
            Self::NotReusable => f.write_str("the connection cannot be used again; open another one"),
            Self::Deadline => {
                f.write_str("the deadline passed before the response was there; try again later")
            }
            Self::Stream(error) => error.fmt(f),
            Self::WriteZero => f.write_str("the connection takes no more bytes; open another one"),
            Self::Closed => {
                f.write_str("the server closed the connection without a response; open another one")
            }
            Self::Response(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "the host is no host name; give it without scheme and path",
            Self::Target => "the target must begin with `/` and hold visible ASCII only; encode other characters by percent signs",
            Self::Authorization => "the Authorization value is empty or holds characters that are not allowed in it",
            Self::ContentType => "the content type is empty or holds characters that are not allowed in it",
            Self::HeaderName => "the name of a header holds characters that are not allowed in it",
            Self::HeaderValue => "the value of a header holds characters that are not allowed in it",
            Self::ReservedHeader => "one of the headers is written by the client itself; leave it out",
        })
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the response ended too early; try again",
            &Self::TooLarge { part, needed, capacity } => return part.too_large(needed, capacity, f),
            Self::NotHttp => "what came is no HTTP/1 response; check host and port",
            Self::LineEnd => "a line of the response ends neither with CR LF nor goes on; something in between may be at fault",
            Self::StatusLine => "the status line of the response is malformed; check host and port",
            Self::Field => "a header of the response is malformed; something in between may be at fault",
            Self::Interim => "interim responses come without end; try again later",
            Self::SwitchingProtocols => "the server changes to another protocol, which nobody asked for; check host and port",
            Self::ContentLength => "the Content-Length of the response is malformed or contradicts itself; something in between may be at fault",
            Self::LengthAndCoding => {
                "the response has both Content-Length and Transfer-Encoding; something in between may be at fault"
            }
            Self::CodingInVersion => "a response of HTTP/1.0 has a Transfer-Encoding; something in between may be at fault",
            Self::TransferCoding => "the transfer coding of the response is not supported; only chunked is",
            Self::ChunkSize | Self::Chunk => "the chunks of the response are malformed; something in between may be at fault",
            Self::Trailer => "a trailer of the response is malformed; something in between may be at fault",
        })
    }
}

impl ResponsePart {
    fn too_large(self, needed: Option<u64>, capacity: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, unit, next) = match self {
            Self::Head => ("the head of the response", "bytes", "give it a larger buffer"),
            Self::Fields => ("the head of the response", "header fields", "check the host"),
            Self::Body => ("the body of the response", "bytes", "give it a larger buffer, or ask for less"),
            Self::ChunkLine => {
                ("the line of a chunk's size", "bytes", "something in between may be at fault")
            }
            Self::Trailers => {
                ("the trailer section of the response", "bytes", "something in between may be at fault")
            }
        };
        match needed {
            Some(needed) => write!(f, "{what} has {needed} {unit}, and there is room for {capacity}; {next}"),
            None => write!(f, "{what} has more than the {capacity} {unit} there is room for; {next}"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for HttpError<E> {}
impl<E: core::error::Error> core::error::Error for HttpErrorKind<E> {}
impl core::error::Error for RequestError {}
impl core::error::Error for ResponseError {}
