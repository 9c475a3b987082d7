//! Records that a server sends after the handshake.

use super::case::{ANSWER, Answer, Case, Failed};
use crate::engine::by_engine;
use tls_peer::peer::{ALERT, APPLICATION_DATA, HANDSHAKE, Peer, message};

/// Calls `act` after the request, then sends the response.
fn then_answer(name: &'static str, expected: super::case::Expectation, act: fn(&mut Peer)) -> Case {
    Case::new(name, expected, move |peer| {
        peer.establish();
        act(peer);
        peer.application_data(ANSWER);
        peer.close_notify();
    })
}

/// Sends a record of this inner plaintext after the request, then the response.
fn protected(name: &'static str, expected: super::case::Expectation, plaintext: &[u8]) -> Case {
    let plaintext = plaintext.to_vec();
    Case::new(name, expected, move |peer| {
        peer.establish();
        let record = peer.protect(&plaintext);
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
    [legal(), illegal_plaintexts(), illegal_records(), ends()].into_iter().flatten().collect()
}

fn legal() -> Vec<Case> {
    let padded = [&[APPLICATION_DATA][..], &[0; 50]].concat();
    vec![
        protected("after: a NewSessionTicket", Answer, &handshake(&ticket())),
        protected(
            "after: two NewSessionTickets in a record",
            Answer,
            &handshake(&[ticket(), ticket()].concat()),
        ),
        protected("after: user_canceled", Answer, &[1, 90, ALERT]),
        protected("after: empty application data", Answer, &[APPLICATION_DATA]),
        protected("after: empty application data with padding", Answer, &padded),
        Case::new("after: application data behind close_notify is ignored", Answer, |peer| {
            peer.establish();
            peer.application_data(ANSWER);
            peer.close_notify();
            peer.application_data(b"more");
        }),
    ]
}

fn illegal_plaintexts() -> Vec<Case> {
    let bad = Failed("BadRecord", &[]);
    // This server keeps its old keys after a KeyUpdate.
    let key_update = by_engine(Failed("KeyUpdate", &[]), bad);
    // Application data between its parts.
    let split = by_engine(Failed("KeyUpdate", &[]), bad);
    vec![
        protected("after: a ClientHello", bad, &handshake(&message(1, &[0; 40]))),
        protected("after: an unknown message type", bad, &handshake(&message(99, &[0; 4]))),
        protected("after: an empty handshake record", bad, &[HANDSHAKE]),
        protected("after: a protected ChangeCipherSpec", bad, &[1, 20]),
        protected("after: an unknown content type", bad, &[1, 99]),
        protected("after: an incomplete alert", bad, &[2, ALERT]),
        protected("after: an incomplete NewSessionTicket", bad, &handshake(&message(4, &[0, 0]))),
        protected("after: a NewSessionTicket with an empty ticket", bad, &handshake(&message(4, &[0; 13]))),
        protected("after: a KeyUpdate", key_update, &handshake(&message(24, &[0]))),
        protected("after: a NewSessionTicket split over records", split, &handshake(&ticket()[..8])),
        protected("after: a fatal alert", Failed("Alert", &[]), &[2, 80, ALERT]),
    ]
}

fn illegal_records() -> Vec<Case> {
    let bad = Failed("BadRecord", &[]);
    vec![
        then_answer(
            "after: a record shorter than a tag",
            Failed("Record(Length { length: 15 })", &[]),
            |peer| {
                peer.raw(&[&[APPLICATION_DATA, 3, 3, 0, 15][..], &[9; 15]].concat());
            },
        ),
        then_answer("after: a record larger than the buffer", Failed("Record(ExceedsBuffer", &[]), |peer| {
            let record = peer.protect(&[&[1; 5000][..], &[APPLICATION_DATA]].concat());
            peer.raw(&record);
        }),
        then_answer("after: a flipped bit", bad, |peer| {
            let mut record = peer.protect(&[1, 2, 3, APPLICATION_DATA]);
            record[7] ^= 1;
            peer.raw(&record);
        }),
        then_answer("after: a repeated record", Failed("BadRecord", b"one"), |peer| {
            let record = peer.protect(&[b"one", &[APPLICATION_DATA][..]].concat());
            peer.raw(&record);
            peer.raw(&record);
        }),
        then_answer("after: a missing record", bad, |peer| {
            let _ = peer.protect(&[b"one", &[APPLICATION_DATA][..]].concat());
        }),
    ]
}

fn ends() -> Vec<Case> {
    let truncated = Failed("Record(Truncated)", ANSWER);
    vec![
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
