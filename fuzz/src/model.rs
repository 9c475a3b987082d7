//! A token manager beside a model of what its service and its user know: when tokens end, when no exchange is allowed, and which
//! exchange is in flight.
//!
//! The model does not know how the manager decides, only what must never happen.

use genesys_token_core::lifecycle::{
    Answer, AnyGrant, ClientCredentials, Failure, Generation, GrantState, Outcome, Policy, Step, Ticket,
    TokenManager, WaitReason,
};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{GrantUse, RefusalClass, ResponseHead, parse_token_response};

use crate::events::{CODES, Event};

const CAPACITY: usize = 32;
/// The longest lifetime that is accepted: 450 days.
const LONGEST: Duration = Duration::from_secs(38_880_000);

/// What a manager does when the user logs in again.
pub trait Login: GrantState + Sized {
    fn login(manager: &mut TokenManager<CAPACITY, (), Self>, grant: GrantUse, now: Instant);
}

impl Login for AnyGrant {
    fn login(manager: &mut TokenManager<CAPACITY, (), Self>, grant: GrantUse, now: Instant) {
        manager.grant_replaced(grant, now);
    }
}

/// Client credentials have no other login than other credentials.
impl Login for ClientCredentials {
    fn login(manager: &mut TokenManager<CAPACITY, (), Self>, _grant: GrantUse, now: Instant) {
        manager.credentials_changed(now);
    }
}

pub struct Model<G: Login> {
    policy: Policy,
    manager: TokenManager<CAPACITY, (), G>,
    now: Instant,
    /// How often the grant may be sent, and whether it may be used up.
    grant: GrantUse,
    spent: bool,
    in_flight: Option<Exchange>,
    /// Tickets of exchanges that are no longer in flight.
    stale: Vec<Ticket>,
    begun_at: Option<Instant>,
    /// Whether the next exchange may begin without spacing.
    unspaced: bool,
    tokens: Vec<Token>,
    /// The service allows no exchange before this.
    not_before: Instant,
    /// After refused credentials: no exchange before this, unless they change.
    refused_until: Instant,
    /// A pseudo-random number, the same in every run.
    random: u32,
}

struct Exchange {
    ticket: Ticket,
    lost_at: Instant,
    credentials_outdated: bool,
    grant_outdated: bool,
}

struct Token {
    text: String,
    generation: Generation,
    ends_at: Instant,
    used_at: Instant,
    /// Whether it was refused, cleared or replaced.
    gone: bool,
}

impl Model<AnyGrant> {
    pub fn with_grant(policy: Policy, grant: GrantUse) -> Self {
        Self::new(TokenManager::with_grant(policy.clone(), grant), policy, grant)
    }
}

impl Model<ClientCredentials> {
    pub fn with_client_credentials(policy: Policy) -> Self {
        Self::new(TokenManager::with_details(policy.clone()), policy, GrantUse::Repeatable)
    }
}

