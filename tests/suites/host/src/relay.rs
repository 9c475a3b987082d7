//! A server of HTTP/2 in front of the sandbox's API host, which has HTTP/1.1 only.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use genesys_token_sandbox::Sandbox;
use genesys_token_tokio::http::{Request, Response, Uri, header};
use genesys_token_tokio::rustls::{ClientConfig, RootCertStore, crypto, pki_types};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pki_types::pem::PemObject as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

type Upstream = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A relay: where the sandbox ends a connection, it ends its own.
pub struct Relay {
    pub port: u16,
    pub root_pem: String,
}

impl Relay {
    /// Starts it on the current runtime.
    pub async fn start(sandbox: &Sandbox) -> Self {
        let (config, root_pem) = crate::tls(&["h2"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (acceptor, upstream) = (TlsAcceptor::from(config), upstream(sandbox));
        let authority = format!("localhost:{}", sandbox.api_addr().port());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, upstream, authority) = (acceptor.clone(), upstream.clone(), authority.clone());
                tokio::spawn(async move {
                    let (stream, mut kept) = twice(stream);
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let lost = Arc::new(Notify::new());
                    let service = service_fn(|request| {
                        pass_on(request, upstream.clone(), authority.clone(), lost.clone())
                    });
                    let builder = http2::Builder::new(TokioExecutor::new());
                    let connection = builder.serve_connection(TokioIo::new(stream), service);
                    tokio::select! {
                        _ended = connection => {}
                        () = lost.notified() => {}
                    }
                    // What the client still sends is read: to close with unread input would reset the connection (RFC 9293 section 3.6.1).
                    let _ = kept.shutdown().await;
                    let _ = tokio::io::copy(&mut kept, &mut tokio::io::sink()).await;
                });
            }
        });
        Self { port, root_pem }
    }
}

/// Returns the stream and another handle of its socket, which keeps that open.
fn twice(stream: TcpStream) -> (TcpStream, TcpStream) {
    let stream = stream.into_std().unwrap();
    let other = stream.try_clone().unwrap();
    (TcpStream::from_std(stream).unwrap(), TcpStream::from_std(other).unwrap())
}

fn upstream(sandbox: &Sandbox) -> Upstream {
    let mut roots = RootCertStore::empty();
    let root = pki_types::CertificateDer::from_pem_slice(sandbox.root_pem().as_bytes()).unwrap();
    roots.add(root).unwrap();
    let tls = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
    // A connection per request: what the sandbox does to one concerns no other.
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector)
}

async fn pass_on(
    request: Request<Incoming>,
    upstream: Upstream,
    authority: String,
    lost: Arc<Notify>,
) -> Result<Response<Relayed>, std::convert::Infallible> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let target = parts.uri.path_and_query().unwrap().as_str();
    parts.uri = Uri::builder().scheme("https").authority(authority).path_and_query(target).build().unwrap();
    parts.version = genesys_token_tokio::http::Version::HTTP_11;
    let Ok(response) = upstream.request(Request::from_parts(parts, Full::new(body))).await else {
        lost.notify_one();
        return std::future::pending().await;
    };
    let mut response = response.map(|body| Relayed { body, lost });
    // These concern a connection of HTTP/1.1 (RFC 9113 section 8.2.2).
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE] {
        response.headers_mut().remove(name);
    }
    *response.version_mut() = genesys_token_tokio::http::Version::HTTP_2;
    Ok(response)
}

/// A body whose error ends the connection.
struct Relayed {
    body: Incoming,
    lost: Arc<Notify>,
}

impl Body for Relayed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(Err(_lost)) => {
                self.lost.notify_one();
                Poll::Pending
            }
            Some(Ok(frame)) => Poll::Ready(Some(Ok(frame))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
