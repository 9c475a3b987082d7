//! Trust anchors that the caller added, and the TLS configuration made of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use zeroize::Zeroizing;

use super::error::BuildError;
use crate::pem;
use crate::readable::{self, PipeWait};
use crate::transport::{PUBLISHED_ANCHORS, Trust};

/// The longest file, in bytes: the bundles of operating systems have a quarter of a megabyte.
const FILE_MAX: usize = 16 * 1024 * 1024;
/// TLS sessions kept for resumption: rustls divides the number by eight, and there are two hosts.
const SESSIONS: usize = 16;

/// Extra trust anchors, not read yet.
#[derive(Default)]
pub(super) struct Roots {
    extra: Vec<Source>,
    only_extra: bool,
}

enum Source {
    Pem(Zeroizing<Vec<u8>>),
    File(PathBuf),
}

impl Roots {
    pub(super) fn add_pem(&mut self, pem: Vec<u8>) {
        self.extra.push(Source::Pem(Zeroizing::new(pem)));
    }

    pub(super) fn add_file(&mut self, path: &Path) {
        self.extra.push(Source::File(path.to_owned()));
    }

    pub(super) fn only_extra(&mut self) {
        self.only_extra = true;
    }

    pub(super) fn is_default(&self) -> bool {
        self.extra.is_empty() && !self.only_extra
    }

    /// Returns a TLS configuration for TLS 1.2 and 1.3 that verifies against these anchors. `wait`: for files that are named pipes.
    pub(super) fn into_tls_config(
        self,
        provider: Option<Arc<CryptoProvider>>,
        wait: &PipeWait,
    ) -> Result<(Arc<ClientConfig>, Option<Arc<Trust>>), BuildError> {
        let provider = provider.or_else(default_provider).ok_or(BuildError::NoCryptoProvider)?;
        let with_platform = !self.only_extra;
        let first = self.first_store(wait)?;
        if first.is_empty() {
            return Err(BuildError::NoRoots);
        }
        let algorithms = provider.signature_verification_algorithms;
        let trust = Arc::new(Trust::new(first, with_platform, algorithms));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(BuildError::Tls)?
            // A custom verifier can be dangerous. This one calls rustls's own functions, twice at most.
            .dangerous()
            .with_custom_certificate_verifier(trust.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Ok((Arc::new(config), Some(trust)))
    }

    fn first_store(&self, wait: &PipeWait) -> Result<RootCertStore, BuildError> {
        let mut store = RootCertStore::empty();
        if !self.only_extra {
            store.extend(PUBLISHED_ANCHORS);
        }
        for source in &self.extra {
            source.add_to(&mut store, wait)?;
        }
        Ok(store)
    }
}

impl Source {
    /// Adds all certificates or none: the lack of an unusable one would be noticed only when it is needed.
    fn add_to(&self, store: &mut RootCertStore, wait: &PipeWait) -> Result<(), BuildError> {
        let (read, path);
        let pem = match self {
            Self::Pem(pem) => {
                path = None;
                pem
            }
            Self::File(file) => {
                read = readable::read(file, FILE_MAX, wait)
                    .map_err(|error| BuildError::RootsFile { path: file.clone(), error })?;
                path = Some(file.clone());
                &read
            }
        };
        let unusable = |problem: String| BuildError::Roots { path: path.clone(), problem };
        let certificates = pem::certificates(pem).map_err(|error| unusable(error.to_string()))?;
        for (index, certificate) in certificates.into_iter().enumerate() {
            store.add(certificate).map_err(|_| {
                // The error of the parser is not displayed: it may quote the certificate.
                unusable(format!(
                    "certificate {} is not an X.509 certificate that can be a trust anchor",
                    index + 1
                ))
            })?;
        }
        Ok(())
    }
}

#[cfg(feature = "ring")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature there may be none")]
pub(crate) fn default_provider() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(aes_128_first(rustls::crypto::ring::default_provider())))
}

#[cfg(not(feature = "ring"))]
pub(crate) fn default_provider() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned()
}

/// Prefers AES-128-GCM with SHA-256 to the other cipher suites of TLS 1.3, all of which are still offered.
///
/// Its strength is about that of the key exchange and of the service's certificates. The key schedule of SHA-256 costs less than that of
/// SHA-384, which rustls prefers, and much less on processors with instructions for it.
#[cfg(feature = "ring")]
fn aes_128_first(mut provider: CryptoProvider) -> CryptoProvider {
    provider
        .cipher_suites
        .sort_by_key(|suite| suite.suite() != rustls::CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}
