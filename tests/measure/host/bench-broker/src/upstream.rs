//! A local server in the place of the Platform API: TLS 1.3, 5 ms, 1 KB.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use crate::error::AnyError;

const LATENCY: Duration = Duration::from_millis(5);
const BODY: [u8; 1024] = [b'x'; 1024];

/// Serves until it is killed. `folder` has `leaf.pem` and `leaf.key`; the port is written to `port`.
pub(crate) fn serve(folder: &Path) -> Result<(), AnyError> {
    let chain = vec![CertificateDer::from_pem_file(folder.join("leaf.pem"))?];
    let key = PrivateKeyDer::from_pem_file(folder.join("leaf.key"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        fs::write(folder.join("port.new"), listener.local_addr()?.port().to_string())?;
        fs::rename(folder.join("port.new"), folder.join("port"))?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(|_: Request<hyper::body::Incoming>| async {
                    tokio::time::sleep(LATENCY).await;
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(&BODY))))
                });
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}
