//! A server that violates the protocol: it must receive nothing after the `ClientHello`, and nothing that it sends may be accepted.

mod after_handshake;
mod case;
mod finished;
mod handshake;
mod injected;
mod records;
mod server_hello;
mod signatures;

use core::sync::atomic::{AtomicUsize, Ordering};
use std::fs;
use std::sync::Arc;

use genesys_token_tls::Expected;

use case::Expectation::{self, Answer, Failed, Refused};
use case::{ANSWER, Case, Leaf, Script};

use crate::client::{self, Outcome, REQUEST};
use crate::engine::by_engine;
use crate::table;
use tls_peer::peer::{Identity, Peer, Seen, serve};
use tls_peer::pki::{self, Certificate, Pki};

#[test]
fn a_hostile_server_is_refused() {
    let pki = pki();
    let cases: Vec<Case> = [
        handshake::cases(),
        server_hello::cases(),
        signatures::cases(),
        finished::cases(),
        records::cases(),
        injected::cases(),
        after_handshake::cases(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let count = cases.len();
    let mut wrong = Vec::new();
    table::head();
    for case in cases {
        let Case { name, script, expected, leaf } = case;
        let (outcome, seen) = play(&pki, leaf, script);
        let (as_expected, verdict) = judge(&outcome, &seen, expected);
        table::row(&name, "scripted", &expected.to_string(), &verdict, seen.request, as_expected);
        if !as_expected {
            wrong.push(format!(
                "{name}: {verdict}, expected {expected:?}, client sent {} records",
                seen.records
            ));
        }
    }
    println!("{count} scripts");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Creates a root and two server certificates that it issued.
pub(crate) fn pki() -> Pki {
    let pki = Pki::new("hostile");
    let issuer = Some(("root", "root"));
    let leaf = ["basicConstraints=CA:FALSE", "subjectAltName=DNS:device.test"];
    let base = Certificate {
        name: "",
        subject: "/CN=x",
        key: "",
        issuer,
        days: 30,
        extensions: &leaf,
        arguments: &["-sha256"],
    };
    for key in ["root", "leaf"] {
        pki.key(key, "EC", Some("ec_paramgen_curve:P-256"));
    }
    pki.key("rsa", "RSA", Some("rsa_keygen_bits:2048"));
    pki.key("ed25519", "ED25519", None);
    let authority = ["basicConstraints=critical,CA:TRUE"];
    pki.certificate(&Certificate {
        name: "root",
        subject: "/CN=Root",
        key: "root",
        issuer: None,
        extensions: &authority,
        ..base
    });
    pki.certificate(&Certificate { name: "leaf", key: "leaf", ..base });
    pki.certificate(&Certificate { name: "rsa", key: "rsa", ..base });
    pki.certificate(&Certificate { name: "ed25519", key: "ed25519", ..base });
    pki
}

fn play(pki: &Pki, leaf: Leaf, script: Script) -> (Outcome, Seen) {
    let name = match leaf {
        Leaf::Rsa => "rsa",
        Leaf::Ed25519 => "ed25519",
        _ => "leaf",
    };
    let certificate = pki.der(name).to_vec();
    let chain = match leaf {
        Leaf::None => Vec::new(),
        Leaf::Malformed => vec![b"no certificate".to_vec()],
        Leaf::Six => vec![certificate; 6],
        Leaf::P256 | Leaf::Rsa | Leaf::Ed25519 => vec![certificate],
    };
    let key = fs::read_to_string(pki.path("leaf.key")).unwrap();
    let rsa_key = (leaf == Leaf::Rsa).then(|| pki.path("rsa.key"));
    let (address, thread) = serve(Identity { chain, key, rsa_key }, script);
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let outcome = client::run::<4096>(address, &expected, usize::MAX);
    (outcome, thread.join().unwrap())
}

/// Every byte that the server sends is authenticated, by the handshake's transcript or by the record's tag.
#[test]
fn every_altered_byte_is_detected() {
    const STEP: usize = 5;
    let pki = pki();
    let total = Arc::new(AtomicUsize::new(usize::MAX));
    let (mut position, mut refused, mut failed) = (0, 0, 0);
    while position < total.load(Ordering::SeqCst) {
        let bits = 1 << (position / STEP % 8);
        let sent = total.clone();
        let script = move |peer: &mut Peer| {
            peer.alter = Some((position, bits));
            peer.hello();
            peer.finish_handshake();
            peer.application_data(ANSWER);
            peer.close_notify();
            sent.store(peer.sent, Ordering::SeqCst);
        };
        let (outcome, _) = play(&pki, Leaf::P256, Box::new(script));
        match outcome {
            Outcome::Refused(_) => refused += 1,
            Outcome::Failed(_, received) => {
                assert!(received.is_empty() || received == ANSWER, "byte {position}: {received:?}");
                failed += 1;
            }
            // The length of signatures varies: this connection had fewer bytes.
            Outcome::Answered(_) if position >= total.load(Ordering::SeqCst) => {}
            Outcome::Answered(_) => panic!("byte {position} was altered by {bits:#x} and accepted"),
        }
        position += STEP;
    }
    println!("every {STEP}th byte altered: {refused} refused, {failed} failed after the handshake");
    assert!(refused > 100 && failed > 5);
}

fn judge(outcome: &Outcome, seen: &Seen, expected: Expectation) -> (bool, String) {
    let starts = |verdict: &str, errors: &str| errors.split('|').any(|error| verdict.starts_with(error));
    match (outcome, expected) {
        (Outcome::Answered(answer), Answer) => (
            answer == ANSWER && seen.alert.is_none() && seen.finished == 1 && seen.request == REQUEST.len(),
            "answered".into(),
        ),
        (Outcome::Refused(error), Refused(errors)) => {
            let verdict = format!("{error:?}");
            // bad_record_mac, where an unprotected record stands in the place of a protected one.
            let unprotected = verdict.starts_with("Record(Unexpected");
            let alerted = match expected_alert(&verdict) {
                // Where the keys differ, the server cannot read the alert.
                Some(alert) => {
                    seen.alert.is_none_or(|seen| seen == alert || unprotected && seen == 20)
                        && seen.alert.is_some() != (seen.records == 1)
                }
                None => seen.alert.is_none() && seen.records == 0,
            };
            (starts(&verdict, errors) && alerted && seen.finished == 0 && seen.request == 0, verdict)
        }
        (Outcome::Failed(error, received), Failed(errors, before)) => {
            let verdict = format!("later: {error:?}");
            (starts(&format!("{error:?}"), errors) && received == before, verdict)
        }
        (outcome, _) => (false, format!("{outcome:?}")),
    }
}

/// Returns the alert that RFC 8446 prescribes with an error (sections 4 to 6). embedded-tls sends none.
fn expected_alert(verdict: &str) -> Option<u8> {
    const ALERTS: &[(&str, u8)] = &[
        ("UnexpectedMessage", 10),
        ("Record(Unexpected", 10),
        ("Record(NotTls", 10),
        ("BadRecord", 20),
        ("Record(Length { length: 0 }", 20),
        ("Record(Length { length: 16 }", 20),
        ("Record(Length", 22),
        ("Record(ExceedsBuffer", 22),
        ("Chain(UnsupportedAlgorithm", 43),
        ("Chain(TooManyCertificates", 46),
        ("Record(InvalidServerHello", 47),
        ("SignatureScheme", 47),
        ("IllegalParameter", 47),
        // server_name is only ever repeated here, and signature_algorithms missing.
        ("Extension { extension_type: 0 }", 47),
        ("Extension { extension_type: 13 }", 109),
        ("Chain(NoCertificate", 50),
        ("Chain(Malformed", 50),
        ("MalformedMessage", 50),
        ("CertificateVerify", 51),
        ("Finished", 51),
        ("Record(Tls13Unsupported", 70),
        ("Extension", 110),
    ];
    let alert = ALERTS.iter().find(|(error, _)| verdict.starts_with(error)).map(|(_, alert)| *alert);
    by_engine(None, alert)
}
