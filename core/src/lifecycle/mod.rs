//! When to ask for a token, when to refresh, wait or stop.
use crate::text::CapacityError;
use crate::time::{Duration, Instant};
use crate::wire::{ExchangeError, ProtocolError, Refusal, TokenResponse};
use core::fmt;

/// The numbers behind every decision.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// Refresh begins this long before a token's end. Default 300 s; scaled down for short lifetimes.
    pub refresh_margin: Duration,
    /// Random delay added to it. Default 30 s; scaled down likewise.
    pub refresh_jitter: Duration,
    /// An exchange that has not ended after this is presumed lost. Default 30 s.
    pub exchange_timeout: Duration,
    /// First and longest wait after transport failures and 5xx: 1 s, 60 s, exponential with full jitter.
    pub backoff_min: Duration,
    /// See `backoff_min`.
    pub backoff_max: Duration,
    /// First and longest wait after refused credentials: 5 min, 1 h.
    pub refused_min: Duration,
    /// See `refused_min`.
    pub refused_max: Duration,
    /// Longest `Retry-After` obeyed to the second; a longer one is cut to this. Default 1 h.
    pub retry_after_max: Duration,
    /// Lifetime of a token that came without `expires_in`. Default 300 s, the least the service grants.
    pub assumed_lifetime: Duration,
    /// Presume an unused token dead after this. Default `None`.
    pub idle_timeout: Option<Duration>,
}
impl Default for Policy {
    fn default() -> Self {
        todo!()
    }
}

/// Decides when to exchange, and keeps the token. `TOKEN`: capacity for the access token in bytes.
pub struct TokenManager<const TOKEN: usize = 1024> {
    policy: Policy,
}

impl<const TOKEN: usize> TokenManager<TOKEN> {
    /// Without a token.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy }
    }
    /// What to do now. Call it after every other `&mut` call, and when [`Self::next_deadline`] has come.
    pub fn poll(&mut self, _now: Instant) -> Step {
        todo!()
    }
    /// An exchange starts now. `None` if one is in flight or none is due: then do nothing.
    pub fn begin(&mut self, _now: Instant) -> Option<Ticket> {
        todo!()
    }
    /// The exchange of this ticket ended. `random`: any uniformly distributed value, for jitter.
    pub fn complete(&mut self, _ticket: Ticket, _now: Instant, _outcome: Outcome<'_, '_>, _random: u32) {
        todo!()
    }
    /// The exchange of this ticket was given up by the caller (future dropped): frees the flight, no failure is counted.
    pub fn abandon(&mut self, _ticket: Ticket, _now: Instant) {
        todo!()
    }
    /// The token if there is a live one, else what the caller is to do.
    pub fn token(&self, _now: Instant) -> Answer<'_> {
        todo!()
    }
    /// A token was used for an API call (matters for `idle_timeout` only).
    pub fn token_used(&mut self, _generation: Generation, _now: Instant) {
        todo!()
    }
    /// The API answered 401 for this generation. `true` if a replay with another token makes sense.
    pub fn token_refused(&mut self, _generation: Generation, _now: Instant) -> bool {
        todo!()
    }
    /// There are new credentials: every wait caused by the old ones ends.
    pub fn credentials_changed(&mut self, _now: Instant) {
        todo!()
    }
    /// When to call [`Self::poll`] again, at the latest; `None`: only after another call.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        todo!()
    }
    /// Drops and wipes the token (shutdown, log-out).
    pub fn clear(&mut self) {
        todo!()
    }
    /// Why the last exchange failed; `None` after a success.
    #[must_use]
    pub fn last_failure(&self) -> Option<&Failure> {
        todo!()
    }
}

/// Numbers tokens, in the order they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Generation(u32);

/// Stands for one exchange. Not `Clone`: hand it back exactly once.
#[derive(Debug)]
#[must_use]
pub struct Ticket(u32);

/// How an exchange ended.
#[derive(Debug)]
pub enum Outcome<'a, 'b> {
    /// A token.
    Token(&'a TokenResponse<'b>),
    /// None.
    Failed(Failure),
}
/// Why an exchange gave no token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The service said no.
    Refused(Refusal),
    /// The peer's bytes are not a legal response.
    Protocol(ProtocolError),
    /// The token does not fit.
    Capacity(CapacityError),
    /// No response: name lookup, connection, TLS, deadline. The adapter keeps the details.
    Transport,
    /// The credential source gave none. Retried like a transport failure.
    NoCredentials,
    /// The API refused a fresh token twice in a row.
    FreshTokenRefused,
}
impl From<ExchangeError> for Failure {
    fn from(_: ExchangeError) -> Self {
        todo!()
    }
}
impl fmt::Display for Failure {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
impl core::error::Error for Failure {}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// Call `begin` and exchange.
    Exchange(ExchangeReason),
    /// Nothing until then, unless something happens before.
    Wait {
        /// When to poll again.
        until: Instant,
        /// What for.
        reason: WaitReason,
    },
    /// Nothing until credentials change.
    Stop(StopReason),
}
/// Why an exchange is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeReason {
    /// No token yet.
    First,
    /// The token ends soon.
    Refresh,
    /// The token ended.
    Expired,
    /// The API refused the token.
    TokenRefused,
    /// There are new credentials.
    CredentialsChanged,
    /// The wait after a failure is over.
    Retry,
}
/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The token is fresh.
    Fresh,
    /// An exchange is in flight.
    InFlight,
    /// Transport failed or the service was unavailable.
    Backoff,
    /// The service asked to slow down.
    RateLimited,
    /// Credentials or client were refused.
    Refused,
}
/// Why there is nothing to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The grant is used up: a new code, refresh token or assertion is needed.
    GrantUsedUp,
}

/// The answer to somebody who wants a token now.
#[derive(Debug)]
pub enum Answer<'a> {
    /// Use this.
    Ready(TokenRef<'a>),
    /// An exchange is in flight or due at once: wait for it.
    Pending,
    /// None to be had now; waiting in line would not help.
    Unavailable {
        /// Why.
        failure: &'a Failure,
        /// When the next exchange is due; `None`: not before credentials change.
        retry_at: Option<Instant>,
    },
}
/// A live token, borrowed.
#[derive(Clone, Copy)]
pub struct TokenRef<'a> {
    /// The access token text. Never log it.
    pub access_token: &'a str,
    /// Which one it is.
    pub generation: Generation,
    /// It must not be used from this moment on.
    pub expires_at: Instant,
}
impl fmt::Debug for TokenRef<'_> {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
