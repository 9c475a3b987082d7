//! The authorised call, and the calls about the token itself.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use genesys_token_core::call::{Again, Call};
use genesys_token_core::time::{self, Instant};
use genesys_token_core::wire::{Refusal, RefusalClass, is_b64token};
use http::HeaderValue;
use zeroize::Zeroizing;

use super::body;
use super::error::{ApiError, ApiRefusal};
use super::request::ApiRequest;
use super::response::ApiResponse;
#[cfg(feature = "api-types")]
use super::types::TokenInfo;
use crate::client::TokenClient;
use crate::clock;
use crate::random;
use crate::secret::SecretString;
use crate::transport::{Incoming, Slot};

impl TokenClient {
    /// Sends a request with the access token to the API host, and returns the response if its status is 2xx.
    ///
    /// Core's [`Call`] decides what follows otherwise; its module has the table:
    ///
    /// - 401: the token is dropped, and the request is sent again once with a new one.
    /// - 429: the request is sent again after `Retry-After`, as long as all waits together do not exceed
    ///   [`rate_limit_wait`](ApiRequest::rate_limit_wait).
    /// - A connection that is lost before the response: the request is sent again if no byte of it was sent, or if its method is
    ///   idempotent and the connection was reused. A POST that may have arrived is not sent again.
    ///
    /// Concurrent calls use connections of their own (over HTTP/2 streams of one connection), which are kept for the next calls: see
    /// [`idle_connections`](crate::TokenClientBuilder::idle_connections) and
    /// [`concurrent_calls`](crate::TokenClientBuilder::concurrent_calls). A call beyond the latter waits for its turn, and while it waits
    /// for a rate limit others have theirs.
    ///
    /// # Errors
    /// [`ApiError`]; every other status is [`ApiError::Refused`], with the body.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection if a request is in flight (over HTTP/2 its stream); whether the service acts on that request
    /// is unknown then. The access token and other calls are not affected.
    pub async fn api(&self, mut request: ApiRequest) -> Result<ApiResponse, ApiError> {
        let left = self.time_left(&request);
        let deadline = left.map_or(Instant::FAR_FUTURE, |left| clock::now() + left.into());
        // Once in memory, with and without a deadline: thousands of calls may wait.
        let called = pin!(self.call(&mut request, deadline));
        match left {
            None => called.await,
            Some(left) => tokio::time::timeout(left, called).await.unwrap_or(Err(ApiError::Deadline)),
        }
    }

    /// Returns the time until the deadline of the call, if it has one.
    pub(super) fn time_left(&self, request: &ApiRequest) -> Option<Duration> {
        let until =
            |deadline: std::time::Instant| deadline.saturating_duration_since(std::time::Instant::now());
        request.deadline.map(until).or(self.shared().settings.call_timeout)
    }

    async fn call(&self, request: &mut ApiRequest, deadline: Instant) -> Result<ApiResponse, ApiError> {
        request.check(self)?;
        let mut call =
            Call::new(request.replay(), request.limits(deadline, self.shared().settings.rate_limit_wait));
        loop {
            let slot = self.shared().api.slot().await;
            // In memory of its own, so that a call that waits is small.
            // The response is no part of a call that waits either.
            let wait = match Box::pin(self.attempt(request, &mut call, slot)).await? {
                Attempt::Answered(response) => return Ok(response),
                Attempt::Again => None,
                Attempt::AfterRateLimit(wait) => Some(wait),
            };
            if let Some(wait) = wait {
                Box::pin(self.wait_for_rate_limit(wait)).await;
            }
        }
    }

    /// Sends the request once with the token, and again only where a connection had ended.
    async fn attempt(
        &self,
        request: &mut ApiRequest,
        call: &mut Call,
        slot: Slot,
    ) -> Result<Attempt, ApiError> {
        let api = &self.shared().api;
        let token = self.token().await?;
        let mut sent = request.lend(token.authorization_header_value())?;
        let response = {
            let sending = pin!(api.send(slot, &mut sent, call, self.timeout(request), request.response_max));
            sending.await?
        };
        if request.counts_as_use && Call::counts_as_use(&response.head) {
            self.record_use(&token);
        }
        // Most responses are: they need neither the time nor a random value.
        if Call::is_success(&response.head) {
            return complete(response).map(Attempt::Answered);
        }
        let refusal = body::refusal(&response.head, &response.body);
        request.take_back(sent);
        let (now, random) = (clock::now(), random::value());
        match call.refused(&refusal, now, random, || self.token_refused(&token)) {
            None => Err(refused(refusal, response, api.name()).into()),
            Some(Again::WithNewToken) => Ok(Attempt::Again),
            Some(Again::At(until)) => Ok(Attempt::AfterRateLimit(until.saturating_since(now))),
        }
    }

    /// Sends a request with this access token instead of the client's, for example to inspect a token from elsewhere. The request is
    /// sent once: there is no other token for it, and rate limits are not waited for.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::AccessToken`] if the text is not an access token.
    ///
    /// # Cancel safety
    /// As [`api`](Self::api).
    pub async fn api_with(
        &self,
        access_token: &SecretString,
        request: ApiRequest,
    ) -> Result<ApiResponse, ApiError> {
        let authorization = authorization_of(access_token).ok_or(ApiError::AccessToken)?;
        let sent = self.send_once(&request, authorization);
        let response = match self.time_left(&request) {
            Some(left) => tokio::time::timeout(left, sent).await.unwrap_or(Err(ApiError::Deadline))?,
            None => sent.await?,
        };
        complete(response)
    }

