//! One host over one kept-alive connection: the only room that does network I/O.
//!
//! Knows bytes, deadlines and connections; what a response means is not decided here. The order to read in: `send` in
//! this file, [`connect`], [`dial`] and [`tunnel`], [`trust`].

mod connect;
mod dial;
mod error;
mod hyper_io;
mod request;
mod tls_error;
mod trust;
mod tunnel;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use genesys_token_core::call::{Call, KEEP_ALIVE, Loss, is_reusable};
use genesys_token_core::time;
use genesys_token_core::wire::ResponseHead;
use http::HeaderValue;
use hyper::body::{Body as _, Incoming as HyperBody};
use hyper::client::conn::http1::SendRequest;
use tokio::runtime::{self, Handle};
use tokio::time::Instant;
use zeroize::Zeroizing;

pub(crate) use connect::Connector;
pub use error::{Phase, ProxyError, TransportError, TransportErrorKind};
use request::OneShot;
pub(crate) use request::{Incoming, Outgoing};
pub use tls_error::{TlsError, TlsErrorKind};
pub use trust::PUBLISHED_ANCHORS;
pub(crate) use trust::Trust;

use crate::clock;

/// The most that is reserved for a body because its peer has announced it, in bytes. What comes beyond that takes memory as
/// it comes: an announcement costs the peer nothing.
const RESERVED_MAX: usize = 1024 * 1024;

/// The value of the `User-Agent` header.
pub(crate) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("genesys-token-tokio/", env!("CARGO_PKG_VERSION")));

/// One host, and the connection to it that is kept alive between requests.
pub(crate) struct Transport {
    connector: Arc<Connector>,
    host: String,
    port: u16,
    /// `host`, with the port unless it is 443.
    authority: String,
    idle: Mutex<Option<Idle>>,
}

struct Idle {
    sender: SendRequest<OneShot>,
    since: time::Instant,
    /// The one that drives the connection. Another may run while that one does not.
    runtime: runtime::Id,
}

impl Transport {
    pub(crate) fn new(connector: Arc<Connector>, host: &str, port: u16) -> Self {
        Self {
            connector,
            host: host.to_owned(),
            port,
            authority: connect::authority(host, port),
            idle: Mutex::new(None),
        }
    }

    /// The host, with the port unless it is 443.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    #[cfg(feature = "tower")]
    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Sends one request and reads the response, at most `body_max` bytes of its body, all within `timeout`.
    ///
    /// Whether a request that was lost with its connection is sent again, `call` says. Dropping the future closes the
    /// connection.
    pub(crate) async fn send(
        &self,
        request: &Outgoing,
        call: &mut Call,
        timeout: Duration,
        body_max: usize,
    ) -> Result<Incoming, TransportError> {
        let progress = Progress::default();
        // A timeout beyond the end of time is none; thirty years is near enough.
        let deadline = Instant::now()
            .checked_add(timeout)
            .unwrap_or_else(|| Instant::now() + Duration::from_secs(30 * 365 * 86_400));
        self.exchange(request, call, deadline, body_max, &progress).await.map_err(|kind| {
            let sent = progress.sent.load(Ordering::Relaxed);
            self.error_of(kind, sent)
        })
    }

    /// The failure to read a response that has begun.
    pub(crate) fn error(&self, cut: TransportErrorKind) -> TransportError {
        self.error_of(cut, true)
    }

    /// This kind of failure, with the names of host and proxy.
    fn error_of(&self, kind: TransportErrorKind, sent: bool) -> TransportError {
        let proxy = self.connector.proxy_for(&self.host, self.port);
        let proxy = proxy.map(|proxy| connect::with_port(proxy.host(), proxy.port()));
        TransportError::new(self.authority.clone(), proxy, kind, sent)
    }

    /// Closes the kept connection, if there is one.
    pub(crate) fn close(&self) {
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Closes the kept connection if it has been idle for too long.
    pub(crate) fn close_if_stale(&self, now: time::Instant) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.as_ref().is_some_and(|idle| idle.is_stale(now)) {
            *idle = None;
        }
    }

