//! A response whose head has arrived, and whose body is still to be read.

use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_core::wire::ResponseHead;
use http::HeaderMap;
use hyper::body::{Frame, SizeHint};
use zeroize::Zeroizing;

use super::body;
use super::error::{Phase, TransportError, TransportErrorKind};
use super::request::Incoming;
use super::response_body::ResponseBody;

/// The rest of a response. Dropped before its end, it closes the connection.
pub(crate) struct Reception {
    pub(super) headers: HeaderMap,
    pub(super) body: ResponseBody,
    /// The content coding, if it was not accepted.
    pub(super) coding: Option<&'static str>,
    /// The names of host and proxy, for errors.
    pub(super) peer: String,
    pub(super) proxy: Option<String>,
}

impl Reception {
    pub(crate) const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns an error if the body cannot be understood.
    pub(crate) fn check_coding(&self) -> Result<(), TransportError> {
        self.coding.map_or(Ok(()), |coding| Err(self.error(TransportErrorKind::ResponseEncoded(coding))))
    }

    pub(crate) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.body.poll_frame(context).map(|frame| frame.map(|read| read.map_err(|kind| self.error(kind))))
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }

    pub(crate) fn timed_out(&self) -> TransportError {
        self.error(TransportErrorKind::TimedOut)
    }

    /// Reads the whole body, at most `body_max` bytes of it, within `timeout`. An incomplete one is marked as such.
    pub(crate) async fn collect(self, head: ResponseHead, timeout: Duration, body_max: usize) -> Incoming {
        let Self { headers, body, coding, peer, proxy } = self;
        let mut collected = Zeroizing::new(Vec::new());
        let collecting = body::collect(body, body_max, &mut collected);
        let failure = match tokio::time::timeout(timeout, collecting).await {
            Err(_elapsed) => Some(TransportErrorKind::TimedOut),
            Ok(Ok(())) if collected.is_empty() => None,
            Ok(read) => read.err().or(coding.map(TransportErrorKind::ResponseEncoded)),
        };
        let incomplete = failure.map(|kind| TransportError::new(peer, proxy, Phase::Body, kind, true));
        Incoming { head, headers, body: collected, incomplete }
    }

    fn error(&self, kind: TransportErrorKind) -> TransportError {
        TransportError::new(self.peer.clone(), self.proxy.clone(), Phase::Body, kind, true)
    }
}
