//! The cases: chains and settings that must be accepted, and those that must be refused, with the error.

use super::server_kind::Kind::{self, Nginx, OpenSsl, Rustls};
use crate::engine::by_engine;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The certificates in the order of sending.
    pub(crate) chain: &'static [&'static str],
    pub(crate) key: &'static str,
    pub(crate) anchors: &'static [&'static str],
    pub(crate) host: &'static str,
    /// The device's clock, in days from now; `None` without a clock.
    pub(crate) days: Option<i64>,
    pub(crate) setting: Setting,
    pub(crate) verdict: Verdict,
    /// The servers that can present it.
    pub(crate) servers: &'static [Kind],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    Plain,
    RequestsClientCertificate,
    PrefersX25519,
    RefusesP256,
    Tls12,
    SignsWith(&'static str),
    /// `HelloRetryRequest` with a cookie.
    HelloRetryRequest,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict {
    Accept,
    /// The beginning of the error, or several separated by `|`.
    Refuse(&'static str),
}
use Verdict::{Accept, Refuse};

const ALL: &[Kind] = &[OpenSsl, Nginx, Rustls];

pub(super) const BASE: Case = Case {
    name: "",
    chain: &["leaf", "int"],
    key: "rsa-leaf",
    anchors: &["root"],
    host: "device.test",
    days: Some(0),
    setting: Setting::Plain,
    verdict: Accept,
    servers: ALL,
};

/// Accepted with the feature, refused with this error without it.
pub(super) const fn with_feature(feature: bool, error: &'static str) -> Verdict {
    if feature { Accept } else { Refuse(error) }
}

pub(super) const RSA_4096: bool = cfg!(feature = "rsa-4096");
pub(super) const P384: bool = cfg!(feature = "p384");
const SHA512: bool = cfg!(feature = "sha512");

const KEY_SIZE: &str = "Chain(RsaKeySize";
pub(super) const ALGORITHM: &str = "Chain(UnsupportedAlgorithm";
/// No common signature scheme: the server aborts, before or after its `ServerHello`.
const ALGORITHM_OR_ALERT: &str = "Chain(UnsupportedAlgorithm|Record(Alert { description: 40 })";
const NOTHING_IN_COMMON: &str = "Record(Alert { description: 40 })|Alert";

pub(super) fn common() -> Vec<Case> {
    accepted()
        .into_iter()
        .chain(refused_time_and_name())
        .chain(refused_path())
        .chain(refused_certificates())
        .chain(refused_protocol())
        .collect()
}

fn accepted() -> Vec<Case> {
    vec![
        Case { name: "RSA leaf and intermediate", ..BASE },
        Case {
            name: "chain like the service's: four certificates, one unneeded",
            chain: &["leaf", "int", "root-cross", "old-root"],
            anchors: &["root", "old-root"],
            ..BASE
        },
        Case {
            name: "the cross-signed root leads to the old one",
            chain: &["leaf", "int", "root-cross"],
            anchors: &["old-root"],
            ..BASE
        },
        Case { name: "unordered chain", chain: &["leaf", "root-cross", "int-unrelated", "int"], ..BASE },
        Case { name: "leaf directly below the anchor", chain: &["leaf-root"], ..BASE },
        Case { name: "two intermediates", chain: &["leaf-below", "int-below", "int"], ..BASE },
        Case {
            name: "RSA-3072 leaf",
            chain: &["leaf-3072", "int"],
            key: "rsa-3072",
            verdict: with_feature(RSA_4096, KEY_SIZE),
            ..BASE
        },
        Case {
            name: "RSA-4096 leaf",
            chain: &["leaf-4096", "int"],
            key: "rsa-4096",
            verdict: with_feature(RSA_4096, KEY_SIZE),
            ..BASE
        },
        Case { name: "SHA-384 signature", chain: &["leaf-sha384", "int"], ..BASE },
        Case {
            name: "SHA-512 signature",
            chain: &["leaf-sha512", "int"],
            verdict: with_feature(SHA512, by_engine(ALGORITHM, ALGORITHM_OR_ALERT)),
            ..BASE
        },
        Case { name: "RSA-PSS signature", chain: &["leaf-pss", "int"], ..BASE },
        Case {
            name: "P-256 chain",
            chain: &["leaf-p256", "p256-int"],
            key: "p256-leaf",
            anchors: &["p256-root"],
            ..BASE
        },
        Case { name: "P-256 leaf below RSA", chain: &["leaf-p256-rsa", "int"], key: "p256-leaf", ..BASE },
        Case {
            name: "P-384 chain",
            chain: &["leaf-p384"],
            key: "p384-leaf",
            anchors: &["p384-root"],
            verdict: with_feature(P384, NOTHING_IN_COMMON),
            ..BASE
        },
        Case {
            name: "RSA leaf below P-256 below P-384",
            chain: &["leaf-mixed", "p384-to-p256"],
            anchors: &["p384-root"],
            verdict: with_feature(P384, ALGORITHM),
            ..BASE
        },
        Case {
            name: "wildcard on one label",
            chain: &["leaf-wildcard", "int"],
            host: "a.device.test",
            ..BASE
        },
        Case { name: "upper-case name in the certificate", chain: &["leaf-upper", "int"], ..BASE },
        Case { name: "upper-case name expected", host: "DEVICE.TEST", ..BASE },
        Case { name: "host is the fourth alternative name", chain: &["leaf-fourth", "int"], ..BASE },
        Case { name: "no extended key usage", chain: &["leaf-no-eku", "int"], ..BASE },
        Case { name: "no basicConstraints in the leaf", chain: &["leaf-no-bc", "int"], ..BASE },
        Case {
            name: "CertificateVerify PSS SHA-256",
            setting: Setting::SignsWith("rsa_pss_rsae_sha256"),
            ..BASE
        },
        Case {
            name: "CertificateVerify PSS SHA-384",
            setting: Setting::SignsWith("rsa_pss_rsae_sha384"),
            ..BASE
        },
        Case {
            name: "CertificateVerify PSS SHA-512",
            setting: Setting::SignsWith("rsa_pss_rsae_sha512"),
            verdict: with_feature(SHA512, NOTHING_IN_COMMON),
            ..BASE
        },
        Case { name: "requests a client certificate", setting: Setting::RequestsClientCertificate, ..BASE },
        Case { name: "prefers X25519, allows P-256", setting: Setting::PrefersX25519, ..BASE },
    ]
}

fn refused_time_and_name() -> Vec<Case> {
    let name = Refuse("Chain(WrongName)");
    vec![
        Case {
            name: "expired leaf",
            chain: &["leaf-expiring", "int"],
            days: Some(60),
            verdict: Refuse("Chain(Expired"),
            ..BASE
        },
        Case {
            name: "expired intermediate",
            chain: &["leaf", "int-expiring"],
            days: Some(60),
            verdict: Refuse("Chain(Expired"),
            ..BASE
        },
        Case { name: "not yet valid", days: Some(-2), verdict: Refuse("Chain(NotYetValid"), ..BASE },
        Case { name: "no clock", days: None, verdict: Refuse("Chain(NoClock)"), ..BASE },
        Case { name: "wrong host", host: "login.test", verdict: name, ..BASE },
        Case { name: "common name only", chain: &["leaf-cn-only", "int"], verdict: name, ..BASE },
        Case {
            name: "matching common name, other alternative name",
            chain: &["leaf-wrong-san", "int"],
            verdict: name,
            ..BASE
        },
        Case {
            name: "IP address as only alternative name",
            chain: &["leaf-ip", "int"],
            verdict: name,
            ..BASE
        },
        Case {
            name: "wildcard on a top-level domain",
            chain: &["leaf-star-test", "int"],
            verdict: name,
            ..BASE
        },
        Case {
            name: "wildcard, two labels",
            chain: &["leaf-wildcard", "int"],
            host: "a.b.device.test",
            verdict: name,
            ..BASE
        },
        Case { name: "wildcard, no label", chain: &["leaf-wildcard", "int"], verdict: name, ..BASE },
    ]
}

fn refused_path() -> Vec<Case> {
    let unknown = Refuse("Chain(UnknownIssuer)");
    let signature = Refuse("Chain(InvalidSignature)");
    let leaf_used_as_ca = Refuse("Chain(LeafUsedAsCa)");
    vec![
        Case { name: "self-signed", chain: &["self-signed"], verdict: Refuse("Chain(SelfSigned)"), ..BASE },
        Case {
            name: "self-signed CA",
            chain: &["self-signed-ca"],
            verdict: Refuse("Chain(SelfSigned)"),
            ..BASE
        },
        Case { name: "unknown root", anchors: &["p256-root"], verdict: unknown, ..BASE },
        Case {
            name: "unknown root, which the server sends",
            chain: &["leaf", "int", "root"],
            anchors: &["p256-root"],
            verdict: unknown,
            ..BASE
        },
        Case { name: "no trust anchors", anchors: &[], verdict: unknown, ..BASE },
        Case {
            name: "same names, other keys",
            chain: &["leaf-forged-int", "int-forged"],
            verdict: signature,
            ..BASE
        },
        Case {
            name: "same names, other keys, other order",
            chain: &["leaf", "int-forged"],
            verdict: signature,
            ..BASE
        },
        Case { name: "missing intermediate", chain: &["leaf"], verdict: unknown, ..BASE },
        Case { name: "wrong intermediate", chain: &["leaf", "int-unrelated"], verdict: unknown, ..BASE },
        Case {
            name: "flipped bit in the leaf's signature",
            chain: &["leaf-flipped", "int"],
            verdict: signature,
            ..BASE
        },
        Case {
            name: "flipped bit in the intermediate's signature",
            chain: &["leaf", "int-flipped"],
            verdict: signature,
            ..BASE
        },
        Case {
            name: "leaf used as CA",
            chain: &["leaf-by-forger", "forger", "int"],
            verdict: leaf_used_as_ca,
            ..BASE
        },
        Case {
            name: "leaf without basicConstraints used as CA",
            chain: &["leaf-by-forger-no-bc", "forger-no-bc", "int"],
            verdict: leaf_used_as_ca,
            ..BASE
        },
    ]
}

fn refused_certificates() -> Vec<Case> {
    vec![
        Case {
            name: "CA used as leaf",
            chain: &["leaf-ca", "int"],
            verdict: Refuse("Chain(CaUsedAsLeaf)"),
            ..BASE
        },
        Case {
            name: "path length",
            chain: &["leaf-too-deep", "int-deeper", "int-pathlen"],
            verdict: Refuse("Chain(PathLength)"),
            ..BASE
        },
        Case {
            name: "name constraints, permitted elsewhere",
            chain: &["leaf-constrained", "int-constrained"],
            verdict: Refuse("Chain(NameConstraint)"),
            ..BASE
        },
        Case {
            name: "name constraints, excluded",
            chain: &["leaf-excluded", "int-excluded"],
            verdict: Refuse("Chain(NameConstraint)"),
            ..BASE
        },
        Case {
            name: "unknown critical extension",
            chain: &["leaf-critical", "int"],
            verdict: Refuse("Chain(CriticalExtension)"),
            ..BASE
        },
        Case {
            name: "clientAuth only",
            chain: &["leaf-client", "int"],
            verdict: Refuse("Chain(WrongUsage)"),
            ..BASE
        },
        Case {
            name: "intermediate for clientAuth only",
            chain: &["leaf-for-clients", "int-clients"],
            verdict: Refuse("Chain(WrongUsage)"),
            ..BASE
        },
        Case {
            name: "Ed25519 leaf",
            chain: &["leaf-ed25519", "int"],
            key: "ed25519",
            verdict: Refuse(NOTHING_IN_COMMON),
            ..BASE
        },
        // rustls with ring does not load such a key.
        Case {
            name: "RSA-1024 leaf",
            chain: &["leaf-1024", "int"],
            key: "rsa-1024",
            verdict: Refuse(KEY_SIZE),
            servers: &[OpenSsl, Nginx],
            ..BASE
        },
        Case {
            name: "SHA-1 signature",
            chain: &["leaf-sha1", "int"],
            // OpenSSL uses signature_algorithms_cert, which only one engine sends.
            verdict: Refuse(by_engine(ALGORITHM, ALGORITHM_OR_ALERT)),
            ..BASE
        },
        Case {
            name: "CAs with the root's name",
            chain: &["leaf-alike", "alike-1", "alike-2", "alike-3", "alike-4"],
            verdict: Refuse("Chain(InvalidSignature)"),
            ..BASE
        },
        Case {
            name: "CAs of the same name, none of which signed the leaf",
            chain: &["leaf-of-no-twin", "twin-1", "twin-2", "twin-3", "twin-forged"],
            verdict: Refuse("Chain(TooManySignatures)"),
            ..BASE
        },
        Case {
            name: "six certificates",
            chain: &["leaf", "int", "root-cross", "old-root", "int-unrelated", "int-below"],
            verdict: by_engine(Refuse("Chain(TooManyCertificates"), Accept),
            ..BASE
        },
        Case {
            name: "six certificates, the issuer is the last",
            chain: &["leaf", "root-cross", "old-root", "int-unrelated", "int-below", "int"],
            verdict: Refuse("Chain(TooManyCertificates"),
            ..BASE
        },
    ]
}

fn refused_protocol() -> Vec<Case> {
    vec![
        Case {
            name: "TLS 1.2 only",
            setting: Setting::Tls12,
            verdict: Refuse("Record(Tls13Unsupported)"),
            ..BASE
        },
        Case {
            name: "P-256 refused",
            setting: Setting::RefusesP256,
            verdict: by_engine(Refuse("Record(Alert { description: 40 })"), Accept),
            ..BASE
        },
        Case {
            name: "HelloRetryRequest",
            setting: Setting::HelloRetryRequest,
            verdict: by_engine(Refuse("Record(HelloRetryRequest)"), Accept),
            servers: &[OpenSsl],
            ..BASE
        },
    ]
}
