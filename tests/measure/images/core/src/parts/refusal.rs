//! Refusals: response headers, the refusals of the token endpoint and the Platform API, and the messages of errors.

use core::fmt::{self, Write};
use core::hint::black_box;

use genesys_token_core::wire::{ExchangeError, Refusal, ResponseHead, api_refusal, parse_token_response};

use crate::input;
use crate::measurement::{finish, start};

pub fn refusal() {
    let body = input::body();
    start();
    let refusal = api_refusal(&head(), black_box(body));
    use_it(&refusal);
    finish("api-refusal");
}

/// The messages, which a device without console and log does not need.
pub fn messages() {
    let body = input::body();
    start();
    if let Err(error) = parse_token_response(&head(), black_box(body)) {
        if let ExchangeError::Refused(refusal) = &error {
            black_box((refusal.code(), refusal.description(), refusal.correlation_id()));
        }
        show(&error);
    }
    finish("token-refusal-shown");
}

fn head() -> ResponseHead {
    let mut head = black_box(ResponseHead::new(400));
    head.header(black_box(b"retry-after"), black_box(b"42"));
    head
}

fn use_it(refusal: &Refusal) {
    black_box((refusal.class(), refusal.status(), refusal.retry_after()));
    black_box((refusal.code_bytes(), refusal.description_bytes(), refusal.correlation_id_bytes()));
}

/// A writer that discards text.
struct Sink;

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}

/// Formats a value with `Display`.
fn show(value: &dyn fmt::Display) {
    let shown = write!(Sink, "{value}");
    let _ = black_box(shown);
}
