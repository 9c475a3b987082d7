//! `CertificateVerify` messages whose signature or scheme is invalid.

use super::case::{Answer, Case, Expectation, Leaf, Refused};
use super::handshake::answer;
use crate::engine::by_engine;
use tls_peer::peer::{Peer, message};

/// Returns a handshake that is correct except for the `CertificateVerify`, which `make` returns.
fn signed(name: &'static str, expected: Expectation, make: fn(&mut Peer) -> Vec<u8>) -> Case {
    Case::new(name, expected, move |peer| {
        peer.hello();
        peer.send(&Peer::encrypted_extensions());
        let certificate = peer.certificate();
        peer.send(&certificate);
        let verify = make(peer);
        peer.send(&verify);
        let finished = peer.finished();
        peer.send(&finished);
        answer(peer);
    })
}

const SERVER_CONTEXT: &str = "TLS 1.3, server CertificateVerify";

fn content(peer: &Peer) -> Vec<u8> {
    Peer::signed_content(SERVER_CONTEXT, &peer.transcript)
}

pub(super) fn cases() -> Vec<Case> {
    let wrong = Refused("CertificateVerify");
    let scheme = Refused("SignatureScheme");
    let ecdsa = |name, make| signed(name, wrong, make);
    let mut cases = vec![
        ecdsa("CertificateVerify: other key", |peer| {
            use p256::ecdsa::SigningKey;
            use p256::ecdsa::signature::Signer;
            use p256::elliptic_curve::rand_core::OsRng;
            let key = SigningKey::random(&mut OsRng);
            let signature: p256::ecdsa::DerSignature = key.sign(&content(peer));
            Peer::certificate_verify_of(0x0403, signature.as_bytes())
        }),
        ecdsa("CertificateVerify: flipped bit", |peer| {
            let mut verify = peer.certificate_verify();
            *verify.last_mut().unwrap() ^= 1;
            verify
        }),
        ecdsa("CertificateVerify: empty", |_| Peer::certificate_verify_of(0x0403, &[])),
        ecdsa("CertificateVerify: short", |peer| {
            let signature = peer.signature(&content(peer));
            Peer::certificate_verify_of(0x0403, &signature[..signature.len() - 1])
        }),
        ecdsa("CertificateVerify: zeros", |_| {
            Peer::certificate_verify_of(0x0403, &[0x30, 6, 2, 1, 0, 2, 1, 0])
        }),
        ecdsa("CertificateVerify: the client's context", |peer| {
            let content = Peer::signed_content("TLS 1.3, client CertificateVerify", &peer.transcript);
            Peer::certificate_verify_of(0x0403, &peer.signature(&content))
        }),
        ecdsa("CertificateVerify: other transcript", |peer| {
            let content = Peer::signed_content(SERVER_CONTEXT, &peer.transcript[..peer.transcript.len() - 1]);
            Peer::certificate_verify_of(0x0403, &peer.signature(&content))
        }),
        ecdsa("CertificateVerify: transcript before Certificate", |peer| {
            let certificate = peer.certificate().len();
            let content =
                Peer::signed_content(SERVER_CONTEXT, &peer.transcript[..peer.transcript.len() - certificate]);
            Peer::certificate_verify_of(0x0403, &peer.signature(&content))
        }),
        signed("CertificateVerify: unknown scheme", Refused("SignatureScheme { scheme: 65278 }"), |peer| {
            Peer::certificate_verify_of(0xfefe, &peer.signature(&content(peer)))
        }),
        signed("CertificateVerify: a byte behind the signature", Refused("MalformedMessage"), |peer| {
            let verify = peer.certificate_verify();
            message(15, &[&verify[4..], &[0]].concat())
        }),
    ];
    for (name, number) in [
        ("CertificateVerify: RSA-PSS scheme, P-256 key", 0x0804),
        ("CertificateVerify: P-384 scheme, P-256 key", 0x0503),
        ("CertificateVerify: Ed25519 scheme", 0x0807),
        ("CertificateVerify: SHA-1 scheme", 0x0203),
    ] {
        cases.push(Case::new(name, scheme, move |peer| {
            peer.hello();
            peer.send(&Peer::encrypted_extensions());
            let certificate = peer.certificate();
            peer.send(&certificate);
            let verify = Peer::certificate_verify_of(number, &peer.signature(&content(peer)));
            peer.send(&verify);
            let finished = peer.finished();
            peer.send(&finished);
            answer(peer);
        }));
    }
    let rsa = |name, expected, make| signed(name, expected, make).with(Leaf::Rsa);
    cases.extend([
        rsa("CertificateVerify: RSA-PSS, valid", Answer, |peer| {
            rsa_verify(peer, 0x0804, &[PSS, "rsa_pss_saltlen:digest"])
        }),
        rsa("CertificateVerify: RSA PKCS#1 under its own scheme", scheme, |peer| {
            rsa_verify(peer, 0x0401, &[PKCS1])
        }),
        rsa("CertificateVerify: RSA PKCS#1 under the PSS scheme", wrong, |peer| {
            rsa_verify(peer, 0x0804, &[PKCS1])
        }),
        rsa("CertificateVerify: RSA-PSS, wrong salt", wrong, |peer| {
            rsa_verify(peer, 0x0804, &[PSS, "rsa_pss_saltlen:20"])
        }),
        rsa("CertificateVerify: RSA-PSS, no salt", wrong, |peer| {
            rsa_verify(peer, 0x0804, &[PSS, "rsa_pss_saltlen:0"])
        }),
        rsa("CertificateVerify: RSA-PSS SHA-256 under the SHA-384 scheme", wrong, |peer| {
            rsa_verify(peer, 0x0805, &[PSS, "rsa_pss_saltlen:digest"])
        }),
        rsa("CertificateVerify: ECDSA scheme, RSA key", scheme, |peer| {
            rsa_verify(peer, 0x0403, &[PSS, "rsa_pss_saltlen:digest"])
        }),
        rsa("CertificateVerify: id-RSASSA-PSS scheme", scheme, |peer| {
            rsa_verify(peer, 0x0809, &[PSS, "rsa_pss_saltlen:digest"])
        }),
    ]);
    cases.extend(unsupported_key());
    cases
}

fn unsupported_key() -> [Case; 2] {
    // embedded-tls judges the chain before it receives the message.
    let ed25519 = |name, expected, make| signed(name, expected, make).with(Leaf::Ed25519);
    let unsupported = Refused("Chain(UnsupportedAlgorithm)");
    [
        ed25519(
            "CertificateVerify: Ed25519 scheme, Ed25519 key",
            by_engine(unsupported, Refused("SignatureScheme { scheme: 2055 }")),
            |peer| Peer::certificate_verify_of(0x0807, &peer.signature(&content(peer))),
        ),
        ed25519("CertificateVerify: ECDSA scheme, Ed25519 key", unsupported, |peer| {
            peer.certificate_verify()
        }),
    ]
}

const PSS: &str = "rsa_padding_mode:pss";
const PKCS1: &str = "rsa_padding_mode:pkcs1";

fn rsa_verify(peer: &Peer, scheme: u16, options: &[&str]) -> Vec<u8> {
    Peer::certificate_verify_of(scheme, &peer.identity.rsa_signature(&content(peer), options))
}
