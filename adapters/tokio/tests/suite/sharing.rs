//! Callers share one token and one exchange.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use genesys_token_sandbox::{Answer, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host};
use genesys_token_tokio::core::settings::{ClientAuth, Scope};
use genesys_token_tokio::{CredentialSource, Credentials, CredentialsFuture, TokenErrorKind};

use crate::fixture::{builder, client, label, received, sandbox};

#[tokio::test]
async fn the_token_request_has_the_documented_form() {
    let sandbox = sandbox().await;
    let token = client(&sandbox).token().await.unwrap();
    let requests = sandbox.record();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/oauth/token"));
    assert_eq!(request.body, b"grant_type=client_credentials");
    let host = format!("localhost:{}", sandbox.login_addr().port());
    assert_eq!(request.header("Host"), Some(host.as_str()));
    assert_eq!(request.header("Content-Type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.header("Accept"), Some("application/json"));
    assert_eq!(request.header("Content-Length"), Some("29"));
    // Without this header any coding is acceptable (RFC 9110 section 12.5.3), and none is decoded here.
    assert_eq!(request.header("Accept-Encoding"), Some("identity"));
    assert!(request.header("Authorization").unwrap().starts_with("Basic "));
    assert!(request.header("User-Agent").unwrap().starts_with("genesys-token-tokio/"));
    let tls = request.tls.as_ref().unwrap();
    assert_eq!((tls.version, tls.alpn.as_deref()), ("TLSv1.3", Some("http/1.1")));
    assert_eq!(tls.server_name.as_deref(), Some("localhost"));

    assert_eq!(token.expose().len(), 86);
    let value = token.authorization_header_value();
    assert!(value.is_sensitive());
    assert_eq!(value.to_str().unwrap(), format!("Bearer {}", token.expose()));
    assert!(
        token.expires_in() <= Duration::from_secs(86_399) && token.expires_in() > Duration::from_secs(86_000)
    );
    assert!(!format!("{token:?}").contains(token.expose()));
}

#[tokio::test]
async fn client_authentication_and_scope_are_configurable() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox)
        .client_auth(ClientAuth::RequestBody)
        .scope(Scope::new("a b").unwrap())
        .build()
        .unwrap();
    client.token().await.unwrap();
    let request = &sandbox.record()[0];
    assert_eq!(request.header("Authorization"), None);
    let expected = [
        ("grant_type", "client_credentials"),
        ("client_id", DEMO_CLIENT_ID),
        ("client_secret", DEMO_CLIENT_SECRET),
        ("scope", "a b"),
    ];
    let mut form = request.form();
    form.sort();
    let mut expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    expected.sort();
    assert_eq!(form, expected);
}

#[tokio::test]
async fn a_refused_secret_is_not_sent_again_for_minutes() {
    let sandbox = sandbox().await;
    sandbox.remove_client(DEMO_CLIENT_ID);
    let client = client(&sandbox);
    for _ in 0..2 {
        let error = client.token().await.unwrap_err();
        assert!(error.retry_in().unwrap() > Duration::from_secs(200), "no retry within minutes: {error:?}");
    }
    assert_eq!(sandbox.record().len(), 1);
}

#[tokio::test]
async fn dropped_callers_cancel_nothing() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, Answer::service().delayed(Duration::from_millis(200)));
    let client = client(&sandbox);
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.token().await.map(drop) })
        })
        .collect();
    sandbox.wait_for(1).await;
    for caller in &callers {
        caller.abort();
    }
    // No caller waits any more; the exchange goes on.
    client.token().await.unwrap();
    assert_eq!(sandbox.record().len(), 1);
}

#[tokio::test]
async fn every_thread_reads_the_cached_token_without_a_request() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let token = client.token().await.unwrap();
    assert_eq!(client.cached().unwrap().generation(), token.generation());
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                assert!(client.cached().is_none(), "the cache of this thread is empty");
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let here = runtime.block_on(client.token()).unwrap();
                assert_eq!(here.expose(), token.expose());
                assert_eq!(client.cached().unwrap().expose(), token.expose());
            });
        }
    });
    assert_eq!(sandbox.record().len(), 1);
}

#[tokio::test]
async fn more_clients_than_the_thread_cache_holds_do_not_interfere() {
    let sandbox = sandbox().await;
    let clients: Vec<_> = (0..40).map(|_| client(&sandbox)).collect();
    let mut tokens = Vec::new();
    for client in &clients {
        tokens.push(client.token().await.unwrap());
    }
    for (client, token) in clients.iter().zip(&tokens) {
        assert_eq!(client.token().await.unwrap().expose(), token.expose());
    }
    assert_eq!(sandbox.record().len(), 40);
}

