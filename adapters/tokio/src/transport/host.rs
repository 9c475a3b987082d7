//! Requests to one host, with a connection that is kept between them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use genesys_token_core::call::{Call, Loss};
use genesys_token_core::time;
use genesys_token_core::wire::ResponseHead;
use http::HeaderValue;
use hyper::body::Incoming as HyperBody;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::connect::{self, Connector};
use super::connection::{Connection, IdleConnection};
use super::error::{Phase, TransportError, TransportErrorKind};
use super::progress::Progress;
use super::request::{Incoming, Outgoing};
use super::{body, hyper_error, request};
use crate::clock;

/// A host, and the connection that is kept open between requests to it.
pub(crate) struct Transport {
    connector: Arc<Connector>,
    host: String,
    port: u16,
    /// The value of `Host`: `host`, with the port unless it is 443.
    authority: String,
    /// The peer's name in messages: the same, or the address of a broker.
    name: String,
    idle: Mutex<Option<IdleConnection>>,
}

impl Transport {
    pub(crate) fn new(connector: Arc<Connector>, host: &str, port: u16) -> Self {
        let authority = connect::authority(host, port);
        let name = connector.broker.as_ref().map_or_else(|| authority.clone(), ToString::to_string);
        Self { connector, host: host.to_owned(), port, authority, name, idle: Mutex::new(None) }
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

    /// Sends one request and reads the response, at most `body_max` bytes of its body, all within `timeout`.
    ///
    /// `call` decides whether a request that was lost with its connection is sent again. Dropping the future closes the
    /// connection.
    pub(crate) async fn send(
        &self,
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
        let sent = self.attempts(request, call, deadline, body_max, &progress).await;
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

    /// Closes the kept connection, if there is one.
    pub(crate) fn close(&self) {
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Closes the kept connection if it can no longer be used.
    pub(crate) fn close_if_stale(&self, now: time::Instant) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.as_ref().is_some_and(|idle| !idle.may_be_reused(now)) {
            *idle = None;
        }
    }

    /// Sends over the kept connection, else over a new one, and again as `call` decides.
    async fn attempts(
        &self,
        request: &Outgoing,
        call: &mut Call,
        deadline: Instant,
        body_max: usize,
        progress: &Progress,
    ) -> Result<Incoming, TransportErrorKind> {
        let host = HeaderValue::from_str(&self.authority)
            .map_err(|error| TransportErrorKind::NameLookup(io::Error::other(error)))?;
        let mut kept = self.take_idle();
        loop {
            let reused = kept.is_some();
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => self.connector.open(&self.host, self.port, deadline, progress).await?,
            };
            progress.enter(Phase::Request);
            if reused {
                // Ready once its task has processed the end of the previous response.
                match tokio::time::timeout_at(deadline, connection.sender.ready()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(closed)) => {
                        self.after_loss(call, Loss::Unsent { reused }, closed)?;
                        continue;
                    }
                    Err(_elapsed) => return Err(TransportErrorKind::TimedOut),
                }
            }
            progress.enter(Phase::Response);
            let sent_before = progress.set_sent(true);
            let sending = connection.sender.try_send_request(request.to_request(&host));
            let mut failure = match tokio::time::timeout_at(deadline, sending).await {
                Err(_elapsed) => return Err(TransportErrorKind::TimedOut),
                Ok(Ok(response)) => {
                    progress.enter(Phase::Body);
                    let mut received = self.receive(response, connection, deadline, body_max, progress).await;
                    if request.accepts_identity_only()
                        && let Some(coding) = request::content_coding(&received.headers)
                    {
                        let encoded = TransportErrorKind::ResponseEncoded(coding);
                        received.incomplete.get_or_insert_with(|| self.error(encoded, progress));
                    }
                    return Ok(received);
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
        response: http::Response<HyperBody>,
        connection: Connection,
        deadline: Instant,
        body_max: usize,
        progress: &Progress,
    ) -> Incoming {
        let (parts, body) = response.into_parts();
        let mut head = ResponseHead::new(parts.status.as_u16());
        for (name, value) in &parts.headers {
            head.header(name.as_str().as_bytes(), value.as_bytes());
        }
        head.received_at(clock::unix_seconds());
        let mut collected = Zeroizing::new(Vec::new());
        let collecting = body::collect(body, body_max, &mut collected);
        let failure = match tokio::time::timeout_at(deadline, collecting).await {
            Err(_elapsed) => Some(TransportErrorKind::TimedOut),
            Ok(Err(kind)) => Some(kind),
            Ok(Ok(())) => {
                self.keep(connection);
                None
            }
        };
        let incomplete = failure.map(|kind| self.error(kind, progress));
        Incoming { head, headers: parts.headers, body: collected, incomplete }
    }

    fn take_idle(&self) -> Option<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        idle.reuse(clock::now())
    }

    fn keep(&self, connection: Connection) {
        if let Some(idle) = connection.keep(clock::now()) {
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(idle);
        }
    }
}
