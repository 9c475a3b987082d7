//! Lifecycle of the token: core's manager, the exchange in flight, the grant, and the token as callers read it.

use std::sync::Arc;

use genesys_token_core::lifecycle::{
    Answer, AnyGrant, ExchangeReason, Generation, Outcome, Policy, Step, Ticket, TokenManager,
};
use genesys_token_core::time::Instant;

use super::history::{History, Origin};
use super::published::PublishedToken;
use super::thread_cache::ClientKey;
use crate::error::{TokenError, TokenErrorKind};
use crate::grant::Grant;
use crate::random;
use crate::secret::SecretString;
use crate::status::ClientStatus;
use crate::token::{Token, TokenData};

/// The longest access token, in bytes. The service does not document a length; its tokens have about 86.
const TOKEN_CAPACITY: usize = 2048;

/// Lifecycle of a client's token.
pub(crate) struct Lifecycle {
    manager: TokenManager<TOKEN_CAPACITY, Arc<TokenErrorKind>, AnyGrant>,
    published: PublishedToken,
    grant: Grant,
    grant_number: GrantNumber,
    /// Scope that the response of the token endpoint named for the manager's token.
    granted_scope: Option<Arc<str>>,
    /// Fingerprint of the credentials of the last exchange.
    last_credentials: Option<u64>,
    /// The ticket is kept here and not in the future of the exchange, so that it can be abandoned when that future is no longer polled.
    in_flight: Option<(ExchangeNumber, Ticket)>,
    last_exchange: ExchangeNumber,
    history: History,
}

/// Number of an exchange. Each exchange of a client has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExchangeNumber(u64);

/// Number of a grant that the caller set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GrantNumber(u64);

/// An exchange that has begun, and what it is made with.
pub(crate) struct ExchangeStart {
    pub(crate) number: ExchangeNumber,
    pub(crate) reason: ExchangeReason,
    pub(crate) grant: Grant,
    pub(crate) grant_number: GrantNumber,
}

/// What the background task does next.
pub(crate) enum Work {
    Exchange(ExchangeStart),
    /// The service refused the credentials: ask the source whether it has others.
    CheckCredentials,
    Sleep {
        until: Instant,
    },
}

/// What is known about an exchange that ends, beside its outcome.
#[derive(Clone, Copy)]
pub(crate) struct Ending<'a> {
    /// Fingerprint of the credentials that it was made with.
    pub(crate) credentials: Option<u64>,
    pub(crate) origin: Origin,
    /// The login host, for errors.
    pub(crate) host: &'a str,
}

/// Result of an exchange, for the log.
pub(crate) struct Finished {
    /// Time until the manager's next deadline, in whole seconds.
    pub(crate) next_in_s: Option<u64>,
    pub(crate) failure: Option<Arc<TokenErrorKind>>,
}

impl Lifecycle {
    pub(super) fn new(policy: Policy, grant: Grant) -> Self {
        Self {
            manager: TokenManager::with_grant(policy, grant.usage()).with_random(random::value()),
            published: PublishedToken::default(),
            grant,
            grant_number: GrantNumber(0),
            granted_scope: None,
            last_credentials: None,
            in_flight: None,
            last_exchange: ExchangeNumber(0),
            history: History::default(),
        }
    }

    /// Returns the next work, and begins the exchange if one is due.
    pub(crate) fn next_work(&mut self, now: Instant) -> Work {
        let due = self.manager.next_deadline().map_or(now, |due| due.min(now));
        match self.manager.poll(now) {
            Step::Exchange(reason) => {
                self.history.began(due);
                if let Some(start) = self.begin_exchange(reason, now) {
                    return Work::Exchange(start);
                }
            }
            Step::CheckCredentials => return Work::CheckCredentials,
            Step::Wait { .. } | Step::Stop(_) => {}
        }
        Work::Sleep { until: self.manager.next_deadline().unwrap_or(Instant::FAR_FUTURE) }
    }

    fn begin_exchange(&mut self, reason: ExchangeReason, now: Instant) -> Option<ExchangeStart> {
        let ticket = self.manager.begin(now)?;
        self.last_exchange = ExchangeNumber(self.last_exchange.0.wrapping_add(1));
        self.in_flight = Some((self.last_exchange, ticket));
        Some(ExchangeStart {
            number: self.last_exchange,
            reason,
            grant: self.grant.clone(),
            grant_number: self.grant_number,
        })
    }

    /// Completes the exchange. `None` if it was abandoned before.
    pub(crate) fn finish_exchange(
        &mut self,
        number: ExchangeNumber,
        now: Instant,
        outcome: Outcome<'_, '_, Arc<TokenErrorKind>>,
        ending: Ending<'_>,
    ) -> Option<Finished> {
        let Ending { credentials, origin, host } = ending;
        self.last_credentials = credentials.or(self.last_credentials);
        let ticket = self.take_ticket(number)?;
        let scope = match &outcome {
            Outcome::Token(response) => response.scope().map(Arc::from),
            Outcome::Failed(_) => None,
        };
        self.manager.complete(ticket, now, outcome, random::value());
        let failure = self.manager.last_failure();
        if failure.is_none() {
            self.granted_scope = scope;
        }
        let failure = failure.map(|failure| TokenErrorKind::from_failure(failure, host));
        self.history.ended(failure.as_ref(), origin, now);
        let next = self.manager.next_deadline();
        Some(Finished { next_in_s: next.map(|next| next.saturating_since(now).as_secs()), failure })
    }

