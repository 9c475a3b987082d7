//! The protocol of one member of a fleet, as a state machine without I/O, clock or randomness.
//!
//! A driver begins a run when a token is due ([`Member::begin`]), does what each [`Step`] says, and reports the results:
//!
//! ```text
//!          ┌─────── another's lease: wait, longer the older ────────┐
//!          ▼                                                        │
//! begin ─► Claim ─── a newer token ─► Adopt                         │
//!          │  ▲ └─── busy ──────────────────────────────────────────┘
//!          │  └── unknown: again, up to three times ─► GiveUp (its token still lasts), or Exchange without a lease
//!          └─ granted ─► Exchange ─┬─ a token ─► Publish, up to three times ─► Done
//!                                  └─ none ────► Release, with a hold ───────► Done
//! ```
//!
//! Invariants (the model in `tests/model` checks them):
//! 1. An exchange begins only under a lease that outlasts it, or from the member's budget; a lease has one exchange.
//! 2. A member that has held or refused a token never takes one of the same or a lower number afterwards.
//! 3. After any unknown outcome the same command is sent again and finds what the first one did: nothing is concluded from an error.
//! 4. In any window, exchanges without a lease are at most those of the budget: members times budget in the whole fleet.
//! 5. While the store does not answer, a member with a token makes no exchange before its own margin, which is spread over the fleet.
//! 6. Every run ends.

use genesys_token_core::time::{Duration, Instant};

use crate::entry::quarter;
use crate::values::{Claim, EngineTime, Generation, Lease, Owner, Published};

/// The most exchanges that a budget can have.
pub const BUDGET_MAX: usize = 16;

/// Claims without an answer, after which the store counts as away in this run.
const CLAIMS: u8 = 3;
/// Publications without an answer, after which the lease is left to end.
const PUBLICATIONS: u8 = 3;
/// The longest wait before a claim or a publication is sent again. Half of it is random.
const AGAIN: Duration = Duration::from_millis(400);
/// The longest wait of a member without a token for the token of an exchange that has just begun. Half of it is random.
const POLL_WITHOUT_TOKEN: Duration = Duration::from_millis(400);
/// The longest wait of a member without a token for the token of another member's exchange, however long ago it began.
const POLL_WITHOUT_TOKEN_MAX: Duration = Duration::from_millis(2000);
/// The longest wait of a member with a token for the token of an exchange that has just begun.
const POLL_WITH_TOKEN: Duration = Duration::from_millis(2000);
/// The time after the end of a lease within which the members that wait for it ask, each at a different moment.
const AFTER_LEASE: Duration = Duration::from_millis(800);

/// The numbers of a member. All members of a fleet should have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The longest time of an exchange, with its connection.
    pub exchange: Duration,
    /// The time for which a lease is asked: longer than an exchange, or no exchange is ever made under one.
    pub lease: Duration,
    /// The longest time of a run until its exchange begins: others' leases are waited for up to then.
    pub wait: Duration,
    /// The least time between the refresh and the end of a token; at most a quarter of its lifetime.
    pub margin: Duration,
    /// The most exchanges without a lease in a window; more than [`BUDGET_MAX`] counts as that.
    pub budget: usize,
    /// The window of the budget.
    pub window: Duration,
}

/// What the driver does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this claim, and report the answer with [`Member::claimed`].
    Claim(Claim),
    /// Wait until then.
    Wait(Instant),
    /// Use the token of the last answer. The run has ended.
    Adopt,
    /// Make an exchange, and report its result with [`Member::exchanged`].
    Exchange(Permit),
    /// Publish the token of the exchange, and report the result with [`Member::published`].
    Publish {
        /// The owner of the lease.
        owner: Owner,
        /// The token's number.
        generation: Generation,
        /// The token's lifetime.
        lifetime: Duration,
        /// When it ends, by the store's clock.
        ends_at: EngineTime,
    },
    /// Shorten the lease, without waiting for an answer that matters. The run has ended.
    Release {
        /// The owner of the lease.
        owner: Owner,
        /// The time after which another member may try.
        hold: Duration,
    },
    /// There is no token for now. The run has ended.
    GiveUp(Reason),
    /// The run has ended.
    Done,
}

/// The right to an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// From the lease.
    Leased(Lease),
    /// From the member's budget: the store does not answer.
    Budget,
}

/// Why a run ended without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The store does not answer, and the member's own token still lasts.
    StoreAway,
    /// The store does not answer, and the budget is used up until then.
    BudgetUsedUp(Instant),
    /// Other members had the lease for all of the run's time, and published nothing.
    OthersFailed,
}

