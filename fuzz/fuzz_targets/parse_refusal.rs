//! A refusal of the token endpoint, compared with a second implementation of the rules for class and texts.
//!
//! The module `wire::refusal` has the rules as a table.
#![no_main]

use genesys_token_core::wire::{ExchangeError, parse_token_response};
use genesys_token_fuzz::json::Json;
use genesys_token_fuzz::response::Response;
use genesys_token_fuzz::token;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let response = Response::read(input);
    let head = response.head();
    let mut body = response.body.clone();
    let success = (200..300).contains(&response.status);
    let refusal = match parse_token_response(&head, &mut body) {
        Err(ExchangeError::Refused(refusal)) => refusal,
        // The target parse_token checks the other responses with status 2xx.
        _ if success => return Corpus::Reject,
        outcome => panic!("not a refusal, with status {}: {outcome:?}", response.status),
    };
    let members = Members::of(&response.body);
    let error = members.text("error");
    assert!(error.is_some() || !success);
    let described =
        ["error_description", "description", "message"].iter().find_map(|name| members.text(name));
    let code = error.or_else(|| members.text("code")).unwrap_or_default();
    token::check_redirected(&refusal, code, response.redirect_target(), described);
    assert_eq!(refusal.status(), response.status);
    assert_eq!(refusal.retry_after(), head.retry_after());
    let class =
        token::class(response.status, error.map(|error| token::kept_whole(error, 64)), refusal.description());
    assert_eq!(refusal.class(), class);
    let context_id = members.text("contextId").map_or("", |id| token::kept_whole(id, 64));
    let correlation_id = if head.correlation_id().is_empty() { context_id } else { head.correlation_id() };
    assert_eq!(refusal.correlation_id(), correlation_id);
    assert!(body.iter().all(|&byte| byte == 0), "the body was not wiped");
    Corpus::Keep
});

/// The members of a body that core can parse; `None` for any other body.
struct Members(Option<Json>);

impl Members {
    fn of(body: &[u8]) -> Self {
        let readable = |json: &Json| json.depth() <= 32 && json.members("error").len() <= 1;
        Self(Json::read(body).filter(readable))
    }

    /// Returns the first member of this name, if it is a string and not empty.
    fn text(&self, name: &str) -> Option<&str> {
        self.0.as_ref()?.first(name)?.as_str().filter(|text| !text.is_empty())
    }
}
