//! The tower layer around a service that checks tower's contract and answers from a script.

use std::collections::VecDeque;
use std::future::{Future as _, pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_sandbox::{Answer, DEMO_CLIENT_ID, Host, Sandbox};
use genesys_token_tokio::http::{HeaderValue, Method, Request, Response, header};
use genesys_token_tokio::{TokenClient, TokenErrorKind, TokenLayer, TokenServiceError};
use tower_layer::Layer as _;
use tower_service::Service;

use crate::fixture::{client, received, sandbox};

#[derive(Debug, PartialEq)]
struct Broken(&'static str);

/// What the inner service does with a request.
enum Does {
    Answers(u16, Option<&'static str>),
    Fails,
    Nothing,
}

#[derive(Default)]
struct Script {
    does: VecDeque<Does>,
    seen: Vec<Request<Bytes>>,
    /// How often `poll_ready` returns pending before ready.
    busy: usize,
    /// Number of requests after which `poll_ready` fails.
    breaks_after: Option<usize>,
}

/// A service that panics if it is called before it is ready. A clone must become ready itself.
struct Strict {
    script: Arc<Mutex<Script>>,
    polled: usize,
    ready: bool,
    in_flight: Arc<AtomicUsize>,
}

impl Strict {
    fn new(does: impl IntoIterator<Item = Does>) -> Self {
        let script = Script { does: does.into_iter().collect(), ..Script::default() };
        Self { script: Arc::new(Mutex::new(script)), polled: 0, ready: false, in_flight: Arc::default() }
    }

    fn seen(&self) -> Vec<Request<Bytes>> {
        self.script.lock().unwrap().seen.clone()
    }

    fn tokens(&self) -> Vec<Option<String>> {
        let token = |request: &Request<Bytes>| {
            let value = request.headers().get(header::AUTHORIZATION)?;
            Some(value.to_str().unwrap().to_owned())
        };
        self.seen().iter().map(token).collect()
    }
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { script: self.script.clone(), polled: 0, ready: false, in_flight: self.in_flight.clone() }
    }
}

struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

type Answered = std::pin::Pin<Box<dyn Future<Output = Result<Response<Bytes>, Broken>> + Send>>;

impl Service<Request<Bytes>> for Strict {
    type Response = Response<Bytes>;
    type Error = Broken;
    type Future = Answered;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let script = self.script.lock().unwrap();
        if script.breaks_after.is_some_and(|last| script.seen.len() >= last) {
            return Poll::Ready(Err(Broken("not ready any more")));
        }
        if self.polled < script.busy && !self.ready {
            self.polled += 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Answered {
        assert!(self.ready, "called without having been ready");
        (self.ready, self.polled) = (false, 0);
        let mut script = self.script.lock().unwrap();
        script.seen.push(request.clone());
        let does = script.does.pop_front().unwrap_or(Does::Answers(200, None));
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let in_flight = InFlight(self.in_flight.clone());
        Box::pin(async move {
            let _in_flight = in_flight;
            tokio::task::yield_now().await;
            match does {
                Does::Answers(status, retry_after) => {
                    let mut response = Response::new(request.into_body());
                    *response.status_mut() = status.try_into().unwrap();
                    if let Some(value) = retry_after {
                        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(value));
                    }
                    Ok(response)
                }
                Does::Fails => Err(Broken("inner")),
                Does::Nothing => pending().await,
            }
        })
    }
}

fn to(uri: &str) -> Request<Bytes> {
    let request = Request::builder().method(Method::POST).uri(uri).header("x-own", "kept");
    request.body(Bytes::from_static(b"pay")).unwrap()
}

fn to_api(sandbox: &Sandbox) -> Request<Bytes> {
    to(&format!("https://localhost:{}/api/v2/echo", sandbox.api_addr().port()))
}

async fn call<S: Service<Request<Bytes>>>(
    service: &mut S,
    request: Request<Bytes>,
) -> Result<S::Response, S::Error> {
    poll_fn(|context| service.poll_ready(context)).await?;
    service.call(request).await
}

async fn fixture(does: impl IntoIterator<Item = Does>) -> (Sandbox, TokenClient, Strict) {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    (sandbox, client, Strict::new(does))
}

#[tokio::test]
async fn the_token_is_sent_to_the_api_host_only() {
    let (sandbox, client, inner) = fixture([]).await;
    let mut service = TokenLayer::new(client.clone()).layer(inner.clone());
    let response = call(&mut service, to_api(&sandbox)).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"pay"[..]));
    let token = client.token().await.unwrap();
    let sent = &inner.seen()[0];
    assert!(sent.headers()[header::AUTHORIZATION].is_sensitive());
    assert_eq!(sent.headers()["x-own"], "kept");
    assert_eq!(inner.tokens(), [Some(format!("Bearer {}", token.expose()))]);

    let port = sandbox.api_addr().port();
    let elsewhere = [
        format!("http://localhost:{port}/"),
        "https://localhost/".to_owned(),
        format!("https://localhost:{}/", sandbox.login_addr().port()),
        format!("https://localhost:{port}@elsewhere.test/"),
        format!("https://elsewhere.test:{port}/"),
        "/api/v2/echo".to_owned(),
    ];
    for uri in &elsewhere {
        call(&mut service, to(uri)).await.unwrap();
    }
    assert_eq!(inner.tokens()[1..], [const { None }; 6]);
    // The caller's own header for another host is unchanged.
    let mut request = to("https://elsewhere.test/");
    request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_static("Basic own"));
    call(&mut service, request).await.unwrap();
    assert_eq!(inner.tokens()[7].as_deref(), Some("Basic own"));
}

