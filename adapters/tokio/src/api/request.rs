//! A request to the Platform API.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use genesys_token_core::call::{Limits, Replay};
use genesys_token_core::time;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};

use super::error::ApiError;
use super::target::Target;
use crate::client::TokenClient;
use crate::origin::Origin;
use crate::transport::{ACCEPT_ENCODING, Content, Outgoing, USER_AGENT};

/// Headers of the message's framing and of its connection, which HTTP sets itself.
const OF_CONNECTION: [HeaderName; 3] =
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];
/// Default of the longest response body, in bytes.
const RESPONSE_MAX: usize = 1024 * 1024;

/// A request to the Platform API, without the access token, which [`TokenClient::api`](crate::TokenClient::api) adds.
#[derive(Clone)]
#[must_use]
pub struct ApiRequest {
    method: Method,
    target: Target,
    headers: HeaderMap,
    body: Bytes,
    fault: Option<Fault>,
    idempotent: bool,
    rate_limit_wait: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) response_max: usize,
    pub(super) counts_as_use: bool,
}

/// What is wrong with a request: found while it is built, reported when it is sent.
#[derive(Clone, Copy)]
enum Fault {
    Header,
    #[cfg(feature = "api-types")]
    Json,
}

impl ApiRequest {
    /// Creates a request for this path and query, such as `/api/v2/users?pageSize=25`, percent-encoded where needed.
    ///
    /// An invalid path is an error of [`TokenClient::api`](crate::TokenClient::api), so that this function cannot fail.
    pub fn new(method: Method, path: &str) -> Self {
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT_ENCODING, ACCEPT_ENCODING);
        headers.insert(header::USER_AGENT, USER_AGENT);
        Self {
            method,
            target: Target::of_path(path),
            headers,
            body: Bytes::new(),
            fault: None,
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

    /// Creates a POST request for this path.
    pub fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    /// Creates a PUT request for this path.
    pub fn put(path: &str) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Creates a PATCH request for this path.
    pub fn patch(path: &str) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Creates a DELETE request for this path.
    pub fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Appends a parameter to the query, percent-encoded (RFC 3986 section 2.1). May be called repeatedly, also with the same name.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.target.append(name, &value.to_string());
        self
    }

    /// Sets a JSON body from a value. A value that is no JSON, such as a map whose keys are no strings, is an error of
    /// [`TokenClient::api`](crate::TokenClient::api).
    #[cfg(feature = "api-types")]
    pub fn json(mut self, value: &impl serde::Serialize) -> Self {
        if let Some(body) = super::json::to_wiped_bytes(value) {
            return self.json_bytes(body);
        }
        self.fault = Some(Fault::Json);
        self
    }

    /// Sets a body that is JSON already. Its bytes are shared, not copied, when the request is sent again.
    pub fn json_bytes(self, body: impl Into<Bytes>) -> Self {
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
    ///
    /// Takes what `http` accepts: text, or its types. A name or a value that is not legal (RFC 9110 sections 5.1 and 5.5) is an error of
    /// [`TokenClient::api`](crate::TokenClient::api).
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        HeaderName: TryFrom<N>,
        HeaderValue: TryFrom<V>,
    {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.fault = Some(Fault::Header),
        }
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

    /// Returns the same request for this path and query, or absolute URI.
    #[cfg(feature = "stream")]
    pub(super) fn with_target(mut self, text: &str) -> Result<Self, ApiError> {
        self.target = Target::of_uri(text.parse().map_err(|_| ApiError::Path)?);
        Ok(self)
    }

    /// Returns the same request with this parameter in place of others of its name.
    #[cfg(feature = "stream")]
    pub(super) fn with_parameter(mut self, name: &str, value: &str) -> Self {
        self.target.replace(name, value);
        self
    }

    /// Returns the target, with the host if the caller or a page has named one.
    #[cfg(feature = "stream")]
    pub(super) fn target_text(&self) -> Option<String> {
        self.target.clone().into_uri().ok().map(|uri| uri.to_string())
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

    /// Checks the request before a token is obtained for it.
    pub(super) fn check(&self, client: &TokenClient) -> Result<(), ApiError> {
        self.check_fault()?;
        self.target.check(|uri| Origin::of_api(client).matches(uri))
    }

    fn check_fault(&self) -> Result<(), ApiError> {
        match self.fault {
            None => Ok(()),
            Some(Fault::Header) => Err(ApiError::Header),
            #[cfg(feature = "api-types")]
            Some(Fault::Json) => Err(ApiError::Serialize),
        }
    }

    /// Returns what is sent, with this `Authorization`.
    pub(super) fn outgoing(&self, authorization: HeaderValue) -> Result<Outgoing, ApiError> {
        self.with_headers(self.headers.clone(), authorization)
    }

    /// As [`outgoing`](Self::outgoing), with the headers of this request instead of copies: [`take_back`](Self::take_back) returns them.
    pub(super) fn lend(&mut self, authorization: HeaderValue) -> Result<Outgoing, ApiError> {
        let headers = std::mem::take(&mut self.headers);
        self.with_headers(headers, authorization)
    }

    /// Takes the headers back for another attempt, without the token, which may end before it.
    pub(super) fn take_back(&mut self, sent: Outgoing) {
        self.headers = sent.headers;
        self.headers.remove(header::AUTHORIZATION);
    }

    fn with_headers(&self, mut headers: HeaderMap, authorization: HeaderValue) -> Result<Outgoing, ApiError> {
        // Few requests have one of them.
        if headers.keys().any(|name| OF_CONNECTION.contains(name)) {
            for name in OF_CONNECTION {
                headers.remove(name);
            }
        }
        headers.insert(header::AUTHORIZATION, authorization);
        // hyper sends no Content-Length for an empty body. For methods with content it should be sent (RFC 9110 section 8.6).
        if self.body.is_empty() && matches!(self.method, Method::POST | Method::PUT | Method::PATCH) {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(Outgoing {
            method: self.method.clone(),
            target: self.target.origin_form()?.clone(),
            headers,
            body: Content::Whole(self.body.clone()),
        })
    }
}

/// Takes method, headers and body, and adds the default headers that are missing. An absolute URI must be an `https` one of the API host:
/// another is an error of [`TokenClient::api`](crate::TokenClient::api), and no token is sent. Version and extensions are left out.
impl<B: Into<Bytes>> From<Request<B>> for ApiRequest {
    fn from(request: Request<B>) -> Self {
        let (parts, body) = request.into_parts();
        let mut converted = Self::new(parts.method, "");
        converted.target = Target::of_uri(parts.uri);
        converted.headers.extend(parts.headers);
        converted.body = body.into();
        converted
    }
}

/// The request as it would be sent, without a token: with path and query as its URI, unless it was made from an absolute one.
///
/// # Errors
/// Those of the request, as [`TokenClient::api`](crate::TokenClient::api) would return them; the host is not compared.
impl TryFrom<ApiRequest> for Request<Bytes> {
    type Error = ApiError;

    fn try_from(request: ApiRequest) -> Result<Self, ApiError> {
        request.check_fault()?;
        let mut converted = Self::new(request.body);
        *converted.method_mut() = request.method;
        *converted.uri_mut() = request.target.into_uri()?;
        *converted.headers_mut() = request.headers;
        Ok(converted)
    }
}

/// Shows neither headers nor query nor body: they may contain personal data.
impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("method", &self.method)
            .field("path", &self.target.path())
            .field("body_len", &self.body.len())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
