//! rustls with each of its settings.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use futures_lite::future::block_on;
use genesys_token_tls::tls13::{CipherSuite, NamedGroup, Parameters};
use genesys_token_tls::{ConnectError, Expected, RecordFault, TlsEngine, TlsSession};
use p256::elliptic_curve::rand_core::OsRng;
use rustls::crypto::ring::{self, cipher_suite, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedCipherSuite};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use tls_peer::address;
use tls_peer::pki::{self, Certificate, Pki};

use crate::client::{REQUEST, connect, now};
use crate::device::{Buffers, Engine, ask};

/// The server's response, in two pieces with new keys between them.
const FIRST: &[u8] = b"first";
const SECOND: &[u8] = b"second";

/// Returns a root, and a server's certificate below it.
pub(crate) fn pki(name: &str) -> Pki {
    let pki = Pki::new(name);
    for key in ["root", "leaf"] {
        pki.key(key, "EC", Some("ec_paramgen_curve:P-256"));
    }
    let base = Certificate {
        name: "root",
        subject: "/CN=Root",
        key: "root",
        issuer: None,
        days: 30,
        extensions: &["basicConstraints=critical,CA:TRUE"],
        arguments: &["-sha256"],
    };
    pki.certificate(&base);
    pki.certificate(&Certificate {
        name: "leaf",
        subject: "/CN=x",
        key: "leaf",
        issuer: Some(("root", "root")),
        extensions: &["basicConstraints=CA:FALSE", "subjectAltName=DNS:device.test"],
        ..base
    });
    pki
}

pub(crate) struct Setting {
    suites: Vec<SupportedCipherSuite>,
    pub(crate) groups: Vec<&'static dyn SupportedKxGroup>,
    fragment: Option<usize>,
    asks_for_certificate: bool,
}

impl Setting {
    pub(crate) fn plain() -> Self {
        let provider = ring::default_provider();
        Self {
            suites: provider.cipher_suites,
            groups: provider.kx_groups,
            fragment: None,
            asks_for_certificate: false,
        }
    }

