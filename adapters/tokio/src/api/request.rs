//! A request to the Platform API.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use genesys_token_core::call::{Limits, Replay};
use genesys_token_core::time;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use super::ApiError;
use crate::transport::{Outgoing, USER_AGENT};

/// The longest response body unless set, in bytes.
const RESPONSE_MAX: usize = 1024 * 1024;

/// A request to the Platform API, without the access token: [`TokenClient::api`](crate::TokenClient::api) adds that.
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
    /// A request for this path with its query, such as `/api/v2/users?pageSize=25`, percent-encoded where needed.
    ///
    /// A path that is none is an error of [`TokenClient::api`](crate::TokenClient::api), so that nothing needs to be
    /// unwrapped here.
    pub fn new(method: Method, path: &str) -> Self {
        let target = path.starts_with('/').then(|| Uri::builder().path_and_query(path).build().ok());
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
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

    /// `GET` of this path.
    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// With a body in JSON. Its bytes are shared, not copied, when the request is sent again.
    pub fn json(self, body: impl Into<Bytes>) -> Self {
        self.body(HeaderValue::from_static("application/json"), body)
    }

    /// With a body of this media type.
    pub fn body(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, content_type);
        self.body = body.into();
        self
    }

    /// With this header in the place of any other of its name. `Host`, `Authorization`, `Connection` and what tells the length
    /// of the body are the client's: they are overwritten or left out.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Twice does no harm, although the method is not idempotent by itself (RFC 9110 section 9.2.2): the request may be
    /// sent again when its connection is lost.
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Time for one attempt: connecting, sending, and the whole response. The builder's `total_timeout` unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// When the whole call has to be over, with the wait for a token, all attempts and all waits between them. It is an
    /// error then, and a wait that would reach it is not begun. None unless set.
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Longest time spent on waits for the rate limit. 180 s unless set ([`Limits`]); zero gives each 429 to the caller.
    pub fn rate_limit_wait(mut self, longest: Duration) -> Self {
        self.rate_limit_wait = Some(longest);
        self
    }

    /// The longest response body accepted, in bytes. 1 MiB unless set.
    pub fn response_max(mut self, bytes: usize) -> Self {
        self.response_max = bytes;
        self
    }

    /// The service does not take it for a use of the token.
    pub(super) fn without_use(mut self) -> Self {
        self.counts_as_use = false;
        self
    }

    pub(super) fn replay(&self) -> Replay {
        let replay = Replay::of_method(self.method.as_str());
        if self.idempotent { replay.idempotent() } else { replay }
    }

    pub(super) fn limits(&self, deadline: time::Instant) -> Limits {
        let mut limits = Limits::DEFAULT;
        limits.deadline = deadline;
        if let Some(longest) = self.rate_limit_wait {
            limits.rate_limit_wait = longest.into();
        }
        limits
    }

    pub(super) fn outgoing(&self) -> Result<Outgoing, ApiError> {
        let mut headers = self.headers.clone();
        for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
            headers.remove(name);
        }
        // hyper says nothing of content that is not there. Where a method has content, servers may insist on hearing so
        // (RFC 9110 section 8.6).
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

/// Without headers, query and body: all may hold what is nobody's business.
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

impl Outgoing {
    pub(super) fn with_authorization(&self, value: HeaderValue) -> Self {
        let mut request = self.clone();
        request.headers.insert(header::AUTHORIZATION, value);
        request
    }
}