#[tokio::test]
async fn another_host_receives_it_only_if_it_was_added() {
    let (_sandbox, client, inner) = fixture([]).await;
    let layer = TokenLayer::new(client).also_for(&"gateway.test".parse().unwrap());
    let mut service = layer.layer(inner.clone());
    for uri in ["https://gateway.test/", "https://gateway.test:8443/", "http://gateway.test/"] {
        call(&mut service, to(uri)).await.unwrap();
    }
    let given: Vec<_> = inner.tokens().iter().map(Option::is_some).collect();
    assert_eq!(given, [true, false, false]);
}

#[tokio::test]
async fn a_401_or_429_of_another_host_is_returned() {
    let (_sandbox, client, inner) = fixture([Does::Answers(401, None), Does::Answers(429, Some("1"))]).await;
    client.token().await.unwrap();
    let mut service = TokenLayer::new(client.clone()).layer(inner.clone());
    for status in [401, 429] {
        assert_eq!(call(&mut service, to("https://elsewhere.test/")).await.unwrap().status(), status);
    }
    assert_eq!(inner.seen().len(), 2);
    assert!(client.cached().is_some());
}

#[tokio::test]
async fn after_401_there_is_one_replay_with_a_new_token() {
    let (sandbox, client, inner) = fixture([Does::Answers(200, None), Does::Answers(401, None)]).await;
    let mut service = TokenLayer::new(client).layer(inner.clone());
    for _ in 0..2 {
        let response = call(&mut service, to_api(&sandbox)).await.unwrap();
        assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"pay"[..]));
    }
    let tokens = inner.tokens();
    assert_eq!(tokens.len(), 3);
    assert!(tokens[0] == tokens[1] && tokens[1] != tokens[2]);
    let again = &inner.seen()[2];
    assert_eq!(
        (again.method(), &again.headers()["x-own"]),
        (&Method::POST, &HeaderValue::from_static("kept"))
    );
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
}

#[tokio::test]
async fn a_second_401_is_returned() {
    let (sandbox, client, inner) = fixture([Does::Answers(401, None), Does::Answers(401, None)]).await;
    let mut service = TokenLayer::new(client).layer(inner.clone());
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 401);
    assert_eq!(inner.seen().len(), 2);
}

#[tokio::test]
async fn a_body_without_a_copy_is_sent_once_and_the_refusal_recorded() {
    let (sandbox, client, inner) = fixture([Does::Answers(401, None), Does::Answers(429, Some("1"))]).await;
    let layer = TokenLayer::new(client).try_clone(|_: &Bytes| None);
    let mut service = layer.layer(inner.clone());
    for status in [401, 429, 200] {
        assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), status);
    }
    let tokens = inner.tokens();
    assert!(tokens[0] != tokens[1] && tokens[1] == tokens[2]);
}

#[tokio::test]
async fn a_copy_that_can_be_made_once_is_used() {
    let (sandbox, client, inner) = fixture([Does::Answers(401, None), Does::Answers(429, Some("1"))]).await;
    let left = AtomicUsize::new(1);
    let copy = |body: &Bytes| match left.swap(0, Ordering::Relaxed) {
        0 => None,
        _ => Some(body.clone()),
    };
    let mut service = TokenLayer::new(client).try_clone(&copy).layer(inner.clone());
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 429);
    assert_eq!(inner.seen().len(), 2);
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_up_to_the_limit() {
    let does = [Does::Answers(429, Some("1")), Does::Answers(200, None), Does::Answers(429, Some("181"))];
    let (sandbox, client, inner) = fixture(does).await;
    let mut service = TokenLayer::new(client.clone()).layer(inner.clone());
    let at = std::time::Instant::now();
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 200);
    assert!(at.elapsed() >= Duration::from_millis(900), "not before Retry-After");
    assert_eq!(inner.seen().len(), 2);
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 429);
    assert_eq!(inner.seen().len(), 3);

    let inner = Strict::new([Does::Answers(429, Some("1"))]);
    let mut service = TokenLayer::new(client).rate_limit_wait(Duration::ZERO).layer(inner.clone());
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 429);
}

