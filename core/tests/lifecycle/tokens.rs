//! Obtaining a token, refreshing it, losing it.

use genesys_token_core::lifecycle::{ExchangeReason, Failure, WaitReason};
use genesys_token_core::time::Duration;

use crate::fixture::{LEAST, MOST, Scene, secs, token_body};

#[test]
fn first_token() {
    let mut scene = Scene::new();
    assert!(scene.is_pending());
    assert_eq!(scene.due(), ExchangeReason::First);
    let ticket = scene.begin();
    assert_eq!(scene.wait(), (secs(30), WaitReason::InFlight));
    assert!(scene.is_pending());
    scene.pass(secs(2));
    scene.respond(ticket, &token_body("abc", Some(86_399)));
    assert_eq!(scene.token(), Some("abc"));
    assert!(scene.manager.last_failure().is_none());
    assert_eq!(scene.wait().1, WaitReason::Fresh);
}

#[test]
fn early_refresh_with_jitter() {
    for (random, refresh_after) in [
        (LEAST, Duration::from_millis(86_099_000)),
        (MOST, Duration::from_millis(77_459_101)),
        (1 << 31, Duration::from_millis(81_779_050)),
    ] {
        let mut scene = Scene::new();
        scene.random = random;
        let before = scene.exchange(86_399);
        assert_eq!(scene.wait(), (refresh_after, WaitReason::Fresh));
        scene.sit_out();
        assert_eq!(scene.due(), ExchangeReason::Refresh);
        assert_eq!(scene.token(), Some("token-1"), "it serves while a new one is fetched");
        assert_ne!(scene.exchange(86_399), before);
        assert_eq!(scene.token(), Some("token-2"));
    }
}

#[test]
fn lifetime_counts_from_the_beginning_of_the_exchange() {
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.pass(secs(20));
    scene.respond(ticket, &token_body("slow", Some(600)));
    assert_eq!(scene.wait().0, secs(600 - 150 - 20));
    scene.pass(secs(579));
    assert_eq!(scene.token(), Some("slow"));
    scene.pass(secs(1));
    assert_eq!(scene.token(), None);
}

#[test]
fn refresh_fails_and_the_old_token_serves_until_its_end() {
    let mut scene = Scene::holding(3600);
    scene.random = MOST;
    scene.sit_out();
    let mut left = secs(300);
    loop {
        scene.exchange_fails(Failure::Transport(()));
        let (wait, reason) = scene.wait();
        assert_eq!(reason, WaitReason::Backoff);
        if wait >= left {
            break;
        }
        left = left.saturating_sub(wait);
        scene.sit_out();
        assert_eq!(scene.due(), ExchangeReason::Retry);
        assert_eq!(scene.token(), Some("token-1"));
    }
    scene.pass(left.saturating_sub(Duration::from_millis(1)));
    assert_eq!(scene.token(), Some("token-1"));
    scene.pass(Duration::from_millis(1));
    assert_eq!(scene.token(), None);
    assert!(scene.retry_at().is_some());
}

#[test]
fn token_dies_while_refreshing() {
    let mut scene = Scene::holding(40);
    scene.sit_out();
    let ticket = scene.begin();
    scene.pass(secs(9));
    assert_eq!(scene.token(), Some("token-1"));
    scene.pass(secs(1));
    assert!(scene.is_pending());
    assert_eq!(scene.wait().1, WaitReason::InFlight);
    scene.respond(ticket, &token_body("next", Some(40)));
    assert_eq!(scene.token(), Some("next"));
}

#[test]
fn token_dies_before_its_refresh_begins() {
    let mut scene = Scene::holding(40);
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::Refresh);
    scene.pass(secs(10));
    assert_eq!(scene.due(), ExchangeReason::Expired);
    assert!(scene.is_pending());
}

