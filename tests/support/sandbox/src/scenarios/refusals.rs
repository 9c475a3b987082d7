//! Refusals of the token endpoint or of a proxy in front of it.

use core::time::Duration;

use super::{Outcome, Recovery, Scenario};
use crate::behaviour::{Answer, Close, CutAt};
use crate::response::{Response, RetryAfter};

/// The `Retry-After` of these scenarios: short enough for a test.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) fn list() -> Vec<Scenario> {
    [with_error_code, rate_limits, without_error_code].into_iter().flat_map(|part| part()).collect()
}

fn with_error_code() -> Vec<Scenario> {
    let refusal = |error| Response::token_refusal(error, "no");
    let needs_intervention = [
        ("unknown client", Response::client_not_found(), "Credentials", "invalid_client"),
        ("wrong secret", Response::authentication_failed(), "Credentials", "invalid_client"),
        (
            "client of another grant",
            Response::unauthorized_client(),
            "ClientNotAllowed",
            "unauthorized_client",
        ),
        ("malformed request", refusal("invalid_request"), "Request", "invalid_request"),
        ("unsupported grant", refusal("unsupported_grant_type"), "Request", "unsupported_grant_type"),
        ("scope", refusal("invalid_scope"), "Scope", "invalid_scope"),
        // To client credentials, which cannot be used up: the client itself is refused.
        ("grant of a client", refusal("invalid_grant"), "ClientNotAllowed", "invalid_grant"),
    ];
    let unknown = Outcome::refused("Unexpected", 400, "new_error");
    let mut all = vec![Scenario::token("unknown error code", refusal("new_error"), [unknown])];
    all.extend(needs_intervention.into_iter().map(|(name, response, class, code)| {
        Scenario::token(name, response, [Outcome::refused(class, 400, code)])
            .with_recovery(Recovery::OnNewCredentials)
    }));
    all
}

fn rate_limits() -> Vec<Scenario> {
    let limited = [
        ("rate limit of the token endpoint", Response::token_rate_limited(), 400, "invalid_request", false),
        (
            "rate limit of the token endpoint with Retry-After",
            Response::token_rate_limited().retry_after(RetryAfter::Seconds(PAUSE.as_secs())),
            400,
            "invalid_request",
            true,
        ),
        ("429", Response::new(429), 429, "", false),
        (
            "429 with seconds",
            Response::new(429).retry_after(RetryAfter::Seconds(PAUSE.as_secs())),
            429,
            "",
            true,
        ),
        ("429 with a date", Response::new(429).retry_after(RetryAfter::DateIn(PAUSE)), 429, "", true),
        ("429 in HTML", Response::new(429).body("text/html", "<html>"), 429, "", false),
    ];
    limited
        .into_iter()
        .map(|(name, response, status, code, pauses)| {
            let not_before = if pauses { PAUSE } else { Duration::ZERO };
            Scenario::token(name, response, [Outcome::refused("RateLimited", status, code)])
                .with_recovery(Recovery::Automatic { not_before })
        })
        .collect()
}

fn without_error_code() -> Vec<Scenario> {
    let unavailable = |status| [Outcome::refused("Unavailable", status, "")];
    let refused = |name, status, class| {
        Scenario::token(name, Response::new(status), [Outcome::refused(class, status, "")])
            .with_recovery(Recovery::OnNewCredentials)
    };
    let unexpected = |name, response: Response| {
        let outcome = Outcome::refused("Unexpected", response.status, "");
        Scenario::token(name, response, [outcome])
    };
    vec![
        refused("400 without a body", 400, "Request"),
        refused("401 without a body", 401, "Credentials"),
        unexpected("403 in HTML", Response::new(403).body("text/html", "<html>")),
        unexpected("404", Response::new(404)),
        unexpected("a redirect", Response::new(302).header("Location", "https://localhost/")),
        Scenario::token("408", Response::new(408), unavailable(408)),
        Scenario::token("500 without a body", Response::new(500), unavailable(500)),
        Scenario::token("502 in HTML", Response::html_bad_gateway(), unavailable(502)),
        Scenario::token("503 without a body", Response::empty_unavailable(), unavailable(503)),
        Scenario::token(
            "503 with Retry-After",
            Response::empty_unavailable().retry_after(RetryAfter::Seconds(PAUSE.as_secs())),
            unavailable(503),
        )
        .with_recovery(Recovery::Automatic { not_before: PAUSE }),
        Scenario::token("504", Response::new(504), unavailable(504)),
        Scenario::token(
            "an oversized refusal keeps its status",
            Response::new(503).body("text/html", "x".repeat(super::responses::OVERSIZED)),
            unavailable(503),
        ),
        Scenario::token(
            "a refusal cut in the body keeps its status",
            Answer::from(Response::empty_unavailable().json(r#"{"error":"x"}"#))
                .cut(CutAt::Body(3), Close::Notify),
            unavailable(503),
        ),
        Scenario::token(
            "no body after the head of a refusal",
            Answer::from(Response::html_bad_gateway()).pausing_before_body(super::connections::ENDLESS),
            unavailable(502),
        )
        .with_deadline(),
    ]
}
