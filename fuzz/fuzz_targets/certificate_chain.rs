//! Certificate chains: `verify_chain` accepts none that rustls-webpki with ring refuses, and refuses none that it accepts, except for
//! algorithms and sizes that are not supported.
//!
//! The input has certificates with their signatures, and others that the target signs with a fixed key, so that mutations reach the
//! checks behind the signatures.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use genesys_token_fuzz::pieces::Pieces;
use genesys_token_tls::{ChainError, Expected, MAX_INTERMEDIATES, verify_chain};
use libfuzzer_sys::fuzz_target;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// The certificates of the trusted CAs.
static ANCHORS: LazyLock<Vec<CertificateDer<'static>>> = LazyLock::new(|| {
    let mut pieces = Pieces(include_bytes!("../tls/anchors"));
    std::iter::from_fn(|| pieces.piece()).map(|der| CertificateDer::from(der).into_owned()).collect()
});

/// The keys with the numbers from 1, as in `tls_peer::pki::fixed_key`.
static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    (1..=6).map(|number| SecretKey::from_slice(&[number; 32]).expect("a key").into()).collect()
});

const HOSTS: [&str; 4] = ["device.test", "a.device.test", "b.a.device.test", "test"];

/// The limit of certificates: more are never inspected.
const MAX_CERTIFICATES: usize = 8;

fuzz_target!(|input: &[u8]| {
    let Some((time, rest)) = input.split_first_chunk::<4>() else { return };
    let Some((host, rest)) = rest.split_first() else { return };
    let (time, host) = (u64::from(u32::from_be_bytes(*time)), HOSTS[usize::from(*host) % HOSTS.len()]);
    let Some(chain) = certificates(rest) else { return };
    let [leaf, intermediates @ ..] = &chain[..] else { return };
    let anchors: Vec<_> = ANCHORS.iter().map(|it| anchor_from_trusted_cert(it).expect("an anchor")).collect();

    let expected = Expected::new(host, &anchors).expect("a host name").at(time);
    let slices: Vec<_> = intermediates.iter().map(|der| &**der).collect();
    let result = verify_chain(leaf, &slices, &expected);
    if let Err(error) = result {
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(
        result == Err(ChainError::TooManyCertificates { count: chain.len() }),
        intermediates.len() > MAX_INTERMEDIATES
    );
    match (result, reference(leaf, intermediates, &anchors, host, time)) {
        (Ok(()), accepted) => assert!(accepted, "accepted, but refused by the reference"),
        (
            Err(
                ChainError::KeyUsage
                | ChainError::RsaKeySize { .. }
                | ChainError::TooManyCertificates { .. }
                | ChainError::TooManySignatures
                | ChainError::UnsupportedAlgorithm
                | ChainError::Malformed,
            ),
            _,
        )
        | (Err(_), false) => {}
        (Err(error), true) => panic!("{error:?}, but accepted by the reference"),
    }
});

/// Returns the chain, with signatures where the input requests them.
fn certificates(input: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = input;
    let mut chain = Vec::new();
    while let Some((signer, after)) = rest.split_first() {
        let mut pieces = Pieces(after);
        let der = pieces.piece()?;
        rest = pieces.0;
        chain.push(match usize::from(*signer).checked_sub(1).and_then(|index| KEYS.get(index)) {
            Some(key) => signed(der, key),
            None => der.to_vec(),
        });
        if chain.len() > MAX_CERTIFICATES {
            return None;
        }
    }
    Some(chain)
}

/// Returns a certificate with this `TBSCertificate`, signed with ECDSA and SHA-256.
fn signed(content: &[u8], key: &SigningKey) -> Vec<u8> {
    const ALGORITHM: [u8; 12] = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let signature: DerSignature = key.sign(content);
    let bits = [&[0][..], signature.as_bytes()].concat();
    value(0x30, &[content, &ALGORITHM, &value(0x03, &bits)].concat())
}

/// Returns a DER value.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [&head, content].concat()
}

fn reference(
    leaf: &[u8],
    intermediates: &[Vec<u8>],
    anchors: &[TrustAnchor<'_>],
    host: &'static str,
    time: u64,
) -> bool {
    let leaf = CertificateDer::from(leaf);
    let intermediates: Vec<_> = intermediates.iter().map(|der| CertificateDer::from(&der[..])).collect();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(time));
    let usage = KeyUsage::server_auth();
    EndEntityCert::try_from(&leaf).is_ok_and(|certificate| {
        certificate
            .verify_for_usage(ALL_VERIFICATION_ALGS, anchors, &intermediates, time, usage, None, None)
            .is_ok()
            && certificate
                .verify_is_valid_for_subject_name(&ServerName::try_from(host).expect("a host name"))
                .is_ok()
    })
}
