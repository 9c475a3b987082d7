//! A server that has the keys and is scripted by the input: whatever it sends, the client connects only after a complete handshake,
//! sends nothing before, returns nothing that was not sent, and does not panic.
//!
//! The random numbers of client and server are fixed, so that an input always has the same effect.
#![no_main]

use std::sync::LazyLock;

use futures_lite::future::block_on;
use genesys_token_fuzz::tls_script::{NAME, Server, root, time};
use genesys_token_tls::embedded::{EmbeddedTls, Workspace};
use genesys_token_tls::{Expected, SessionError, TlsEngine, TlsSession};
use libfuzzer_sys::fuzz_target;
use tls_peer::memory::Memory;
use tls_peer::pki;
use tls_peer::recording::FixedRng;

const REQUEST: &[u8] = b"the secret";

static HELLO: LazyLock<Vec<u8>> = LazyLock::new(|| connect(&[]).sent);

fuzz_target!(|input: &[u8]| {
    let server = Server::play(input, &HELLO);
    let client = connect(&server.sent);
    if client.connected {
        assert!(server.completed_handshake(), "connected after messages {:?}", server.messages());
        assert!(server.data.starts_with(&client.received), "received data was not sent");
    } else {
        assert_eq!(
            client.sent, *HELLO,
            "the client sent more than its ClientHello to a server that was not authenticated"
        );
        assert!(client.received.is_empty());
    }
    if let Some(ended) = client.ended {
        assert!(client.connected && (ended != Ok(()) || server.closed), "an end without close_notify");
    }
});

/// What the client sent and received.
struct Client {
    sent: Vec<u8>,
    connected: bool,
    received: Vec<u8>,
    /// The end of the session, if there was one.
    ended: Option<Result<(), SessionError>>,
}

fn connect(server: &[u8]) -> Client {
    let root = [root()];
    let anchors = pki::anchors(&root);
    let expected = Expected::new(NAME, &anchors).expect("a host name").at(time());
    let mut client = Client { sent: Vec::new(), connected: false, received: Vec::new(), ended: None };
    let socket = Memory::new(server, |bytes: &[u8]| client.sent.extend_from_slice(bytes));
    let mut workspace = Workspace::<2048, 768>::new();
    let mut engine = EmbeddedTls::<_, 2048, 768>::new(FixedRng::default());
    block_on(async {
        let connected = engine.connect(socket, &mut workspace, &expected).await;
        client.connected = connected.is_ok();
        match connected {
            Ok(mut session) => client.ended = Some(exchange(&mut session, &mut client.received).await),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    });
    client
}

async fn exchange(session: &mut impl TlsSession, received: &mut Vec<u8>) -> Result<(), SessionError> {
    session.write_all(REQUEST).await?;
    session.flush().await?;
    let mut buffer = [0; 64];
    loop {
        match session.read(&mut buffer).await {
            Ok(0) => return session.close().await,
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) => {
                // Every later call returns the same error.
                assert_eq!(session.read(&mut buffer).await, Err(error));
                assert_eq!(session.write(REQUEST).await, Err(error));
                return Err(error);
            }
        }
    }
}
