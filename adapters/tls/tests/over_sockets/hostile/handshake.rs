//! Handshake messages that are missing, repeated, out of order, or malformed.

use super::case::{self, Answer, Case, Expectation, Leaf, Refused};
use crate::engine::by_engine;
use tls_peer::peer::{CHANGE_CIPHER_SPEC, HANDSHAKE, Peer, message};

pub(super) fn cases() -> Vec<Case> {
    [correct(), missing(), repeated(), reordered(), malformed()].into_iter().flatten().collect()
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
    /// Returns the correct message, for the transcript so far.
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
    peer.application_data(case::ANSWER);
    peer.close_notify();
}

fn sequence(name: &'static str, expected: Expectation, steps: &'static [Step]) -> Case {
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
            peer.application_data(case::ANSWER);
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

/// The error of a message that is not legal in this state.
pub(super) const ORDER: Expectation = Refused("UnexpectedMessage");
/// The error when the server's Finished is verified.
pub(super) const BY_FINISHED: Expectation = Refused("Finished");

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
        Case::new("Certificate: not a certificate", Refused("Chain(Malformed)"), |peer| {
            send_all(peer, &[Ee, Certificate, Verify, Finished]);
        })
        .with(Leaf::Malformed),
        six_certificates(),
    ]
}

/// Of which one is needed.
fn six_certificates() -> Case {
    let expected = by_engine(Refused("Chain(TooManyCertificates"), Answer);
    let script: fn(&mut Peer) = by_engine(
        |peer| send_all(peer, &[Ee, Certificate, Verify, Finished]),
        |peer| {
            peer.establish();
            peer.application_data(case::ANSWER);
            peer.close_notify();
        },
    );
    Case::new("Certificate: the same certificate six times", expected, script).with(Leaf::Six)
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

/// Returns a handshake in which one message has this body, and is part of the transcript.
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
