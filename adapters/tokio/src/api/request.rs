//! A request to the Platform API.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use genesys_token_core::call::{Limits, Replay};
use genesys_token_core::time;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use super::error::ApiError;
use crate::transport::{ACCEPT_ENCODING, Outgoing, USER_AGENT};

/// Default of the longest response body, in bytes.
const RESPONSE_MAX: usize = 1024 * 1024;

/// A request to the Platform API, without the access token, which [`TokenClient::api`](crate::TokenClient::api) adds.
#[derive(Clone)]
#[must_use]
pub struct ApiRequest {
    method: Method,
    target: Option<Uri>,
    headers: HeaderMap,
    body: Bytes,
    idempotent: bool,
    rate_limit_wait: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) response_max: usize,
    pub(super) counts_as_use: bool,
}

impl ApiRequest {
    /// Creates a request for this path and query, such as `/api/v2/users?pageSize=25`, percent-encoded where needed.
    ///
    /// An invalid path is an error of [`TokenClient::api`](crate::TokenClient::api), so that this function cannot fail.
    pub fn new(method: Method, path: &str) -> Self {
        let target = path.starts_with('/').then(|| Uri::builder().path_and_query(path).build().ok());
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT_ENCODING, ACCEPT_ENCODING);
        headers.insert(header::USER_AGENT, USER_AGENT);
        Self {
            method,
            target: target.flatten(),
            headers,
            body: Bytes::new(),
            idempotent: false,
            rate_limit_wait: None,
            timeout: None,
            deadline: None,
            response_max: RESPONSE_MAX,
            counts_as_use: true,
        }
    }

    /// Creates a GET request for this path.
    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// Sets a JSON body. Its bytes are shared, not copied, when the request is sent again.
    pub fn json(self, body: impl Into<Bytes>) -> Self {
        self.body(HeaderValue::from_static("application/json"), body)
    }

    /// Sets a body of this media type.
    pub fn body(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, content_type);
        self.body = body.into();
        self
    }

    /// Sets a header, replacing others of its name. The client sets `Host`, `Authorization`, `Connection`, `Content-Length` and
    /// `Transfer-Encoding`: values of the caller are overwritten or removed. `Accept-Encoding` is `identity` unless it is set here:
    /// response bodies are not decoded.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Marks the request as idempotent although its method is not (RFC 9110 section 9.2.2): it may be
    /// sent again when its connection is lost.
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Limits the time for one attempt: connection, request and complete response. Default: the builder's `total_timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the deadline of the whole call, including the wait for a token, all attempts and all waits between them. A wait that would
    /// reach it is not begun. Default: the builder's [`call_timeout`](crate::TokenClientBuilder::call_timeout).
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Limits the time spent on waits for the rate limit. Default: the builder's
    /// [`rate_limit_wait`](crate::TokenClientBuilder::rate_limit_wait); with zero each 429 is returned to the caller.
    pub fn rate_limit_wait(mut self, longest: Duration) -> Self {
        self.rate_limit_wait = Some(longest);
        self
    }

    /// Limits the length of the response body, in bytes. Default: 1 MiB.
    pub fn response_max(mut self, bytes: usize) -> Self {
        self.response_max = bytes;
        self
    }

    /// Marks a request that does not reset the inactivity timer of the token.
    pub(super) fn without_use(mut self) -> Self {
        self.counts_as_use = false;
        self
    }

    pub(super) fn replay(&self) -> Replay {
        let replay = Replay::of_method(self.method.as_str());
        if self.idempotent { replay.idempotent() } else { replay }
    }

    /// Returns the limits of the call; `rate_limit_wait` is the client's default.
    pub(super) fn limits(&self, deadline: time::Instant, rate_limit_wait: Option<Duration>) -> Limits {
        let mut limits = Limits::DEFAULT;
        limits.deadline = deadline;
        if let Some(longest) = self.rate_limit_wait.or(rate_limit_wait) {
            limits.rate_limit_wait = longest.into();
        }
        limits
    }

    /// Checks what [`outgoing`](Self::outgoing) would refuse, before a token is obtained for it.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if self.target.is_some() { Ok(()) } else { Err(ApiError::Path) }
    }

    /// Returns what is sent, with this `Authorization`.
    pub(super) fn outgoing(&self, authorization: HeaderValue) -> Result<Outgoing, ApiError> {
        let mut headers = self.headers.clone();
        for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
            headers.remove(name);
        }
        headers.insert(header::AUTHORIZATION, authorization);
        // hyper sends no Content-Length for an empty body. For methods with content it should be sent (RFC 9110 section 8.6).
        if self.body.is_empty() && matches!(self.method, Method::POST | Method::PUT | Method::PATCH) {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(Outgoing {
            method: self.method.clone(),
            target: self.target.clone().ok_or(ApiError::Path)?,
            headers,
            body: self.body.clone(),
        })
    }
}

/// Shows neither headers nor query nor body: they may contain personal data.
impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("method", &self.method)
            .field("path", &self.target.as_ref().map(Uri::path))
            .field("body_len", &self.body.len())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
