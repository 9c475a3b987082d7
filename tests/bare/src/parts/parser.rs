//! The parser: bytes to a token response or an error.

use core::hint::black_box;
use core::mem;

use genesys_token_core::wire::{ExchangeError, ResponseHead, TokenResponse, parse_token_response};

use crate::input;
use crate::room::{enter, leave};

/// Through a pointer, so that it has a frame of its own.
type Parse = for<'b> fn(&ResponseHead, &'b mut [u8]) -> Result<TokenResponse<'b>, ExchangeError>;
const PARSE: Parse = parse_token_response;

/// To the end, when no byte of the body is left.
pub fn parser() {
    let (parse, head, body) = (black_box(PARSE), ResponseHead::new(200), input::body());
    enter();
    let parsed = parse(black_box(&head), body);
    use_it(&parsed);
    drop(parsed);
    leave("parse-and-wipe");
}

/// To the moment when the values are there.
pub fn parser_without_wiping() {
    let (parse, head, body) = (black_box(PARSE), ResponseHead::new(200), input::body());
    enter();
    let parsed = parse(black_box(&head), body);
    use_it(&parsed);
    leave("parse");
    mem::forget(parsed);
}

#[inline(always)]
fn use_it(parsed: &Result<TokenResponse<'_>, ExchangeError>) {
    match parsed {
        Ok(response) => {
            black_box((response.access_token_bytes(), response.expires_in()));
        }
        Err(error) => {
            black_box(error);
        }
    }
}
