//! Records the connections that `cargo xtask tls-sizes` replays in the emulator: `cargo run -p tls-peer --features record --bin record`.
//!
//! Run it after a change of the bytes that the client sends: otherwise the image in the emulator ends with an error. It creates new
//! keys each time and does not store them.

// Standard output is this program's interface; a panic ends it.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::std_instead_of_alloc)]

use core::cell::RefCell;
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use embedded_io_async::{Read as _, Write as _};
use futures_lite::future::block_on;
use genesys_token_tls::embedded::{self, EmbeddedTls};
use genesys_token_tls::{ChainError, ConnectError, Expected, Tls13, TlsEngine, TlsSession, Workspace};
use tls_peer::memory::Memory;
use tls_peer::peer::{Identity, Peer, Suite};
use tls_peer::pki::{self, Certificate, Pki};
use tls_peer::recording::{Connection, FixedRng, Recording};

const NAME: &str = "login.mypurecloud.de";

/// As long as a token request with all its headers.
const REQUEST: &[u8] = &[b'q'; 420];
/// As long as a response with a token.
const RESPONSE: &[u8] = &[b'a'; 1400];

/// No server that sends fewer bytes is complete.
const SHORTEST: usize = 256;

const YEARS: u32 = 3650;

/// As long as those of OpenSSL: AWS's are shorter.
const TICKET: usize = 192;

/// A connection to record: a chain, and how the server sends it.
#[derive(Clone, Copy)]
struct Scenario {
    name: &'static str,
    chain: &'static [&'static str],
    key: &'static str,
    is_rsa: bool,
    anchors: [&'static str; 2],
    /// Whether all handshake messages are in one record, as with rustls, or each in its own, as with s2n and OpenSSL.
    together: bool,
    /// The error with which the client refuses the connection.
    refused: Option<ChainError>,
    suite: Suite,
    /// Whether the server sends a ticket, by which a second connection is resumed.
    ticket: bool,
    /// The group for which the server requests a share.
    requested: Option<[u8; 2]>,
}

const RSA: Scenario = Scenario {
    name: "rsa",
    chain: &["leaf", "int", "root-cross", "old-root-cross"],
    key: "leaf",
    is_rsa: true,
    anchors: ["root", "old-root"],
    together: false,
    refused: None,
    suite: Suite::Aes128Gcm,
    ticket: false,
    requested: None,
};

const P256: Scenario = Scenario {
    name: "p256",
    chain: &["p256-leaf", "p256-int"],
    key: "p256-leaf",
    is_rsa: false,
    anchors: ["p256-root", "root"],
    ..RSA
};

/// What both engines connect to.
const SCENARIOS: [Scenario; 6] = [
    RSA,
    Scenario { name: "rsa-one-record", together: true, ..RSA },
    P256,
    Scenario { name: "p256-one-record", together: true, ..P256 },
    Scenario {
        name: "attack",
        chain: &["alike-leaf", "alike-1", "alike-2", "alike-3", "alike-4"],
        together: true,
        refused: Some(ChainError::InvalidSignature),
        ..P256
    },
    Scenario {
        name: "twins",
        chain: &["forged-leaf", "twin-1", "twin-2", "twin-3", "forged-twin"],
        together: true,
        refused: Some(ChainError::TooManySignatures),
        ..P256
    },
];

fn main() {
    let pki = authorities();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    fs::create_dir_all(&folder).unwrap();
    let write = |prefix: &str, name: &str, file: &[u8]| {
        fs::write(folder.join(format!("{prefix}{name}.bin")), file).unwrap();
        println!("{prefix}{name}: {} bytes", file.len());
    };
    let around_embedded_tls =
        || (<EmbeddedTls<FixedRng>>::new(FixedRng::default()), <embedded::Workspace>::new());
    for scenario in SCENARIOS {
        write("", scenario.name, &record(&pki, &scenario, around_embedded_tls));
    }
    let own = || (<Tls13<FixedRng>>::new(FixedRng::default()), <Workspace>::new());
    for scenario in SCENARIOS {
        let scenario = Scenario { suite: Suite::ChaCha20Poly1305, ..scenario };
        write("tls13-", scenario.name, &record(&pki, &scenario, own));
    }
    write("tls13-", "rsa-aes", &record(&pki, &RSA, own));
    let scenario = Scenario { suite: Suite::ChaCha20Poly1305, ticket: true, ..RSA };
    write("tls13-", "ticket", &record(&pki, &scenario, own));
    let scenario = Scenario { suite: Suite::ChaCha20Poly1305, requested: Some(Peer::P256), ..P256 };
    write("tls13-", "p256-group", &record(&pki, &scenario, own));
}

