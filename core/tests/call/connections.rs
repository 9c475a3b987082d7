//! Connections that end before there is a response.

use genesys_token_core::call::{
    AfterResponse, GiveUp, KEEP_ALIVE, Limits, Loss, Replay, SENDS_MAX, is_reusable,
};
use genesys_token_core::time::Duration;

use crate::fixture::{Scene, secs};

const CLOSED_BEFORE: Loss = Loss::Unsent { reused: true };
const NEVER_OPEN: Loss = Loss::Unsent { reused: false };
const LOST_AFTER: Loss = Loss::Unanswered { reused: true };
const LOST_FRESH: Loss = Loss::Unanswered { reused: false };

#[test]
fn an_unsent_request_on_a_reused_connection_is_sent_again_whatever_the_method() {
    for method in ["GET", "POST", "PATCH", "BREW"] {
        assert_eq!(Scene::of(method).lose(CLOSED_BEFORE), Ok(()), "{method}");
    }
    let mut once = Scene::with(Replay::of_method("POST").one_shot_body(), Limits::DEFAULT);
    assert_eq!(once.lose(CLOSED_BEFORE), Ok(()), "the body has not been sent yet");
}

#[test]
fn a_request_that_may_have_arrived_is_sent_again_if_its_method_is_idempotent() {
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"] {
        assert_eq!(Scene::of(method).lose(LOST_AFTER), Ok(()), "{method}");
    }
    // Methods are case-sensitive, RFC 9110 section 9.1.
    for method in ["POST", "PATCH", "CONNECT", "get", "GE", "GETS", ""] {
        assert_eq!(Scene::of(method).lose(LOST_AFTER), Err(GiveUp::Unanswered), "{method}");
    }
}

#[test]
fn the_caller_may_know_that_twice_does_no_harm() {
    let mut scene = Scene::with(Replay::of_method("POST").idempotent(), Limits::DEFAULT);
    assert_eq!(scene.lose(LOST_AFTER), Ok(()));
}

#[test]
fn a_body_that_is_gone_is_not_sent_again() {
    let mut scene = Scene::with(Replay::of_method("PUT").one_shot_body(), Limits::DEFAULT);
    assert_eq!(scene.lose(LOST_AFTER), Err(GiveUp::Unanswered));
}

#[test]
fn a_fresh_connection_that_ends_is_an_error() {
    assert_eq!(Scene::of("GET").lose(NEVER_OPEN), Err(GiveUp::Unsent));
    assert_eq!(Scene::of("GET").lose(LOST_FRESH), Err(GiveUp::Unanswered));
}

#[test]
fn once_the_deadline_has_come_a_lost_connection_is_an_error() {
    let mut scene = Scene::within(10);
    scene.now = scene.now + secs(10);
    assert_eq!(scene.lose(CLOSED_BEFORE), Err(GiveUp::Unsent));
    assert_eq!(scene.lose(LOST_AFTER), Err(GiveUp::Unanswered));
}

#[test]
fn an_adapter_with_ever_more_old_connections_ends_as_well() {
    let mut scene = Scene::of("GET");
    let again = (0..100).take_while(|_| scene.lose(LOST_AFTER).is_ok()).count();
    assert_eq!(again, usize::from(SENDS_MAX) - 1);
    assert_eq!(scene.lose(CLOSED_BEFORE), Err(GiveUp::Unsent));
}

#[test]
fn errors_say_whether_the_service_may_have_acted() {
    assert!(GiveUp::Unsent.to_string().contains("safe to send it again"));
    assert!(GiveUp::Unanswered.to_string().contains("unknown"));
}

#[test]
fn a_connection_is_kept_only_after_a_response_that_ended_and_that_both_sides_let_stand() {
    let whole = AfterResponse { is_complete: true, has_surplus: false, is_persistent: true };
    assert!(whole.may_be_kept());
    assert!(!AfterResponse { is_complete: false, ..whole }.may_be_kept());
    assert!(!AfterResponse { has_surplus: true, ..whole }.may_be_kept());
    assert!(!AfterResponse { is_persistent: false, ..whole }.may_be_kept());
}

#[test]
fn a_kept_connection_is_used_again_while_it_is_young_and_silent() {
    for (idle, is_silent, reusable) in
        [(0, true, true), (50_000, true, true), (50_001, true, false), (0, false, false)]
    {
        assert_eq!(
            is_reusable(Duration::from_millis(idle), KEEP_ALIVE, is_silent),
            reusable,
            "{idle} {is_silent}"
        );
    }
}
