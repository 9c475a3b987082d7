//! The rules that hold for any sequence of events.

use genesys_token_core::call::{Limits, Loss, Next, Replay, SENDS_MAX};
use genesys_token_core::time::Duration;
use proptest::prelude::*;

use crate::fixture::{BAD_CREDENTIALS, FORBIDDEN_ADDRESS, START, Scene};

#[derive(Clone, Debug)]
enum Event {
    Answer { status: u16, retry_after: Option<u32>, forbidden_address: bool },
    Lost(Loss),
}

fn event() -> impl Strategy<Value = Event> {
    let status = prop_oneof![Just(401), Just(429), Just(503), any::<u16>()];
    let answer = (status, proptest::option::of(any::<u8>().prop_map(u32::from)), any::<bool>());
    prop_oneof![
        4 => answer.prop_map(|(status, retry_after, forbidden_address)| {
            Event::Answer { status, retry_after, forbidden_address }
        }),
        1 => any::<bool>().prop_map(|reused| Event::Lost(Loss::Unsent { reused })),
        1 => any::<bool>().prop_map(|reused| Event::Lost(Loss::Unanswered { reused })),
    ]
}

fn replay() -> impl Strategy<Value = Replay> {
    (prop_oneof![Just("GET"), Just("POST")], any::<bool>()).prop_map(|(method, once)| {
        let replay = Replay::of_method(method);
        if once { replay.one_shot_body() } else { replay }
    })
}

// In Miri a long walk takes a minute.
const LONGEST: usize = if cfg!(miri) { 8 } else { 60 };

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        // A case takes a thousand times as long in Miri.
        ..if cfg!(miri) { ProptestConfig::with_cases(2) } else { ProptestConfig::default() }
    })]

    #[test]
    fn every_call_ends_in_time(
        replay in replay(),
        cap in 0_u64..400_000,
        deadline in 0_u64..1_000_000,
        events in proptest::collection::vec((event(), 0_u64..5_000, any::<bool>(), any::<u32>()), 0..LONGEST),
    ) {
        let mut limits = Limits::DEFAULT;
        limits.rate_limit_wait = Duration::from_millis(cap);
        limits.deadline = START + Duration::from_millis(deadline);
        let mut scene = Scene::with(replay, limits);
        let (mut sent, mut waited, mut replaced) = (1, Duration::ZERO, 0);
        for (event, pause, another, random) in events {
            scene.now = scene.now + Duration::from_millis(pause);
            (scene.another, scene.random) = (another, random);
            match event {
                Event::Lost(loss) => match scene.lose(loss) {
                    Err(_) => return Ok(()),
                    Ok(()) => match loss {
                        Loss::Unsent { reused } => prop_assert!(reused),
                        Loss::Unanswered { reused } => {
                            prop_assert!(reused && replay.is_idempotent() && replay.body_is_replayable());
                        }
                    },
                },
                Event::Answer { status, retry_after, forbidden_address } => {
                    let body = if forbidden_address { FORBIDDEN_ADDRESS } else { BAD_CREDENTIALS };
                    let reported = retry_after.map(|seconds| seconds.to_string());
                    match scene.answer(status, reported.as_deref(), body) {
                        Next::Deliver => {
                            prop_assert!((200..300).contains(&status));
                            return Ok(());
                        }
                        Next::Refused(refusal) => {
                            prop_assert_eq!(refusal.status(), status);
                            prop_assert!(!(200..300).contains(&status));
                            return Ok(());
                        }
                        Next::SendWithNewToken => {
                            prop_assert!(status == 401 && another && !forbidden_address);
                            replaced += 1;
                        }
                        Next::Wait { until } => {
                            prop_assert_eq!(status, 429);
                            let wait = until.saturating_since(scene.now);
                            let least = retry_after.map_or(3, |seconds| seconds.max(1));
                            prop_assert!(wait >= Duration::from_secs(u64::from(least)));
                            waited = waited + wait;
                            scene.now = until;
                        }
                    }
                    prop_assert!(replay.body_is_replayable());
                }
            }
            sent += 1;
            prop_assert!(sent <= SENDS_MAX && replaced <= 1);
            prop_assert!(waited <= limits.rate_limit_wait);
            prop_assert!(scene.now < limits.deadline, "sent again past the deadline");
        }
    }
}
