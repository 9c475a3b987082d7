//! Servers of other TLS libraries, and terminators, as their operators run them: with default settings, with a group for which the
//! client sent no key share, and with small records. With each of them both sides change their keys.
//!
//! `adapters/tls/tests/conformance.md` says what is tested with which server, and what they have no setting for.

mod compiled;
mod libraries;
mod observed;
mod process;
mod terminators;

use core::cell::RefCell;
use std::fs;
use std::rc::Rc;

use embedded_io_async::{Read, Write};
use futures_lite::future::block_on;
use genesys_token_tls::tls13::{NamedGroup, Parameters, Tls13, Workspace};
use genesys_token_tls::{Expected, TlsEngine};
use observed::{Observed, Received};
use p256::elliptic_curve::rand_core::OsRng;
use process::Running;
use tls_peer::pki::{self, Certificate, Pki};

use crate::client::{connect, now};
use crate::rustls_server;

/// The body of a response, which takes several small records.
const BODY: usize = 4000;

/// What an operator sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Default,
    /// The group P-256 alone: a client that sent a key share for X25519 is asked for another (`HelloRetryRequest`).
    OnlyP256,
    /// Records that fit into a receive buffer of [`SMALL`] bytes, by the server's settings or by `record_size_limit` (RFC 8449).
    SmallRecords,
}

/// The certificate alone nearly fills it, so that servers which send several messages in one record have to split one.
const SMALL: usize = 1300;

fn twice(setting: Setting, pki: &Pki, server: &Running) -> [Parameters; 2] {
    twice_for("/ping", setting, pki, server)
}

/// Connects twice with one engine, and requests this path each time. Returns what was negotiated.
fn twice_for(path: &str, setting: Setting, pki: &Pki, server: &Running) -> [Parameters; 2] {
    match setting {
        Setting::Default | Setting::OnlyP256 => play::<8192>(path, setting, pki, server),
        Setting::SmallRecords => play::<SMALL>(path, setting, pki, server),
    }
}

fn play<const RECEIVE: usize>(path: &str, setting: Setting, pki: &Pki, server: &Running) -> [Parameters; 2] {
    // With the host that `server_name` has: Apache compares them.
    let request = format!("GET {path} HTTP/1.0\r\nHost: device.test\r\n\r\n");
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(now());
    let mut engine = Tls13::<_, RECEIVE, 1024, 512>::new(OsRng);
    let mut workspace = Workspace::<RECEIVE, 1024, 512>::new();
    [(); 2].map(|()| {
        let received = Rc::new(RefCell::new(Received::default()));
        let tcp = Observed::new(connect(server.address), received.clone());
        let (parameters, response) = block_on(async {
            let mut session = engine.connect(tcp, &mut workspace, &expected).await.unwrap();
            // The server has to change its keys, too, before it answers.
            session.update_keys(true).await.unwrap();
            // The end of an HTTP/1.0 response is the end of the connection.
            session.write_all(request.as_bytes()).await.unwrap();
            session.flush().await.unwrap();
            let mut response = Vec::new();
            let mut buffer = [0; 512];
            loop {
                match session.read(&mut buffer).await.unwrap() {
                    0 => break,
                    count => response.extend_from_slice(&buffer[..count]),
                }
            }
            (session.parameters().unwrap(), response)
        });
        let start = String::from_utf8_lossy(&response[..response.len().min(12)]).into_owned();
        assert!(start.starts_with("HTTP/1") && start.ends_with("200"), "{start}");
        let received = received.borrow();
        assert!(received.has_key_update(), "{:?}", received.lengths);
        if setting == Setting::SmallRecords {
            assert!(response.len() > BODY, "a response of {} bytes shows nothing", response.len());
        }
        parameters
    })
}

/// Checks what was negotiated: all of these servers issue tickets.
fn check(setting: Setting, [first, second]: [Parameters; 2]) {
    let retried = setting == Setting::OnlyP256;
    let group = if retried { NamedGroup::P256 } else { NamedGroup::X25519 };
    for parameters in [first, second] {
        assert_eq!((parameters.group, parameters.retried), (group, retried));
    }
    assert_eq!((first.resumed, second.resumed), (false, true));
}

/// Returns the last argument of the servers that are a few lines here.
fn option(setting: Setting) -> Option<&'static str> {
    match setting {
        Setting::Default => None,
        Setting::OnlyP256 => Some("P-256"),
        Setting::SmallRecords => Some("small"),
    }
}

/// Creates the certificates, and a file `ping` for servers that answer with files.
fn pki(name: &str, setting: Setting) -> Pki {
    let pki = rustls_server::pki(name);
    if setting == Setting::SmallRecords {
        let names: Vec<String> = (0..14).map(|number| format!("DNS:{number:x>50}.test")).collect();
        let names = format!("subjectAltName=DNS:device.test,{}", names.join(","));
        pki.certificate(&Certificate {
            name: "leaf",
            subject: "/CN=x",
            key: "leaf",
            issuer: Some(("root", "root")),
            days: 30,
            extensions: &["basicConstraints=CA:FALSE", &names],
            arguments: &["-sha256"],
        });
    }
    pki.chain_file("chain.pem", &["leaf"]);
    fs::write(pki.path("ping"), "p".repeat(BODY)).unwrap();
    pki
}
