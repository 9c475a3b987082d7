//! Requests to one host, over connections that are kept between them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::call::{Call, Loss};
use genesys_token_core::time;
use genesys_token_core::wire::ResponseHead;
use http::HeaderValue;
use http::response::Parts;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::connect::{self, Connector};
use super::error::{Phase, TransportError, TransportErrorKind};
use super::pool::{Pool, PoolLimits, Slot};
use super::progress::Progress;
use super::request::{Incoming, Outgoing};
use super::response_body::ResponseBody;
use super::{body, hyper_error, request};
use crate::clock;

/// A host, and the connections that are kept open between requests to it.
pub(crate) struct Transport {
    connector: Arc<Connector>,
    host: String,
    port: u16,
    /// The value of `Host`: `host`, with the port unless it is 443.
    authority: String,
    /// The peer's name in messages: the same, or the address of a broker.
    name: String,
    pool: Arc<Pool>,
}

impl Transport {
    pub(crate) fn new(connector: Arc<Connector>, host: &str, port: u16, limits: PoolLimits) -> Self {
        let authority = connect::authority(host, port);
        let name = connector.broker.as_ref().map_or_else(|| authority.clone(), ToString::to_string);
        Self { connector, host: host.to_owned(), port, authority, name, pool: Pool::new(limits) }
    }

    /// Returns the peer's name: the host, with the port unless it is 443, or the address of a broker.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[cfg(feature = "hyper-util")]
    pub(crate) fn connector(&self) -> super::ApiConnector {
        super::ApiConnector::new(self.connector.clone())
    }

    #[cfg(feature = "tower")]
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
        request: &Outgoing,
        call: &mut Call,
        timeout: Duration,
        body_max: usize,
    ) -> Result<Incoming, TransportError> {
        let progress = Progress::default();
        // A timeout that overflows is none; thirty years are as good.
        let deadline = Instant::now()
            .checked_add(timeout)
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(30 * 365 * 86_400));
        let start = Instant::now();
        let sent = match self.head(slot, request, call, deadline, &progress).await {
            Ok((parts, body)) => Ok(self.receive(request, parts, body, deadline, body_max, &progress).await),
            Err(kind) => Err(kind),
        };
        let ms = start.elapsed().as_millis();
        let (host, method, path) = (&self.name, &request.method, request.target.path());
        match &sent {
            Ok(received) => tracing::debug!(
                %host, %method, path, status = received.head.status(), correlation_id = received.head.correlation_id(), ms,
                "a response was received"
            ),
            Err(_) => {
                tracing::debug!(%host, %method, path, phase = ?progress.phase(), ms, "no response was received");
            }
        }
        sent.map_err(|kind| self.error(kind, &progress))
    }

    /// Adds the names of host and proxy, and how far the attempt came.
    fn error(&self, kind: TransportErrorKind, progress: &Progress) -> TransportError {
        let proxy = self.connector.proxy_for(&self.host, self.port);
        let proxy = proxy.map(|proxy| connect::with_port(proxy.host(), proxy.port()));
        TransportError::new(self.name.clone(), proxy, progress.phase(), kind, progress.sent())
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
        slot: Slot,
        request: &Outgoing,
        call: &mut Call,
        deadline: Instant,
        progress: &Progress,
    ) -> Result<(Parts, ResponseBody), TransportErrorKind> {
        let host = HeaderValue::from_str(&self.authority)
            .map_err(|error| TransportErrorKind::NameLookup(io::Error::other(error)))?;
        loop {
            let kept = self.pool.take();
            let reused = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                // In memory of its own: most calls reuse a connection.
                None => Box::pin(self.connector.open(&self.host, self.port, deadline, progress)).await?,
            };
            progress.enter(Phase::Response);
            let sent_before = progress.set_sent(true);
            let sending = connection.send(request.to_request(&host));
            let mut failure = match tokio::time::timeout_at(deadline, sending).await {
                Err(_elapsed) => return Err(TransportErrorKind::TimedOut),
                Ok(Ok(response)) => {
                    let (parts, body) = response.into_parts();
                    let body = ResponseBody::new(body, connection, self.pool.clone(), slot);
                    return Ok((parts, body));
                }
                Ok(Err(failure)) => failure,
            };
            let unsent = failure.take_message().is_some();
            if unsent {
                progress.set_sent(sent_before);
            }
            let error = failure.into_error();
            let loss = match unsent {
                true => Loss::Unsent { reused },
                false if hyper_error::is_connection_end(&error) => Loss::Unanswered { reused },
                // Bytes came, so the request was received.
                false => return Err(hyper_error::kind(error)),
            };
            self.after_loss(call, loss, error)?;
        }
    }

    /// Returns `Ok` if the request is sent again.
    fn after_loss(&self, call: &mut Call, loss: Loss, error: hyper::Error) -> Result<(), TransportErrorKind> {
        if call.lost(loss, clock::now()).is_err() {
            return Err(hyper_error::kind(error));
        }
        tracing::debug!(host = %self.name, "the kept connection had ended: a new one is opened");
        Ok(())
    }

    /// Reads the body. After the head there is no error: an incomplete body is marked as such.
    async fn receive(
        &self,
        request: &Outgoing,
        parts: Parts,
        body: ResponseBody,
        deadline: Instant,
        body_max: usize,
        progress: &Progress,
    ) -> Incoming {
        progress.enter(Phase::Body);
        let mut head = ResponseHead::new(parts.status.as_u16());
        for (name, value) in &parts.headers {
            head.header(name.as_str().as_bytes(), value.as_bytes());
        }
        head.received_at(clock::unix_seconds());
        let mut collected = Zeroizing::new(Vec::new());
        let collecting = body::collect(body, body_max, &mut collected);
        let mut failure = match tokio::time::timeout_at(deadline, collecting).await {
            Err(_elapsed) => Some(TransportErrorKind::TimedOut),
            Ok(read) => read.err(),
        };
        if request.accepts_identity_only() && failure.is_none() {
            failure = request::content_coding(&parts.headers).map(TransportErrorKind::ResponseEncoded);
        }
        let incomplete = failure.map(|kind| self.error(kind, progress));
        Incoming { head, headers: parts.headers, body: collected, incomplete }
    }
}
