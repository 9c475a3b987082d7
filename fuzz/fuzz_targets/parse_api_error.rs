//! A response of the Platform API: class and texts of the refusal, and the check whether its body is JSON.
#![no_main]

use genesys_token_core::wire::{ProtocolErrorKind, api_refusal, check_json, plain_json};
use genesys_token_fuzz::json::Json;
use genesys_token_fuzz::response::Response;
use genesys_token_fuzz::token;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let response = Response::read(input);
    let json = Json::read(&response.body);
    check(&response.body, json.as_ref());
    refuse(&response, json);
});

fn check(body: &[u8], json: Option<&Json>) {
    let mut plain = body.to_vec();
    let judged = plain_json(&mut plain, body.len());
    assert_eq!(judged.as_ref().err(), check_json(body).as_ref().err());
    if let Ok(plain) = judged {
        assert!(core::str::from_utf8(plain.text).is_ok() && plain.longest_escaped <= plain.text.len());
    }
    match check_json(body) {
        Ok(text) => {
            assert_eq!(text.as_bytes(), body);
            assert!(json.is_some_and(|json| json.depth() <= 32), "accepted JSON that the references refuse");
        }
        Err(error) => {
            let deep = json.is_some_and(|json| json.depth() > 32);
            assert!(json.is_none() || deep, "refused JSON that the references accept: {error}");
            let white = body.iter().all(|byte| b" \t\r\n".contains(byte));
            assert!(match error.kind {
                ProtocolErrorKind::Empty => white,
                ProtocolErrorKind::Incomplete | ProtocolErrorKind::Syntax => !white && !deep,
                ProtocolErrorKind::Depth => true,
                _ => false,
            });
            assert_eq!(error.status, 0);
            assert!(error.offset <= body.len(), "an offset beyond the body");
        }
    }
}

fn refuse(response: &Response, json: Option<Json>) {
    let readable = |json: &Json| json.depth() <= 32 && json.members("error").len() <= 1;
    let json = json.filter(readable);
    let text = |name: &str| json.as_ref()?.first(name)?.as_str().filter(|text| !text.is_empty());
    let head = response.head();
    let refusal = api_refusal(&head, &response.body);
    let described = ["error_description", "description", "message"].into_iter().find_map(text);
    let code = text("code").or_else(|| text("error")).unwrap_or_default();
    token::check_redirected(&refusal, code, response.redirect_target(), described);
    assert_eq!(refusal.status(), response.status);
    assert_eq!(refusal.class(), token::api_class(response.status, refusal.code()));
    assert_eq!(refusal.retry_after(), head.retry_after());
    check_head(response);
}

/// Checks the headers of a Platform API response that are passed on to the caller.
fn check_head(response: &Response) {
    let head = response.head();
    assert_eq!(head.status(), response.status);
    let only =
        |name: &str| response.only(name).map(|value| String::from_utf8_lossy(value).trim_ascii().to_owned());
    if let Some(id) = only("inin-correlation-id") {
        assert_eq!(head.correlation_id(), token::kept_whole(&id, 64));
    }
    let number = |name: &str| {
        let text = only(name)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let numbers = ["count", "allowed", "reset"].map(|name| number(&format!("inin-ratelimit-{name}")));
    if let (Some(limit), [Some(count), Some(allowed), Some(reset)]) = (head.rate_limit(), numbers) {
        assert_eq!((limit.count, limit.allowed, limit.reset.as_secs()), (count, allowed, u64::from(reset)));
    }
    assert!(format!("{head:?}").starts_with("ResponseHead"));
}
