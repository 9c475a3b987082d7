//! A private certification authority, made afresh for each sandbox, and the leaf certificates it can present.

use core::time::Duration;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Host names and address that a valid leaf certificate vouches for.
pub const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "login.sandbox.test", "api.sandbox.test"];

/// The certificate a host presents. All but the first two must be refused by a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Certificate {
    /// For all [`NAMES`], from yesterday for 198 days, with its intermediate certificate.
    #[default]
    Valid,
    /// For all [`NAMES`], issued by the root itself: the shortest chain there is, for comparing clients by their own work.
    FromRoot,
    /// Its time ended yesterday.
    Expired,
    /// Its time begins tomorrow.
    NotYetValid,
    /// For `elsewhere.sandbox.test` only.
    WrongHost,
    /// Issued by an authority that is not [`Sandbox::root_pem`](crate::Sandbox::root_pem), although it has the same name.
    UnknownIssuer,
    /// Sent without the intermediate certificate.
    MissingIntermediate,
    /// Issued by a valid leaf certificate, which is no certification authority (RFC 5280 section 4.2.1.9).
    IssuedByLeaf,
}

/// Chain and private key, ready for a TLS server.
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

/// Root and intermediate authority. The service's own chains have an intermediate too.
pub(crate) struct Authority {
    root: Issuer,
    intermediate: Issuer,
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

const DAY: Duration = Duration::from_secs(86_400);

impl Authority {
    pub(crate) fn new() -> io::Result<Self> {
        Self::of(key()?)
    }

    /// With the root's key from a former one: who trusts that one trusts this one too.
    pub(crate) fn with_root_key(pem: &str) -> io::Result<Self> {
        Self::of(KeyPair::from_pem(pem).map_err(io::Error::other)?)
    }

    fn of(root: KeyPair) -> io::Result<Self> {
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

    /// A fresh leaf certificate with its key.
    pub(crate) fn identity(&self, certificate: Certificate) -> io::Result<Identity> {
        let mut params = leaf(&NAMES)?;
        match certificate {
            Certificate::Valid | Certificate::MissingIntermediate => {}
            Certificate::FromRoot => {
                let identity = issue(&params, &self.root, &[])?;
                return Ok(identity.leaf_only());
            }
            Certificate::Expired => lasting(&mut params, -30, -1),
            Certificate::NotYetValid => lasting(&mut params, 1, 30),
            Certificate::WrongHost => params = leaf(&["elsewhere.sandbox.test"])?,
            Certificate::UnknownIssuer => return Self::new()?.identity(Certificate::Valid),
            Certificate::IssuedByLeaf => {
                let between = Issuer::signed_by(leaf(&NAMES)?, key()?, &self.intermediate);
                return issue(&params, &between.map_err(io::Error::other)?, &[self.intermediate.der()]);
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
    lasting(&mut params, -1, days);
    params
}

fn leaf(names: &[&str]) -> io::Result<CertificateParams> {
    let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, "sandbox.test");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    lasting(&mut params, -1, 198);
    Ok(params)
}

/// ECDSA over P-256: the one signature every TLS client of the project knows.
fn key() -> io::Result<KeyPair> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(io::Error::other)
}

/// Sets the certificate's dates, in days from now.
fn lasting(params: &mut CertificateParams, from: i32, until: i32) {
    // The dates' type comes from a crate that only rcgen's helper makes reachable here.
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = date_time_ymd(1970, 1, 1) + since_epoch;
    let day = |days: i32| {
        if days < 0 { now - days.unsigned_abs() * DAY } else { now + days.unsigned_abs() * DAY }
    };
    (params.not_before, params.not_after) = (day(from), day(until));
}
