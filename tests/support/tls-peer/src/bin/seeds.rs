//! Creates the certificates and seeds of the fuzz targets `certificate_chain`, `tls_records` and `tls_clients`:
//! `cargo run -p tls-peer --bin seeds`. fuzz/corpus/README.md describes the formats.

// A panic ends the program.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tls_peer::certificate_cases;
use tls_peer::pki::{Certificate, Pki, fixed_key};

const YEAR: u32 = 365;
const CA: &str = "basicConstraints=critical,CA:TRUE";
const LEAF: &str = "basicConstraints=CA:FALSE";
const HOST: &str = "subjectAltName=DNS:device.test";

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let out = Out { folder, now: u32::try_from(now).unwrap() + 86_400 };
    let (cases, signed) = (Pki::new("seeds"), Pki::new("signed"));
    certificate_cases::make(&cases);
    with_fixed_keys(&signed);
    let roots = ["root", "old-root", "p256-root", "p384-root"].map(|name| cases.der(name).to_vec());
    let roots: Vec<_> = roots.into_iter().chain([signed.der("root").to_vec()]).collect();
    fs::create_dir_all(out.folder.join("tls")).unwrap();
    fs::write(out.folder.join("tls/anchors"), roots.iter().flat_map(|der| piece(der)).collect::<Vec<_>>())
        .unwrap();
    fs::write(out.folder.join("tls/leaf.der"), signed.der("leaf")).unwrap();
    fs::write(out.folder.join("tls/time"), u64::from(out.now).to_be_bytes()).unwrap();
    out.unsigned_mutations(&cases);
    out.signed_chains(&signed);
    out.scripts();
}

struct Out {
    folder: PathBuf,
    now: u32,
}

