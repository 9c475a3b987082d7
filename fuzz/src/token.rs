//! Rules for tokens and refusals, independent of the format they were parsed from.

use genesys_token_core::wire::{ExchangeError, Refusal, RefusalClass};

/// Returns whether this is a `b64token` (RFC 6750 section 2.1).
pub fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c))
}

/// Returns whether this consists of visible ASCII and spaces.
pub fn is_visible(text: &str) -> bool {
    text.chars().all(|c| c == ' ' || c.is_ascii_graphic())
}

/// Returns the text if it is visible and fits, else an empty one: codes and correlation ids are stored this way.
pub fn kept_whole(text: &str, capacity: usize) -> &str {
    if text.len() <= capacity && is_visible(text) { text } else { "" }
}

/// Compares the stored parts of an OAuth error with those that were sent.
pub fn check_refusal(refusal: &Refusal, error: &str, description: Option<&str>) {
    assert_eq!(refusal.code(), kept_whole(error, 64));
    let cleaned = description
        .unwrap_or_default()
        .chars()
        .map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' });
    let kept: String = cleaned.clone().take(128).collect();
    assert_eq!(refusal.description(), kept);
    assert_eq!(refusal.description_was_cut(), cleaned.count() > 128);
    check_message(refusal);
}

/// Checks the message of a refusal: one line that contains its parts, and the same from the error that carries it.
pub fn check_message(refusal: &Refusal) {
    let shown = refusal.to_string();
    assert!(is_visible(&shown), "not one line of visible characters: {shown:?}");
    for part in [refusal.code(), refusal.description(), refusal.correlation_id()] {
        assert!(shown.contains(part), "{part:?} is missing in {shown:?}");
    }
    if refusal.status() != 0 {
        assert!(shown.contains(&refusal.status().to_string()));
    }
    if let Some(span) = refusal.retry_after() {
        assert!(shown.contains(&span.to_string()));
    }
    assert_eq!(ExchangeError::from(refusal.clone()).to_string(), shown);
    assert!(format!("{refusal:?}").starts_with("Refusal"));
}

/// Returns the class of a refusal of the token endpoint; `error` is `None` if it could not be parsed.
pub fn class(status: u16, error: Option<&str>, description: &str) -> RefusalClass {
    if status == 429 {
        return RefusalClass::RateLimited;
    }
    if status == 408 || status / 100 == 5 {
        return RefusalClass::Unavailable;
    }
    let Some(error) = error else {
        return match status {
            400 => RefusalClass::Request,
            401 => RefusalClass::Credentials,
            _ => RefusalClass::Unexpected,
        };
    };
    match error {
        "invalid_request" if description.to_ascii_lowercase().starts_with("rate limit exceeded") => {
            RefusalClass::RateLimited
        }
        "invalid_request" | "unsupported_grant_type" | "unsupported_response_type" => RefusalClass::Request,
        "invalid_client" => RefusalClass::Credentials,
        "unauthorized_client" => RefusalClass::ClientNotAllowed,
        "invalid_grant" => RefusalClass::Grant,
        "invalid_scope" => RefusalClass::Scope,
        "server_error" | "temporarily_unavailable" => RefusalClass::Unavailable,
        _ => RefusalClass::Unexpected,
    }
}

/// Returns the class of a refusal of the Platform API.
pub fn api_class(status: u16, code: &str) -> RefusalClass {
    match status {
        429 => RefusalClass::RateLimited,
        408 | 500..=599 => RefusalClass::Unavailable,
        400..=499 if code == "ip.not.authorized" => RefusalClass::ClientNotAllowed,
        401 => RefusalClass::AccessToken,
        403 => RefusalClass::Scope,
        400..=499 => RefusalClass::Request,
        _ => RefusalClass::Unexpected,
    }
}