    pub(crate) fn config(self, pki: &Pki) -> Arc<ServerConfig> {
        let provider =
            CryptoProvider { cipher_suites: self.suites, kx_groups: self.groups, ..ring::default_provider() };
        let provider = Arc::new(provider);
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap();
        let builder = if self.asks_for_certificate {
            let mut roots = RootCertStore::empty();
            roots.add(pki.der("root")).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::from_pem_file(pki.path("leaf.key")).unwrap();
        let mut config = builder.with_single_cert(vec![pki.der("leaf")], key).unwrap();
        config.max_fragment_size = self.fragment;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = ring::Ticketer::new().unwrap();
        Arc::new(config)
    }
}

/// Serves this many connections, one request each.
pub(crate) fn serve(config: Arc<ServerConfig>, connections: usize) -> (SocketAddr, JoinHandle<()>) {
    let address = address::own();
    let listener = TcpListener::bind(address).unwrap();
    let thread = thread::spawn(move || {
        for _ in 0..connections {
            let (tcp, _) = listener.accept().unwrap();
            tcp.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
            answer(ServerConnection::new(config.clone()).unwrap(), tcp);
        }
    });
    (address, thread)
}

fn answer(connection: ServerConnection, tcp: TcpStream) {
    let mut stream = rustls::StreamOwned::new(connection, tcp);
    let mut seen = Vec::new();
    let mut buffer = [0; 512];
    while !seen.ends_with(REQUEST) {
        match stream.read(&mut buffer).unwrap() {
            0 => return,
            count => seen.extend_from_slice(&buffer[..count]),
        }
    }
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    stream.write_all(FIRST).unwrap();
    // It requests new keys of the client, too.
    stream.conn.refresh_traffic_keys().unwrap();
    stream.write_all(SECOND).unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    // The client answers with close_notify, under its new keys.
    while stream.read(&mut buffer).unwrap() > 0 {}
}

/// Makes one exchange with each server, with one workspace.
fn exchange(pki: &Pki, address: SocketAddr, engine: &mut Engine, workspace: &mut Buffers) -> Parameters {
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(now());
    block_on(async {
        let mut session = engine.connect(connect(address), workspace, &expected).await.unwrap();
        let parameters = session.parameters().unwrap();
        let received = ask(&mut session, usize::MAX).await.unwrap();
        assert_eq!(received, [FIRST, SECOND].concat());
        session.close().await.unwrap();
        parameters
    })
}

fn play(setting: Setting, name: &str, mut engine: Engine) -> [Parameters; 2] {
    let pki = pki(name);
    let (address, thread) = serve(setting.config(&pki), 2);
    let mut workspace = Buffers::new();
    let first = exchange(&pki, address, &mut engine, &mut workspace);
    let second = exchange(&pki, address, &mut engine, &mut workspace);
    thread.join().unwrap();
    // The second connection is resumed with the ticket of the first.
    assert!(!first.resumed && second.resumed);
    [first, second]
}

#[test]
fn by_default() {
    let [first, second] = play(Setting::plain(), "rustls-plain", Engine::new(OsRng));
    assert_eq!(first.group, NamedGroup::X25519);
    assert!(!first.retried && !second.retried);
    assert!(!first.fragmented && !second.fragmented);
}

#[test]
fn each_cipher_suite() {
    let suites = [
        (cipher_suite::TLS13_CHACHA20_POLY1305_SHA256, 0x1303),
        (cipher_suite::TLS13_AES_128_GCM_SHA256, 0x1301),
        #[cfg(feature = "sha512")]
        (cipher_suite::TLS13_AES_256_GCM_SHA384, 0x1302),
    ];
    for (suite, number) in suites {
        let setting = Setting { suites: vec![suite], ..Setting::plain() };
        let both = play(setting, &format!("rustls-suite-{number:x}"), Engine::new(OsRng));
        assert_eq!(both.map(|parameters| parameters.suite.number()), [number; 2]);
    }
}

#[test]
fn a_server_with_p256_only_asks_for_it() {
    let setting = Setting { groups: vec![kx_group::SECP256R1], ..Setting::plain() };
    for parameters in play(setting, "rustls-retry", Engine::new(OsRng)) {
        assert_eq!((parameters.group, parameters.retried), (NamedGroup::P256, true));
    }
}

#[test]
fn a_server_with_p256_only_need_not_ask_if_that_is_first() {
    let setting = Setting { groups: vec![kx_group::SECP256R1], ..Setting::plain() };
    let engine = Engine::new(OsRng).with_first_group(NamedGroup::P256);
    for parameters in play(setting, "rustls-first", engine) {
        assert_eq!((parameters.group, parameters.retried), (NamedGroup::P256, false));
    }
}

#[test]
fn a_server_with_x25519_only_asks_for_it() {
    let setting = Setting { groups: vec![kx_group::X25519], ..Setting::plain() };
    let engine = Engine::new(OsRng).with_first_group(NamedGroup::P256);
    for parameters in play(setting, "rustls-retry-x25519", engine) {
        assert_eq!((parameters.group, parameters.retried), (NamedGroup::X25519, true));
    }
}

/// The smallest size that rustls supports.
#[test]
fn messages_split_over_small_records() {
    let setting = Setting { fragment: Some(32), ..Setting::plain() };
    let [first, second] = play(setting, "rustls-fragments", Engine::new(OsRng));
    assert!(first.fragmented && second.fragmented);
}

#[test]
fn a_client_certificate_is_asked_for() {
    let setting = Setting { asks_for_certificate: true, ..Setting::plain() };
    play(setting, "rustls-client", Engine::new(OsRng));
}

#[test]
fn suites_of_the_callers_choice() {
    let engine = Engine::new(OsRng).with_suites(&[CipherSuite::Aes128GcmSha256]);
    for parameters in play(Setting::plain(), "rustls-suites", engine) {
        assert_eq!(parameters.suite, CipherSuite::Aes128GcmSha256);
    }
}

#[test]
fn a_ticket_that_was_forgotten_or_is_for_another_name_is_not_offered() {
    let pki = pki("rustls-forgotten");
    let (address, thread) = serve(Setting::plain().config(&pki), 3);
    let mut workspace = Buffers::new();
    let mut engine = Engine::new(OsRng);
    exchange(&pki, address, &mut engine, &mut workspace);
    workspace.forget_ticket();
    assert!(!exchange(&pki, address, &mut engine, &mut workspace).resumed);
    // The same trust anchors twice count as others.
    let root = [pki.der("root"), pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(now());
    block_on(async {
        let mut session = engine.connect(connect(address), &mut workspace, &expected).await.unwrap();
        assert!(!session.parameters().unwrap().resumed);
        ask(&mut session, usize::MAX).await.unwrap();
    });
    thread.join().unwrap();
}

#[test]
fn a_ticket_is_not_offered_a_day_after_the_chain_was_verified_nor_before_it_came() {
    let pki = pki("rustls-old");
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    for (seconds, resumed) in [(0, true), (3000, true), (86_400, false), (-1, false)] {
        let (address, thread) = serve(Setting::plain().config(&pki), 2);
        let mut workspace = Buffers::new();
        let mut engine = Engine::new(OsRng);
        let start = now() + 60;
        for (at, resumed) in [(start, false), (start.saturating_add_signed(seconds), resumed)] {
            let expected = Expected::new("device.test", &anchors).unwrap().at(at);
            block_on(async {
                let mut session = engine.connect(connect(address), &mut workspace, &expected).await.unwrap();
                assert_eq!(session.parameters().unwrap().resumed, resumed, "{seconds}");
                ask(&mut session, usize::MAX).await.unwrap();
            });
        }
        thread.join().unwrap();
    }
}

/// Choices from a fixed seed, so that a failure can be repeated.
struct Choices(u64);

impl Choices {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % count
    }

    fn some_of<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        all.iter().copied().filter(|_| self.below(2) == 0).collect()
    }

