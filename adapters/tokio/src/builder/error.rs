//! Errors of the builder.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::broker::InvalidBroker;
use crate::credentials::CredentialError;
use crate::proxy::InvalidProxy;

/// Why the builder made no client.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// No credential source was given.
    CredentialsMissing,
    /// `GENESYS_REGION` is missing or not a region.
    Region(CredentialError),
    /// `GENESYS_TOKEN_BROKER` is not the address of a broker.
    Broker(InvalidBroker),
    /// The path of the token endpoint is not a URI path.
    TokenPath,
    /// A file of trust anchors could not be read.
    RootsFile {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The extra trust anchors contain no usable certificate.
    Roots {
        /// The file that they were read from, if any.
        path: Option<PathBuf>,
        /// What is wrong.
        problem: String,
    },
    /// [`only_extra_roots`](crate::TokenClientBuilder::only_extra_roots) was called, but no extra trust anchor was added.
    NoRoots,
    /// Trust anchors or a cryptography provider were set beside a complete TLS configuration, which contains both.
    TlsConfiguredTwice,
    /// There is no cryptography provider: the feature `ring` is off, and neither builder nor process has one.
    NoCryptoProvider,
    /// The cryptography provider does not support TLS 1.2 and 1.3.
    Tls(rustls::Error),
    /// An environment variable names a proxy that is not valid or not supported.
    Proxy {
        /// The name of the variable.
        variable: &'static str,
        /// What is wrong.
        error: InvalidProxy,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CredentialsMissing => f.write_str("no credential source: set one with credentials()"),
            Self::Region(error) => error.fmt(f),
            Self::Broker(error) => write!(f, "GENESYS_TOKEN_BROKER: {error}"),
            Self::TokenPath => {
                f.write_str("the path of the token endpoint contains a character that a URI path cannot contain: percent-encode it")
            }
            Self::RootsFile { path, error } => write!(
                f,
                "the file of trust anchors {} could not be read ({error}): check that the file exists and that this user may read it",
                path.display()
            ),
            Self::Roots { path, problem } => {
                match path {
                    Some(path) => write!(f, "{}: ", path.display())?,
                    None => f.write_str("extra trust anchors: ")?,
                }
                write!(f, "{problem}; provide CA certificates in PEM (-----BEGIN CERTIFICATE-----)")
            }
            Self::NoRoots => f.write_str("only extra trust anchors are trusted, but there is none: add at least one"),
            Self::TlsConfiguredTwice => {
                f.write_str("a TLS configuration contains trust anchors and cryptography: it cannot be combined with extra ones")
            }
            Self::NoCryptoProvider => {
                f.write_str("no cryptography for TLS: enable the feature `ring`, or set crypto_provider()")
            }
            Self::Tls(error) => {
                write!(f, "the cryptography provider does not support TLS 1.2 and 1.3: {error}")
            }
            Self::Proxy { variable, error } => write!(f, "the environment variable {variable}: {error}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Region(error) => Some(error),
            Self::Broker(error) => Some(error),
            Self::RootsFile { error, .. } => Some(error),
            Self::Tls(error) => Some(error),
            Self::Proxy { error, .. } => Some(error),
            _ => None,
        }
    }
}
