//! A request to the Platform API.

use core::fmt;

use embassy_time::{Duration, Instant};
use genesys_token_core::call::{Limits, Replay};
use genesys_token_core::time::Instant as CoreInstant;

use crate::USER_AGENT;
use crate::time;
use genesys_token_http::{Method, Request};

/// Headers of the caller's own.
const HEADERS_MAX: usize = 6;

/// A request to the Platform API, without the access token: [`TokenClient::api`](crate::TokenClient::api) adds that.
///
/// Everything is borrowed and sent as it is.
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
    /// A request for this path with its query, such as `/api/v2/users?pageSize=25`, percent-encoded where needed.
    ///
    /// A path that is none is an error of [`TokenClient::api`](crate::TokenClient::api), so that nothing needs to be
    /// unwrapped here.
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

    /// `GET` of this path.
    pub const fn get(path: &'a str) -> Self {
        Self::new(Method::Get, path)
    }

    /// With a body in JSON.
    pub const fn json(self, body: &'a [u8]) -> Self {
        self.body("application/json", body)
    }

    /// With a body of this media type.
    pub const fn body(mut self, content_type: &'a str, body: &'a [u8]) -> Self {
        self.body = Some((content_type, body));
        self
    }

    /// With this header, which must not be a secret. Six at most. `Accept` is `application/json` unless given; `Host`,
    /// `Authorization` and what tells the length of the body are the client's, and an error here.
    pub fn header(mut self, name: &'a str, value: &'a str) -> Self {
        match self.headers.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some((name, value)),
            None => self.too_many_headers = true,
        }
        self
    }

    /// Twice does no harm, although the method is not idempotent by itself (RFC 9110 section 9.2.2): the request may be
    /// sent again when its connection is lost.
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Time for one attempt: connecting, sending, and the whole response.
    /// [`Settings::total_timeout`](crate::Settings::total_timeout) unless set.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// When the whole call has to be over, with the wait for a token and for other calls, all attempts and all waits
    /// between them. It is an error then, and a wait that would reach it is not begun. None unless set.
    pub const fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Longest time spent on waits for the rate limit. 180 s unless set ([`Limits`]); zero gives each 429 to the caller.
    pub const fn rate_limit_wait(mut self, longest: Duration) -> Self {
        self.rate_limit_wait = Some(longest);
        self
    }

    /// The service does not take it for a use of the token.
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

    /// Those of the caller with those of this crate.
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

/// Without headers, query and body: all may hold what is nobody's business.
impl fmt::Debug for ApiRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next())
            .field("body_len", &self.body.map_or(0, |(_, body)| body.len()))
            .finish_non_exhaustive()
    }
}
