//! Certificates, created with the `openssl` command while the tests run.

use core::fmt::Write as _;
use core::sync::atomic::{AtomicU32, Ordering};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use p256::SecretKey;
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::TrustAnchor;
use rustls_pki_types::pem::PemObject;

/// A temporary directory of keys and certificates, deleted on drop.
pub struct Pki {
    directory: PathBuf,
}

/// The content of a certificate. Extensions are lines of an openssl extension file.
pub struct Certificate<'a> {
    pub name: &'a str,
    pub subject: &'a str,
    pub key: &'a str,
    /// The issuer's certificate and key; self-signed if `None`.
    pub issuer: Option<(&'a str, &'a str)>,
    pub days: u32,
    pub extensions: &'a [&'a str],
    /// Further arguments of `openssl x509`.
    pub arguments: &'a [&'a str],
}

impl Pki {
    pub fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = format!("genesys-token-tls-{name}-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        fs::create_dir_all(&directory).unwrap();
        Self { directory }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.directory.join(file)
    }

    /// Runs openssl in the directory and returns its standard output.
    pub fn openssl(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .output()
            .expect("the openssl command is installed");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {problem}");
        output.stdout
    }

    /// Creates a key `NAME.key`; algorithm and parameter are openssl's names.
    pub fn key(&self, name: &str, algorithm: &str, parameter: Option<&str>) {
        let file = format!("{name}.key");
        let mut arguments = vec!["genpkey", "-out", &file, "-algorithm", algorithm];
        if let Some(parameter) = parameter {
            arguments.extend(["-pkeyopt", parameter]);
        }
        self.openssl(&arguments);
    }

    /// Creates a certificate `NAME.pem`.
    pub fn certificate(&self, what: &Certificate<'_>) {
        let name = what.name;
        let key = format!("{}.key", what.key);
        let (request, extensions, out) =
            (format!("{name}.csr"), format!("{name}.ext"), format!("{name}.pem"));
        self.openssl(&["req", "-new", "-key", &key, "-subj", what.subject, "-out", &request]);
        let mut text = String::new();
        for line in what.extensions {
            writeln!(text, "{line}").unwrap();
        }
        fs::write(self.path(&extensions), text).unwrap();
        let days = what.days.to_string();
        let mut arguments =
            vec!["x509", "-req", "-in", &request, "-out", &out, "-days", &days, "-extfile", &extensions];
        let issuer =
            what.issuer.map(|(certificate, key)| (format!("{certificate}.pem"), format!("{key}.key")));
        match &issuer {
            Some((certificate, key)) => {
                arguments.extend(["-CA", certificate, "-CAkey", key, "-CAcreateserial"]);
            }
            None => arguments.extend(["-signkey", &key]),
        }
        arguments.extend(what.arguments);
        self.openssl(&arguments);
    }

    pub fn der(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path(&format!("{name}.pem"))).unwrap()
    }

    /// Writes these certificates into one file, in this order, and returns its path.
    pub fn chain_file(&self, file: &str, names: &[&str]) -> PathBuf {
        let path = self.path(file);
        let text: String =
            names.iter().map(|name| fs::read_to_string(self.path(&format!("{name}.pem"))).unwrap()).collect();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes a copy of `NAME.pem` as `ALTERED.pem`, with the last byte of the signature changed.
    pub fn flip_signature(&self, name: &str, altered: &str) {
        let mut der = self.der(name).to_vec();
        *der.last_mut().unwrap() ^= 1;
        fs::write(self.path("flipped.der"), der).unwrap();
        let out = format!("{altered}.pem");
        self.openssl(&["x509", "-inform", "DER", "-in", "flipped.der", "-out", &out]);
    }
}

impl Drop for Pki {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.directory));
    }
}

/// Converts certificates to trust anchors.
pub fn anchors<'a>(certificates: &'a [CertificateDer<'static>]) -> Vec<TrustAnchor<'a>> {
    certificates.iter().map(|certificate| webpki::anchor_from_trusted_cert(certificate).unwrap()).collect()
}

/// Returns the P-256 key with this number as PKCS#8 PEM; always the same key, for tests only.
pub fn fixed_key(number: u8) -> String {
    SecretKey::from_slice(&[number; 32]).unwrap().to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}
