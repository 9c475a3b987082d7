//! Streamed bodies of requests and responses.

use std::collections::VecDeque;
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_sandbox::{Answer, CORRELATION_ID, Close, CutAt, Host, Response};
use genesys_token_tokio::http::{HeaderValue, StatusCode};
use genesys_token_tokio::{ApiError, ApiRequest, SecretString, StreamingResponse, TransportErrorKind};
use hyper::body::{Body, Frame};

use crate::fixture::{client, received, sandbox};

const ECHO: &str = "/api/v2/echo";
const TEXT: HeaderValue = HeaderValue::from_static("text/plain");

/// A body of these parts.
struct Parts(VecDeque<Result<&'static str, io::Error>>);

impl Parts {
    fn new(parts: impl IntoIterator<Item = &'static str>) -> Self {
        Self(parts.into_iter().map(Ok).collect())
    }
}

impl Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let part = self.0.pop_front();
        Poll::Ready(part.map(|part| part.map(|text| Frame::data(Bytes::from_static(text.as_bytes())))))
    }
}

async fn read(mut response: StreamingResponse) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        body.extend_from_slice(&part);
    }
    assert!(response.chunk().await?.is_none(), "the end stays");
    Ok(body)
}

fn kind(error: &ApiError) -> &TransportErrorKind {
    match error {
        ApiError::Transport(error) => error.kind(),
        other => panic!("{other:?}"),
    }
}

/// The given token is sent once: there is no other one for it.
#[tokio::test]
async fn a_given_token_is_used_for_a_streamed_response() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let token = SecretString::new(client.token().await.unwrap().expose());
    sandbox.script(Host::Api, Response::new(200).body("text/plain", vec![b'x'; 3 << 20]));
    let response = client.api_streaming_with(&token, ApiRequest::get(ECHO)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(read(response).await.unwrap().len(), 3 << 20);
    for refusal in [Response::bad_credentials(CORRELATION_ID), Response::new(429), Response::new(404)] {
        let status = refusal.status;
        sandbox.script(Host::Api, refusal);
        let refused = client.api_streaming_with(&token, ApiRequest::get(ECHO)).await;
        let Err(ApiError::Refused(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!(refused.refusal().status(), status);
    }
    let wrong = client.api_streaming_with(&SecretString::new("a b"), ApiRequest::get(ECHO)).await;
    assert!(matches!(wrong, Err(ApiError::AccessToken)), "{wrong:?}");
    assert_eq!(sandbox.record().len(), 5, "one token request, and each call once");
}

/// 3 MiB, three times the limit of a response that is read whole. The connection is kept for the next call.
#[tokio::test]
async fn a_response_of_any_length_is_read_in_parts() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let long = "x".repeat(3 * 1024 * 1024);
    sandbox.script(Host::Api, Response::new(200).body("text/plain", long.clone()));
    let response = client.api_streaming(ApiRequest::get(ECHO)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert!(read(response).await.unwrap() == long.as_bytes());
    client.api(ApiRequest::get(ECHO)).await.unwrap();
    let requests = received(&sandbox, Host::Api);
    assert_eq!(requests[0].connection, requests[1].connection);
}

#[tokio::test]
async fn a_request_with_bytes_is_sent_again_by_the_usual_rules() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.verify().await.unwrap();
    sandbox.kill_tokens();
    sandbox.script(Host::Api, Answer::service());
    sandbox.script(Host::Api, Response::too_many_requests(1, CORRELATION_ID));
    let request = ApiRequest::post(ECHO).json_bytes("again");
    assert_eq!(read(client.api_streaming(request).await.unwrap()).await.unwrap(), b"again");
    let statuses: Vec<_> = received(&sandbox, Host::Api).iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), Some(401), Some(429), Some(200)]);
}

