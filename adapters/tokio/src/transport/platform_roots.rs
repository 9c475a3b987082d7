//! The platform's store of CA certificates, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name instead of it.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::pem::{self, PemError};

const FILE: &str = "SSL_CERT_FILE";
const DIRECTORY: &str = "SSL_CERT_DIR";

/// The CA certificates of the platform, and what is known about them.
pub(super) struct PlatformRoots {
    pub(super) store: RootCertStore,
    pub(super) summary: Summary,
}

/// What an error about an untrusted CA says of the platform's store.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    count: usize,
    /// Whether environment variables replace the store.
    from_variables: bool,
    fault: Option<Arc<Fault>>,
}

/// Why an environment variable names no usable certificates.
#[derive(Debug)]
struct Fault {
    variable: &'static str,
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    EmptyValue,
    NotFound,
    Directory,
    NotADirectory,
    Unreadable(io::ErrorKind),
    Pem(PemError),
    NoCertificates,
}

impl PlatformRoots {
    /// Reads the store. Blocks for some milliseconds.
    pub(super) fn load() -> Self {
        let (file, directory) = (std::env::var_os(FILE), std::env::var_os(DIRECTORY));
        let directories: Vec<PathBuf> = directory
            .iter()
            .flat_map(|directories| std::env::split_paths(directories))
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
        // As rustls-native-certs and OpenSSL: either variable replaces the store.
        let from_variables = file.is_some() || !directories.is_empty();
        let (certificates, fault) = if from_variables {
            from_paths(file, &directories)
        } else {
            (rustls_native_certs::load_native_certs().certs, None)
        };
        let mut store = RootCertStore::empty();
        let (count, unusable) = store.add_parsable_certificates(certificates);
        tracing::debug!(roots = count, unusable, from_variables, "the platform's trust anchors were loaded");
        Self { store, summary: Summary { count, from_variables, fault: fault.map(Arc::new) } }
    }
}

/// Returns the certificates of the variables, and the first fault.
fn from_paths(
    file: Option<OsString>,
    directories: &[PathBuf],
) -> (Vec<CertificateDer<'static>>, Option<Fault>) {
    let mut certificates = Vec::new();
    let mut fault = None;
    if let Some(path) = file.map(PathBuf::from) {
        match of_file(&path) {
            Ok(found) => certificates.extend(found),
            Err(reason) => fault = Some(Fault { variable: FILE, path, reason }),
        }
    }
    for path in directories {
        match of_directory(path) {
            Ok(found) => certificates.extend(found),
            Err(reason) => {
                fault.get_or_insert_with(|| Fault { variable: DIRECTORY, path: path.clone(), reason });
            }
        }
    }
    // A directory often contains the certificates of the file as well.
    certificates.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
    certificates.dedup();
    (certificates, fault)
}

/// Not by rustls-native-certs, which skips certificates that it cannot parse without an error.
fn of_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, Reason> {
    if path.as_os_str().is_empty() {
        return Err(Reason::EmptyValue);
    }
    if path.is_dir() {
        return Err(Reason::Directory);
    }
    let bytes = std::fs::read(path).map_err(|error| Reason::of_io(&error))?;
    pem::certificates(&bytes).map_err(Reason::Pem)
}

fn of_directory(path: &Path) -> Result<Vec<CertificateDer<'static>>, Reason> {
    if path.is_file() {
        return Err(Reason::NotADirectory);
    }
    std::fs::read_dir(path).map_err(|error| Reason::of_io(&error))?;
    let found = rustls_native_certs::load_certs_from_paths(None, Some(path));
    if found.certs.is_empty() { Err(Reason::NoCertificates) } else { Ok(found.certs) }
}

impl Reason {
    fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            kind => Self::Unreadable(kind),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            return write!(f, "{fault}; ");
        }
        match (self.count, self.from_variables) {
            (0, false) => f.write_str(
                "the platform's store of CA certificates is empty (on Debian, install ca-certificates); ",
            ),
            (count, false) => {
                write!(f, "it is neither one of the service's CAs nor one of the {count} of the platform; ")
            }
            (count, true) => write!(
                f,
                "it is neither one of the service's CAs nor one of the {count} of {FILE} and {DIRECTORY}, which replace the \
                 platform's store; "
            ),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, path, reason } = self;
        write!(
            f,
            "the environment variable {variable} replaces the platform's store of CA certificates, but "
        )?;
        let path = path.display();
        match reason {
            Reason::EmptyValue => f.write_str("it is empty: unset it"),
            Reason::NotFound => write!(f, "{path} does not exist: correct or unset the variable"),
            Reason::Directory => {
                write!(f, "{path} is a directory: use {DIRECTORY} for it, or name a file in PEM")
            }
            Reason::NotADirectory => write!(f, "{path} is not a directory: use {FILE} for a file"),
            Reason::Unreadable(kind) => {
                write!(f, "{path} could not be read ({kind}): check that this user may read it")
            }
            Reason::Pem(error) => write!(f, "{path} cannot be used: {error}"),
            Reason::NoCertificates => {
                write!(f, "{path} contains no certificates: correct or unset the variable")
            }
        }
    }
}
