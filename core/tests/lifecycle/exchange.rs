//! At most one exchange in flight, whatever happens to its ticket.

use genesys_token_core::lifecycle::{
    Answer, ExchangeReason, Failure, Outcome, Policy, TokenManager, WaitReason,
};
use genesys_token_core::time::{Duration, Instant};

use crate::fixture::{LEAST, MOST, Scene, refusal_after, secs, token_body};

#[test]
fn begin_returns_a_ticket_only_when_an_exchange_is_due() {
    let mut scene = Scene::holding(86_399);
    assert!(scene.manager.begin(scene.now).is_none(), "fresh");
    scene.sit_out();
    let ticket = scene.begin();
    assert!(scene.manager.begin(scene.now).is_none(), "in flight");
    scene.fail_with(ticket, Failure::Transport(()));
    assert!(scene.manager.begin(scene.now).is_none(), "waiting");
}

#[test]
fn begin_needs_no_poll_before() {
    let mut scene = Scene::holding(300);
    scene.pass(secs(225));
    assert!(scene.manager.begin(scene.now).is_some());
}

#[test]
fn spurious_polls_change_nothing() {
    let mut scene = Scene::new();
    let step = scene.manager.poll(scene.now);
    for _ in 0..100 {
        assert_eq!(scene.manager.poll(scene.now), step);
    }
    scene.exchange(300);
    let deadline = scene.manager.next_deadline();
    for _ in 0..200 {
        scene.pass(secs(1));
        let _ = scene.poll();
        assert_eq!(scene.manager.next_deadline(), deadline);
    }
}

#[test]
fn exchange_that_never_ends_is_presumed_lost() {
    for random in [LEAST, MOST] {
        let mut scene = Scene::new();
        scene.random = random;
        let ticket = scene.begin();
        scene.sit_out();
        drop(ticket);
        let (wait, reason) = scene.wait();
        assert_eq!(reason, WaitReason::Backoff);
        assert!(wait >= secs(1) && wait <= secs(2), "{wait}");
        assert!(matches!(scene.manager.last_failure(), Some(Failure::PresumedLost)));
        assert!(scene.retry_at().is_some());
        scene.sit_out();
        assert_eq!(scene.due(), ExchangeReason::Retry);
    }
}

/// A laptop is suspended during an exchange: the error afterwards must not name an older failure.
#[test]
fn presumed_lost_exchange_does_not_report_an_older_cause() {
    let earlier = [
        Failure::Transport("name lookup"),
        Failure::NoCredentials("no such file"),
        Failure::SourcePanicked,
        refusal_after(429, 1, "{}"),
    ];
    for failure in earlier {
        let mut manager = TokenManager::<64, &str>::with_details(Policy::DEFAULT);
        let mut now = Instant::from_secs(1_000_000);
        let ticket = manager.begin(now).expect("the first exchange is due");
        manager.complete(ticket, now, Outcome::Failed(failure), LEAST);
        now = manager.next_deadline().expect("a wait");
        let _ticket = manager.begin(now).expect("the wait is over");
        now = now + Duration::from_secs(30 + 1);
        let _ = manager.poll(now);
        match manager.token(now) {
            Answer::Unavailable { failure: Failure::PresumedLost, .. } => {}
            answer => panic!("{answer:?}"),
        }
        assert!(matches!(manager.last_failure(), Some(Failure::PresumedLost)));
    }
}

/// The adapter's detail is returned unchanged with the failure.
#[test]
fn detail_of_a_failure_is_kept_with_it() {
    let mut manager = TokenManager::<64, &str>::with_details(Policy::DEFAULT);
    let now = Instant::from_secs(1);
    let ticket = manager.begin(now).expect("the first exchange is due");
    manager.complete(ticket, now, Outcome::Failed(Failure::Transport("connection refused")), LEAST);
    assert!(matches!(manager.last_failure(), Some(Failure::Transport("connection refused"))));
    let now = manager.next_deadline().expect("a wait");
    let ticket = manager.begin(now).expect("the wait is over");
    manager.complete(ticket, now, Outcome::Failed(refusal_after(503, 1, "")), LEAST);
    assert!(matches!(manager.last_failure(), Some(Failure::Refused(_))));
}

