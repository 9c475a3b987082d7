//! The exchange of a request and its response over a stream.

use core::cell::Cell;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;

use embedded_io_async::{Read, Write};
use genesys_token_core::call::AfterResponse;
use genesys_token_core::text::CapacityError;

use crate::body::Body;
use crate::decoder::Decoder;
use crate::error::{HttpError, HttpErrorKind, ResponseError};
use crate::framing::Framing;
use crate::head::{Head, HeadReader, SPARE};
use crate::request::Request;
use crate::response::{Headers, Response};
use crate::wiped::Wiped;

/// The minimum size of a buffer for the head in bytes. A head of the service has up to 1.1 KB with all that CloudFront adds: 1536 bytes
/// are enough for more.
pub const MIN_HEAD_BUFFER: usize = 4 * SPARE;

/// The buffers that a response is received into.
#[derive(Debug)]
pub struct Buffers<'b> {
    /// For the head and [`SPARE`](crate::SPARE) bytes. At least [`MIN_HEAD_BUFFER`].
    pub head: &'b mut [u8],
    /// For the body without its framing.
    pub body: &'b mut [u8],
}

/// A stream to a server, for a sequence of exchanges.
///
/// It tracks whether it may be reused. After a failed or dropped exchange it must not: a part of a response may still be in transit,
/// and the next exchange would read it as its own.
pub struct Connection<S> {
    stream: S,
    reusable: bool,
}

impl<S> Connection<S> {
    /// Returns a connection over a stream that nothing was exchanged on.
    pub const fn new(stream: S) -> Self {
        Self { stream, reusable: true }
    }

    /// Returns whether another exchange may follow. The server may still close the connection at any time.
    pub const fn is_reusable(&self) -> bool {
        self.reusable
    }

    /// Returns the stream, to close it.
    pub fn into_stream(self) -> S {
        self.stream
    }
}

impl<S: Read + Write> Connection<S> {
    /// Sends the request and returns the complete response.
    ///
    /// `deadline` is a timer, for example `embassy_time::Timer::at(…)`, or `core::future::pending()` for none. It is polled before the
    /// stream in each poll. No poll is endless, whatever the peer sends: a response ends, or exceeds its bounds.
    ///
    /// Both buffers are wiped on errors.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future wipes both buffers, and the connection is not reusable; the request may have reached the server.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; the connection is not reusable after it.
    pub async fn exchange<'b>(
        &mut self,
        request: &Request<'_>,
        buffers: Buffers<'b>,
        deadline: impl Future<Output = ()>,
    ) -> Result<Response<'b>, HttpError<S::Error>> {
        let reusable = core::mem::replace(&mut self.reusable, false);
        let sent = Cell::new(false);
        let mut deadline = pin!(deadline);
        // Wrapped within the future: one that is dropped before its first poll wipes nothing, because it has written nothing.
        let (head, mut body) = (Wiped::new(buffers.head), Body::new(Wiped::new(buffers.body)));
        let stream = &mut self.stream;
        let begun = {
            let work = pin!(begin(stream, reusable, request, head, &sent));
            until(deadline.as_mut(), work).await
        };
        let (head, head_bytes, spare, count) = begun.map_err(|kind| HttpError { kind, sent: sent.get() })?;
        let unreadable = head.content_coding.filter(|_| request.accepts_identity_only());
        let received = if let Some(coding) = unreadable {
            Err(HttpErrorKind::Response(ResponseError::ContentCoding(coding)))
        } else {
            let work = pin!(receive(stream, head.framing, spare, count, &mut body));
            until(deadline, work).await
        };
        let is_success = (200..300).contains(&head.status);
        let (surplus, cut) = match received {
            Ok(surplus) => (surplus, None),
            Err(kind) if is_success => return Err(HttpError { kind, sent: true }),
            // The head is sufficient for a refusal.
            Err(HttpErrorKind::Response(error)) => (true, Some(error)),
            Err(_) => (true, Some(ResponseError::Truncated)),
        };
        let after = AfterResponse {
            is_complete: cut.is_none(),
            has_surplus: surplus,
            is_persistent: head.keep_alive && !request.closes(),
        };
        self.reusable = after.may_be_kept();
        Ok(Response {
            status: head.status,
            headers: Headers::of(head_bytes.release()),
            body: body.finish(),
            cut,
            keep_alive: self.reusable,
        })
    }
}

