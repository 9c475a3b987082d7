//! The body of a request to the Platform API.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// The body of a forwarded request.
pub(crate) enum RequestBody {
    /// Kept in memory: the request can be sent again.
    Replayable(Full<Bytes>),
    /// Streamed: the request is sent once.
    Once(Incoming),
}

impl RequestBody {
    pub(super) fn copy(&self) -> Option<Self> {
        match self {
            Self::Replayable(body) => Some(Self::Replayable(body.clone())),
            Self::Once(_) => None,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Replayable(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Once(body) => Pin::new(body).poll_frame(context).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Replayable(body) => body.is_end_stream(),
            Self::Once(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Replayable(body) => body.size_hint(),
            Self::Once(body) => body.size_hint(),
        }
    }
}
