//! Keys and secrets in the memory of a connection: each is there as long as it is needed, and not after.
//!
//! Without unsafe code: Linux lets a process read its own memory as a file. What is searched: the future that connects, the session and the
//! workspace, each of which stays in its place. The stack is not searched.

use core::cell::RefCell;
use core::pin::Pin;
use core::ptr::from_ref;
use core::task::{Context, Poll, Waker};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use futures_lite::future::block_on;
use genesys_token_tls::tls13::{
    CipherSuite, ExchangeProgress, NONCE, NamedGroup, Primitives, SCALAR, Session, Software, TAG, Tls13,
    Workspace,
};
use genesys_token_tls::{Expected, TlsEngine, TlsSession as _};
use p256::elliptic_curve::rand_core::OsRng;
use rustls::KeyLog;
use rustls::crypto::ring::kx_group;
use tls_peer::pki;

use crate::client::{REQUEST, Tcp, connect as open_tcp, now};
use crate::rustls_server::{Setting, pki, serve};
use schedule::Schedule;

mod schedule;

const AES: &[CipherSuite] = &[CipherSuite::Aes128GcmSha256];

type Engine = Tls13<OsRng, 8192, 1024, 512, Witness>;
type Buffers = Workspace<8192, 1024, 512>;

thread_local! {
    /// The secrets of this thread's connection, as far as it has come.
    static SEEN: RefCell<Seen> = RefCell::default();
}

/// A secret of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Secret {
    name: &'static str,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Seen {
    secrets: Vec<Secret>,
    schedule: Schedule,
}

impl Seen {
    fn add(&mut self, name: &'static str, bytes: &[u8]) {
        let secret = Secret { name, bytes: bytes.to_vec() };
        if !self.secrets.contains(&secret) {
            self.secrets.push(secret);
        }
    }

    /// Adds what follows from the secrets and messages so far.
    fn derive(&mut self) {
        let Some(shared) = self.last("shared secret") else { return };
        for (name, bytes) in self.schedule.derive(&shared) {
            self.add(name, &bytes);
        }
    }

    /// Returns the last secret of this name.
    fn last(&self, name: &str) -> Option<Vec<u8>> {
        self.secrets.iter().rfind(|secret| secret.name == name).map(|secret| secret.bytes.clone())
    }
}

/// The primitives in software. It notes all secrets that it is called with.
#[derive(Debug, Clone, Copy)]
struct Witness;

/// Notes a part of the expanded key, at its place in the session.
fn note_expanded(key: &<Witness as Primitives>::Key) {
    let bytes = bytes_at(place_of(key));
    SEEN.with_borrow_mut(|seen| {
        // The other cipher does not expand its key.
        if seen.schedule.suite == Some(CipherSuite::Aes128GcmSha256) {
            // Whatever is first in the value, this is part of the keys of the second to the fifth round.
            seen.add("expanded key", &bytes[48..80]);
        }
    });
}

impl Primitives for Witness {
    type Key = <Software as Primitives>::Key;

    fn key(suite: CipherSuite, key: &[u8]) -> Option<Self::Key> {
        SEEN.with_borrow_mut(|seen| {
            seen.schedule.suite = Some(suite);
            seen.add("key", key);
        });
        Software::key(suite, key)
    }

    fn seal(key: &Self::Key, nonce: &[u8; NONCE], header: &[u8], text: &mut [u8]) -> Option<[u8; TAG]> {
        note_expanded(key);
        SEEN.with_borrow_mut(|seen| seen.schedule.sent(text));
        Software::seal(key, nonce, header, text)
    }

    fn open(key: &Self::Key, nonce: &[u8; NONCE], header: &[u8], text: &mut [u8], tag: &[u8; TAG]) -> bool {
        note_expanded(key);
        let opened = Software::open(key, nonce, header, text, tag);
        SEEN.with_borrow_mut(|seen| seen.schedule.received(text));
        opened
    }

    fn key_share(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        share: &mut [u8; NamedGroup::MAX_SHARE],
    ) -> Option<usize> {
        Software::key_share(group, secret, share)
    }

    fn shared_secret(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        theirs: &[u8],
        shared: &mut [u8; SCALAR],
    ) -> Option<()> {
        Software::shared_secret(group, secret, theirs, shared)
    }

    fn key_share_step(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        share: &mut [u8; NamedGroup::MAX_SHARE],
        progress: &mut ExchangeProgress,
    ) -> Poll<Option<usize>> {
        SEEN.with_borrow_mut(|seen| seen.add("secret of the key share", secret));
        Software::key_share_step(group, secret, share, progress)
    }

    fn shared_secret_step(
        group: NamedGroup,
        secret: &[u8; SCALAR],
        theirs: &[u8],
        shared: &mut [u8; SCALAR],
        progress: &mut ExchangeProgress,
    ) -> Poll<Option<()>> {
        let step = Software::shared_secret_step(group, secret, theirs, shared, progress);
        if step == Poll::Ready(Some(())) {
            SEEN.with_borrow_mut(|seen| seen.add("shared secret", shared));
        }
        step
    }
}

