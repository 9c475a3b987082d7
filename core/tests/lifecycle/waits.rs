//! Rate limits, outages and unusable responses.

use genesys_token_core::lifecycle::{ExchangeReason, Failure, WaitReason};
use genesys_token_core::time::Duration;

use crate::fixture::{
    HTML, INVALID_CLIENT, LEAST, MOST, RATE_LIMIT_400, Scene, TOO_MANY, nonsense, refusal, refusal_after,
    secs, token_body,
};

#[test]
fn status_429_with_retry_after_is_obeyed_to_the_second() {
    let mut scene = Scene::new();
    scene.exchange_fails(refusal_after(429, 42, TOO_MANY));
    assert_eq!(scene.wait(), (secs(42), WaitReason::RateLimited));
    assert_eq!(scene.retry_at(), Some(scene.now + secs(42)));
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::Retry);
}

#[test]
fn retry_after_is_spread_by_a_tenth_or_five_seconds_and_never_early() {
    for (requested, spread) in [(1, 5_000), (42, 5_000), (50, 5_000), (60, 6_000), (3_600, 360_000)] {
        for random in [1, 1 << 16, 1 << 31, MOST] {
            let mut scene = Scene::new();
            scene.random = random;
            scene.exchange_fails(refusal_after(429, requested, TOO_MANY));
            let more = scene.wait().0.as_millis().checked_sub(requested * 1000).expect("not early");
            let exact = (spread * u64::from(random)) >> 32;
            assert_eq!(more, exact, "{requested}");
        }
    }
}

#[test]
fn retry_after_zero_is_no_invitation() {
    let mut scene = Scene::new();
    scene.exchange_fails(refusal_after(429, 0, TOO_MANY));
    assert_eq!(scene.wait(), (secs(1), WaitReason::RateLimited));
}

#[test]
fn status_429_without_retry_after_backs_off() {
    backs_off(&refusal(429, &[], TOO_MANY), WaitReason::RateLimited, lasting_limit);
}

#[test]
fn rate_limit_of_status_400_backs_off() {
    backs_off(&refusal(400, &[], RATE_LIMIT_400), WaitReason::RateLimited, lasting_limit);
}

#[test]
fn rate_limit_of_status_400_obeys_retry_after() {
    let mut scene = Scene::new();
    scene.exchange_fails(refusal_after(400, 42, RATE_LIMIT_400));
    assert_eq!(scene.wait(), (secs(42), WaitReason::RateLimited));
}

#[test]
fn retry_after_longer_than_the_cap_is_cut() {
    let mut scene = Scene::new();
    scene.exchange_fails(refusal_after(429, 86_400, TOO_MANY));
    assert_eq!(scene.wait().0, secs(3600));
    let mut scene = Scene::with(|policy| policy.retry_after_max = secs(180));
    scene.exchange_fails(refusal_after(429, 181, TOO_MANY));
    assert_eq!(scene.wait().0, secs(180));
}

#[test]
fn retry_after_longer_than_the_tokens_remaining_life() {
    let mut scene = Scene::holding(300);
    scene.sit_out();
    let requested = scene.now + secs(600);
    scene.exchange_fails(refusal_after(429, 600, TOO_MANY));
    assert_eq!(scene.token(), Some("token-1"));
    scene.pass(secs(75));
    assert_eq!(scene.token(), None);
    assert_eq!(scene.wait(), (secs(525), WaitReason::RateLimited));
    assert_eq!(scene.retry_at(), Some(requested));
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::Retry);
}

#[test]
fn status_503_with_retry_after_is_obeyed() {
    let mut scene = Scene::new();
    scene.exchange_fails(refusal_after(503, 120, HTML));
    assert_eq!(scene.wait(), (secs(120), WaitReason::Backoff));
}

#[test]
fn status_5xx_and_408_backoff_bounds() {
    for status in [500, 502, 503, 504, 408] {
        backs_off(&refusal(status, &[], HTML), WaitReason::Backoff, a_minute);
    }
}

#[test]
fn transport_backoff_bounds() {
    backs_off(&Failure::Transport(()), WaitReason::Backoff, a_minute);
}

#[test]
fn missing_credentials_back_off() {
    backs_off(&Failure::NoCredentials(()), WaitReason::Backoff, a_minute);
}

/// Returns a ceiling of a minute, forever.
fn a_minute(_nth: u64) -> u64 {
    60_000
}

/// Returns a minute at first; a lasting rate limit has longer waits.
fn lasting_limit(nth: u64) -> u64 {
    match nth {
        0..=8 => 60_000,
        9 => 120_000,
        10 => 240_000,
        _ => 300_000,
    }
}

