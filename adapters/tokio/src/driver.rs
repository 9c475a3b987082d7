//! The task that keeps the token fresh: does what core's manager says, and waits as long as it says.

use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::lifecycle::{ExchangeReason, Failure, Outcome, Step};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::parse_token_response;
use tokio::time::timeout;

use crate::credentials::CredentialError;
use crate::error::TokenErrorKind;
use crate::exchange::{self, Obtained};
use crate::secret::SecretString;
use crate::state::{DriverNumber, FlightNumber, GrantNumber, Shared};
use crate::{clock, random};

/// tokio's timers do not count the time that the machine was suspended: after this long the clock is asked again.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Runs until it is aborted, or its runtime ends.
pub(crate) async fn drive(shared: Arc<Shared>, number: DriverNumber) {
    let _end = End { shared: &shared, number };
    loop {
        let (now, step, until) = shared.update_quietly(|state, now| {
            let step = state.manager.poll(now);
            (now, step, state.manager.next_deadline())
        });
        let until = until.unwrap_or(Instant::FAR_FUTURE);
        match step {
            Step::Exchange(reason) => exchange(&shared, reason).await,
            Step::CheckCredentials => check_credentials(&shared).await,
            Step::Wait { .. } | Step::Stop(_) => rest(&shared, until, now).await,
        }
    }
}

/// Sleeps until then, until somebody wakes the driver, or for a minute.
async fn rest(shared: &Shared, until: Instant, now: Instant) {
    shared.login.close_if_stale(now);
    shared.api.close_if_stale(now);
    let span = Duration::from(until.saturating_since(now)).min(LONGEST_SLEEP);
    // A timer that fires early only costs a turn: core decides by its own clock.
    let _ = timeout(span, shared.wake.notified()).await;
}

async fn exchange(shared: &Shared, reason: ExchangeReason) {
    let Some(number) = shared.lock().take_off(clock::now()) else {
        return;
    };
    let (grant, grant_number) = shared.lock().grant();
    let flight = Flight { shared, number, grant: grant_number };
    tracing::debug!(host = shared.login.authority(), ?reason, "an exchange for an access token begins");
    let obtained = exchange::obtain(shared, &grant).await;
    flight.land(obtained);
}

/// A refused secret is not tried again for minutes; one that was changed meanwhile is tried at once.
async fn check_credentials(shared: &Shared) {
    let hash = exchange::credentials(shared).await.ok().map(|credentials| shared.hash(&credentials));
    if hash.is_some() && shared.lock().last_credentials != hash {
        tracing::info!("the refused credentials were replaced");
        shared.update(|state, now| state.manager.credentials_changed(now));
    } else {
        shared.update_quietly(|state, now| state.manager.credentials_unchanged(now));
    }
}

/// An exchange on its way: if the future is dropped the manager learns of it all the same.
struct Flight<'a> {
    shared: &'a Shared,
    number: FlightNumber,
    grant: GrantNumber,
}

impl Flight<'_> {
    fn land(self, obtained: Result<Obtained, TokenErrorKind>) {
        match obtained {
            Err(detail) => {
                let failure = match detail {
                    TokenErrorKind::Transport(_) => Failure::Transport(()),
                    _ => Failure::NoCredentials(()),
                };
                self.complete(Outcome::Failed(failure), false, Some(detail));
            }
            Ok(mut obtained) => {
                self.shared.lock().last_credentials = Some(obtained.credentials);
                match parse_token_response(&obtained.head, &mut obtained.body) {
                    Err(error) => self.complete(Outcome::Failed(error.into()), false, None),
                    Ok(response) => {
                        let refresh_token = response.refresh_token().map(SecretString::new);
                        let rotated = refresh_token.is_some();
                        if let Some(token) = refresh_token {
                            // First of all: it must not be lost with an observer that panics.
                            self.shared.lock().rotate(self.grant, token.clone());
                            // Before anybody sees the access token: a program may end once it has that, and a rotated
                            // refresh token that was not stored is lost.
                            if let Some(observer) = &self.shared.settings.on_refresh_token {
                                observer(&token);
                            }
                        }
                        self.complete(Outcome::Token(&response), rotated, None);
                    }
                }
            }
        }
    }

    fn complete(&self, outcome: Outcome<'_, '_>, rotated: bool, detail: Option<TokenErrorKind>) {
        let host = self.shared.login.authority();
        let result = self.shared.update(|state, now| {
            let ticket = state.land(self.number);
            if rotated && ticket.is_none() {
                // This exchange was given up, and what came after it may have failed with the old grant.
                state.manager.credentials_changed(now);
            }
            let ticket = ticket?;
            let scope = match &outcome {
                Outcome::Token(response) => response.scope().map(Arc::from),
                Outcome::Failed(_) => None,
            };
            state.manager.complete(ticket, now, outcome, random::value());
            if state.manager.last_failure().is_none() {
                state.granted_scope = scope;
            }
            let failure = state.manager.last_failure();
            state.failure =
                failure.map(|failure| Arc::new(TokenErrorKind::of_failure(failure, host, detail)));
            let next = state.manager.next_deadline().map(|next| next.saturating_since(now).as_secs());
            Some((next, state.failure.clone()))
        });
        // With no lock held: whoever listens may take long, or ask the client.
        match result {
            Some((next, None)) => tracing::info!(host, refresh_in_s = next, "an access token was obtained"),
            Some((next, Some(cause))) => {
                tracing::warn!(host, retry_in_s = next, error = %cause, "no access token was obtained");
            }
            None => {}
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let panicking = std::thread::panicking();
        let mut state = self.shared.lock();
        let Some(ticket) = state.land(self.number) else {
            return;
        };
        let now = clock::now();
        if panicking {
            // To begin again at once would only panic again.
            let outcome = Outcome::Failed(Failure::SourcePanicked);
            state.manager.complete(ticket, now, outcome, random::value());
            state.failure = Some(Arc::new(TokenErrorKind::Credentials(CredentialError::Panicked)));
        } else {
            state.manager.abandon(ticket, now);
        }
    }
}

/// Tells those who wait that nobody works for them any more.
struct End<'a> {
    shared: &'a Shared,
    number: DriverNumber,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.shared.driver_is_gone(self.number);
    }
}
