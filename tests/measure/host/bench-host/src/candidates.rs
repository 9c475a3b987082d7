//! The ways to share a token that are measured, each as a function that reads it a number of times.

use std::error::Error;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll, Waker};

use arc_swap::ArcSwap;
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::{StaticCredentials, TokenClient};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// One way to share a cached token.
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    /// Creates the reading function of one thread.
    pub(crate) thread: Box<dyn Fn() -> Read + Sync>,
}

/// Reads the token this number of times; there must be one each time.
pub(crate) type Read = Box<dyn FnMut(u32) + Send>;

/// A client with a token, with its runtime and its server, for the time of the measurement.
pub(crate) struct Setup {
    client: TokenClient,
    _runtime: Runtime,
    _sandbox: Sandbox,
}

impl Setup {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let sandbox = Sandbox::builder().start_blocking()?;
        let port = sandbox.login_addr().port();
        let client = TokenClient::builder(Endpoint::explicit("localhost", port, "/oauth/token")?)
            .credentials(StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)?)
            .extra_roots_pem(sandbox.root_pem())
            .build()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(client.token())?;
        Ok(Self { client, _runtime: runtime, _sandbox: sandbox })
    }
}

/// A token with its expiry, as the peers store it.
struct Held {
    token: String,
    /// Milliseconds of [`now`].
    expires_at: u64,
}

impl Held {
    fn new() -> Self {
        Self { token: "x".repeat(86), expires_at: now() + 86_399_000 }
    }

    fn token(&self) -> Option<&str> {
        (now() < self.expires_at).then_some(self.token.as_str())
    }
}

/// Returns milliseconds since the machine was started, suspended time included, as the client under test does.
fn now() -> u64 {
    let time = clock_gettime(ClockId::Boottime);
    let of = |part: i64| u64::try_from(part).unwrap_or(0);
    of(time.tv_sec) * 1000 + of(time.tv_nsec) / 1_000_000
}

pub(crate) const OURS: &str = "genesys-token-tokio, token().await";

pub(crate) fn all(setup: &Setup) -> Vec<Candidate> {
    let candidate = |name, thread: Box<dyn Fn() -> Read + Sync>| Candidate { name, thread };
    let (client, again) = (setup.client.clone(), setup.client.clone());
    let swap = Arc::new(ArcSwap::from_pointee(Held::new()));
    let lock = Arc::new(RwLock::new(Held::new()));
    let tokio_lock = Arc::new(tokio::sync::RwLock::new(Held::new()));
    let (sender, watched) = watch::channel(Held::new());
    vec![
        candidate(
            OURS,
            Box::new(move || {
                let client = client.clone();
                repeat(move || drop(black_box(at_once!(client.token()).expect("a token"))))
            }),
        ),
        candidate(
            "genesys-token-tokio, cached()",
            Box::new(move || {
                let client = again.clone();
                // Fills the cache of the thread.
                let _ = at_once!(client.token());
                repeat(move || drop(black_box(client.cached().expect("a token"))))
            }),
        ),
        candidate(
            "arc-swap, load",
            Box::new(move || {
                let swap = Arc::clone(&swap);
                repeat(move || assert!(black_box(swap.load().token()).is_some()))
            }),
        ),
        candidate(
            "std RwLock",
            Box::new(move || {
                let lock = Arc::clone(&lock);
                repeat(move || assert!(black_box(lock.read().expect("no poison").token()).is_some()))
            }),
        ),
        candidate(
            "tokio RwLock",
            Box::new(move || {
                let lock = Arc::clone(&tokio_lock);
                repeat(move || assert!(black_box(at_once!(lock.read()).token()).is_some()))
            }),
        ),
        candidate(
            "tokio watch, borrow",
            Box::new(move || {
                // The value exists as long as its sender.
                let _ = &sender;
                let watched = watched.clone();
                repeat(move || assert!(black_box(watched.borrow().token()).is_some()))
            }),
        ),
        candidate("reading the clock only", Box::new(|| repeat(|| assert!(black_box(now()) > 0)))),
    ]
}

fn repeat(mut once: impl FnMut() + Send + 'static) -> Read {
    Box::new(move |times| (0..times).for_each(|_| once()))
}

/// Polls a future that is ready at once, in place as `.await` does: a function would move it.
macro_rules! at_once {
    ($future:expr) => {
        match pin!($future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("a cached value was not ready"),
        }
    };
}
use at_once;
