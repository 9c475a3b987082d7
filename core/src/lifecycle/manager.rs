//! The state machine.

use core::fmt;

use super::failure::Failure;
use super::grant::{AnyGrant, ClientCredentials, GrantState};
use super::kind::Kind;
use super::policy::Policy;
use super::retry::{self, Streaks};
use super::state::{Due, Held, InFlight, State, Stopped, Waiting};
use super::step::{
    Answer, ExchangeReason, Generation, Outcome, Step, StopReason, Ticket, TokenRef, WaitReason,
};
use crate::secret::Secret;
use crate::time::{Duration, Instant};
use crate::wire::GrantUse;

/// A token refused within this time of its exchange is a fresh one.
const FRESH: Duration = Duration::from_secs(60);

/// Decides when to exchange, and keeps the token. `TOKEN`: capacity for the access token in bytes.
///
/// The rules are in the documentation of this [module](super). No call panics, allocates, or takes longer than a fixed
/// number of steps and one copy of the token. The token is wiped when it ends (at the next call with `&mut`), when it is
/// refused or replaced, by [`clear`](Self::clear) and on drop. Moving a manager leaves old bytes behind, as moving
/// any value does: create it where it will stay.
///
/// `D` is the adapter's detail of a failure: see [`Failure`]. `G` is what is known of the grant: see [`GrantState`]. For client
/// credentials without a detail, `TokenManager<TOKEN>` is all there is to write.
///
/// `now` comes from the caller's monotonic clock, best one that goes on during suspend. It may jump forward; one that
/// is earlier than a former one counts as the latest seen.
pub struct TokenManager<const TOKEN: usize = 1024, D = (), G = ClientCredentials> {
    policy: Policy,
    state: State,
    /// When the state ends by itself. Means nothing in `Stopped`, which does not.
    until: Instant,
    /// When the credential source is to be asked for others, if the state waits for that: see [`Waiting::checks_credentials`].
    check_at: Instant,
    held: Option<Held>,
    access_token: Secret<TOKEN>,
    failure: Option<Failure<D>>,
    grant: G,
    streaks: Streaks,
    /// The latest `now`.
    seen: Instant,
    /// The next exchange begins no earlier than this, in the least distance from the last one.
    spaced_until: Instant,
    /// Why the last one began.
    begun_for: ExchangeReason,
    last_ticket: u32,
    last_generation: Generation,
    /// For jitter in calls that bring no random value.
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

    /// There is another grant from the next exchange on: a new code, refresh token or assertion.
    ///
    /// Ends the stop after a grant that is used up, and every wait that [`credentials_changed`](Self::credentials_changed) ends. If
    /// an exchange with the old grant is in flight, its outcome says nothing about the new one. A refresh token in a response is no
    /// case for this: the manager sees it, and the adapter uses it from then on.
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

    /// The same with a random value, any one that is evenly spread.
    ///
    /// Needed only for waits that begin before the first [`complete`](Self::complete) brought one (a first exchange
    /// presumed lost): without it, machines that started together end that wait together.
    #[must_use]
    pub const fn with_random(mut self, random: u32) -> Self {
        self.random = random;
        self
    }

    /// As if so many exchanges and tokens had been before.
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

    /// Returns what to do now. Call it after every other `&mut` call, and when [`Self::next_deadline`] has come.
    ///
    /// Calling it at any other time changes nothing.
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

    /// Begins an exchange. `None` if one is in flight or none is due: then do nothing.
    ///
    /// The lifetime of the token that comes of it counts from here, not from the response: the service reckons from
    /// some moment in between, so this errs by at most the exchange's duration and to the safe side.
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

    /// The exchange of this ticket ended. `random`: any evenly spread value, for jitter.
    ///
    /// A ticket whose exchange is not in flight any more (presumed lost, or given up by [`Self::clear`]) or never was
    /// this manager's changes nothing, whatever the outcome.
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

    /// The exchange of this ticket was given up by the caller (future dropped): no failure is counted.
    ///
    /// It is due again, after [`Policy::exchange_spacing`] from its beginning: callers that give up one after the other
    /// must not cause many requests. Late and foreign tickets change nothing.
    ///
    /// A grant that can be used only once may have arrived: then the manager stops, as after [`Failure::PresumedLost`]. If the
    /// request was certainly not sent, call [`complete`](Self::complete) with [`Failure::NotSent`] instead.
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

    /// The token if there is a live one, else what the caller is to do. Pure: no clock, no state is moved.
    ///
    /// Between a deadline's coming and the next [`poll`](Self::poll) the answer is [`Answer::Pending`], unless the
    /// token lives.
    #[must_use]
    pub fn token(&self, now: Instant) -> Answer<'_, D> {
        // No need to look at the latest time seen: what had ended by then is gone.
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