/// An answer to a claim, without the token's text, which stays with the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A newer token.
    Token {
        /// Its number.
        generation: Generation,
        /// Its lifetime when it was obtained.
        lifetime: Duration,
    },
    /// The lease.
    Granted(Lease),
    /// Another's lease.
    Busy {
        /// The time until it ends.
        remaining: Duration,
    },
    /// A newer token that cannot be decrypted.
    Unreadable {
        /// Its number.
        generation: Generation,
    },
    /// No answer, or an error: the claim may have been executed, or be executed later.
    Unknown,
}

/// One member: its budget and the number of its token, across runs.
#[derive(Clone, Debug)]
pub struct Member {
    rules: Rules,
    newest: Generation,
    /// The margin of the last token: a quarter of its lifetime if that is less than the rules'.
    margin: Duration,
    /// Places the member in the fleet, for the time of its first exchange without a lease.
    place: u32,
    budget: [Option<Instant>; BUDGET_MAX],
    run: Run,
}

#[derive(Clone, Debug)]
struct Run {
    owner: Owner,
    ends_at: Instant,
    /// Above the member's newest if a token could not be decrypted.
    newer_than: Generation,
    unanswered: u8,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// A claim is due.
    Claim,
    /// After a wait whose end is chosen with the next step.
    Pause(Pause),
    Until(Instant),
    Adopt,
    Exchange(Lease),
    Exchanging(Permit),
    Publish {
        lease: Lease,
        lifetime: Duration,
        not_before: Option<Instant>,
    },
    Release {
        hold: Duration,
    },
    Away,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// Before a claim without an answer is sent again.
    Again,
    /// Before the lease of another member, with this time left, is looked at again.
    Poll { remaining: Duration },
}

impl Member {
    /// Returns a member without a token. `random`: its place in the fleet, uniformly distributed.
    #[must_use]
    pub const fn new(rules: Rules, random: u32) -> Self {
        let margin = rules.margin;
        let run = Run {
            owner: Owner::new(0),
            ends_at: Instant::ZERO,
            newer_than: Generation::NONE,
            unanswered: 0,
            state: State::Idle,
        };
        Self { rules, newest: Generation::NONE, margin, place: random, budget: [None; BUDGET_MAX], run }
    }

    /// Begins a run, because a token is due; one that was not ended is given up. `owner` must be random and new.
    pub fn begin(&mut self, owner: Owner, now: Instant) {
        self.run = Run {
            owner,
            ends_at: now + self.rules.wait,
            newer_than: self.newest,
            unanswered: 0,
            state: State::Claim,
        };
    }

    /// Returns the next step. `held_until`: the end of the member's own token, if it has a valid one. `random`: uniformly distributed.
    pub fn next(&mut self, now: Instant, held_until: Option<Instant>, random: u32) -> Step {
        match self.run.state {
            State::Idle => Step::Done,
            State::Claim => Step::Claim(Claim {
                owner: self.run.owner,
                newer_than: self.run.newer_than,
                margin: self.rules.margin,
                lease: self.rules.lease,
            }),
            State::Pause(pause) => self.pause(pause, now, held_until, random),
            State::Until(end) | State::Publish { not_before: Some(end), .. } if now < end => Step::Wait(end),
            State::Until(_) => {
                self.run.state = State::Claim;
                self.next(now, held_until, random)
            }
            State::Adopt => self.end(Step::Adopt),
            State::Exchange(lease) => {
                self.run.state = State::Exchanging(Permit::Leased(lease));
                Step::Exchange(Permit::Leased(lease))
            }
            State::Away => self.without_store(now, held_until),
            // The driver has not reported the result: its exchange is lost, and the lease is left to end.
            State::Exchanging(_) => self.end(Step::Done),
            State::Publish { lease, lifetime, .. } => Step::Publish {
                owner: self.run.owner,
                generation: lease.generation,
                lifetime,
                ends_at: lease.granted_at.plus(lifetime),
            },
            State::Release { hold } => self.end(Step::Release { owner: self.run.owner, hold }),
        }
    }

    /// Reports the answer to a claim that was sent at `sent_at`.
    pub fn claimed(&mut self, reply: Reply, sent_at: Instant, now: Instant) {
        if self.run.state != State::Claim {
            return;
        }
        self.run.state = match reply {
            Reply::Token { generation, lifetime } if generation > self.newest => {
                self.holds(generation, lifetime);
                State::Adopt
            }
            Reply::Granted(lease) => {
                self.run.unanswered = 0;
                // By this member's clock, the lease ends at the earliest so long after the claim was sent.
                let ends_at = sent_at + lease.remaining;
                if now + self.rules.exchange <= ends_at {
                    State::Exchange(lease)
                } else {
                    State::Pause(Pause::Poll { remaining: ends_at.saturating_since(now) })
                }
            }
            Reply::Busy { remaining } => {
                self.run.unanswered = 0;
                State::Pause(Pause::Poll { remaining })
            }
            Reply::Unreadable { generation }
                if generation > self.run.newer_than && self.run.unanswered < CLAIMS =>
            {
                self.run.unanswered += 1;
                self.run.newer_than = generation;
                State::Claim
            }
            // A store that gives an answer to another question is treated as one that gives none.
            Reply::Token { .. } | Reply::Unreadable { .. } | Reply::Unknown => {
                self.run.unanswered = self.run.unanswered.saturating_add(1);
                if self.run.unanswered < CLAIMS { State::Pause(Pause::Again) } else { State::Away }
            }
        };
    }

