//! Grants that can be used only once are not sent again after an outcome that may have used them up.

use genesys_token_core::lifecycle::{
    Answer, AnyGrant, ExchangeReason, Failure, Outcome, Policy, Step, StopReason, TokenManager,
};
use genesys_token_core::text::CapacityError;
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{GrantUse, ResponseHead, parse_token_response};

use crate::fixture::{
    HTML, INVALID_CLIENT, INVALID_GRANT, INVALID_REQUEST, INVALID_SCOPE, LEAST, RATE_LIMIT_400,
    UNAUTHORIZED_CLIENT, nonsense, refusal, refusal_after, secs, token_body_with,
};

const CAUSE: &str = "the connection was closed";

struct Login {
    manager: TokenManager<64, &'static str, AnyGrant>,
    now: Instant,
}

impl Login {
    fn with(usage: GrantUse) -> Self {
        Self { manager: TokenManager::with_grant(Policy::DEFAULT, usage), now: Instant::from_secs(1_000_000) }
    }

    fn fails(&mut self, failure: Failure<&'static str>) {
        let ticket = self.manager.begin(self.now).expect("an exchange is due");
        self.manager.complete(ticket, self.now, Outcome::Failed(failure), LEAST);
    }

    fn succeeds(&mut self, lifetime: u64, with_refresh_token: bool) {
        let ticket = self.manager.begin(self.now).expect("an exchange is due");
        let mut body = token_body_with("token", Some(lifetime), with_refresh_token).into_bytes();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).expect("a token response");
        self.manager.complete(ticket, self.now, Outcome::Token(&response), LEAST);
    }

    fn pass_to_deadline(&mut self) {
        self.now = self.manager.next_deadline().expect("a deadline");
    }

    /// Asserts that the manager stopped for good: neither time nor new client credentials lead to another exchange.
    fn assert_needs_login(&mut self) {
        assert_eq!(self.manager.poll(self.now), Step::Stop(StopReason::GrantUsedUp));
        assert_eq!(self.manager.next_deadline(), None);
        self.now = self.now + secs(86_400 * 365);
        self.manager.credentials_changed(self.now);
        self.manager.clear();
        assert_eq!(self.manager.poll(self.now), Step::Stop(StopReason::GrantUsedUp));
        assert!(self.manager.begin(self.now).is_none());
        assert!(matches!(self.manager.token(self.now), Answer::Unavailable { retry_at: None, .. }));
    }

    fn assert_is_sent_again(&mut self) {
        match self.manager.poll(self.now) {
            Step::Wait { until, .. } => assert!(until > self.now),
            step => panic!("{step:?}"),
        }
        while self.manager.begin(self.now).is_none() {
            if self.manager.poll(self.now) == Step::CheckCredentials {
                self.manager.credentials_unchanged(self.now);
            }
            self.pass_to_deadline();
        }
    }
}

const ONCE: [GrantUse; 2] = [GrantUse::Once, GrantUse::Refresh];

