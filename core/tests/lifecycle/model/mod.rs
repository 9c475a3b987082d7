//! A second implementation of the lifecycle, as simple as possible: facts instead of states, milliseconds in `u64`, 128-bit
//! arithmetic. `random_walk` compares it with the manager.
//!
//! Of waits whose random value the manager generates itself, the model knows the bounds only; see [`Hold::Between`].

mod facts;
mod waits;

use genesys_token_core::lifecycle::Policy;
use genesys_token_core::wire::GrantUse;

pub(crate) use facts::{Hold, Kind};
use facts::{Streaks, ms, share};

const FRESH: u64 = 60_000;
const MAX_LIFETIME: u64 = 38_880_000_000;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) serial: usize,
    begun: u64,
    refresh: u64,
    expires: u64,
    used: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ExchangeInFlight {
    pub(crate) number: usize,
    begun: u64,
    pub(crate) lost: u64,
    outdated: bool,
}

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(crate) struct Model {
    policy: Policy,
    pub(crate) now: u64,
    pub(crate) token: Option<Token>,
    pub(crate) exchange: Option<ExchangeInFlight>,
    pub(crate) hold: Hold,
    /// The time of the next check of the credential source, if this hold has such checks.
    check: Option<u64>,
    /// The time that the service named: no exchange begins before.
    pub(crate) forbidden_until: u64,
    usage: GrantUse,
    /// The grant is not repeatable, was sent, and nothing shows that it can be sent again.
    spent: bool,
    streaks: Streaks,
    last_begin: Option<u64>,
    last_was_for_refused: bool,
    next_is_for_refused: bool,
    next_needs_no_spacing: bool,
    pub(crate) tokens: usize,
    pub(crate) exchanges: usize,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Ready { serial: usize, until: u64 },
    Pending,
    Unavailable { retry_at: Option<u64> },
}

impl Model {
    pub(crate) fn new(policy: Policy, usage: GrantUse) -> Self {
        Self {
            policy,
            now: 0,
            token: None,
            exchange: None,
            hold: Hold::Nothing,
            check: None,
            forbidden_until: 0,
            usage,
            spent: false,
            streaks: Streaks::default(),
            last_begin: None,
            last_was_for_refused: false,
            next_is_for_refused: false,
            next_needs_no_spacing: false,
            tokens: 0,
            exchanges: 0,
        }
    }

    pub(crate) fn advance(&mut self, time: u64) {
        self.now = self.now.max(time);
        if self.token.is_some_and(|token| self.end(&token) <= self.now) {
            self.token = None;
        }
        if let Some(exchange) = self.exchange
            && exchange.lost <= self.now
        {
            self.exchange = None;
            self.fail(Kind::Transport, false, None, exchange.lost, None, exchange.outdated);
        }
        if let Hold::Until { time, .. } = self.hold
            && time <= self.now
        {
            self.hold = Hold::Nothing;
        }
        if self.wanted() <= self.now {
            self.stop_if_spent();
        }
    }

    /// Stops if an exchange is due but its grant is spent.
    fn stop_if_spent(&mut self) {
        if self.spent && self.exchange.is_none() && matches!(self.hold, Hold::Nothing) {
            self.hold = Hold::Stopped;
            self.next_is_for_refused = false;
            self.next_needs_no_spacing = false;
        }
    }

    /// Takes the manager's deadline for a wait of which the model knows the bounds only, and asserts that it is within them.
    pub(crate) fn learn(&mut self, deadline: u64) {
        if let Hold::Between { least, most, credentials_may_help } = self.hold {
            assert!(least <= deadline, "{deadline} is before {least}");
            if deadline == self.now {
                self.hold = Hold::Nothing;
            } else {
                assert!(deadline <= most, "{deadline} is after {most}");
                self.hold = Hold::Until { time: deadline, credentials_may_help };
            }
        }
    }

