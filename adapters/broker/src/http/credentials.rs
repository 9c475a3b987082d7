//! Authentication of consumers: by Unix credentials, by local id and secret, or by broker token.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Response;
use hyper::header::{self, HeaderMap};
use zeroize::Zeroizing;

use super::reply::{self, ReplyBody};
use crate::peer::Peer;
use crate::registry::{Consumer, Registry};

/// A client id with its secret.
pub(super) type Pair = (String, Zeroizing<String>);

/// Returns the consumer that sent a request.
///
/// If the request has credentials they decide, otherwise the Unix peer does. `client` selects among several consumers of a peer.
pub(super) fn consumer(
    registry: &Registry,
    headers: &HeaderMap,
    peer: &Peer,
    client: Option<&str>,
) -> Result<Arc<Consumer>, Response<ReplyBody>> {
    match headers.get(header::AUTHORIZATION) {
        None => of_peer(registry, peer, client),
        Some(value) => {
            let text = value.to_str().unwrap_or_default();
            if let Some(token) = after_scheme(text, "Bearer") {
                return of_bearer(registry, peer, token).ok_or_else(refused_token);
            }
            match basic(text) {
                Some(candidates) => of_pairs(registry, &candidates),
                None => Err(reply::problem(
                    400,
                    "invalid_request",
                    "the Authorization header is neither Basic nor Bearer",
                )),
            }
        }
    }
}

/// Returns the consumer of a token: one of the broker's own, or, for a known peer, the service's token that it received.
fn of_bearer(registry: &Registry, peer: &Peer, token: &str) -> Option<Arc<Consumer>> {
    let own = registry.consumer_of_token(token);
    let known = || registry.consumers_of(peer).into_iter().find(|consumer| consumer.holds(token));
    own.or_else(known).cloned()
}

/// Returns the consumer with one of these pairs.
pub(super) fn of_pairs(
    registry: &Registry,
    candidates: &[Pair],
) -> Result<Arc<Consumer>, Response<ReplyBody>> {
    registry.authenticate(candidates).cloned().ok_or_else(|| {
        reply::invalid_client(
            "client authentication failed: the consumer id or its secret is wrong; compare `id` and `secret_sha256` in the broker's configuration",
        )
    })
}

/// Returns the consumer of a peer without credentials.
pub(super) fn of_peer(
    registry: &Registry,
    peer: &Peer,
    client: Option<&str>,
) -> Result<Arc<Consumer>, Response<ReplyBody>> {
    if client.is_none()
        && let Some(only) = registry.only_consumer_of(peer)
    {
        return Ok(only.clone());
    }
    let mut found = registry.consumers_of(peer);
    if let Some(client) = client {
        found.retain(|consumer| consumer.config.client == client || *consumer.name == *client);
    }
    match (found.as_slice(), peer) {
        ([one], _) => Ok((*one).clone()),
        ([], Peer::Unix { uid, .. }) => Err(reply::problem(
            403,
            "unauthorized_client",
            &format!("user {uid} is no consumer of this broker: add it to `users` or `groups` of a consumer"),
        )),
        ([], Peer::Tcp(_)) => Err(reply::invalid_client("over TCP a consumer has to send its id and secret")),
        (_, _) => Err(reply::problem(
            400,
            "invalid_request",
            "this user is several consumers: name one with ?client=NAME, or send its id and secret",
        )),
    }
}

fn refused_token() -> Response<ReplyBody> {
    let mut response = reply::problem(
        401,
        "invalid_token",
        "the token is not one of this broker's, or was replaced: log in again; over TCP a consumer needs access = \"forward\"",
    );
    let challenge = header::HeaderValue::from_static("Bearer error=\"invalid_token\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// Returns the readings of Basic credentials: literal as in RFC 7617, which the official SDKs use, and form-decoded as RFC 6749
/// section 2.3.1 requires. `None` if it is not Basic, or malformed.
pub(super) fn basic(authorization: &str) -> Option<Vec<Pair>> {
    let encoded = after_scheme(authorization, "Basic")?;
    let decoded = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    let text = std::str::from_utf8(&decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let literal = (id.to_owned(), Zeroizing::new(secret.to_owned()));
    let form = (form_decoded(id)?.to_string(), form_decoded(secret)?);
    Some(if form == literal { vec![literal] } else { vec![literal, form] })
}

fn after_scheme<'t>(authorization: &'t str, scheme: &str) -> Option<&'t str> {
    let (name, rest) = authorization.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim_matches(' '))
}

fn form_decoded(text: &str) -> Option<Zeroizing<String>> {
    if !text.contains(['%', '+']) {
        return Some(Zeroizing::new(text.to_owned()));
    }
    // An unencoded ampersand would begin another pair.
    let escaped = Zeroizing::new(text.replace('&', "%26").replace('=', "%3D"));
    form_urlencoded::parse(escaped.as_bytes()).next().map(|(name, _)| Zeroizing::new(name.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(id: &str, secret: &str) -> Vec<(String, String)> {
        let value = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let pairs = basic(&value).expect("Basic credentials");
        pairs.into_iter().map(|(id, secret)| (id, secret.to_string())).collect()
    }

    #[test]
    fn basic_credentials_are_read_literally_and_form_decoded() {
        let pair = |id: &str, secret: &str| (id.to_owned(), secret.to_owned());
        assert_eq!(readings("id", "secret"), [pair("id", "secret")]);
        assert_eq!(readings("a%2Db", "c+d%25"), [pair("a%2Db", "c+d%25"), pair("a-b", "c d%")]);
        assert_eq!(readings("id", "a:b"), [pair("id", "a:b")], "RFC 7617: only the id may not hold a colon");
        assert_eq!(readings("id", "a&b=c%20"), [pair("id", "a&b=c%20"), pair("id", "a&b=c ")]);
    }

    #[test]
    fn anything_else_is_not_basic() {
        for value in ["", "Basic", "Basic !", "Bearer abc", "Basic YWJj"] {
            assert!(basic(value).is_none(), "{value}");
        }
    }
}
