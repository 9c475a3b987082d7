//! A scripted TLS 1.3 server: key exchange and keys are real, and a script decides which messages are sent.

mod exchange;
mod resumption;
mod traffic;

use core::net::SocketAddr;
use core::time::Duration;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::thread::{self, JoinHandle};

use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::DecodePrivateKey;
use sha2::{Digest, Sha256};

use exchange::exchange;
pub use traffic::{APPLICATION_DATA, Suite, Traffic};
use traffic::{derive, extract, verify_data};

use crate::address;

pub const HANDSHAKE: u8 = 22;
pub const ALERT: u8 = 21;
pub const CHANGE_CIPHER_SPEC: u8 = 20;

/// The timeout of a read, which must not end a test on a busy machine: a client that stalls fails its test instead of blocking it.
const STALLED: Duration = Duration::from_secs(300);

/// Returns a handshake message.
pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, length[1], length[2], length[3]], body].concat()
}

/// The server's certificates and keys.
#[derive(Clone)]
pub struct Identity {
    /// DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// PKCS#8 PEM of the leaf's P-256 key.
    pub key: String,
    /// A PKCS#8 PEM file of the leaf's RSA key, if it has an RSA key instead.
    pub rsa_key: Option<PathBuf>,
}

impl Identity {
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from(SecretKey::from_pkcs8_pem(&self.key).unwrap())
    }

    /// Signs with the RSA key, using the openssl command with these options.
    pub fn rsa_signature(&self, content: &[u8], options: &[&str]) -> Vec<u8> {
        let key = self.rsa_key.as_ref().expect("an RSA key");
        let digest = key.with_extension("digest");
        fs::write(&digest, Sha256::digest(content)).unwrap();
        let mut command = Command::new("openssl");
        command
            .args(["pkeyutl", "-sign", "-pkeyopt", "digest:sha256", "-inkey"])
            .arg(key)
            .arg("-in")
            .arg(digest);
        for option in options {
            command.args(["-pkeyopt", option]);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

/// The transport of a connection.
pub trait Transport: Read + Write + Send {}

impl<T: Read + Write + Send> Transport for T {}

/// The server's side of a connection, controlled by a script.
pub struct Peer {
    transport: Box<dyn Transport>,
    pub identity: Identity,
    pub transcript: Vec<u8>,
    /// The cipher suite that the server chooses. The first one of RFC 8446 unless a script says otherwise.
    pub suite: Suite,
    /// The session id of the client.
    session: Vec<u8>,
    /// The group of the client's key share, and the share.
    group: [u8; 2],
    share: Vec<u8>,
    /// The key of the ticket by which the connection is resumed.
    psk: Option<[u8; 32]>,
    /// The signature schemes that the client offered.
    pub schemes: Vec<u16>,
    /// The Handshake Secret (RFC 8446 section 7.1).
    handshake: [u8; 32],
    client_secret: [u8; 32],
    /// The secret that protects the client's application data, once it is known.
    client_application: Option<[u8; 32]>,
    pub server: Option<Traffic>,
    /// The number of bytes sent so far.
    pub sent: usize,
    /// Flips these bits of the sent byte with this index, as an attacker on the network would.
    pub alter: Option<(usize, u8)>,
    /// The records that the client sent after its `ClientHello`.
    pub received: Vec<Vec<u8>>,
}

impl Peer {
    /// The number of the group P-256.
    pub const P256: [u8; 2] = [0, 23];

    /// Reads the `ClientHello`; `None` if there is none.
    pub fn accept(transport: impl Transport + 'static, identity: Identity) -> Option<Self> {
        let mut peer = Self {
            transport: Box::new(transport),
            identity,
            transcript: Vec::new(),
            suite: Suite::Aes128Gcm,
            session: Vec::new(),
            group: [0; 2],
            share: Vec::new(),
            psk: None,
            schemes: Vec::new(),
            handshake: [0; 32],
            client_secret: [0; 32],
            client_application: None,
            server: None,
            sent: 0,
            alter: None,
            received: Vec::new(),
        };
        let record = peer.read_record()?;
        assert_eq!(record[0], HANDSHAKE);
        peer.transcript = record[5..].to_vec();
        peer.session = peer.transcript[39..39 + usize::from(peer.transcript[38])].to_vec();
        (peer.group, peer.share, peer.schemes) = read_client_hello(&record[5..]);
        Some(peer)
    }

    /// Reads a whole record; `None` if the client closed the connection. Drops a `ChangeCipherSpec` for middleboxes.
    pub fn read_record(&mut self) -> Option<Vec<u8>> {
        loop {
            let record = self.read_any_record()?;
            if record[..] != [CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1] {
                return Some(record);
            }
        }
    }

    fn read_any_record(&mut self) -> Option<Vec<u8>> {
        let mut record = vec![0; 5];
        self.transport.read_exact(&mut record).ok()?;
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.resize(5 + length, 0);
        self.transport.read_exact(&mut record[5..]).ok()?;
        Some(record)
    }

    /// Sends bytes unchanged. Errors are ignored: the client may have closed the connection.
    pub fn raw(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        if let Some((position, bits)) = self.alter
            && let Some(byte) = position.checked_sub(self.sent).and_then(|index| bytes.get_mut(index))
        {
            *byte ^= bits;
        }
        self.sent += bytes.len();
        let _ = self.transport.write_all(&bytes);
    }

    /// Sends an unprotected record.
    pub fn plaintext_record(&mut self, kind: u8, content: &[u8]) {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        self.raw(&[&[kind, 3, 3, length[0], length[1]], content].concat());
    }

    /// Returns the body of a `ServerHello` with these values, which may be invalid; without a session id it echoes the client's,
    /// `more` are further extensions.
    pub fn server_hello_body(
        &mut self,
        session: Option<&[u8]>,
        suite: [u8; 2],
        group: [u8; 2],
        more: &[u8],
    ) -> Vec<u8> {
        // The client's is echoed (RFC 8446 section 4.1.3).
        let echo = self.session.clone();
        let session = session.unwrap_or(&echo);
        let exchange = exchange(self.group, &self.share);
        let early = extract(&[0; 32], &self.psk.unwrap_or_default());
        self.handshake = extract(&derive(&early, "derived", &[]), &exchange.shared);
        let share = &exchange.server_share;
        let length = u8::try_from(share.len()).unwrap();
        let key_share = [&[0, 51, 0, length + 4], &group[..], &[0, length], share].concat();
        let extensions = [&[0, 43, 0, 2, 3, 4], &key_share[..], more].concat();
        let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
        let session_length = [u8::try_from(session.len()).unwrap()];
        [&[3, 3], &[7; 32][..], &session_length, session, &suite, &[0], &length, &extensions].concat()
    }

    pub fn server_hello(&mut self) -> Vec<u8> {
        // pre_shared_key: the first one that was offered.
        let more: &[u8] = if self.psk.is_some() { &[0, 41, 0, 2, 0, 0] } else { &[] };
        let body = self.server_hello_body(None, self.suite.number(), self.group, more);
        message(2, &body)
    }

    /// Derives the handshake keys from the transcript so far.
    pub fn handshake_keys(&mut self) {
        self.client_secret = derive(&self.handshake, "c hs traffic", &self.transcript);
        self.server =
            Some(Traffic::new(self.suite, derive(&self.handshake, "s hs traffic", &self.transcript)));
    }

    /// Requests a share for this group, and reads the second `ClientHello`. Returns whether there is one.
    pub fn retry(&mut self, group: [u8; 2]) -> bool {
        let session_length = [u8::try_from(self.session.len()).unwrap()];
        let extensions = [&[0, 43, 0, 2, 3, 4, 0, 51, 0, 2][..], &group].concat();
        let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
        // RFC 8446 section 4.1.3.
        let random = Sha256::digest("HelloRetryRequest");
        let body = [
            &[3, 3],
            &random[..],
            &session_length,
            &self.session,
            &self.suite.number(),
            &[0],
            &length,
            &extensions,
        ]
        .concat();
        let request = message(2, &body);
        self.plaintext_record(HANDSHAKE, &request);
        let Some(record) = self.read_record() else { return false };
        // Section 4.4.1: a message with its hash instead of the first ClientHello.
        self.transcript = [message(254, &Sha256::digest(&self.transcript)), request].concat();
        self.transcript.extend(&record[5..]);
        (self.group, self.share, _) = read_client_hello(&record[5..]);
        true
    }

    /// Sends the `ServerHello`. Records after it are protected.
    pub fn hello(&mut self) {
        let hello = self.server_hello();
        self.plaintext_record(HANDSHAKE, &hello);
        self.transcript.extend(hello);
        self.handshake_keys();
    }

    /// Returns a protected record of this inner plaintext.
    pub fn protect(&mut self, inner: &[u8]) -> Vec<u8> {
        self.server.as_mut().expect("keys").seal(inner)
    }

    /// Sends these handshake messages in one protected record and adds them to the transcript.
    pub fn send(&mut self, messages: &[u8]) {
        self.transcript.extend(messages);
        let record = self.protect(&[messages, &[HANDSHAKE]].concat());
        self.raw(&record);
    }

    pub fn certificate(&self) -> Vec<u8> {
        let entries: Vec<u8> =
            self.identity.chain.iter().flat_map(|der| [&vector24(der)[..], &[0, 0]].concat()).collect();
        message(11, &[&[0], &vector24(&entries)[..]].concat())
    }

    /// Returns the content that a `CertificateVerify` signs.
    pub fn signed_content(context: &str, transcript: &[u8]) -> Vec<u8> {
        [&[0x20; 64][..], context.as_bytes(), &[0], &Sha256::digest(transcript)].concat()
    }

    pub fn signature(&self, content: &[u8]) -> Vec<u8> {
        let signature: DerSignature = self.identity.signing_key().sign(content);
        signature.as_bytes().to_vec()
    }

    pub fn certificate_verify_of(scheme: u16, signature: &[u8]) -> Vec<u8> {
        let length = u16::try_from(signature.len()).unwrap().to_be_bytes();
        message(15, &[&scheme.to_be_bytes(), &length, signature].concat())
    }

    pub fn certificate_verify(&self) -> Vec<u8> {
        let content = Self::signed_content("TLS 1.3, server CertificateVerify", &self.transcript);
        Self::certificate_verify_of(0x0403, &self.signature(&content))
    }

    pub fn finished(&self) -> Vec<u8> {
        message(20, &verify_data(self.server.as_ref().expect("keys").secret(), &self.transcript))
    }

    /// Returns `EncryptedExtensions` without extensions.
    pub fn encrypted_extensions() -> Vec<u8> {
        message(8, &[0, 0])
    }

    /// Returns a `CertificateRequest` with two schemes that every client must support.
    pub fn certificate_request() -> Vec<u8> {
        message(13, &[0, 0, 10, 0, 13, 0, 6, 0, 4, 4, 3, 8, 4])
    }

    /// Sends the rest of a correct handshake after [`Peer::hello`] and derives the application keys.
    pub fn finish_handshake(&mut self) {
        self.send(&Self::encrypted_extensions());
        let certificate = self.certificate();
        self.send(&certificate);
        let verify = self.certificate_verify();
        self.send(&verify);
        let finished = self.finished();
        self.send(&finished);
        self.application_keys();
    }

    /// Derives the application keys from the transcript so far.
    pub fn application_keys(&mut self) {
        let master = self.master();
        self.server = Some(Traffic::new(self.suite, derive(&master, "s ap traffic", &self.transcript)));
        self.client_application = Some(derive(&master, "c ap traffic", &self.transcript));
    }

    /// Sends a `KeyUpdate`, and protects what follows with new keys.
    pub fn update_keys(&mut self, asks_for_new_keys: bool) {
        let message = message(24, &[u8::from(asks_for_new_keys)]);
        let record = self.protect(&[&message[..], &[HANDSHAKE]].concat());
        self.raw(&record);
        self.server = self.server.as_ref().map(Traffic::next);
    }

    /// Returns the Master Secret.
    fn master(&self) -> [u8; 32] {
        extract(&derive(&self.handshake, "derived", &[]), &[0; 32])
    }

    /// Reads the client's next record and stores it.
    pub fn await_record(&mut self) {
        if let Some(record) = self.read_record() {
            self.received.push(record);
        }
    }

    /// Completes a correct handshake and reads the client's Finished and its request.
    pub fn establish(&mut self) {
        self.hello();
        self.finish_handshake();
        self.await_record();
        self.await_record();
    }

    pub fn application_data(&mut self, data: &[u8]) {
        let record = self.protect(&[data, &[APPLICATION_DATA]].concat());
        self.raw(&record);
    }

    pub fn close_notify(&mut self) {
        let record = self.protect(&[1, 0, ALERT]);
        self.raw(&record);
    }

    /// Returns how many Finished messages the client sent with the handshake keys, and how many bytes of application data.
    fn count(&self) -> (usize, usize) {
        let mut client = Traffic::new(self.suite, self.client_secret);
        let messages = self.received.iter().map_while(|record| client.open(record));
        // Alone, or behind a Certificate.
        let finished = messages.filter(|inner| inner.iter().rev().nth(36) == Some(&20)).count();
        let Some(secret) = self.client_application else { return (finished, 0) };
        let mut client = Traffic::new(self.suite, secret);
        // A client's Certificate and its Finished are protected with the handshake keys.
        let data =
            self.received.iter().filter_map(|record| client.clone().open(record).inspect(|_| client.count()));
        let bytes = data.filter(|inner| inner.last() == Some(&APPLICATION_DATA)).map(|inner| inner.len() - 1);
        (finished, bytes.sum())
    }
}

impl Peer {
    /// Returns the description of the fatal alert in the last record, whatever keys protect it.
    fn alert(&self) -> Option<u8> {
        const FATAL: u8 = 2;
        let record = self.received.last()?;
        if let [ALERT, _, _, _, _, FATAL, description] = record[..] {
            return Some(description);
        }
        let secrets = [Some(self.client_secret), self.client_application];
        let mut inner = secrets.into_iter().flatten().flat_map(|secret| {
            (0..16).filter_map(move |sequence| Traffic::at(self.suite, secret, sequence).open(record))
        });
        match inner.next()?[..] {
            [FATAL, description, ALERT] => Some(description),
            _ => None,
        }
    }
}

fn vector24(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[1..], bytes].concat()
}

/// Returns the group of the client's share, the share, and its signature schemes.
fn read_client_hello(hello: &[u8]) -> ([u8; 2], Vec<u8>, Vec<u16>) {
    let number = |at: usize| usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    let mut at = 4 + 2 + 32;
    at += 1 + usize::from(hello[at]);
    at += 2 + number(at);
    at += 1 + usize::from(hello[at]);
    at += 2;
    let (mut share, mut schemes) = (None, Vec::new());
    while at < hello.len() {
        let (kind, length) = (number(at), number(at + 2));
        let data = &hello[at + 4..at + 4 + length];
        match kind {
            // With one share: length of the list, group, length, point.
            51 => share = Some(([data[2], data[3]], data[6..].to_vec())),
            13 => schemes = data[2..].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect(),
            _ => {}
        }
        at += 4 + length;
    }
    let (group, share) = share.expect("a key share");
    (group, share, schemes)
}

/// What the server received from its client.
pub struct Seen {
    /// Whether it received a `ClientHello`.
    pub client_hello: bool,
    /// The number of records after the `ClientHello`, without the one of `alert`.
    pub records: usize,
    /// The number of the client's Finished messages.
    pub finished: usize,
    /// The number of bytes of application data.
    pub request: usize,
    /// The description of the fatal alert that was the client's last record.
    pub alert: Option<u8>,
}

/// Serves one connection with this script, then reads until the client closes the connection.
///
/// The address is one that no other process connects to: see [`address::own`].
pub fn serve(
    identity: Identity,
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> (SocketAddr, JoinHandle<Seen>) {
    let address = address::own();
    let listener = TcpListener::bind(address).unwrap();
    let thread = thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        tcp.set_nodelay(true).unwrap();
        tcp.set_read_timeout(Some(STALLED)).unwrap();
        let other = tcp.try_clone().unwrap();
        let Some(mut peer) = Peer::accept(tcp, identity) else {
            return Seen { client_hello: false, records: 0, finished: 0, request: 0, alert: None };
        };
        script(&mut peer);
        let _ = other.shutdown(Shutdown::Write);
        while let Some(record) = peer.read_record() {
            peer.received.push(record);
        }
        let (finished, request) = peer.count();
        let alert = peer.alert();
        let records = peer.received.len() - usize::from(alert.is_some());
        Seen { client_hello: true, records, finished, request, alert }
    });
    (address, thread)
}
