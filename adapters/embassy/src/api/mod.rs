//! Calls of the Platform API with the client's access token.

mod attempt;
mod error;
#[cfg(feature = "serde")]
mod json;
mod request;
mod response;
#[cfg(feature = "serde")]
mod types;

use embassy_time::{Instant, Timer, with_deadline};
use genesys_token_core::call::{Call, Next};
use genesys_token_core::time::Instant as CoreInstant;
use genesys_token_core::wire::{RefusalClass, ResponseHead, api_refusal};
use genesys_token_http::Method;

pub use error::{ApiError, ApiRefusal};
#[cfg(feature = "serde")]
pub use json::{JsonError, from_json};
pub use request::ApiRequest;
pub use response::ApiResponse;
#[cfg(feature = "serde")]
pub use types::{Entity, ErrorBody, ErrorDetail, Id, OAuthClientInfo, RoleDivision, TokenInfo};

use crate::client::TokenClient;
use crate::error::TokenErrorKind;
use crate::time;
use attempt::Failed;

impl<const TOKEN: usize> TokenClient<'_, TOKEN> {
    /// Sends a request to the API host, with the access token, and returns the response if its status is 2xx. Its body is at the
    /// beginning of `body`.
    ///
    /// Whether a request is sent again is decided by core's [`Call`], whose module has the table:
    ///
    /// - 401: the token is dropped, and the request is sent again once with a new one.
    /// - 429: sent again after `Retry-After`, while the sum of all waits stays within the request's
    ///   [`rate_limit_wait`](ApiRequest::rate_limit_wait).
    /// - Connection lost before the response: sent again if the request was not sent, or if it is idempotent and the connection was
    ///   a reused one. A POST that may have arrived is not sent again.
    ///
    /// One connection is kept alive between calls; concurrent calls take turns.
    ///
    /// # Errors
    /// [`ApiError`]. Every response with another status is [`ApiError::Refused`], with its body in `body` as far as it was received
    /// and fits. A 2xx response whose body does not fit is an error that states the size needed.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection if a request is in transit; whether the service acts upon that request is unknown
    /// then. The access token and other calls are not affected. `body` may hold a part of the response, or zeros.
    pub async fn api<'b>(
        &self,
        request: &ApiRequest<'_>,
        body: &'b mut [u8],
    ) -> Result<ApiResponse<'b>, ApiError> {
        let (head, length) = match request.deadline {
            None => self.call(request, CoreInstant::FAR_FUTURE, body).await?,
            Some(at) => {
                let left = at.checked_duration_since(Instant::now()).unwrap_or_default();
                let called = self.call(request, time::now() + time::core(left), &mut *body);
                with_deadline(at, called).await.unwrap_or(Err(ApiError::Deadline))?
            }
        };
        Ok(ApiResponse::new(head, body, length))
    }

    /// Requests a description of the access token, which shows that the service accepts it:
    /// `GET /api/v2/tokens/me?preserveIdleTTL=true`. Needs no permission, and does not reset the inactivity timer of the token. The
    /// response is about 1 KB of JSON.
    ///
    /// # Errors
    /// As [`api`](Self::api).
    ///
    /// # Cancel safety
    /// As [`api`](Self::api); the request changes nothing.
    pub async fn verify<'b>(&self, body: &'b mut [u8]) -> Result<ApiResponse<'b>, ApiError> {
        self.api(&ApiRequest::get("/api/v2/tokens/me?preserveIdleTTL=true").without_use(), body).await
    }

    /// Revokes the access token at the service (`DELETE /api/v2/tokens/me`) and closes the client, as [`close`](Self::close).
    /// Without a token it only closes the client.
    ///
    /// # Errors
    /// As [`api`](Self::api). The client is closed in any event.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the client open; whether the token was revoked is unknown then.
    pub async fn revoke(&self) -> Result<(), ApiError> {
        if !self.has_token() {
            self.close();
            return Ok(());
        }
        // Only the class of a refusal is read.
        let mut body = [0; 256];
        let request = ApiRequest::new(Method::Delete, "/api/v2/tokens/me");
        let mut call = Call::new(request.replay(), request.limits(CoreInstant::FAR_FUTURE));
        let outcome = loop {
            match self.attempt(&request, &mut body).await {
                Ok(answer) => {
                    let received = body.get(..answer.length).unwrap_or_default();
                    let refusal = (!answer.is_success()).then(|| api_refusal(&answer.head, received));
                    break match refusal {
                        // 401: the token had ended before.
                        Some(refusal) if refusal.class() != RefusalClass::AccessToken => {
                            Err(ApiRefusal::new(refusal, &answer.head, answer.length).into())
                        }
                        _ => Ok(()),
                    };
                }
                Err(Failed { loss: Some(loss), .. }) if call.lost(loss, time::now()).is_ok() => {}
                Err(Failed { error, .. }) => break Err(error),
            }
        };
        self.close();
        outcome
    }

    async fn call(
        &self,
        request: &ApiRequest<'_>,
        deadline: CoreInstant,
        body: &mut [u8],
    ) -> Result<(ResponseHead, usize), ApiError> {
        let mut call = Call::new(request.replay(), request.limits(deadline));
        loop {
            let answer = match self.attempt(request, &mut *body).await {
                Ok(answer) => answer,
                Err(Failed { error, loss: Some(loss) }) => match call.lost(loss, time::now()) {
                    Ok(()) => continue,
                    Err(_) => return Err(error),
                },
                Err(Failed { error, loss: None }) => return Err(error),
            };
            if request.counts_as_use && Call::counts_as_use(&answer.head) {
                self.token_used(answer.generation);
            }
            let received = body.get(..answer.length).unwrap_or_default();
            let refuse = || self.token_refused(answer.generation);
            match call.answered(&answer.head, received, time::now(), self.shared.random(), refuse) {
                Next::Deliver => return Ok((answer.head, answer.length)),
                Next::Refused(refusal) => {
                    return Err(ApiRefusal::new(refusal, &answer.head, answer.length).into());
                }
                Next::SendWithNewToken => {}
                Next::Wait { until } => Timer::at(time::timer(until)).await,
            }
        }
    }

    fn has_token(&self) -> bool {
        use genesys_token_core::lifecycle::Answer;
        self.shared.look(|state, now| matches!(state.manager.token(now), Answer::Ready(_)))
    }
}

impl From<TokenErrorKind> for ApiError {
    fn from(kind: TokenErrorKind) -> Self {
        Self::Token(kind.into())
    }
}
