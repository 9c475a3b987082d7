//! The state that follows from the time or from a failure, and when it ends.

use super::TokenManager;
use crate::lifecycle::failure::Failure;
use crate::lifecycle::grant::GrantState;
use crate::lifecycle::kind::Kind;
use crate::lifecycle::retry;
use crate::lifecycle::state::{Due, State, Stopped, Waiting};
use crate::lifecycle::step::ExchangeReason;
use crate::time::{Duration, Instant};

impl<const TOKEN: usize, D, G: GrantState> TokenManager<TOKEN, D, G> {
    /// Applies all deadlines up to `now`. Returns the latest time that was passed, with which the caller continues.
    ///
    /// Each step below can cause a later one, never an earlier one; a jump over many deadlines is still one pass.
    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        let now = self.seen.max(now);
        self.seen = now;
        if self.held.is_some_and(|held| held.end <= now) {
            self.drop_token();
        }
        if let State::InFlight(exchange) = self.state
            && self.until <= now
        {
            // Counted from the deadline, not from this call: how often the caller polls must not matter.
            let random = self.next_random();
            self.failure = Some(Failure::PresumedLost);
            self.fail(self.until, random, exchange.credentials_outdated);
        }
        let over = self.until <= now;
        match &mut self.state {
            State::Waiting(_) if over => self.due(ExchangeReason::Retry, self.until),
            State::Fresh if self.held.is_none() => self.due(ExchangeReason::Expired, now),
            State::Fresh if over => self.due(ExchangeReason::Refresh, now),
            State::Due(Due { reason: reason @ ExchangeReason::Refresh }) if self.held.is_none() => {
                *reason = ExchangeReason::Expired;
            }
            _ => {}
        }
        now
    }

    /// Enters the state that follows from `self.failure`, which happened at `when`; that may be past.
    pub(super) fn fail(&mut self, when: Instant, random: u32, credentials_outdated: bool) {
        let Some(failure) = &mut self.failure else { return };
        if failure.leaves_grant_unspent() {
            self.grant.unspent();
        }
        if let Failure::Refused(refusal) = failure
            && self.grant.is_repeatable()
        {
            refusal.concerns_the_client();
        }
        let kind = Kind::of(failure);
        let requested = retry::requested(&self.policy, failure);
        let not_before = when + requested.unwrap_or(Duration::ZERO);
        if self.grant.is_spent() {
            self.state = State::Stopped(Stopped { not_before });
            return;
        }
        if credentials_outdated && kind.credentials_may_help() {
            self.due_for_credentials(when, not_before);
            return;
        }
        let wait = retry::wait(&self.policy, &mut self.streaks, kind, requested, random);
        self.until = self.spaced(when + wait);
        self.check_at = when + self.policy.credentials_check;
        self.state = State::Waiting(Waiting { not_before, kind });
    }

    /// Makes an exchange with other credentials due, as soon as the service permits one.
    #[inline(never)] // Two callers.
    pub(super) fn due_for_credentials(&mut self, now: Instant, not_before: Instant) {
        if not_before <= now {
            self.due(ExchangeReason::CredentialsChanged, now);
        } else {
            self.until = self.spaced(not_before);
            self.state = State::Waiting(Waiting { not_before, kind: Kind::RateLimited });
        }
    }

    /// Replaces a token that the API refused, in a state without a wait.
    pub(super) fn replace_refused(&mut self, now: Instant) {
        if self.streaks.tokens_refused > 1 {
            let random = self.next_random();
            self.failure = Some(Failure::FreshTokenRefused);
            self.fail(now, random, false);
        } else {
            self.due(ExchangeReason::TokenRefused, now);
            if self.begun_for != ExchangeReason::TokenRefused {
                self.until = now;
            }
        }
    }

    /// Makes an exchange due, at least the spacing after the last one. Without a usable grant, stops instead.
    #[inline(never)] // Five callers.
    pub(super) fn due(&mut self, reason: ExchangeReason, now: Instant) {
        if self.grant.is_spent() {
            self.state = State::Stopped(Stopped { not_before: Instant::ZERO });
            if self.failure.is_none() {
                self.failure = Some(Failure::NoRefreshToken);
            }
            return;
        }
        self.state = State::Due(Due { reason });
        self.until = self.spaced(now);
    }

    /// Returns `time`, or the end of the spacing after the last exchange if that is later.
    pub(super) fn spaced(&self, time: Instant) -> Instant {
        time.max(self.spaced_until)
    }

    /// Returns the time at which the state ends without an input.
    pub(super) fn deadline(&self) -> Instant {
        match (self.state, &self.held) {
            (State::Fresh, Some(held)) => self.until.min(held.end),
            (State::Waiting(waiting), _) if waiting.checks_credentials() => self.until.min(self.check_at),
            _ => self.until,
        }
    }
}
