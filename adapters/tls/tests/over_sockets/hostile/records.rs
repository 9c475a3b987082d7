//! Records that are too short, too long or malformed, and split messages, during the handshake.

use super::case::{Answer, Case, Refused};
use super::handshake::answer;
use crate::engine::by_engine;
use tls_peer::peer::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Peer};

pub(super) fn cases() -> Vec<Case> {
    [lengths(), inner(), splits(), ends()].into_iter().flatten().collect()
}

/// Sends these bytes after the `ServerHello`, and then a correct handshake.
fn after_hello(name: &'static str, expected: &'static str, make: fn(&mut Peer) -> Vec<u8>) -> Case {
    Case::new(name, Refused(expected), move |peer| {
        peer.hello();
        let bytes = make(peer);
        peer.raw(&bytes);
        peer.finish_handshake();
        answer(peer);
    })
}

fn lengths() -> Vec<Case> {
    vec![
        after_hello("record: of length 0", "Record(Length { length: 0 })", |_| vec![23, 3, 3, 0, 0]),
        after_hello("record: too short for a content type", "Record(Length { length: 16 })", |_| {
            [&[23, 3, 3, 0, 16][..], &[9; 16]].concat()
        }),
        after_hello("record: of 17 bytes of garbage", "BadRecord", |_| {
            [&[23, 3, 3, 0, 17][..], &[9; 17]].concat()
        }),
        after_hello("record: of 16641 bytes", "Record(Length { length: 16641 })", |_| {
            [&[23, 3, 3, 0x41, 0x01][..], &vec![9; 16_641]].concat()
        }),
        after_hello("record: of 65535 bytes", "Record(Length { length: 65535 })", |_| {
            vec![23, 3, 3, 0xff, 0xff]
        }),
        after_hello("record: larger than the buffer", "Record(ExceedsBuffer { needed: 4097 })", |_| {
            [&[23, 3, 3, 0x10, 0x01][..], &[9; 4097]].concat()
        }),
        after_hello("record: another version", "Record(NotTls)", |peer| {
            let mut record = peer.protect(&[8, 0, 0, 2, 0, 0, HANDSHAKE]);
            record[2] = 1;
            record
        }),
        after_hello("record: the version that marks an established connection", "Record(NotTls)", |peer| {
            let mut record = peer.protect(&[8, 0, 0, 2, 0, 0, HANDSHAKE]);
            (record[1], record[2]) = (0xfe, 0xfe);
            record
        }),
        after_hello("record: not TLS at all", "Record(NotTls)", |_| {
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()
        }),
        after_hello("record: a flipped bit", "BadRecord", |peer| {
            let mut record = peer.protect(&[8, 0, 0, 2, 0, 0, HANDSHAKE]);
            *record.last_mut().unwrap() ^= 1;
            record
        }),
        Case::new("HTTP instead of a ServerHello", Refused("Record(NotTls)"), |peer| {
            peer.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }),
        Case::new(
            "record: stalling with one message per record",
            Refused("UnexpectedMessage|Record(TooManyRecords)"),
            |peer| {
                peer.hello();
                for _ in 0..64 {
                    peer.send(&Peer::encrypted_extensions());
                }
            },
        ),
    ]
}

fn inner() -> Vec<Case> {
    let illegal = "UnexpectedMessage";
    vec![
        after_hello("plaintext: an empty handshake record", illegal, |peer| peer.protect(&[HANDSHAKE])),
        after_hello("plaintext: application data", illegal, |peer| {
            peer.protect(&[1, 2, 3, APPLICATION_DATA])
        }),
        after_hello("plaintext: empty application data", illegal, |peer| peer.protect(&[APPLICATION_DATA])),
        after_hello("plaintext: a ChangeCipherSpec", illegal, |peer| peer.protect(&[1, CHANGE_CIPHER_SPEC])),
        after_hello("plaintext: an unknown type", illegal, |peer| peer.protect(&[1, 99])),
        after_hello("plaintext: a ServerHello", illegal, |peer| {
            let hello = peer.server_hello();
            peer.protect(&[&hello[..], &[HANDSHAKE]].concat())
        }),
        after_hello(
            "plaintext: close_notify",
            by_engine("Alert", "Record(Alert { description: 0 })"),
            |peer| peer.protect(&[1, 0, ALERT]),
        ),
        after_hello(
            "plaintext: a fatal alert",
            by_engine("Alert", "Record(Alert { description: 40 })"),
            |peer| peer.protect(&[2, 40, ALERT]),
        ),
        after_hello("plaintext: an incomplete alert", by_engine(illegal, "MalformedMessage"), |peer| {
            peer.protect(&[2, ALERT])
        }),
    ]
}

/// Returns a handshake in which the message with this index is split into two records at this position.
fn split(name: &'static str, index: usize, at: usize) -> Case {
    Case::new(name, by_engine(Refused("MessageSplit"), Answer), move |peer| {
        peer.hello();
        for turn in 0..4 {
            let message = match turn {
                0 => Peer::encrypted_extensions(),
                1 => peer.certificate(),
                2 => peer.certificate_verify(),
                _ => peer.finished(),
            };
            if turn == index {
                peer.send(&message[..at]);
                peer.send(&message[at..]);
            } else {
                peer.send(&message);
            }
        }
        answer(peer);
    })
}

fn splits() -> Vec<Case> {
    vec![
        split("split: EncryptedExtensions after one byte", 0, 1),
        split("split: Certificate within its header", 1, 3),
        split("split: Certificate after its header", 1, 4),
        split("split: Certificate in the middle", 1, 200),
        split("split: CertificateVerify", 2, 20),
        split("split: Finished", 3, 35),
    ]
}

/// The connection ends after some steps of a correct handshake.
fn ends() -> Vec<Case> {
    let truncated = Refused("Record(Truncated)");
    vec![
        Case::new("end: before the ServerHello", truncated, |_| {}),
        Case::new("end: within a record's header", truncated, |peer| peer.raw(&[22, 3, 3])),
        Case::new("end: within the ServerHello", truncated, |peer| {
            let hello = peer.server_hello();
            peer.raw(&[&[22, 3, 3, 0, u8::try_from(hello.len()).unwrap()], &hello[..60]].concat());
        }),
        Case::new("end: after the ServerHello", truncated, Peer::hello),
        Case::new("end: within a protected record", truncated, |peer| {
            peer.hello();
            let record = peer.protect(&[8, 0, 0, 2, 0, 0, HANDSHAKE]);
            peer.raw(&record[..record.len() - 1]);
        }),
        Case::new("end: before Finished", truncated, |peer| {
            peer.hello();
            peer.send(&Peer::encrypted_extensions());
            let certificate = peer.certificate();
            peer.send(&certificate);
            let verify = peer.certificate_verify();
            peer.send(&verify);
        }),
    ]
}
