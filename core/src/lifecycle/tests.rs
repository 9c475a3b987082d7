//! Cases that the public API cannot reach: counters about to wrap around, and spans beyond every policy.

use proptest::prelude::*;

use super::manager::TokenManager;
use super::policy::Policy;
use super::retry::{part, tenth};
use super::step::{Answer, Generation, Outcome, Ticket};
use crate::time::{Duration, Instant};
use crate::wire::{ResponseHead, TokenResponse, parse_token_response};

fn with_response(text: &str, then: impl FnOnce(&TokenResponse<'_>)) {
    extern crate std;
    let mut body =
        std::format!(r#"{{"access_token":"{text}","token_type":"bearer","expires_in":300}}"#).into_bytes();
    then(&parse_token_response(&ResponseHead::new(200), &mut body).expect("a token response"));
}

fn exchange(manager: &mut TokenManager<16>, now: Instant, text: &str) -> Generation {
    let ticket = manager.begin(now).expect("an exchange is due");
    with_response(text, |response| {
        manager.complete(ticket, now, Outcome::Token(response), 0);
    });
    match manager.token(now) {
        Answer::Ready(token) => {
            assert_eq!(token.access_token(), text);
            token.generation
        }
        answer => panic!("no token but {answer:?}"),
    }
}

#[test]
fn counter_wrap_around_of_generations() {
    let mut manager = TokenManager::<16>::new(Policy::DEFAULT).with_counters(0, u32::MAX - 1);
    let mut now = Instant::from_secs(1);
    let mut old = exchange(&mut manager, now, "a");
    assert_eq!(old, Generation(u32::MAX));
    for text in ["b", "c", "d"] {
        now = now + Duration::from_secs(225);
        let new = exchange(&mut manager, now, text);
        assert_ne!(new, old);
        assert!(manager.token_refused(old, now), "a newer token is there");
        assert!(matches!(manager.token(now), Answer::Ready(token) if token.generation == new));
        old = new;
    }
    assert_eq!(old, Generation(2));
    assert!(manager.token_refused(old, now));
    assert!(matches!(manager.token(now), Answer::Pending));
}

#[test]
fn counter_wrap_around_of_tickets() {
    let mut manager = TokenManager::<16>::new(Policy::DEFAULT).with_counters(u32::MAX - 1, 0);
    let mut now = Instant::from_secs(1);
    let mut late: Option<Ticket> = None;
    for _ in 0..4 {
        let ticket = manager.begin(now).expect("an exchange is due");
        if let Some(late) = late.replace(ticket) {
            with_response("late", |response| {
                manager.complete(late, now, Outcome::Token(response), 0);
            });
        }
        assert!(matches!(manager.token(now), Answer::Pending), "the late ticket is not the current one");
        assert!(manager.begin(now).is_none(), "in flight");
        // The exchange is lost, and every backoff after it is over.
        now = now + Duration::from_secs(30 + 60);
    }
    assert_eq!(late.map(|Ticket(number)| number), Some(2));
    exchange(&mut manager, now, "own");
}

#[test]
fn counter_of_failures_stays_at_its_end() {
    let mut manager = TokenManager::<16>::new(Policy::DEFAULT);
    let mut now = Instant::ZERO;
    // More than the counter can hold. A hundred take a second in Miri.
    for _ in 0..if cfg!(miri) { 260 } else { 1000 } {
        let ticket = manager.begin(now).expect("an exchange is due");
        manager.complete(ticket, now, Outcome::Failed(super::Failure::Transport(())), u32::MAX);
        let deadline = manager.next_deadline().expect("a deadline");
        assert!(deadline <= now + Duration::from_secs(60));
        now = deadline;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 256 })
    })]

    #[test]
    fn part_is_exact_for_every_span(millis: u64, random: u32) {
        let exact = (u128::from(millis) * u128::from(random)) >> 32;
        prop_assert_eq!(u128::from(part(Duration::from_millis(millis), random).as_millis()), exact);
    }

    #[test]
    fn tenth_is_as_exact_as_it_says(millis: u64, bits in 0..64_u32) {
        let millis = millis >> bits;
        let tenth = tenth(Duration::from_millis(millis)).as_millis();
        let ten_days = 10 * 86_400_000;
        let error = if millis <= ten_days { 0 } else { millis / 10_000_000_000 + 1 };
        prop_assert!((millis / 10..=millis / 10 + error).contains(&tenth), "{millis}: {tenth}");
    }
}

#[test]
fn token_is_wiped_however_it_is_lost() {
    let lost_by: [fn(&mut TokenManager<16>, Generation, Instant); 3] = [
        |manager, _, now| {
            let _ = manager.poll(now + Duration::from_secs(300));
        },
        |manager, generation, now| assert!(manager.token_refused(generation, now)),
        |manager, _, _| manager.clear(),
    ];
    for lose in lost_by {
        let mut manager = TokenManager::<16>::new(Policy::DEFAULT);
        let now = Instant::from_secs(1);
        let generation = exchange(&mut manager, now, "abc");
        assert!(!manager.holds_no_text());
        lose(&mut manager, generation, now);
        assert!(manager.holds_no_text());
    }
}