/// A socket that notes what is sent and received.
struct Tap(Tcp);

impl ErrorType for Tap {
    type Error = ErrorKind;
}

impl Read for Tap {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let count = self.0.read(buf).await?;
        SEEN.with_borrow_mut(|seen| seen.schedule.received_bytes.extend_from_slice(&buf[..count]));
        Ok(count)
    }
}

impl Write for Tap {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        SEEN.with_borrow_mut(|seen| seen.schedule.sent_bytes.extend_from_slice(buf));
        self.0.write_all(buf).await?;
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().await
    }
}

/// The traffic secrets, as the server logs them.
#[derive(Debug, Default)]
struct Log(Mutex<Vec<(String, Vec<u8>)>>);

impl KeyLog for Log {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        self.0.lock().unwrap().push((label.to_owned(), secret.to_vec()));
    }
}

/// An address of this process, and a number of bytes.
type Place = (u64, usize);

fn place_of<T>(value: &T) -> Place {
    (u64::try_from(from_ref(value).addr()).unwrap(), size_of::<T>())
}

/// Returns the content of these bytes of this process, as another program would read it.
fn bytes_at((address, length): Place) -> Vec<u8> {
    let mut bytes = vec![0; length];
    File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, address).unwrap();
    bytes
}

/// Returns the names of the secrets of which 16 bytes are in this place.
fn found(place: Place) -> Vec<&'static str> {
    let bytes = bytes_at(place);
    let secrets = SEEN.with_borrow_mut(|seen| {
        seen.derive();
        seen.secrets.clone()
    });
    let mut names: Vec<_> = secrets
        .iter()
        .filter(|secret| secret.bytes.chunks_exact(16).any(|part| bytes.windows(16).any(|it| it == part)))
        .map(|secret| secret.name)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Polls until the future is ready, or this often.
fn poll<F: Future>(mut future: Pin<&mut F>, most: usize, mut after: impl FnMut()) -> Option<F::Output> {
    for _ in 0..most {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(output);
        }
        after();
    }
    None
}

fn engine(suite: &'static [CipherSuite], group: NamedGroup) -> Engine {
    // It yields after every step.
    Tls13::<OsRng, 8192, 1024, 512>::new(OsRng)
        .with_primitives()
        .with_suites(suite)
        .with_first_group(group)
        .with_budget(0)
}

/// Connects, and polls the future this often at most. Returns whether it is connected, and the names of the secrets that were in the
/// future at some time. After its end there must be none in it.
fn connect<'w>(
    engine: &mut Engine,
    place: &mut Option<Session<'w, Tap, Witness>>,
    tcp: Tap,
    workspace: &'w mut Buffers,
    expected: &Expected<'_>,
    polls: usize,
) -> (bool, Vec<&'static str>) {
    let mut future = Box::pin(Some(engine.connect_in(place, tcp, workspace, expected)));
    let whole = place_of(&*future);
    let mut seen = Vec::new();
    let connected = poll(future.as_mut().as_pin_mut().unwrap(), polls, || seen.extend(found(whole)));
    // In its place: its memory is not freed.
    future.set(None);
    assert_eq!(found(whole), [""; 0], "in the future that connects, after {polls} polls");
    (connected.is_some_and(|result| result.is_ok()), seen)
}

async fn exchange(session: &mut Session<'_, Tap, Witness>) {
    session.write_all(REQUEST).await.unwrap();
    session.flush().await.unwrap();
    while session.read(&mut [0; 64]).await.unwrap() > 0 {}
    session.close().await.unwrap();
}

