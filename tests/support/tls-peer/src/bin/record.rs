//! Records the handshakes that `cargo xtask tls-sizes` plays in the emulator: `cargo run -p tls-peer --bin record`.
//!
//! Needed again when the bytes that the client sends change: the image in the emulator ends with an error then. Keys are made
//! anew each time and thrown away.

// A program's output; what fails here fails the program.
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
use genesys_token_tls::{ChainError, ConnectError, EmbeddedTls, Expected, TlsEngine, TlsSession, Workspace};
use tls_peer::memory::Memory;
use tls_peer::peer::{Identity, Peer};
use tls_peer::pki::{self, Certificate, Pki};
use tls_peer::recording::{Dice, Recording};

const NAME: &str = "login.mypurecloud.de";

/// As long as a request for a token with all its headers.
const REQUEST: &[u8] = &[b'q'; 420];
/// As long as a response with a token.
const ANSWER: &[u8] = &[b'a'; 1400];

const YEARS: u32 = 3650;

/// A chain, and how the server sends it.
struct Shape {
    name: &'static str,
    chain: &'static [&'static str],
    key: &'static str,
    is_rsa: bool,
    anchors: [&'static str; 2],
    /// All handshake messages in one record, as rustls has it; else each in its own, as s2n and OpenSSL.
    together: bool,
    /// It is refused, with this error.
    refused: Option<ChainError>,
}

const AWS: [&str; 4] = ["leaf", "int", "root-cross", "old-root-cross"];

const SHAPES: [Shape; 6] = [
    Shape {
        name: "rsa",
        chain: &AWS,
        key: "leaf",
        is_rsa: true,
        anchors: ["root", "old-root"],
        together: false,
        refused: None,
    },
    Shape {
        name: "rsa-one-record",
        chain: &AWS,
        key: "leaf",
        is_rsa: true,
        anchors: ["root", "old-root"],
        together: true,
        refused: None,
    },
    Shape {
        name: "p256",
        chain: &["p256-leaf", "p256-int"],
        key: "p256-leaf",
        is_rsa: false,
        anchors: ["p256-root", "root"],
        together: false,
        refused: None,
    },
    Shape {
        name: "p256-one-record",
        chain: &["p256-leaf", "p256-int"],
        key: "p256-leaf",
        is_rsa: false,
        anchors: ["p256-root", "root"],
        together: true,
        refused: None,
    },
    Shape {
        name: "attack",
        chain: &["alike-leaf", "alike-1", "alike-2", "alike-3", "alike-4"],
        key: "p256-leaf",
        is_rsa: false,
        anchors: ["p256-root", "root"],
        together: true,
        refused: Some(ChainError::InvalidSignature),
    },
    Shape {
        name: "twins",
        chain: &["forged-leaf", "twin-1", "twin-2", "twin-3", "forged-twin"],
        key: "p256-leaf",
        is_rsa: false,
        anchors: ["p256-root", "root"],
        together: true,
        refused: Some(ChainError::TooManySignatures),
    },
];

fn main() {
    let pki = authorities();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    fs::create_dir_all(&folder).unwrap();
    for shape in &SHAPES {
        let file = record(&pki, shape);
        fs::write(folder.join(format!("{}.bin", shape.name)), &file).unwrap();
        println!("{}: {} bytes", shape.name, file.len());
    }
}

fn record(pki: &Pki, shape: &Shape) -> Vec<u8> {
    // From now on for eight years, and a day later than now for clocks that disagree.
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() + 86_400;
    let hello = play(pki, shape, time, &[]).0;
    let server = serve(pki, shape, &hello);
    let (client, answer) = play(pki, shape, time, &server);
    assert_eq!(answer, if shape.refused.is_some() { &[][..] } else { ANSWER });
    let request = if shape.refused.is_some() { &[][..] } else { REQUEST };
    let certificates = shape.anchors.map(|name| pki.der(name));
    let anchors = pki::anchors(&certificates);
    let [a, b] = [&anchors[0], &anchors[1]].map(|it| [&it.subject[..], &it.subject_public_key_info[..]]);
    Recording { time, name: NAME, anchors: [a, b], request, client: &client, server: &server }.write()
}