fn record<E: TlsEngine>(pki: &Pki, scenario: &Scenario, make: impl Fn() -> (E, E::Workspace)) -> Vec<u8> {
    // A day later than now, in case clocks disagree.
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() + 86_400;
    let play = |servers: &[&[u8]]| {
        let (mut engine, mut workspace) = make();
        let play = |server: &&[u8]| play(pki, scenario, time, &mut engine, &mut workspace, server);
        servers.iter().map(play).collect::<Vec<_>>()
    };
    let sent = |servers: &[&[u8]]| play(servers).pop().unwrap().0;
    let answer = if scenario.refused.is_some() { &[][..] } else { RESPONSE };
    let request = if scenario.refused.is_some() { &[][..] } else { REQUEST };

    let mut hello = sent(&[&[]]);
    if scenario.requested.is_some() {
        hello = sent(&[&serve(pki, scenario, &hello, None).0]);
    }
    let (first, psk) = serve(pki, scenario, &hello, None);
    let mut servers = vec![&first[..]];
    let second;
    if psk.is_some() {
        second = serve(pki, scenario, &sent(&[&first, &[]]), psk).0;
        servers.push(&second);
    }
    let played = play(&servers);
    assert!(played.iter().all(|(_, received)| received == answer));
    let mut connections = [Connection::default(); 2];
    for ((connection, (client, _)), server) in connections.iter_mut().zip(&played).zip(servers) {
        *connection = Connection { client, server };
    }
    let certificates = scenario.anchors.map(|name| pki.der(name));
    let anchors = pki::anchors(&certificates);
    let [a, b] = [&anchors[0], &anchors[1]].map(|it| [&it.subject[..], &it.subject_public_key_info[..]]);
    let response = u64::try_from(answer.len()).unwrap();
    Recording { time, name: NAME, anchors: [a, b], request, response, connections }.write()
}

/// Runs the client with these bytes of the server; returns the bytes that it sent and the response that it read.
fn play<E: TlsEngine>(
    pki: &Pki,
    scenario: &Scenario,
    time: u64,
    engine: &mut E,
    workspace: &mut E::Workspace,
    server: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    let certificates = scenario.anchors.map(|name| pki.der(name));
    let anchors = pki::anchors(&certificates);
    let expected = Expected::new(NAME, &anchors).unwrap().at(time);
    let sent = Rc::new(RefCell::new(Vec::new()));
    let socket = Memory::new(server, |bytes: &[u8]| sent.borrow_mut().extend_from_slice(bytes));
    let mut answer = Vec::new();
    block_on(async {
        let mut session = match engine.connect(socket, workspace, &expected).await {
            Ok(session) => session,
            Err(_) if server.len() < SHORTEST => return,
            Err(ConnectError::Chain(error)) if scenario.refused == Some(error) => return,
            Err(error) => panic!("{}: {error}", scenario.name),
        };
        session.write_all(REQUEST).await.unwrap();
        session.flush().await.unwrap();
        let mut buffer = [0; 512];
        while answer.len() < RESPONSE.len() {
            let count = session.read(&mut buffer).await.unwrap();
            answer.extend_from_slice(&buffer[..count]);
        }
        session.close().await.unwrap();
    });
    (sent.take(), answer)
}

/// Returns the server's bytes for this `ClientHello`, resumed if there is a key for that, and the key of the ticket in them. If it
/// requests another share, and that is not there yet, the bytes end with the request.
fn serve(pki: &Pki, scenario: &Scenario, hello: &[u8], psk: Option<[u8; 32]>) -> (Vec<u8>, Option<[u8; 32]>) {
    let chain = scenario.chain.iter().map(|name| pki.der(name).to_vec()).collect();
    // The peer itself signs with P-256 keys only; RSA signatures come from the openssl command.
    let key_file = if scenario.is_rsa { "p256-leaf" } else { scenario.key };
    let key = fs::read_to_string(pki.path(&format!("{key_file}.key"))).unwrap();
    let rsa_key = scenario.is_rsa.then(|| pki.path(&format!("{}.key", scenario.key)));
    let sent = Arc::new(Mutex::new(Vec::new()));
    let pipe = Pipe { hello: Cursor::new(hello.to_vec()), sent: sent.clone() };
    let mut peer = Peer::accept(pipe, Identity { chain, key, rsa_key }).unwrap();
    peer.suite = scenario.suite;
    if let Some(psk) = psk {
        peer.resume(psk);
    }
    if let Some(group) = scenario.requested
        && !peer.retry(group)
    {
        return (sent.lock().unwrap().clone(), None);
    }
    peer.hello();
    let makers: &[fn(&Peer) -> Vec<u8>] = match psk {
        None => &[encrypted_extensions, Peer::certificate, verify, Peer::finished],
        Some(_) => &[encrypted_extensions, Peer::finished],
    };
    if scenario.together {
        let before = peer.transcript.len();
        let mut messages = Vec::new();
        for make in makers {
            let message = make(&peer);
            peer.transcript.extend(&message);
            messages.extend(message);
        }
        peer.transcript.truncate(before);
        peer.send(&messages);
    } else {
        for make in makers {
            let message = make(&peer);
            peer.send(&message);
        }
    }
    peer.application_keys();
    let psk = (scenario.ticket && psk.is_none()).then(|| peer.ticket(TICKET));
    peer.application_data(RESPONSE);
    peer.close_notify();
    drop(peer);
    (Arc::into_inner(sent).unwrap().into_inner().unwrap(), psk)
}

