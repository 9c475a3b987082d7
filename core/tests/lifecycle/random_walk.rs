//! Random walks: any events in any order at any time, compared with the model after each, and with the guarantees that do not
//! depend on it:
//!
//! | guarantee | asserted in |
//! |---|---|
//! | a token handed out is never past its end | `Walk::compare` |
//! | at most one exchange in flight | `Walk::begin` |
//! | a grant that can be used only once is sent once, unless an outcome shows that it was not used | `Walk::begin`, by the model |
//! | never an exchange before a deadline the service gave, nor too soon after the last one | `Walk::begin` |
//! | the deadline is now or in the future | `Walk::compare`, `Walk::poll` |
//! | every wait ends | `Walk::every_wait_ends` |
//! | work per call is bounded: one call is enough for any jump of time; instructions are counted by `cargo xtask sizes` | `Walk::one_call_is_enough` |

use genesys_token_core::lifecycle::{
    Answer, AnyGrant, Failure, Generation, Outcome, Policy, Step, Ticket, TokenManager,
};
use genesys_token_core::text::CapacityError;
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{GrantUse, ResponseHead, parse_token_response};
use proptest::prelude::*;

use crate::fixture::{
    HTML, INVALID_CLIENT, INVALID_GRANT, INVALID_REQUEST, INVALID_SCOPE, RATE_LIMIT_400, TOO_MANY,
    UNAUTHORIZED_CLIENT, nonsense, refusal, token_body_with,
};
use crate::model::{Expected, Kind, Model};

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Pass(u64),
    /// Time passes until the deadline and `.0` milliseconds more.
    PassToDeadline(u64),
    Poll,
    Begin,
    Token {
        lifetime: u64,
        with_refresh_token: bool,
    },
    Fail(Fault),
    Abandon,
    /// A token for the ticket of an exchange that is over.
    LateToken,
    LateFailure(Fault),
    LateAbandon,
    /// The API accepted the token that is `.0` generations old.
    Used(usize),
    /// The API refused the token that is `.0` generations old.
    Refused(usize),
    CredentialsChanged,
    CredentialsUnchanged,
    GrantReplaced(GrantUse),
    Clear,
}

#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// Selects one of several responses of this kind.
    pub(crate) variant: usize,
    pub(crate) retry_after: Option<u64>,
}

impl Fault {
    pub(crate) fn failure(&self) -> Failure {
        let pick = |responses: &[(u16, &str)]| {
            let (status, body) = responses[self.variant % responses.len()];
            match self.retry_after {
                Some(secs) => refusal(status, &[("retry-after", &secs.to_string())], body),
                None => refusal(status, &[], body),
            }
        };
        match self.kind {
            Kind::Transport => Failure::Transport(()),
            Kind::NoCredentials => Failure::NoCredentials(()),
            Kind::Malformed => nonsense(),
            Kind::TooLong => {
                Failure::Capacity(CapacityError { what: "access token", needed: 2000, capacity: 1024 })
            }
            Kind::FreshTokenRefused => unreachable!("comes from the API only"),
            Kind::Unavailable => pick(&[(500, HTML), (502, ""), (503, HTML), (408, "")]),
            Kind::RateLimited => pick(&[(429, TOO_MANY), (400, RATE_LIMIT_400), (429, HTML)]),
            Kind::Unexpected => pick(&[(404, HTML), (302, "")]),
            Kind::Refused => pick(&[
                (400, INVALID_CLIENT),
                (401, INVALID_CLIENT),
                (400, UNAUTHORIZED_CLIENT),
                (400, INVALID_SCOPE),
                (400, INVALID_REQUEST),
            ]),
            Kind::UsedUp => pick(&[(400, INVALID_GRANT)]),
        }
    }

    /// Returns whether a grant that can be used only once can still be used, by the rules of `Refusal::leaves_grant_unspent`.
    fn leaves_grant_unspent(&self) -> bool {
        let nth = |count: usize| self.variant % count;
        match self.kind {
            // Not sent; rejected before the grant was examined; not the token endpoint's answer.
            Kind::NoCredentials | Kind::RateLimited | Kind::Unexpected => true,
            // 503 and 408 mean that the request was not handled; 500 and 502 do not say.
            Kind::Unavailable => nth(4) >= 2,
            // Scope and request are examined together with the grant.
            Kind::Refused => nth(5) < 3,
            Kind::Transport | Kind::Malformed | Kind::TooLong | Kind::UsedUp | Kind::FreshTokenRefused => {
                false
            }
        }
    }

