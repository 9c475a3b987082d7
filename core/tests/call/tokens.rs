//! Status 401, and the responses that count as a use.

use genesys_token_core::call::{Call, Limits, Next, RefusedCall, Replay};
use genesys_token_core::wire::{ResponseHead, api_refusal};

use crate::fixture::{BAD_CREDENTIALS, FORBIDDEN_ADDRESS, Scene};

#[test]
fn a_success_is_delivered() {
    for status in [200, 201, 202, 204, 206, 299] {
        assert_eq!(Scene::of("GET").status(status), Next::Deliver, "{status}");
    }
}

#[test]
fn other_statuses_are_returned_to_the_caller() {
    for status in [0, 101, 199, 300, 304, 400, 403, 404, 408, 409, 413, 415, 500, 502, 503, 504, 599, 999] {
        let mut scene = Scene::of("GET");
        assert!(matches!(scene.status(status), Next::Refused(_)), "{status}");
        assert_eq!(scene.reported, 0, "{status} says nothing of the token");
    }
}

#[test]
fn a_refusal_is_handed_over_parsed() {
    let next = Scene::of("GET").answer(403, None, r#"{"code":"missing.permission","contextId":"abc"}"#);
    let Next::Refused(refusal) = next else { panic!("{next:?}") };
    assert_eq!(
        (refusal.status(), refusal.code(), refusal.correlation_id()),
        (403, "missing.permission", "abc")
    );
    // Likewise for a 401 without another attempt, and a rate limit without a wait.
    let mut scene = Scene::of("GET");
    scene.another = false;
    let next = scene.answer(401, None, BAD_CREDENTIALS);
    assert!(matches!(next, Next::Refused(refusal) if refusal.code() == "bad.credentials"));
    let next = Scene::of("GET").answer(429, Some("181"), crate::fixture::TOO_MANY);
    assert!(matches!(next, Next::Refused(refusal) if refusal.code() == "too.many.requests.retry.after"));
}

#[test]
fn a_5xx_with_retry_after_is_returned_to_the_caller() {
    assert!(matches!(Scene::of("GET").answer(503, Some("1"), ""), Next::Refused(_)));
}

#[test]
fn after_401_the_token_is_refused_and_the_request_sent_again_whatever_its_method() {
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        for body in [BAD_CREDENTIALS, "", "<html>"] {
            let mut scene = Scene::of(method);
            assert_eq!(scene.answer(401, None, body), Next::SendWithNewToken, "{method} {body}");
            assert_eq!(scene.reported, 1);
            assert_eq!(scene.status(200), Next::Deliver);
        }
    }
}

#[test]
fn a_second_401_is_returned_and_reported_to_the_manager() {
    let mut scene = Scene::of("GET");
    assert_eq!(scene.status(401), Next::SendWithNewToken);
    assert!(matches!(scene.status(401), Next::Refused(_)));
    assert_eq!(scene.reported, 2);
    // Not even after another event in between.
    let mut scene = Scene::of("GET");
    assert_eq!(scene.status(401), Next::SendWithNewToken);
    assert!(matches!(scene.too_many("1"), Next::Wait { .. }));
    assert!(matches!(scene.status(401), Next::Refused(_)));
}

#[test]
fn without_another_token_401_is_delivered() {
    let mut scene = Scene::of("GET");
    scene.another = false;
    assert!(matches!(scene.status(401), Next::Refused(_)));
    assert_eq!(scene.reported, 1);
}

#[test]
fn a_one_shot_body_is_not_sent_again_but_the_token_is_refused() {
    let mut scene = Scene::with(Replay::of_method("POST").one_shot_body(), Limits::DEFAULT);
    assert!(matches!(scene.status(401), Next::Refused(_)));
    assert_eq!(scene.reported, 1);
}

#[test]
fn a_401_for_another_cause_is_returned_to_the_caller() {
    let mut scene = Scene::of("GET");
    assert!(matches!(scene.answer(401, None, FORBIDDEN_ADDRESS), Next::Refused(_)));
    assert_eq!(scene.reported, 0);
}

#[test]
fn once_the_deadline_has_come_401_is_delivered() {
    for (passed, again) in [(9, true), (10, false), (11, false)] {
        let mut scene = Scene::within(10);
        scene.now = scene.now + crate::fixture::secs(passed);
        assert_eq!(scene.status(401) == Next::SendWithNewToken, again, "{passed}");
        assert_eq!(scene.reported, 1);
    }
}

#[test]
fn responses_of_the_api_that_count_as_a_use() {
    for (status, used) in
        [(200, true), (204, true), (400, true), (401, false), (403, true), (404, true), (429, true)]
    {
        assert_eq!(Call::counts_as_use(&ResponseHead::new(status)), used, "{status}");
    }
    for status in [0, 101, 500, 502, 503, 504] {
        assert!(!Call::counts_as_use(&ResponseHead::new(status)), "{status}");
    }
}

#[test]
fn only_a_refused_token_is_shown_with_the_hint_at_the_region() {
    for (status, body, hint) in
        [(401, BAD_CREDENTIALS, true), (401, FORBIDDEN_ADDRESS, false), (404, "", false)]
    {
        let refusal = api_refusal(&ResponseHead::new(status), body.as_bytes());
        let shown = RefusedCall(&refusal).to_string();
        assert!(shown.starts_with(&refusal.to_string()), "{shown}");
        assert_eq!(shown.contains("of one region"), hint, "{shown}");
    }
}
