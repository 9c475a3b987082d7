//! The background task that keeps the token fresh: it does what core's manager decides, and sleeps until the manager's next deadline.

use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::lifecycle::{Failure, Outcome};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::{ExchangeError, parse_token_response};
use tokio::time::timeout;

use crate::byte_order_mark;
use crate::error::TokenErrorKind;
use crate::exchange::{self, Received};
use crate::refresh_token::Held;
use crate::secret::SecretString;
#[cfg(feature = "store")]
use crate::shared_exchange;
use crate::state::{Ending, ExchangeStart, Finished, Origin, Shared, TaskNumber, Work};

/// tokio's timers do not count suspended time: the clock is read again after this long.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Runs until it is aborted or its runtime ends.
pub(crate) async fn run(shared: Arc<Shared>, number: TaskNumber) {
    let _report = ReportEnd { shared: &shared, number };
    loop {
        let (work, now) = shared.update_silently(|state, now| (state.lifecycle.next_work(now), now));
        match work {
            // Boxed for as long as they last: the task sleeps for hours in between.
            Work::Exchange(start) => Box::pin(run_exchange(&shared, start)).await,
            Work::CheckCredentials => Box::pin(check_credentials(&shared)).await,
            Work::Sleep { until } => sleep(&shared, until, now).await,
        }
    }
}

/// Sleeps until then, until a caller wakes the task, or for a minute.
async fn sleep(shared: &Shared, until: Instant, now: Instant) {
    shared.login.close_if_stale(now);
    shared.api.close_if_stale(now);
    let span = Duration::from(until.saturating_since(now)).min(LONGEST_SLEEP);
    // A timer that ends early does no harm: core decides by its own clock.
    let _ = timeout(span, shared.wake.notified()).await;
}

async fn run_exchange(shared: &Shared, start: ExchangeStart) {
    tracing::debug!(host = shared.login.name(), reason = ?start.reason, "an exchange for an access token begins");
    let mut in_flight = ExchangeInFlight { shared, start, held: None };
    #[cfg(feature = "store")]
    if let Some(sharing) = &shared.settings.sharing
        && in_flight.start.grant.is_repeatable()
    {
        let (obtained, entry) = shared_exchange::obtain(shared, sharing, &in_flight.start.grant).await;
        let finished = in_flight.finish(obtained);
        if let Some(entry) = entry {
            shared_exchange::settle(shared, sharing, &entry, finished).await;
        }
        return;
    }
    let received = match in_flight.hold_refresh_token().await {
        Ok(()) => exchange::request_token(shared, &in_flight.start.grant).await,
        Err(failure) => Err(failure),
    };
    in_flight.finish(received);
}

/// Asks the credential source again, because refused credentials are not sent again for minutes but new ones at once.
async fn check_credentials(shared: &Shared) {
    let credentials = exchange::credentials(&shared.settings).await.ok().flatten();
    let fingerprint = credentials.map(|credentials| shared.fingerprint(&credentials));
    if shared.update_silently(|state, now| state.lifecycle.credentials_checked(fingerprint, now)) {
        tracing::info!("the credential source has new credentials: they are tried now");
    }
}

/// Guard of an exchange in flight: if its future is dropped, the exchange is abandoned.
struct ExchangeInFlight<'a> {
    shared: &'a Shared,
    start: ExchangeStart,
    /// Until the end: no other process uses the refresh token meanwhile.
    held: Option<Held<'a>>,
}

