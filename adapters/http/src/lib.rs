#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`Connection`] is a stream with the rule whether it may be reused, [`Request`] is what is sent, [`Response`] is what was received,
//! and [`HttpError`] says what failed and whether the request may have arrived. This crate decides framing only; the meaning of a
//! response is decided by `genesys-token-core`.
//!
//! # Heads
//!
//! httparse parses the status line and the header fields. Where the head ends is decided before, by this crate.
//!
//! | Bytes | Outcome |
//! |---|---|
//! | anything other than `HTTP/1.` at the start, including empty lines | [`ResponseError::NotHttp`], at the first byte that differs |
//! | a CR or LF outside a CR LF (RFC 9112 section 2.2 permits a client to reject them) | [`ResponseError::LineEnd`] |
//! | a version other than 1.0 and 1.1, a status code that is not three digits or is below 100 | [`ResponseError::StatusLine`] |
//! | no reason phrase, or no space before it | accepted |
//! | obs-fold, white space before the colon, an empty name, control characters | [`ResponseError::Field`] (sections 5.1, 5.2) |
//! | more than [`MAX_FIELDS`] fields, or a head that leaves less than [`SPARE`] bytes of its buffer | [`ResponseError::TooLarge`], with the size of a head up to 16 KB |
//! | 1xx | skipped, at most [`MAX_INTERIM`] times (RFC 9110 section 15.2) |
//! | 101 | [`ResponseError::SwitchingProtocols`]: no upgrade was requested |
//!
//! # Body length (RFC 9112 section 6.3)
//!
//! | Head | Body |
//! |---|---|
//! | response to HEAD, 204, 304 | none |
//! | `Transfer-Encoding` together with `Content-Length`, or in HTTP/1.0 | [`ResponseError::LengthAndCoding`], [`ResponseError::CodingInVersion`] |
//! | `Transfer-Encoding: chunked`, once | chunked |
//! | any other `Transfer-Encoding`, also in combination with `chunked` | [`ResponseError::TransferCoding`] |
//! | `Content-Length`, digits only, less than 2⁶⁴; repeated fields must have the same value | that many bytes |
//! | any other `Content-Length`: signed, empty, a list | [`ResponseError::ContentLength`] |
//! | none of these | until the stream ends |
//!
//! | Chunked coding (RFC 9112 section 7.1) | Outcome |
//! |---|---|
//! | sizes in hexadecimal digits of either case, leading zeros | accepted |
//! | extensions after `;`, white space before it | ignored |
//! | a size with sign, prefix or white space around it, or of 2⁶⁴ and more; control characters in extensions | [`ResponseError::ChunkSize`] |
//! | no CR LF after the data of a chunk | [`ResponseError::Chunk`] |
//! | trailer fields | checked as field lines, then ignored (RFC 9110 section 6.5.1) |
//! | a size line longer than [`MAX_CHUNK_LINE`], trailers longer than [`MAX_TRAILERS`] | [`ResponseError::TooLarge`] |
//!
//! A body with a `Content-Encoding` other than `identity` is [`ResponseError::ContentCoding`], unless the caller's headers have an
//! `Accept-Encoding` (RFC 9110 section 12.5.3).
//!
//! A stream that ends before the response is complete is always [`ResponseError::Truncated`]. A body that exceeds its buffer is
//! [`ResponseError::TooLarge`], with the size it needs if that is known. An error in the body of a response whose status is not 2xx
//! is returned with the head, which is sufficient: [`Response::cut`].
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod body;
mod chunked;
mod connection;
mod decimal;
mod decoder;
mod error;
#[cfg(feature = "defmt")]
mod format;
mod framing;
mod head;
mod request;
mod response;
mod wiped;

pub use chunked::{MAX_CHUNK_LINE, MAX_TRAILERS};
pub use connection::{Buffers, Connection, MIN_HEAD_BUFFER};
pub use error::{HttpError, HttpErrorKind, RequestError, ResponseError, ResponsePart};
pub use head::{MAX_FIELDS, MAX_INTERIM, SPARE};
pub use request::{Method, Request};
pub use response::{Headers, Response};
