//! Requests to one host, over connections that are kept between them.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::call::Call;
use genesys_token_core::time;
use genesys_token_core::wire::ResponseHead;
use http::response::Parts;
#[cfg(feature = "http2")]
use http::uri::Authority;
use http::{HeaderValue, header};
use rustls::ClientConfig;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use zeroize::Zeroizing;

use super::connect::{self, Connector, Opened};
use super::connection::Connection;
use super::deadline::Deadline;
use super::error::{Phase, TransportError, TransportErrorKind};
use super::failure::{Failure, Fate};
#[cfg(feature = "http2")]
use super::opening::Openings;
use super::pool::{Pool, PoolLimits, Slot};
use super::progress::Progress;
use super::reception::Reception;
use super::request::{Incoming, Outgoing};
use super::response_body::ResponseBody;
#[cfg(feature = "http2")]
use super::shared_connection::SharedCall;
use super::{body, request};
use crate::clock;

/// A host, and the connections that are kept open between requests to it.
pub(crate) struct Transport {
    connector: Arc<Connector>,
    host: String,
    port: u16,
    /// The value of `Host`: `host`, with the port unless it is 443.
    authority: HeaderValue,
    #[cfg(feature = "http2")]
    http2_authority: Authority,
    #[cfg(feature = "http2")]
    openings: Openings,
    /// The peer's name in messages: the same, or the address of a broker.
    name: String,
    pool: Arc<Pool>,
}

impl Transport {
    pub(crate) fn new(connector: Arc<Connector>, host: &str, port: u16, limits: PoolLimits) -> Self {
        let authority = connect::authority(host, port);
        let name = connector.broker.as_ref().map_or_else(|| authority.clone(), ToString::to_string);
        Self {
            host: host.to_owned(),
            port,
            // Core checked the host name when the endpoint was made.
            authority: HeaderValue::from_str(&authority).unwrap_or(const { HeaderValue::from_static("") }),
            #[cfg(feature = "http2")]
            http2_authority: authority.parse().unwrap_or(const { Authority::from_static("localhost") }),
            #[cfg(feature = "http2")]
            openings: Openings::new(&connector.tls),
            connector,
            name,
            pool: Pool::new(limits),
        }
    }

    /// Returns the peer's name: the host, with the port unless it is 443, or the address of a broker.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[cfg(feature = "hyper-util")]
    pub(crate) fn connector(&self) -> super::ApiConnector {
        super::ApiConnector::new(self.connector.clone())
    }

    pub(crate) fn tls_config(&self) -> &ClientConfig {
        &self.connector.tls
    }

    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Waits until fewer calls than the limit are being made, first come, first served. Dropping the future leaves the queue.
    pub(crate) async fn slot(&self) -> Slot {
        self.pool.slot().await
    }

    /// Sends one request and reads the response, at most `body_max` bytes of its body, all within `timeout`.
    ///
    /// `call` decides whether a request that was lost with its connection is sent again. Dropping the future closes the
    /// connection.
    pub(crate) async fn send(
        &self,
        slot: Slot,
        request: &mut Outgoing,
        call: &mut Call,
        timeout: Duration,
        body_max: usize,
    ) -> Result<Incoming, TransportError> {
        let request = request.addressed(&self.authority);
        let (progress, start) = (Progress::default(), Instant::now());
        let deadline = Deadline::after(timeout);
        let span = self.span(request);
        // In its place: what awaits a future would move it, and this one is large.
        let exchange = pin!(async {
            let (parts, body) = self.head(slot, request, call, deadline, &progress, &span).await?;
            Ok(self.receive(request, parts, body, deadline, body_max, &progress).await)
        });
        let sent = exchange.instrument(span.clone()).await;
        let status = sent.as_ref().ok().map(|received: &Incoming| received.head.status());
        self.record_end(&span, request, status, &progress, start);
        let elapsed = || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (host, method, path) = (&self.name, &request.method, request.target.path());
        match &sent {
            Ok(received) => tracing::debug!(
                %host, %method, path, status = received.head.status(), correlation_id = received.head.correlation_id(), ms = elapsed(),
                "a response was received"
            ),
            Err(_) => {
                tracing::debug!(%host, %method, path, phase = ?progress.phase(), ms = elapsed(), "no response was received");
            }
        }
        sent.map_err(|kind| self.error(kind, &progress))
    }

