//! A private certification authority, created for each sandbox, and the leaf certificates it issues.

use core::time::Duration;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Host names and addresses in a valid leaf certificate.
pub const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "login.sandbox.test", "api.sandbox.test"];

/// The certificate that a host presents. A client must reject all but the first two.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Certificate {
    /// For all [`NAMES`], valid for 198 days from yesterday, sent with its intermediate certificate.
    #[default]
    Valid,
    /// For all [`NAMES`], issued directly by the root: the shortest chain, for performance comparisons of clients.
    FromRoot,
    /// Expired yesterday.
    Expired,
    /// Valid from tomorrow.
    NotYetValid,
    /// For `elsewhere.sandbox.test` only.
    WrongHost,
    /// Issued by a root with the same name as [`Sandbox::root_pem`](crate::Sandbox::root_pem) but another key.
    UnknownIssuer,
    /// Sent without the intermediate certificate.
    MissingIntermediate,
    /// Issued by a valid leaf certificate, which is not a CA (RFC 5280 section 4.2.1.9).
    IssuedByLeaf,
}

/// Certificate chain and private key of a TLS server.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Identity {
    fn leaf_only(mut self) -> Self {
        self.chain.truncate(1);
        self
    }
}

/// The root CA and an intermediate CA, as in the service's own chains.
pub(crate) struct Authority {
    root: Issuer,
    intermediate: Issuer,
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

const DAY: Duration = Duration::from_secs(86_400);

impl Authority {
    pub(crate) fn new() -> io::Result<Self> {
        Self::from_key(key()?)
    }

    /// Reuses the root key of an earlier sandbox, so that its clients also trust this one.
    pub(crate) fn with_root_key(pem: &str) -> io::Result<Self> {
        Self::from_key(KeyPair::from_pem(pem).map_err(io::Error::other)?)
    }

    fn from_key(root: KeyPair) -> io::Result<Self> {
        let root = Issuer::self_signed(authority("Sandbox Root", 3650), root).map_err(io::Error::other)?;
        let intermediate = Issuer::signed_by(authority("Sandbox Intermediate", 365), key()?, &root)
            .map_err(io::Error::other)?;
        Ok(Self { root, intermediate })
    }

    pub(crate) fn root_pem(&self) -> String {
        self.root.pem()
    }

    pub(crate) fn root_der(&self) -> Vec<u8> {
        self.root.der().to_vec()
    }

    pub(crate) fn root_key_pem(&self) -> String {
        self.root.key().serialize_pem()
    }

    /// Issues a leaf certificate with a new key.
    pub(crate) fn identity(&self, certificate: Certificate) -> io::Result<Identity> {
        let mut params = leaf(&NAMES)?;
        match certificate {
            Certificate::Valid | Certificate::MissingIntermediate => {}
            Certificate::FromRoot => {
                let identity = issue(&params, &self.root, &[])?;
                return Ok(identity.leaf_only());
            }
            Certificate::Expired => set_validity(&mut params, -30, -1),
            Certificate::NotYetValid => set_validity(&mut params, 1, 30),
            Certificate::WrongHost => params = leaf(&["elsewhere.sandbox.test"])?,
            Certificate::UnknownIssuer => return Self::new()?.identity(Certificate::Valid),
            Certificate::IssuedByLeaf => {
                let leaf_issuer = Issuer::signed_by(leaf(&NAMES)?, key()?, &self.intermediate);
                return issue(&params, &leaf_issuer.map_err(io::Error::other)?, &[self.intermediate.der()]);
            }
        }
        let identity = issue(&params, &self.intermediate, &[])?;
        Ok(match certificate {
            Certificate::MissingIntermediate => identity.leaf_only(),
            _ => identity,
        })
    }
}

fn issue(
    params: &CertificateParams,
    issuer: &Issuer,
    above: &[&CertificateDer<'static>],
) -> io::Result<Identity> {
    let key = key()?;
    let leaf = params.signed_by(&key, issuer).map_err(io::Error::other)?;
    let mut chain = vec![leaf.der().clone(), issuer.der().clone()];
    chain.extend(above.iter().map(|&certificate| certificate.clone()));
    Ok(Identity { chain, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() })
}

fn authority(name: &str, days: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("{name} (for tests only)"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, -1, days);
    params
}

fn leaf(names: &[&str]) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, "sandbox.test");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, -1, 198);
    Ok(params)
}

/// ECDSA over P-256: the signature algorithm that every TLS client of the project supports.
fn key() -> io::Result<KeyPair> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(io::Error::other)
}

/// Sets the certificate's validity period, in days from now.
fn set_validity(params: &mut CertificateParams, from: i32, until: i32) {
    // The type of the dates is re-exported by rcgen only through this helper.
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = date_time_ymd(1970, 1, 1) + since_epoch;
    let day = |days: i32| {
        if days < 0 { now - days.unsigned_abs() * DAY } else { now + days.unsigned_abs() * DAY }
    };
    (params.not_before, params.not_after) = (day(from), day(until));
}