#[test]
fn lost_exchanges_back_off() {
    let mut scene = Scene::new();
    let mut longest = Duration::ZERO;
    for nth in 1..=20_u64 {
        let _lost = scene.begin();
        scene.sit_out();
        let (wait, _) = scene.wait();
        let ceiling = secs(if nth < 6 { 1 << nth } else { 60 });
        assert!(wait >= secs(1) && wait <= ceiling, "{wait}");
        longest = longest.max(wait);
        scene.sit_out();
    }
    assert!(longest > secs(10), "twenty waits without a long one: {longest}");
}

#[test]
fn loss_does_not_depend_on_when_it_is_noticed() {
    let lost = |polls: &[u64]| {
        let mut scene = Scene::new();
        let start = scene.now;
        let _lost = scene.begin();
        for after in polls {
            scene.now = start + Duration::from_millis(*after);
            let _ = scene.manager.poll(scene.now);
        }
        scene.wait()
    };
    let noticed_late = lost(&[30_900]);
    assert_eq!(noticed_late.1, WaitReason::Backoff);
    assert_eq!(lost(&[30_000, 30_001, 30_500, 30_900]), noticed_late);
}

#[test]
fn machines_that_lose_their_first_exchange_retry_at_different_times() {
    let deadline = |random| {
        let mut scene = Scene::new();
        scene.manager = scene.manager.with_random(random);
        let _lost = scene.begin();
        scene.sit_out();
        scene.wait()
    };
    assert_ne!(deadline(1), deadline(0x8000_0001));
}

#[test]
fn late_token_changes_nothing() {
    let mut scene = Scene::new();
    let late = scene.begin();
    scene.sit_out();
    let waiting = scene.poll();
    scene.respond(late, &token_body("late", Some(86_399)));
    assert_eq!(scene.token(), None);
    assert_eq!(scene.poll(), waiting);
}

#[test]
fn late_token_does_not_take_the_place_of_a_newer_one() {
    let mut scene = Scene::new();
    let late = scene.begin();
    scene.sit_out();
    scene.sit_out();
    scene.exchange(86_399);
    let generation = scene.generation();
    scene.respond(late, &token_body("late", Some(86_399)));
    assert_eq!(scene.token(), Some("token-1"));
    assert_eq!(scene.generation(), generation);
}

#[test]
fn late_ticket_does_not_end_the_next_exchange() {
    for abandoned in [false, true] {
        let mut scene = Scene::new();
        let late = scene.begin();
        scene.sit_out();
        scene.sit_out();
        let current = scene.begin();
        if abandoned {
            scene.manager.abandon(late, scene.now);
        } else {
            scene.fail_with(late, refusal_after(429, 1000, "{}"));
        }
        assert_eq!(scene.wait().1, WaitReason::InFlight);
        scene.respond(current, &token_body("abc", Some(86_399)));
        assert_eq!(scene.token(), Some("abc"));
    }
}

#[test]
fn late_failure_is_not_counted_twice() {
    let mut scene = Scene::new();
    let late = scene.begin();
    scene.sit_out();
    let step = scene.poll();
    scene.fail_with(late, refusal_after(429, 1000, "{}"));
    assert_eq!(scene.poll(), step);
    assert!(matches!(scene.manager.last_failure(), Some(Failure::PresumedLost)));
}

#[test]
fn foreign_ticket_changes_nothing() {
    let mut other = Scene::new();
    other.exchange(300);
    other.sit_out();
    let foreign = [other.begin(), {
        other.sit_out();
        other.sit_out();
        other.begin()
    }];
    let mut scene = Scene::new();
    let own = scene.begin();
    for ticket in foreign {
        scene.respond(ticket, &token_body("foreign", Some(300)));
        assert_eq!(scene.wait(), (secs(30), WaitReason::InFlight));
    }
    scene.respond(own, &token_body("own", Some(300)));
    assert_eq!(scene.token(), Some("own"));
}

