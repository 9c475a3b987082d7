//! The TLS side of a host: versions, certificate, sessions.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ServerConfig, SupportedProtocolVersion};

use crate::certificates::{Authority, Certificate};

/// The TLS versions that a host accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TlsVersions {
    /// TLS 1.2 and TLS 1.3.
    #[default]
    Both,
    /// TLS 1.2 only.
    Only12,
    /// TLS 1.3 only.
    Only13,
}

/// The TLS settings of a host; the certificate can be changed at run time.
pub(crate) struct TlsHost {
    versions: TlsVersions,
    config: RwLock<Arc<ServerConfig>>,
}

impl TlsHost {
    pub(crate) fn new(
        authority: &Authority,
        certificate: Certificate,
        versions: TlsVersions,
    ) -> io::Result<Self> {
        let config = RwLock::new(server_config(authority, certificate, versions)?);
        Ok(Self { versions, config })
    }

    /// Sets the certificate of new connections and discards earlier sessions.
    pub(crate) fn present(&self, authority: &Authority, certificate: Certificate) -> io::Result<()> {
        let config = server_config(authority, certificate, self.versions)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn server_config(
    authority: &Authority,
    certificate: Certificate,
    versions: TlsVersions,
) -> io::Result<Arc<ServerConfig>> {
    let versions: &[&SupportedProtocolVersion] = match versions {
        TlsVersions::Both => &[&TLS13, &TLS12],
        TlsVersions::Only12 => &[&TLS12],
        TlsVersions::Only13 => &[&TLS13],
    };
    let identity = authority.identity(certificate)?;
    // An explicit provider, so that a process-wide default installed by a test has no effect.
    let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_protocol_versions(versions)
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(identity.chain, identity.key)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config.into())
}