/// After these outcomes the token endpoint may have used the grant: the code is used up (RFC 6749 section 4.1.2), and sending a
/// rotated refresh token a second time makes the service revoke what it issued for the first (RFC 9700 section 4.14.2).
#[test]
fn grant_that_may_be_used_up_is_not_sent_again() {
    let capacity = CapacityError { what: "access token", needed: 2000, capacity: 64 };
    for usage in ONCE {
        for failure in [
            Failure::Transport(CAUSE),
            Failure::PresumedLost,
            Failure::Capacity(capacity),
            nonsense(),
            refusal(400, &[], INVALID_GRANT),
            refusal(403, &[], INVALID_GRANT),
            refusal(400, &[], INVALID_REQUEST),
            refusal(400, &[], INVALID_SCOPE),
            refusal(500, &[], HTML),
            refusal(502, &[], ""),
            refusal(504, &[], ""),
            refusal(400, &[], r#"{"error":"new_error"}"#),
        ] {
            let mut login = Login::with(usage);
            let shown = failure.to_string();
            login.fails(failure);
            login.assert_needs_login();
            assert_eq!(login.manager.last_failure().map(ToString::to_string), Some(shown), "the first cause");
        }
    }
}

/// After these outcomes it was not used: the request was not sent, or was rejected before the grant was examined.
#[test]
fn grant_that_was_not_used_is_sent_again() {
    for usage in ONCE {
        for failure in [
            Failure::NotSent(CAUSE),
            Failure::NoCredentials(CAUSE),
            Failure::SourcePanicked,
            refusal_after(429, 1, ""),
            refusal(400, &[], RATE_LIMIT_400),
            refusal(400, &[], INVALID_CLIENT),
            refusal(401, &[], ""),
            refusal(400, &[], UNAUTHORIZED_CLIENT),
            refusal(503, &[], HTML),
            refusal(408, &[], ""),
            refusal(404, &[], HTML),
            refusal(302, &[], ""),
        ] {
            let mut login = Login::with(usage);
            login.fails(failure);
            login.assert_is_sent_again();
        }
    }
}

/// A failure before the grant was sent is not the cause of its loss.
#[test]
fn cause_of_the_stop_is_the_outcome_that_used_the_grant() {
    let mut login = Login::with(GrantUse::Once);
    login.fails(Failure::NotSent("connection refused"));
    login.pass_to_deadline();
    login.fails(Failure::Transport(CAUSE));
    login.assert_needs_login();
    assert!(matches!(login.manager.last_failure(), Some(Failure::Transport(CAUSE))));
}

#[test]
fn exchange_that_was_abandoned_or_presumed_lost_may_have_used_the_grant() {
    for usage in ONCE {
        let endings: [fn(&mut Login); 3] = [
            |login| {
                let ticket = login.manager.begin(login.now).expect("the wait is over");
                login.manager.abandon(ticket, login.now);
            },
            |login| {
                let _lost = login.manager.begin(login.now).expect("the wait is over");
                login.now = login.now + secs(31);
            },
            |login| {
                let _cleared = login.manager.begin(login.now).expect("the wait is over");
                login.manager.clear();
            },
        ];
        for end in endings {
            let mut login = Login::with(usage);
            login.fails(Failure::NotSent("an older cause"));
            login.pass_to_deadline();
            end(&mut login);
            login.assert_needs_login();
            assert!(matches!(login.manager.last_failure(), Some(Failure::PresumedLost)));
        }
    }
}

#[test]
fn refresh_token_of_the_response_is_used_for_the_next_exchange() {
    for usage in ONCE {
        let mut login = Login::with(usage);
        login.succeeds(300, true);
        login.pass_to_deadline();
        login.succeeds(300, true);
        login.pass_to_deadline();
        login.fails(Failure::Transport(CAUSE));
        login.assert_needs_login();
    }
}

/// RFC 6749 section 6: a service that does not rotate refresh tokens returns none, and the old one stays valid.
#[test]
fn refresh_token_that_is_not_rotated_is_used_again() {
    let mut login = Login::with(GrantUse::Refresh);
    for _ in 0..3 {
        login.succeeds(300, false);
        login.pass_to_deadline();
    }
}

/// The access token is used until its end; then there is no grant for another one.
#[test]
fn code_without_a_refresh_token_serves_until_the_access_token_ends() {
    let mut login = Login::with(GrantUse::Once);
    login.succeeds(300, false);
    login.pass_to_deadline();
    assert_eq!(login.manager.poll(login.now), Step::Stop(StopReason::GrantUsedUp));
    assert!(matches!(login.manager.token(login.now), Answer::Ready(_)));
    login.now = login.now + secs(105);
    login.assert_needs_login();
    assert!(matches!(login.manager.last_failure(), Some(Failure::NoRefreshToken)));
}

#[test]
fn refused_access_token_of_a_used_grant_needs_a_new_login() {
    let mut login = Login::with(GrantUse::Once);
    login.succeeds(86_399, false);
    let Answer::Ready(token) = login.manager.token(login.now) else { panic!("no token") };
    let generation = token.generation;
    assert!(!login.manager.token_refused(generation, login.now), "no other token can be had");
    login.assert_needs_login();
}

/// A refresh token that is used up ends only the refresh.
#[test]
fn used_up_grant_lets_the_old_token_serve_until_it_ends_or_is_refused() {
    let mut login = Login::with(GrantUse::Refresh);
    login.succeeds(300, true);
    login.pass_to_deadline();
    login.fails(refusal(400, &[], INVALID_GRANT));
    let Answer::Ready(token) = login.manager.token(login.now) else { panic!("no token") };
    let generation = token.generation;
    assert!(!login.manager.token_refused(generation, login.now));
    login.assert_needs_login();
}

#[test]
fn new_grant_ends_the_stop() {
    let mut login = Login::with(GrantUse::Once);
    login.fails(Failure::Transport(CAUSE));
    login.now = login.now + secs(2);
    login.manager.grant_replaced(GrantUse::Once, login.now);
    assert_eq!(login.manager.poll(login.now), Step::Exchange(ExchangeReason::CredentialsChanged));
    login.succeeds(300, true);
}

#[test]
fn new_grant_waits_for_the_time_that_the_service_named() {
    let mut login = Login::with(GrantUse::Once);
    login.fails(refusal_after(400, 60, INVALID_GRANT));
    login.manager.grant_replaced(GrantUse::Once, login.now);
    assert_eq!(login.manager.next_deadline(), Some(login.now + secs(60)));
}

/// The outcome of the old grant's exchange does not concern the new one, which was not sent.
#[test]
fn grant_that_is_replaced_in_mid_exchange_is_not_spent_by_it() {
    for failure in [Failure::Transport(CAUSE), refusal(400, &[], INVALID_GRANT)] {
        let mut login = Login::with(GrantUse::Once);
        let ticket = login.manager.begin(login.now).expect("an exchange is due");
        login.manager.grant_replaced(GrantUse::Once, login.now);
        login.now = login.now + Duration::from_secs(2);
        login.manager.complete(ticket, login.now, Outcome::Failed(failure), LEAST);
        while login.manager.begin(login.now).is_none() {
            login.pass_to_deadline();
        }
    }
}
