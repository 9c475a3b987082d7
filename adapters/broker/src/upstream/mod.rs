//! One OAuth client of the service: its token, its successor and its rate limit.

mod budget;
mod build;
mod forward;
mod forwarded;
mod seen;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_tokio::core::wire::RefusalClass;
use genesys_token_tokio::{
    ApiError, ClientStatus, ExchangeCounts, ForwardBody, ForwardedBody, Token, TokenClient, TokenError,
    TokenErrorKind,
};
use hyper::{Request, Response};

pub(crate) use budget::{Budget, Lane, Permit};
pub use build::UpstreamError;
pub(crate) use forwarded::ForwardedCounters;
use seen::Seen;

use crate::config::ClientConfig;

/// An OAuth client with the state that its consumers share.
pub(crate) struct Upstream {
    pub(crate) name: String,
    pub(crate) config: ClientConfig,
    primary: Route,
    successor: Option<Route>,
    successor_is_active: AtomicBool,
    pub(crate) budget: Budget,
    /// The number of callers that wait for a token.
    pub(crate) waiters: AtomicUsize,
}

/// One set of credentials: the client that has its token, and sends requests with it.
struct Route {
    client: TokenClient,
    seen: Seen,
    /// The exchanges that the metrics already include.
    reported: Mutex<ExchangeCounts>,
}

/// The state of a client, for `status`.
pub(crate) struct Snapshot {
    pub(crate) token: Option<Token>,
    pub(crate) status: ClientStatus,
    pub(crate) error: Option<TokenError>,
    pub(crate) on_successor: bool,
}

impl Upstream {
    /// Returns the token with a line end, if there is one outside its refresh margin now.
    pub(crate) fn token_line(&self) -> Option<Bytes> {
        let route = self.active();
        route.seen.line(&route.client, &route.client.cached()?)
    }