    /// `Retry-After` in milliseconds, if this kind of failure can carry one.
    fn retry_after(&self) -> Option<u64> {
        match self.kind {
            Kind::Transport
            | Kind::NoCredentials
            | Kind::Malformed
            | Kind::TooLong
            | Kind::FreshTokenRefused => None,
            _ => self.retry_after.map(|secs| secs * 1000),
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    let kind = prop_oneof![
        Just(Kind::Transport),
        Just(Kind::NoCredentials),
        Just(Kind::Unavailable),
        Just(Kind::RateLimited),
        Just(Kind::Malformed),
        Just(Kind::Unexpected),
        Just(Kind::Refused),
        Just(Kind::TooLong),
        Just(Kind::UsedUp),
    ];
    let retry_after = prop_oneof![
        3 => Just(None),
        1 => Just(Some(0)),
        2 => (1..120_u64).prop_map(Some),
        1 => (1..100_000_u64).prop_map(Some),
    ];
    (kind, any::<usize>(), retry_after).prop_map(|(kind, variant, retry_after)| Fault {
        kind,
        variant,
        retry_after,
    })
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let lifetime = prop_oneof![Just(0), 1..5_u64, 5..600_u64, Just(86_399_u64), 86_400..50_000_000_u64];
    prop_oneof![
        3 => prop_oneof![0..2_000_u64, 0..120_000_u64, 0..100_000_000_u64].prop_map(Event::Pass),
        4 => prop_oneof![Just(0), 0..20_u64, 0..100_000_u64].prop_map(Event::PassToDeadline),
        1 => Just(Event::Poll),
        6 => Just(Event::Begin),
        5 => (lifetime, any::<bool>()).prop_map(|(lifetime, with_refresh_token)| Event::Token {
            lifetime,
            with_refresh_token,
        }),
        3 => fault().prop_map(Event::Fail),
        1 => Just(Event::Abandon),
        1 => Just(Event::LateToken),
        1 => fault().prop_map(Event::LateFailure),
        1 => Just(Event::LateAbandon),
        1 => (0..3_usize).prop_map(Event::Used),
        3 => (0..3_usize).prop_map(Event::Refused),
        1 => Just(Event::CredentialsChanged),
        1 => Just(Event::CredentialsUnchanged),
        1 => usage().prop_map(Event::GrantReplaced),
        1 => Just(Event::Clear),
    ]
}

pub(crate) fn usage() -> impl Strategy<Value = GrantUse> {
    prop_oneof![2 => Just(GrantUse::Repeatable), 1 => Just(GrantUse::Refresh), 1 => Just(GrantUse::Once)]
}

pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    let idle = prop_oneof![2 => Just(None), 1 => (0..900_u64).prop_map(Some)];
    let check = prop_oneof![1 => Just(Duration::MAX), 3 => (0..500_u64).prop_map(Duration::from_secs)];
    (idle, 0..900_u64, 0..90_u64, 0..3_000_u64, check).prop_map(|(idle, margin, jitter, spacing, check)| {
        let mut policy = Policy::DEFAULT;
        policy.idle_timeout = idle.map(Duration::from_secs);
        policy.refresh_margin = Duration::from_secs(margin);
        policy.refresh_jitter = Duration::from_secs(jitter);
        policy.exchange_spacing = Duration::from_millis(spacing);
        policy.credentials_check = check;
        policy
    })
}

struct Walk {
    manager: TokenManager<32, (), AnyGrant>,
    model: Model,
    policy: Policy,
    /// The actual time; the time that the manager sees may be earlier.
    now: u64,
    ticket: Option<(usize, Ticket)>,
    late: Vec<(usize, Ticket)>,
    generations: Vec<Generation>,
    /// When the last exchange began.
    begun: Option<u64>,
    /// Whether the API has refused a token since then.
    refused_since: bool,
}

impl Walk {
    fn new(policy: Policy, usage: GrantUse) -> Self {
        Self {
            manager: TokenManager::with_grant(policy.clone(), usage),
            model: Model::new(policy.clone(), usage),
            policy,
            now: 5_000_000,
            ticket: None,
            late: Vec::new(),
            generations: Vec::new(),
            begun: None,
            refused_since: false,
        }
    }

