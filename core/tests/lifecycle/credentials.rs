//! Refused and replaced credentials.

use genesys_token_core::lifecycle::{ExchangeReason, Failure, Step, WaitReason};

use genesys_token_core::time::Duration;
use genesys_token_core::wire::RefusalClass;

use crate::fixture::{
    HTML, INVALID_CLIENT, INVALID_GRANT, INVALID_REQUEST, INVALID_SCOPE, LEAST, MOST, RATE_LIMIT_400, Scene,
    UNAUTHORIZED_CLIENT, nonsense, refusal, refusal_after, secs, token_body,
};

#[test]
fn invalid_client_is_retried_at_growing_intervals() {
    for body in [INVALID_CLIENT, UNAUTHORIZED_CLIENT, INVALID_SCOPE, INVALID_REQUEST] {
        let mut scene = Scene::new();
        for minutes in [5, 10, 20, 40, 60, 60, 60] {
            scene.exchange_fails(refusal(400, &[], body));
            assert_eq!(scene.wait(), (secs(minutes * 60), WaitReason::Refused));
            scene.sit_out();
            assert_eq!(scene.due(), ExchangeReason::Retry);
        }
    }
}

#[test]
fn refused_credentials_are_tried_again_with_jitter() {
    let mut scene = Scene::new();
    scene.random = MOST;
    scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
    let (wait, _) = scene.wait();
    assert!(wait > secs(329) && wait <= secs(330), "{wait}");
}

#[test]
fn invalid_client_recovers_at_once_on_new_credentials() {
    let mut scene = Scene::new();
    scene.exchanges_fail(4, &refusal(400, &[], INVALID_CLIENT));
    scene.pass(secs(2));
    assert!(scene.retry_at().is_some());
    scene.manager.credentials_changed(scene.now);
    assert!(scene.is_pending());
    assert_eq!(scene.due(), ExchangeReason::CredentialsChanged);
    scene.exchange(86_399);
    assert_eq!(scene.token(), Some("token-1"));
}

#[test]
fn credential_source_is_asked_each_minute_while_its_credentials_are_refused() {
    let mut scene = Scene::with(|policy| policy.credentials_check = secs(60));
    scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
    // In the wait of 300 s, the last check would coincide with the exchange, which queries the source anyway.
    for _ in 0..4 {
        assert_eq!(scene.wait(), (secs(60), WaitReason::Refused));
        assert_eq!(scene.retry_at().map(|at| at > scene.now + secs(60)), Some(true), "a check is no retry");
        scene.pass(secs(60));
        assert_eq!(scene.poll(), Step::CheckCredentials);
        assert_eq!(scene.poll(), Step::CheckCredentials, "until it is reported");
        assert_eq!(scene.manager.next_deadline(), Some(scene.now));
        assert!(scene.manager.begin(scene.now).is_none(), "a check is no exchange");
        scene.manager.credentials_unchanged(scene.now);
    }
    scene.pass(secs(60));
    assert_eq!(scene.due(), ExchangeReason::Retry);
}

#[test]
fn replaced_credentials_found_by_a_check_are_used_at_once() {
    let mut scene = Scene::with(|policy| policy.credentials_check = secs(60));
    scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
    scene.pass(secs(60));
    assert_eq!(scene.poll(), Step::CheckCredentials);
    scene.manager.credentials_changed(scene.now);
    assert_eq!(scene.due(), ExchangeReason::CredentialsChanged);
}

#[test]
fn credential_source_is_not_asked_after_failures_that_are_not_the_credentials() {
    for failure in [Failure::Transport(()), refusal(503, &[], HTML), refusal(400, &[], RATE_LIMIT_400)] {
        let mut scene = Scene::with(|policy| policy.credentials_check = Duration::ZERO);
        scene.exchange_fails(failure);
        assert_ne!(scene.poll(), Step::CheckCredentials);
    }
}

