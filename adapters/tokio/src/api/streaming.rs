//! Calls whose bodies are streamed, for exports and uploads that are larger than memory should hold.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_core::call::{Again, Call};
use genesys_token_core::time::Instant;
use genesys_token_core::wire::{RateLimit, ResponseHead};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};

use super::body;
use super::call::{authorization_of, call_once, refused};
use super::error::ApiError;
use super::request::ApiRequest;
use crate::client::TokenClient;
use crate::clock;
use crate::random;
use crate::secret::SecretString;
use crate::transport::{Content, Reception, Slot, StreamedBody, TransportError};

/// A request whose body is produced while it is sent: see [`ApiRequest::streaming`].
///
/// Such a body cannot be sent again: a response of 401 or 429 is the caller's, who makes another request.
#[must_use]
pub struct StreamingRequest {
    request: ApiRequest,
    body: StreamedBody,
}

impl ApiRequest {
    /// Converts into a request with a body that is produced while it is sent, of this media type: any
    /// [`http_body`](hyper::body) `Body`. With a known length it is sent with `Content-Length`, otherwise in chunks.
    pub fn streaming<B>(mut self, content_type: HeaderValue, body: B) -> StreamingRequest
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn StdError + Send + Sync>>> + Send + 'static,
    {
        self = self.header(header::CONTENT_TYPE, content_type);
        StreamingRequest { request: self, body: StreamedBody::new(body) }
    }
}

/// Without the body.
impl fmt::Debug for StreamingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingRequest").field("request", &self.request).finish_non_exhaustive()
    }
}

/// A response with status 2xx whose body is still to be read: by [`chunk`](Self::chunk), or as a [`Body`].
///
/// The time between two parts of the body is limited by the [`timeout`](ApiRequest::timeout) of the request; the time of the whole body
/// and its length are not. At its end the connection is kept for other calls; dropped before, it closes the connection, or over HTTP/2 its
/// stream.
/// After an error there is nothing more.
#[must_use]
pub struct StreamingResponse {
    head: ResponseHead,
    reception: Reception,
    idle: Duration,
    /// Runs while a part is awaited.
    timer: Option<Pin<Box<tokio::time::Sleep>>>,
    failed: bool,
}

impl TokenClient {
    /// Like [`api`](Self::api), but returns as soon as the head of a success has arrived, and leaves its body to the caller, of any
    /// length.
    ///
    /// The request is sent again by the rules of [`api`](Self::api), until a success. Refusals are read whole, at most
    /// [`response_max`](ApiRequest::response_max) bytes. [`timeout`](ApiRequest::timeout) limits the time of one attempt until the head,
    /// and then the time between two parts of the body; [`deadline`](ApiRequest::deadline) limits the time until the head.
    ///
    /// # Errors
    /// As [`api`](Self::api).
    ///
    /// # Cancel safety
    /// As [`api`](Self::api).
    pub async fn api_streaming(&self, request: ApiRequest) -> Result<StreamingResponse, ApiError> {
        self.streamed(request, None).await
    }

    /// Sends a request whose body is produced while it is sent, and returns as [`api_streaming`](Self::api_streaming) does.
    ///
    /// It is sent once, because its body cannot be sent again: core's rules for a one-shot body. The token is obtained before the body is
    /// begun. [`timeout`](ApiRequest::timeout) includes the time of sending the body: set it for the longest upload.
    ///
    /// # Errors
    /// As [`api`](Self::api). An error of the body ends the request: [`ApiError::Transport`] whose
    /// [`kind`](crate::TransportError::kind) is [`RequestBody`](crate::TransportErrorKind::RequestBody).
    ///
    /// # Cancel safety
    /// As [`api`](Self::api).
    pub async fn api_upload(&self, request: StreamingRequest) -> Result<StreamingResponse, ApiError> {
        self.streamed(request.request, Some(request.body)).await
    }

    /// Sends a request with this access token instead of the client's, as [`api_with`](Self::api_with) does, and returns as
    /// [`api_streaming`](Self::api_streaming) does.
    ///
    /// # Errors
    /// As [`api_with`](Self::api_with).
    ///
    /// # Cancel safety
    /// As [`api`](Self::api).
    pub async fn api_streaming_with(
        &self,
        access_token: &SecretString,
        request: ApiRequest,
    ) -> Result<StreamingResponse, ApiError> {
        let authorization = authorization_of(access_token).ok_or(ApiError::AccessToken)?;
        let sent = self.streamed_once(&request, authorization);
        match self.time_left(&request) {
            Some(left) => tokio::time::timeout(left, sent).await.unwrap_or(Err(ApiError::Deadline)),
            None => sent.await,
        }
    }

    /// Sends with a token that cannot be replaced.
    async fn streamed_once(
        &self,
        request: &ApiRequest,
        authorization: HeaderValue,
    ) -> Result<StreamingResponse, ApiError> {
        request.check(self)?;
        let mut call = call_once(request);
        let mut outgoing = request.outgoing(authorization)?;
        let (api, timeout) = (&self.shared().api, self.timeout(request));
        let slot = api.slot().await;
        let (head, reception) = Box::pin(api.begin(slot, &mut outgoing, &mut call, timeout)).await?;
        if Call::is_success(&head) {
            reception.check_coding()?;
            return Ok(StreamingResponse { head, reception, idle: timeout, timer: None, failed: false });
        }
        let response = reception.collect(head, timeout, request.response_max).await;
        let refusal = body::refusal(&response.head, &response.body);
        Err(refused(refusal, response, api.name()).into())
    }