    /// Returns a token outside its refresh margin, from the credentials that the service accepts.
    ///
    /// # Errors
    /// The reason why there is none; if the successor was refused too, that of the primary credentials.
    pub(crate) async fn token(&self) -> Result<Token, Unavailable> {
        if let Some(token) = self.ready_token() {
            return Ok(token);
        }
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiters);
        let (route, token) = self.token_of_accepted_credentials().await.map_err(Unavailable::Failed)?;
        if route.seen.is_outside_margin(&route.client, &token) {
            Ok(token)
        } else {
            Err(Unavailable::InsideMargin(token.expires_in()))
        }
    }

    /// Returns a token outside its refresh margin, if there is one now.
    pub(crate) fn ready_token(&self) -> Option<Token> {
        let route = self.active();
        route.client.cached().filter(|token| route.seen.is_outside_margin(&route.client, token))
    }

    async fn token_of_accepted_credentials(&self) -> Result<(&Route, Token), TokenError> {
        let on_successor = self.successor_is_active.load(Ordering::Relaxed);
        let active = self.active();
        let error = match active.client.token().await {
            Ok(token) => return Ok((active, token)),
            Err(error) => error,
        };
        if self.successor.is_none() || !is_refusal_of_client(&error) {
            return Err(error);
        }
        let other = if on_successor { Some(&self.primary) } else { self.successor.as_ref() };
        let other = other.unwrap_or(&self.primary);
        match other.client.token().await {
            Ok(token) => {
                self.successor_is_active.store(!on_successor, Ordering::Relaxed);
                tracing::warn!(
                    client = self.name,
                    successor = !on_successor,
                    "the service refused the credentials; the other ones are used from now on"
                );
                Ok((other, token))
            }
            Err(_) => Err(error),
        }
    }

    /// Returns the token, if there is one now.
    pub(crate) fn cached_token(&self) -> Option<Token> {
        self.active().client.cached()
    }

    /// Sends a request of a consumer to the Platform API, with the token of the credentials in use. Its response is for
    /// [`received`](Self::received).
    pub(crate) fn forward(
        &self,
        mut request: Request<ForwardBody>,
    ) -> impl Future<Output = Result<Response<ForwardedBody>, ApiError>> {
        forward::prepare(request.headers_mut());
        // Returned as it is: a future that another one awaits would be in memory twice, with its request.
        self.active().client.forward(request)
    }

    /// Records the rate limit that a response of the Platform API reports, and returns what is for the consumer.
    pub(crate) fn received(&self, mut response: Response<ForwardedBody>) -> Response<ForwardedBody> {
        forward::finish(&mut response, &self.budget);
        response
    }

    /// Returns the current state. Starts nothing.
    pub(crate) async fn snapshot(&self) -> Snapshot {
        let client = &self.active().client;
        let (token, error) = match client.cached() {
            Some(token) => (Some(token), None),
            // Returns at once while the client waits after a failure; an exchange in flight is not waited for.
            None => match tokio::time::timeout(Duration::from_millis(1), client.token()).await {
                Ok(Ok(token)) => (Some(token), None),
                Ok(Err(error)) => (None, Some(error)),
                Err(_in_flight) => (None, None),
            },
        };
        let status = client.status();
        Snapshot { token, status, error, on_successor: self.successor_is_active.load(Ordering::Relaxed) }
    }

    /// Returns the numbers of exchanges by result since the last call, of both sets of credentials.
    pub(crate) fn unreported_exchanges(&self) -> BTreeMap<&'static str, u64> {
        let mut sums = BTreeMap::new();
        for route in [Some(&self.primary), self.successor.as_ref()].into_iter().flatten() {
            let now = route.client.status().exchanges;
            let before =
                std::mem::replace(&mut *route.reported.lock().unwrap_or_else(PoisonError::into_inner), now);
            for ((result, now), (_, before)) in by_result(&now).into_iter().zip(by_result(&before)) {
                *sums.entry(result).or_default() += now.saturating_sub(before);
            }
        }
        sums
    }

    /// Closes the clients and wipes their tokens.
    pub(crate) fn close(&self) {
        for route in [Some(&self.primary), self.successor.as_ref()].into_iter().flatten() {
            route.client.close();
            route.seen.forget();
        }
    }

    fn active(&self) -> &Route {
        match &self.successor {
            Some(successor) if self.successor_is_active.load(Ordering::Relaxed) => successor,
            _ => &self.primary,
        }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The reason why there is no token for a consumer.
#[derive(Debug)]
pub(crate) enum Unavailable {
    /// The client has no token.
    Failed(TokenError),
    /// The client has one, but its refresh is overdue; its remaining lifetime.
    InsideMargin(Duration),
}

impl Unavailable {
    /// Returns when to ask again.
    pub(crate) fn retry_after(&self) -> Duration {
        match self {
            Self::Failed(error) => {
                error.retry_in().unwrap_or(Duration::from_secs(60)).max(Duration::from_secs(1))
            }
            Self::InsideMargin(_) => Duration::from_secs(1),
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::InsideMargin(left) => {
                write!(
                    f,
                    "the token ends in {} s and its refresh has not succeeded yet: ask again",
                    left.as_secs()
                )
            }
        }
    }
}

/// Returns the counts with the values of the label `result`.
pub(crate) const fn by_result(counts: &ExchangeCounts) -> [(&'static str, u64); 8] {
    [
        ("token", counts.tokens),
        ("refused", counts.refused),
        ("credentials", counts.credentials),
        ("transport", counts.transport),
        ("protocol", counts.protocol),
        ("shared", counts.shared),
        ("store", counts.store),
        ("other", counts.other),
    ]
}

/// Returns whether other credentials may succeed.
fn is_refusal_of_client(error: &TokenError) -> bool {
    match error.kind() {
        TokenErrorKind::Refused { refusal, .. } => {
            matches!(refusal.class(), RefusalClass::Credentials | RefusalClass::ClientNotAllowed)
        }
        TokenErrorKind::Credentials(_) => true,
        _ => false,
    }
}

struct Waiting<'u>(&'u AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
