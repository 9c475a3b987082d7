//! A server that has the keys and is scripted by the input, and two clients of it: the engine `tls13` and rustls. Both connect or neither,
//! both receive the same data, and both see a proper end of the session or neither, except for what `tls_differences` lists.
//!
//! What `tls_records` demands of the other engine holds as well: `tls13` connects only after a complete handshake, sends nothing but an
//! alert to a server that was not authenticated, returns nothing that was not sent, and does not panic.
#![no_main]

use std::sync::LazyLock;

use futures_lite::future::block_on;
use genesys_token_fuzz::rustls_client;
use genesys_token_fuzz::tls_differences;
use genesys_token_fuzz::tls_outcome::{End, Outcome};
use genesys_token_fuzz::tls_script::{NAME, Server, root, time};
use genesys_token_tls::tls13::{CipherSuite, Tls13, Workspace};
use genesys_token_tls::{Expected, SessionError, TlsEngine, TlsSession};
use libfuzzer_sys::fuzz_target;
use tls_peer::memory::Memory;
use tls_peer::pki;
use tls_peer::recording::FixedRng;

const REQUEST: &[u8] = b"the secret";

static HELLO: LazyLock<Vec<u8>> = LazyLock::new(|| connect(&[]).sent);
static HELLO_OF_RUSTLS: LazyLock<Vec<u8>> = LazyLock::new(rustls_client::hello);

fuzz_target!(|input: &[u8]| {
    let server = Server::play(input, &HELLO);
    let client = connect(&server.sent);
    assert_guarantees(&server, &client);

    let rustls = rustls_client::outcome(&Server::play(input, &HELLO_OF_RUSTLS).sent);
    if let Some(difference) = client.outcome.difference(&rustls) {
        let reason = tls_differences::reason(&server, &client.outcome, &rustls);
        assert!(reason.is_some(), "{difference}: tls13 {:?}, rustls {rustls:?}", client.outcome);
    }
});

/// Panics if the client did what no client may do, whatever the other one did.
fn assert_guarantees(server: &Server, client: &Client) {
    let Outcome { connected, received, end, .. } = &client.outcome;
    if *connected {
        assert!(server.completed_handshake(), "connected after messages {:?}", server.messages());
        assert!(server.data.starts_with(received), "received data was not sent");
        assert!(*end != End::Closed || server.closed, "an end without close_notify");
    } else {
        let more = client.sent.strip_prefix(&HELLO[..]).expect("the same ClientHello");
        assert!(more.len() <= LONGEST_REFUSAL, "{} bytes to a server that was not authenticated", more.len());
        assert!(received.is_empty());
    }
}

/// A record of `ChangeCipherSpec`, and a protected record of an alert.
const LONGEST_REFUSAL: usize = 6 + 5 + 2 + 1 + 16;

struct Client {
    sent: Vec<u8>,
    outcome: Outcome,
}

fn connect(server: &[u8]) -> Client {
    let root = [root()];
    let anchors = pki::anchors(&root);
    let expected = Expected::new(NAME, &anchors).expect("a host name").at(time());
    let mut client = Client { sent: Vec::new(), outcome: Outcome::default() };
    let socket = Memory::new(server, |bytes: &[u8]| client.sent.extend_from_slice(bytes));
    let mut workspace = Workspace::<RECEIVE, 768>::new();
    let mut engine =
        Tls13::<_, RECEIVE, 768>::new(FixedRng::default()).with_suites(&[CipherSuite::Aes128GcmSha256]);
    block_on(async {
        match engine.connect(socket, &mut workspace, &expected).await {
            Ok(mut session) => {
                client.outcome.connected = true;
                exchange(&mut session, &mut client.outcome).await;
            }
            Err(error) => client.outcome.error = Some(error.to_string()),
        }
    });
    client
}

/// Holds any message that a script can send, so that no limit of a device differs from a host's.
const RECEIVE: usize = 1 << 17;

async fn exchange(session: &mut impl TlsSession, outcome: &mut Outcome) {
    if let Err(error) = request(session).await {
        outcome.error = Some(error.to_string());
        return;
    }
    let mut buffer = [0; 64];
    loop {
        match session.read(&mut buffer).await {
            Ok(0) => {
                outcome.end = End::Closed;
                return;
            }
            Ok(count) => outcome.received.extend_from_slice(&buffer[..count]),
            Err(error) => {
                // Every later call returns the same error.
                assert_eq!(session.read(&mut buffer).await, Err(error));
                assert_eq!(session.write(REQUEST).await, Err(error));
                outcome.error = Some(error.to_string());
                return;
            }
        }
    }
}

async fn request(session: &mut impl TlsSession) -> Result<(), SessionError> {
    session.write_all(REQUEST).await?;
    session.flush().await
}
