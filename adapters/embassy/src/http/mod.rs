//! One HTTP/1.1 exchange over any `embedded_io_async` stream, every size bounded.
//!
//! Read first: [`Connection`] (the stream, and whether it may be used again), [`Request`] (what is sent), [`Response`] (what came),
//! [`HttpError`] (what went wrong, and whether the request may have arrived). What a response means is core's business; here it is
//! only taken apart.
//!
//! # Heads
//!
//! httparse checks the status line and the header fields; where a head ends is decided here, before.
//!
//! | Bytes | Outcome |
//! |---|---|
//! | anything but `HTTP/1.` at the beginning, empty lines too | [`ResponseError::NotHttp`], at the first byte that differs |
//! | a CR or LF that is not a CR LF (RFC 9112 section 2.2 allows to refuse them) | [`ResponseError::LineEnd`] |
//! | a version other than 1.0 and 1.1, a code that is not three digits or less than 100 | [`ResponseError::StatusLine`] |
//! | no reason phrase, nor the space before it | accepted |
//! | obs-fold, white space before the colon, an empty name, control characters | [`ResponseError::Field`] (sections 5.1, 5.2) |
//! | more than [`MAX_FIELDS`] fields, a head that leaves less than [`SPARE`] bytes of its buffer | [`ResponseError::TooLarge`] |
//! | 1xx | skipped, at most [`MAX_INTERIM`] times (RFC 9110 section 15.2) |
//! | 101 | [`ResponseError::SwitchingProtocols`]: nobody asked for it |
//!
//! # Where a body ends (RFC 9112 section 6.3)
//!
//! | Head | Body |
//! |---|---|
//! | the answer to HEAD, 204, 304 | none |
//! | `Transfer-Encoding` beside `Content-Length`, or with HTTP/1.0 | [`ResponseError::LengthAndCoding`], [`ResponseError::CodingInVersion`] |
//! | `Transfer-Encoding: chunked`, once | chunks |
//! | any other `Transfer-Encoding`, also with `chunked` beside it | [`ResponseError::TransferCoding`] |
//! | `Content-Length`, digits only, less than 2⁶⁴; several fields if all name the same length | so many bytes |
//! | any other `Content-Length`: signed, empty, a list | [`ResponseError::ContentLength`] |
//! | none of these | until the stream ends |
//!
//! | Chunks (RFC 9112 section 7.1) | Outcome |
//! |---|---|
//! | sizes in hexadecimal digits of either case, leading zeros | accepted |
//! | extensions behind `;`, white space before it | not looked into |
//! | a size with sign, prefix, white space around it, or of 2⁶⁴ and more; control characters in extensions | [`ResponseError::ChunkSize`] |
//! | no CR LF where a chunk's data ends | [`ResponseError::Chunk`] |
//! | trailer fields | checked as field lines, then ignored (RFC 9110 section 6.5.1) |
//! | a line of a size longer than [`MAX_CHUNK_LINE`], trailers longer than [`MAX_TRAILERS`] | [`ResponseError::TooLarge`] |
//!
//! A stream that ends before the response does: [`ResponseError::Truncated`], always. A body that does not fit its buffer:
//! [`ResponseError::TooLarge`], with the size it needs if that is known. An error in the body of a response whose status is not 2xx
//! is told beside the head that says enough: [`Response::cut`].

mod body;
mod chunked;
mod connection;
mod decimal;
mod error;
mod framing;
mod head;
mod request;
mod response;
mod wiped;

pub use chunked::{MAX_CHUNK_LINE, MAX_TRAILERS};
pub use connection::{Buffers, Connection, MIN_HEAD_BUFFER};
pub use error::{HttpError, HttpErrorKind, Part, RequestError, ResponseError};
pub use head::{MAX_FIELDS, MAX_INTERIM, SPARE};
pub use request::{Method, Request};
pub use response::{Headers, Response};