    /// Reports the result of the exchange: the lifetime of its token, or the time before which it should not be tried again.
    pub fn exchanged(&mut self, result: Result<Duration, Duration>) {
        let State::Exchanging(permit) = self.run.state else { return };
        self.run.state = match (permit, result) {
            (Permit::Leased(lease), Ok(lifetime)) => {
                self.holds(lease.generation, lifetime);
                self.run.unanswered = 0;
                State::Publish { lease, lifetime, not_before: None }
            }
            (Permit::Leased(_), Err(hold)) => State::Release { hold },
            (Permit::Budget, Ok(lifetime)) => {
                self.margin = self.rules.margin.min(quarter(lifetime));
                State::Idle
            }
            (Permit::Budget, Err(_)) => State::Idle,
        };
    }

    /// Reports the result of a publication; `None` if it is unknown.
    pub fn published(&mut self, result: Option<Published>, now: Instant, random: u32) {
        let State::Publish { not_before, .. } = &mut self.run.state else { return };
        self.run.unanswered = self.run.unanswered.saturating_add(1);
        if result.is_none() && self.run.unanswered < PUBLICATIONS {
            *not_before = Some(now + jittered(AGAIN, random));
        } else {
            self.run.state = State::Idle;
        }
    }

    /// Returns the number of the newest token that the member has held.
    #[must_use]
    pub const fn newest(&self) -> Generation {
        self.newest
    }

    fn holds(&mut self, generation: Generation, lifetime: Duration) {
        self.newest = generation;
        self.margin = self.rules.margin.min(quarter(lifetime));
    }

    fn end(&mut self, step: Step) -> Step {
        self.run.state = State::Idle;
        step
    }

    fn pause(&mut self, pause: Pause, now: Instant, held_until: Option<Instant>, random: u32) -> Step {
        let span = match pause {
            Pause::Again => jittered(AGAIN, random),
            Pause::Poll { .. } if self.run.ends_at <= now => {
                return self.end(Step::GiveUp(Reason::OthersFailed));
            }
            Pause::Poll { remaining } => {
                let lasts = held_until.is_some_and(|end| now + self.margin < end);
                // An exchange that has taken long may take longer: its token is noticed after at most half of the exchange's time more.
                let half = Duration::from_millis(self.rules.lease.saturating_sub(remaining).as_millis() / 2);
                let longest = if lasts {
                    half.max(POLL_WITH_TOKEN)
                } else {
                    half.clamp(POLL_WITHOUT_TOKEN, POLL_WITHOUT_TOKEN_MAX)
                };
                jittered(longest, random)
                    .min(remaining + part(AFTER_LEASE, random))
                    // A later answer would be used for a run that the manager takes for older than it may be.
                    .min(self.run.ends_at.saturating_since(now))
                    .max(Duration::from_millis(1))
            }
        };
        self.run.state = State::Until(now + span);
        Step::Wait(now + span)
    }

    fn without_store(&mut self, now: Instant, held_until: Option<Instant>) -> Step {
        let own_margin = self.margin + part(self.margin, self.place);
        if held_until.is_some_and(|end| end.saturating_since(now) > own_margin) {
            return self.end(Step::GiveUp(Reason::StoreAway));
        }
        if let Err(free_at) = self.take(now) {
            return self.end(Step::GiveUp(Reason::BudgetUsedUp(free_at)));
        }
        self.run.state = State::Exchanging(Permit::Budget);
        Step::Exchange(Permit::Budget)
    }

    /// Takes one exchange from the budget, or returns when there is one.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let window = self.rules.window;
        let places = self.rules.budget.min(BUDGET_MAX);
        let mut free_at = Instant::FAR_FUTURE;
        for place in self.budget.iter_mut().take(places) {
            match *place {
                Some(taken) if now < taken + window => free_at = free_at.min(taken + window),
                _ => {
                    *place = Some(now);
                    return Ok(());
                }
            }
        }
        Err(free_at)
    }
}

/// Returns a random span of at least half of `longest`.
fn jittered(longest: Duration, random: u32) -> Duration {
    let half = Duration::from_millis(longest.as_millis() / 2);
    half + part(half, random)
}

/// Returns the part of a span that a random value chooses.
fn part(span: Duration, random: u32) -> Duration {
    let part = (u128::from(span.as_millis()) * u128::from(random)) >> 32;
    Duration::from_millis(u64::try_from(part).unwrap_or(u64::MAX))
}
