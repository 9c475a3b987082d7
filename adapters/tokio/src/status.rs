//! What a client has done and does next, for metrics and status pages.

use std::time::Duration;

use crate::error::TokenError;

/// State of a client, and counts since it was built: see [`TokenClient::status`](crate::TokenClient::status). Holds no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientStatus {
    /// Exchanges that have ended, by their result.
    pub exchanges: ExchangeCounts,
    /// Time since the exchange that obtained the current token; `None` without a token.
    pub token_age: Option<Duration>,
    /// Time until the next exchange or check; `None` while an exchange is in flight, and if none is made before settings change.
    pub next_exchange_in: Option<Duration>,
    /// How late the token is or was: the time since an exchange became due, while its token is not there; then the time that the last
    /// token took from that moment.
    pub lateness: Duration,
    /// The last exchange that failed, also if a later one did not.
    pub last_failure: Option<PastFailure>,
}

/// Numbers of exchanges by result. They begin at 0 when the client is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExchangeCounts {
    /// An access token was obtained.
    pub tokens: u64,
    /// The service refused the request.
    pub refused: u64,
    /// The credential source returned none.
    pub credentials: u64,
    /// There was no complete response.
    pub transport: u64,
    /// The response is not a valid token response.
    pub protocol: u64,
    /// No exchange: a token that another process has obtained was found in the shared store.
    pub shared: u64,
    /// No exchange: the shared store did not answer, or other processes failed.
    pub store: u64,
    /// Any other failure.
    pub other: u64,
}

/// An exchange that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PastFailure {
    /// Why, and what to do.
    pub error: TokenError,
    /// Time since then.
    pub age: Duration,
}
