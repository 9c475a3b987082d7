//! Responses of the broker itself.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_tokio::{ForwardedBody, TransportError};
use http_body_util::Full;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{self, HeaderMap, HeaderValue};
use serde_json::{Value, json};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A response that is being made. In a box, because hyper keeps the memory of a request's future for the whole connection.
pub(crate) type Later<'h> = Pin<Box<dyn Future<Output = Response<ReplyBody>> + Send + 'h>>;

/// The body of a response.
pub(crate) enum ReplyBody {
    /// A body of the broker.
    Own(Full<Bytes>),
    /// A body of the service, streamed, with the permit of its request.
    Forwarded {
        /// The stream.
        body: ForwardedBody,
        /// Released when the whole body was sent, or the peer has closed the connection.
        _permit: crate::upstream::Permit,
    },
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        match self.get_mut() {
            Self::Own(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Forwarded { body, .. } => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(body) => body.is_end_stream(),
            Self::Forwarded { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(body) => body.size_hint(),
            Self::Forwarded { body, .. } => body.size_hint(),
        }
    }
}

pub(super) fn text(status: u16, text: impl Into<Bytes>) -> Response<ReplyBody> {
    with_type(status, TEXT, text)
}

pub(super) fn open_metrics(text: String) -> Response<ReplyBody> {
    with_type(
        200,
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
        text,
    )
}

pub(super) fn json(status: u16, value: &Value) -> Response<ReplyBody> {
    with_type(status, HeaderValue::from_static("application/json"), value.to_string())
}

pub(super) fn json_text(status: u16, text: String) -> Response<ReplyBody> {
    with_type(status, HeaderValue::from_static("application/json"), text)
}

/// Returns status 200. `memory`: the header fields of the request, whose memory the response uses.
pub(super) fn text_within(mut memory: HeaderMap, text: Bytes) -> Response<ReplyBody> {
    memory.clear();
    insert_fields(&mut memory, TEXT);
    let mut response = Response::new(ReplyBody::Own(Full::new(text)));
    *response.headers_mut() = memory;
    response
}

fn with_type(status: u16, content_type: HeaderValue, body: impl Into<Bytes>) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::Own(Full::new(body.into())));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    insert_fields(response.headers_mut(), content_type);
    response
}

fn insert_fields(headers: &mut HeaderMap, content_type: HeaderValue) {
    headers.insert(header::CONTENT_TYPE, content_type);
    // RFC 6749 section 5.1: a response that may contain a token must not be stored.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
}

/// Returns an error in the form of RFC 6749 section 5.2.
pub(super) fn problem(status: u16, error: &str, description: &str) -> Response<ReplyBody> {
    json(status, &json!({ "error": error, "error_description": printable(description) }))
}

/// Returns status 401 with the accepted scheme: client authentication failed (RFC 6749 section 5.2).
pub(super) fn invalid_client(description: &str) -> Response<ReplyBody> {
    let mut response = problem(401, "invalid_client", description);
    let challenge = HeaderValue::from_static("Basic realm=\"genesys-token-broker\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// Returns the error for a valid request when there is no token now.
pub(super) fn unavailable(status: u16, description: &str, retry_after: Duration) -> Response<ReplyBody> {
    let mut response = problem(status, "temporarily_unavailable", description);
    let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    response
}

pub(super) fn method_not_allowed(allowed: &'static str) -> Response<ReplyBody> {
    let mut response = problem(405, "invalid_request", &format!("use {allowed}"));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Replaces characters that RFC 6749 section 5.2 does not permit in a description.
fn printable(text: &str) -> String {
    let permitted = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    text.chars().map(|c| if permitted(c) { c } else { '\'' }).collect()
}