    /// Returns when the next exchange is due; may be past.
    pub(crate) fn next_exchange(&self) -> Option<u64> {
        if self.exchange.is_some() {
            return None;
        }
        match self.hold {
            Hold::Stopped => None,
            Hold::Until { time, .. } => Some(time),
            Hold::Between { .. } => panic!("not learned"),
            Hold::Nothing if self.next_needs_no_spacing => Some(self.wanted()),
            Hold::Nothing => Some(self.wanted().max(self.spaced())),
        }
    }

    /// Returns when the current token needs a successor; 0 if there is none.
    fn wanted(&self) -> u64 {
        self.token.map_or(0, |token| token.refresh.min(self.end(&token)))
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let time = match self.exchange {
            Some(exchange) => Some(exchange.lost),
            // A token that ends before the next exchange is allowed is dropped at its end.
            None if matches!(self.hold, Hold::Nothing) && self.wanted() > self.now => Some(self.wanted()),
            None => match (self.next_exchange(), self.check) {
                (Some(time), Some(check)) if matches!(self.hold, Hold::Until { .. }) => Some(time.min(check)),
                (time, _) => time,
            },
        };
        time.map(|time| time.max(self.now))
    }

    pub(crate) fn answer(&self, time: u64) -> Expected {
        let now = self.now.max(time);
        if let Some(token) = self.token
            && now < self.end(&token)
        {
            return Expected::Ready { serial: token.serial, until: self.end(&token) };
        }
        match self.hold {
            Hold::Stopped if self.exchange.is_none() => Expected::Unavailable { retry_at: None },
            Hold::Until { time, .. } if self.exchange.is_none() && now < time => {
                Expected::Unavailable { retry_at: Some(time) }
            }
            _ => Expected::Pending,
        }
    }

    /// Begins an exchange if one is due, and returns its number.
    pub(crate) fn begin(&mut self, time: u64) -> Option<usize> {
        self.advance(time);
        if self.next_exchange().is_none_or(|due| due > self.now) {
            return None;
        }
        self.exchanges += 1;
        self.exchange = Some(ExchangeInFlight {
            number: self.exchanges,
            begun: self.now,
            lost: self.now + ms(self.policy.exchange_timeout),
            outdated: false,
        });
        self.spent = self.usage != GrantUse::Repeatable;
        self.last_begin = Some(self.now);
        self.last_was_for_refused = self.next_is_for_refused;
        self.next_is_for_refused = false;
        self.next_needs_no_spacing = false;
        Some(self.exchanges)
    }

    pub(crate) fn token_received(
        &mut self,
        number: usize,
        time: u64,
        lifetime: u64,
        with_refresh_token: bool,
        random: u32,
    ) {
        self.advance(time);
        let Some(exchange) = self.take_exchange(number) else {
            return;
        };
        if self.spent && (with_refresh_token || self.usage == GrantUse::Refresh) {
            self.usage = GrantUse::Refresh;
            self.spent = false;
        }
        let lifetime = if lifetime == 0 { ms(self.policy.assumed_lifetime) } else { lifetime };
        let lifetime = lifetime.min(MAX_LIFETIME);
        let margin = ms(self.policy.refresh_margin).min(lifetime / 4);
        let jitter = share(ms(self.policy.refresh_jitter).min(lifetime / 10), random);
        let token = Token {
            serial: self.tokens + 1,
            begun: exchange.begun,
            refresh: exchange.begun + (lifetime - margin - jitter).max(ms(self.policy.exchange_spacing)),
            expires: exchange.begun + lifetime,
            used: exchange.begun,
        };
        if self.end(&token) <= self.now {
            // It counts as a transport failure.
            self.fail(Kind::Transport, false, None, self.now, Some(random), exchange.outdated);
            return;
        }
        self.tokens += 1;
        self.token = Some(token);
        self.streaks = Streaks { tokens_refused: self.streaks.tokens_refused, ..Streaks::default() };
    }

