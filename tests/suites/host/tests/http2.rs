//! HTTP/2 with hyper's server and with nginx: one connection for all calls.

use std::collections::VecDeque;
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_interop::StaticServer;
use genesys_token_tokio::http::{HeaderValue, Method, Version};
use genesys_token_tokio::{ApiError, ApiRequest, TokenClient, TransportErrorKind};
use host::server::{Manner, Server};
use host::{call, client, current_thread, get, multi_thread, post, until};
use hyper::body::{Body, Frame};
use tokio::task::JoinSet;

fn client_of(server: &Server) -> TokenClient {
    client(server.port, &server.root_pem).build().unwrap()
}

async fn many(client: &TokenClient, count: usize) {
    let mut calls = JoinSet::new();
    for number in 0..count {
        let client = client.clone();
        calls.spawn(async move {
            let path = format!("/api/v2/{number}");
            assert_eq!(get(&client, &path).await.unwrap(), path);
        });
    }
    calls.join_all().await;
}

/// RFC 9113 section 9.1: one connection to a host. Also of calls that begin before there is one.
#[tokio::test]
async fn all_calls_share_one_connection() {
    let server = Server::start(Manner { delay: Duration::from_millis(10), ..Manner::HTTP2 }).await;
    let client = client_of(&server);
    many(&client, 50).await;
    many(&client, 50).await;
    assert_eq!(server.connections(), 1);
    assert!(server.versions().iter().all(|version| *version == Version::HTTP_2));
}

/// RFC 9113 section 8.3.1: scheme and authority; section 8.2.2: no header of a connection.
#[tokio::test]
async fn a_request_has_the_form_of_http2() {
    let server = Server::start(Manner::HTTP2).await;
    let client = client_of(&server);
    let request = ApiRequest::post("/api/v2/x?a=b").json_bytes(r#"{"a":1}"#);
    let request =
        request.header("connection", "keep-alive, x").header("keep-alive", "timeout=5").header("te", "gzip");
    assert_eq!(call(&client, request).await.unwrap().body(), br#"{"a":1}"#);
    call(&client, ApiRequest::new(Method::PUT, "/empty")).await.unwrap();
    let requests = server.state.requests.lock().unwrap();
    let first = &requests[0];
    assert_eq!(first.method, Method::POST);
    assert_eq!(first.uri.to_string(), format!("https://localhost:{}/api/v2/x?a=b", server.port));
    assert_eq!(first.headers["authorization"], "Bearer token");
    assert_eq!(first.headers["content-length"], "7");
    assert_eq!(first.headers["accept-encoding"], "identity");
    for name in ["host", "connection", "keep-alive", "te", "transfer-encoding"] {
        assert!(!first.headers.contains_key(name), "{name}");
    }
    // RFC 9110 section 8.6: a length of 0 where a body is expected.
    assert_eq!(requests[1].headers["content-length"], "0");
}

/// RFC 9113 section 5.1.2. A peer refuses streams beyond its limit, also those that are opened before its SETTINGS have arrived.
#[tokio::test]
async fn no_more_streams_than_the_peer_accepts() {
    let server = Server::start(Manner { streams: 3, delay: Duration::from_millis(5), ..Manner::HTTP2 }).await;
    let client = client_of(&server);
    many(&client, 40).await;
    assert_eq!(server.state.most_active.load(Ordering::SeqCst), 3);
    assert_eq!((server.connections(), server.versions().len()), (1, 40));
}

#[tokio::test]
async fn concurrent_calls_of_the_builder_hold_for_streams() {
    let server = Server::start(Manner { delay: Duration::from_millis(5), ..Manner::HTTP2 }).await;
    let client = client(server.port, &server.root_pem).concurrent_calls(2).build().unwrap();
    many(&client, 20).await;
    assert_eq!(server.state.most_active.load(Ordering::SeqCst), 2);
}

/// What ALPN leads to: also for a client that offers HTTP/1.1 only, and with a server that has nothing else.
#[tokio::test]
async fn http1_is_used_where_one_side_has_nothing_else() {
    for (protocols, http1_only) in [(&["h2", "http/1.1"][..], true), (&["http/1.1"], false), (&[], false)] {
        let server = Server::start(Manner { protocols, ..Manner::HTTP2 }).await;
        let builder = client(server.port, &server.root_pem);
        let client = if http1_only { builder.http1_only() } else { builder }.build().unwrap();
        many(&client, 20).await;
        assert_eq!(get(&client, "/again").await.unwrap(), "/again");
        assert!(server.versions().iter().all(|version| *version == Version::HTTP_11), "{protocols:?}");
        assert!(server.connections() <= 20, "connections are kept");
    }
}

/// The task of a connection runs on the runtime that opened it.
#[test]
fn each_runtime_has_its_own_connection() {
    let serving = multi_thread(1);
    let server = serving.block_on(Server::start(Manner::HTTP2));
    let client = client_of(&server);
    let (first, second) = (current_thread(), multi_thread(2));
    for _ in 0..2 {
        first.block_on(many(&client, 5));
        second.block_on(many(&client, 5));
    }
    assert_eq!(server.connections(), 2);
    drop(first);
    let third = current_thread();
    third.block_on(many(&client, 5));
    assert_eq!(server.connections(), 3);
}

/// Others wait for the call that opens the connection. If that is dropped, one of them opens it.
#[tokio::test]
async fn a_dropped_opener_leaves_its_turn_to_another_call() {
    let server = Server::start(Manner::HTTP2).await;
    let client = client_of(&server);
    let mut opener = Box::pin(get(&client, "/dropped"));
    let mut context = Context::from_waker(Waker::noop());
    assert!(opener.as_mut().poll(&mut context).is_pending());
    let other = tokio::spawn({
        let client = client.clone();
        async move { get(&client, "/other").await.unwrap() }
    });
    tokio::task::yield_now().await;
    drop(opener);
    assert_eq!(other.await.unwrap(), "/other");
}

#[tokio::test]
async fn idle_time_and_lifetime_end_a_connection() {
    let short = Duration::from_millis(100);
    let server = Server::start(Manner::HTTP2).await;
    let is_closed = || server.state.open.load(Ordering::SeqCst) == 0;
    let idle = client(server.port, &server.root_pem).connection_idle_time(short).build().unwrap();
    get(&idle, "/").await.unwrap();
    until("the end of the idle connection", is_closed).await;
    get(&idle, "/").await.unwrap();
    assert_eq!(server.connections(), 2);
    until("the end of the idle connection", is_closed).await;

    let aged = client(server.port, &server.root_pem).connection_lifetime(short).build().unwrap();
    get(&aged, "/").await.unwrap();
    tokio::time::sleep(2 * short).await;
    get(&aged, "/").await.unwrap();
    assert_eq!(server.connections(), 4);
    aged.close();
    until("the end of all connections", is_closed).await;
}

/// A body of parts, with an error at its end.
struct Parts(VecDeque<Result<Bytes, io::Error>>);

impl Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.0.pop_front().map(|part| part.map(Frame::data)))
    }
}

