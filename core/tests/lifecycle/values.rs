//! What the types show and hide, and their size.

use genesys_token_core::lifecycle::{Answer, Failure, Policy, TokenManager};
use genesys_token_core::time::Duration;

use crate::fixture::{INVALID_CLIENT, Scene, nonsense, refusal, secs, token_body};

const SENTINEL: &str = "SENTINEL-4711";

#[test]
fn debug_shows_state_and_times_but_never_the_token() {
    let mut scene = Scene::new();
    let ticket = scene.begin();
    scene.respond(ticket, &token_body(SENTINEL, Some(86_399)));
    assert_eq!(scene.token(), Some(SENTINEL));
    let shown = format!("{:?} {:#?}", scene.manager, scene.manager.token(scene.now));
    assert!(!shown.contains("SENTINEL") && !shown.contains("4711"), "{shown}");
    for part in ["Fresh", "until", "expires_at", "Generation", "[redacted]"] {
        assert!(shown.contains(part), "no {part} in {shown}");
    }
    let bytes = format!("{:?}", SENTINEL.as_bytes());
    assert!(!shown.contains(bytes.trim_matches(['[', ']'])));
}

#[test]
fn size_is_known() {
    // Most of it: the token's 1024 bytes, one failure, the policy. Less on 32-bit targets.
    let size = size_of::<TokenManager<1024>>();
    let rest = size - 1024 - size_of::<Failure>() - size_of::<Policy>();
    assert!(rest <= 160, "{rest} bytes of state, {size} in all");
    if cfg!(target_pointer_width = "64") {
        assert_eq!(size, 1552);
    } else {
        assert!(size < 1552, "{size}");
    }
}

#[test]
fn manager_of_default_capacity_is_a_constant() {
    static POLICY: Policy = Policy::DEFAULT;
    const MANAGER: TokenManager = TokenManager::new(Policy::DEFAULT).with_random(7);
    assert!(matches!(MANAGER.token(genesys_token_core::time::Instant::ZERO), Answer::Pending));
    assert_eq!(POLICY, Policy::default());
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let policy = Policy::default();
    assert_eq!(policy.refresh_margin, secs(300));
    assert_eq!(policy.refresh_jitter, secs(4 * 3600));
    assert_eq!(policy.exchange_timeout, secs(30));
    assert_eq!(policy.exchange_spacing, secs(1));
    assert_eq!(policy.backoff_min, secs(1));
    assert_eq!(policy.backoff_max, secs(60));
    assert_eq!(policy.refused_min, secs(300));
    assert_eq!(policy.refused_max, secs(3600));
    assert_eq!(policy.retry_after_max, secs(3600));
    assert_eq!(policy.assumed_lifetime, secs(300));
    assert_eq!(policy.idle_timeout, None::<Duration>);
}

#[test]
fn failures_say_what_to_do() {
    for failure in [
        Failure::Transport(()),
        Failure::PresumedLost,
        Failure::NoCredentials(()),
        Failure::SourcePanicked,
        Failure::ExpiredOnArrival,
        Failure::FreshTokenRefused,
    ] {
        let text = failure.to_string();
        assert!(text.contains("check"), "{text}");
        assert!(!text.contains(&format!("{failure:?}")) && !text.contains("  "), "{text}");
    }
    assert!(!refusal::<()>(400, &[], INVALID_CLIENT).to_string().is_empty());
    assert!(!nonsense::<()>().to_string().is_empty());
}

#[test]
fn managers_and_answers_can_cross_threads() {
    const fn crosses<T: Send + Sync>() {}
    crosses::<TokenManager>();
    crosses::<Failure>();
    crosses::<Answer<'_>>();
}
