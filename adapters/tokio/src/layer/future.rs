//! One call of the service: what core says is done here.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use genesys_token_core::call::{Call, Next, Replay};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::ResponseHead;
use http::{Request, Response, header};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};
use tower_service::Service;

use super::body::{CopyBody, Load};
use super::{Plan, TokenServiceError};
use crate::clock;
use crate::error::TokenError;
use crate::random;
use crate::token::Token;

pin_project! {
    /// The response of a [`TokenService`](super::TokenService), as soon as there is one.
    pub struct ResponseFuture<S, B, C>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        way: Way<S, B, C, S::Future>,
    }
}

pin_project! {
    #[project = WayPinned]
    enum Way<S, B, C, F> {
        /// The token is not for that host.
        PassedThrough { #[pin] future: F },
        Authorised { #[pin] state: State<B, F>, run: Run<S, C> },
    }
}

pin_project! {
    #[project = StatePinned]
    #[project_replace = StateOwned]
    enum State<B, F> {
        /// Until there is a token.
        Token { load: Load<B>, waiting: Waiting },
        /// Until the service below takes a request; at first it has said so already.
        Ready { load: Load<B>, token: Token },
        Called { #[pin] future: F, copy: Option<Request<B>>, token: Token },
        /// Until the rate limit allows it.
        Sleeping { load: Load<B>, sleeping: Pin<Box<Sleep>> },
        /// While one state is made into another.
        Moving,
    }
}

type Waiting = Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send>>;

/// What a call keeps from one attempt to the next.
struct Run<S, C> {
    inner: S,
    plan: Plan<C>,
    call: Call,
}

impl<S: Service<Request<B>>, B, C> ResponseFuture<S, B, C> {
    pub(super) fn passed_through(future: S::Future) -> Self {
        Self { way: Way::PassedThrough { future } }
    }

    /// `ready` has said that it is.
    pub(super) fn authorised(ready: S, request: Request<B>, plan: Plan<C>) -> Self
    where
        C: CopyBody<B>,
    {
        let replay = Replay::of_method(request.method().as_str());
        let load = Load::new(request, &plan.copy);
        let replay = if load.copy.is_some() { replay } else { replay.body_once() };
        let call = Call::new(replay, plan.limits);
        let run = Run { inner: ready, plan, call };
        Self { way: Way::Authorised { state: run.with_token(load), run } }
    }
}

impl<S, C> Run<S, C> {
    /// The state in which the request waits for a token, or has one.
    fn with_token<B, F>(&self, load: Load<B>) -> State<B, F> {
        if let Some(token) = self.plan.client.cached() {
            return State::Ready { load, token };
        }
        let client = self.plan.client.clone();
        State::Token { load, waiting: Box::pin(async move { client.token().await }) }
    }

    fn after<R>(&mut self, response: &Response<R>, token: &Token) -> Next {
        let mut head = ResponseHead::new(response.status().as_u16());
        for (name, value) in response.headers() {
            head.header(name.as_str().as_bytes(), value.as_bytes());
        }
        let client = &self.plan.client;
        if Call::counts_as_use(&head) {
            client.tell_used(token);
        }
        // The body is the caller's to read.
        self.call.answered(&head, b"", clock::now(), random::value(), || client.refused(token))
    }

    fn rest(&self, until: Instant) -> Sleep {
        let wait = until.saturating_since(clock::now());
        let host = self.plan.client.shared().api.authority();
        tracing::info!(host, %wait, "the rate limit of the API is obeyed");
        sleep(wait.into())
    }
}

impl<S, B, R, C> Future for ResponseFuture<S, B, C>
where
    S: Service<Request<B>, Response = Response<R>>,
    C: CopyBody<B>,
{
    type Output = Result<Response<R>, TokenServiceError<S::Error>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (mut state, run) = match self.project().way.project() {
            WayPinned::PassedThrough { future } => {
                return future.poll(context).map_err(TokenServiceError::Service);
            }
            WayPinned::Authorised { state, run } => (state, run),
        };
        loop {
            match state.as_mut().project() {
                StatePinned::Token { waiting, .. } => {
                    let token = ready!(waiting.as_mut().poll(context)).map_err(TokenServiceError::Token)?;
                    if let StateOwned::Token { load, .. } = state.as_mut().project_replace(State::Moving) {
                        state.set(State::Ready { load, token });
                    }
                }
                StatePinned::Ready { .. } => {
                    ready!(run.inner.poll_ready(context)).map_err(TokenServiceError::Service)?;
                    if let StateOwned::Ready { load, token } = state.as_mut().project_replace(State::Moving) {
                        let Load { mut request, copy } = load;
                        request
                            .headers_mut()
                            .insert(header::AUTHORIZATION, token.authorization_header_value());
                        let future = run.inner.call(request);
                        state.set(State::Called { future, copy, token });
                    }
                }
                StatePinned::Called { future, copy, token } => {
                    let response = ready!(future.poll(context)).map_err(TokenServiceError::Service)?;
                    // A copy that could be made once may fail to be made again: then the response is the last one too.
                    match (run.after(&response, token), copy.take()) {
                        (Next::Deliver | Next::Refused(_), _) | (_, None) => {
                            return Poll::Ready(Ok(response));
                        }
                        (Next::SendWithNewToken, Some(request)) => {
                            state.set(run.with_token(Load::new(request, &run.plan.copy)));
                        }
                        (Next::Wait { until }, Some(request)) => {
                            let load = Load::new(request, &run.plan.copy);
                            let sleeping = Box::pin(run.rest(until));
                            state.set(State::Sleeping { load, sleeping });
                        }
                    }
                }
                StatePinned::Sleeping { sleeping, .. } => {
                    ready!(sleeping.as_mut().poll(context));
                    if let StateOwned::Sleeping { load, .. } = state.as_mut().project_replace(State::Moving) {
                        state.set(run.with_token(load));
                    }
                }
                StatePinned::Moving => return Poll::Pending,
            }
        }
    }
}

impl<S: Service<Request<B>>, B, C> fmt::Debug for ResponseFuture<S, B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