impl<G: Login> Model<G> {
    fn new(manager: TokenManager<CAPACITY, (), G>, policy: Policy, grant: GrantUse) -> Self {
        assert!(format!("{policy:?}").starts_with("Policy"));
        let longest = Duration::from_secs(40);
        let covering = policy.clone().covering(longest).exchange_timeout;
        assert!(
            covering > longest && covering >= policy.exchange_timeout,
            "the timeout of an exchange is too short"
        );
        Self {
            manager: manager.with_random(7),
            grant,
            spent: false,
            policy,
            now: Instant::from_secs(1000),
            in_flight: None,
            stale: Vec::new(),
            begun_at: None,
            unspaced: false,
            tokens: Vec::new(),
            not_before: Instant::ZERO,
            refused_until: Instant::ZERO,
            random: 7,
        }
    }

    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Pass(millis) => self.now = self.now + Duration::from_millis(millis),
            Event::Earlier(millis) => {
                let before = self.manager.poll(self.now);
                let earlier = self.now.saturating_sub(Duration::from_millis(millis));
                assert_eq!(self.manager.poll(earlier), before, "an earlier time changes something");
            }
            Event::Begin => self.begin(),
            Event::Token(secs) => self.complete(|model, ticket| model.token(ticket, secs, "token", false)),
            Event::TokenAndRefreshToken(secs) => {
                self.complete(|model, ticket| model.token(ticket, secs, "token", true));
            }
            Event::LongToken => {
                self.complete(|model, ticket| model.token(ticket, Some(600), &"long".repeat(CAPACITY), false))
            }
            Event::Status(status, retry_after) => {
                self.complete(|model, ticket| model.refuse(ticket, status, "", retry_after));
            }
            Event::Code(code, retry_after) => {
                self.complete(|model, ticket| model.refuse(ticket, 400, CODES[code], retry_after));
            }
            Event::NotSent => self.complete(|model, ticket| model.fail(ticket, Failure::NotSent(()))),
            Event::Transport => self.complete(|model, ticket| model.fail(ticket, Failure::Transport(()))),
            Event::NoCredentials => {
                self.complete(|model, ticket| model.fail(ticket, Failure::NoCredentials(())))
            }
            Event::SourcePanicked => {
                self.complete(|model, ticket| model.fail(ticket, Failure::SourcePanicked))
            }
            Event::Malformed => self.complete(Self::malformed),
            Event::Abandon => self.complete(|model, ticket| model.manager.abandon(ticket, model.now)),
            Event::Late => self.late(),
            Event::Used { former } => self.used(former),
            Event::Refused { former } => self.refused(former),
            Event::Credentials => {
                self.refused_until = Instant::ZERO;
                self.manager.credentials_changed(self.now);
                if let Some(exchange) = &mut self.in_flight {
                    exchange.credentials_outdated = true;
                }
            }
            Event::NewGrant => {
                self.refused_until = Instant::ZERO;
                self.spent = false;
                G::login(&mut self.manager, self.grant, self.now);
                if let Some(exchange) = &mut self.in_flight {
                    exchange.credentials_outdated = true;
                    exchange.grant_outdated = true;
                }
            }
            Event::Clear => self.clear(),
            Event::Poll => {}
        }
        self.expire();
    }

    /// Presumes the exchange lost after its timeout.
    fn expire(&mut self) {
        if self.in_flight.as_ref().is_some_and(|exchange| exchange.lost_at <= self.now) {
            self.stale.extend(self.in_flight.take().map(|exchange| exchange.ticket));
        }
    }

    fn begin(&mut self) {
        let due = matches!(self.manager.poll(self.now), Step::Exchange(_));
        let ticket = self.manager.begin(self.now);
        assert_eq!(due, ticket.is_some(), "a due exchange does not begin, or one begins that is not due");
        let Some(ticket) = ticket else { return };
        assert!(self.in_flight.is_none(), "two exchanges in flight");
        assert!(!self.spent, "a grant that may be used up is sent again");
        self.spent = self.grant != GrantUse::Repeatable;
        assert!(self.now >= self.not_before, "an exchange before the time the service named");
        assert!(
            self.now >= self.refused_until,
            "an exchange with credentials that were refused a moment ago"
        );
        let spaced = self.begun_at.is_none_or(|before| before + self.policy.exchange_spacing <= self.now);
        assert!(spaced || self.unspaced, "two exchanges without spacing");
        self.unspaced = false;
        self.begun_at = Some(self.now);
        let lost_at = self.now + self.policy.exchange_timeout;
        self.in_flight =
            Some(Exchange { ticket, lost_at, credentials_outdated: false, grant_outdated: false });
        self.expire();
    }

    fn complete(&mut self, with: impl FnOnce(&mut Self, Ticket)) {
        let Some(exchange) = self.in_flight.take() else { return };
        let Exchange { ticket, credentials_outdated, grant_outdated, .. } = exchange;
        let grant = (self.grant, self.spent);
        with(self, ticket);
        if grant_outdated {
            // The outcome concerns the old grant.
            (self.grant, self.spent) = grant;
        }
        if credentials_outdated {
            // The refusal concerns the old credentials.
            self.refused_until = Instant::ZERO;
        }
    }

    fn random(&mut self) -> u32 {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.random
    }

    fn token(&mut self, ticket: Ticket, secs: Option<u64>, text: &str, refresh_token: bool) {
        let text = format!("{text}{}", self.tokens.len());
        let lifetime = secs.map(|secs| format!(r#","expires_in":{secs}"#)).unwrap_or_default();
        let refresh = if refresh_token { r#","refresh_token":"refresh""# } else { "" };
        let body = format!(r#"{{"access_token":"{text}","token_type":"bearer"{lifetime}{refresh}}}"#);
        if self.spent && (refresh_token || self.grant == GrantUse::Refresh) {
            (self.grant, self.spent) = (GrantUse::Refresh, false);
        }
        let mut body = body.into_bytes();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).expect("a token");
        let random = self.random();
        self.manager.complete(ticket, self.now, Outcome::Token(&response), random);
        let granted = Duration::from_secs(secs.unwrap_or(0)).min(LONGEST);
        let lifetime = if granted == Duration::ZERO { self.policy.assumed_lifetime } else { granted };
        let begun_at = self.begun_at.expect("an exchange began");
        let ends_at = begun_at + lifetime.min(LONGEST);
        match self.manager.token(self.now) {
            Answer::Ready(token) if token.access_token() == text => {
                let known = self.tokens.iter().any(|other| other.generation == token.generation);
                assert!(!known, "two tokens of one generation");
                let generation = token.generation;
                self.tokens.iter_mut().for_each(|token| token.gone = true);
                self.tokens.push(Token { text, generation, ends_at, used_at: begun_at, gone: false });
            }
            _ => {
                let over = ends_at <= self.now || self.idle_end(begun_at) <= self.now;
                assert!(over || text.len() > CAPACITY, "a valid token was not stored");
                assert!(self.manager.last_failure().is_some());
            }
        }
    }

    fn refuse(&mut self, ticket: Ticket, status: u16, code: &str, retry_after: Option<u64>) {
        let status = if (200..300).contains(&status) { 500 } else { status };
        let mut head = ResponseHead::new(status);
        if let Some(secs) = retry_after {
            head.header(b"Retry-After", secs.to_string().as_bytes());
            let named = Duration::from_secs(secs).min(self.policy.retry_after_max);
            self.not_before = self.not_before.max(self.now + named);
        }
        let mut body = format!(r#"{{"error":"{code}"}}"#).into_bytes();
        let error = parse_token_response(&head, &mut body).expect_err("a refusal");
        let failure = Failure::from(error);
        if let Failure::Refused(refusal) = &failure {
            use RefusalClass::{ClientNotAllowed, Credentials, Request, Scope};
            if matches!(refusal.class(), Credentials | ClientNotAllowed | Request | Scope) {
                self.refused_until = self.now + self.policy.refused_min;
            }
        }
        self.fail(ticket, failure);
    }

    fn malformed(&mut self, ticket: Ticket) {
        let error =
            parse_token_response(&ResponseHead::new(200), &mut b"<html>".to_vec()).expect_err("not JSON");
        self.fail(ticket, Failure::from(error));
    }

    fn fail(&mut self, ticket: Ticket, failure: Failure) {
        self.spent &= match &failure {
            Failure::NoCredentials(()) | Failure::NotSent(()) | Failure::SourcePanicked => false,
            Failure::Refused(refusal) => !refusal.leaves_grant_unspent(),
            _ => true,
        };
        let random = self.random();
        self.manager.complete(ticket, self.now, Outcome::Failed(failure), random);
    }

    fn late(&mut self) {
        let Some(ticket) = self.stale.pop() else { return };
        let before = (self.manager.poll(self.now), self.manager.next_deadline());
        let mut body = br#"{"access_token":"late","token_type":"bearer"}"#.to_vec();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).expect("a token");
        self.manager.complete(ticket, self.now, Outcome::Token(&response), 0);
        let after = (self.manager.poll(self.now), self.manager.next_deadline());
        assert_eq!(before, after, "a late response changes something");
    }

    fn generation(&self, former: bool) -> Option<Generation> {
        self.tokens.iter().rev().nth(usize::from(former)).map(|token| token.generation)
    }

    fn used(&mut self, former: bool) {
        let Some(generation) = self.generation(former) else { return };
        let live =
            matches!(self.manager.token(self.now), Answer::Ready(token) if token.generation == generation);
        self.manager.token_used(generation, self.now);
        if let Some(token) = self.tokens.last_mut().filter(|_| live && !former) {
            token.used_at = self.now;
        }
    }

    fn refused(&mut self, former: bool) {
        let Some(generation) = self.generation(former) else { return };
        // Applies the time that has passed, so that a token that has ended is gone.
        let _ = self.manager.poll(self.now);
        let before = self.shown_token();
        let replay_makes_sense = self.manager.token_refused(generation, self.now);
        if former {
            assert_eq!(self.shown_token(), before, "another token than the one refused was dropped");
        } else if let Some(token) = self.tokens.last_mut() {
            self.unspaced |= !token.gone;
            token.gone = true;
        }
        let waits = match self.manager.poll(self.now) {
            Step::Stop(_) | Step::CheckCredentials => true,
            Step::Wait { reason, .. } => {
                matches!(reason, WaitReason::Backoff | WaitReason::RateLimited | WaitReason::Refused)
            }
            Step::Exchange(_) => false,
        };
        // A backoff of zero is over as soon as it begins: then both results are correct.
        if self.policy.backoff_min > Duration::ZERO {
            let expected = self.shown_token().is_some() || !waits;
            assert_eq!(replay_makes_sense, expected, "whether to replay the call");
        }
    }

    fn shown_token(&self) -> Option<String> {
        match self.manager.token(self.now) {
            Answer::Ready(token) => Some(token.access_token().to_owned()),
            _ => None,
        }
    }

    fn clear(&mut self) {
        self.manager.clear();
        self.stale.extend(self.in_flight.take().map(|exchange| exchange.ticket));
        self.tokens.iter_mut().for_each(|token| token.gone = true);
        assert_eq!(self.shown_token(), None, "a token after it was cleared");
    }

    fn idle_end(&self, used_at: Instant) -> Instant {
        self.policy.idle_timeout.map_or(Instant::FAR_FUTURE, |idle| used_at + idle)
    }

    /// Checks what must hold at any time. If the credentials are to be checked, they have not changed.
    pub fn check(&mut self) {
        self.check_invariants();
        if self.manager.poll(self.now) == Step::CheckCredentials {
            self.manager.credentials_unchanged(self.now);
        }
    }

    fn check_invariants(&mut self) {
        let step = self.manager.poll(self.now);
        assert_eq!(self.manager.poll(self.now), step, "polling twice changes something");
        self.check_step(step);
        self.check_answer(step);
        let shown = format!("{:?}", self.manager);
        for token in &self.tokens {
            assert!(!shown.contains(&format!("\"{}\"", token.text)), "the token is shown");
        }
        if let Some(failure) = self.manager.last_failure() {
            assert!(failure.to_string().len() > 10 && !format!("{failure:?}").is_empty());
        }
    }

    fn check_step(&self, step: Step) {
        let deadline = self.manager.next_deadline();
        match step {
            Step::Exchange(_) => {
                assert!(deadline.is_some_and(|deadline| deadline <= self.now), "due, but not yet");
                assert!(self.in_flight.is_none(), "due, although one is in flight");
            }
            Step::Wait { until, reason } => {
                assert_eq!(deadline, Some(until), "step and deadline disagree");
                // No time is later than the far future.
                assert!(until > self.now || self.now == Instant::FAR_FUTURE, "a wait that is over");
                let span = until.saturating_since(self.now);
                assert!(span <= self.longest(reason), "a wait without end: {span} for {reason:?}");
                assert_eq!(reason == WaitReason::InFlight, self.in_flight.is_some());
            }
            Step::CheckCredentials => {
                assert!(deadline.is_some_and(|deadline| deadline <= self.now), "a check before its time");
                assert!(self.in_flight.is_none(), "a check, although an exchange is in flight");
            }
            Step::Stop(_) => assert_eq!(deadline, None),
        }
    }

    fn longest(&self, reason: WaitReason) -> Duration {
        let policy = &self.policy;
        // After `Retry-After` a tenth is added or five seconds, whichever is longer.
        let with_a_tenth =
            |span: Duration| span + Duration::from_millis(span.as_millis() / 10).max(Duration::from_secs(5));
        match reason {
            WaitReason::Fresh => LONGEST.max(policy.exchange_spacing),
            WaitReason::InFlight => policy.exchange_timeout,
            WaitReason::Spacing => policy.exchange_spacing,
            _ => with_a_tenth(
                [
                    policy.backoff_min,
                    // While a rate limit lasts, waits grow to five times the longest.
                    policy.backoff_max.saturating_mul(5),
                    policy.refused_min,
                    policy.refused_max,
                    policy.retry_after_max,
                ]
                .into_iter()
                .max()
                .unwrap_or(Duration::ZERO),
            )
            .max(policy.exchange_spacing),
        }
    }

    fn check_answer(&self, step: Step) {
        match self.manager.token(self.now) {
            Answer::Ready(token) => {
                let known = self.tokens.last().expect("a token that was never granted");
                assert_eq!((token.access_token(), token.generation), (&*known.text, known.generation));
                assert_eq!(token.access_token_bytes(), known.text.as_bytes());
                assert!(!known.gone, "a token that was refused or cleared");
                assert!(self.now < token.expires_at, "a token past its end");
                // The call changes nothing, so a later time can be tried too.
                let at_its_end = self.manager.token(token.expires_at);
                assert!(!matches!(at_its_end, Answer::Ready(_)), "a token at its end");
                assert!(token.expires_at <= known.ends_at, "later than the end that the service named");
                assert!(token.expires_at <= self.idle_end(known.used_at), "unused for too long");
                assert!(!format!("{token:?}").contains(token.access_token()), "the token is shown");
            }
            Answer::Pending => assert!(matches!(
                step,
                Step::Exchange(_) | Step::Wait { reason: WaitReason::InFlight | WaitReason::Spacing, .. }
            )),
            Answer::Unavailable { failure, retry_at } => {
                assert!(!failure.to_string().is_empty());
                // A check of the credentials may come before.
                assert_eq!(retry_at.is_some(), self.manager.next_deadline().is_some());
                assert!(retry_at >= self.manager.next_deadline());
            }
        }
    }

    /// Checks that a caller who follows the manager's steps soon has a token, whatever happened before.
    pub fn recover(&mut self) {
        for _ in 0..8 {
            if self.shown_token().is_some() || self.now == Instant::FAR_FUTURE {
                return;
            }
            match self.manager.poll(self.now) {
                Step::Exchange(_) => {
                    self.apply(Event::Begin);
                    self.apply(Event::Token(Some(86_399)));
                }
                Step::Wait { until, .. } => {
                    self.apply(Event::Pass(until.saturating_since(self.now).as_millis()));
                }
                Step::CheckCredentials => self.apply(Event::Credentials),
                Step::Stop(_) => self.apply(Event::NewGrant),
            }
            self.check_invariants();
        }
        let at_once = Some(Duration::ZERO);
        let never = [Some(self.policy.exchange_timeout), self.policy.idle_timeout].contains(&at_once);
        assert!(never || self.shown_token().is_some(), "no token after eight steps");
    }
}