    async fn exchange(
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
            let mut sender = match kept.take() {
                Some(sender) => sender,
                None => self.connector.open(&self.host, self.port, deadline, progress).await?,
            };
            progress.enter(Phase::Response);
            if reused {
                // Free again once its task has seen the end of the last response.
                match tokio::time::timeout_at(deadline, sender.ready()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(closed)) => {
                        self.after_loss(call, Loss::Unsent { reused }, closed)?;
                        continue;
                    }
                    Err(_elapsed) => return Err(TransportErrorKind::Timeout(Phase::Response)),
                }
            }
            let sent_before = progress.sent.swap(true, Ordering::Relaxed);
            let sending = sender.try_send_request(request.to_request(&host));
            let mut failure = match tokio::time::timeout_at(deadline, sending).await {
                Err(_elapsed) => return Err(TransportErrorKind::Timeout(Phase::Response)),
                Ok(Ok(response)) => return Ok(self.receive(response, sender, deadline, body_max).await),
                Ok(Err(failure)) => failure,
            };
            let unsent = failure.take_message().is_some();
            if unsent {
                progress.sent.store(sent_before, Ordering::Relaxed);
            }
            let error = failure.into_error();
            let loss = match unsent {
                true => Loss::Unsent { reused },
                false if is_connection_end(&error) => Loss::Unanswered { reused },
                // Bytes that are no response are one that cannot be read.
                false => return Err(of_hyper(error, Phase::Response)),
            };
            self.after_loss(call, loss, error)?;
        }
    }

    /// `Ok`: once more.
    fn after_loss(&self, call: &mut Call, loss: Loss, error: hyper::Error) -> Result<(), TransportErrorKind> {
        if call.lost(loss, clock::now()).is_err() {
            return Err(of_hyper(error, Phase::Response));
        }
        tracing::debug!(host = %self.authority, "the kept connection had ended: a fresh one is opened");
        Ok(())
    }

    /// Reads the response. Once there is a head there is no error any more: a body that is not whole says so.
    async fn receive(
        &self,
        response: http::Response<HyperBody>,
        sender: SendRequest<OneShot>,
        deadline: Instant,
        body_max: usize,
    ) -> Incoming {
        let (parts, body) = response.into_parts();
        let mut head = ResponseHead::new(parts.status.as_u16());
        for (name, value) in &parts.headers {
            head.header(name.as_str().as_bytes(), value.as_bytes());
        }
        let mut collected = Zeroizing::new(Vec::new());
        let collecting = collect(body, body_max, &mut collected);
        let cut = match tokio::time::timeout_at(deadline, collecting).await {
            Err(_elapsed) => Some(TransportErrorKind::Timeout(Phase::Body)),
            Ok(Err(kind)) => Some(kind),
            Ok(Ok(())) => {
                self.keep(sender);
                None
            }
        };
        Incoming { head, headers: parts.headers, body: collected, cut }
    }

    fn take_idle(&self) -> Option<SendRequest<OneShot>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let usable = !idle.is_stale(clock::now()) && idle.runtime == Handle::current().id();
        usable.then_some(idle.sender)
    }

    fn keep(&self, sender: SendRequest<OneShot>) {
        if !sender.is_closed() {
            let idle = Idle { sender, since: clock::now(), runtime: Handle::current().id() };
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(idle);
        }
    }
}

impl Idle {
    fn is_stale(&self, now: time::Instant) -> bool {
        !is_reusable(now.saturating_since(self.since), KEEP_ALIVE, !self.sender.is_closed())
    }
}

/// Reads the body into one buffer, which is wiped wherever it has to grow: nothing of it stays behind.
async fn collect(
    mut body: HyperBody,
    body_max: usize,
    to: &mut Zeroizing<Vec<u8>>,
) -> Result<(), TransportErrorKind> {
    let too_large = || TransportErrorKind::BodyTooLarge { limit: body_max };
    let announced = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    to.reserve_exact(announced.unwrap_or(1024).min(body_max).min(RESERVED_MAX));
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| of_hyper(error, Phase::Body))?;
        let Some(data) = frame.data_ref() else { continue };
        let room = body_max - to.len();
        let (fitting, rest) = data.split_at(data.len().min(room));
        append(to, fitting);
        if !rest.is_empty() {
            return Err(too_large());
        }
    }
    Ok(())
}

/// Grows by a fresh buffer: `Vec` itself would free the old one unwiped.
fn append(to: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    let needed = to.len() + bytes.len();
    if needed > to.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(2 * to.capacity())));
        larger.extend_from_slice(to);
        *to = larger;
    }
    to.extend_from_slice(bytes);
}

fn of_hyper(error: hyper::Error, phase: Phase) -> TransportErrorKind {
    // In TLS 1.3 a server may refuse the handshake after the client thinks it is over.
    if let Some(error) = io_source(&error).and_then(|error| TlsError::from_io(error, None)) {
        return TransportErrorKind::Tls(error);
    }
    if is_connection_end(&error) {
        return match io_source(&error).map(io::Error::kind) {
            // hyper's own words for chunks that are none.
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => TransportErrorKind::Http(error),
            // Without TLS's own end the peer's FIN may be anybody's: rustls calls that an unexpected end.
            Some(kind) if kind != io::ErrorKind::UnexpectedEof => {
                TransportErrorKind::Lost(phase, io::Error::from(kind))
            }
            _ => TransportErrorKind::Closed(phase),
        };
    }
    TransportErrorKind::Http(error)
}

/// Whether the connection ended, as opposed to bytes that are not HTTP.
fn is_connection_end(error: &hyper::Error) -> bool {
    error.is_incomplete_message() || error.is_canceled() || error.is_closed() || io_source(error).is_some()
}

fn io_source(error: &hyper::Error) -> Option<&io::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

/// How far an exchange has come, for the error that ends it.
#[derive(Debug, Default)]
struct Progress {
    phase: AtomicU8,
    /// Something of the request may have left, over whichever connection.
    sent: AtomicBool,
}

impl Progress {
    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    fn phase(&self) -> Phase {
        const PHASES: [Phase; 6] = [
            Phase::NameLookup,
            Phase::Connect,
            Phase::Proxy,
            Phase::TlsHandshake,
            Phase::Response,
            Phase::Body,
        ];
        PHASES
            .into_iter()
            .find(|phase| *phase as u8 == self.phase.load(Ordering::Relaxed))
            .unwrap_or(Phase::Response)
    }
}
