//! What a server may and may not send after the handshake.

use super::{ANSWER, Answer, Case, Failed};
use tls_peer::peer::{ALERT, APPLICATION_DATA, HANDSHAKE, Peer, message};

/// After the request this, and then the answer.
fn then_answer(name: &'static str, expected: super::Expectation, act: fn(&mut Peer)) -> Case {
    Case::new(name, expected, move |peer| {
        peer.establish();
        act(peer);
        peer.application_data(ANSWER);
        peer.close_notify();
    })
}

fn protected(name: &'static str, expected: super::Expectation, make: fn(&mut Peer) -> Vec<u8>) -> Case {
    Case::new(name, expected, move |peer| {
        peer.establish();
        let inner = make(peer);
        let record = peer.protect(&inner);
        peer.raw(&record);
        peer.application_data(ANSWER);
        peer.close_notify();
    })
}

fn handshake(message: &[u8]) -> Vec<u8> {
    [message, &[HANDSHAKE]].concat()
}

fn ticket() -> Vec<u8> {
    message(4, &[0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 2, 7, 7, 0, 0])
}

pub(super) fn cases() -> Vec<Case> {
    let bad = Failed("BadRecord", &[]);
    let truncated = Failed("Record(Truncated)", ANSWER);
    vec![
        protected("after: a NewSessionTicket", Answer, |_| handshake(&ticket())),
        protected("after: two NewSessionTickets in a record", Answer, |_| {
            handshake(&[ticket(), ticket()].concat())
        }),
        protected("after: empty application data", Answer, |_| vec![APPLICATION_DATA]),
        protected("after: empty application data, padded", Answer, |_| {
            [&[APPLICATION_DATA][..], &[0; 50]].concat()
        }),
        protected("after: a CertificateRequest", bad, |_| handshake(&Peer::certificate_request())),
        protected("after: a Finished", bad, |_| handshake(&message(20, &[0; 32]))),
        protected("after: EncryptedExtensions", bad, |_| handshake(&Peer::encrypted_extensions())),
        protected("after: a Certificate", bad, |peer| handshake(&peer.certificate())),
        protected("after: a CertificateVerify", bad, |peer| handshake(&peer.certificate_verify())),
        protected("after: a ServerHello", bad, |peer| handshake(&peer.server_hello())),
        protected("after: a ClientHello", bad, |_| handshake(&message(1, &[0; 40]))),
        protected("after: an unknown message", bad, |_| handshake(&message(99, &[0; 4]))),
        protected("after: a NewSessionTicket and a Finished", bad, |_| {
            handshake(&[ticket(), message(20, &[0; 32])].concat())
        }),
        protected("after: an empty handshake record", bad, |_| vec![HANDSHAKE]),
        protected("after: zeros only", bad, |_| vec![0; 40]),
        protected("after: a ChangeCipherSpec inside", bad, |_| vec![1, 20]),
        protected("after: an unknown type inside", bad, |_| vec![1, 99]),
        protected("after: half an alert", bad, |_| vec![2, ALERT]),
        protected("after: a malformed NewSessionTicket", bad, |_| handshake(&message(4, &[0, 0]))),
        protected("after: a KeyUpdate", Failed("KeyUpdate", &[]), |_| handshake(&message(24, &[0]))),
        protected("after: a split NewSessionTicket", Failed("KeyUpdate", &[]), |_| handshake(&ticket()[..8])),
        protected("after: a fatal alert", Failed("Alert", &[]), |_| vec![2, 80, ALERT]),
        then_answer("after: a tag and nothing else", Failed("Record(Length { length: 16 })", &[]), |peer| {
            let record = peer.protect(&[]);
            peer.raw(&record);
        }),
        then_answer("after: a record larger than the buffer", Failed("Record(ExceedsBuffer", &[]), |peer| {
            let record = peer.protect(&[&[1; 5000][..], &[APPLICATION_DATA]].concat());
            peer.raw(&record);
        }),
        then_answer("after: a flipped bit", bad, |peer| {
            let mut record = peer.protect(&[1, 2, 3, APPLICATION_DATA]);
            record[7] ^= 1;
            peer.raw(&record);
        }),
        then_answer("after: a record twice", Failed("BadRecord", b"one"), |peer| {
            let record = peer.protect(&[b"one", &[APPLICATION_DATA][..]].concat());
            peer.raw(&record);
            peer.raw(&record);
        }),
        then_answer("after: a record left out", bad, |peer| {
            let _ = peer.protect(&[b"one", &[APPLICATION_DATA][..]].concat());
        }),
        Case::new("after: close_notify, then more", Answer, |peer| {
            peer.establish();
            peer.application_data(ANSWER);
            peer.close_notify();
            peer.application_data(b"more");
        }),
        Case::new("after: an end without close_notify", truncated, |peer| {
            peer.establish();
            peer.application_data(ANSWER);
        }),
        Case::new("after: an end within a record", truncated, |peer| {
            peer.establish();
            peer.application_data(ANSWER);
            let record = peer.protect(&[1, 2, 3, APPLICATION_DATA]);
            peer.raw(&record[..12]);
        }),
        Case::new("after: an end within a record's header", truncated, |peer| {
            peer.establish();
            peer.application_data(ANSWER);
            peer.raw(&[23, 3]);
        }),
    ]
}
