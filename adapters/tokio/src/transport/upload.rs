//! The body of a request over HTTP/2, sent as the peer has space for it (RFC 9113 section 5.2).

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::{Reason, SendStream};
use hyper::body::Body as _;

use super::request_body::{BoxError, RequestBody};

/// A body that is being sent.
pub(super) struct Upload {
    stream: SendStream<Bytes>,
    body: RequestBody,
    /// What the body has produced and the peer has no space for yet.
    part: Bytes,
    is_begun: bool,
    is_complete: bool,
}

impl Upload {
    pub(super) fn new(stream: SendStream<Bytes>, body: RequestBody) -> Self {
        Self { stream, body, part: Bytes::new(), is_begun: false, is_complete: false }
    }

    /// Sends what can be sent. Ready when the body is complete, or when the peer wants no more of it: its response says why.
    ///
    /// # Errors
    /// The body's own error, after which the stream is reset.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        while !self.is_complete {
            if self.part.is_empty() {
                self.is_begun = true;
                match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                    None => {
                        self.is_complete = true;
                        let _ = self.stream.send_data(Bytes::new(), true);
                    }
                    Some(Ok(frame)) => self.part = frame.into_data().unwrap_or_default(),
                    Some(Err(error)) => {
                        self.is_complete = true;
                        self.stream.send_reset(Reason::CANCEL);
                        return Poll::Ready(Err(error));
                    }
                }
                continue;
            }
            self.stream.reserve_capacity(self.part.len());
            let Some(Ok(space)) = ready!(self.stream.poll_capacity(context)) else {
                self.is_complete = true;
                break;
            };
            let part = self.part.split_to(space.min(self.part.len()));
            let is_last = self.part.is_empty() && self.body.is_end_stream();
            self.is_complete = self.stream.send_data(part, is_last).is_err() || is_last;
        }
        Poll::Ready(Ok(()))
    }

    /// Returns the body if nothing of it was taken.
    pub(super) fn into_untouched(self) -> Option<RequestBody> {
        match self.body {
            // The request keeps the bytes.
            RequestBody::Whole(_) => Some(RequestBody::Whole(None)),
            streamed @ RequestBody::Streamed(_) => (!self.is_begun).then_some(streamed),
        }
    }
}