    async fn streamed(
        &self,
        request: ApiRequest,
        body: Option<StreamedBody>,
    ) -> Result<StreamingResponse, ApiError> {
        let Some(left) = self.time_left(&request) else {
            return self.streamed_until(&request, body, Instant::FAR_FUTURE).await;
        };
        let called = self.streamed_until(&request, body, clock::now() + left.into());
        tokio::time::timeout(left, called).await.unwrap_or(Err(ApiError::Deadline))
    }

    async fn streamed_until(
        &self,
        request: &ApiRequest,
        mut body: Option<StreamedBody>,
        deadline: Instant,
    ) -> Result<StreamingResponse, ApiError> {
        request.check(self)?;
        let replay = request.replay();
        let replay = if body.is_some() { replay.one_shot_body() } else { replay };
        let limits = request.limits(deadline, self.shared().settings.rate_limit_wait);
        let mut call = Call::new(replay, limits);
        loop {
            let slot = self.shared().api.slot().await;
            let attempt = self.streamed_attempt(request, body.take(), &mut call, slot);
            match Box::pin(attempt).await? {
                Attempt::Answered(response) => return Ok(*response),
                Attempt::Again => {}
                Attempt::AfterRateLimit(wait) => self.wait_for_rate_limit(wait).await,
            }
        }
    }

    async fn streamed_attempt(
        &self,
        request: &ApiRequest,
        body: Option<StreamedBody>,
        call: &mut Call,
        slot: Slot,
    ) -> Result<Attempt, ApiError> {
        let api = &self.shared().api;
        let token = self.token().await?;
        let mut outgoing = request.outgoing(token.authorization_header_value())?;
        if let Some(body) = body {
            outgoing.headers.remove(header::CONTENT_LENGTH);
            outgoing.body = Content::once(body);
        }
        let timeout = self.timeout(request);
        let (head, reception) = api.begin(slot, &mut outgoing, call, timeout).await?;
        if Call::counts_as_use(&head) {
            self.record_use(&token);
        }
        if Call::is_success(&head) {
            reception.check_coding()?;
            let response = StreamingResponse { head, reception, idle: timeout, timer: None, failed: false };
            return Ok(Attempt::Answered(Box::new(response)));
        }
        let response = reception.collect(head, timeout, request.response_max).await;
        let refusal = body::refusal(&response.head, &response.body);
        let (now, random) = (clock::now(), random::value());
        match call.refused(&refusal, now, random, || self.token_refused(&token)) {
            None => Err(refused(refusal, response, api.name()).into()),
            Some(Again::WithNewToken) => Ok(Attempt::Again),
            Some(Again::At(until)) => Ok(Attempt::AfterRateLimit(until.saturating_since(now))),
        }
    }
}

/// The outcome of an attempt.
enum Attempt {
    Answered(Box<StreamingResponse>),
    Again,
    AfterRateLimit(genesys_token_core::time::Duration),
}

impl StreamingResponse {
    /// Returns the HTTP status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        body::status(&self.head)
    }

    /// Returns all headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        self.reception.headers()
    }

    /// Returns `ININ-Correlation-Id`, or an empty string. Genesys support asks for it.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.head.correlation_id()
    }

    /// Returns the values of the `inin-ratelimit-*` headers.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.head.rate_limit()
    }

    /// Returns the next part of the body as it arrives, of some KiB; `None` at its end. Parts are not wiped.
    ///
    /// # Errors
    /// [`ApiError::Transport`] if the connection is lost before the end, or no part arrives in time.
    ///
    /// # Cancel safety
    /// No part is lost if the future is dropped.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ApiError> {
        while let Some(frame) = poll_fn(|context| self.poll(context)).await {
            // Trailers say nothing that is needed.
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.failed {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = self.reception.poll_frame(context) {
            self.timer = None;
            self.failed = matches!(frame, Some(Err(_)));
            return Poll::Ready(frame);
        }
        let idle = self.idle;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
        ready!(timer.as_mut().poll(context));
        self.failed = true;
        Poll::Ready(Some(Err(self.reception.timed_out())))
    }
}

impl Body for StreamingResponse {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.poll(context)
    }

    fn size_hint(&self) -> SizeHint {
        self.reception.size_hint()
    }
}

/// The parts of the body.
#[cfg(feature = "stream")]
impl futures_core::Stream for StreamingResponse {
    type Item = Result<Bytes, ApiError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = ready!(self.poll(context));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(Ok(data))) => return Poll::Ready(Some(Ok(data))),
                Some(Ok(Err(_trailers))) => {}
            }
        }
    }
}

/// Shows neither headers nor body.
impl fmt::Debug for StreamingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingResponse")
            .field("status", &self.status())
            .field("correlation_id", &self.correlation_id())
            .finish_non_exhaustive()
    }
}