    /// Abandons this exchange, unless it has ended.
    pub(crate) fn abandon_exchange(&mut self, number: ExchangeNumber, now: Instant) {
        if let Some(ticket) = self.take_ticket(number) {
            self.manager.abandon(ticket, now);
        }
    }

    /// Abandons whichever exchange is in flight.
    pub(crate) fn abandon_any_exchange(&mut self, now: Instant) {
        if let Some((_, ticket)) = self.in_flight.take() {
            self.manager.abandon(ticket, now);
        }
    }

    /// Returns the end of the token, if there is a valid one.
    #[cfg(feature = "store")]
    pub(crate) fn valid_until(&self, now: Instant) -> Option<Instant> {
        match self.manager.token(now) {
            Answer::Ready(token) => Some(token.expires_at),
            _ => None,
        }
    }

    pub(crate) const fn exchange_in_flight(&self) -> bool {
        self.in_flight.is_some()
    }

    fn take_ticket(&mut self, number: ExchangeNumber) -> Option<Ticket> {
        self.in_flight.take_if(|(in_flight, _)| *in_flight == number).map(|(_, ticket)| ticket)
    }

    /// Returns what the client has done and does next.
    pub(crate) fn status(&self, now: Instant) -> ClientStatus {
        let next = self.manager.next_deadline().filter(|_| self.in_flight.is_none());
        let has_token = self.published.data().is_some();
        ClientStatus {
            exchanges: self.history.counts,
            token_age: self.history.token_age(now).filter(|_| has_token).map(Into::into),
            next_exchange_in: next.map(|next| next.saturating_since(now).into()),
            lateness: self.history.lateness(now).into(),
            last_failure: self.history.last_failure(now),
        }
    }

    /// Returns the valid token. The calling thread finds it in its cache from now on.
    pub(super) fn token(&mut self, client: ClientKey) -> Option<Token> {
        self.published.token(client)
    }

    /// Returns why there is no token, unless an exchange is due or in flight.
    pub(crate) fn unavailable(&self, now: Instant, host: &str) -> Option<TokenError> {
        let Answer::Unavailable { failure, retry_at } = self.manager.token(now) else {
            return None;
        };
        let cause = TokenErrorKind::from_failure(failure, host);
        Some(match retry_at {
            Some(retry_at) => TokenError::until(cause, retry_at),
            None => TokenError::login_required(cause),
        })
    }

    pub(crate) fn token_refused(&mut self, generation: Generation, now: Instant) -> bool {
        self.manager.token_refused(generation, now)
    }

    pub(crate) fn token_used(&mut self, generation: Generation, now: Instant) {
        self.manager.token_used(generation, now);
    }

    pub(crate) fn credentials_changed(&mut self, now: Instant) {
        self.manager.credentials_changed(now);
    }

    /// Compares the source's credentials, if it returned any, with those that were refused. Returns whether they are others, which ends
    /// the wait.
    pub(crate) fn credentials_checked(&mut self, fingerprint: Option<u64>, now: Instant) -> bool {
        let changed = fingerprint.is_some() && self.last_credentials != fingerprint;
        if changed {
            self.manager.credentials_changed(now);
        } else {
            self.manager.credentials_unchanged(now);
        }
        changed
    }

    pub(crate) const fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Replaces the grant; waits and stops that the old one caused end.
    pub(crate) fn replace_grant(&mut self, grant: Grant, now: Instant) {
        self.manager.grant_replaced(grant.usage(), now);
        self.set_grant(grant);
    }

    fn set_grant(&mut self, grant: Grant) {
        self.grant = grant;
        self.grant_number = GrantNumber(self.grant_number.0.wrapping_add(1));
    }

    /// Replaces the grant of this exchange by the refresh token of its response. Client credentials stay, because they can always be
    /// used, and so does a grant that the caller has set meanwhile.
    pub(crate) fn rotate_grant(&mut self, start: &ExchangeStart, refresh_token: SecretString, now: Instant) {
        if start.grant_number != self.grant_number || start.grant.is_repeatable() {
            return;
        }
        self.grant = Grant::RefreshToken { refresh_token };
        let is_in_flight = self.in_flight.as_ref().is_some_and(|(number, _)| *number == start.number);
        if !is_in_flight {
            // The exchange was abandoned, and the manager does not see its response: it would take the old grant for used up.
            self.manager.grant_replaced(self.grant.usage(), now);
        }
    }

    /// Wipes token and grant; the exchange in flight is abandoned.
    pub(super) fn clear(&mut self) {
        self.manager.clear();
        self.set_grant(Grant::ClientCredentials);
    }

    /// Brings the token that callers read without the lock in line with the manager.
    pub(crate) fn publish(&mut self, now: Instant) {
        let published = self.published.data();
        match self.manager.token(now) {
            Answer::Ready(token) => {
                if let Some(data) = published.filter(|data| data.generation == token.generation) {
                    data.set_valid_until(token.expires_at);
                } else {
                    let data = TokenData::new(&token, self.granted_scope.clone());
                    self.published.replace(data);
                }
            }
            _ if published.is_some() => self.published.replace(None),
            _ => {}
        }
    }
}
