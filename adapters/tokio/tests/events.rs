//! Events of `tracing` are emitted without the client's lock. A process of its own, because a process has one global subscriber.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests of an adapter for hosts"
)]

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::{StaticCredentials, TokenClient, TokenErrorKind};
use tracing_core::{Dispatch, Event, Metadata, Subscriber, dispatcher, span};

/// A subscriber that calls the client for each event, as one does that sends events through the same client.
struct Calls {
    client: Arc<Mutex<Option<TokenClient>>>,
    received: mpsc::Sender<()>,
}

impl Subscriber for Calls {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("genesys_token")
    }

    fn event(&self, _: &Event<'_>) {
        if let Some(client) = &*self.client.lock().unwrap() {
            assert!(client.refresh_token().is_none());
            let _ = self.received.send(());
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test]
fn subscribers_may_call_the_client() {
    let (received, events) = mpsc::channel();
    let (done, ended) = mpsc::channel();
    // On a thread of its own: a deadlock must fail the test.
    std::thread::spawn(move || {
        let place = Arc::new(Mutex::new(None));
        dispatcher::set_global_default(Dispatch::new(Calls { client: place.clone(), received })).unwrap();
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let endpoint =
                Endpoint::explicit("localhost", sandbox.login_addr().port(), "/oauth/token").unwrap();
            let credentials = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET).unwrap();
            let builder = TokenClient::builder(endpoint).credentials(credentials);
            let client = builder.extra_roots_pem(sandbox.root_pem()).build().unwrap();
            *place.lock().unwrap() = Some(client.clone());
            let token = client.token().await.unwrap();
            assert!(client.token_refused(&token));
            client.token().await.unwrap();
            assert!(!client.token_refused(&client.token().await.unwrap()));
            let error = client.token().await.unwrap_err();
            assert!(matches!(error.kind(), TokenErrorKind::FreshTokenRefused), "{error}");
            *place.lock().unwrap() = None;
        });
        done.send(()).unwrap();
    });
    ended
        .recv_timeout(Duration::from_secs(30))
        .expect("a subscriber that calls the client must not deadlock");
    assert!(events.try_iter().count() >= 5);
}
