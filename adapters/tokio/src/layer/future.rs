//! One call of the service, as core's `Call` decides.

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

use super::body::{Attempt, CopyBody};
use super::error::TokenServiceError;
use super::settings::LayerSettings;
use crate::clock;
use crate::error::TokenError;
use crate::random;
use crate::token::Token;

pin_project! {
    /// The future of a [`TokenService`](super::TokenService)'s response.
    pub struct ResponseFuture<S, B, C>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        route: Route<S, B, C, S::Future>,
    }
}

pin_project! {
    #[project = RoutePinned]
    enum Route<S, B, C, F> {
        /// The host does not receive the token.
        PassedThrough { #[pin] future: F },
        Authorised { #[pin] state: State<B, F>, call_state: CallState<S, C> },
    }
}

pin_project! {
    #[project = StatePinned]
    #[project_replace = StateOwned]
    enum State<B, F> {
        /// Waits for a token.
        Token { attempt: Attempt<B>, waiting: Waiting },
        /// Waits until the inner service is ready. For the first attempt it is already.
        Ready { attempt: Attempt<B>, token: Token },
        Called { #[pin] future: F, copy: Option<Request<B>>, token: Token },
        /// Waits for the rate limit.
        Sleeping { attempt: Attempt<B>, sleeping: Pin<Box<Sleep>> },
        /// Between two states.
        Moving,
    }
}

type Waiting = Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send>>;

/// State of a call that all its attempts share.
struct CallState<S, C> {
    inner: S,
    settings: LayerSettings<C>,
    call: Call,
}

impl<S: Service<Request<B>>, B, C> ResponseFuture<S, B, C> {
    pub(super) fn passed_through(future: S::Future) -> Self {
        Self { route: Route::PassedThrough { future } }
    }

    /// `ready` has returned ready from `poll_ready`.
    pub(super) fn authorised(ready: S, request: Request<B>, settings: LayerSettings<C>) -> Self
    where
        C: CopyBody<B>,
    {
        let replay = Replay::of_method(request.method().as_str());
        let attempt = Attempt::new(request, &settings.copy);
        let replay = if attempt.copy.is_some() { replay } else { replay.one_shot_body() };
        let call = Call::new(replay, settings.limits);
        let call_state = CallState { inner: ready, settings, call };
        Self { route: Route::Authorised { state: call_state.with_token(attempt), call_state } }
    }
}

impl<S, C> CallState<S, C> {
    /// Returns the state of the next attempt: with the cached token, or waiting for one.
    fn with_token<B, F>(&self, attempt: Attempt<B>) -> State<B, F> {
        if let Some(token) = self.settings.client.cached() {
            return State::Ready { attempt, token };
        }
        let client = self.settings.client.clone();
        State::Token { attempt, waiting: Box::pin(async move { client.token().await }) }
    }

    fn after<R>(&mut self, response: &Response<R>, token: &Token) -> Next {
        let mut head = ResponseHead::new(response.status().as_u16());
        // A success is delivered whatever its fields are.
        if !response.status().is_success() {
            for (name, value) in response.headers() {
                head.header(name.as_str().as_bytes(), value.as_bytes());
            }
            head.received_at(clock::unix_seconds());
        }
        let client = &self.settings.client;
        if Call::counts_as_use(&head) {
            client.record_use(token);
        }
        // The body is left to the caller.
        self.call.answered(&head, b"", clock::now(), random::value(), || client.token_refused(token))
    }

    fn wait(&self, until: Instant) -> Sleep {
        let wait = until.saturating_since(clock::now());
        let host = self.settings.client.shared().api.name();
        tracing::info!(host, %wait, "waiting for the rate limit of the API");
        #[cfg(feature = "metrics")]
        crate::meters::rate_limit_waited(host, wait.into());
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
        let (mut state, call_state) = match self.project().route.project() {
            RoutePinned::PassedThrough { future } => {
                return future.poll(context).map_err(TokenServiceError::Service);
            }
            RoutePinned::Authorised { state, call_state } => (state, call_state),
        };
        loop {
            match state.as_mut().project() {
                StatePinned::Token { waiting, .. } => {
                    let token = ready!(waiting.as_mut().poll(context)).map_err(TokenServiceError::Token)?;
                    if let StateOwned::Token { attempt, .. } = state.as_mut().project_replace(State::Moving) {
                        state.set(State::Ready { attempt, token });
                    }
                }
                StatePinned::Ready { .. } => {
                    ready!(call_state.inner.poll_ready(context)).map_err(TokenServiceError::Service)?;
                    if let StateOwned::Ready { attempt, token } =
                        state.as_mut().project_replace(State::Moving)
                    {
                        let Attempt { mut request, copy } = attempt;
                        request
                            .headers_mut()
                            .insert(header::AUTHORIZATION, token.authorization_header_value());
                        let future = call_state.inner.call(request);
                        state.set(State::Called { future, copy, token });
                    }
                }
                StatePinned::Called { future, copy, token } => {
                    let response = ready!(future.poll(context)).map_err(TokenServiceError::Service)?;
                    // A copy that succeeded once may fail the next time: then this response is the last one.
                    match (call_state.after(&response, token), copy.take()) {
                        (Next::Deliver | Next::Refused(_), _) | (_, None) => {
                            return Poll::Ready(Ok(response));
                        }
                        (Next::SendWithNewToken, Some(request)) => {
                            state
                                .set(call_state.with_token(Attempt::new(request, &call_state.settings.copy)));
                        }
                        (Next::Wait { until }, Some(request)) => {
                            let attempt = Attempt::new(request, &call_state.settings.copy);
                            let sleeping = Box::pin(call_state.wait(until));
                            state.set(State::Sleeping { attempt, sleeping });
                        }
                    }
                }
                StatePinned::Sleeping { sleeping, .. } => {
                    ready!(sleeping.as_mut().poll(context));
                    if let StateOwned::Sleeping { attempt, .. } =
                        state.as_mut().project_replace(State::Moving)
                    {
                        state.set(call_state.with_token(attempt));
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
