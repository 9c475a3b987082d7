//! Clocks that jump forward, jump back, or reach the ends of their range.

use genesys_token_core::lifecycle::{Answer, ExchangeReason, Failure, WaitReason};
use genesys_token_core::time::{Duration, Instant};

use crate::fixture::{INVALID_CLIENT, Scene, TOO_MANY, refusal, refusal_after, secs, token_body};

#[test]
fn clock_that_jumps_forward_in_suspend_ends_the_token_at_once() {
    let mut scene = Scene::holding(86_399);
    scene.pass(secs(86_400 * 3));
    assert_eq!(scene.token(), None, "without a poll in between");
    assert!(scene.is_pending());
    assert_eq!(scene.due(), ExchangeReason::Expired);
}

#[test]
fn clock_that_jumps_forward_in_suspend_ends_waits() {
    let mut scene = Scene::new();
    scene.exchange_fails(refusal(400, &[], INVALID_CLIENT));
    scene.pass(secs(86_400));
    assert!(scene.is_pending());
    assert_eq!(scene.due(), ExchangeReason::Retry);
}

#[test]
fn clock_that_jumps_forward_over_an_exchange_and_its_backoff_takes_one_poll() {
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.pass(secs(3600));
    assert_eq!(scene.due(), ExchangeReason::Retry);
    assert!(matches!(scene.manager.last_failure(), Some(Failure::PresumedLost)));
    scene.respond(ticket, &token_body("late", Some(86_399)));
    assert_eq!(scene.token(), None);
}

#[test]
fn clock_that_goes_backward_is_taken_as_the_latest_seen() {
    let mut scene = Scene::holding(300);
    let start = scene.now;
    scene.pass(secs(299));
    assert_eq!(scene.due(), ExchangeReason::Refresh);
    scene.now = start;
    assert_eq!(scene.manager.next_deadline(), Some(start + secs(299)));
    assert_eq!(scene.manager.poll(start), scene.manager.poll(start + secs(299)));
    let ticket = scene.manager.begin(start).expect("still due");
    scene.respond(ticket, &token_body("next", Some(300)));
    // Counted from the latest time seen, not from the earlier one that was passed.
    match scene.manager.token(start) {
        Answer::Ready(token) => assert_eq!(token.expires_at, start + secs(599)),
        answer => panic!("no token but {answer:?}"),
    }
}

#[test]
fn clock_that_goes_backward_revives_no_token() {
    let mut scene = Scene::holding(300);
    let start = scene.now;
    scene.pass(secs(300));
    let _ = scene.poll();
    scene.now = start;
    assert_eq!(scene.token(), None);
}

#[test]
fn clock_that_goes_backward_shortens_and_lengthens_no_wait() {
    let mut scene = Scene::new();
    let start = scene.now;
    scene.pass(secs(100));
    scene.exchange_fails(refusal_after(429, 42, TOO_MANY));
    let until = start + secs(142);
    scene.now = start;
    assert_eq!(scene.manager.next_deadline(), Some(until));
    let _ = scene.manager.poll(start);
    assert_eq!(scene.manager.next_deadline(), Some(until));
    scene.now = until;
    assert_eq!(scene.due(), ExchangeReason::Retry);
}

#[test]
fn time_at_its_end_neither_panics_nor_serves() {
    let mut scene = Scene::new();
    scene.now = Instant::FAR_FUTURE;
    let ticket = scene.manager.begin(scene.now).expect("an exchange is due");
    scene.respond(ticket, &token_body("abc", Some(300)));
    assert_eq!(scene.token(), None);
    assert!(scene.manager.next_deadline().is_some());
}

#[test]
fn time_may_begin_at_zero() {
    let mut scene = Scene::new();
    scene.now = Instant::ZERO;
    scene.exchange(300);
    assert_eq!(scene.wait(), (secs(225), WaitReason::Fresh));
}

#[test]
fn longest_spans_neither_panic_nor_end() {
    let mut scene = Scene::with(|policy| {
        policy.refresh_margin = Duration::MAX;
        policy.refresh_jitter = Duration::MAX;
        policy.exchange_timeout = Duration::MAX;
        policy.backoff_min = Duration::MAX;
        policy.backoff_max = Duration::MAX;
        policy.refused_min = Duration::MAX;
        policy.refused_max = Duration::MAX;
        policy.retry_after_max = Duration::MAX;
        policy.idle_timeout = Some(Duration::MAX);
    });
    scene.random = u32::MAX;
    scene.exchange(300);
    scene.sit_out();
    scene.exchange_fails(Failure::Transport(()));
    assert_eq!(scene.manager.next_deadline(), Some(Instant::FAR_FUTURE));
}

#[test]
fn no_spans_at_all_still_move_on() {
    let mut scene = Scene::with(|policy| {
        policy.refresh_margin = Duration::ZERO;
        policy.refresh_jitter = Duration::ZERO;
        policy.exchange_timeout = Duration::ZERO;
        policy.exchange_spacing = Duration::ZERO;
        policy.backoff_min = Duration::ZERO;
        policy.backoff_max = Duration::ZERO;
    });
    let ticket = scene.manager.begin(scene.now).expect("an exchange is due");
    assert_eq!(scene.due(), ExchangeReason::Retry, "lost at once");
    scene.respond(ticket, &token_body("late", Some(300)));
    assert_eq!(scene.token(), None);
}