#[tokio::test]
async fn errors_of_the_inner_service_are_returned() {
    let (sandbox, client, inner) = fixture([Does::Fails, Does::Answers(503, Some("1"))]).await;
    let mut service = TokenLayer::new(client).layer(inner.clone());
    let error = call(&mut service, to_api(&sandbox)).await.unwrap_err();
    assert!(matches!(error, TokenServiceError::Service(Broken("inner"))), "{error:?}");
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 503);
    assert_eq!(inner.seen().len(), 2);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let (sandbox, client, inner) = fixture([]).await;
    sandbox.remove_client(DEMO_CLIENT_ID);
    let mut service = TokenLayer::new(client).layer(inner.clone());
    let error = call(&mut service, to_api(&sandbox)).await.unwrap_err();
    let TokenServiceError::Token(error) = error else { panic!("{error:?}") };
    assert!(matches!(error.kind(), TokenErrorKind::Refused { .. }), "{error:?}");
    assert!(inner.seen().is_empty());
}

#[tokio::test]
async fn the_inner_service_is_polled_for_readiness_before_each_attempt() {
    let does = [Does::Answers(401, None), Does::Answers(200, None), Does::Answers(429, Some("0"))];
    let (sandbox, client, inner) = fixture(does).await;
    inner.script.lock().unwrap().busy = 3;
    let mut service = TokenLayer::new(client).layer(inner.clone());
    // Two concurrent calls of one service and one of its clone.
    let mut clone = service.clone();
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    let first = tokio::spawn(service.call(to_api(&sandbox)));
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    let second = tokio::spawn(service.call(to_api(&sandbox)));
    let third = call(&mut clone, to_api(&sandbox)).await.unwrap();
    for response in [first.await.unwrap().unwrap(), second.await.unwrap().unwrap(), third] {
        assert_eq!(response.status(), 200);
    }
    assert_eq!(inner.seen().len(), 5);
}

#[tokio::test]
async fn an_inner_service_that_fails_before_the_replay_is_an_error() {
    let (sandbox, client, inner) = fixture([Does::Answers(401, None)]).await;
    inner.script.lock().unwrap().breaks_after = Some(1);
    let mut service = TokenLayer::new(client).layer(inner.clone());
    let error = call(&mut service, to_api(&sandbox)).await.unwrap_err();
    assert!(matches!(error, TokenServiceError::Service(Broken("not ready any more"))), "{error:?}");
    assert_eq!(inner.seen().len(), 1);
}

#[tokio::test]
async fn a_dropped_call_affects_only_its_own_request() {
    let (sandbox, client, inner) = fixture([Does::Nothing]).await;
    client.token().await.unwrap();
    let mut service = TokenLayer::new(client.clone()).layer(inner.clone());
    let mut context = Context::from_waker(Waker::noop());
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    {
        let mut dropped = pin!(service.call(to_api(&sandbox)));
        assert!(dropped.as_mut().poll(&mut context).is_pending());
        assert_eq!(inner.in_flight.load(Ordering::Relaxed), 1);
    }
    assert_eq!(inner.in_flight.load(Ordering::Relaxed), 0);
    // Dropped while waiting for a token.
    sandbox.script(Host::Login, Answer::service().delayed(Duration::from_millis(300)));
    assert!(client.token_refused(&client.token().await.unwrap()));
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    {
        let mut dropped = pin!(service.call(to_api(&sandbox)));
        assert!(dropped.as_mut().poll(&mut context).is_pending());
        sandbox.wait_for(2).await;
    }
    assert_eq!(inner.seen().len(), 1, "nothing is sent without a token");
    // The exchange goes on without its caller.
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 200);
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
}

#[tokio::test]
async fn debug_output_contains_no_secret() {
    let (sandbox, client, inner) = fixture([]).await;
    let token = client.token().await.unwrap();
    let layer = TokenLayer::new(client);
    let mut service = layer.layer(inner);
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    let future = service.call(to_api(&sandbox));
    for shown in [format!("{layer:?}"), format!("{service:?}"), format!("{future:?}")] {
        assert!(!shown.contains(token.expose()) && !shown.contains("pay"), "{shown}");
    }
}