/// Returns a length and as many bytes.
fn piece(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

impl Out {
    fn seed(&self, target: &str, name: &str, bytes: &[u8]) {
        let folder = self.folder.join("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name.replace('-', "_")), bytes).unwrap();
    }

    fn chain(&self, name: &str, days: i32, host: u8, certificates: &[(u8, Vec<u8>)]) {
        let time = self.now.saturating_add_signed(days * 86_400).to_be_bytes();
        let certificates =
            certificates.iter().flat_map(|(signer, der)| [&[*signer][..], &piece(der)].concat());
        self.seed(
            "certificate_chain",
            name,
            &time.into_iter().chain([host]).chain(certificates).collect::<Vec<_>>(),
        );
    }

    /// Chains with their signatures: a mutation invalidates the signature.
    fn unsigned_mutations(&self, pki: &Pki) {
        let chain = |name: &str, days, host, names: &[&str]| {
            let certificates: Vec<_> = names.iter().map(|name| (0, pki.der(name).to_vec())).collect();
            self.chain(&format!("case_{name}"), days, host, &certificates);
        };
        for name in [
            "leaf",
            "leaf-sha384",
            "leaf-sha512",
            "leaf-pss",
            "leaf-p256-rsa",
            "leaf-upper",
            "leaf-fourth",
            "leaf-no-bc",
            "leaf-4096",
            "leaf-cn-only",
            "leaf-ip",
            "leaf-critical",
            "leaf-client",
            "leaf-sha1",
            "leaf-1024",
            "leaf-ed25519",
            "leaf-flipped",
        ] {
            chain(name, 0, 0, &[name, "int"]);
        }
        chain("wildcard", 0, 1, &["leaf-wildcard", "int"]);
        chain("expired", 700, 0, &["leaf", "int"]);
        chain("p256", 0, 0, &["leaf-p256", "p256-int"]);
        chain("p384", 0, 0, &["leaf-p384"]);
        chain("mixed", 0, 0, &["leaf-mixed", "p384-to-p256"]);
        chain("aws_shape", 0, 0, &["leaf", "int", "root-cross", "old-root"]);
        chain("path_length", 0, 0, &["leaf-too-deep", "int-deeper", "int-pathlen"]);
        chain("constrained", 0, 0, &["leaf-constrained", "int-constrained"]);
        chain("alike", 0, 0, &["leaf-alike", "alike-1", "alike-2", "alike-3", "alike-4"]);
        chain("self_signed", 0, 0, &["self-signed"]);
    }

    /// Chains without their signatures, which the fuzz target adds: mutations reach the checks behind the signatures.
    fn signed_chains(&self, pki: &Pki) {
        for (name, host, names) in SIGNED {
            let of = |(name, signer): &(&str, u8)| (*signer, to_be_signed(&pki.der(name)).to_vec());
            self.chain(&format!("signed_{name}"), 0, *host, &names.iter().map(of).collect::<Vec<_>>());
        }
    }

    /// Scripts of a server: a letter for each step, followed by bytes for some. None holds input that harms embedded-tls without guards.
    fn scripts(&self) {
        let seed = |targets: &[&str], name: &str, parts: &[(&str, &[u8])]| {
            let bytes = parts.iter().flat_map(|(letters, bytes)| {
                let bytes = if bytes.is_empty() { Vec::new() } else { piece(bytes) };
                [letters.as_bytes(), &bytes].concat()
            });
            let bytes: Vec<_> = bytes.collect();
            for target in targets {
                self.seed(target, name, &bytes);
            }
        };
        let script = |name: &str, parts: &[(&str, &[u8])]| seed(&["tls_records", "tls_clients"], name, parts);
        let ticket = [4, 0, 0, 17, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 2, 7, 7, 0, 0, 0, 22];
        script("correct", &[("hecvfkp", b"pong\x17"), ("z", &[])]);
        script("correct_with_request", &[("heqcvfkp", b"pong\x17"), ("z", &[])]);
        script(
            "correct_with_tickets",
            &[("hecvfkp", &ticket), ("p", &ticket), ("p", b"pong\x17"), ("z", &[])],
        );
        script("change_cipher_spec", &[("hr", &[20, 3, 3, 0, 1, 1]), ("ecvfkp", b"pong\x17"), ("z", &[])]);
        script("order", &[("hcevfk", &[])]);
        script("repeated", &[("hecvvf", &[])]);
        script("truncated", &[("hecvfkp", b"pong\x17")]);
        script("nothing", &[]);
        script("plaintext_alert", &[("r", &[21, 3, 3, 0, 2, 2, 40])]);
        script("protected_alert", &[("hp", &[2, 40, 21])]);
        script("message", &[("hm", &[8, 0, 0, 2, 0, 0]), ("cvfkp", b"pong\x17"), ("z", &[])]);
        script("extensions", &[("hm", &[8, 0, 0, 8, 0, 6, 0, 10, 0, 2, 0, 0]), ("cvfk", &[])]);
        script(
            "certificate_request",
            &[("hem", &[13, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3]), ("cvfk", &[])],
        );
        script("key_update", &[("hecvfkp", &[24, 0, 0, 1, 0, 22])]);
        script("split", &[("hp", &[11, 0, 0, 22])]);
        script("server_hello_of_tls12", &[("r", &[22, 3, 3, 0, 6, 2, 0, 0, 2, 3, 3])]);
        script("http", &[("r", b"HTTP/1.1 400 Bad Request\r\n\r\n")]);
        // What the other engine does not support.
        let script = |name: &str, parts: &[(&str, &[u8])]| seed(&["tls_clients"], name, parts);
        script("small_records", &[("hs\x20ecvfkp", b"pong\x17"), ("z", &[])]);
        script("records_of_one_byte", &[("hs\x01ecvfkp", b"pong\x17"), ("z", &[])]);
        script("new_keys", &[("hecvfkp", b"ping\x17"), ("up", b"pong\x17"), ("Up", b"more\x17"), ("z", &[])]);
        script("protocol", &[("hm", &PROTOCOL), ("cvfkz", &[])]);
        script("groups", &[("hm", &[8, 0, 0, 10, 0, 8, 0, 10, 0, 4, 0, 2, 0, 29]), ("cvfkz", &[])]);
        script("name", &[("hm", &[8, 0, 0, 6, 0, 4, 0, 0, 0, 0]), ("cvfkz", &[])]);
        script("record_of_padding", &[("hecvfkp", b"pong\x17\0\0\0\0"), ("p", b"\x17\0"), ("z", &[])]);
    }
}

/// `EncryptedExtensions` that choose `http/1.1`.
const PROTOCOL: [u8; 21] =
    [8, 0, 0, 17, 0, 15, 0, 16, 0, 11, 0, 9, 8, b'h', b't', b't', b'p', b'/', b'1', b'.', b'1'];

/// Returns a certificate's `TBSCertificate`.
fn to_be_signed(certificate: &[u8]) -> &[u8] {
    let inner = certificate.get(4..).unwrap();
    let length = usize::from(u16::from_be_bytes([inner[2], inner[3]]));
    inner.get(..4 + length).unwrap()
}

type Signed = (&'static str, u8, &'static [(&'static str, u8)]);

/// Name, host, and certificates with the number of the key that signs each; the root has key 1.
const SIGNED: &[Signed] = &[
    ("direct", 0, &[("leaf", 1)]),
    ("below", 0, &[("leaf-int", 2), ("int", 1)]),
    ("deep", 0, &[("leaf-deep", 4), ("int-deep", 2), ("int", 1)]),
    ("path_length", 0, &[("leaf-deep", 4), ("int-deep", 2), ("int-short", 1)]),
    ("constrained", 0, &[("leaf-int", 2), ("int-constrained", 1)]),
    ("permitted", 0, &[("leaf-int", 2), ("int-permitted", 1)]),
    ("permitted_address", 0, &[("leaf-int", 2), ("int-address", 1)]),
    ("clients", 0, &[("leaf-int", 2), ("int-clients", 1)]),
    ("server", 0, &[("leaf-server", 1)]),
    ("wildcard", 1, &[("leaf-wildcard", 1)]),
    ("names", 2, &[("leaf-names", 1)]),
    ("as_authority", 0, &[("leaf-of-leaf", 3), ("leaf", 1)]),
    ("authority", 0, &[("int", 1)]),
    ("critical", 0, &[("leaf-critical", 1)]),
    ("lists", 0, &[("leaf-lists", 1)]),
    ("self", 0, &[("leaf", 3)]),
    ("alike", 0, &[("leaf", 5), ("alike-2", 5), ("alike-4", 5), ("alike-5", 5), ("alike-6", 5)]),
];

fn with_fixed_keys(pki: &Pki) {
    for number in 1..=6 {
        fs::write(pki.path(&format!("{number}.key")), fixed_key(number)).unwrap();
    }
    let make = |name: &str, subject: &str, key: &str, issuer: Option<(&str, &str)>, extensions: &[&str]| {
        pki.certificate(&Certificate {
            name,
            subject,
            key,
            issuer,
            days: 20 * YEAR,
            extensions,
            arguments: &["-sha256"],
        });
    };
    let (root, int) = (Some(("root", "1")), Some(("int", "2")));
    make("root", "/CN=Signed Root", "1", None, &[CA]);
    make("int", "/CN=Signed Int", "2", root, &[CA]);
    make("int-deep", "/CN=Signed Deep", "4", int, &[CA]);
    make("int-short", "/CN=Signed Int", "2", root, &["basicConstraints=critical,CA:TRUE,pathlen:0"]);
    make(
        "int-constrained",
        "/CN=Signed Int",
        "2",
        root,
        &[CA, "nameConstraints=critical,excluded;DNS:device.test"],
    );
    make("int-permitted", "/CN=Signed Int", "2", root, &[CA, "nameConstraints=critical,permitted;DNS:.test"]);
    make(
        "int-address",
        "/CN=Signed Int",
        "2",
        root,
        &[CA, "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0"],
    );
    make("int-clients", "/CN=Signed Int", "2", root, &[CA, "extendedKeyUsage=clientAuth"]);
    make("leaf", "/CN=device.test", "3", root, &[LEAF, HOST]);
    make("leaf-int", "/CN=device.test", "3", int, &[LEAF, HOST]);
    make("leaf-deep", "/CN=device.test", "3", Some(("int-deep", "4")), &[LEAF, HOST]);
    make("leaf-server", "/CN=device.test", "3", root, &[HOST, "extendedKeyUsage=serverAuth,clientAuth"]);
    make("leaf-wildcard", "/CN=device.test", "3", root, &["subjectAltName=DNS:*.device.test"]);
    let names = "subjectAltName=DNS:x.test,IP:10.1.2.3,email:a@device.test,URI:https://device.test,DNS:b.a.device.test";
    make("leaf-names", "/CN=device.test", "3", root, &[names]);
    make("leaf-of-leaf", "/CN=device.test", "5", Some(("leaf", "3")), &[HOST]);
    make(
        "leaf-critical",
        "/CN=device.test",
        "3",
        root,
        &[HOST, "1.2.3.4.5=critical,ASN1:UTF8String:unknown"],
    );
    let lists = "crlDistributionPoints=URI:http://a.test/l\nkeyUsage=critical,digitalSignature\ncertificatePolicies=1.2.3";
    make("leaf-lists", "/CN=device.test", "3", root, &[HOST, lists]);
    for (name, key) in [("alike-2", "2"), ("alike-4", "4"), ("alike-5", "5"), ("alike-6", "6")] {
        make(name, "/CN=Signed Root", key, root, &[CA]);
    }
}