    fn step(&mut self, event: &Event, back: u64, random: u32) {
        match event {
            Event::Pass(span) => self.now += span,
            Event::PassToDeadline(more) => {
                let deadline = self.manager.next_deadline().map_or(0, Instant::as_millis);
                self.now = self.now.max(deadline) + more;
            }
            _ => {}
        }
        let time = self.now.saturating_sub(back);
        let at = Instant::from_millis(time);
        self.notice_lost_exchange(time);
        match event {
            Event::Pass(_) | Event::PassToDeadline(_) => {}
            Event::Poll => self.poll(time),
            Event::Begin => self.begin(time),
            Event::Token { lifetime, with_refresh_token } => {
                if let Some((number, ticket)) = self.ticket.take() {
                    self.respond(number, ticket, time, (*lifetime, *with_refresh_token), random);
                }
            }
            Event::LateToken => {
                if let Some((number, ticket)) = self.late.pop() {
                    self.respond(number, ticket, time, (86_399, true), random);
                }
            }
            Event::Fail(fault) => {
                if let Some((number, ticket)) = self.ticket.take() {
                    self.fail(number, ticket, time, fault, random);
                }
            }
            Event::LateFailure(fault) => {
                if let Some((number, ticket)) = self.late.pop() {
                    self.fail(number, ticket, time, fault, random);
                }
            }
            Event::Abandon | Event::LateAbandon => {
                let ticket = match event {
                    Event::Abandon => self.ticket.take(),
                    _ => self.late.pop(),
                };
                if let Some((number, ticket)) = ticket {
                    self.manager.abandon(ticket, at);
                    self.model.abandoned(number, time);
                }
            }
            Event::Used(back) => {
                if let Some((serial, generation)) = self.generation(*back) {
                    self.manager.token_used(generation, at);
                    self.model.used(serial, time);
                }
            }
            Event::Refused(back) => {
                if let Some((serial, generation)) = self.generation(*back) {
                    let replay = self.manager.token_refused(generation, at);
                    self.model.refused(serial, time);
                    self.learn();
                    self.refused_since = true;
                    assert_eq!(replay, self.model.replay_makes_sense(), "replay");
                }
            }
            Event::CredentialsChanged => {
                self.manager.credentials_changed(at);
                self.model.credentials_changed(time);
            }
            Event::CredentialsUnchanged => {
                self.manager.credentials_unchanged(at);
                self.model.credentials_unchanged(time);
            }
            Event::GrantReplaced(usage) => {
                self.manager.grant_replaced(*usage, at);
                self.model.grant_replaced(*usage, time);
            }
            Event::Clear => {
                self.manager.clear();
                self.model.cleared();
            }
        }
        self.compare(time);
    }

    /// Lets the manager notice a lost exchange, and passes the length of its wait to the model, which does not know the manager's
    /// own random value.
    fn notice_lost_exchange(&mut self, time: u64) {
        if self.model.exchange.is_some_and(|exchange| exchange.lost <= time) {
            let _ = self.manager.poll(Instant::from_millis(time));
            self.model.advance(time);
            self.learn();
        }
    }

    fn learn(&mut self) {
        if let Some(deadline) = self.manager.next_deadline() {
            self.model.learn(deadline.as_millis());
        }
    }

    fn poll(&mut self, time: u64) {
        let at = Instant::from_millis(time);
        let step = self.manager.poll(at);
        assert_eq!(self.manager.poll(at), step, "a second poll changes nothing");
        self.model.advance(time);
        match step {
            Step::Exchange(_) => assert!(self.model.next_exchange().is_some_and(|due| due <= self.model.now)),
            Step::Wait { until, .. } => {
                assert!(until.as_millis() > self.model.now, "a wait that is over");
                assert_eq!(Some(until.as_millis()), self.model.next_deadline());
            }
            Step::CheckCredentials => assert!(self.model.check_is_due()),
            Step::Stop(_) => assert_eq!(self.model.next_deadline(), None),
        }
    }

    fn begin(&mut self, time: u64) {
        let ticket = self.manager.begin(Instant::from_millis(time));
        let in_flight = self.model.exchange.is_some();
        let number = self.model.begin(time);
        assert_eq!(ticket.is_some(), number.is_some(), "ticket");
        if let (Some(ticket), Some(number)) = (ticket, number) {
            assert!(!in_flight, "two exchanges in flight");
            let now = self.model.now;
            assert!(now >= self.model.forbidden_until, "before the time the service named");
            if let Some(begun) = self.begun
                && !self.refused_since
            {
                assert!(now - begun >= self.policy.exchange_spacing.as_millis(), "too soon");
            }
            self.begun = Some(now);
            self.refused_since = false;
            self.late.extend(self.ticket.replace((number, ticket)));
        }
    }

