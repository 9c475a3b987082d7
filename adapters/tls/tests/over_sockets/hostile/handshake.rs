//! Handshake messages that are missing, repeated, out of order, or invalid.

use super::case::{Answer, Case, Failed, Leaf, Refused};
use crate::engine::by_engine;
use tls_peer::peer::{CHANGE_CIPHER_SPEC, HANDSHAKE, Peer, message};

pub(super) fn cases() -> Vec<Case> {
    [
        correct(),
        missing(),
        repeated(),
        reordered(),
        malformed(),
        invalid_signatures(),
        invalid_finished(),
        invalid_hello(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A handshake message of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Ee,
    Request,
    Certificate,
    Verify,
    Finished,
}
use Step::{Certificate, Ee, Finished, Request, Verify};

impl Step {
    /// The correct message, for the transcript so far.
    fn message(self, peer: &Peer) -> Vec<u8> {
        match self {
            Ee => Peer::encrypted_extensions(),
            Request => Peer::certificate_request(),
            Certificate => peer.certificate(),
            Verify => peer.certificate_verify(),
            Finished => peer.finished(),
        }
    }
}

/// Sends these messages, each in its own record and valid for the transcript so far.
fn send_all(peer: &mut Peer, steps: &[Step]) {
    peer.hello();
    for step in steps {
        let message = step.message(peer);
        peer.send(&message);
    }
    answer(peer);
}

/// Sends the response as after a correct handshake.
pub(super) fn answer(peer: &mut Peer) {
    peer.application_keys();
    peer.application_data(super::case::ANSWER);
    peer.close_notify();
}

fn sequence(name: &'static str, expected: super::case::Expectation, steps: &'static [Step]) -> Case {
    Case::new(name, expected, move |peer| send_all(peer, steps))
}

/// Correct handshakes: without them the refusals below would prove nothing.
fn correct() -> Vec<Case> {
    vec![
        sequence("correct: each message in a record", Answer, &[Ee, Certificate, Verify, Finished]),
        sequence(
            "correct: requests a client certificate",
            Answer,
            &[Ee, Request, Certificate, Verify, Finished],
        ),
        Case::new("correct: all messages in one record", Answer, |peer| {
            peer.hello();
            let mut messages = Peer::encrypted_extensions();
            let before = peer.transcript.len();
            peer.transcript.extend(&messages);
            for make in [Peer::certificate, Peer::certificate_verify, Peer::finished] {
                let message = make(peer);
                peer.transcript.extend(&message);
                messages.extend(message);
            }
            peer.transcript.truncate(before);
            peer.send(&messages);
            answer(peer);
        }),
        Case::new("correct: a ChangeCipherSpec for middleboxes", Answer, |peer| {
            peer.hello();
            peer.plaintext_record(CHANGE_CIPHER_SPEC, &[1]);
            peer.finish_handshake();
            peer.application_data(super::case::ANSWER);
            peer.close_notify();
        }),
        Case::new("correct: records with padding", Answer, |peer| {
            peer.hello();
            let message = Peer::encrypted_extensions();
            peer.transcript.extend(&message);
            let record = peer.protect(&[&message[..], &[HANDSHAKE], &[0; 100]].concat());
            peer.raw(&record);
            for make in [Peer::certificate, Peer::certificate_verify, Peer::finished] {
                let message = make(peer);
                peer.send(&message);
            }
            answer(peer);
        }),
        Case::new("correct: only supported schemes are offered", Answer, |peer| {
            let grease = |scheme: &u16| scheme & 0x0f0f == 0x0a0a && scheme >> 8 == scheme & 0xff;
            for scheme in peer.schemes.iter().filter(|scheme| !grease(scheme)) {
                let supported = [0x0403, 0x0401, 0x0501, 0x0804, 0x0805].contains(scheme)
                    || (cfg!(feature = "p384") && *scheme == 0x0503)
                    || (cfg!(feature = "sha512") && [0x0601, 0x0806].contains(scheme));
                assert!(supported, "{scheme:#06x}");
            }
            send_all(peer, &[Ee, Certificate, Verify, Finished]);
        }),
    ]
}

const ORDER: super::case::Expectation = Refused("UnexpectedMessage");
/// Detected when Finished is verified.
const BY_FINISHED: super::case::Expectation = Refused("Finished");

fn missing() -> Vec<Case> {
    vec![
        sequence("missing: EncryptedExtensions", ORDER, &[Certificate, Verify, Finished]),
        sequence("missing: Certificate", ORDER, &[Ee, Verify, Finished]),
        sequence("missing: Finished", Refused("BadRecord"), &[Ee, Certificate, Verify]),
        sequence("missing: all messages after ServerHello", Refused("BadRecord"), &[]),
        Case::new("Certificate: without a certificate", Refused("Chain(NoCertificate)"), |peer| {
            send_all(peer, &[Ee, Certificate, Verify, Finished]);
        })
        .with(Leaf::None),
        Case::new("Certificate: too many certificates", Refused("Chain(TooManyCertificates"), |peer| {
            send_all(peer, &[Ee, Certificate, Verify, Finished]);
        })
        .with(Leaf::Six),
    ]
}

fn repeated() -> Vec<Case> {
    vec![
        sequence("repeated: EncryptedExtensions", ORDER, &[Ee, Ee, Certificate, Verify, Finished]),
        sequence(
            "repeated: CertificateRequest",
            ORDER,
            &[Ee, Request, Request, Certificate, Verify, Finished],
        ),
        sequence("repeated: Certificate", ORDER, &[Ee, Certificate, Certificate, Verify, Finished]),
        sequence("repeated: CertificateVerify", ORDER, &[Ee, Certificate, Verify, Verify, Finished]),
        sequence(
            "repeated: Certificate and CertificateVerify",
            ORDER,
            &[Ee, Certificate, Verify, Certificate, Verify, Finished],
        ),
        Case::new("repeated: ServerHello, protected", ORDER, |peer| {
            peer.hello();
            let hello = peer.server_hello();
            peer.send(&hello);
            peer.finish_handshake();
        }),
        Case::new(
            "repeated: ServerHello, unprotected",
            Refused("Record(Unexpected { content_type: 22 })"),
            |peer| {
                peer.hello();
                let hello = peer.server_hello();
                peer.plaintext_record(HANDSHAKE, &hello);
                peer.finish_handshake();
            },
        ),
    ]
}

fn reordered() -> Vec<Case> {
    vec![
        sequence(
            "order: Certificate before EncryptedExtensions",
            ORDER,
            &[Certificate, Ee, Verify, Finished],
        ),
        sequence("order: CertificateVerify before Certificate", ORDER, &[Ee, Verify, Certificate, Finished]),
        // The server signs its whole transcript: only the order is wrong.
        sequence(
            "order: EncryptedExtensions after Certificate",
            by_engine(Refused("CertificateVerify"), ORDER),
            &[Ee, Certificate, Ee, Verify, Finished],
        ),
        sequence(
            "order: EncryptedExtensions after CertificateVerify",
            by_engine(BY_FINISHED, ORDER),
            &[Ee, Certificate, Verify, Ee, Finished],
        ),
        sequence(
            "order: CertificateRequest after Certificate",
            by_engine(Refused("CertificateVerify"), ORDER),
            &[Ee, Certificate, Request, Verify, Finished],
        ),
        sequence(
            "order: CertificateRequest after CertificateVerify",
            by_engine(BY_FINISHED, ORDER),
            &[Ee, Certificate, Verify, Request, Finished],
        ),
        sequence(
            "order: CertificateRequest before EncryptedExtensions",
            ORDER,
            &[Request, Ee, Certificate, Verify, Finished],
        ),
        Case::new("order: a NewSessionTicket during the handshake", ORDER, |peer| {
            peer.hello();
            peer.send(&message(4, &[0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
            peer.finish_handshake();
        }),
        Case::new(
            "order: a KeyUpdate during the handshake",
            by_engine(Refused("MessageSplit"), ORDER),
            |peer| {
                peer.hello();
                peer.send(&message(24, &[0]));
                peer.finish_handshake();
            },
        ),
    ]
}

/// A handshake in which one message has this body, and is part of the transcript.
fn with_body(name: &'static str, step: Step, error: &'static str, body: fn(&mut Peer) -> Vec<u8>) -> Case {
    let steps: &[Step] = match step {
        Request => &[Ee, Request, Certificate, Verify, Finished],
        _ => &[Ee, Certificate, Verify, Finished],
    };
    Case::new(name, Refused(by_engine("MalformedMessage", error)), move |peer| {
        peer.hello();
        for next in steps {
            let message = if *next == step {
                let body = body(peer);
                let kind = match step {
                    Ee => 8,
                    Request => 13,
                    Certificate => 11,
                    Verify => 15,
                    Finished => 20,
                };
                message(kind, &body)
            } else {
                next.message(peer)
            };
            peer.send(&message);
        }
        answer(peer);
    })
}

/// Messages of a server that has all keys, but whose content is not legal (RFC 8446 sections 4.2, 4.3 and 4.4).
fn malformed() -> Vec<Case> {
    const ILLEGAL: &str = "IllegalParameter";
    vec![
        with_body("malformed: EncryptedExtensions, a byte behind them", Ee, "MalformedMessage", |_| {
            vec![0, 0, 0xff]
        }),
        with_body(
            "malformed: EncryptedExtensions, a key share",
            Ee,
            "Extension { extension_type: 51 }",
            |_| vec![0, 4, 0, 51, 0, 0],
        ),
        with_body("malformed: EncryptedExtensions, a protocol that was not offered", Ee, ILLEGAL, |_| {
            vec![0, 9, 0, 16, 0, 5, 0, 3, 2, b'h', b'2']
        }),
        with_body(
            "malformed: EncryptedExtensions, a repeated extension",
            Ee,
            "Extension { extension_type: 0 }",
            |_| vec![0, 8, 0, 0, 0, 0, 0, 0, 0, 0],
        ),
        with_body("malformed: CertificateRequest, a context", Request, ILLEGAL, |_| {
            vec![1, 9, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3]
        }),
        with_body(
            "malformed: CertificateRequest, no signature schemes",
            Request,
            "Extension { extension_type: 13 }",
            |_| vec![0, 0, 0],
        ),
        with_body(
            "malformed: CertificateRequest, an empty list of authorities",
            Request,
            "MalformedMessage",
            |_| vec![0, 0, 14, 0, 13, 0, 4, 0, 2, 4, 3, 0, 47, 0, 2, 0, 0],
        ),
        with_body("malformed: Certificate, a context", Certificate, ILLEGAL, |peer| {
            [&[1, 9], &peer.certificate()[5..]].concat()
        }),
        with_body(
            "malformed: Certificate, an extension that was not offered",
            Certificate,
            "Extension { extension_type: 18 }",
            |peer| {
                let leaf = &peer.identity.chain[0];
                let length = u32::try_from(leaf.len()).unwrap();
                let [_, entry @ ..] = length.to_be_bytes();
                let [_, list @ ..] = (length + 9).to_be_bytes();
                [&[0][..], &list, &entry, leaf, &[0, 4, 0, 18, 0, 0]].concat()
            },
        ),
    ]
}

/// A handshake that is correct except for the `CertificateVerify`, which `make` returns.
fn signed(name: &'static str, expected: super::case::Expectation, make: fn(&mut Peer) -> Vec<u8>) -> Case {
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

fn invalid_signatures() -> Vec<Case> {
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
    cases
}

const PSS: &str = "rsa_padding_mode:pss";
const PKCS1: &str = "rsa_padding_mode:pkcs1";

fn rsa_verify(peer: &Peer, scheme: u16, options: &[&str]) -> Vec<u8> {
    Peer::certificate_verify_of(scheme, &peer.identity.rsa_signature(&content(peer), options))
}

/// A handshake that is correct except for the Finished, which `make` returns.
fn finished(name: &'static str, expected: super::case::Expectation, make: fn(&mut Peer) -> Vec<u8>) -> Case {
    Case::new(name, expected, move |peer| {
        peer.hello();
        peer.send(&Peer::encrypted_extensions());
        let certificate = peer.certificate();
        peer.send(&certificate);
        let verify = peer.certificate_verify();
        peer.send(&verify);
        let finished = make(peer);
        peer.send(&finished);
        answer(peer);
    })
}

fn invalid_finished() -> Vec<Case> {
    vec![
        finished("Finished: flipped bit", BY_FINISHED, |peer| {
            let mut finished = peer.finished();
            *finished.last_mut().unwrap() ^= 1;
            finished
        }),
        finished("Finished: short", by_engine(Refused("MalformedMessage"), BY_FINISHED), |peer| {
            message(20, &peer.finished()[4..35])
        }),
        finished("Finished: empty", by_engine(Refused("MalformedMessage"), BY_FINISHED), |_| {
            message(20, &[])
        }),
        finished("Finished: of zeros", BY_FINISHED, |_| message(20, &[0; 32])),
        finished("Finished: followed by another message", ORDER, |peer| {
            [peer.finished(), Peer::encrypted_extensions()].concat()
        }),
        finished("Finished: followed by garbage", ORDER, |peer| [&peer.finished()[..], &[9; 7]].concat()),
        finished("Finished: twice in its record", ORDER, |peer| [peer.finished(), peer.finished()].concat()),
    ]
}

/// A `ServerHello` that `make` returns, and then a correct handshake with its keys.
fn hello(name: &'static str, expected: super::case::Expectation, make: fn(&mut Peer) -> Vec<u8>) -> Case {
    Case::new(name, expected, move |peer| {
        let hello = make(peer);
        peer.plaintext_record(HANDSHAKE, &hello);
        peer.transcript.extend(hello);
        peer.handshake_keys();
        peer.finish_handshake();
        peer.application_data(super::case::ANSWER);
        peer.close_notify();
    })
}

const SUITE: [u8; 2] = [0x13, 0x01];
const P256: [u8; 2] = [0, 23];

fn invalid_hello() -> Vec<Case> {
    let invalid = Refused("Record(InvalidServerHello)");
    let extension = by_engine(invalid, Refused("Extension"));
    let order = by_engine(invalid, ORDER);
    // The rest of it is awaited, and a protected record arrives.
    let cut_short = by_engine(invalid, Refused("Record(Unexpected { content_type: 23 })"));
    // The script ends without a response.
    let split = by_engine(invalid, Failed("Record(Truncated)", &[]));
    vec![
        hello("ServerHello: a session id", invalid, |peer| {
            message(2, &peer.server_hello_body(Some(&[1; 32]), SUITE, P256, &[]))
        }),
        hello("ServerHello: another cipher suite", invalid, |peer| {
            message(2, &peer.server_hello_body(None, [0x13, 0x04], P256, &[]))
        }),
        hello("ServerHello: another group", invalid, |peer| {
            message(2, &peer.server_hello_body(None, SUITE, [0, 29], &[]))
        }),
        hello("ServerHello: an extension that was not requested", extension, |peer| {
            message(2, &peer.server_hello_body(None, SUITE, P256, &[0, 16, 0, 0]))
        }),
        hello("ServerHello: a pre-shared key", extension, |peer| {
            message(2, &peer.server_hello_body(None, SUITE, P256, &[0, 41, 0, 2, 0, 0]))
        }),
        hello("ServerHello: a point that is not on the curve", invalid, |peer| {
            let mut body = peer.server_hello_body(None, SUITE, P256, &[]);
            *body.last_mut().unwrap() ^= 1;
            message(2, &body)
        }),
        hello("ServerHello: followed by a message in its record", order, |peer| {
            [peer.server_hello(), Peer::encrypted_extensions()].concat()
        }),
        hello("ServerHello: followed by a byte in its record", order, |peer| {
            [&peer.server_hello()[..], &[0]].concat()
        }),
        hello("ServerHello: cut short", cut_short, |peer| {
            let hello = peer.server_hello();
            hello[..hello.len() - 1].to_vec()
        }),
        hello("ServerHello: altered random (keys differ)", Refused("BadRecord"), |peer| {
            // The server continues as if it had sent the original.
            let hello = peer.server_hello();
            let mut altered = hello.clone();
            altered[10] ^= 1;
            peer.plaintext_record(HANDSHAKE, &altered);
            peer.transcript.extend(hello);
            peer.handshake_keys();
            peer.finish_handshake();
            Vec::new()
        }),
        hello("ServerHello: another message instead", order, |_| message(8, &[0, 0])),
        Case::new("ServerHello: split over two records", split, |peer| {
            let hello = peer.server_hello();
            peer.plaintext_record(HANDSHAKE, &hello[..50]);
            peer.plaintext_record(HANDSHAKE, &hello[50..]);
            peer.transcript.extend(hello);
            peer.handshake_keys();
            peer.finish_handshake();
        }),
        Case::new("ServerHello: of TLS 1.2", Refused("Record(Tls13Unsupported)"), |peer| {
            let body = [&[3, 3], &[7; 32][..], &[0, 0xc0, 0x2f, 0]].concat();
            peer.plaintext_record(HANDSHAKE, &message(2, &body));
        }),
    ]
}
