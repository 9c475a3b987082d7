//! What responses and refusals have in common: status, text and JSON.

use genesys_token_core::wire::ResponseHead;
use http::StatusCode;

use super::error::ApiError;

pub(super) fn status(head: &ResponseHead) -> StatusCode {
    // It was received as one, so the fallback is never taken.
    StatusCode::from_u16(head.status()).unwrap_or_default()
}

pub(super) fn text(body: &[u8]) -> Result<&str, ApiError> {
    std::str::from_utf8(without_mark(body)).map_err(|error| ApiError::Text { offset: error.valid_up_to() })
}

#[cfg(feature = "api-types")]
pub(super) fn json<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    serde_json::from_slice(without_mark(body))
        .map_err(|error| ApiError::Body { line: error.line(), column: error.column() })
}

/// Leaves out a byte order mark.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}