    fn respond(&mut self, number: usize, ticket: Ticket, time: u64, granted: (u64, bool), random: u32) {
        let (lifetime, with_refresh_token) = granted;
        let before = self.model.tokens;
        let mut body =
            token_body_with(&format!("t{}", before + 1), Some(lifetime), with_refresh_token).into_bytes();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).expect("a token response");
        let at = Instant::from_millis(time);
        self.manager.complete(ticket, at, Outcome::Token(&response), random);
        self.model.token_received(number, time, lifetime * 1000, with_refresh_token, random);
        if self.model.tokens > before {
            match self.manager.token(at) {
                Answer::Ready(token) => self.generations.push(token.generation),
                answer => panic!("no token but {answer:?}"),
            }
            assert!(self.manager.last_failure().is_none());
        }
    }

    fn fail(&mut self, number: usize, ticket: Ticket, time: u64, fault: &Fault, random: u32) {
        let outcome = Outcome::Failed(fault.failure());
        self.manager.complete(ticket, Instant::from_millis(time), outcome, random);
        let unspent = fault.leaves_grant_unspent();
        self.model.failed(number, time, fault.kind, unspent, fault.retry_after(), random);
    }

    fn generation(&self, back: usize) -> Option<(usize, Generation)> {
        let serial = self.generations.len().checked_sub(back)?;
        let generation = self.generations.get(serial.checked_sub(1)?)?;
        Some((serial, *generation))
    }

    fn compare(&mut self, time: u64) {
        for later in [0, 1, 1000, 1_000_000] {
            let later = time + later;
            let answer = match self.manager.token(Instant::from_millis(later)) {
                Answer::Ready(token) => {
                    assert!(token.expires_at.as_millis() > later, "a token that has ended");
                    Expected::Ready {
                        serial: token.access_token()[1..].parse().expect("a serial number"),
                        until: token.expires_at.as_millis(),
                    }
                }
                Answer::Pending => Expected::Pending,
                Answer::Unavailable { retry_at, .. } => {
                    Expected::Unavailable { retry_at: retry_at.map(Instant::as_millis) }
                }
            };
            assert_eq!(answer, self.model.answer(later));
        }
        let deadline = self.manager.next_deadline().map(Instant::as_millis);
        assert_eq!(deadline, self.model.next_deadline());
        assert!(deadline.is_none_or(|deadline| deadline >= self.model.now));
    }

    /// Asserts that one call applies all deadlines that have passed: a second one at the same time changes nothing.
    fn one_call_is_enough(&mut self, jump: u64) {
        self.now += jump;
        self.notice_lost_exchange(self.now);
        self.poll(self.now);
        let shown = format!("{:?}", self.manager);
        let _ = self.manager.poll(Instant::from_millis(self.now));
        assert_eq!(format!("{:?}", self.manager), shown);
        self.compare(self.now);
    }

    /// Asserts that an exchange is due after at most four deadlines, with new credentials or another grant where the manager needs them.
    fn every_wait_ends(&mut self) {
        for _ in 0..4 {
            let at = Instant::from_millis(self.now);
            match self.manager.poll(at) {
                Step::Exchange(_) => {
                    assert!(self.manager.begin(at).is_some());
                    return;
                }
                Step::Wait { until, .. } => self.now = until.as_millis(),
                Step::CheckCredentials => self.manager.credentials_changed(at),
                Step::Stop(_) => {
                    assert!(self.manager.last_failure().is_some());
                    self.manager.grant_replaced(GrantUse::Once, at);
                }
            }
        }
        panic!("no exchange within four deadlines: {:?}", self.manager);
    }
}

// A long walk takes a minute in Miri.
const LONGEST: usize = if cfg!(miri) { 16 } else { 80 };

proptest! {
    // The environment can set more: PROPTEST_CASES=100000.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        // A case takes a thousand times as long in Miri.
        ..ProptestConfig::with_cases(if cfg!(miri) { 1 } else { ProptestConfig::default().cases.max(1000) })
    })]

    #[test]
    fn manager_agrees_with_the_model(
        policy in policy(),
        usage in usage(),
        steps in prop::collection::vec(
            (event(), prop_oneof![9 => Just(0), 1 => 0..100_000_u64], any::<u32>()),
            1..LONGEST,
        ),
        jump in prop_oneof![0..120_000_u64, 0..1_u64 << 50],
    ) {
        let mut walk = Walk::new(policy, usage);
        for (event, back, random) in &steps {
            walk.step(event, *back, *random);
        }
        walk.one_call_is_enough(jump);
        walk.every_wait_ends();
    }
}
