//! Requests of other programs that are passed on with the client's token.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_core::call::{Again, Call, Limits, Replay};
use genesys_token_core::wire::{ResponseHead, api_refusal};
use http::{Request, Response, Uri, header};
use hyper::body::{Body, Frame, SizeHint};

use super::error::ApiError;
use crate::client::TokenClient;
use crate::clock;
use crate::random;
use crate::transport::{Content, Outgoing, ResponseBody, StreamedBody, TransportError, discard, read_head};

/// No time limit: the caller limits the time of an upload or of the service's answer.
const NO_LIMIT: Duration = Duration::MAX;

/// The body of a request for [`TokenClient::forward`].
pub struct ForwardBody(Content);

/// The body of a response that is passed on: an [`http_body`](hyper::body) `Body`. Its frames are read from the connection when they are
/// polled. At its end the connection is kept for other calls; dropping it earlier closes the connection.
#[must_use]
pub struct ForwardedBody {
    body: ResponseBody,
    client: TokenClient,
}

impl ForwardBody {
    /// Returns a body in memory, which may be empty: the request can be sent again.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Content::Whole(bytes.into()))
    }

    /// Returns a body that is produced while it is sent: the request can be sent again only if nothing of the body was sent.
    pub fn streaming<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn StdError + Send + Sync>>> + Send + 'static,
    {
        Self(Content::once(StreamedBody::new(body)))
    }
}

impl TokenClient {
    /// Passes another program's request on to the API host with the client's token. Returns the response unchanged, whatever its status,
    /// as soon as its head has arrived.
    ///
    /// Of the URI only path and query are used. `Authorization` and `Host` are replaced, and no other header is added; the caller has to remove
    /// headers of a single connection (RFC 9110 section 7.6.1). The request is sent again by the rules of [`api`](Self::api) after 401, 429 or a
    /// lost connection, if its body is [whole](ForwardBody::whole). All waits for the rate limit together take at most the client's
    /// [`rate_limit_wait`](crate::TokenClientBuilder::rate_limit_wait). There is no other time limit: to end a request, drop the future or the body.
    ///
    /// # Errors
    /// As [`api`](Self::api), but no [`ApiError::Refused`].
    ///
    /// # Cancel safety
    /// As [`api`](Self::api).
    pub async fn forward(&self, request: Request<ForwardBody>) -> Result<Response<ForwardedBody>, ApiError> {
        let (parts, ForwardBody(body)) = request.into_parts();
        let replay = Replay::of_method(parts.method.as_str());
        let replay = if matches!(body, Content::Whole(_)) { replay } else { replay.one_shot_body() };
        let mut limits = Limits::DEFAULT;
        if let Some(longest) = self.shared().settings.rate_limit_wait {
            limits.rate_limit_wait = longest.into();
        }
        let mut call = Call::new(replay, limits);
        let target = parts.uri.into_parts().path_and_query.map(Uri::from).ok_or(ApiError::Path)?;
        let mut outgoing = Outgoing { method: parts.method, target, headers: parts.headers, body };
        let api = &self.shared().api;
        loop {
            let slot = api.slot().await;
            let token = match self.cached() {
                Some(token) => token,
                None => self.token().await?,
            };
            outgoing.headers.insert(header::AUTHORIZATION, token.authorization_header_value());
            let (parts, body) = api.begin_unread(slot, &mut outgoing, &mut call, NO_LIMIT).await?;
            if Call::counts_as_use(&ResponseHead::new(parts.status.as_u16())) {
                self.record_use(&token);
            }
            let again = if parts.status.is_success() {
                None
            } else {
                // The body is left to the program that asked.
                let refusal = api_refusal(&read_head(&parts), b"");
                call.refused(&refusal, clock::now(), random::value(), || self.token_refused(&token))
            };
            match again {
                None => {
                    let body = ForwardedBody { body, client: self.clone() };
                    return Ok(Response::from_parts(parts, body));
                }
                // In memory of its own: most requests are sent once.
                Some(Again::WithNewToken) => Box::pin(discard(body)).await,
                Some(Again::At(until)) => {
                    Box::pin(discard(body)).await;
                    Box::pin(self.wait_for_rate_limit(until.saturating_since(clock::now()))).await;
                }
            }
        }
    }
}

impl Body for ForwardedBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let Self { body, client } = &mut *self;
        let frame = body.poll_frame(context);
        frame.map(|frame| frame.map(|read| read.map_err(|kind| client.shared().api.body_error(kind))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Debug for ForwardBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardBody").finish_non_exhaustive()
    }
}

impl fmt::Debug for ForwardedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardedBody").finish_non_exhaustive()
    }
}