#[test]
fn token_of_300_seconds_is_refreshed_early_and_not_in_a_loop() {
    for (random, refresh_after) in [(LEAST, secs(225)), (MOST, Duration::from_millis(195_001))] {
        let mut scene = Scene::new();
        scene.random = random;
        let start = scene.now;
        for nth in 1..=10 {
            scene.exchange(300);
            assert_eq!(scene.wait().0, refresh_after);
            scene.sit_out();
            assert_eq!(scene.now, start + refresh_after.saturating_mul(nth));
            assert!(scene.token().is_some());
        }
    }
}

#[test]
fn short_tokens_do_not_loop() {
    // All of them take many seconds in Miri.
    let skipped = if cfg!(miri) { 2 } else { 0 };
    for (lifetime, exchanges) in [(1, 60), (2, 40), (3, 27), (10, 8)].into_iter().skip(skipped) {
        let mut scene = Scene::with(|policy| policy.refresh_jitter = Duration::ZERO);
        let end = scene.now + secs(60);
        let mut count = 0;
        while scene.now < end {
            scene.exchange(lifetime);
            count += 1;
            scene.sit_out();
        }
        assert_eq!(count, exchanges, "lifetime {lifetime}");
    }
}

#[test]
fn policy_without_margin_and_jitter_refreshes_at_the_end() {
    let mut scene = Scene::with(|policy| {
        policy.refresh_margin = Duration::ZERO;
        policy.refresh_jitter = Duration::ZERO;
    });
    scene.random = MOST;
    scene.exchange(600);
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::Expired);
    assert_eq!(scene.token(), None);
}

#[test]
fn jitter_is_at_most_a_tenth_of_the_lifetime_and_leaves_the_margin() {
    for (lifetime, latest) in [(300, 225), (1_800, 1_500), (86_400, 86_100), (172_800, 172_500)] {
        for jitter in [secs(100_000), Duration::MAX] {
            let mut scene = Scene::with(|policy| policy.refresh_jitter = jitter);
            scene.exchange(lifetime);
            assert_eq!(scene.wait().0, secs(latest));
            scene.sit_out();
            scene.random = MOST;
            scene.exchange(lifetime);
            let (earliest, wait) = (secs(latest - lifetime / 10), scene.wait().0);
            assert!(wait > earliest && wait <= earliest + Duration::from_millis(1), "{wait}");
        }
    }
}

#[test]
fn narrower_jitter_is_kept_for_long_tokens() {
    let mut scene = Scene::new();
    scene.random = MOST;
    scene.exchange(38_880_000);
    let (wait, _) = scene.wait();
    assert!(wait > secs(38_880_000 - 300 - 4 * 3600) && wait < secs(38_880_000 - 300), "{wait}");
}

#[test]
fn lifetime_zero_or_missing_is_assumed() {
    for lifetime in [Some(0), None] {
        let mut scene = Scene::with(|policy| policy.assumed_lifetime = secs(400));
        let ticket = scene.begin();
        scene.respond(ticket, &token_body("abc", lifetime));
        assert_eq!(scene.wait().0, secs(300));
        scene.pass(secs(399));
        assert_eq!(scene.token(), Some("abc"));
        scene.pass(secs(1));
        assert_eq!(scene.token(), None);
    }
}

#[test]
fn lifetime_of_450_days_is_the_longest() {
    for lifetime in [38_880_000, 38_880_001, u64::from(u32::MAX)] {
        let mut scene = Scene::holding(lifetime);
        assert_eq!(scene.wait().0, secs(38_880_000 - 300));
        scene.pass(secs(38_879_999));
        assert!(scene.token().is_some());
        scene.pass(secs(1));
        assert_eq!(scene.token(), None);
    }
}

#[test]
fn assumed_lifetime_is_capped_too() {
    let mut scene = Scene::with(|policy| policy.assumed_lifetime = Duration::MAX);
    scene.exchange(0);
    assert_eq!(scene.wait().0, secs(38_880_000 - 300));
}

