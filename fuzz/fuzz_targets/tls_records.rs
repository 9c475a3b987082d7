//! A server that has the keys and is scripted by the input: whatever it sends, the client connects only after a complete handshake,
//! sends nothing before, returns nothing that was not sent, and does not panic.
//!
//! The random numbers of client and server are fixed, so that an input always has the same effect.
#![no_main]

use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, LazyLock, Mutex};

use futures_lite::future::block_on;
use genesys_token_fuzz::pieces::Pieces;
use genesys_token_tls::embedded::{EmbeddedTls, Workspace};
use genesys_token_tls::{Expected, SessionError, TlsEngine, TlsSession};
use libfuzzer_sys::fuzz_target;
use rustls_pki_types::CertificateDer;
use tls_peer::memory::Memory;
use tls_peer::peer::{ALERT, APPLICATION_DATA, HANDSHAKE, Identity, Peer};
use tls_peer::pki;
use tls_peer::recording::FixedRng;

const REQUEST: &[u8] = b"the secret";

static HELLO: LazyLock<Vec<u8>> = LazyLock::new(|| connect(&[]).sent);

fuzz_target!(|input: &[u8]| {
    let server = serve(input);
    let client = connect(&server.sent);
    if client.connected {
        assert!(server.completed_handshake(), "connected after messages {:?}", server.messages);
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
    let root = [CertificateDer::from(root())];
    let anchors = pki::anchors(&root);
    let time = u64::from_be_bytes(*include_bytes!("../tls/time"));
    let expected = Expected::new("device.test", &anchors).expect("a host name").at(time);
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

/// Returns the last trust anchor: the one with a fixed key.
fn root() -> &'static [u8] {
    let mut pieces = Pieces(include_bytes!("../tls/anchors"));
    std::iter::from_fn(|| pieces.piece()).last().expect("an anchor")
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

/// What the server sent.
struct Server {
    sent: Vec<u8>,
    /// The types of the handshake messages that were protected with the handshake keys.
    messages: Vec<u8>,
    /// Application data, after the handshake.
    data: Vec<u8>,
    /// Whether a `close_notify` was sent after the handshake.
    closed: bool,
}

impl Server {
    /// Returns whether the messages of a complete handshake were sent, in order. The client does not read further messages with the
    /// same keys before it is connected.
    fn completed_handshake(&self) -> bool {
        matches!(&self.messages[..], [8, 11, 15, 20, ..] | [8, 13, 11, 15, 20, ..])
    }
}

fn serve(input: &[u8]) -> Server {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let mut server = Server { sent: Vec::new(), messages: Vec::new(), data: Vec::new(), closed: false };
    // An empty input is used to learn the ClientHello.
    if !input.is_empty() {
        let pipe = Pipe { hello: Cursor::new(HELLO.clone()), sent: sent.clone() };
        let identity = Identity {
            chain: vec![include_bytes!("../tls/leaf.der").to_vec()],
            key: pki::fixed_key(3),
            rsa_key: None,
        };
        let mut peer = Peer::accept(pipe, identity).expect("a ClientHello");
        play(input, &mut peer, &mut server);
    }
    server.sent = std::mem::take(&mut sent.lock().expect("one thread"));
    server
}

/// The limit of steps: more find nothing new.
const MAX_STEPS: usize = 64;

fn play(input: &[u8], peer: &mut Peer, server: &mut Server) {
    let mut rest = Pieces(input);
    let mut application = false;
    for _ in 0..MAX_STEPS {
        let Some((step, after)) = rest.0.split_first() else { return };
        rest.0 = after;
        let keyed = peer.server.is_some();
        match step {
            b'h' if !keyed => peer.hello(),
            b'r' => peer.raw(rest.piece_or_rest()),
            b'e' if keyed => send(peer, server, application, &Peer::encrypted_extensions()),
            b'q' if keyed => send(peer, server, application, &Peer::certificate_request()),
            b'c' if keyed => send(peer, server, application, &peer.certificate()),
            b'v' if keyed => send(peer, server, application, &peer.certificate_verify()),
            b'f' if keyed => send(peer, server, application, &peer.finished()),
            b'm' if keyed => send(peer, server, application, rest.piece_or_rest()),
            b'p' if keyed => {
                let inner = rest.piece_or_rest();
                let record = peer.protect(inner);
                peer.raw(&record);
                note(server, application, inner);
            }
            b'z' if keyed => {
                peer.close_notify();
                server.closed |= application;
            }
            b'k' if keyed => {
                peer.application_keys();
                application = true;
            }
            _ => {}
        }
    }
}

/// Sends a handshake message in a record and adds it to the transcript.
fn send(peer: &mut Peer, server: &mut Server, application: bool, message: &[u8]) {
    peer.send(message);
    note(server, application, &[message, &[HANDSHAKE]].concat());
}

/// Records the meaning of this inner plaintext.
fn note(server: &mut Server, application: bool, inner: &[u8]) {
    let end = inner.iter().rposition(|byte| *byte != 0).unwrap_or(0);
    match (inner.get(end), application) {
        (Some(&APPLICATION_DATA), true) => server.data.extend_from_slice(&inner[..end]),
        (Some(&ALERT), true) => server.closed |= inner[..end].get(1) == Some(&0),
        (Some(&HANDSHAKE), false) => {
            let mut messages = &inner[..end];
            while let Some(([kind, high, middle, low], body)) = messages.split_first_chunk::<4>() {
                server.messages.push(*kind);
                let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
                messages = body.get(length..).unwrap_or_default();
            }
        }
        _ => {}
    }
}

/// A transport that returns the client's bytes and collects the server's.
struct Pipe {
    hello: Cursor<Vec<u8>>,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.hello.read(buf)
    }
}

impl Write for Pipe {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.sent.lock().expect("one thread").extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