fn encrypted_extensions(_: &Peer) -> Vec<u8> {
    Peer::encrypted_extensions()
}

fn verify(peer: &Peer) -> Vec<u8> {
    if peer.identity.rsa_key.is_none() {
        return peer.certificate_verify();
    }
    let content = Peer::signed_content("TLS 1.3, server CertificateVerify", &peer.transcript);
    let pss = ["rsa_padding_mode:pss", "rsa_pss_saltlen:digest", "rsa_mgf1_md:sha256"];
    Peer::certificate_verify_of(0x0804, &peer.identity.rsa_signature(&content, &pss))
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
        Write::write(&mut *self.sent.lock().unwrap(), buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Creates the certificates: a chain like the service's (an RSA leaf with several names and two signed certificate timestamps, its
/// intermediate, the root cross-signed by an older one, and that one cross-signed by an even older one), a chain on P-256, and two
/// hostile ones.
fn authorities() -> Pki {
    const CA: &str = "basicConstraints=critical,CA:TRUE";
    const KEYS: &str =
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nkeyUsage=critical,digitalSignature";
    const LISTS: &str = "authorityInfoAccess=OCSP;URI:http://ocsp.authority.test,caIssuers;URI:http://crt.authority.test/m01.cer\n\
                         crlDistributionPoints=URI:http://crl.authority.test/m01/abcdefghijk.crl\ncertificatePolicies=2.23.140.1.2.1";
    let names =
        format!("subjectAltName=DNS:{NAME},DNS:*.mypurecloud.de,DNS:*.pure.cloud,DNS:*.euc1.pure.cloud");
    let timestamps = format!("1.3.6.1.4.1.11129.2.4.2=DER:0481f2{}", "5a".repeat(242));
    let leaf = ["basicConstraints=CA:FALSE", "extendedKeyUsage=serverAuth", KEYS, LISTS, &names, &timestamps];
    let pki = Pki::new("record");
    for name in ["oldest-root", "old-root", "root", "int", "leaf"] {
        pki.key(name, "RSA", Some("rsa_keygen_bits:2048"));
    }
    for name in ["p256-root", "p256-int", "p256-leaf"] {
        pki.key(name, "EC", Some("ec_paramgen_curve:P-256"));
    }
    let make = |name, common_name: &str, key, issuer, extensions: &[&str]| {
        let subject = format!("/C=US/O=A CA/CN={common_name}");
        let arguments = &["-sha256"];
        pki.certificate(&Certificate {
            name,
            subject: &subject,
            key,
            issuer,
            days: YEARS,
            extensions,
            arguments,
        });
    };
    let authority = [CA, KEYS, LISTS];
    make("oldest-root", "Oldest Root Certification Authority", "oldest-root", None, &[CA]);
    make("old-root", "Services Root Certificate Authority - G2", "old-root", None, &[CA]);
    make("root", "Root CA 1", "root", None, &[CA]);
    make("int", "RSA 2048 M01", "int", Some(("root", "root")), &authority);
    make("leaf", NAME, "leaf", Some(("int", "int")), &leaf);
    make("root-cross", "Root CA 1", "root", Some(("old-root", "old-root")), &authority);
    let older = Some(("oldest-root", "oldest-root"));
    make("old-root-cross", "Services Root Certificate Authority - G2", "old-root", older, &authority);
    make("p256-root", "Root CA 3", "p256-root", None, &[CA]);
    make("p256-int", "ECDSA 256 M01", "p256-int", Some(("p256-root", "p256-root")), &authority);
    make("p256-leaf", NAME, "p256-leaf", Some(("p256-int", "p256-int")), &leaf);
    // CAs with the root's name: by name, each may have issued itself, all the others, and the leaf.
    let forged = Some(("forged-root", "p256-int"));
    make("forged-root", "Root CA 3", "p256-int", None, &[CA]);
    for name in ["alike-1", "alike-2", "alike-3", "alike-4"] {
        pki.key(name, "EC", Some("ec_paramgen_curve:P-256"));
        make(name, "Root CA 3", name, forged, &[CA]);
    }
    make("alike-leaf", NAME, "p256-leaf", forged, &["basicConstraints=CA:FALSE", &names]);
    // Genuine CAs of the same name: by name, each may have issued a leaf and another CA that are forged.
    let root = Some(("p256-root", "p256-root"));
    for name in ["twin-1", "twin-2", "twin-3"] {
        pki.key(name, "EC", Some("ec_paramgen_curve:P-256"));
        make(name, "ECDSA 256 M02", name, root, &authority);
    }
    make("twin-of-none", "ECDSA 256 M02", "alike-1", None, &[CA]);
    let forged = Some(("twin-of-none", "alike-1"));
    make("forged-twin", "ECDSA 256 M02", "alike-2", forged, &[CA]);
    make("forged-leaf", NAME, "p256-leaf", forged, &["basicConstraints=CA:FALSE", &names]);
    pki
}