    /// The API accepted this token: it answered, and not with 401. `now` may be the time the call was sent.
    ///
    /// With [`Policy::idle_timeout`], report every use. Without it, once for each generation is enough, and ends a row
    /// of refused tokens. A generation that is not the one held changes nothing.
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

    /// The API answered 401 for this generation. `true` if a replay with another token makes sense.
    ///
    /// Drops that generation at once, and never another. The exchange that follows comes without delay, except when
    /// it would be the second one in a row for this reason within [`Policy::exchange_spacing`], or when a wait is on:
    /// no refused token shortens a wait. After two refusals in a row for fresh tokens ([`Failure::FreshTokenRefused`])
    /// there is a backoff. `false` means that no other token can be had soon.
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

    /// There are new credentials: every wait caused by the old ones ends.
    ///
    /// A live token stays and is refreshed in its time: it does not depend on the secret it was obtained with. Waits
    /// for a reason that other credentials cannot fix go on (transport, unavailability, rate limit, responses
    /// that are none), and so does any time the service named. During an exchange: a token that comes of it counts; a
    /// refusal that the old credentials may have caused is not counted, and the next exchange is due at once.
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

    /// The credential source was asked, as [`Step::CheckCredentials`] says, and its credentials are those that were refused, or it
    /// returned none.
    ///
    /// The next check is due after [`Policy::credentials_check`]. In a state that waits for no check nothing changes.
    pub fn credentials_unchanged(&mut self, now: Instant) {
        let now = self.advance(now);
        self.check_at = now + self.policy.credentials_check.max(self.policy.exchange_spacing);
    }

    /// When to call [`Self::poll`] again, at the latest; `None`: only after another call.
    ///
    /// Never before the latest `now` seen. Pure.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.state {
            State::Stopped(_) => None,
            _ => Some(self.deadline().max(self.seen)),
        }
    }

    /// Drops and wipes the token (shutdown, log-out).
    ///
    /// An exchange in flight is given up: the caller must break it off, and its ticket is a foreign one from now on.
    /// Then the manager is at the start again, where the first exchange is due; for a shutdown, poll no more. Waits and
    /// the stop after a failure stay: clearing is no way round a rate limit.
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

    /// Why the last exchange failed; `None` after a success.
    #[must_use]
    pub const fn last_failure(&self) -> Option<&Failure<D>> {
        self.failure.as_ref()
    }

    /// Applies all deadlines up to `now`. Returns the time to continue with, the latest seen.
    ///
    /// Each step below can lead into the next one, never back; a jump over many deadlines is still one pass.
    fn advance(&mut self, now: Instant) -> Instant {
        let now = self.seen.max(now);
        self.seen = now;
        if self.held.is_some_and(|held| held.end <= now) {
            self.drop_token();
        }
        if let State::InFlight(exchange) = self.state
            && self.until <= now
        {
            // Reckoned from the deadline, not from this call: how often the caller polls must not matter.
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

    /// Keeps the token that an exchange brought, or notes why not. Whether it is kept.
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

    /// Decides what follows from the failure that has just been noted, and that happened at `when`, which may be past.
    fn fail(&mut self, when: Instant, random: u32, credentials_outdated: bool) {
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

    /// An exchange with other credentials is due, as soon as the service lets us.
    #[inline(never)] // Two callers.
    fn due_for_credentials(&mut self, now: Instant, not_before: Instant) {
        if not_before <= now {
            self.due(ExchangeReason::CredentialsChanged, now);
        } else {
            self.until = self.spaced(not_before);
            self.state = State::Waiting(Waiting { not_before, kind: Kind::RateLimited });
        }
    }

    /// Replaces a token that the API refused, in a state without a wait.
    fn replace_refused(&mut self, now: Instant) {
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

    /// An exchange is due, in the least distance from the one before.
    ///
    /// Without a grant that can be used there is none: then the manager stops.
    #[inline(never)] // Five callers.
    fn due(&mut self, reason: ExchangeReason, now: Instant) {
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

    /// `time`, or later if the last exchange began too short a time before.
    fn spaced(&self, time: Instant) -> Instant {
        time.max(self.spaced_until)
    }

    /// When the state ends by itself.
    fn deadline(&self) -> Instant {
        match (self.state, &self.held) {
            (State::Fresh, Some(held)) => self.until.min(held.end),
            (State::Waiting(waiting), _) if waiting.checks_credentials() => self.until.min(self.check_at),
            _ => self.until,
        }
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

    /// One step of a linear congruential generator: spreads waits, guards nothing.
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
