//! What responses and refusals have in common: status, text and JSON.

use genesys_token_core::wire::{Refusal, ResponseHead, api_refusal};
use http::StatusCode;

use crate::byte_order_mark;

pub(super) fn status(head: &ResponseHead) -> StatusCode {
    // It was received as one, so the fallback is never taken.
    StatusCode::from_u16(head.status()).unwrap_or_default()
}

pub(super) fn refusal(head: &ResponseHead, body: &[u8]) -> Refusal {
    api_refusal(head, without_mark(body))
}

/// Returns the text, or the offset of the first byte that is not UTF-8.
pub(super) fn text(body: &[u8]) -> Result<&str, usize> {
    std::str::from_utf8(without_mark(body)).map_err(|error| error.valid_up_to())
}

/// Returns the value, or line and column of what is not its JSON.
#[cfg(feature = "api-types")]
pub(super) fn json<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Result<T, (usize, usize)> {
    serde_json::from_slice(without_mark(body)).map_err(|error| (error.line(), error.column()))
}

/// Leaves out a byte order mark.
fn without_mark(body: &[u8]) -> &[u8] {
    body.get(byte_order_mark::length(body)..).unwrap_or_default()
}
