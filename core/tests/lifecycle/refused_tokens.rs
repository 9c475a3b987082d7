//! The API answers 401.

use genesys_token_core::lifecycle::{ExchangeReason, Failure, WaitReason};
use genesys_token_core::time::Duration;

use crate::fixture::{INVALID_CLIENT, LEAST, MOST, Scene, refusal, refusal_after, secs, token_body};

#[test]
fn status_401_drops_that_generation_and_replaces_it_without_delay() {
    let mut scene = Scene::new();
    let generation = scene.exchange(86_399);
    assert!(scene.manager.token_refused(generation, scene.now));
    assert_eq!(scene.token(), None);
    assert!(scene.is_pending());
    assert_eq!(scene.due(), ExchangeReason::TokenRefused);
    scene.exchange(86_399);
    assert_eq!(scene.token(), Some("token-2"));
}

#[test]
fn status_401_never_drops_a_newer_generation() {
    let mut scene = Scene::new();
    let old = scene.exchange(300);
    scene.sit_out();
    scene.exchange(300);
    let step = scene.poll();
    for _ in 0..5 {
        assert!(scene.manager.token_refused(old, scene.now), "a replay with the newer one");
    }
    assert_eq!(scene.token(), Some("token-2"));
    assert_eq!(scene.poll(), step);
}

#[test]
fn many_refusals_of_one_token_count_once() {
    let mut scene = Scene::new();
    let generation = scene.exchange(86_399);
    for _ in 0..10 {
        assert!(scene.manager.token_refused(generation, scene.now));
    }
    let ticket = scene.begin();
    for _ in 0..10 {
        assert!(scene.manager.token_refused(generation, scene.now));
    }
    scene.respond(ticket, &token_body("next", Some(86_399)));
    assert_eq!(scene.token(), Some("next"));
    assert!(scene.manager.last_failure().is_none());
}

#[test]
fn second_refusal_of_a_fresh_token_is_an_error() {
    let mut scene = Scene::new();
    let first = scene.exchange(86_399);
    assert!(scene.manager.token_refused(first, scene.now));
    let second = scene.exchange(86_399);
    assert!(!scene.manager.token_refused(second, scene.now), "a replay makes no sense");
    assert_eq!(scene.token(), None);
    assert!(matches!(scene.manager.last_failure(), Some(Failure::FreshTokenRefused)));
    let (wait, reason) = scene.wait();
    assert_eq!(reason, WaitReason::Backoff);
    assert!(wait >= secs(1) && wait <= secs(2), "{wait}");
    assert!(scene.retry_at().is_some());
}

#[test]
fn refusals_of_fresh_tokens_back_off_and_do_not_loop() {
    let mut scene = Scene::new();
    let start = scene.now;
    let mut exchanges = 0;
    while scene.now < start + secs(24 * 3600) {
        let generation = scene.exchange(86_399);
        exchanges += 1;
        if !scene.manager.token_refused(generation, scene.now) {
            scene.sit_out();
        }
    }
    assert!((24..40).contains(&exchanges), "{exchanges} in a day");
}

#[test]
fn success_in_between_ends_the_row() {
    let mut scene = Scene::new();
    for _ in 0..10 {
        let generation = scene.exchange(86_399);
        scene.manager.token_used(generation, scene.now);
        scene.pass(secs(10));
        assert!(scene.manager.token_refused(generation, scene.now));
        assert_eq!(scene.due(), ExchangeReason::TokenRefused);
    }
}

#[test]
fn token_that_served_for_a_while_is_not_fresh() {
    // No success was reported, but refusals that are days apart are not consecutive.
    let mut scene = Scene::new();
    for _ in 0..10 {
        let generation = scene.exchange(86_399);
        scene.pass(secs(60));
        assert!(scene.manager.token_refused(generation, scene.now));
    }
}

#[test]
fn refused_after_success_then_refused_fresh_is_the_second_in_a_row() {
    let mut scene = Scene::new();
    let used = scene.exchange(86_399);
    scene.manager.token_used(used, scene.now);
    scene.pass(secs(3600));
    assert!(scene.manager.token_refused(used, scene.now));
    let fresh = scene.exchange(86_399);
    assert!(!scene.manager.token_refused(fresh, scene.now));
    assert!(matches!(scene.manager.last_failure(), Some(Failure::FreshTokenRefused)));
}

