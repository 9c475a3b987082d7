//! The body of a response, which reads from its connection and gives it back at its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as _, Frame, Incoming as HyperBody, SizeHint};

use super::connection::Connection;
use super::pool::{Pool, Slot};

/// A body that is being received. Dropped before its end, it closes the connection.
pub(super) struct ResponseBody {
    body: HyperBody,
    connection: Option<Connection>,
    pool: Arc<Pool>,
    slot: Option<Slot>,
}

impl ResponseBody {
    pub(super) const fn new(body: HyperBody, connection: Connection, pool: Arc<Pool>, slot: Slot) -> Self {
        Self { body, connection: Some(connection), pool, slot: Some(slot) }
    }

    /// Returns the next part. At the end the connection is kept for another call, and a waiting caller has its turn.
    pub(super) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let body = &mut self.body;
        let frame = match &mut self.connection {
            Some(connection) => {
                connection.poll_beside(context, |context| Pin::new(&mut *body).poll_frame(context))
            }
            None => return Poll::Ready(None),
        };
        if matches!(frame, Poll::Ready(None)) {
            if let Some(connection) = self.connection.take() {
                self.pool.keep(connection);
            }
            self.slot = None;
        }
        frame
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
