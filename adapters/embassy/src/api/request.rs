//! A request to the Platform API.

use core::fmt;

use embassy_time::{Duration, Instant};
use genesys_token_core::call::{Limits, Replay};
use genesys_token_core::time::Instant as CoreInstant;
use genesys_token_http::{Method, Request};

use crate::USER_AGENT;
use crate::time;

/// The caller's own headers.
const HEADERS_MAX: usize = 6;

/// A request to the Platform API, without the access token, which [`TokenClient::api`](crate::TokenClient::api) adds.
///
/// All values are borrowed and sent unchanged.
#[derive(Clone)]
#[must_use]
pub struct ApiRequest<'a> {
    method: Method,
    path: &'a str,
    headers: [Option<(&'a str, &'a str)>; HEADERS_MAX],
    body: Option<(&'a str, &'a [u8])>,
    idempotent: bool,
    too_many_headers: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    rate_limit_wait: Option<Duration>,
    pub(super) counts_as_use: bool,
}

impl<'a> ApiRequest<'a> {
    /// Returns a request for this path with its query, such as `/api/v2/users?pageSize=25`, percent-encoded where needed.
    ///
    /// An invalid path is an error of [`TokenClient::api`](crate::TokenClient::api), not of this function.
    pub const fn new(method: Method, path: &'a str) -> Self {
        Self {
            method,
            path,
            headers: [None; HEADERS_MAX],
            body: None,
            idempotent: false,
            too_many_headers: false,
            timeout: None,
            deadline: None,
            rate_limit_wait: None,
            counts_as_use: true,
        }
    }

    /// Returns a `GET` request for this path.
    pub const fn get(path: &'a str) -> Self {
        Self::new(Method::Get, path)
    }

    /// Sets a JSON body.
    pub const fn json(self, body: &'a [u8]) -> Self {
        self.body("application/json", body)
    }

    /// Sets a body with this media type.
    pub const fn body(mut self, content_type: &'a str, body: &'a [u8]) -> Self {
        self.body = Some((content_type, body));
        self
    }

    /// Adds a header, whose value must not be a secret. At most six. `Accept` is `application/json` unless added; `Host`,
    /// `Authorization` and the framing headers are set by the client, and are an error here.
    pub fn header(mut self, name: &'a str, value: &'a str) -> Self {
        match self.headers.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some((name, value)),
            None => self.too_many_headers = true,
        }
        self
    }

    /// Declares the request idempotent although its method is not (RFC 9110 section 9.2.2): it may be sent again when its connection
    /// is lost.
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Sets the timeout of one attempt: connecting, sending, and receiving the complete response.
    /// Default [`Settings::total_timeout`](crate::Settings::total_timeout).
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the deadline of the whole call: the waits for a token and for other calls, all attempts and all waits between them. When
    /// it passes the call fails, and a wait that would reach it is not begun. Default none.
    pub const fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the longest total wait for the rate limit. Default 180 s ([`Limits`]); with zero each 429 is returned to the caller.
    pub const fn rate_limit_wait(mut self, longest: Duration) -> Self {
        self.rate_limit_wait = Some(longest);
        self
    }

    /// The service does not count this request as a use of the token.
    pub(super) const fn without_use(mut self) -> Self {
        self.counts_as_use = false;
        self
    }

    pub(super) fn replay(&self) -> Replay {
        let replay = Replay::of_method(self.method.name());
        if self.idempotent { replay.idempotent() } else { replay }
    }

    pub(super) fn limits(&self, deadline: CoreInstant) -> Limits {
        let mut limits = Limits::DEFAULT;
        limits.deadline = deadline;
        if let Some(longest) = self.rate_limit_wait {
            limits.rate_limit_wait = time::core(longest);
        }
        limits
    }

    /// Returns the caller's headers and those of this crate.
    pub(super) fn all_headers(&self) -> Headers<'a> {
        let mut headers = Headers { all: [("", ""); HEADERS_MAX + 2], count: 0 };
        headers.add(("User-Agent", USER_AGENT));
        let names_accept = |header: &(&str, &str)| header.0.eq_ignore_ascii_case("accept");
        if !self.headers.iter().flatten().any(names_accept) {
            headers.add(("Accept", "application/json"));
        }
        for header in self.headers.iter().flatten() {
            headers.add(*header);
        }
        headers
    }

    pub(super) fn outgoing<'r>(&'r self, authority: &'r str, headers: &'r Headers<'a>) -> Request<'r> {
        let request = Request::new(self.method, authority, self.path).with_headers(headers.as_slice());
        match self.body {
            None => request,
            Some((content_type, body)) => request.with_body(content_type, body),
        }
    }

    pub(super) const fn has_too_many_headers(&self) -> bool {
        self.too_many_headers
    }
}

pub(super) struct Headers<'a> {
    all: [(&'a str, &'a str); HEADERS_MAX + 2],
    count: usize,
}

impl<'a> Headers<'a> {
    fn add(&mut self, header: (&'a str, &'a str)) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = header;
            self.count += 1;
        }
    }

    fn as_slice(&self) -> &[(&'a str, &'a str)] {
        self.all.get(..self.count).unwrap_or_default()
    }
}

/// Without headers, query and body, which may hold confidential data.
impl fmt::Debug for ApiRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next())
            .field("body_len", &self.body.map_or(0, |(_, body)| body.len()))
            .finish_non_exhaustive()
    }
}
