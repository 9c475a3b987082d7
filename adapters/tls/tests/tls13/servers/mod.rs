//! Servers of other TLS libraries, and terminators, as their operators run them: with default settings, with a group for which the
//! client sent no key share, and with small records.

mod compiled;
mod libraries;
mod process;
mod terminators;

use embedded_io_async::{Read, Write};
use futures_lite::future::block_on;
use genesys_token_tls::tls13::{NamedGroup, Parameters};
use genesys_token_tls::{Expected, TlsEngine};
use p256::elliptic_curve::rand_core::OsRng;
use process::Running;
use tls_peer::pki::{self, Pki};

use crate::client::{connect, now};
use crate::device::{Buffers, Engine};
use crate::rustls_server;

/// With the host that `server_name` has: Apache compares them.
const REQUEST: &[u8] = b"GET /ping HTTP/1.0\r\nHost: device.test\r\n\r\n";

/// What an operator sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Default,
    /// The group P-256 alone: a client that sent a key share for X25519 is asked for another (`HelloRetryRequest`).
    OnlyP256,
}

/// Connects twice with one engine, and reads a response each time. Returns what was negotiated.
fn twice(pki: &Pki, server: &Running) -> [Parameters; 2] {
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(now());
    let mut engine = Engine::new(OsRng);
    let mut workspace = Buffers::new();
    [(); 2].map(|()| {
        block_on(async {
            let mut session =
                engine.connect(connect(server.address), &mut workspace, &expected).await.unwrap();
            // The end of an HTTP/1.0 response is the end of the connection.
            session.write_all(REQUEST).await.unwrap();
            session.flush().await.unwrap();
            let mut response = Vec::new();
            let mut buffer = [0; 512];
            loop {
                match session.read(&mut buffer).await.unwrap() {
                    0 => break,
                    count => response.extend_from_slice(&buffer[..count]),
                }
            }
            let start = String::from_utf8_lossy(&response[..response.len().min(12)]).into_owned();
            assert!(start.starts_with("HTTP/1") && start.ends_with("200"), "{start}");
            session.parameters().unwrap()
        })
    })
}

/// Checks what was negotiated: all of these servers issue tickets.
fn check(setting: Setting, [first, second]: [Parameters; 2]) {
    let group = if setting == Setting::Default { NamedGroup::X25519 } else { NamedGroup::P256 };
    for parameters in [first, second] {
        assert_eq!((parameters.group, parameters.retried), (group, setting == Setting::OnlyP256));
    }
    assert_eq!((first.resumed, second.resumed), (false, true));
}

fn pki(name: &str) -> Pki {
    let pki = rustls_server::pki(name);
    pki.chain_file("chain.pem", &["leaf"]);
    pki
}