#[test]
fn a_client_survives_the_end_of_its_first_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = genesys_token_sandbox::Sandbox::builder().start_blocking().unwrap();
    sandbox.script(Host::Login, Answer::service().delayed(Duration::from_secs(20)));
    let client = client(&sandbox);
    let first = runtime();
    first.block_on(async {
        let _ = tokio::time::timeout(Duration::from_millis(300), client.token()).await;
        sandbox.wait_for(1).await;
    });
    // During an exchange.
    drop(first);
    let token = runtime().block_on(client.token()).unwrap();
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
    // A cached token needs no runtime, on any thread.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut context = Context::from_waker(Waker::noop());
            let outcome = pin!(client.token()).poll(&mut context);
            assert!(matches!(outcome, Poll::Ready(Ok(here)) if here.expose() == token.expose()));
        });
    });
}

#[test]
fn a_task_on_a_runtime_that_is_not_run_is_replaced() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = genesys_token_sandbox::Sandbox::builder().start_blocking().unwrap();
    let client = builder(&sandbox)
        .total_timeout(Duration::from_secs(2))
        .credentials_timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let (first, second) = (runtime(), runtime());
    first.block_on(client.verify()).unwrap();
    let token = client.cached().unwrap();
    client.token_used(&token);
    // The task and both connections make no progress now. First between two exchanges …
    assert!(client.token_refused(&token));
    second.block_on(client.verify()).unwrap();
    // … then during one.
    sandbox.script(Host::Login, genesys_token_sandbox::Behaviour::NeverAnswer);
    let token = client.cached().unwrap();
    client.token_used(&token);
    assert!(client.token_refused(&token));
    second.block_on(async {
        tokio::select! {
            _ = client.token() => panic!("the service did not answer"),
            _ = sandbox.wait_for(5) => {}
        }
    });
    first.block_on(client.token()).unwrap();
}

#[test]
fn without_a_runtime_there_is_an_error() {
    let sandbox = genesys_token_sandbox::Sandbox::builder().start_blocking().unwrap();
    let client = client(&sandbox);
    let mut context = Context::from_waker(Waker::noop());
    let outcome = match pin!(client.token()).poll(&mut context) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("it would wait forever"),
    };
    let error = outcome.unwrap_err();
    assert!(matches!(error.kind(), TokenErrorKind::NoRuntime), "{error:?}");
    assert!(error.to_string().contains("tokio runtime"));
}

#[tokio::test]
async fn waiting_callers_learn_that_the_client_is_closed() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, genesys_token_sandbox::Behaviour::NeverAnswer);
    let client = client(&sandbox);
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.token().await.map(drop) }
    });
    sandbox.wait_for(1).await;
    client.close();
    assert_eq!(label(&waiting.await.unwrap()), "Closed");
    assert_eq!(label(&client.token().await), "Closed");
    assert!(client.cached().is_none());
}

#[tokio::test]
async fn close_does_not_affect_tokens_in_use() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let held = client.token().await.unwrap();
    client.close();
    assert!(client.cached().is_none());
    assert_eq!(held.expose().len(), 86);
}

#[tokio::test]
async fn the_task_ends_with_the_last_clone() {
    struct Counted {
        /// Dropped with the client's state.
        _count: std::sync::Arc<()>,
    }
    impl CredentialSource for Counted {
        fn credentials(&self) -> CredentialsFuture<'_> {
            Box::pin(async { Ok(Credentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)?) })
        }
    }
    let sandbox = sandbox().await;
    let count = std::sync::Arc::new(());
    let client = builder(&sandbox).credentials(Counted { _count: count.clone() }).build().unwrap();
    let second = client.clone();
    client.token().await.unwrap();
    drop(client);
    second.token().await.unwrap();
    drop(second);
    crate::fixture::until("the end of the task", || std::sync::Arc::strong_count(&count) == 1).await;
}

#[tokio::test]
async fn a_panic_of_the_source_is_an_error_with_a_wait() {
    struct Panics(std::sync::atomic::AtomicUsize);
    impl CredentialSource for Panics {
        fn credentials(&self) -> CredentialsFuture<'_> {
            match self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => panic!("the source panics"),
                _ => demo_credentials(),
            }
        }
    }
    fn demo_credentials() -> CredentialsFuture<'static> {
        Box::pin(async { Ok(Credentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET)?) })
    }
    let sandbox = sandbox().await;
    let client = builder(&sandbox).credentials(Panics(0.into())).build().unwrap();
    let error = client.token().await.unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    // The client retries by itself.
    while client.token().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