/// The client's bytes, and what it got, given these bytes of the server.
fn play(pki: &Pki, shape: &Shape, time: u64, server: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let certificates = shape.anchors.map(|name| pki.der(name));
    let anchors = pki::anchors(&certificates);
    let expected = Expected::new(NAME, &anchors).unwrap().at(time);
    let sent = Rc::new(RefCell::new(Vec::new()));
    let socket = Memory::new(server, |bytes: &[u8]| sent.borrow_mut().extend_from_slice(bytes));
    let mut workspace = <Workspace>::new();
    let mut answer = Vec::new();
    block_on(async {
        let mut engine = <EmbeddedTls<Dice>>::new(Dice::default());
        let mut session = match engine.connect(socket, &mut workspace, &expected).await {
            Ok(session) => session,
            Err(_) if server.is_empty() => return,
            Err(ConnectError::Chain(error)) if shape.refused == Some(error) => return,
            Err(error) => panic!("{}: {error}", shape.name),
        };
        session.write_all(REQUEST).await.unwrap();
        session.flush().await.unwrap();
        let mut buffer = [0; 512];
        while answer.len() < ANSWER.len() {
            let count = session.read(&mut buffer).await.unwrap();
            answer.extend_from_slice(&buffer[..count]);
        }
        session.close().await.unwrap();
    });
    (sent.take(), answer)
}

/// The server's bytes, given the client's first ones.
fn serve(pki: &Pki, shape: &Shape, hello: &[u8]) -> Vec<u8> {
    let chain = shape.chain.iter().map(|name| pki.der(name).to_vec()).collect();
    // The peer signs with a P-256 key of its own accord only.
    let key_file = if shape.is_rsa { "p256-leaf" } else { shape.key };
    let key = fs::read_to_string(pki.path(&format!("{key_file}.key"))).unwrap();
    let rsa_key = shape.is_rsa.then(|| pki.path(&format!("{}.key", shape.key)));
    let sent = Arc::new(Mutex::new(Vec::new()));
    let wire = Wire { hello: Cursor::new(hello.to_vec()), sent: sent.clone() };
    let mut peer = Peer::accept(wire, Identity { chain, key, rsa_key }).unwrap();
    peer.hello();
    let makers = [encrypted_extensions, Peer::certificate, verify, Peer::finished];
    if shape.together {
        let before = peer.transcript.len();
        let mut flight = Vec::new();
        for make in makers {
            let message = make(&peer);
            peer.transcript.extend(&message);
            flight.extend(message);
        }
        peer.transcript.truncate(before);
        peer.send(&flight);
    } else {
        for make in makers {
            let message = make(&peer);
            peer.send(&message);
        }
    }
    peer.application_keys();
    peer.application_data(ANSWER);
    peer.close_notify();
    drop(peer);
    Arc::into_inner(sent).unwrap().into_inner().unwrap()
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

/// The client's bytes, and a place for the server's.
struct Wire {
    hello: Cursor<Vec<u8>>,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.hello.read(buf)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Write::write(&mut *self.sent.lock().unwrap(), buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The shape of the service's chain: an RSA leaf with many names and two signed certificate timestamps, its intermediate, the
/// root cross-signed by an older one, and that one cross-signed by an even older one. One on P-256. And two that are attacks.
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
        let subject = format!("/C=US/O=An Authority/CN={common_name}");
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
    // Authorities that all have the root's name: each may have issued itself, any other one, and the leaf.
    let forged = Some(("forged-root", "p256-int"));
    make("forged-root", "Root CA 3", "p256-int", None, &[CA]);
    for name in ["alike-1", "alike-2", "alike-3", "alike-4"] {
        pki.key(name, "EC", Some("ec_paramgen_curve:P-256"));
        make(name, "Root CA 3", name, forged, &[CA]);
    }
    make("alike-leaf", NAME, "p256-leaf", forged, &["basicConstraints=CA:FALSE", &names]);
    // Authorities of one name that are genuine, each of which could have issued a leaf and another one that are not.
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
