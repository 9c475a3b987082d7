//! The opening of the connection that all calls of a runtime share: one of them opens it, while the others wait. Also, whether the host offers one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use genesys_token_core::time::{Duration, Instant};
use rustls::ClientConfig;
use tokio::runtime::{self, Handle};
use tokio::sync::{Mutex as Turns, MutexGuard};

use super::connect::{ALPN_HTTP2, Connector};
use super::progress::Progress;

/// How long HTTP/2 is not used with a host that has required HTTP/1.1. Our choice: a wrong configuration of the host may be corrected, and one
/// request that is sent twice each hour costs little.
const HTTP1_TIME: Duration = Duration::from_secs(3600);

/// The shared connections of a host that are being opened.
pub(super) struct Openings {
    /// HTTP/2 is offered, and the host has not chosen another protocol the last time.
    may_share: AtomicBool,
    is_offered: bool,
    /// Until when only HTTP/1.1 is offered, because the host has required it.
    http1_until: Mutex<Option<Instant>>,
    /// By runtime: one that is not run must not hold another one up.
    of_runtimes: Mutex<HashMap<runtime::Id, Arc<Opening>>>,
}

/// The opening of one shared connection after another.
#[derive(Default)]
pub(super) struct Opening {
    turns: Turns<()>,
    /// The progress of the current one, also for the calls that wait for it.
    pub(super) progress: Progress,
}

impl Openings {
    pub(super) fn new(tls: &ClientConfig) -> Self {
        let is_offered = tls.alpn_protocols.iter().any(|name| name == ALPN_HTTP2);
        Self {
            may_share: AtomicBool::new(is_offered),
            is_offered,
            http1_until: Mutex::default(),
            of_runtimes: Mutex::default(),
        }
    }

    /// Returns whether the next connection may be one of HTTP/2. `now` is called only if the host has chosen HTTP/2, or nothing yet.
    pub(super) fn may_share(&self, now: impl FnOnce() -> Instant) -> bool {
        self.may_share.load(Ordering::Acquire) && !self.requires_http1(now())
    }

    /// Records that the host requires HTTP/1.1.
    pub(super) fn require_http1(&self, now: Instant) {
        *self.http1_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + HTTP1_TIME);
    }

    fn requires_http1(&self, now: Instant) -> bool {
        self.http1_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }

    /// Returns the connector for the next connection: `connector`, without HTTP/2 while the host requires HTTP/1.1.
    pub(super) fn connector<'a>(&self, connector: &'a Connector, now: Instant) -> Cow<'a, Connector> {
        if self.requires_http1(now) {
            Cow::Owned(connector.without_http2())
        } else {
            Cow::Borrowed(connector)
        }
    }

    /// Records what the host has chosen.
    pub(super) fn set_shares(&self, shares: bool) {
        self.may_share.store(shares && self.is_offered, Ordering::Release);
    }

    pub(super) fn of_this_runtime(&self) -> Arc<Opening> {
        let mut of_runtimes = self.of_runtimes.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that no call waits for: their runtimes may have ended.
        of_runtimes.retain(|_, opening| Arc::strong_count(opening) > 1);
        of_runtimes.entry(Handle::current().id()).or_default().clone()
    }
}

impl Opening {
    /// Waits until no other call is opening a connection, first come, first served. Dropping the future leaves the queue.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turns.lock().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::RootCertStore;
    use rustls::crypto::ring::default_provider;

    use super::*;

    #[test]
    fn a_host_that_requires_http1_is_asked_over_http2_again_after_an_hour() {
        let mut tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        tls.alpn_protocols = vec![ALPN_HTTP2.to_vec(), b"http/1.1".to_vec()];
        let timeout = std::time::Duration::from_secs(1);
        let connector = Connector { tls: Arc::new(tls), trust: None, proxy: None, broker: None, timeout };
        let openings = Openings::new(&connector.tls);
        let offered = |now| openings.connector(&connector, now).tls.alpn_protocols.clone();
        let now = Instant::from_secs(1000);
        assert!(openings.may_share(|| now));
        openings.require_http1(now);
        let last = Instant::from_millis((now + HTTP1_TIME).as_millis() - 1);
        assert!(!openings.may_share(|| last));
        assert_eq!(offered(last), [b"http/1.1"]);
        assert_eq!(offered(now + HTTP1_TIME), [ALPN_HTTP2, b"http/1.1"]);
        assert!(openings.may_share(|| now + HTTP1_TIME));
    }
}
