//! hyper's server, of HTTP/2 and HTTP/1.1.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_tokio::http::{HeaderMap, Method, Request, Response, Uri, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A server that answers every request with its body, or with its path if that is empty.
pub struct Server {
    pub port: u16,
    pub root_pem: String,
    pub state: Arc<State>,
}

/// What it has received.
#[derive(Default)]
pub struct State {
    pub requests: Mutex<Vec<Received>>,
    pub connections: AtomicUsize,
    /// Connections that are open.
    pub open: AtomicUsize,
    /// Requests that are being answered.
    active: AtomicUsize,
    /// The most of them at the same time.
    pub most_active: AtomicUsize,
}

pub struct Received {
    pub method: Method,
    pub uri: Uri,
    pub version: Version,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// How it serves.
#[derive(Clone, Copy)]
pub struct Manner {
    pub protocols: &'static [&'static str],
    /// SETTINGS_MAX_CONCURRENT_STREAMS.
    pub streams: u32,
    /// The time before each response.
    pub delay: Duration,
}

impl Manner {
    pub const HTTP2: Self = Self { protocols: &["h2", "http/1.1"], streams: 200, delay: Duration::ZERO };
}

impl Server {
    /// Starts it on the current runtime.
    pub async fn start(manner: Manner) -> Self {
        let (config, root_pem) = crate::tls(manner.protocols);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let (acceptor, served) = (TlsAcceptor::from(config), state.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(connection(acceptor.clone(), stream, served.clone(), manner));
            }
        });
        Self { port, root_pem, state }
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    pub fn versions(&self) -> Vec<Version> {
        self.state.requests.lock().unwrap().iter().map(|request| request.version).collect()
    }
}

async fn connection(acceptor: TlsAcceptor, stream: TcpStream, state: Arc<State>, manner: Manner) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    state.connections.fetch_add(1, Ordering::SeqCst);
    state.open.fetch_add(1, Ordering::SeqCst);
    serve(stream, &state, manner).await;
    state.open.fetch_sub(1, Ordering::SeqCst);
}

async fn serve(stream: TlsStream<TcpStream>, state: &Arc<State>, manner: Manner) {
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = service_fn(|request| answer(request, state.clone(), manner.delay));
    let stream = TokioIo::new(stream);
    // Its error is how the client ended the connection, which tests see otherwise.
    if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        let _ = builder.max_concurrent_streams(manner.streams).serve_connection(stream, service).await;
    } else {
        let _ = http1::Builder::new().serve_connection(stream, service).await;
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<State>,
    delay: Duration,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let active = state.active.fetch_add(1, Ordering::SeqCst) + 1;
    state.most_active.fetch_max(active, Ordering::SeqCst);
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    tokio::time::sleep(delay).await;
    state.active.fetch_sub(1, Ordering::SeqCst);
    let echo = if body.is_empty() { Bytes::from(parts.uri.path().to_owned()) } else { body.clone() };
    let received = Received {
        method: parts.method,
        uri: parts.uri,
        version: parts.version,
        headers: parts.headers,
        body,
    };
    state.requests.lock().unwrap().push(received);
    Ok(Response::new(Full::new(echo)))
}
