//! The tower layer around a service that is strict about tower's contract and answers from a script.

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

/// What the service below does with a request.
enum Does {
    Answers(u16, Option<&'static str>),
    Fails,
    Nothing,
}

#[derive(Default)]
struct Script {
    does: VecDeque<Does>,
    seen: Vec<Request<Bytes>>,
    /// How often `poll_ready` says "not yet" before each "ready".
    busy: usize,
    /// Which request is the last one that it becomes ready for.
    breaks_after: Option<usize>,
}

/// Panics when it is called without having been ready. A clone is not ready because the original is.
struct Strict {
    script: Arc<Mutex<Script>>,
    polled: usize,
    ready: bool,
    under_way: Arc<AtomicUsize>,
}

impl Strict {
    fn new(does: impl IntoIterator<Item = Does>) -> Self {
        let script = Script { does: does.into_iter().collect(), ..Script::default() };
        Self { script: Arc::new(Mutex::new(script)), polled: 0, ready: false, under_way: Arc::default() }
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
        Self { script: self.script.clone(), polled: 0, ready: false, under_way: self.under_way.clone() }
    }
}

struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
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
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let under_way = UnderWay(self.under_way.clone());
        Box::pin(async move {
            let _under_way = under_way;
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
                Does::Fails => Err(Broken("below")),
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

async fn scene(does: impl IntoIterator<Item = Does>) -> (Sandbox, TokenClient, Strict) {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    (sandbox, client, Strict::new(does))
}

#[tokio::test]
async fn the_token_is_put_in_for_the_api_host_and_for_no_other() {
    let (sandbox, client, below) = scene([]).await;
    let mut service = TokenLayer::new(client.clone()).layer(below.clone());
    let response = call(&mut service, to_api(&sandbox)).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"pay"[..]));
    let token = client.token().await.unwrap();
    let sent = &below.seen()[0];
    assert!(sent.headers()[header::AUTHORIZATION].is_sensitive());
    assert_eq!(sent.headers()["x-own"], "kept");
    assert_eq!(below.tokens(), [Some(format!("Bearer {}", token.expose()))]);

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
    assert_eq!(below.tokens()[1..], [const { None }; 6]);
    // What the caller says to others is the caller's affair.
    let mut request = to("https://elsewhere.test/");
    request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_static("Basic own"));
    call(&mut service, request).await.unwrap();
    assert_eq!(below.tokens()[7].as_deref(), Some("Basic own"));
}

#[tokio::test]
async fn another_host_gets_it_only_if_the_layer_was_made_for_it() {
    let (_sandbox, client, below) = scene([]).await;
    let layer = TokenLayer::new(client).also_for(&"gateway.test".parse().unwrap());
    let mut service = layer.layer(below.clone());
    for uri in ["https://gateway.test/", "https://gateway.test:8443/", "http://gateway.test/"] {
        call(&mut service, to(uri)).await.unwrap();
    }
    let given: Vec<_> = below.tokens().iter().map(Option::is_some).collect();
    assert_eq!(given, [true, false, false]);
}

#[tokio::test]
async fn elsewhere_401_and_429_are_nobody_s_business() {
    let (_sandbox, client, below) = scene([Does::Answers(401, None), Does::Answers(429, Some("1"))]).await;
    client.token().await.unwrap();
    let mut service = TokenLayer::new(client.clone()).layer(below.clone());
    for status in [401, 429] {
        assert_eq!(call(&mut service, to("https://elsewhere.test/")).await.unwrap().status(), status);
    }
    assert_eq!(below.seen().len(), 2);
    assert!(client.cached().is_some());
}

#[tokio::test]
async fn after_401_there_is_one_replay_with_a_new_token() {
    let (sandbox, client, below) = scene([Does::Answers(200, None), Does::Answers(401, None)]).await;
    let mut service = TokenLayer::new(client).layer(below.clone());
    for _ in 0..2 {
        let response = call(&mut service, to_api(&sandbox)).await.unwrap();
        assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"pay"[..]));
    }
    let tokens = below.tokens();
    assert_eq!(tokens.len(), 3);
    assert!(tokens[0] == tokens[1] && tokens[1] != tokens[2]);
    let again = &below.seen()[2];
    assert_eq!(
        (again.method(), &again.headers()["x-own"]),
        (&Method::POST, &HeaderValue::from_static("kept"))
    );
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
}

#[tokio::test]
async fn a_second_401_is_delivered() {
    let (sandbox, client, below) = scene([Does::Answers(401, None), Does::Answers(401, None)]).await;
    let mut service = TokenLayer::new(client).layer(below.clone());
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 401);
    assert_eq!(below.seen().len(), 2);
}

#[tokio::test]
async fn a_body_without_a_copy_is_sent_once_and_its_token_is_refused_all_the_same() {
    let (sandbox, client, below) = scene([Does::Answers(401, None), Does::Answers(429, Some("1"))]).await;
    let layer = TokenLayer::new(client).try_clone(|_: &Bytes| None);
    let mut service = layer.layer(below.clone());
    for status in [401, 429, 200] {
        assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), status);
    }
    let tokens = below.tokens();
    assert!(tokens[0] != tokens[1] && tokens[1] == tokens[2]);
}

