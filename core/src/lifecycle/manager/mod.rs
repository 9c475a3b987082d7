//! The state machine: its inputs and its answers.

mod schedule;

use core::fmt;

use crate::lifecycle::failure::Failure;
use crate::lifecycle::grant::{AnyGrant, ClientCredentials, GrantState};
use crate::lifecycle::policy::Policy;
use crate::lifecycle::retry::{self, Streaks};
use crate::lifecycle::state::{Due, Held, InFlight, State};
use crate::lifecycle::step::{
    Answer, ExchangeReason, Generation, Outcome, Step, StopReason, Ticket, TokenRef, WaitReason,
};
use crate::secret::Secret;
use crate::time::{Duration, Instant};
use crate::wire::GrantUse;

/// A token that is refused within this time of its exchange counts as fresh.
const FRESH: Duration = Duration::from_secs(60);

/// A state machine that decides when an exchange begins, and holds the token. `TOKEN` is the capacity for the access token in bytes.
///
/// The rules are in the documentation of this [module](super). No call panics, allocates, or takes longer than a fixed
/// number of steps and one copy of the token. The token is wiped when it ends (at the next call with `&mut`), when it is
/// refused or replaced, by [`clear`](Self::clear) and on drop. Moving a manager leaves old bytes behind, as moving
/// any value does: create it where it will stay.
///
/// `D` is the adapter's detail of a failure: see [`Failure`]. `G` is the state of the grant: see [`GrantState`]. For client
/// credentials without a detail, `TokenManager<TOKEN>` is enough.
///
/// `now` is read from the caller's monotonic clock, preferably one that also counts time during suspend. It may jump forward. A
/// `now` earlier than a previous one counts as the latest that was passed.
pub struct TokenManager<const TOKEN: usize = 1024, D = (), G = ClientCredentials> {
    policy: Policy,
    state: State,
    /// The time at which the state ends without an input. Not used in `Stopped`, which has no such end.
    until: Instant,
    /// The time of the next check of the credential source, in a state that has one: see `Waiting::checks_credentials`.
    check_at: Instant,
    held: Option<Held>,
    access_token: Secret<TOKEN>,
    failure: Option<Failure<D>>,
    grant: G,
    streaks: Streaks,
    /// The latest `now` that was passed.
    seen: Instant,
    /// The earliest time at which the next exchange may begin: [`Policy::exchange_spacing`] after the last one began.
    spaced_until: Instant,
    /// The reason for which the last exchange began.
    begun_for: ExchangeReason,
    last_ticket: u32,
    last_generation: Generation,
    /// The source of jitter in calls without a random argument.
    random: u32,
}

impl<const TOKEN: usize> TokenManager<TOKEN> {
    /// Returns a manager without a token, whose failures carry no detail; the first exchange is due at once.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self::with_details(policy)
    }
}

impl<const TOKEN: usize, D> TokenManager<TOKEN, D> {
    /// Returns a manager without a token, whose failures carry an adapter's detail `D`; the first exchange is due at once.
    #[must_use]
    pub const fn with_details(policy: Policy) -> Self {
        Self::of_grant(policy, ClientCredentials)
    }
}

impl<const TOKEN: usize, D> TokenManager<TOKEN, D, AnyGrant> {
    /// Returns a manager without a token for any grant, also one that can be used only once; the first exchange is due at once.
    #[must_use]
    pub const fn with_grant(policy: Policy, grant: GrantUse) -> Self {
        Self::of_grant(policy, AnyGrant::new(grant))
    }

    /// Sets the grant of the next exchange: a new code, refresh token or assertion.
    ///
    /// Ends the stop after a grant that is used up, and every wait that [`credentials_changed`](Self::credentials_changed) ends. If
    /// an exchange with the old grant is in flight, its outcome says nothing about the new one. Do not call it for a refresh token in
    /// a response: the manager notes that one by itself, and the adapter uses it for the next exchange.
    pub fn grant_replaced(&mut self, grant: GrantUse, now: Instant) {
        self.grant = AnyGrant::new(grant);
        self.credentials_changed(now);
    }
}

