//! Kept connections to the API host, and a fresh one for a request that was lost with a kept one.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use genesys_token_tokio::ApiConnector;
use genesys_token_tokio::core::call::{Call, Limits, Replay};
use genesys_token_tokio::core::time::Instant;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;

use super::request_body::RequestBody;

/// Shorter than the minute for which common load balancers keep an idle connection.
const KEPT: Duration = Duration::from_secs(50);

type HttpClient = Client<ApiConnector, RequestBody>;

/// Sends requests over kept connections. Core decides whether a request that was lost with one is sent again; it then has a connection
/// of its own, because the peer may have closed the other kept ones as well.
#[derive(Clone)]
pub(super) struct Connections {
    kept: HttpClient,
    connector: ApiConnector,
}

type Sending = Pin<Box<dyn Future<Output = Result<Response<Incoming>, Error>> + Send>>;

impl Connections {
    pub(super) fn new(connector: ApiConnector) -> Self {
        let kept = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(KEPT)
            .pool_timer(TokioTimer::new())
            .build(connector.clone());
        Self { kept, connector }
    }

    fn fresh(&self) -> HttpClient {
        Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(self.connector.clone())
    }
}

impl Service<Request<RequestBody>> for Connections {
    type Response = Response<Incoming>;
    type Error = Error;
    type Future = Sending;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        // hyper-util's client is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Sending {
        let replay = Replay::of_method(request.method().as_str());
        let copy = if replay.is_idempotent() { copy(&request) } else { None };
        let replay = if copy.is_some() { replay } else { replay.one_shot_body() };
        let sending = self.kept.request(request);
        let connections = self.clone();
        Box::pin(async move {
            let error = match sending.await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let mut call = Call::new(replay, Limits::DEFAULT);
            // There is no deadline, so that the time does not matter: the whole request has a timeout of its own.
            let is_sent_again =
                ApiConnector::loss(&error).is_some_and(|loss| call.lost(loss, Instant::ZERO).is_ok());
            match copy {
                Some(copy) if is_sent_again => connections.fresh().request(copy).await,
                _ => Err(error),
            }
        })
    }
}

fn copy(request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
    let mut copy = Request::new(request.body().copy()?);
    request.method().clone_into(copy.method_mut());
    request.uri().clone_into(copy.uri_mut());
    request.headers().clone_into(copy.headers_mut());
    Some(copy)
}
