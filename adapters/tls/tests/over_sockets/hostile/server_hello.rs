//! Invalid `ServerHello` messages.

use super::case::{self, Case, Expectation, Failed, Refused};
use super::handshake::ORDER;
use crate::engine::by_engine;
use tls_peer::peer::{HANDSHAKE, Peer, message};

/// Returns a `ServerHello` that `make` returns, and then a correct handshake with its keys.
fn hello(name: &'static str, expected: Expectation, make: fn(&mut Peer) -> Vec<u8>) -> Case {
    Case::new(name, expected, move |peer| {
        let hello = make(peer);
        peer.plaintext_record(HANDSHAKE, &hello);
        peer.transcript.extend(hello);
        peer.handshake_keys();
        peer.finish_handshake();
        peer.application_data(case::ANSWER);
        peer.close_notify();
    })
}

const SUITE: [u8; 2] = [0x13, 0x01];
const P256: [u8; 2] = [0, 23];

pub(super) fn cases() -> Vec<Case> {
    let invalid = Refused("Record(InvalidServerHello)");
    let extension = by_engine(invalid, Refused("Extension"));
    let order = by_engine(invalid, ORDER);
    let malformed = by_engine(invalid, Refused("MalformedMessage"));
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
        hello("ServerHello: a compression method", malformed, |peer| {
            let mut body = peer.server_hello_body(None, SUITE, P256, &[]);
            // Behind version, random, session id and cipher suite.
            let method = 2 + 32 + 1 + usize::from(body[34]) + 2;
            body[method] = 1;
            message(2, &body)
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