impl<const TOKEN: usize, D, G: GrantState> TokenManager<TOKEN, D, G> {
    const fn of_grant(policy: Policy, grant: G) -> Self {
        Self {
            policy,
            state: State::Due(Due { reason: ExchangeReason::First }),
            until: Instant::ZERO,
            check_at: Instant::ZERO,
            held: None,
            access_token: Secret::empty(),
            failure: None,
            grant,
            streaks: Streaks::NONE,
            seen: Instant::ZERO,
            spaced_until: Instant::ZERO,
            begun_for: ExchangeReason::First,
            last_ticket: 0,
            last_generation: Generation(0),
            random: 0,
        }
    }

    /// Sets the random value from which jitter is derived; it should be uniformly distributed.
    ///
    /// Needed only for waits that begin before the first [`complete`](Self::complete), which passes one (a first exchange
    /// presumed lost): without it, machines that started together end that wait together.
    #[must_use]
    pub const fn with_random(mut self, random: u32) -> Self {
        self.random = random;
        self
    }

    /// Sets the numbers of earlier exchanges and tokens.
    #[cfg(test)]
    pub(super) fn with_counters(mut self, tickets: u32, generations: u32) -> Self {
        self.last_ticket = tickets;
        self.last_generation = Generation(generations);
        self
    }

    #[cfg(test)]
    pub(super) fn holds_no_text(&self) -> bool {
        self.access_token.is_empty()
    }

    /// Returns the adapter's next action. Call it after every other `&mut` call, and at [`Self::next_deadline`].
    ///
    /// Further calls are harmless.
    pub fn poll(&mut self, now: Instant) -> Step {
        let now = self.advance(now);
        let reason = match self.state {
            State::Due(due) if self.until <= now => return Step::Exchange(due.reason),
            State::Due(_) => WaitReason::Spacing,
            State::InFlight(_) => WaitReason::InFlight,
            State::Fresh => WaitReason::Fresh,
            State::Waiting(waiting) if waiting.checks_credentials() && self.check_at <= now => {
                return Step::CheckCredentials;
            }
            State::Waiting(waiting) => waiting.kind.reason(),
            State::Stopped(_) => return Step::Stop(StopReason::GrantUsedUp),
        };
        Step::Wait { until: self.deadline(), reason }
    }

    /// Begins an exchange. Returns `None` if one is in flight or none is due: then do nothing.
    ///
    /// The lifetime of the resulting token counts from this call, not from the response: the service counts it from some moment in
    /// between, so the token ends here too early rather than too late, by at most the duration of the exchange.
    pub fn begin(&mut self, now: Instant) -> Option<Ticket> {
        let now = self.advance(now);
        let State::Due(due) = self.state else {
            return None;
        };
        if now < self.until {
            return None;
        }
        self.last_ticket = self.last_ticket.wrapping_add(1);
        self.spaced_until = now + self.policy.exchange_spacing;
        self.begun_for = due.reason;
        self.grant.sent();
        self.until = now + self.policy.exchange_timeout;
        self.state = State::InFlight(InFlight {
            ticket: self.last_ticket,
            begun_at: now,
            credentials_outdated: false,
        });
        Some(Ticket(self.last_ticket))
    }

    /// Reports the outcome of this ticket's exchange. `random` is a uniformly distributed value, for jitter.
    ///
    /// A ticket whose exchange is not in flight any more (presumed lost, or given up by [`Self::clear`]), and one of another
    /// manager, changes nothing, whatever the outcome.
    pub fn complete(&mut self, ticket: Ticket, now: Instant, outcome: Outcome<'_, '_, D>, random: u32) {
        let now = self.advance(now);
        let Some(exchange) = self.exchange_of(ticket) else {
            return;
        };
        self.random = self.next_random() ^ random;
        match outcome {
            Outcome::Token(response) => {
                self.grant.token_issued(response.has_refresh_token());
                let lifetime = retry::lifetime(&self.policy, response.expires_in());
                if self.keep(response.access_token_bytes(), lifetime, exchange.begun_at, now) {
                    self.until = exchange.begun_at + retry::refresh_after(&self.policy, lifetime, random);
                    return;
                }
            }
            Outcome::Failed(failure) => self.failure = Some(failure),
        }
        self.fail(now, random, exchange.credentials_outdated);
    }