/// An interval of zero does not cause checks without a pause.
#[test]
fn checks_of_the_credentials_are_spaced() {
    let mut scene = Scene::with(|policy| policy.credentials_check = Duration::ZERO);
    scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
    assert_eq!(scene.poll(), Step::CheckCredentials);
    scene.manager.credentials_unchanged(scene.now);
    assert_eq!(scene.wait(), (secs(1), WaitReason::Refused));
}

#[test]
fn new_credentials_begin_a_new_count() {
    let mut scene = Scene::new();
    scene.exchanges_fail(4, &refusal(400, &[], INVALID_CLIENT));
    scene.pass(secs(2));
    scene.manager.credentials_changed(scene.now);
    scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
    assert_eq!(scene.wait().0, secs(300));
}

#[test]
fn flapping_credentials_are_spaced() {
    let mut scene = Scene::new();
    scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
    scene.manager.credentials_changed(scene.now);
    assert_eq!(scene.wait(), (secs(1), WaitReason::Spacing));
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::CredentialsChanged);
}

#[test]
fn refused_at_refresh_the_old_token_serves_on() {
    let mut scene = Scene::holding(3600);
    scene.sit_out();
    scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
    assert_eq!(scene.token(), Some("token-1"));
    scene.pass(secs(299));
    assert_eq!(scene.token(), Some("token-1"));
    scene.pass(secs(1));
    assert_eq!(scene.token(), None);
}

#[test]
fn rotation_mid_exchange_with_a_token_counts() {
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.pass(secs(1));
    scene.manager.credentials_changed(scene.now);
    assert_eq!(scene.wait().1, WaitReason::InFlight);
    scene.respond(ticket, &token_body("abc", Some(86_399)));
    assert_eq!(scene.token(), Some("abc"));
    assert_eq!(scene.wait().1, WaitReason::Fresh);
}

#[test]
fn rotation_mid_exchange_with_a_refusal_is_tried_again_at_once() {
    for failure in
        [refusal(400, &[], INVALID_CLIENT), refusal(400, &[], INVALID_GRANT), Failure::NoCredentials(())]
    {
        let mut scene = Scene::new();
        let ticket = scene.begin();
        scene.manager.credentials_changed(scene.now);
        scene.pass(secs(2));
        scene.fail_with(ticket, failure);
        assert_eq!(scene.due(), ExchangeReason::CredentialsChanged);
        scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
        assert_eq!(scene.wait().0, secs(300), "the old ones' refusal was not counted");
    }
}

#[test]
fn rotation_mid_exchange_does_not_excuse_an_outage() {
    for failure in [Failure::Transport(()), refusal(503, &[], HTML), nonsense()] {
        let mut scene = Scene::new();
        let ticket = scene.begin();
        scene.manager.credentials_changed(scene.now);
        scene.pass(secs(2));
        scene.fail_with(ticket, failure);
        assert_eq!(scene.wait(), (secs(1), WaitReason::Backoff));
    }
}

#[test]
fn rotation_mid_exchange_then_cancelled_is_due_for_the_new_ones() {
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.manager.credentials_changed(scene.now);
    scene.pass(secs(2));
    scene.manager.abandon(ticket, scene.now);
    assert_eq!(scene.due(), ExchangeReason::CredentialsChanged);
}

#[test]
fn new_credentials_leave_a_valid_token_alone() {
    let mut scene = Scene::holding(86_399);
    let step = scene.poll();
    scene.manager.credentials_changed(scene.now);
    assert_eq!(scene.poll(), step);
    assert_eq!(scene.token(), Some("token-1"));
}

#[test]
fn new_credentials_end_no_wait_for_another_cause() {
    for failure in [
        Failure::Transport(()),
        Failure::ExpiredOnArrival,
        nonsense(),
        refusal(500, &[], HTML),
        refusal(408, &[], ""),
        refusal(400, &[], RATE_LIMIT_400),
        refusal_after(429, 600, "{}"),
        refusal_after(503, 600, ""),
    ] {
        let mut scene = Scene::new();
        scene.exchange_fails(failure);
        let step = scene.poll();
        scene.manager.credentials_changed(scene.now);
        assert_eq!(scene.poll(), step);
    }
}