#[tokio::test]
async fn a_request_body_is_sent_as_it_is_produced() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let request = ApiRequest::post(ECHO).streaming(TEXT, Parts::new(["one ", "two ", "three"]));
    let response = client.api_upload(request).await.unwrap();
    assert_eq!(read(response).await.unwrap(), b"one two three");
    let request = &received(&sandbox, Host::Api)[0];
    assert_eq!(request.header("content-type"), Some("text/plain"));
    // RFC 9112 section 6.1: of unknown length.
    assert_eq!(
        (request.header("transfer-encoding"), request.header("content-length")),
        (Some("chunked"), None)
    );
}

/// It was consumed: core's rules for a one-shot body.
#[tokio::test]
async fn a_streamed_request_body_is_sent_once() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    client.verify().await.unwrap();
    let upload = || ApiRequest::put(ECHO).streaming(TEXT, Parts::new(["once"]));
    sandbox.kill_tokens();
    let Err(ApiError::Refused(refusal)) = client.api_upload(upload()).await else { panic!("no refusal") };
    assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED);
    // The refused token was dropped: the next request has another one.
    assert_eq!(client.api_upload(upload()).await.unwrap().status(), StatusCode::OK);
    sandbox.script(Host::Api, Response::too_many_requests(1, CORRELATION_ID));
    let Err(ApiError::Refused(refusal)) = client.api_upload(upload()).await else { panic!("no refusal") };
    assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
    let statuses: Vec<_> = received(&sandbox, Host::Api).iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), Some(401), Some(200), Some(429)]);
}

#[tokio::test]
async fn an_error_of_the_request_body_ends_the_call() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let mut parts = Parts::new(["begun"]);
    parts.0.push_back(Err(io::Error::other("the disk is gone")));
    let error = client.api_upload(ApiRequest::post(ECHO).streaming(TEXT, parts)).await.unwrap_err();
    assert!(matches!(kind(&error), TransportErrorKind::RequestBody(_)), "{error:?}");
    let ApiError::Transport(error) = error else { unreachable!() };
    assert_eq!(error.source().unwrap().to_string(), "the disk is gone");
}

#[tokio::test]
async fn a_response_that_is_cut_or_stops_is_an_error() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let long = || Answer::from(Response::new(200).body("text/plain", "y".repeat(100_000)));
    sandbox.script(Host::Api, long().cut(CutAt::Body(50_000), Close::Notify));
    let error = read(client.api_streaming(ApiRequest::get(ECHO)).await.unwrap()).await.unwrap_err();
    assert!(matches!(kind(&error), TransportErrorKind::Closed), "{error:?}");

    sandbox.script(Host::Api, long().dripping(40_000, Duration::from_secs(3600)));
    let request = ApiRequest::get(ECHO).timeout(Duration::from_secs(2));
    let mut response = client.api_streaming(request).await.unwrap();
    let error = loop {
        match response.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the body did not stop"),
            Err(error) => break error,
        }
    };
    assert!(matches!(kind(&error), TransportErrorKind::TimedOut), "{error:?}");
    assert!(response.chunk().await.unwrap().is_none(), "nothing follows an error");
}

#[tokio::test]
async fn a_dropped_response_closes_its_connection_only() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    sandbox.script(Host::Api, Response::new(200).body("text/plain", "y".repeat(4_000_000)));
    let mut response = client.api_streaming(ApiRequest::get(ECHO)).await.unwrap();
    response.chunk().await.unwrap().unwrap();
    drop(response);
    client.api(ApiRequest::get(ECHO)).await.unwrap();
    let requests = received(&sandbox, Host::Api);
    assert_ne!(requests[0].connection, requests[1].connection);
}

#[cfg(feature = "stream")]
#[tokio::test]
async fn parts_are_a_stream() {
    use futures_core::Stream as _;
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let request = ApiRequest::post(ECHO).json_bytes("text");
    let mut response = client.api_streaming(request).await.unwrap();
    let mut body = Vec::new();
    while let Some(part) = std::future::poll_fn(|context| Pin::new(&mut response).poll_next(context)).await {
        body.extend_from_slice(&part.unwrap());
    }
    assert_eq!(body, b"text");
}