#[test]
fn token_that_expired_on_arrival_is_a_failure() {
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.pass(secs(5));
    scene.respond(ticket, &token_body("late", Some(5)));
    assert!(matches!(scene.manager.last_failure(), Some(Failure::ExpiredOnArrival)));
    assert_eq!(scene.wait(), (secs(1), WaitReason::Backoff));
    assert_eq!(scene.token(), None);
}

#[test]
fn idle_timeout_ends_an_unused_token() {
    let mut scene = Scene::with(|policy| policy.idle_timeout = Some(secs(290)));
    scene.exchange(86_399);
    assert_eq!(scene.wait().0, secs(290));
    scene.pass(secs(289));
    assert_eq!(scene.token(), Some("token-1"), "handing it out is no use of it");
    scene.pass(secs(1));
    assert_eq!(scene.token(), None);
    assert_eq!(scene.due(), ExchangeReason::Expired);
}

#[test]
fn use_puts_the_idle_timeout_off() {
    let mut scene = Scene::with(|policy| policy.idle_timeout = Some(secs(290)));
    let generation = scene.exchange(86_399);
    for _ in 0..10 {
        scene.pass(secs(200));
        scene.manager.token_used(generation, scene.now);
        assert_eq!(scene.wait(), (secs(290), WaitReason::Fresh));
    }
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::Expired);
    assert_eq!(scene.token(), None);
}

#[test]
fn use_counts_from_when_the_call_was_sent() {
    let mut scene = Scene::with(|policy| policy.idle_timeout = Some(secs(290)));
    let generation = scene.exchange(86_399);
    scene.pass(secs(100));
    let sent = scene.now;
    scene.pass(secs(10));
    assert_eq!(scene.wait().0, secs(180));
    scene.manager.token_used(generation, sent);
    assert_eq!(scene.wait().0, secs(280));
}

#[test]
fn use_of_another_generation_puts_nothing_off() {
    let mut scene = Scene::with(|policy| policy.idle_timeout = Some(secs(290)));
    let old = scene.exchange(300);
    scene.sit_out();
    scene.exchange(86_399);
    scene.pass(secs(100));
    scene.manager.token_used(old, scene.now);
    assert_eq!(scene.wait().0, secs(190));
}

#[test]
fn use_never_outlasts_the_lifetime() {
    let mut scene = Scene::with(|policy| policy.idle_timeout = Some(secs(290)));
    let generation = scene.exchange(300);
    scene.pass(secs(200));
    scene.manager.token_used(generation, scene.now);
    scene.pass(secs(99));
    assert_eq!(scene.token(), Some("token-1"));
    scene.pass(secs(1));
    assert_eq!(scene.token(), None);
}

#[test]
fn use_after_the_idle_timeout_revives_nothing() {
    let mut scene = Scene::with(|policy| policy.idle_timeout = Some(secs(290)));
    let generation = scene.exchange(86_399);
    scene.pass(secs(290));
    scene.manager.token_used(generation, scene.now);
    assert_eq!(scene.token(), None);
    assert_eq!(scene.due(), ExchangeReason::Expired);
}

#[test]
fn use_reported_out_of_order_takes_nothing_back() {
    let mut scene = Scene::with(|policy| policy.idle_timeout = Some(secs(290)));
    let generation = scene.exchange(86_399);
    let earlier = scene.now + secs(50);
    scene.pass(secs(100));
    scene.manager.token_used(generation, scene.now);
    scene.manager.token_used(generation, earlier);
    assert_eq!(scene.wait().0, secs(290));
}

#[test]
fn token_that_was_idle_for_too_long_on_arrival_is_a_failure() {
    let mut scene = Scene::with(|policy| policy.idle_timeout = Some(secs(5)));
    let ticket = scene.begin();
    scene.pass(secs(5));
    scene.respond(ticket, &token_body("late", Some(86_399)));
    assert!(matches!(scene.manager.last_failure(), Some(Failure::ExpiredOnArrival)));
    assert_eq!(scene.wait(), (secs(1), WaitReason::Backoff));
}
