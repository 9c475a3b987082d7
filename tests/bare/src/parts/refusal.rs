//! Refusals: those of the Platform API, and what all errors say to people.

use core::hint::black_box;
use core::mem;

use genesys_token_core::wire::{ResponseHead, api_refusal, parse_token_response};

use super::show;
use crate::input;
use crate::room::{caller, measure};

pub fn refusal() {
    let mut body = input::body();
    measure("token-refusal-shown", &mut || {
        caller();
        if let Err(error) = parse_token_response(&head(), mem::take(&mut body)) {
            show(&error);
        }
    });
    let body = input::body();
    measure("api-refusal-shown", &mut || {
        caller();
        show(&api_refusal(&head(), body));
    });
}

fn head() -> ResponseHead {
    let mut head = black_box(ResponseHead::new(400));
    head.header(black_box(b"retry-after"), black_box(b"42"));
    head
}