#[test]
fn new_credentials_end_the_waits_that_they_may_fix() {
    for failure in [
        Failure::NoCredentials(()),
        refusal(404, &[], HTML),
        refusal(400, &[], INVALID_SCOPE),
        refusal(400, &[], UNAUTHORIZED_CLIENT),
    ] {
        let mut scene = Scene::new();
        scene.random = MOST;
        scene.exchange_fails(failure.clone());
        scene.pass(secs(1));
        scene.manager.credentials_changed(scene.now);
        assert_eq!(scene.due(), ExchangeReason::CredentialsChanged, "{failure:?}");
    }
}

#[test]
fn new_credentials_end_the_wait_after_refused_fresh_tokens() {
    let mut scene = Scene::new();
    let first = scene.exchange(86_399);
    assert!(scene.manager.token_refused(first, scene.now));
    let second = scene.exchange(86_399);
    assert!(!scene.manager.token_refused(second, scene.now));
    scene.pass(secs(1));
    scene.manager.credentials_changed(scene.now);
    let third = scene.exchange(86_399);
    assert!(scene.manager.token_refused(third, scene.now), "the row began anew");
}

#[test]
fn time_named_by_the_service_outlasts_new_credentials() {
    let mut scene = Scene::new();
    scene.random = MOST;
    let requested = scene.now + secs(120);
    scene.exchange_fails(refusal_after(400, 120, INVALID_CLIENT));
    assert!(scene.wait().0 >= secs(300), "its own wait is longer");
    scene.manager.credentials_changed(scene.now);
    assert_eq!(scene.wait(), (secs(120), WaitReason::RateLimited));
    assert_eq!(scene.retry_at(), Some(requested));
    scene.manager.credentials_changed(scene.now);
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::Retry);
}

#[test]
fn time_named_by_the_service_outlasts_rotation_mid_exchange() {
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.manager.credentials_changed(scene.now);
    scene.fail_with(ticket, refusal_after(400, 120, INVALID_CLIENT));
    assert_eq!(scene.wait(), (secs(120), WaitReason::RateLimited));
}

#[test]
fn long_retry_after_bounds_the_wait_after_a_refusal() {
    let mut scene = Scene::new();
    scene.random = LEAST;
    scene.exchange_fails(refusal_after(400, 1000, INVALID_CLIENT));
    assert_eq!(scene.wait(), (secs(1000), WaitReason::Refused));
}

/// Client credentials have no grant that could be used up: `invalid_grant` is a refusal of the client, whatever the status.
#[test]
fn invalid_grant_for_client_credentials_is_a_refusal_of_the_client() {
    for status in [400, 401, 403] {
        let mut scene = Scene::new();
        scene.exchange_fails(refusal(status, &[], INVALID_GRANT));
        assert_eq!(scene.wait(), (secs(300), WaitReason::Refused), "{status}");
        match scene.manager.last_failure() {
            Some(Failure::Refused(refusal)) => assert_eq!(refusal.class(), RefusalClass::ClientNotAllowed),
            failure => panic!("{failure:?}"),
        }
        scene.manager.credentials_changed(scene.now);
        scene.pass(secs(1));
        assert_eq!(scene.due(), ExchangeReason::CredentialsChanged);
    }
}

#[test]
fn time_named_by_the_service_takes_nothing_from_the_distance_between_exchanges() {
    let mut scene = Scene::with(|policy| policy.exchange_spacing = secs(60));
    let ticket = scene.begin();
    scene.manager.credentials_changed(scene.now);
    scene.fail_with(ticket, refusal_after(400, 5, INVALID_CLIENT));
    assert_eq!(scene.wait(), (secs(60), WaitReason::RateLimited));
}
