//! Calls of the Platform API with the client's access token.

mod error;
mod request;
mod response;
#[cfg(feature = "api-types")]
mod types;

use std::time::Duration;

use bytes::Bytes;
use genesys_token_core::time;
use genesys_token_core::wire::{RefusalClass, api_refusal};
use http::HeaderValue;
use zeroize::Zeroizing;

pub use error::{ApiError, ApiRefusal};
pub use request::ApiRequest;
pub use response::ApiResponse;
#[cfg(feature = "api-types")]
pub use types::{Entity, OAuthClientInfo, RoleDivision, TokenInfo};

use crate::client::TokenClient;
use crate::secret::SecretString;
use crate::token::Token;
use crate::transport::Incoming;

/// Wait after a 429 without `Retry-After`: what the service's own SDKs take.
const RATE_LIMIT_FALLBACK: time::Duration = time::Duration::from_secs(3);

impl TokenClient {
    /// Sends a request to the API host, with the access token in it, and gives the response if its status is 2xx.
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
        let mut replayed = false;
        let mut waited = time::Duration::ZERO;
        let longest_wait = time::Duration::from(request.rate_limit_wait);
        let outgoing = request.outgoing()?;
        let timeout = request.timeout.unwrap_or(self.shared().settings.total_timeout);
        loop {
            let token = self.token().await?;
            let sent = outgoing.with_authorization(token.authorization_header_value());
            let response = self.shared().api.send(&sent, timeout, request.response_max).await?;
            let status = response.head.status();
            if status != 401 && request.counts_as_use {
                self.tell_used(&token);
            }
            if (200..300).contains(&status) {
                return match response.cut {
                    None => Ok(ApiResponse::new(response)),
                    Some(cut) => Err(ApiError::Transport(self.shared().api.error(cut))),
                };
            }
            let refusal = refusal_of(response, self.shared().api.authority());
            match refusal.refusal().class() {
                RefusalClass::AccessToken => {
                    // Told of each refusal, core knows when a fresh token is refused again.
                    let another = self.refused(&token);
                    if replayed || !another {
                        return Err(refusal.into());
                    }
                    replayed = true;
                }
                RefusalClass::RateLimited => {
                    let wait = refusal.refusal().retry_after().unwrap_or(RATE_LIMIT_FALLBACK);
                    if waited + wait > longest_wait {
                        return Err(refusal.into());
                    }
                    tracing::info!(host = self.shared().api.authority(), %wait, "the rate limit of the API is obeyed");
                    waited = waited + wait;
                    tokio::time::sleep(Duration::from(wait)).await;
                }
                _ => return Err(refusal.into()),
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
        let outgoing = request.outgoing()?.with_authorization(authorization);
        let timeout = request.timeout.unwrap_or(self.shared().settings.total_timeout);
        let api = &self.shared().api;
        let mut response = api.send(&outgoing, timeout, request.response_max).await?;
        if !(200..300).contains(&response.head.status()) {
            return Err(refusal_of(response, api.authority()).into());
        }
        match response.cut.take() {
            None => Ok(ApiResponse::new(response)),
            Some(cut) => Err(ApiError::Transport(api.error(cut))),
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
        let request = ApiRequest::new(http::Method::DELETE, "/api/v2/tokens/me").outgoing()?;
        let request = request.with_authorization(token.authorization_header_value());
        let timeout = self.shared().settings.total_timeout;
        let response = self.shared().api.send(&request, timeout, request::RESPONSE_MAX).await;
        self.close();
        match response?.into_refusal(self.shared().api.authority()) {
            // 401: it was dead already, which is what was asked for.
            Some(refusal) if refusal.refusal().class() != RefusalClass::AccessToken => Err(refusal.into()),
            _ => Ok(()),
        }
    }

    /// Without an idle timeout, core needs to hear of the first success only: the lock is left alone.
    fn tell_used(&self, token: &Token) {
        if self.shared().settings.policy.idle_timeout.is_some() || token.is_first_use() {
            self.used(token);
        }
    }
}

/// `None` if the text is not made of the characters of `b64token`, RFC 6750 section 2.1.
fn authorization_of(access_token: &SecretString) -> Option<HeaderValue> {
    let text = access_token.expose();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if text.is_empty() || !text.bytes().all(legal) {
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

fn refusal_of(response: Incoming, host: &str) -> ApiRefusal {
    let refusal = api_refusal(&response.head, &response.body);
    ApiRefusal::new(host.to_owned(), refusal, response)
}

impl Incoming {
    /// `None` for a success.
    fn into_refusal(self, host: &str) -> Option<ApiRefusal> {
        (!(200..300).contains(&self.head.status())).then(|| refusal_of(self, host))
    }
}