    fn setting(&mut self) -> Setting {
        let Setting { mut suites, groups, .. } = Setting::plain();
        suites.retain(|suite| suite.tls13().is_some());
        Setting {
            suites: self.some_of(&suites),
            groups: self.some_of(&groups),
            fragment: [None, Some(32), Some(200)][self.below(3)],
            asks_for_certificate: self.below(2) == 0,
        }
    }
}

/// What both sides have in common is found, and a server with which there is nothing refuses.
#[test]
fn any_settings() {
    const SERVERS: usize = 40;
    let pki = pki("rustls-any");
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(now());
    let mut choices = Choices(1);
    let (mut connected, mut refused) = (0, 0);
    while connected + refused < SERVERS {
        let setting = choices.setting();
        let suites: Vec<u16> = setting.suites.iter().map(|suite| suite.suite().into()).collect();
        let groups: Vec<u16> = setting.groups.iter().map(|group| group.name().into()).collect();
        let fragment = setting.fragment;
        // rustls makes no configuration of them.
        if suites.is_empty() || groups.is_empty() {
            continue;
        }
        let first_group = NamedGroup::ALL[choices.below(2)];
        let described = format!("{suites:x?}, {groups:?}, {fragment:?}, {first_group:?}");
        let config = setting.config(&pki);
        let mut engine = Engine::new(OsRng).with_first_group(first_group);
        let mut workspace = Buffers::new();
        let common = CipherSuite::ALL.iter().any(|suite| suites.contains(&suite.number()))
            && NamedGroup::ALL.iter().any(|group| groups.contains(&group.number()));
        if !common {
            let listener = TcpListener::bind(address::own()).unwrap();
            let address = listener.local_addr().unwrap();
            let thread = thread::spawn(move || {
                let (mut tcp, _) = listener.accept().unwrap();
                let _ = ServerConnection::new(config).unwrap().complete_io(&mut tcp);
            });
            let result = block_on(engine.connect(connect(address), &mut workspace, &expected));
            assert!(
                matches!(result, Err(ConnectError::Record(RecordFault::Alert { description: 40 }))),
                "{described}"
            );
            thread.join().unwrap();
            refused += 1;
            continue;
        }
        let (address, thread) = serve(config, 2);
        let both = [(); 2].map(|()| exchange(&pki, address, &mut engine, &mut workspace));
        thread.join().unwrap();
        for parameters in both {
            assert!(suites.contains(&parameters.suite.number()), "{described}");
            assert!(groups.contains(&parameters.group.number()), "{described}");
            assert_eq!(parameters.retried, parameters.group != first_group, "{described}");
        }
        // The first of them has the certificate.
        assert_eq!(both[0].fragmented, fragment.is_some(), "{described}");
        assert_eq!(both.map(|parameters| parameters.resumed), [false, true], "{described}");
        connected += 1;
    }
    assert!(connected > 5 && refused > 0, "{connected} connected, {refused} refused");
}
