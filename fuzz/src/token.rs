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
    check_description(refusal, description);
    check_code(refusal, error);
}

/// As [`check_refusal`], for a response with a redirect's target, which is stored instead of the description.
pub fn check_redirected(refusal: &Refusal, error: &str, target: Option<&[u8]>, description: Option<&str>) {
    match target.map(std::str::from_utf8) {
        None => check_description(refusal, description),
        Some(Ok(target)) => {
            assert_eq!(refusal.description(), cleaned(target).take(128).collect::<String>());
        }
        // How many characters other bytes are is not defined.
        Some(Err(_)) => assert!(is_visible(refusal.description())),
    }
    check_code(refusal, error);
}

/// Replaces every character that is neither visible ASCII nor a space.
fn cleaned(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' })
}

fn check_description(refusal: &Refusal, description: Option<&str>) {
    let description = description.unwrap_or_default();
    assert_eq!(refusal.description(), cleaned(description).take(128).collect::<String>());
    assert_eq!(refusal.description_was_cut(), cleaned(description).count() > 128);
}

fn check_code(refusal: &Refusal, error: &str) {
    assert_eq!(refusal.code(), kept_whole(error, 64));
    assert_eq!(refusal.code_bytes(), refusal.code().as_bytes());
    assert_eq!(refusal.description_bytes(), refusal.description().as_bytes());
    assert_eq!(refusal.correlation_id_bytes(), refusal.correlation_id().as_bytes());
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
