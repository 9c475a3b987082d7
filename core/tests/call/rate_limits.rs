//! Responses of status 429.

use genesys_token_core::call::{Limits, Next, Replay, SENDS_MAX};
use genesys_token_core::time::{Duration, Instant};

use crate::fixture::{START, Scene, secs};

#[test]
fn retry_after_is_obeyed_to_the_second_whatever_the_method() {
    for method in ["GET", "POST", "PATCH"] {
        let mut scene = Scene::of(method);
        assert_eq!(scene.too_many("42"), scene.wait(secs(42)));
    }
}

#[test]
fn without_retry_after_the_wait_is_that_of_the_sdks() {
    let mut scene = Scene::of("GET");
    assert_eq!(scene.status(429), scene.wait(secs(3)));
    let mut scene = Scene::of("GET");
    assert_eq!(scene.too_many("soon"), scene.wait(secs(3)));
}

#[test]
fn retry_after_zero_waits_a_second() {
    let mut scene = Scene::of("GET");
    assert_eq!(scene.too_many("0"), scene.wait(secs(1)));
}

#[test]
fn retries_are_jittered() {
    for (random, span) in [(0, 80_000), (1 << 31, 85_000), (u32::MAX, 89_999)] {
        let mut scene = Scene::of("GET");
        scene.random = random;
        assert_eq!(scene.too_many("80"), scene.wait(Duration::from_millis(span)), "{random}");
    }
}

#[test]
fn a_wait_beyond_the_cap_returns_the_response_to_the_caller() {
    let mut scene = Scene::of("GET");
    assert!(matches!(scene.too_many("181"), Next::Refused(_)));
    let mut scene = Scene::of("GET");
    // The limit includes the random addition.
    scene.random = u32::MAX;
    assert_eq!(scene.too_many("180"), scene.wait(secs(180)));
    assert!(matches!(Scene::of("GET").too_many("99999999999999999999"), Next::Refused(_)));
}

#[test]
fn the_cap_is_for_all_waits_together() {
    let mut scene = Scene::waiting(100);
    assert_eq!(scene.too_many("60"), scene.wait(secs(60)));
    scene.now = scene.now + secs(61);
    assert!(matches!(scene.too_many("41"), Next::Refused(_)));
    assert_eq!(scene.too_many("40"), scene.wait(secs(40)));
    assert!(matches!(scene.too_many("0"), Next::Refused(_)));
}

#[test]
fn a_cap_of_zero_returns_each_429_to_the_caller() {
    for retry_after in ["0", "1", "never"] {
        assert!(matches!(Scene::waiting(0).too_many(retry_after), Next::Refused(_)));
    }
}

#[test]
fn no_wait_reaches_the_deadline() {
    assert!(matches!(Scene::within(42).too_many("42"), Next::Refused(_)));
    let mut scene = Scene::within(43);
    assert_eq!(scene.too_many("42"), scene.wait(secs(42)));
}

#[test]
fn no_wait_for_a_one_shot_body() {
    let mut scene = Scene::with(Replay::of_method("GET").one_shot_body(), Limits::DEFAULT);
    assert!(matches!(scene.too_many("1"), Next::Refused(_)));
}

#[test]
fn waits_end_however_long_the_limit_lasts() {
    let mut scene = Scene::waiting(u64::MAX);
    let mut sent = 1;
    while let Next::Wait { until } = scene.too_many("0") {
        assert!(until > scene.now);
        scene.now = until;
        sent += 1;
    }
    assert_eq!(sent, SENDS_MAX);
}

#[test]
fn at_the_end_of_time_nothing_wraps_around() {
    let mut limits = Limits::DEFAULT;
    limits.rate_limit_wait = Duration::MAX;
    let mut scene = Scene::with(Replay::of_method("GET"), limits);
    scene.random = u32::MAX;
    scene.now = Instant::FAR_FUTURE;
    assert!(matches!(scene.too_many("4294967295"), Next::Refused(_)), "a wait that never ends is none");
    scene.now = START;
    let Next::Wait { until } = scene.too_many("4294967295") else { panic!("within the cap") };
    assert!(until >= START + secs(u64::from(u32::MAX)));
}
