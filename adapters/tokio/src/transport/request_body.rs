//! Bodies of requests.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// A body that is produced while it is sent, of any type.
pub(crate) struct StreamedBody(Pin<Box<dyn Produced + Send>>);

impl StreamedBody {
    pub(crate) fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        Self(Box::pin(body))
    }
}

/// [`Body`] with boxed errors: its own methods, so that each body has them without a wrapper.
trait Produced {
    fn poll_part(self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledPart;
    fn is_at_end(&self) -> bool;
    fn size(&self) -> SizeHint;
}

type PolledPart = Poll<Option<Result<Frame<Bytes>, BoxError>>>;

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Produced for B {
    fn poll_part(self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledPart {
        self.poll_frame(context).map_err(Into::into)
    }

    fn is_at_end(&self) -> bool {
        self.is_end_stream()
    }

    fn size(&self) -> SizeHint {
        self.size_hint()
    }
}

/// The body of a request that is to be sent.
pub(crate) enum Content {
    /// Shared by all attempts.
    Whole(Bytes),
    /// For one attempt. It comes back if nothing of it was sent.
    Once(Mutex<Option<StreamedBody>>),
}

impl Content {
    pub(crate) fn once(body: StreamedBody) -> Self {
        Self::Once(Mutex::new(Some(body)))
    }

    /// Returns the body for one attempt. A streamed one is empty if it was taken before, which core's rules exclude.
    pub(super) fn to_body(&self) -> RequestBody {
        match self {
            Self::Whole(bytes) => RequestBody::Whole(Some(bytes.clone()).filter(|bytes| !bytes.is_empty())),
            Self::Once(body) => {
                let taken = body.lock().unwrap_or_else(PoisonError::into_inner).take();
                taken.map_or(RequestBody::Whole(None), RequestBody::Streamed)
            }
        }
    }

    /// Takes back a body of which nothing was sent.
    pub(super) fn take_back(&self, unsent: RequestBody) {
        if let (Self::Once(place), RequestBody::Streamed(body)) = (self, unsent) {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

/// The body of one attempt.
pub(crate) enum RequestBody {
    /// One frame, or none.
    Whole(Option<Bytes>),
    Streamed(StreamedBody),
}

impl RequestBody {
    /// Returns whether there is nothing to send.
    #[cfg(feature = "http2")]
    pub(super) fn is_empty(&self) -> bool {
        self.is_end_stream()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledPart {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Streamed(body) => body.0.as_mut().poll_part(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Streamed(body) => body.0.is_at_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Streamed(body) => body.0.size(),
        }
    }
}