    /// Reports that the caller gave up the exchange of this ticket (its future was dropped). No failure is counted.
    ///
    /// The exchange is due again [`Policy::exchange_spacing`] after it began: callers that give up one after the other
    /// must not cause many requests. Late tickets and those of other managers change nothing.
    ///
    /// A grant that can be used only once may have reached the service: then the manager stops, as after [`Failure::PresumedLost`]. If
    /// the request was certainly not sent, call [`complete`](Self::complete) with [`Failure::NotSent`] instead.
    pub fn abandon(&mut self, ticket: Ticket, now: Instant) {
        let now = self.advance(now);
        let Some(exchange) = self.exchange_of(ticket) else {
            return;
        };
        if self.grant.is_spent() {
            self.failure = Some(Failure::PresumedLost);
        }
        let reason =
            if exchange.credentials_outdated { ExchangeReason::CredentialsChanged } else { self.begun_for };
        self.due(reason, now);
    }

    /// Returns the token if there is a valid one, else whether one can be expected. Changes no state.
    ///
    /// Between a deadline and the next [`poll`](Self::poll) the answer is [`Answer::Pending`], unless the token is valid.
    #[must_use]
    pub fn token(&self, now: Instant) -> Answer<'_, D> {
        // `now` is enough: a token that ended before the latest time seen has been dropped.
        if let Some(held) = &self.held
            && now < held.end
        {
            return Answer::Ready(TokenRef {
                access_token: self.access_token.expose_bytes(),
                generation: held.generation,
                expires_at: held.end,
            });
        }
        let retry_at = match self.state {
            State::Waiting(_) if now < self.until => Some(self.until),
            State::Stopped(_) => None,
            _ => return Answer::Pending,
        };
        self.failure.as_ref().map_or(Answer::Pending, |failure| Answer::Unavailable { failure, retry_at })
    }

    /// Reports that the API accepted this token: it answered, and not with 401. `now` may be the time the call was sent.
    ///
    /// With [`Policy::idle_timeout`], report every use. Without it, one report for each generation is enough; it ends a series
    /// of refused tokens. A generation other than the current one changes nothing.
    pub fn token_used(&mut self, generation: Generation, now: Instant) {
        if let Some(held) = &mut self.held
            && held.generation == generation
            && now < held.end
        {
            held.used(now, &self.policy);
            self.streaks.tokens_refused = 0;
        }
        self.advance(now);
    }

    /// Reports that the API answered 401 for this generation. Returns `true` if a replay with another token makes sense; `false`
    /// means that no other token can be expected soon.
    ///
    /// Drops that generation at once, and never another. The next exchange is due without delay, except when it would be the second
    /// one in a row for this reason within [`Policy::exchange_spacing`], or during a wait, which a refused token does not shorten.
    /// After two refusals in a row for fresh tokens ([`Failure::FreshTokenRefused`]) there is a backoff.
    pub fn token_refused(&mut self, generation: Generation, now: Instant) -> bool {
        let now = self.advance(now);
        if let Some(held) = self.held
            && held.generation == generation
        {
            self.drop_token();
            if now.saturating_since(held.begun_at) >= FRESH {
                self.streaks.tokens_refused = 0;
            }
            self.streaks.tokens_refused = self.streaks.tokens_refused.saturating_add(1);
            if matches!(self.state, State::Fresh | State::Due(_)) {
                self.replace_refused(now);
            }
        }
        self.held.is_some() || matches!(self.state, State::Due(_) | State::InFlight(_))
    }

    /// Reports that there are new credentials: every wait caused by the old ones ends.
    ///
    /// A valid token stays, and is refreshed at its usual time: it does not depend on the secret it was obtained with. Waits for a
    /// reason that other credentials cannot fix continue (transport, unavailability, rate limit, malformed responses), and so does a
    /// time that the service named. During an exchange: its token is accepted; a refusal that the old credentials may have
    /// caused is not counted, and the next exchange is due at once.
    pub fn credentials_changed(&mut self, now: Instant) {
        let now = self.advance(now);
        self.streaks.credentials_changed();
        let not_before = match &mut self.state {
            State::InFlight(exchange) => {
                exchange.credentials_outdated = true;
                return;
            }
            State::Waiting(waiting) if waiting.kind.credentials_may_help() => waiting.not_before,
            State::Stopped(stopped) if !self.grant.is_spent() => stopped.not_before,
            State::Stopped(_) | State::Due(_) | State::Fresh | State::Waiting(_) => return,
        };
        self.due_for_credentials(now, not_before);
    }

    /// Reports the result of a [`Step::CheckCredentials`]: the source still returns the refused credentials, or none.
    ///
    /// The next check is due after [`Policy::credentials_check`]. In a state without such checks nothing changes.
    pub fn credentials_unchanged(&mut self, now: Instant) {
        let now = self.advance(now);
        self.check_at = now + self.policy.credentials_check.max(self.policy.exchange_spacing);
    }

    /// Returns the time by which to call [`Self::poll`] again; `None` if only after another input.
    ///
    /// Never before the latest `now` that was passed. Changes no state.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.state {
            State::Stopped(_) => None,
            _ => Some(self.deadline().max(self.seen)),
        }
    }

    /// Drops and wipes the token (shutdown, log-out).
    ///
    /// An exchange in flight is given up: the caller must cancel it, and its ticket is not valid any more.
    /// The manager is then in its first state, in which an exchange is due; for a shutdown, do not poll it again. Waits and the stop
    /// after a failure remain, so that clearing does not circumvent a rate limit.
    pub fn clear(&mut self) {
        self.drop_token();
        self.streaks.tokens_refused = 0;
        if let State::Due(_) | State::InFlight(_) | State::Fresh = self.state {
            if self.grant.is_spent() && matches!(self.state, State::InFlight(_)) {
                self.failure = Some(Failure::PresumedLost);
            }
            self.due(ExchangeReason::First, self.seen);
        }
    }

    /// Returns the reason why the last exchange failed; `None` after a success.
    #[must_use]
    pub const fn last_failure(&self) -> Option<&Failure<D>> {
        self.failure.as_ref()
    }

    /// Stores the token of a response, or notes why it cannot. Returns whether it is stored.
    fn keep(&mut self, text: &[u8], lifetime: Duration, begun_at: Instant, now: Instant) -> bool {
        let held = Held::new(self.last_generation.next(), begun_at, lifetime, &self.policy);
        if held.end <= now {
            self.failure = Some(Failure::ExpiredOnArrival);
            return false;
        }
        if let Err(error) = self.access_token.replace_bytes("access token", text) {
            self.failure = Some(Failure::Capacity(error));
            return false;
        }
        self.last_generation = held.generation;
        self.held = Some(held);
        self.failure = None;
        self.streaks.token_obtained();
        self.state = State::Fresh;
        true
    }

    fn exchange_of(&self, Ticket(number): Ticket) -> Option<InFlight> {
        match self.state {
            State::InFlight(exchange) if exchange.ticket == number => Some(exchange),
            _ => None,
        }
    }

    #[inline(never)] // Three callers.
    fn drop_token(&mut self) {
        self.held = None;
        self.access_token.wipe();
    }

    /// Returns the next value of a linear congruential generator: good enough to spread waits, and used for nothing else.
    #[inline(never)] // Three callers.
    fn next_random(&mut self) -> u32 {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.random
    }
}

/// Shows states and times, never the token.
impl<const TOKEN: usize, D: fmt::Debug, G: fmt::Debug> fmt::Debug for TokenManager<TOKEN, D, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenManager")
            .field("state", &self.state)
            .field("until", &self.until)
            .field("held", &self.held)
            .field("access_token", &self.access_token)
            .field("grant", &self.grant)
            .field("last_failure", &self.failure)
            .field("now", &self.seen)
            .finish_non_exhaustive()
    }
}
