//! Unprotected records that an attacker on the network injects, in every state. The rest of the handshake is correct: if the record
//! were ignored, the response would arrive.

use super::case::{ANSWER, Answer, Case, Expectation, Failed, Refused};
use crate::engine::by_engine;
use tls_peer::peer::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Peer};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    BeforeServerHello,
    AfterServerHello,
    AfterEncryptedExtensions,
    AfterCertificate,
    AfterCertificateVerify,
    AfterFinished,
    AfterTheRequest,
}
use State::{
    AfterCertificate, AfterCertificateVerify, AfterEncryptedExtensions, AfterFinished, AfterServerHello,
    AfterTheRequest, BeforeServerHello,
};

const STATES: [State; 7] = [
    BeforeServerHello,
    AfterServerHello,
    AfterEncryptedExtensions,
    AfterCertificate,
    AfterCertificateVerify,
    AfterFinished,
    AfterTheRequest,
];

/// Name, content type, content. All of them are errors for an engine without a guard too, so the expected fault shows that the guard
/// rejected the record.
const RECORDS: [(&str, u8, &[u8]); 7] = [
    ("an empty alert", ALERT, &[]),
    ("a KeyUpdate", HANDSHAKE, &[24, 0, 0, 1, 0]),
    ("an empty handshake record", HANDSHAKE, &[]),
    ("a ChangeCipherSpec of value 2", CHANGE_CIPHER_SPEC, &[2]),
    ("a long ChangeCipherSpec", CHANGE_CIPHER_SPEC, &[1, 1]),
    ("unprotected application data", APPLICATION_DATA, b"HTTP/1.1 200 OK\r\n\r\n"),
    ("a heartbeat", 24, &[1, 0, 1, 9]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for state in STATES {
        for (name, kind, content) in RECORDS {
            let expected = expectation(state, kind);
            cases.push(Case::new(format!("injected: {name}, {state:?}"), expected, move |peer| {
                play(peer, state, |peer| peer.plaintext_record(kind, content));
            }));
        }
        // RFC 8446 section 5: dropped until the server's Finished, however many.
        let dropped = if state >= AfterFinished { Failed(UNEXPECTED, &[]) } else { Answer };
        cases.push(Case::new(format!("injected: a ChangeCipherSpec, {state:?}"), dropped, move |peer| {
            play(peer, state, |peer| peer.plaintext_record(CHANGE_CIPHER_SPEC, &[1]));
        }));
        cases.push(Case::new(
            format!("injected: two ChangeCipherSpec records, {state:?}"),
            dropped,
            move |peer| {
                play(peer, state, |peer| {
                    peer.plaintext_record(CHANGE_CIPHER_SPEC, &[1]);
                    peer.plaintext_record(CHANGE_CIPHER_SPEC, &[1]);
                });
            },
        ));
    }
    cases
}

const UNEXPECTED: &str = "Record(Unexpected";

fn expectation(state: State, kind: u8) -> Expectation {
    let established = state >= AfterFinished;
    let error = match (state, kind) {
        (_, 24) => "Record(NotTls)",
        (BeforeServerHello, HANDSHAKE) => {
            by_engine("Record(InvalidServerHello)", "UnexpectedMessage|Record(Unexpected")
        }
        (BeforeServerHello, ALERT) => by_engine(UNEXPECTED, "MalformedMessage"),
        (BeforeServerHello, _) => UNEXPECTED,
        (_, APPLICATION_DATA) => "BadRecord",
        _ => UNEXPECTED,
    };
    if established { Failed(error, &[]) } else { Refused(error) }
}

/// Plays a correct connection and calls `inject` in this state.
fn play(peer: &mut Peer, state: State, inject: impl Fn(&mut Peer)) {
    let at = |peer: &mut Peer, here| {
        if here == state {
            inject(peer);
        }
    };
    at(peer, BeforeServerHello);
    peer.hello();
    at(peer, AfterServerHello);
    peer.send(&Peer::encrypted_extensions());
    at(peer, AfterEncryptedExtensions);
    let certificate = peer.certificate();
    peer.send(&certificate);
    at(peer, AfterCertificate);
    let verify = peer.certificate_verify();
    peer.send(&verify);
    at(peer, AfterCertificateVerify);
    let finished = peer.finished();
    peer.send(&finished);
    peer.application_keys();
    at(peer, AfterFinished);
    if state == AfterTheRequest {
        peer.await_record();
        peer.await_record();
        inject(peer);
    }
    peer.application_data(ANSWER);
    peer.close_notify();
}
