//! Requests of other programs, passed on with the client's token.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use genesys_token_sandbox::{Answer, Behaviour, CORRELATION_ID, Close, CutAt, Host, Response};
use genesys_token_tokio::http::{Method, Request, header};
use genesys_token_tokio::{ApiError, ForwardBody, ForwardedBody, TokenClient};
use hyper::body::Body;

use crate::fixture::{builder, client, received, sandbox};

fn request(method: Method, body: ForwardBody) -> Request<ForwardBody> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = "/api/v2/echo?a=b".parse().unwrap();
    let headers = request.headers_mut();
    headers.insert(header::AUTHORIZATION, "Bearer of-the-other-program".parse().unwrap());
    headers.insert(header::HOST, "other-host".parse().unwrap());
    headers.insert(header::USER_AGENT, "other/1".parse().unwrap());
    request
}

fn whole(method: Method) -> Request<ForwardBody> {
    request(method, ForwardBody::whole(""))
}

async fn read(body: ForwardedBody) -> Vec<u8> {
    let (mut body, mut bytes) = (pin!(body), Vec::new());
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap_or_default());
    }
    bytes
}

async fn status(client: &TokenClient, request: Request<ForwardBody>) -> u16 {
    let response = client.forward(request).await.unwrap();
    let status = response.status().as_u16();
    read(response.into_body()).await;
    status
}

#[tokio::test]
async fn a_request_keeps_its_headers_but_for_token_and_host() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    assert_eq!(status(&client, whole(Method::GET)).await, 200);
    let sent = received(&sandbox, Host::Api).remove(0);
    assert_eq!(sent.target, "/api/v2/echo?a=b");
    let token = client.token().await.unwrap();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {}", token.expose()).as_str()));
    assert_eq!(sent.header("host"), Some(format!("localhost:{}", sandbox.api_addr().port()).as_str()));
    assert_eq!(sent.header("user-agent"), Some("other/1"));
    assert_eq!(sent.header("accept-encoding"), None, "none is added");
}

#[tokio::test]
async fn a_response_of_any_status_is_returned_as_it_is() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for code in [200, 302, 404, 503] {
        sandbox.script(Host::Api, Response::new(code).body("text/plain", "as it is").header("x-own", "1"));
        let response = client.forward(whole(Method::GET)).await.unwrap();
        assert_eq!(response.status().as_u16(), code);
        assert_eq!(response.headers().get("x-own").unwrap(), "1");
        assert_eq!(read(response.into_body()).await, b"as it is");
    }
    let mut nowhere = whole(Method::GET);
    *nowhere.uri_mut() = "localhost".parse().unwrap();
    assert!(matches!(client.forward(nowhere).await, Err(ApiError::Path)));
}

#[tokio::test]
async fn it_is_sent_again_where_its_body_allows() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox).rate_limit_wait(Duration::from_secs(30)).build().unwrap();
    let refusals =
        || [Response::bad_credentials(CORRELATION_ID), Response::too_many_requests(1, CORRELATION_ID)];
    for refusal in refusals() {
        sandbox.script(Host::Api, refusal);
        assert_eq!(status(&client, request(Method::POST, ForwardBody::whole("text"))).await, 200);
    }
    for refusal in refusals() {
        let code = refusal.status;
        sandbox.script(Host::Api, refusal);
        let streamed = ForwardBody::streaming("text".to_owned());
        assert_eq!(status(&client, request(Method::POST, streamed)).await, code);
    }
}

#[tokio::test]
async fn one_connection_serves_requests_that_follow_each_other() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for request in [Method::GET, Method::HEAD, Method::POST, Method::GET].map(whole) {
        let response = client.forward(request).await.unwrap();
        let body = pin!(response.into_body());
        // As a server does: what is known to have ended is not polled again.
        let mut body = body;
        while !body.is_end_stream() && poll_fn(|context| body.as_mut().poll_frame(context)).await.is_some() {}
    }
    let mut connections: Vec<_> = received(&sandbox, Host::Api).iter().map(|sent| sent.connection).collect();
    connections.dedup();
    assert_eq!(connections.len(), 1);
}

/// Once a byte of a response is there, the request was received.
#[tokio::test]
async fn a_lost_request_is_sent_again_unless_its_response_has_begun() {
    for close in [Close::Notify, Close::Truncate, Close::Reset] {
        let sandbox = sandbox().await;
        let client = client(&sandbox);
        assert_eq!(status(&client, whole(Method::GET)).await, 200);
        sandbox.script(Host::Api, Behaviour::CloseUnanswered(close));
        assert_eq!(status(&client, whole(Method::GET)).await, 200, "{close:?}");
        sandbox.clear_record();
        sandbox.script(Host::Api, Answer::service().cut(CutAt::Head(1), close));
        let lost = client.forward(whole(Method::GET)).await;
        assert!(matches!(lost, Err(ApiError::Transport(_))), "{close:?}: {lost:?}");
        assert_eq!(received(&sandbox, Host::Api).len(), 1, "{close:?}");
    }
}

#[tokio::test]
async fn the_login_connection_may_have_a_time_of_its_own() {
    let sandbox = sandbox().await;
    let client = builder(&sandbox).login_connection_idle_time(Duration::ZERO).build().unwrap();
    assert_eq!(status(&client, whole(Method::GET)).await, 200);
    let first = client.token().await.unwrap();
    assert!(client.token_refused(&first));
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.token().await.unwrap();
    assert_eq!(status(&client, whole(Method::GET)).await, 200);
    let connections = |host| {
        let mut used: Vec<_> = received(&sandbox, host).iter().map(|sent| sent.connection).collect();
        used.dedup();
        used.len()
    };
    assert_eq!((connections(Host::Login), connections(Host::Api)), (2, 1));
}
