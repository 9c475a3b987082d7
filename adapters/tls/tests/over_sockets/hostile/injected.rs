//! Records in clear that somebody on the way puts in, in every state. The rest of the handshake is right: a record that is
//! ignored would show as an answer.

use super::{ANSWER, Answer, Case, Expectation, Failed, Refused};
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

/// Name, content type, content.
const RECORDS: [(&str, u8, &[u8]); 11] = [
    ("close_notify", ALERT, &[1, 0]),
    ("a fatal alert", ALERT, &[2, 40]),
    ("an empty alert", ALERT, &[]),
    ("a NewSessionTicket", HANDSHAKE, &[4, 0, 0, 13, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ("a CertificateRequest", HANDSHAKE, &[13, 0, 0, 3, 0, 0, 0]),
    ("a KeyUpdate", HANDSHAKE, &[24, 0, 0, 1, 0]),
    ("an empty handshake record", HANDSHAKE, &[]),
    ("a ChangeCipherSpec of 2", CHANGE_CIPHER_SPEC, &[2]),
    ("a long ChangeCipherSpec", CHANGE_CIPHER_SPEC, &[1, 1]),
    ("application data in clear", APPLICATION_DATA, b"HTTP/1.1 200 OK\r\n\r\n"),
    ("a heartbeat", 24, &[1, 0, 1, 9]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for state in STATES {
        for (name, kind, content) in RECORDS {
            let expected = expectation(state, kind, content);
            cases.push(Case::new(format!("injected: {name}, {state:?}"), expected, move |peer| {
                play(peer, state, |peer| peer.clear(kind, content));
            }));
        }
        // One is for middleboxes, and dropped; a second one is not, and none after the server proved itself.
        let once = match state {
            AfterCertificateVerify => Refused(UNEXPECTED),
            AfterFinished | AfterTheRequest => Failed(UNEXPECTED, &[]),
            _ => Answer,
        };
        cases.push(Case::new(format!("injected: a ChangeCipherSpec, {state:?}"), once, move |peer| {
            play(peer, state, |peer| peer.clear(CHANGE_CIPHER_SPEC, &[1]));
        }));
        let twice = if state >= AfterFinished { Failed(UNEXPECTED, &[]) } else { Refused(UNEXPECTED) };
        cases.push(Case::new(format!("injected: two ChangeCipherSpecs, {state:?}"), twice, move |peer| {
            play(peer, state, |peer| {
                peer.clear(CHANGE_CIPHER_SPEC, &[1]);
                peer.clear(CHANGE_CIPHER_SPEC, &[1]);
            });
        }));
    }
    cases
}

const UNEXPECTED: &str = "Record(Unexpected";

fn expectation(state: State, kind: u8, content: &[u8]) -> Expectation {
    let established = state >= AfterFinished;
    let error = match (state, kind) {
        (_, 24) => "Record(NotTls)",
        (BeforeServerHello, ALERT) if content.len() == 2 => "Record(Alert",
        (BeforeServerHello, HANDSHAKE) => "Record(InvalidServerHello)",
        (BeforeServerHello, _) => UNEXPECTED,
        (_, APPLICATION_DATA) => "BadRecord",
        _ => UNEXPECTED,
    };
    if established { Failed(error, &[]) } else { Refused(error) }
}

/// A right connection with `inject` in it.
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