    /// Sends one request and returns as soon as the head of its response has arrived, within `timeout`.
    pub(crate) async fn begin(
        &self,
        slot: Slot,
        request: &mut Outgoing,
        call: &mut Call,
        timeout: Duration,
    ) -> Result<(ResponseHead, Reception), TransportError> {
        let (parts, body) = self.begin_unread(slot, request, call, timeout).await?;
        let head = read_head(&parts);
        tracing::debug!(
            host = %self.name, method = %request.method, path = request.target.path(), status = head.status(),
            correlation_id = head.correlation_id(), "the head of a response was received"
        );
        // What has no content has no coding, whatever the headers say.
        let may_be_coded = request.accepts_identity_only() && body.size_hint().exact() != Some(0);
        let coding = may_be_coded.then(|| request::coding(&parts.headers));
        let reception = Reception {
            headers: parts.headers,
            body,
            coding: coding.flatten(),
            peer: self.name.clone(),
            proxy: self.proxy_name(),
        };
        Ok((head, reception))
    }

    /// As [`begin`](Self::begin), but returns the head as it was received.
    pub(crate) async fn begin_unread(
        &self,
        slot: Slot,
        request: &mut Outgoing,
        call: &mut Call,
        timeout: Duration,
    ) -> Result<(Parts, ResponseBody), TransportError> {
        let request = request.addressed(&self.authority);
        let (progress, start) = (Progress::default(), Instant::now());
        let span = self.span(request);
        let begun = pin!(self.head(slot, request, call, Deadline::after(timeout), &progress, &span));
        let begun = begun.instrument(span.clone()).await;
        if begun.is_ok() {
            progress.enter(Phase::Body);
        }
        let status = begun.as_ref().ok().map(|(parts, _)| parts.status.as_u16());
        self.record_end(&span, request, status, &progress, start);
        let (host, method, path) = (&self.name, &request.method, request.target.path());
        begun.map_err(|kind| {
            tracing::debug!(%host, %method, path, phase = ?progress.phase(), "no response was received");
            self.error(kind, &progress)
        })
    }

    /// Returns the error of a body that is being received.
    pub(crate) fn body_error(&self, kind: TransportErrorKind) -> TransportError {
        TransportError::new(self.name.clone(), self.proxy_name(), Phase::Body, kind, true)
    }

    /// Returns the span of an attempt. What is not known yet is recorded in it later.
    fn span(&self, request: &Outgoing) -> Span {
        tracing::debug_span!(
            "http_request",
            host = %self.name,
            method = %request.method,
            path = request.target.path(),
            attempt = Empty,
            connection_reused = Empty,
            phase = Empty,
            status = Empty,
        )
    }

    /// Records how an attempt ended.
    fn record_end(
        &self,
        span: &Span,
        request: &Outgoing,
        status: Option<u16>,
        progress: &Progress,
        start: Instant,
    ) {
        let phase = progress.phase();
        span.record("phase", tracing::field::debug(phase));
        if let Some(status) = status {
            span.record("status", status);
        }
        #[cfg(feature = "metrics")]
        crate::meters::request_ended(&self.name, &request.method, status, phase, start.elapsed());
        #[cfg(not(feature = "metrics"))]
        let _ = (&self.name, request, start);
    }

    /// Adds the names of host and proxy, and how far the attempt came.
    fn error(&self, kind: TransportErrorKind, progress: &Progress) -> TransportError {
        TransportError::new(self.name.clone(), self.proxy_name(), progress.phase(), kind, progress.sent())
    }

    fn proxy_name(&self) -> Option<String> {
        let proxy = self.connector.proxy_for(&self.host, self.port);
        proxy.map(|proxy| connect::with_port(proxy.host(), proxy.port()))
    }

    /// Closes the kept connections.
    pub(crate) fn close(&self) {
        self.pool.close();
    }

    /// Closes the kept connections that can no longer be used.
    pub(crate) fn close_if_stale(&self, now: time::Instant) {
        self.pool.close_ended(now);
    }

