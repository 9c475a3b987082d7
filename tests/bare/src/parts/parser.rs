//! The parser: bytes to a token response or an error.

use core::hint::black_box;
use core::mem;

use genesys_token_core::wire::{ExchangeError, ResponseHead, TokenResponse, parse_token_response};

use crate::input;
use crate::room::{caller, measure};

/// Through a pointer, so that it has a frame of its own.
pub(super) type Parse = for<'b> fn(&ResponseHead, &'b mut [u8]) -> Result<TokenResponse<'b>, ExchangeError>;

pub fn parser() {
    let parse: Parse = black_box(parse_token_response);
    let head = black_box(ResponseHead::new(200));
    // To the moment when the values are there ...
    let mut body = input::body();
    measure("parse", &mut || {
        let body = mem::take(&mut body);
        caller();
        mem::forget(used(parse(&head, body)));
    });
    // ... and to the end, when no byte of the body is left.
    let mut body = input::body();
    measure("parse-and-wipe", &mut || {
        let body = mem::take(&mut body);
        caller();
        drop(used(parse(&head, body)));
    });
}

#[inline(always)]
fn used<'b>(parsed: Result<TokenResponse<'b>, ExchangeError>) -> Result<TokenResponse<'b>, ExchangeError> {
    if let Ok(response) = &parsed {
        black_box((response.access_token(), response.expires_in()));
    }
    parsed
}