    /// Sends with a token that cannot be replaced.
    async fn send_once(
        &self,
        request: &ApiRequest,
        authorization: HeaderValue,
    ) -> Result<Incoming, ApiError> {
        request.check(self)?;
        let mut call = call_once(request);
        let mut outgoing = request.outgoing(authorization)?;
        let api = &self.shared().api;
        let slot = api.slot().await;
        let response = api.send(slot, &mut outgoing, &mut call, self.timeout(request), request.response_max);
        let response = Box::pin(response).await?;
        if Call::is_success(&response.head) {
            return Ok(response);
        }
        // There is no other token, and no wait.
        let refusal = body::refusal(&response.head, &response.body);
        Err(refused(refusal, response, api.name()).into())
    }

    /// Reads the token's owner from the service, which shows that the token is accepted:
    /// `GET /api/v2/tokens/me?preserveIdleTTL=true`. Needs no permission, and does not reset the inactivity timer.
    ///
    /// # Errors
    /// As [`api`](Self::api).
    ///
    /// # Cancel safety
    /// As [`api`](Self::api); the request changes nothing.
    pub async fn verify(&self) -> Result<ApiResponse, ApiError> {
        self.api(ApiRequest::get("/api/v2/tokens/me?preserveIdleTTL=true").without_use()).await
    }

    /// Like [`verify`](Self::verify), with the body decoded.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and [`ApiError::Body`].
    ///
    /// # Cancel safety
    /// As [`verify`](Self::verify).
    #[cfg(feature = "api-types")]
    pub async fn token_info(&self) -> Result<TokenInfo, ApiError> {
        self.verify().await?.json()
    }

    /// Revokes the access token (`DELETE /api/v2/tokens/me`) and closes the client, as
    /// [`close`](Self::close) does. Without a token it only closes the client.
    ///
    /// # Errors
    /// As [`api`](Self::api). The client is closed in any case.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the client open; whether the token is revoked is unknown then.
    pub async fn revoke(&self) -> Result<(), ApiError> {
        let Some(token) = self.shared().current() else {
            self.close();
            return Ok(());
        };
        let request = ApiRequest::delete("/api/v2/tokens/me");
        let outcome = self.send_once(&request, token.authorization_header_value()).await;
        self.close();
        match outcome {
            // 401: it was invalid already.
            Err(ApiError::Refused(refusal)) if refusal.refusal().class() == RefusalClass::AccessToken => {
                Ok(())
            }
            other => other.map(drop),
        }
    }

    pub(super) async fn wait_for_rate_limit(&self, wait: time::Duration) {
        tracing::info!(host = self.shared().api.name(), %wait, "waiting for the rate limit of the API");
        #[cfg(feature = "metrics")]
        crate::meters::rate_limit_waited(self.shared().api.name(), wait.into());
        tokio::time::sleep(wait.into()).await;
    }

    /// Waits before the next page, if the limits of the request allow it.
    #[cfg(feature = "stream")]
    pub(super) async fn pause_for_rate_limit(&self, request: &ApiRequest, pause: time::Duration) {
        let deadline = self.time_left(request).map_or(Instant::FAR_FUTURE, |left| clock::now() + left.into());
        let limits = request.limits(deadline, self.shared().settings.rate_limit_wait);
        if pause <= limits.rate_limit_wait && clock::now() + pause < limits.deadline {
            self.wait_for_rate_limit(pause).await;
        }
    }

    pub(super) fn timeout(&self, request: &ApiRequest) -> Duration {
        request.timeout.unwrap_or(self.shared().settings.total_timeout)
    }
}

/// Returns a call that waits for no rate limit.
pub(super) fn call_once(request: &ApiRequest) -> Call {
    let mut limits = request.limits(Instant::FAR_FUTURE, None);
    limits.rate_limit_wait = time::Duration::ZERO;
    Call::new(request.replay(), limits)
}

/// What follows from an attempt.
enum Attempt {
    Answered(ApiResponse),
    Again,
    AfterRateLimit(time::Duration),
}

/// Returns the response of a success, if its body is complete.
fn complete(mut response: Incoming) -> Result<ApiResponse, ApiError> {
    match response.incomplete.take() {
        None => Ok(ApiResponse::new(response)),
        Some(error) => Err(ApiError::Transport(error)),
    }
}

/// Returns the `Authorization` value. `None` if the text is not a `b64token`, RFC 6750 section 2.1.
pub(super) fn authorization_of(access_token: &SecretString) -> Option<HeaderValue> {
    let text = access_token.expose();
    if !is_b64token(text.as_bytes()) {
        return None;
    }
    let mut value = Zeroizing::new(Vec::with_capacity("Bearer ".len() + text.len()));
    value.extend_from_slice(b"Bearer ");
    value.extend_from_slice(text.as_bytes());
    // The owner is wiped when the last handle to the bytes is dropped.
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(value)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

pub(super) fn refused(refusal: Refusal, response: Incoming, host: &str) -> ApiRefusal {
    ApiRefusal::new(host.to_owned(), refusal, response)
}