    pub(crate) fn failed(
        &mut self,
        number: usize,
        time: u64,
        kind: Kind,
        unspent: bool,
        retry_after: Option<u64>,
        random: u32,
    ) {
        self.advance(time);
        if let Some(exchange) = self.take_exchange(number) {
            self.fail(kind, unspent, retry_after, self.now, Some(random), exchange.outdated);
        }
    }

    pub(crate) fn abandoned(&mut self, number: usize, time: u64) {
        self.advance(time);
        if let Some(exchange) = self.take_exchange(number) {
            self.next_is_for_refused = self.last_was_for_refused && !exchange.outdated;
            self.stop_if_spent();
        }
    }

    pub(crate) fn used(&mut self, serial: usize, time: u64) {
        if let Some(mut token) = self.token
            && token.serial == serial
            && time < self.end(&token)
        {
            token.used = token.used.max(time);
            self.token = Some(token);
            self.streaks.tokens_refused = 0;
        }
        self.advance(time);
    }

    pub(crate) fn refused(&mut self, serial: usize, time: u64) {
        self.advance(time);
        let Some(token) = self.token.filter(|token| token.serial == serial) else {
            return;
        };
        self.token = None;
        if self.now - token.begun >= FRESH {
            self.streaks.tokens_refused = 0;
        }
        self.streaks.tokens_refused += 1;
        if self.exchange.is_some() || !matches!(self.hold, Hold::Nothing) {
            return;
        }
        if self.streaks.tokens_refused > 1 {
            self.fail(Kind::FreshTokenRefused, false, None, self.now, None, false);
        } else {
            self.next_is_for_refused = true;
            self.next_needs_no_spacing = !self.last_was_for_refused;
            self.stop_if_spent();
        }
    }

    /// Returns whether there is another token, or one can be expected soon.
    pub(crate) fn replay_makes_sense(&self) -> bool {
        self.token.is_some() || self.exchange.is_some() || matches!(self.hold, Hold::Nothing)
    }

    pub(crate) fn credentials_changed(&mut self, time: u64) {
        self.advance(time);
        self.streaks.refused = 0;
        self.streaks.tokens_refused = 0;
        if let Some(exchange) = &mut self.exchange {
            exchange.outdated = true;
        } else if matches!(self.hold, Hold::Until { credentials_may_help: true, .. })
            || (matches!(self.hold, Hold::Stopped) && !self.spent)
        {
            self.hold_until_allowed(self.now);
        }
    }

    pub(crate) fn grant_replaced(&mut self, usage: GrantUse, time: u64) {
        self.usage = usage;
        self.spent = false;
        self.credentials_changed(time);
    }

    pub(crate) fn credentials_unchanged(&mut self, time: u64) {
        self.advance(time);
        if self.check.is_some() {
            let interval = self.policy.credentials_check.max(self.policy.exchange_spacing);
            self.check = Some(self.now.saturating_add(ms(interval)));
        }
    }

    /// Returns whether a check of the credential source is due.
    pub(crate) fn check_is_due(&self) -> bool {
        self.exchange.is_none()
            && matches!(self.hold, Hold::Until { .. })
            && self.check.is_some_and(|check| check <= self.now)
    }

    pub(crate) fn cleared(&mut self) {
        self.token = None;
        self.exchange = None;
        self.streaks.tokens_refused = 0;
        self.next_is_for_refused = false;
        self.next_needs_no_spacing = false;
        self.stop_if_spent();
    }

    fn end(&self, token: &Token) -> u64 {
        match self.policy.idle_timeout {
            Some(idle) => token.expires.min(token.used + ms(idle)),
            None => token.expires,
        }
    }

    fn spaced(&self) -> u64 {
        self.last_begin.map_or(0, |begin| begin + ms(self.policy.exchange_spacing))
    }

    fn take_exchange(&mut self, number: usize) -> Option<ExchangeInFlight> {
        self.exchange.take_if(|exchange| exchange.number == number)
    }
}