#[test]
fn success_of_an_older_generation_does_not_end_the_row() {
    let mut scene = Scene::new();
    let first = scene.exchange(86_399);
    assert!(scene.manager.token_refused(first, scene.now));
    let second = scene.exchange(86_399);
    scene.manager.token_used(first, scene.now);
    assert!(!scene.manager.token_refused(second, scene.now));
}

#[test]
fn tokens_by_turns_accepted_and_refused_do_not_become_a_storm() {
    // In Miri a minute takes many.
    let seconds = if cfg!(miri) { 3 } else { 60 };
    let mut scene = Scene::new();
    let end = scene.now + secs(seconds);
    let mut exchanges = 0;
    while scene.now < end {
        if let Some(ticket) = scene.manager.begin(scene.now) {
            exchanges += 1;
            scene.respond(ticket, &token_body("abc", Some(86_399)));
            let generation = scene.generation();
            scene.manager.token_used(generation, scene.now);
            assert!(scene.manager.token_refused(generation, scene.now));
            assert!(scene.is_pending());
        }
        scene.pass(Duration::from_millis(10));
    }
    assert_eq!(exchanges, seconds + 1, "one a second, and one without delay");
}

#[test]
fn refusal_during_a_refresh_drops_the_old_token_and_lets_the_refresh_go_on() {
    let mut scene = Scene::new();
    let old = scene.exchange(300);
    scene.sit_out();
    let ticket = scene.begin();
    assert!(scene.manager.token_refused(old, scene.now));
    assert_eq!(scene.token(), None);
    assert_eq!(scene.wait().1, WaitReason::InFlight);
    scene.respond(ticket, &token_body("next", Some(300)));
    assert_eq!(scene.token(), Some("next"));
}

#[test]
fn refusal_when_a_refresh_is_due_is_the_reason_of_the_exchange() {
    let mut scene = Scene::new();
    let old = scene.exchange(300);
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::Refresh);
    assert!(scene.manager.token_refused(old, scene.now));
    assert_eq!(scene.due(), ExchangeReason::TokenRefused);
}

#[test]
fn refusal_shortens_no_wait() {
    for failure in [
        refusal_after(429, 60, "{}"),
        refusal_after(503, 60, ""),
        refusal(400, &[], INVALID_CLIENT),
        Failure::Transport(()),
    ] {
        let mut scene = Scene::new();
        let generation = scene.exchange(300);
        scene.sit_out();
        scene.exchange_fails(failure);
        let step = scene.poll();
        assert_eq!(scene.token(), Some("token-1"));
        assert!(!scene.manager.token_refused(generation, scene.now));
        assert_eq!(scene.token(), None, "dropped nevertheless");
        assert_eq!(scene.poll(), step);
        assert!(scene.retry_at().is_some());
    }
}

#[test]
fn waits_after_refused_fresh_tokens_are_spread() {
    let wait = |random| {
        let mut scene = Scene::new();
        scene.random = random;
        let first = scene.exchange(86_399);
        assert!(scene.manager.token_refused(first, scene.now));
        // Only the random value of the last `complete` must change the result.
        scene.random = random ^ 0x5555_5555;
        let second = scene.exchange(86_399);
        assert!(!scene.manager.token_refused(second, scene.now));
        scene.wait().0
    };
    let waits = [LEAST, MOST, 1 << 30, 1 << 31, 12_345].map(wait);
    assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
}

#[test]
fn success_ends_the_row_for_the_tokens_after_it() {
    let mut scene = Scene::new();
    let first = scene.exchange(86_399);
    assert!(scene.manager.token_refused(first, scene.now));
    let used = scene.exchange(40);
    scene.manager.token_used(used, scene.now);
    scene.sit_out();
    let fresh = scene.exchange(86_399);
    assert!(scene.manager.token_refused(fresh, scene.now));
    assert_eq!(scene.due(), ExchangeReason::TokenRefused);
}
