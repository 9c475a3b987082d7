//! The state that every request uses, and the two ways to answer: at once, or later.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::{Request, Response};

use super::reply::{Later, ReplyBody};
use super::token;
use crate::connection_timer::ConnectionTimer;
use crate::metrics::Metrics;
use crate::peer::Peer;
use crate::registry::Current;

/// The handler of requests, shared by all connections.
pub(crate) struct Handler {
    pub(crate) current: Current,
    pub(crate) metrics: Metrics,
}

/// The response to one request. Dropping it cancels the request.
pub(crate) enum Answer<'h> {
    /// It was there at once: the allocation of a future would cost as much as the response. `None` once it was returned.
    Now(Option<Response<ReplyBody>>),
    /// It is being made.
    Later(Later<'h>),
}

impl Handler {
    /// Begins to answer a request.
    pub(crate) fn respond(
        &self,
        mut request: Request<Incoming>,
        peer: Peer,
        timer: &ConnectionTimer,
    ) -> Answer<'_> {
        match self.current.with(|registry| token::answer_now(registry, &mut request, &peer)) {
            Some(response) => Answer::Now(Some(response)),
            None => Answer::Later(self.answer(request, peer, timer)),
        }
    }
}

impl Future for Answer<'_> {
    type Output = Result<Response<ReplyBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Now(response) => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            Self::Later(answer) => answer.as_mut().poll(context).map(Ok),
        }
    }
}
