//! `GET /token`: the token of the consumer, as text or JSON, for scripts.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};
use hyper::{Method, Request, Response};
use zeroize::Zeroizing;

use super::awaited_token::token_of;
use super::credentials;
use super::reply::{self, ReplyBody};
use crate::config::Access;
use crate::peer::Peer;
use crate::registry::Registry;

/// Returns the response to the most frequent request, `GET /token` without parameters by a known peer, if it needs no wait. `None`
/// leaves the request as it is, for [`answer`].
pub(super) fn answer_now(
    registry: &Registry,
    request: &mut Request<Incoming>,
    peer: &Peer,
) -> Option<Response<ReplyBody>> {
    if request.method() != Method::GET || *request.uri() != "/token" {
        return None;
    }
    let headers = request.headers();
    if headers.contains_key(header::AUTHORIZATION) || accepts_json(headers) {
        return None;
    }
    let consumer = registry.only_consumer_of(peer)?;
    if consumer.config.access != Access::Token {
        return None;
    }
    let line = consumer.upstream.token_line()?;
    Some(reply::text_within(std::mem::take(request.headers_mut()), line))
}

pub(super) async fn answer(
    registry: &Registry,
    request: &Request<Incoming>,
    peer: &Peer,
) -> Response<ReplyBody> {
    if request.method() != Method::GET {
        return reply::method_not_allowed("GET");
    }
    let query = request.uri().query().unwrap_or_default();
    let parameter = |name: &str| {
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let consumer =
        match credentials::consumer(registry, request.headers(), peer, parameter("client").as_deref()) {
            Ok(consumer) => consumer,
            Err(refusal) => return refusal,
        };
    let token = match token_of(registry, &consumer).await {
        Ok(token) => token,
        Err(unavailable) => return unavailable,
    };
    let own = (consumer.config.access == Access::Forward).then(|| registry.token_of(&consumer));
    let access_token = own.as_ref().map_or(token.expose(), |own| own.as_str());
    let expires_in = token.expires_in().as_secs();
    if parameter("format").as_deref() == Some("json") || accepts_json(request.headers()) {
        return reply::json_text(200, success(access_token, expires_in, true));
    }
    let mut text = Zeroizing::new(String::with_capacity(access_token.len() + 1));
    text.push_str(access_token);
    text.push('\n');
    reply::text(200, text.as_bytes().to_vec())
}

/// Returns a successful response of RFC 6749 section 5.1. Access tokens are `b64token` characters, which need no escaping in
/// JSON.
pub(super) fn success(access_token: &str, expires_in: u64, with_end: bool) -> String {
    let mut text = String::with_capacity(access_token.len() + 128);
    // Writing to a String does not fail.
    let _ = write!(
        text,
        "{{\"access_token\":\"{access_token}\",\"token_type\":\"bearer\",\"expires_in\":{expires_in}"
    );
    if with_end {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let _ = write!(text, ",\"expires_at\":{}", now + expires_in);
    }
    text.push('}');
    text
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|range| {
        range.trim().split(';').next().is_some_and(|range| range.eq_ignore_ascii_case("application/json"))
    })
}