/// 3 MiB in both directions, more than the windows of a stream.
#[tokio::test]
async fn long_bodies_are_streamed() {
    const TEXT: HeaderValue = HeaderValue::from_static("text/plain");
    let server = Server::start(Manner::HTTP2).await;
    let sandbox = genesys_token_sandbox::Sandbox::builder().start().await.unwrap();
    let endpoint =
        genesys_token_tokio::Endpoint::explicit("localhost", sandbox.login_addr().port(), "/oauth/token");
    let endpoint = endpoint.unwrap().with_api("localhost", server.port).unwrap();
    let demo = genesys_token_tokio::StaticCredentials::new(
        genesys_token_sandbox::DEMO_CLIENT_ID,
        genesys_token_sandbox::DEMO_CLIENT_SECRET,
    );
    let client = TokenClient::builder(endpoint)
        .credentials(demo.unwrap())
        .extra_roots_pem(server.root_pem.clone())
        .extra_roots_pem(sandbox.root_pem())
        .total_timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    let parts = || (0..48).map(|number: u8| Ok(Bytes::from(vec![number; 64 * 1024])));
    let upload = ApiRequest::post("/long").streaming(TEXT, Parts(parts().collect()));
    let mut response = client.api_upload(upload).await.unwrap();
    let mut length = 0;
    while let Some(part) = response.chunk().await.unwrap() {
        length += part.len();
    }
    assert_eq!(length, 48 * 64 * 1024);
    {
        let requests = server.state.requests.lock().unwrap();
        assert_eq!((requests[0].version, requests[0].body.len()), (Version::HTTP_2, length));
    }
    let broken = parts().take(2).chain([Err(io::Error::other("the disk is gone"))]);
    let upload = ApiRequest::post("/broken").streaming(TEXT, Parts(broken.collect()));
    let Err(ApiError::Transport(error)) = client.api_upload(upload).await else { panic!("no error") };
    assert!(matches!(error.kind(), TransportErrorKind::RequestBody(_)), "{error:?}");
    assert_eq!(error.source().unwrap().to_string(), "the disk is gone");
    // Only that stream has ended.
    client.api(ApiRequest::get("/again")).await.unwrap();
    assert_eq!(server.connections(), 1);
}

/// A response that is not read, and a call that is dropped, end their streams.
#[tokio::test]
async fn a_dropped_call_leaves_the_connection_to_others() {
    let server = Server::start(Manner { delay: Duration::from_millis(200), ..Manner::HTTP2 }).await;
    let client = client_of(&server);
    let dropped = tokio::time::timeout(Duration::from_millis(100), get(&client, "/dropped"));
    let (dropped, kept) = tokio::join!(dropped, get(&client, "/kept"));
    assert!(dropped.is_err());
    assert_eq!(kept.unwrap(), "/kept");
    assert_eq!(post(&client, "/after").await.unwrap(), "{}");
    assert_eq!(server.connections(), 1);
}

/// nginx closes a connection after a number of requests by GOAWAY (`keepalive_requests`).
#[tokio::test]
async fn nginx_serves_over_http2() {
    let body = r#"{"name":"nginx"}"#;
    let server =
        tokio::task::spawn_blocking(move || StaticServer::start_http2(body, 64).unwrap()).await.unwrap();
    let client = client(server.https_port(), server.root_pem()).build().unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let client = client.clone();
        calls.spawn(async move { get(&client, "/api/v2/x").await.unwrap() });
    }
    assert!(calls.join_all().await.iter().all(|received| received == body));
    // A line is written after its response.
    until("the end of the log", || server.access_log().unwrap().lines().count() == 200).await;
    let log = server.access_log().unwrap();
    let connections: std::collections::BTreeSet<&str> =
        log.lines().filter_map(|line| line.split_once(' ')).map(|(number, _)| number).collect();
    assert!(log.lines().all(|line| line.ends_with("HTTP/2.0")), "{log}");
    // 64 requests each: what was sent after the last one was not processed, and sent again over the next connection.
    assert_eq!(connections.len(), 4, "{log}");
}
