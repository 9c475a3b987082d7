//! hyper's server of HTTP/2, on threads of its own: what HTTP/2 costs a client.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use genesys_token_tokio::http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::AnyError;
use crate::run::Peer;

const BODY: &str =
    r#"{"id":"11111111-2222-3333-4444-555555555555","name":"Example","selfUri":"/api/v2/organizations/me"}"#;

/// A running server, which ends with the process.
pub(crate) struct Server {
    pub(crate) port: u16,
    /// Its trust anchor.
    pub(crate) root_pem: String,
    connections: Arc<AtomicUsize>,
}

/// Starts a server that answers each request after this time. Its certificate is written to the folder.
pub(crate) fn start(folder: &Path, answer_after: Duration) -> Result<Server, AnyError> {
    let root_pem = genesys_token_interop::issue_certificate(folder)?;
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(folder.join("server.pem"))?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    std::thread::spawn(move || runtime.block_on(accept(listener, acceptor, answer_after, &counted)));
    Ok(Server { port, root_pem, connections })
}

async fn accept(
    listener: std::net::TcpListener,
    acceptor: TlsAcceptor,
    answer_after: Duration,
    connections: &AtomicUsize,
) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(serve(acceptor.clone(), stream, answer_after));
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, answer_after: Duration) -> Result<(), AnyError> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    let service = service_fn(|_: Request<Incoming>| async move {
        tokio::time::sleep(answer_after).await;
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(BODY.as_bytes()))))
    });
    http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await?;
    Ok(())
}

impl Peer for Server {
    fn forget_connections(&self) {
        self.connections.store(0, Ordering::Relaxed);
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}
