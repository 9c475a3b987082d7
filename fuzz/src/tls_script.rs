//! A TLS 1.3 server that has the keys, and whose steps are a fuzzer's input. `corpus/README.md` lists the steps.

use std::io::{self, Cursor, Read, Write};
use std::iter;
use std::sync::{Arc, Mutex, PoisonError};

use rustls_pki_types::CertificateDer;
use tls_peer::peer::{ALERT, APPLICATION_DATA, HANDSHAKE, Identity, Peer};
use tls_peer::pki;

use crate::pieces::Pieces;

/// The name in the server's certificate.
pub const NAME: &str = "device.test";

/// The most steps that are played: more would find nothing new.
const MAX_STEPS: usize = 64;

/// Returns the root above the server's certificate: the last one, which has a fixed key.
#[must_use]
pub fn root() -> CertificateDer<'static> {
    let mut pieces = Pieces(include_bytes!("../tls/anchors"));
    iter::from_fn(|| pieces.piece()).last().expect("an anchor").into()
}

/// Returns a time at which the certificate is valid, in seconds since 1970.
#[must_use]
pub fn time() -> u64 {
    u64::from_be_bytes(*include_bytes!("../tls/time"))
}

/// What a server sent.
#[derive(Debug, Default)]
pub struct Server {
    pub sent: Vec<u8>,
    /// What was sent before `ServerHello`.
    pub before_hello: Vec<u8>,
    /// The handshake messages that were protected with the handshake keys, one after the other.
    handshake: Vec<u8>,
    /// Application data, after the handshake.
    pub data: Vec<u8>,
    /// Whether a `close_notify` was sent after the handshake.
    pub closed: bool,
}

impl Server {
    /// Plays these steps for a client that sent this `ClientHello`.
    ///
    /// # Panics
    ///
    /// If it is not the record of a `ClientHello`.
    #[must_use]
    pub fn play(steps: &[u8], hello: &[u8]) -> Self {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let pipe = Pipe { hello: Cursor::new(hello.to_vec()), sent: sent.clone() };
        let chain = vec![include_bytes!("../tls/leaf.der").to_vec()];
        let identity = Identity { chain, key: pki::fixed_key(3), rsa_key: None };
        let peer = Peer::accept(pipe, identity).expect("a ClientHello");
        let mut script = Script { peer, server: Self::default(), application: false, longest: usize::MAX };
        script.play(steps);
        let Script { mut server, .. } = script;
        server.sent = std::mem::take(&mut sent.lock().unwrap_or_else(PoisonError::into_inner));
        server
    }

    /// Returns type and body of the messages that were protected with the handshake keys, as far as they are complete.
    #[must_use]
    pub fn handshake_messages(&self) -> Vec<(u8, &[u8])> {
        let mut messages = Vec::new();
        let mut rest = &self.handshake[..];
        while let Some(([kind, high, middle, low], after)) = rest.split_first_chunk::<4>()
            && let Some((body, after)) =
                after.split_at_checked(u32::from_be_bytes([0, *high, *middle, *low]) as usize)
        {
            messages.push((*kind, body));
            rest = after;
        }
        messages
    }

    /// Returns the types of these messages.
    #[must_use]
    pub fn messages(&self) -> Vec<u8> {
        self.handshake_messages().into_iter().map(|(kind, _)| kind).collect()
    }

    /// Returns whether the messages of a complete handshake were sent, in order. A client does not read further messages with the
    /// same keys before it is connected.
    #[must_use]
    pub fn completed_handshake(&self) -> bool {
        matches!(&self.messages()[..], [8, 11, 15, 20, ..] | [8, 13, 11, 15, 20, ..])
    }
}

struct Script {
    peer: Peer,
    server: Server,
    /// Whether the keys for application data are used.
    application: bool,
    /// The longest content of a record with a handshake message.
    longest: usize,
}

impl Script {
    fn play(&mut self, steps: &[u8]) {
        let mut rest = Pieces(steps);
        for _ in 0..MAX_STEPS {
            let Some((step, after)) = rest.0.split_first() else { return };
            rest.0 = after;
            let keyed = self.peer.server.is_some();
            match step {
                b'h' if !keyed => self.peer.hello(),
                b'r' => {
                    let bytes = rest.piece_or_rest();
                    self.peer.raw(bytes);
                    if !keyed {
                        self.server.before_hello.extend(bytes);
                    }
                }
                b'e' if keyed => self.send(&Peer::encrypted_extensions()),
                b'q' if keyed => self.send(&Peer::certificate_request()),
                b'c' if keyed => self.send(&self.peer.certificate()),
                b'v' if keyed => self.send(&self.peer.certificate_verify()),
                b'f' if keyed => self.send(&self.peer.finished()),
                b'm' if keyed => self.send(rest.piece_or_rest()),
                b'p' if keyed => {
                    let inner = rest.piece_or_rest();
                    self.record(inner);
                }
                b's' => {
                    let Some((length, after)) = rest.0.split_first() else { return };
                    rest.0 = after;
                    self.longest = usize::from(*length).max(1);
                }
                b'u' | b'U' if self.application => self.peer.update_keys(*step == b'U'),
                b'z' if keyed => {
                    self.peer.close_notify();
                    self.server.closed |= self.application;
                }
                b'k' if keyed => {
                    self.peer.application_keys();
                    self.application = true;
                }
                _ => {}
            }
        }
    }

    /// Sends a handshake message, and adds it to the transcript.
    fn send(&mut self, message: &[u8]) {
        self.peer.transcript.extend(message);
        for part in message.chunks(self.longest) {
            self.record(&[part, &[HANDSHAKE]].concat());
        }
    }

    /// Sends a protected record of this inner plaintext, and notes its meaning.
    fn record(&mut self, inner: &[u8]) {
        let record = self.peer.protect(inner);
        self.peer.raw(&record);
        let end = inner.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        match (inner.get(end), self.application) {
            (Some(&APPLICATION_DATA), true) => self.server.data.extend_from_slice(&inner[..end]),
            (Some(&ALERT), true) => self.server.closed |= inner[..end].get(1) == Some(&0),
            (Some(&HANDSHAKE), false) => self.server.handshake.extend_from_slice(&inner[..end]),
            _ => {}
        }
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
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