/// Polls `work` until it completes or the deadline passes.
// Not `async`: the linker cannot prove that such a future is not polled after completion.
fn until<'p, T, E>(
    mut deadline: Pin<&'p mut impl Future<Output = ()>>,
    mut work: Pin<&'p mut impl Future<Output = Result<T, HttpErrorKind<E>>>>,
) -> impl Future<Output = Result<T, HttpErrorKind<E>>> {
    poll_fn(move |context| match deadline.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(Err(HttpErrorKind::Deadline)),
        Poll::Pending => work.as_mut().poll(context),
    })
}

impl<S> fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("reusable", &self.reusable).finish_non_exhaustive()
    }
}

/// Sends the request and reads the head. Returns the head, its bytes, the rest of the buffer, and how many bytes of the body that
/// rest contains already.
async fn begin<'b, S: Read + Write>(
    stream: &mut S,
    reusable: bool,
    request: &Request<'_>,
    head_buffer: Wiped<'b>,
    sent: &Cell<bool>,
) -> Result<(Head, Wiped<'b>, Wiped<'b>, usize), HttpErrorKind<S::Error>> {
    let capacity = head_buffer.bytes().len();
    if capacity < MIN_HEAD_BUFFER {
        let what = "the buffer for the head of a response";
        return Err(HttpErrorKind::Buffer(CapacityError { what, needed: MIN_HEAD_BUFFER, capacity }));
    }
    request.check()?;
    if !reusable {
        return Err(HttpErrorKind::NotReusable);
    }
    sent.set(true);
    send(stream, request).await?;

    let mut reader = HeadReader::new(head_buffer, request.is_head());
    let head = loop {
        if let Some(head) = reader.head()? {
            break head;
        }
        let free = reader.free();
        let most = free.len();
        match bytes_read(stream.read(free).await, most)? {
            0 => return Err(reader.ended().map_or(HttpErrorKind::Closed, HttpErrorKind::Response)),
            count => reader.advance(count),
        }
    };

    let (head_bytes, spare, count) = reader.split(&head);
    Ok((head, head_bytes, spare, count))
}

/// Reads the body. Returns whether data was received after it.
async fn receive<S: Read>(
    stream: &mut S,
    framing: Framing,
    mut spare: Wiped<'_>,
    mut count: usize,
    body: &mut Body<'_>,
) -> Result<bool, HttpErrorKind<S::Error>> {
    let mut decoder = Decoder::new(framing, body)?;
    loop {
        let taken = decoder.feed(spare.bytes().get(..count).unwrap_or_default(), body)?;
        if decoder.is_done() {
            return Ok(taken < count);
        }
        let most = spare.bytes().len();
        count = bytes_read(stream.read(spare.bytes_mut()).await, most)?;
        if count == 0 {
            decoder.end()?;
            return Ok(false);
        }
    }
}

/// Writes the request part by part, so that no copy of a secret is made.
async fn send<S: Write>(stream: &mut S, request: &Request<'_>) -> Result<(), HttpErrorKind<S::Error>> {
    let content_length = request.content_length();
    let mut index = 0_usize;
    while let Some(line) = request.line(index, &content_length) {
        for mut part in line {
            // Not `write_all`, which panics when the stream accepts no bytes.
            while !part.is_empty() {
                match stream.write(part).await {
                    Ok(0) => return Err(HttpErrorKind::WriteZero),
                    Ok(count) => part = part.get(count..).unwrap_or_default(),
                    Err(error) => return Err(HttpErrorKind::Stream(error)),
                }
            }
        }
        index = index.saturating_add(1);
    }
    stream.flush().await.map_err(HttpErrorKind::Stream)
}

/// Returns the number of bytes that were read, limited to the size of the buffer whatever the stream reports.
fn bytes_read<E>(result: Result<usize, E>, limit: usize) -> Result<usize, HttpErrorKind<E>> {
    result.map(|count| count.min(limit)).map_err(HttpErrorKind::Stream)
}