/// All that is checked of a suite and a group: two connections, of which the second is resumed.
fn play(name: &str, suite: &'static [CipherSuite], group: NamedGroup) {
    const HANDSHAKE: [&str; 3] = ["secret of the key share", "shared secret", "master secret"];
    const EARLIER: [&str; 3] = ["handshake secret", "handshake traffic", "used ticket"];
    let pki = pki(name);
    let log = Arc::new(Log::default());
    let groups = match group {
        NamedGroup::P256 => vec![kx_group::SECP256R1],
        _ => vec![kx_group::X25519],
    };
    let mut setting = Setting::plain();
    setting.groups = groups;
    let mut config = (*setting.config(&pki)).clone();
    config.key_log = log.clone();
    let (address, thread) = serve(Arc::new(config), 2);
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(now());
    let mut engine = engine(suite, group);
    let mut workspace = Box::new(Buffers::new());
    let buffers = place_of(&*workspace);
    let mut ticket: Option<Vec<u8>> = None;
    for resumed in [false, true] {
        SEEN.take();
        SEEN.with_borrow_mut(|seen| {
            seen.schedule.psk = ticket.take();
            if let Some(psk) = seen.schedule.psk.clone() {
                seen.add("used ticket", &psk);
            }
        });
        let mut place = Box::new(None);
        let session = place_of(&*place);
        let tcp = Tap(open_tcp(address));
        let (connected, seen) = connect(&mut engine, &mut place, tcp, &mut workspace, &expected, usize::MAX);
        assert!(connected);
        // If nothing were found, nothing would be shown.
        for secret in HANDSHAKE {
            assert!(seen.contains(&secret), "{secret} is never found");
        }
        for (label, secret) in log.0.lock().unwrap().drain(..) {
            let name = match label.as_str() {
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET" | "SERVER_HANDSHAKE_TRAFFIC_SECRET" => "handshake traffic",
                "CLIENT_TRAFFIC_SECRET_0" => "client's traffic",
                "SERVER_TRAFFIC_SECRET_0" => "server's traffic",
                _ => continue,
            };
            SEEN.with_borrow_mut(|seen| seen.add(name, &secret));
        }
        let open = found(session);
        for secret in ["client's traffic", "server's traffic", "resumption master secret"] {
            assert!(open.contains(&secret), "{secret} is not in {open:?}");
        }
        let other = HANDSHAKE.into_iter().chain(EARLIER).find(|name| open.contains(name));
        assert_eq!(other, None, "in an open session");

        let connection = Option::as_mut(&mut place).unwrap();
        assert_eq!(connection.parameters().unwrap().resumed, resumed);
        assert_eq!(connection.parameters().unwrap().group, group);
        block_on(exchange(connection));
        // The server has changed its keys.
        let open = found(session);
        let key = if suite == AES { "expanded key" } else { "key" };
        assert!(open.contains(&key), "{open:?}");
        assert!(!open.contains(&"server's traffic") && !open.contains(&"key of a ticket"), "{open:?}");
        *place = None;
        assert_eq!(found(session), [""; 0], "in the place of a session that was dropped");
        // The key of the ticket that is kept is there, that of the one that was used is not.
        assert_eq!(found(buffers), ["key of a ticket"], "in the workspace");
        ticket = SEEN.with_borrow(|seen| seen.last("key of a ticket"));
        assert_eq!(seen.contains(&"used ticket"), resumed);
    }
    workspace.forget_ticket();
    assert_eq!(found(buffers), [""; 0], "in a workspace whose ticket was forgotten");
    thread.join().unwrap();
}

#[test]
fn aes_and_x25519() {
    play("memory-aes", AES, NamedGroup::X25519);
}

#[test]
fn chacha20_and_p256() {
    play("memory-chacha", &[CipherSuite::ChaCha20Poly1305Sha256], NamedGroup::P256);
}

/// A handshake that is dropped after each of its polls.
#[test]
fn handshakes_that_are_dropped() {
    let pki = pki("memory-dropped");
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(now());
    let config = Setting::plain().config(&pki);
    let mut engine = engine(AES, NamedGroup::P256);
    let mut all = Vec::new();
    for polls in 1..100 {
        let (address, thread) = serve(config.clone(), 1);
        SEEN.take();
        let (mut workspace, mut place) = (Box::new(Buffers::new()), Box::new(None));
        let (session, buffers) = (place_of(&*place), place_of(&*workspace));
        let tcp = Tap(open_tcp(address));
        let (connected, seen) = connect(&mut engine, &mut place, tcp, &mut workspace, &expected, polls);
        all.extend(seen);
        *place = None;
        assert_eq!((found(session), found(buffers)), (vec![], vec![]), "after {polls} polls");
        // The server has lost its client, unless the handshake is complete.
        drop(thread.join());
        if connected {
            assert!(all.contains(&"master secret") && polls > 8, "{polls} polls");
            return;
        }
    }
    panic!("no handshake ended");
}

/// A connection of embedded-nal-async is a value, and its session is taken apart when it is dropped.
#[cfg(feature = "nal")]
#[test]
fn connections_of_embedded_nal_async() {
    use embedded_nal_async::TcpConnect;
    use genesys_token_tls::nal::TlsConnector;

    struct Network;

    impl TcpConnect for Network {
        type Error = ErrorKind;
        type Connection<'a> = Tap;

        async fn connect(&self, address: core::net::SocketAddr) -> Result<Tap, ErrorKind> {
            Ok(Tap(open_tcp(address)))
        }
    }

    let pki = pki("memory-nal");
    let (address, thread) = serve(Setting::plain().config(&pki), 1);
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap();
    let mut workspace = Box::new(Buffers::new());
    let engine = engine(AES, NamedGroup::X25519);
    let connector = TlsConnector::new(Network, engine, &mut workspace, expected, || Some(now()));
    SEEN.take();
    let mut place = Box::new(Some(block_on(connector.connect(address)).unwrap()));
    let whole = place_of(&*place);
    block_on(async {
        let connection = Option::as_mut(&mut place).unwrap();
        connection.write_all(REQUEST).await.unwrap();
        connection.flush().await.unwrap();
        while connection.read(&mut [0; 64]).await.unwrap() > 0 {}
    });
    let open = found(whole);
    assert!(open.contains(&"expanded key") && open.contains(&"resumption master secret"), "{open:?}");
    *place = None;
    assert_eq!(found(whole), [""; 0], "in the place of a connection that was dropped");
    thread.join().unwrap();
}
