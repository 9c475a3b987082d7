//! The body of a response over HTTP/2.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use http::header::{CONTENT_LENGTH, HeaderMap};
use hyper::body::{Frame, SizeHint};

use super::error::TransportErrorKind;
use super::http2_error;
use super::upload::Upload;

/// A body that is being received. Dropped before its end, it resets its stream and no other.
///
/// `C`: the call, which lasts as long.
pub(super) struct SharedBody<C> {
    stream: RecvStream,
    /// The rest of the request: a response may begin before.
    upload: Option<Upload>,
    _call: C,
}

impl<C> SharedBody<C> {
    pub(super) const fn new(stream: RecvStream, upload: Option<Upload>, call: C) -> Self {
        Self { stream, upload, _call: call }
    }

    /// Returns the next part; `None` if the peer states that there is none.
    pub(super) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportErrorKind>>> {
        match self.upload.as_mut().map(|upload| upload.poll(context)) {
            Some(Poll::Ready(Ok(()))) => self.upload = None,
            Some(Poll::Ready(Err(error))) => {
                self.upload = None;
                return Poll::Ready(Some(Err(TransportErrorKind::RequestBody(error))));
            }
            Some(Poll::Pending) | None => {}
        }
        Poll::Ready(match ready!(self.stream.poll_data(context)) {
            None => None,
            Some(Ok(data)) => {
                // The part is the reader's: the peer may send as much again.
                let released = self.stream.flow_control().release_capacity(data.len());
                Some(released.map(|()| Frame::data(data)).map_err(|error| http2_error::kind(&error)))
            }
            Some(Err(error)) => Some(Err(http2_error::kind(&error))),
        })
    }

    /// Returns the announced length, if there is one.
    pub(super) fn size_hint(&self, headers: &HeaderMap) -> SizeHint {
        if self.stream.is_end_stream() {
            return SizeHint::with_exact(0);
        }
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        announced.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}
