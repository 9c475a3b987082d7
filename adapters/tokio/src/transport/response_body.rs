//! The body of a response, which reads from its connection and gives it back at its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
#[cfg(feature = "http2")]
use http::HeaderMap;
use hyper::body::{Body as _, Frame, Incoming as HyperBody, SizeHint};

use super::connection::Connection;
use super::error::TransportErrorKind;
use super::hyper_error;
use super::pool::{Pool, Slot};
#[cfg(feature = "http2")]
use super::shared_body::SharedBody;
#[cfg(feature = "http2")]
use super::shared_connection::SharedCall;

/// A body that is being received. Dropped before its end, it closes its connection, or resets its stream of a shared one.
pub(crate) struct ResponseBody {
    source: Source,
    slot: Option<Slot>,
}

enum Source {
    Own {
        body: HyperBody,
        connection: Box<Connection>,
        pool: Arc<Pool>,
    },
    #[cfg(feature = "http2")]
    Shared(Box<SharedBody<SharedCall>>, SizeHint),
    Ended(SizeHint),
}

impl ResponseBody {
    pub(super) fn new(body: HyperBody, connection: Box<Connection>, pool: Arc<Pool>, slot: Slot) -> Self {
        let mut body = Self { source: Source::Own { body, connection, pool }, slot: Some(slot) };
        // A caller may not poll a body that is known to be empty.
        body.finish_if_ended();
        body
    }

    #[cfg(feature = "http2")]
    pub(super) fn shared(body: SharedBody<SharedCall>, headers: &HeaderMap, slot: Slot) -> Self {
        let size = body.size_hint(headers);
        Self { source: Source::Shared(Box::new(body), size), slot: Some(slot) }
    }

    /// Returns the next part. At the end the connection is kept for another call, and a waiting caller has its turn.
    pub(crate) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportErrorKind>>> {
        let frame = match &mut self.source {
            Source::Own { body, connection, .. } => connection
                .poll_beside(context, |context| Pin::new(&mut *body).poll_frame(context))
                .map_err(hyper_error::kind),
            #[cfg(feature = "http2")]
            Source::Shared(body, _) => body.poll_frame(context),
            Source::Ended(_) => return Poll::Ready(None),
        };
        match frame {
            Poll::Ready(None) => self.finish(),
            // A caller that knows the length may not poll again.
            Poll::Ready(Some(Ok(_))) => self.finish_if_ended(),
            _ => {}
        }
        frame
    }

    /// Returns whether it is known that nothing follows.
    pub(crate) fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own { body, .. } => body.is_end_stream(),
            #[cfg(feature = "http2")]
            Source::Shared(..) => false,
            Source::Ended(_) => true,
        }
    }

    fn finish_if_ended(&mut self) {
        if matches!(&self.source, Source::Own { body, .. } if body.is_end_stream()) {
            self.finish();
        }
    }

    /// Returns the connection to the pool, and the slot to the next caller.
    fn finish(&mut self) {
        let ended = Source::Ended(self.size_hint());
        if let Source::Own { connection, pool, .. } = std::mem::replace(&mut self.source, ended) {
            pool.keep(connection);
        }
        self.slot = None;
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own { body, .. } => body.size_hint(),
            #[cfg(feature = "http2")]
            Source::Shared(_, size) => *size,
            Source::Ended(size) => *size,
        }
    }
}
