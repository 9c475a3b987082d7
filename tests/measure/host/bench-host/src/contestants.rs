//! Who is measured: each as a function that asks for the token so many times.

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

/// One way to a cached token.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// Makes what one thread asks with.
    pub(crate) thread: Box<dyn Fn() -> Ask + Sync>,
}

/// Asks so many times; every time there must be a token.
pub(crate) type Ask = Box<dyn FnMut(u32) + Send>;

/// What lives as long as the measurement: a client with a token, and the runtime and service behind it.
pub(crate) struct Stage {
    client: TokenClient,
    _runtime: Runtime,
    _sandbox: Sandbox,
}

impl Stage {
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

/// A token beside its end, as the peers keep it.
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

/// Milliseconds since the machine was started, suspended time included, as the client under test takes them.
fn now() -> u64 {
    let time = clock_gettime(ClockId::Boottime);
    let of = |part: i64| u64::try_from(part).unwrap_or(0);
    of(time.tv_sec) * 1000 + of(time.tv_nsec) / 1_000_000
}

pub(crate) const OURS: &str = "genesys-token-tokio, token().await";

pub(crate) fn all(stage: &Stage) -> Vec<Contestant> {
    let contestant = |name, thread: Box<dyn Fn() -> Ask + Sync>| Contestant { name, thread };
    let (client, again) = (stage.client.clone(), stage.client.clone());
    let swap = Arc::new(ArcSwap::from_pointee(Held::new()));
    let lock = Arc::new(RwLock::new(Held::new()));
    let tokio_lock = Arc::new(tokio::sync::RwLock::new(Held::new()));
    let (sender, watched) = watch::channel(Held::new());
    vec![
        contestant(
            OURS,
            Box::new(move || {
                let client = client.clone();
                repeat(move || drop(black_box(at_once!(client.token()).expect("a token"))))
            }),
        ),
        contestant(
            "genesys-token-tokio, cached()",
            Box::new(move || {
                let client = again.clone();
                // What a thread finds without a lock is what it was given before.
                let _ = at_once!(client.token());
                repeat(move || drop(black_box(client.cached().expect("a token"))))
            }),
        ),
        contestant(
            "arc-swap, load",
            Box::new(move || {
                let swap = Arc::clone(&swap);
                repeat(move || assert!(black_box(swap.load().token()).is_some()))
            }),
        ),
        contestant(
            "std RwLock",
            Box::new(move || {
                let lock = Arc::clone(&lock);
                repeat(move || assert!(black_box(lock.read().expect("no poison").token()).is_some()))
            }),
        ),
        contestant(
            "tokio RwLock",
            Box::new(move || {
                let lock = Arc::clone(&tokio_lock);
                repeat(move || assert!(black_box(at_once!(lock.read()).token()).is_some()))
            }),
        ),
        contestant(
            "tokio watch, borrow",
            Box::new(move || {
                // The value is there as long as its sender.
                let _ = &sender;
                let watched = watched.clone();
                repeat(move || assert!(black_box(watched.borrow().token()).is_some()))
            }),
        ),
        contestant("the clock alone", Box::new(|| repeat(|| assert!(black_box(now()) > 0)))),
    ]
}

fn repeat(mut once: impl FnMut() + Send + 'static) -> Ask {
    Box::new(move |times| (0..times).for_each(|_| once()))
}

/// The outcome of a future that has no reason to wait. Where it is made, as `.await` does it: a function would have it moved.
macro_rules! at_once {
    ($future:expr) => {
        match pin!($future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("a cached value was waited for"),
        }
    };
}
use at_once;
