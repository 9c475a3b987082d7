//! The parser: bytes to a token response or an error.

use core::hint::black_box;
use core::mem;

use genesys_token_core::wire::{ExchangeError, ResponseHead, TokenResponse, parse_token_response};

use crate::input;
use crate::measurement::{finish, start};

/// Up to the point when no byte of the body is left.
pub fn parser() {
    let (head, body) = (ResponseHead::new(200), input::body());
    start();
    let parsed = parse_token_response(black_box(&head), black_box(body));
    use_it(&parsed);
    drop(parsed);
    finish("parse-and-wipe");
}

/// Up to the point when the values are known.
pub fn parser_without_wiping() {
    let (head, body) = (ResponseHead::new(200), input::body());
    start();
    let parsed = parse_token_response(black_box(&head), black_box(body));
    use_it(&parsed);
    finish("parse");
    mem::forget(parsed);
}

#[inline(always)]
fn use_it(parsed: &Result<TokenResponse<'_>, ExchangeError>) {
    match parsed {
        Ok(response) => {
            black_box((response.access_token_bytes(), response.expires_in()));
        }
        Err(ExchangeError::Refused(refusal)) => {
            black_box(refusal.class());
        }
        Err(_) => {}
    }
}