    /// Sends over a kept connection, else over a new one, and again as `call` decides. Returns the head of the response.
    async fn head(
        &self,
        mut slot: Slot,
        request: &Outgoing,
        call: &mut Call,
        deadline: Deadline,
        progress: &Progress,
        span: &Span,
    ) -> Result<(Parts, ResponseBody), TransportErrorKind> {
        let mut may_reuse = true;
        loop {
            let carrier = self.carrier(may_reuse, deadline, progress).await?;
            let reused = carrier.reused();
            span.record("attempt", call.sends()).record("connection_reused", reused);
            #[cfg(feature = "metrics")]
            crate::meters::connection_used(&self.name, reused);
            progress.enter(Phase::Response);
            let sent_before = progress.set_sent(true);
            let sending = self.send_over(carrier, request, slot, deadline);
            let (failure, returned) = match sending.await? {
                Ok(begun) => return Ok(begun),
                Err(failed) => failed,
            };
            slot = returned;
            let loss = failure.fate.loss(reused);
            match failure.fate {
                Fate::Unsent(body) => {
                    request.body.take_back(body);
                    progress.set_sent(sent_before);
                }
                #[cfg(feature = "http2")]
                Fate::Unprocessed => {
                    progress.set_sent(sent_before);
                }
                #[cfg(feature = "http2")]
                Fate::Http1Required(body) => {
                    progress.set_sent(sent_before);
                    self.openings.require_http1(clock::now());
                    tracing::info!(host = %self.name, "the host requires HTTP/1.1: HTTP/2 is not used for an hour");
                    if let Some(body) = body {
                        request.body.take_back(body);
                    }
                }
                Fate::Unanswered | Fate::Ended => {}
            }
            if loss.is_none_or(|loss| call.lost(loss, clock::now()).is_err()) {
                return Err(failure.kind);
            }
            // What ended one kept connection may have ended all.
            may_reuse = false;
            tracing::debug!(host = %self.name, "the request was lost with its connection: it is sent again over another one");
        }
    }

    /// Returns a stream of the shared connection, else a kept connection if `may_reuse`, else a new one.
    async fn carrier(
        &self,
        may_reuse: bool,
        deadline: Deadline,
        progress: &Progress,
    ) -> Result<Carrier, TransportErrorKind> {
        #[cfg(feature = "http2")]
        if self.openings.may_share(clock::now)
            && let Some(shared) = Box::pin(self.shared(deadline, progress)).await?
        {
            return Ok(shared);
        }
        if let Some(connection) = may_reuse.then(|| self.pool.take()).flatten() {
            return Ok(Carrier::Own { connection, reused: true });
        }
        // In memory of its own: most calls reuse a connection.
        Box::pin(self.open(deadline, progress)).await
    }

    async fn open(&self, deadline: Deadline, progress: &Progress) -> Result<Carrier, TransportErrorKind> {
        #[cfg(feature = "http2")]
        let connector = self.openings.connector(&self.connector, clock::now());
        #[cfg(not(feature = "http2"))]
        let connector = &self.connector;
        match connector.open(&self.host, self.port, deadline, progress).await? {
            Opened::Http1(connection) => {
                #[cfg(feature = "http2")]
                self.openings.set_shares(false);
                Ok(Carrier::Own { connection, reused: false })
            }
            #[cfg(feature = "http2")]
            Opened::Http2(connection) => {
                self.openings.set_shares(true);
                let call = connection.begin();
                self.pool.share(connection);
                Ok(Carrier::Shared(call))
            }
        }
    }

    /// Returns a stream of the shared connection, and opens that if there is none: once, while others wait. `None` if the host has
    /// connections of HTTP/1.1 only.
    #[cfg(feature = "http2")]
    async fn shared(
        &self,
        deadline: Deadline,
        progress: &Progress,
    ) -> Result<Option<Carrier>, TransportErrorKind> {
        let kept = async || Some(Carrier::Shared(self.pool.shared().await?.begin()));
        if let Some(call) = kept().await {
            return Ok(Some(call));
        }
        let opening = self.openings.of_this_runtime();
        let turn = deadline.limit(opening.turn()).await;
        let turn = turn.inspect_err(|_| progress.enter(opening.progress.phase()))?;
        // Others may have opened it meanwhile, or may have found that it cannot be shared.
        if let Some(call) = kept().await {
            return Ok(Some(call));
        }
        if !self.openings.may_share(clock::now) {
            return Ok(None);
        }
        let opened = self.open(deadline, &opening.progress).await;
        progress.enter(opening.progress.phase());
        drop(turn);
        opened.map(Some)
    }