impl ExchangeInFlight<'_> {
    async fn hold_refresh_token(&mut self) -> Result<(), Failure<Arc<TokenErrorKind>>> {
        let settings = &self.shared.settings;
        let Some(keeper) = settings.refresh_token.as_ref().filter(|_| !self.start.grant.is_repeatable())
        else {
            return Ok(());
        };
        let held = keeper.hold(settings.own_exchange(), &mut self.start.grant).await;
        self.held = Some(held.map_err(exchange::no_credentials)?);
        Ok(())
    }

    /// Reports the response to core. Returns what followed, unless the exchange was abandoned before.
    fn finish(mut self, received: Result<Received, Failure<Arc<TokenErrorKind>>>) -> Option<Finished> {
        let mut received = match received {
            Ok(received) => received,
            Err(failure) => return self.complete(Outcome::Failed(failure), None, Origin::Service),
        };
        let (credentials, origin) = (received.credentials, received.origin);
        let start = byte_order_mark::length(&received.body);
        match parse_token_response(&received.head, received.body.get_mut(start..).unwrap_or_default()) {
            Err(mut error) => {
                if let ExchangeError::Refused(refusal) = &mut error {
                    refusal.with_form_encoding_hint(received.form_encoding_matters);
                }
                self.complete(Outcome::Failed(error.into()), credentials, origin)
            }
            Ok(response) => {
                if let Some(refresh_token) = response.refresh_token() {
                    self.rotate_grant(&SecretString::new(refresh_token));
                }
                self.complete(Outcome::Token(&response), credentials, origin)
            }
        }
    }

    fn rotate_grant(&mut self, refresh_token: &SecretString) {
        // First of all: an observer that panics must not lose it.
        self.shared
            .update(|state, now| state.lifecycle.rotate_grant(&self.start, refresh_token.clone(), now));
        if let Some(held) = &mut self.held {
            held.keep(refresh_token);
        }
        // Before the access token is published: a program may end as soon as it has that, and a rotated refresh token that was not
        // stored is lost. Without the lock: the observer may call the client.
        if let Some(observer) = &self.shared.settings.on_refresh_token {
            observer(refresh_token);
        }
    }

    fn complete(
        &self,
        outcome: Outcome<'_, '_, Arc<TokenErrorKind>>,
        credentials: Option<u64>,
        origin: Origin,
    ) -> Option<Finished> {
        let host = self.shared.login.name();
        let finished = self.record(outcome, credentials, origin)?;
        // Without the lock: a subscriber may take long, or call the client.
        #[cfg(feature = "metrics")]
        if origin == Origin::Service {
            crate::meters::exchange_ended(host, finished.failure.is_none());
        }
        match (&finished.failure, origin) {
            (None, Origin::Service) => {
                tracing::info!(host, refresh_in_s = finished.next_in_s, "an access token was obtained");
            }
            #[cfg(feature = "store")]
            (None, Origin::Store) => {
                tracing::info!(
                    host,
                    refresh_in_s = finished.next_in_s,
                    "an access token was found in the shared store"
                );
            }
            (Some(cause), _) => {
                tracing::warn!(host, retry_in_s = finished.next_in_s, error = %cause, "no access token was obtained");
            }
        }
        Some(finished)
    }

    fn record(
        &self,
        outcome: Outcome<'_, '_, Arc<TokenErrorKind>>,
        credentials: Option<u64>,
        origin: Origin,
    ) -> Option<Finished> {
        let (number, host) = (self.start.number, self.shared.login.name());
        let ending = Ending { credentials, origin, host };
        self.shared.update(|state, now| state.lifecycle.finish_exchange(number, now, outcome, ending))
    }
}

impl Drop for ExchangeInFlight<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // A failure with its wait: beginning again at once would only panic again.
            let _ = self.record(Outcome::Failed(Failure::SourcePanicked), None, Origin::Service);
        } else {
            let number = self.start.number;
            self.shared.update_silently(|state, now| state.lifecycle.abandon_exchange(number, now));
        }
    }
}

/// Guard that records the end of the task, whatever ends it, and wakes the callers that wait for it.
struct ReportEnd<'a> {
    shared: &'a Shared,
    number: TaskNumber,
}

impl Drop for ReportEnd<'_> {
    fn drop(&mut self) {
        self.shared.update(|state, _| state.task.ended(self.number));
    }
}
