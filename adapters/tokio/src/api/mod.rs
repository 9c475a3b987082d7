//! Calls of the Platform API with the client's access token.

mod error;
mod request;
mod response;
#[cfg(feature = "api-types")]
mod types;

use std::time::Duration;

use bytes::Bytes;
use genesys_token_core::call::{Call, Next};
use genesys_token_core::time::{self, Instant};
use genesys_token_core::wire::{Refusal, RefusalClass, is_b64token};
use http::HeaderValue;
use zeroize::Zeroizing;

pub use error::{ApiError, ApiRefusal};
pub use request::ApiRequest;
pub use response::ApiResponse;
#[cfg(feature = "api-types")]
pub use types::{Entity, OAuthClientInfo, RoleDivision, TokenInfo};

use crate::client::TokenClient;
use crate::clock;
use crate::random;
use crate::secret::SecretString;
use crate::token::Token;
use crate::transport::Incoming;

impl TokenClient {
    /// Sends a request to the API host, with the access token in it, and gives the response if its status is 2xx.
    ///
    /// What follows from anything else is decided by core's [`Call`], whose module has the table:
    ///
    /// - 401: the token is dropped, and the request is sent again once with a new one.
    /// - 429: sent again after `Retry-After`, as long as all waits together stay within the request's
    ///   [`rate_limit_wait`](ApiRequest::rate_limit_wait).
    /// - A connection that is lost before the response: sent again if the request never left, or if its method is
    ///   idempotent and the connection was an old one. A POST that may have arrived is not sent again.
    ///
    /// One connection is kept alive; calls at the same time open more, which are closed afterwards.
    ///
    /// # Errors
    /// [`ApiError`]; every response that is no success is [`ApiError::Refused`], with its body.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection if a request is on its way; whether the service acts upon that request
    /// is unknown then. The access token and other calls are not affected.
    pub async fn api(&self, request: ApiRequest) -> Result<ApiResponse, ApiError> {
        let Some(deadline) = request.deadline else {
            return self.call(&request, Instant::FAR_FUTURE).await;
        };
        let left = deadline.saturating_duration_since(std::time::Instant::now());
        let called = self.call(&request, clock::now() + left.into());
        tokio::time::timeout_at(deadline.into(), called).await.unwrap_or(Err(ApiError::Deadline))
    }

    async fn call(&self, request: &ApiRequest, deadline: Instant) -> Result<ApiResponse, ApiError> {
        let mut call = Call::new(request.replay(), request.limits(deadline));
        let outgoing = request.outgoing()?;
        let api = &self.shared().api;
        loop {
            let token = self.token().await?;
            let sent = outgoing.with_authorization(token.authorization_header_value());
            let response = api.send(&sent, &mut call, self.timeout(request), request.response_max).await?;
            if request.counts_as_use && Call::counts_as_use(&response.head) {
                self.tell_used(&token);
            }
            let (now, random) = (clock::now(), random::value());
            match call.answered(&response.head, &response.body, now, random, || self.refused(&token)) {
                Next::Deliver => return self.whole(response),
                Next::Refused(refusal) => return Err(refused(refusal, response, api.authority()).into()),
                Next::SendWithNewToken => {}
                Next::Wait { until } => self.wait_for_rate_limit(until.saturating_since(now)).await,
            }
        }
    }

    /// Sends a request to the API host with this access token instead of the client's: one that came from elsewhere, and
    /// is to be looked into. It is sent once: no other token can take its place, and no rate limit is waited for.
    ///
    /// # Errors
    /// [`ApiError`]; [`ApiError::AccessToken`] if the text is no access token.
    ///
    /// # Cancel safety
    /// As [`api`](Self::api).
    pub async fn api_with(
        &self,
        access_token: &SecretString,
        request: ApiRequest,
    ) -> Result<ApiResponse, ApiError> {
        let authorization = authorization_of(access_token).ok_or(ApiError::AccessToken)?;
        let response = self.send_once(&request, authorization).await?;
        self.whole(response)
    }