    /// Sends over this connection. The outer error is final.
    async fn send_over(
        &self,
        carrier: Carrier,
        request: &Outgoing,
        slot: Slot,
        deadline: Deadline,
    ) -> Result<Result<(Parts, ResponseBody), (Failure, Slot)>, TransportErrorKind> {
        match carrier {
            Carrier::Own { mut connection, .. } => {
                let sent = {
                    // Pinned here, and not moved: a future that is an argument of another one is in memory twice.
                    let sending = pin!(connection.send(request.to_request()));
                    deadline.limit(sending).await?
                };
                match sent {
                    Err(failure) => Ok(Err((failure, slot))),
                    Ok(response) => {
                        let (parts, body) = response.into_parts();
                        let body = ResponseBody::new(body, connection, self.pool.clone(), slot);
                        Ok(Ok((parts, body)))
                    }
                }
            }
            #[cfg(feature = "http2")]
            Carrier::Shared(call) => {
                let connection = call.connection();
                let (head, body) = request.to_shared_request(&self.http2_authority);
                let sending = Box::pin(call.send(head, body));
                match deadline.limit(sending).await {
                    Err(late) => {
                        // It may be dead: a network that forgot it closes nothing.
                        connection.retire();
                        Err(late)
                    }
                    Ok(Err(failure)) => Ok(Err((failure, slot))),
                    Ok(Ok(response)) => {
                        let (parts, body) = response.into_parts();
                        let body = ResponseBody::shared(body, &parts.headers, slot);
                        Ok(Ok((parts, body)))
                    }
                }
            }
        }
    }

    /// Reads the body. After the head there is no error: an incomplete body is marked as such.
    async fn receive(
        &self,
        request: &Outgoing,
        parts: Parts,
        body: ResponseBody,
        deadline: Deadline,
        body_max: usize,
        progress: &Progress,
    ) -> Incoming {
        progress.enter(Phase::Body);
        let head = read_head(&parts);
        let mut collected = Zeroizing::new(Vec::new());
        let mut failure = {
            let collecting = pin!(body::collect(body, body_max, &mut collected));
            deadline.limit(collecting).await.and_then(|read| read).err()
        };
        if request.accepts_identity_only() && failure.is_none() && !collected.is_empty() {
            failure = request::coding(&parts.headers).map(TransportErrorKind::ResponseEncoded);
        }
        let incomplete = failure.map(|kind| self.error(kind, progress));
        Incoming { head, headers: parts.headers, body: collected, incomplete }
    }
}

/// What carries one request.
enum Carrier {
    /// A connection of its own.
    Own { connection: Box<Connection>, reused: bool },
    /// A stream of a shared connection.
    #[cfg(feature = "http2")]
    Shared(SharedCall),
}

impl Carrier {
    /// Returns whether the connection had carried another request before.
    const fn reused(&self) -> bool {
        match self {
            Self::Own { reused, .. } => *reused,
            #[cfg(feature = "http2")]
            Self::Shared(call) => call.reused,
        }
    }
}

/// Returns what core needs to know of a head.
pub(crate) fn read_head(parts: &Parts) -> ResponseHead {
    let mut head = ResponseHead::new(parts.status.as_u16());
    // The date is the reference of `Retry-After` and of nothing else; most responses have only the former, and it takes more time than all others.
    let is_dated = parts.headers.contains_key(header::RETRY_AFTER);
    for (name, value) in &parts.headers {
        if name == header::DATE && !is_dated {
            continue;
        }
        head.header(name.as_str().as_bytes(), value.as_bytes());
    }
    if is_dated {
        head.received_at(clock::unix_seconds());
    }
    head
}
