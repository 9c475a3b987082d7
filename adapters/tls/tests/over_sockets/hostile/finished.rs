//! Invalid Finished messages.

use super::case::{Case, Expectation, Refused};
use super::handshake::{BY_FINISHED, ORDER, answer};
use crate::engine::by_engine;
use tls_peer::peer::{Peer, message};

/// Returns a handshake that is correct except for the Finished, which `make` returns.
fn finished(name: &'static str, expected: Expectation, make: fn(&mut Peer) -> Vec<u8>) -> Case {
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

pub(super) fn cases() -> Vec<Case> {
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