/// Uniformly distributed between 1 s and 2 s, 4 s, 8 s … `ceiling`.
fn backs_off(failure: &Failure, expected: WaitReason, ceiling: fn(u64) -> u64) {
    for (random, share) in [(LEAST, 0), (1 << 31, 1), (MOST, 2)] {
        let mut scene = Scene::new();
        scene.random = random;
        // All of them take a minute in Miri.
        for nth in 1..=if cfg!(miri) { 12 } else { 300_u64 } {
            scene.exchange_fails(failure.clone());
            let (wait, reason) = scene.wait();
            assert_eq!(reason, expected);
            let ceiling = if nth < 6 { 1000 << nth } else { ceiling(nth) };
            let width = (ceiling - 1000) * share / 2;
            // Rounded down, and the greatest random value is one step below the whole.
            let exact = Duration::from_millis(1000 + width);
            let short = exact.saturating_sub(wait);
            assert!(wait <= exact && short <= Duration::from_millis(1), "{nth}: {wait} for {exact}");
            scene.sit_out();
            assert_eq!(scene.due(), ExchangeReason::Retry);
        }
    }
}

#[test]
fn outage_does_not_count_as_rate_limits() {
    let mut scene = Scene::new();
    scene.exchanges_fail(20, &Failure::Transport(()));
    scene.sit_out();
    scene.random = MOST;
    for _ in 0..8 {
        scene.exchange_fails(refusal(429, &[], TOO_MANY));
        let (wait, _) = scene.wait();
        assert!(wait > secs(59) && wait < secs(60), "{wait}");
        scene.sit_out();
    }
    scene.exchange_fails(refusal(429, &[], TOO_MANY));
    assert!(scene.wait().0 > secs(119));
    scene.sit_out();
    scene.exchange(300);
    scene.sit_out();
    scene.exchange_fails(refusal(429, &[], TOO_MANY));
    assert!(scene.wait().0 < secs(2), "a token ends the row");
}

#[test]
fn token_ends_the_row_of_failures() {
    let mut scene = Scene::new();
    scene.exchanges_fail(10, &Failure::Transport(()));
    scene.sit_out();
    scene.exchange(300);
    assert!(scene.manager.last_failure().is_none());
    scene.sit_out();
    scene.random = MOST;
    scene.exchange_fails(Failure::Transport(()));
    assert!(scene.wait().0 <= secs(2));
}

#[test]
fn failures_by_turns_are_one_row() {
    let mut scene = Scene::new();
    for _ in 0..4 {
        scene.exchange_fails(refusal(503, &[], HTML));
        scene.sit_out();
        scene.exchange_fails(refusal(429, &[], TOO_MANY));
        scene.sit_out();
    }
    scene.random = MOST;
    scene.exchange_fails(Failure::Transport(()));
    assert!(scene.wait().0 > secs(59));
}

#[test]
fn unusable_responses_back_off_and_then_wait_long() {
    for failure in [nonsense(), refusal(404, &[], HTML), refusal(302, &[], "")] {
        let mut scene = Scene::new();
        for _ in 0..5 {
            scene.exchange_fails(failure.clone());
            assert_eq!(scene.wait(), (secs(1), WaitReason::Backoff), "{failure:?}");
            scene.sit_out();
        }
        for minutes in [5, 10, 20, 40, 60, 60] {
            scene.exchange_fails(failure.clone());
            assert_eq!(scene.wait(), (secs(minutes * 60), WaitReason::Backoff));
            scene.sit_out();
        }
    }
}

#[test]
fn outage_does_not_count_as_useless_responses() {
    let mut scene = Scene::new();
    scene.exchanges_fail(20, &Failure::Transport(()));
    scene.sit_out();
    scene.random = MOST;
    scene.exchange_fails(nonsense());
    assert!(scene.wait().0 <= secs(2));
}

#[test]
fn token_that_does_not_fit_is_not_asked_for_again_soon() {
    let mut scene = Scene::new();
    let long = "x".repeat(65);
    for minutes in [5, 10, 20, 40, 60] {
        let ticket = scene.begin();
        scene.respond(ticket, &token_body(&long, Some(86_399)));
        match scene.manager.last_failure() {
            Some(Failure::Capacity(error)) => assert_eq!((error.needed, error.capacity), (65, 64)),
            other => panic!("no capacity error but {other:?}"),
        }
        assert_eq!(scene.wait(), (secs(minutes * 60), WaitReason::Refused));
        scene.sit_out();
    }
}

#[test]
fn token_that_does_not_fit_leaves_the_old_one() {
    let mut scene = Scene::holding(300);
    scene.sit_out();
    let generation = scene.generation();
    let ticket = scene.begin();
    scene.respond(ticket, &token_body(&"x".repeat(65), Some(86_399)));
    assert_eq!(scene.token(), Some("token-1"));
    assert_eq!(scene.generation(), generation);
}

#[test]
fn token_that_just_fits_is_taken() {
    let mut scene = Scene::new();
    let text = "x".repeat(64);
    let ticket = scene.begin();
    scene.respond(ticket, &token_body(&text, Some(86_399)));
    assert_eq!(scene.token(), Some(text.as_str()));
}

#[test]
fn longest_wait_less_than_the_least_counts_as_the_least() {
    let mut scene = Scene::with(|policy| {
        policy.backoff_min = secs(10);
        policy.backoff_max = secs(3);
        policy.refused_min = secs(100);
        policy.refused_max = secs(50);
    });
    scene.exchanges_fail(5, &Failure::Transport(()));
    assert_eq!(scene.wait().0, secs(10));
    scene.sit_out();
    scene.exchanges_fail(5, &refusal(400, &[], INVALID_CLIENT));
    assert_eq!(scene.wait().0, secs(100));
}
