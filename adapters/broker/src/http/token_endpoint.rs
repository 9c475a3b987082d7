//! `POST /oauth/token`: the client credentials grant of RFC 6749 section 4.4.

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header;
use hyper::{Method, Request, Response};
use zeroize::Zeroizing;

use super::awaited_token::token_of;
use super::credentials::{self, Pair};
use super::reply::{self, ReplyBody};
use super::token::success;
use crate::config::Access;
use crate::peer::Peer;
use crate::registry::Registry;

/// The longest request body, in bytes: more than any request of this grant needs.
const BODY_MAX: usize = 8 * 1024;

pub(super) async fn answer(
    registry: &Registry,
    request: Request<Incoming>,
    peer: &Peer,
) -> Response<ReplyBody> {
    if request.method() != Method::POST {
        return reply::method_not_allowed("POST");
    }
    let (head, body) = request.into_parts();
    let media_type =
        head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return invalid("the Content-Type must be application/x-www-form-urlencoded");
    }
    let body = match tokio::time::timeout(
        registry.limits.idle_timeout,
        Limited::new(body, BODY_MAX).collect(),
    )
    .await
    {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return reply::problem(413, "invalid_request", "the body is longer than 8 KiB");
        }
        Ok(Err(_)) | Err(_) => return reply::problem(408, "invalid_request", "the body did not arrive"),
    };
    let form = match Form::parse(&body) {
        Ok(form) => form,
        Err(description) => return invalid(description),
    };
    let consumer = match (head.headers.contains_key(header::AUTHORIZATION), form.client) {
        (true, Some(_)) => {
            return invalid(
                "client credentials are in the Authorization header and in the body: send one of both",
            );
        }
        (false, Some(pair)) => credentials::of_pairs(registry, &[pair]),
        _ => credentials::consumer(registry, &head.headers, peer, None),
    };
    let consumer = match consumer {
        Ok(consumer) => consumer,
        Err(refusal) => return refusal,
    };
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            return reply::problem(
                400,
                "unsupported_grant_type",
                "the broker serves the client credentials grant only",
            );
        }
        None => return invalid("grant_type is missing"),
    }
    match token_of(registry, &consumer).await {
        Ok(token) => {
            let expires_in = token.expires_in().as_secs();
            reply::json_text(
                200,
                match consumer.config.access {
                    Access::Token => success(token.expose(), expires_in, false),
                    Access::Forward => success(&registry.token_of(&consumer), expires_in, false),
                },
            )
        }
        Err(unavailable) => unavailable,
    }
}

fn invalid(description: &str) -> Response<ReplyBody> {
    reply::problem(400, "invalid_request", description)
}

/// The parameters that are used. Unknown ones are ignored (RFC 6749 section 3.2).
struct Form {
    grant_type: Option<String>,
    client: Option<Pair>,
}

impl Form {
    fn parse(body: &Bytes) -> Result<Self, &'static str> {
        let (mut grant_type, mut id, mut secret) = (None, None, None);
        for (name, value) in form_urlencoded::parse(body) {
            let place = match &*name {
                "grant_type" => &mut grant_type,
                "client_id" => &mut id,
                "client_secret" => &mut secret,
                _ => continue,
            };
            if place.replace(Zeroizing::new(value.into_owned())).is_some() {
                return Err("a parameter is included more than once");
            }
        }
        let client = match (id, secret) {
            (Some(id), Some(secret)) => Some((id.to_string(), secret)),
            (None, Some(_)) => return Err("client_id is missing"),
            // A client id alone is not client authentication.
            _ => None,
        };
        Ok(Self { grant_type: grant_type.map(|text| text.to_string()), client })
    }
}
