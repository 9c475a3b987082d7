//! A certificate authority for one test and the certificate that it issues for the test's server.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use crate::PeerError;

/// Issues a certificate for `localhost` and 127.0.0.1, and writes three files in PEM into the folder: `root.pem`, the trust anchor,
/// `server.pem`, the certificate, and `server.key`, its key. Returns the trust anchor.
///
/// # Errors
///
/// [`PeerError`] if the folder cannot be written to.
pub fn issue_certificate(folder: &Path) -> Result<String, PeerError> {
    let chain =
        issue().map_err(|error| PeerError::new(format!("issuing the server's certificate: {error}")))?;
    for (file, text) in
        [("root.pem", &chain.root), ("server.pem", &chain.certificate), ("server.key", &chain.key)]
    {
        fs::write(folder.join(file), text).map_err(PeerError::io(format_args!("writing {file}")))?;
    }
    Ok(chain.root)
}

/// A trust anchor, the certificate issued by it, and the certificate's key, all as PEM.
struct Chain {
    root: String,
    certificate: String,
    key: String,
}

fn issue() -> Result<Chain, rcgen::Error> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    // A unique name: the root of another server is an unknown issuer, not a known issuer with a wrong signature.
    let name = format!("genesys-token interop root {:02x?}", &authority_key.public_key_raw()[1..9]);
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = authority.self_signed(&authority_key)?;

    let mut server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    server.distinguished_name.push(DnType::CommonName, "genesys-token interop server");
    server.use_authority_key_identifier_extension = true;
    let server_key = KeyPair::generate()?;
    let certificate = server.signed_by(&server_key, &Issuer::from_params(&authority, &authority_key))?;

    Ok(Chain { root: root.pem(), certificate: certificate.pem(), key: server_key.serialize_pem() })
}