#[tokio::test]
async fn a_copy_that_can_be_made_once_only_is_used() {
    let (sandbox, client, below) = scene([Does::Answers(401, None), Does::Answers(429, Some("1"))]).await;
    let left = AtomicUsize::new(1);
    let copy = |body: &Bytes| match left.swap(0, Ordering::Relaxed) {
        0 => None,
        _ => Some(body.clone()),
    };
    let mut service = TokenLayer::new(client).try_clone(&copy).layer(below.clone());
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 429);
    assert_eq!(below.seen().len(), 2);
}

#[tokio::test]
async fn a_rate_limit_is_obeyed_within_the_cap() {
    let does = [Does::Answers(429, Some("1")), Does::Answers(200, None), Does::Answers(429, Some("181"))];
    let (sandbox, client, below) = scene(does).await;
    let mut service = TokenLayer::new(client.clone()).layer(below.clone());
    let at = std::time::Instant::now();
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 200);
    assert!(at.elapsed() >= Duration::from_millis(900), "not before the service allows it");
    assert_eq!(below.seen().len(), 2);
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 429);
    assert_eq!(below.seen().len(), 3);

    let below = Strict::new([Does::Answers(429, Some("1"))]);
    let mut service = TokenLayer::new(client).rate_limit_wait(Duration::ZERO).layer(below.clone());
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 429);
}

#[tokio::test]
async fn what_goes_wrong_below_is_given_on() {
    let (sandbox, client, below) = scene([Does::Fails, Does::Answers(503, Some("1"))]).await;
    let mut service = TokenLayer::new(client).layer(below.clone());
    let error = call(&mut service, to_api(&sandbox)).await.unwrap_err();
    assert!(matches!(error, TokenServiceError::Service(Broken("below"))), "{error:?}");
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 503);
    assert_eq!(below.seen().len(), 2);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let (sandbox, client, below) = scene([]).await;
    sandbox.remove_client(DEMO_CLIENT_ID);
    let mut service = TokenLayer::new(client).layer(below.clone());
    let error = call(&mut service, to_api(&sandbox)).await.unwrap_err();
    let TokenServiceError::Token(error) = error else { panic!("{error:?}") };
    assert!(matches!(error.kind(), TokenErrorKind::Refused { .. }), "{error:?}");
    assert!(below.seen().is_empty());
}

#[tokio::test]
async fn the_service_below_is_asked_whether_it_is_ready_before_each_attempt() {
    let does = [Does::Answers(401, None), Does::Answers(200, None), Does::Answers(429, Some("0"))];
    let (sandbox, client, below) = scene(does).await;
    below.script.lock().unwrap().busy = 3;
    let mut service = TokenLayer::new(client).layer(below.clone());
    // Two calls of one service and one of its clone, all at the same time.
    let mut clone = service.clone();
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    let first = tokio::spawn(service.call(to_api(&sandbox)));
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    let second = tokio::spawn(service.call(to_api(&sandbox)));
    let third = call(&mut clone, to_api(&sandbox)).await.unwrap();
    for response in [first.await.unwrap().unwrap(), second.await.unwrap().unwrap(), third] {
        assert_eq!(response.status(), 200);
    }
    assert_eq!(below.seen().len(), 5);
}

#[tokio::test]
async fn a_service_that_breaks_before_the_replay_is_an_error() {
    let (sandbox, client, below) = scene([Does::Answers(401, None)]).await;
    below.script.lock().unwrap().breaks_after = Some(1);
    let mut service = TokenLayer::new(client).layer(below.clone());
    let error = call(&mut service, to_api(&sandbox)).await.unwrap_err();
    assert!(matches!(error, TokenServiceError::Service(Broken("not ready any more"))), "{error:?}");
    assert_eq!(below.seen().len(), 1);
}

#[tokio::test]
async fn a_call_that_is_dropped_takes_nothing_with_it_but_its_own_request() {
    let (sandbox, client, below) = scene([Does::Nothing]).await;
    client.token().await.unwrap();
    let mut service = TokenLayer::new(client.clone()).layer(below.clone());
    let mut context = Context::from_waker(Waker::noop());
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    {
        let mut dropped = pin!(service.call(to_api(&sandbox)));
        assert!(dropped.as_mut().poll(&mut context).is_pending());
        assert_eq!(below.under_way.load(Ordering::Relaxed), 1);
    }
    assert_eq!(below.under_way.load(Ordering::Relaxed), 0);
    // In the wait for a token.
    sandbox.script(Host::Login, Answer::service().delayed(Duration::from_millis(300)));
    assert!(client.refused(&client.token().await.unwrap()));
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    {
        let mut dropped = pin!(service.call(to_api(&sandbox)));
        assert!(dropped.as_mut().poll(&mut context).is_pending());
        sandbox.wait_for(2).await;
    }
    assert_eq!(below.seen().len(), 1, "nothing without a token");
    // The exchange goes on without its first caller.
    assert_eq!(call(&mut service, to_api(&sandbox)).await.unwrap().status(), 200);
    assert_eq!(received(&sandbox, Host::Login).len(), 2);
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let (sandbox, client, below) = scene([]).await;
    let token = client.token().await.unwrap();
    let layer = TokenLayer::new(client);
    let mut service = layer.layer(below);
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    let future = service.call(to_api(&sandbox));
    for shown in [format!("{layer:?}"), format!("{service:?}"), format!("{future:?}")] {
        assert!(!shown.contains(token.expose()) && !shown.contains("pay"), "{shown}");
    }
}