#[test]
fn duplicate_ticket_changes_nothing() {
    // A ticket cannot be returned twice; one of another manager with the same number replaces the duplicate.
    let mut other = Scene::new();
    let same_number = other.begin();
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.respond(ticket, &token_body("abc", Some(300)));
    let step = scene.poll();
    let outcome = Outcome::Failed(refusal_after(429, 1000, "{}"));
    scene.manager.complete(same_number, scene.now, outcome, MOST);
    assert_eq!(scene.poll(), step);
    assert_eq!(scene.token(), Some("abc"));
    assert!(scene.manager.last_failure().is_none());
}

#[test]
fn cancelled_exchange_allows_the_next_one() {
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.pass(secs(3));
    scene.manager.abandon(ticket, scene.now);
    assert!(scene.manager.last_failure().is_none());
    assert!(scene.is_pending());
    assert_eq!(scene.due(), ExchangeReason::First);
    scene.exchange(300);
    assert_eq!(scene.token(), Some("token-1"));
}

#[test]
fn cancelled_exchanges_are_spaced() {
    // A minute takes many minutes in Miri.
    let seconds = if cfg!(miri) { 6 } else { 60 };
    let mut scene = Scene::new();
    let end = scene.now + secs(seconds);
    let mut exchanges = 0;
    while scene.now < end {
        if let Some(ticket) = scene.manager.begin(scene.now) {
            exchanges += 1;
            scene.manager.abandon(ticket, scene.now);
            assert_eq!(scene.wait(), (secs(1), WaitReason::Spacing));
            assert!(scene.is_pending());
        }
        scene.pass(Duration::from_millis(10));
    }
    assert_eq!(exchanges, seconds);
}

#[test]
fn cancelled_refresh_is_due_for_the_current_reason() {
    let mut scene = Scene::holding(40);
    scene.sit_out();
    let ticket = scene.begin();
    scene.pass(secs(2));
    scene.manager.abandon(ticket, scene.now);
    assert_eq!(scene.due(), ExchangeReason::Refresh);
    assert_eq!(scene.token(), Some("token-1"));
    let ticket = scene.begin();
    scene.pass(secs(8));
    scene.manager.abandon(ticket, scene.now);
    assert_eq!(scene.due(), ExchangeReason::Expired);
}

#[test]
fn cancelled_exchange_keeps_the_count_of_failures() {
    let mut scene = Scene::new();
    scene.exchanges_fail(3, &Failure::Transport(()));
    scene.sit_out();
    let ticket = scene.begin();
    scene.pass(secs(1));
    scene.manager.abandon(ticket, scene.now);
    scene.random = MOST;
    scene.exchange_fails(Failure::Transport(()));
    assert!(scene.wait().0 > secs(15));
}

#[test]
fn clear_drops_the_token_and_the_exchange_in_flight() {
    let mut scene = Scene::holding(300);
    scene.sit_out();
    let ticket = scene.begin();
    scene.pass(secs(2));
    scene.manager.clear();
    assert_eq!(scene.token(), None);
    assert!(scene.is_pending());
    scene.respond(ticket, &token_body("from-before", Some(300)));
    assert_eq!(scene.token(), None, "logged out is logged out");
    assert_eq!(scene.due(), ExchangeReason::First);
}

#[test]
fn clear_keeps_the_distance_between_exchanges() {
    let mut scene = Scene::holding(300);
    let _ = scene.poll();
    scene.manager.clear();
    assert_eq!(scene.wait(), (secs(1), WaitReason::Spacing));
    scene.sit_out();
    assert_eq!(scene.due(), ExchangeReason::First);
}

#[test]
fn clear_shortens_no_wait() {
    let mut scene = Scene::holding(300);
    scene.sit_out();
    scene.exchange_fails(refusal_after(429, 60, "{}"));
    let step = scene.poll();
    scene.manager.clear();
    assert_eq!(scene.token(), None);
    assert_eq!(scene.poll(), step);
    assert!(scene.retry_at().is_some());
}
