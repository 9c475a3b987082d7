//! The lifecycle once more, written down as plainly as it can be: facts instead of states, milliseconds in `u64`, 128-bit
//! arithmetic, no care for size. `random_walk` compares the two.
//!
//! Waits whose random value the manager makes up itself are known by their bounds only; see [`Hold::Between`].

use genesys_token_core::lifecycle::Policy;
use genesys_token_core::wire::GrantUse;

const FRESH_FOR: u64 = 60_000;
const LONGEST_LIFETIME: u64 = 38_880_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Transport,
    NoCredentials,
    Unavailable,
    RateLimited,
    Nonsense,
    Unexpected,
    Refused,
    TooLong,
    UsedUp,
    FreshTokenRefused,
}

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

/// What the last failure left behind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hold {
    Nothing,
    Until { time: u64, mendable: bool },
    Between { least: u64, most: u64, mendable: bool },
    Stopped,
}

#[derive(Clone, Copy, Debug, Default)]
struct Rows {
    unreached: u32,
    limited: u32,
    unreadable: u32,
    refused: u32,
    tokens_refused: u32,
}

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(crate) struct Model {
    policy: Policy,
    pub(crate) now: u64,
    pub(crate) token: Option<Token>,
    pub(crate) exchange: Option<ExchangeInFlight>,
    pub(crate) hold: Hold,
    /// When to ask for other credentials, if that is done during this hold.
    check: Option<u64>,
    /// The service's word: no exchange before.
    pub(crate) forbidden_until: u64,
    usage: GrantUse,
    /// The grant is not repeatable, was sent, and nothing shows that it can be sent again.
    spent: bool,
    rows: Rows,
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
            rows: Rows::default(),
            last_begin: None,
            last_was_for_refused: false,
            next_is_for_refused: false,
            next_needs_no_spacing: false,
            tokens: 0,
            exchanges: 0,
        }
    }

    pub(crate) fn advance(&mut self, told: u64) {
        self.now = self.now.max(told);
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

    /// Without a grant there is no exchange that could be due.
    fn stop_if_spent(&mut self) {
        if self.spent && self.exchange.is_none() && matches!(self.hold, Hold::Nothing) {
            self.hold = Hold::Stopped;
            self.next_is_for_refused = false;
            self.next_needs_no_spacing = false;
        }
    }

    /// The manager's deadline tells what the model cannot know, and must be within its bounds.
    pub(crate) fn learn(&mut self, deadline: u64) {
        if let Hold::Between { least, most, mendable } = self.hold {
            assert!(least <= deadline, "{deadline} is before {least}");
            if deadline == self.now {
                self.hold = Hold::Nothing;
            } else {
                assert!(deadline <= most, "{deadline} is after {most}");
                self.hold = Hold::Until { time: deadline, mendable };
            }
        }
    }

    /// When the next exchange is due; may be past.
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

    /// When the token at hand, if there is one, calls for another.
    fn wanted(&self) -> u64 {
        self.token.map_or(0, |token| token.refresh.min(self.end(&token)))
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let time = match self.exchange {
            Some(exchange) => Some(exchange.lost),
            // A token that ends before the next exchange is allowed is dropped in time.
            None if matches!(self.hold, Hold::Nothing) && self.wanted() > self.now => Some(self.wanted()),
            None => match (self.next_exchange(), self.check) {
                (Some(time), Some(check)) if matches!(self.hold, Hold::Until { .. }) => Some(time.min(check)),
                (time, _) => time,
            },
        };
        time.map(|time| time.max(self.now))
    }

    pub(crate) fn answer(&self, told: u64) -> Expected {
        let now = self.now.max(told);
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

    /// The number of the exchange, if there is to be one.
    pub(crate) fn begin(&mut self, told: u64) -> Option<usize> {
        self.advance(told);
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

    pub(crate) fn token_came(
        &mut self,
        number: usize,
        told: u64,
        lifetime: u64,
        with_refresh_token: bool,
        random: u32,
    ) {
        self.advance(told);
        let Some(exchange) = self.take_exchange(number) else {
            return;
        };
        if self.spent && (with_refresh_token || self.usage == GrantUse::Refresh) {
            self.usage = GrantUse::Refresh;
            self.spent = false;
        }
        let lifetime = if lifetime == 0 { ms(self.policy.assumed_lifetime) } else { lifetime };
        let lifetime = lifetime.min(LONGEST_LIFETIME);
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
            // Counts as a transport failure does.
            self.fail(Kind::Transport, false, None, self.now, Some(random), exchange.outdated);
            return;
        }
        self.tokens += 1;
        self.token = Some(token);
        self.rows = Rows { tokens_refused: self.rows.tokens_refused, ..Rows::default() };
    }

    pub(crate) fn failed(
        &mut self,
        number: usize,
        told: u64,
        kind: Kind,
        unspent: bool,
        retry_after: Option<u64>,
        random: u32,
    ) {
        self.advance(told);
        if let Some(exchange) = self.take_exchange(number) {
            self.fail(kind, unspent, retry_after, self.now, Some(random), exchange.outdated);
        }
    }

    pub(crate) fn abandoned(&mut self, number: usize, told: u64) {
        self.advance(told);
        if let Some(exchange) = self.take_exchange(number) {
            self.next_is_for_refused = self.last_was_for_refused && !exchange.outdated;
            self.stop_if_spent();
        }
    }

    pub(crate) fn used(&mut self, serial: usize, told: u64) {
        if let Some(mut token) = self.token
            && token.serial == serial
            && told < self.end(&token)
        {
            token.used = token.used.max(told);
            self.token = Some(token);
            self.rows.tokens_refused = 0;
        }
        self.advance(told);
    }

    pub(crate) fn refused(&mut self, serial: usize, told: u64) {
        self.advance(told);
        let Some(token) = self.token.filter(|token| token.serial == serial) else {
            return;
        };
        self.token = None;
        if self.now - token.begun >= FRESH_FOR {
            self.rows.tokens_refused = 0;
        }
        self.rows.tokens_refused += 1;
        if self.exchange.is_some() || !matches!(self.hold, Hold::Nothing) {
            return;
        }
        if self.rows.tokens_refused > 1 {
            self.fail(Kind::FreshTokenRefused, false, None, self.now, None, false);
        } else {
            self.next_is_for_refused = true;
            self.next_needs_no_spacing = !self.last_was_for_refused;
            self.stop_if_spent();
        }
    }

    /// Whether another token is there or on its way.
    pub(crate) fn replay_makes_sense(&self) -> bool {
        self.token.is_some() || self.exchange.is_some() || matches!(self.hold, Hold::Nothing)
    }

    pub(crate) fn credentials_changed(&mut self, told: u64) {
        self.advance(told);
        self.rows.refused = 0;
        self.rows.tokens_refused = 0;
        if let Some(exchange) = &mut self.exchange {
            exchange.outdated = true;
        } else if matches!(self.hold, Hold::Until { mendable: true, .. })
            || (matches!(self.hold, Hold::Stopped) && !self.spent)
        {
            self.hold_until_allowed(self.now);
        }
    }

    pub(crate) fn grant_replaced(&mut self, usage: GrantUse, told: u64) {
        self.usage = usage;
        self.spent = false;
        self.credentials_changed(told);
    }

    pub(crate) fn credentials_unchanged(&mut self, told: u64) {
        self.advance(told);
        if self.check.is_some() {
            let interval = self.policy.credentials_check.max(self.policy.exchange_spacing);
            self.check = Some(self.now.saturating_add(ms(interval)));
        }
    }

    /// Whether the credential source is to be asked now.
    pub(crate) fn check_is_due(&self) -> bool {
        self.exchange.is_none()
            && matches!(self.hold, Hold::Until { .. })
            && self.check.is_some_and(|check| check <= self.now)
    }

    pub(crate) fn cleared(&mut self) {
        self.token = None;
        self.exchange = None;
        self.rows.tokens_refused = 0;
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

    fn hold_until_allowed(&mut self, when: u64) {
        self.check = None;
        self.hold = if self.forbidden_until <= when {
            Hold::Nothing
        } else {
            Hold::Until { time: self.forbidden_until.max(self.spaced()), mendable: false }
        };
    }

    fn fail(
        &mut self,
        kind: Kind,
        unspent: bool,
        retry_after: Option<u64>,
        when: u64,
        random: Option<u32>,
        outdated: bool,
    ) {
        self.spent &= !unspent;
        self.next_is_for_refused = false;
        self.next_needs_no_spacing = false;
        let told = retry_after.map(|span| span.min(ms(self.policy.retry_after_max)));
        if let Some(told) = told {
            self.forbidden_until = self.forbidden_until.max(when + told);
        }
        let mendable = matches!(
            kind,
            Kind::NoCredentials
                | Kind::Unexpected
                | Kind::Refused
                | Kind::TooLong
                | Kind::UsedUp
                | Kind::FreshTokenRefused
        );
        if self.spent {
            self.hold = Hold::Stopped;
            return;
        }
        if outdated && mendable {
            self.hold_until_allowed(when);
            return;
        }
        self.check = matches!(kind, Kind::Refused | Kind::UsedUp | Kind::TooLong)
            .then(|| when.saturating_add(ms(self.policy.credentials_check)));
        let (least, most) = match kind {
            Kind::Transport | Kind::NoCredentials | Kind::Unavailable => {
                self.rows.unreached += 1;
                self.backoff(self.rows.unreached)
            }
            Kind::RateLimited => {
                self.rows.unreached += 1;
                self.rows.limited += 1;
                self.lasting(self.rows.unreached, self.rows.limited)
            }
            Kind::Nonsense | Kind::Unexpected => {
                self.rows.unreadable += 1;
                self.patient(self.rows.unreadable)
            }
            Kind::Refused | Kind::UsedUp | Kind::TooLong => {
                self.rows.refused += 1;
                self.long(self.rows.refused)
            }
            Kind::FreshTokenRefused => self.patient(self.rows.tokens_refused - 1),
        };
        let width = most - least;
        let own = |random| least + share(width, random);
        let advised = |random| {
            told.map(|told| {
                let told = told.max(ms(self.policy.backoff_min));
                told + share((told / 10).max(5_000), random)
            })
        };
        let instead = matches!(kind, Kind::Unavailable | Kind::RateLimited);
        self.hold = match random {
            None => Hold::Between {
                least: (when + least).max(self.spaced()),
                most: (when + most).max(self.spaced()),
                mendable,
            },
            Some(random) => {
                let wait = match advised(random) {
                    Some(told) if instead => told,
                    Some(told) => told.max(own(random)),
                    None => own(random),
                };
                Hold::Until { time: (when + wait).max(self.spaced()), mendable }
            }
        };
    }

    fn backoff(&self, nth: u32) -> (u64, u64) {
        let least = ms(self.policy.backoff_min);
        (least, (least << nth.min(20)).min(ms(self.policy.backoff_max)))
    }

    fn lasting(&self, nth: u32, limited: u32) -> (u64, u64) {
        let least = ms(self.policy.backoff_min);
        let longest = ms(self.policy.backoff_max).max(least);
        match limited {
            0..=8 => self.backoff(nth),
            9 => (least, longest * 2),
            10 => (least, longest * 4),
            _ => (least, longest * 5),
        }
    }

    fn long(&self, nth: u32) -> (u64, u64) {
        let least = (ms(self.policy.refused_min) << (nth - 1).min(20)).min(ms(self.policy.refused_max));
        (least, least + least / 10)
    }

    fn patient(&self, nth: u32) -> (u64, u64) {
        if nth <= 5 { self.backoff(nth) } else { self.long(nth - 5) }
    }
}

fn ms(span: genesys_token_core::time::Duration) -> u64 {
    span.as_millis()
}

/// The part of `span` that `random` is of 2³².
fn share(span: u64, random: u32) -> u64 {
    u64::try_from((u128::from(span) * u128::from(random)) >> 32).expect("less than `span`")
}