    /// For a token that no other can take the place of.
    async fn send_once(
        &self,
        request: &ApiRequest,
        authorization: HeaderValue,
    ) -> Result<Incoming, ApiError> {
        let mut limits = request.limits(Instant::FAR_FUTURE);
        limits.rate_limit_wait = time::Duration::ZERO;
        let mut call = Call::new(request.replay(), limits);
        let outgoing = request.outgoing()?.with_authorization(authorization);
        let api = &self.shared().api;
        let response = api.send(&outgoing, &mut call, self.timeout(request), request.response_max).await?;
        match call.answered(&response.head, &response.body, clock::now(), 0, || false) {
            Next::Refused(refusal) => Err(refused(refusal, response, api.authority()).into()),
            // Nothing else follows without another token and without waits.
            _ => Ok(response),
        }
    }

    /// Asks the service whom the access token belongs to, which shows that it is accepted:
    /// `GET /api/v2/tokens/me?preserveIdleTTL=true`. Needs no permission, and does not count as a use.
    ///
    /// # Errors
    /// As [`api`](Self::api).
    ///
    /// # Cancel safety
    /// As [`api`](Self::api); nothing is changed by the request.
    pub async fn verify(&self) -> Result<ApiResponse, ApiError> {
        self.api(ApiRequest::get("/api/v2/tokens/me?preserveIdleTTL=true").without_use()).await
    }

    /// The same, decoded.
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

    /// Ends the access token at the service (`DELETE /api/v2/tokens/me`) and closes the client, as
    /// [`close`](Self::close). Without a token it only closes the client.
    ///
    /// # Errors
    /// As [`api`](Self::api). The client is closed all the same.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the client open; whether the token lives is unknown then.
    pub async fn revoke(&self) -> Result<(), ApiError> {
        let Some(token) = self.shared().current() else {
            self.close();
            return Ok(());
        };
        let request = ApiRequest::new(http::Method::DELETE, "/api/v2/tokens/me");
        let outcome = self.send_once(&request, token.authorization_header_value()).await;
        self.close();
        match outcome {
            // 401: it was dead already, which is what was asked for.
            Err(ApiError::Refused(refusal)) if refusal.refusal().class() == RefusalClass::AccessToken => {
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// A success whose body is all there.
    fn whole(&self, mut response: Incoming) -> Result<ApiResponse, ApiError> {
        match response.cut.take() {
            None => Ok(ApiResponse::new(response)),
            Some(cut) => Err(ApiError::Transport(self.shared().api.error(cut))),
        }
    }

    async fn wait_for_rate_limit(&self, wait: time::Duration) {
        tracing::info!(host = self.shared().api.authority(), %wait, "the rate limit of the API is obeyed");
        tokio::time::sleep(wait.into()).await;
    }

    fn timeout(&self, request: &ApiRequest) -> Duration {
        request.timeout.unwrap_or(self.shared().settings.total_timeout)
    }

    /// Without an idle timeout, core needs to hear of the first success only: the lock is left alone.
    pub(crate) fn tell_used(&self, token: &Token) {
        if self.shared().settings.policy.idle_timeout.is_some() || token.is_first_use() {
            self.used(token);
        }
    }
}

/// `None` if the text is no `b64token`.
fn authorization_of(access_token: &SecretString) -> Option<HeaderValue> {
    let text = access_token.expose();
    if !is_b64token(text.as_bytes()) {
        return None;
    }
    let mut value = Zeroizing::new(Vec::with_capacity("Bearer ".len() + text.len()));
    value.extend_from_slice(b"Bearer ");
    value.extend_from_slice(text.as_bytes());
    // The owner is wiped when the last handle to the bytes is gone.
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(value)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn refused(refusal: Refusal, response: Incoming, host: &str) -> ApiRefusal {
    ApiRefusal::new(host.to_owned(), refusal, response)
}
