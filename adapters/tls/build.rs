//! Writes the service's trust anchors as Rust source, so that only these five are linked, not all of webpki-roots.

use core::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

/// The common names of the trust anchors. The tests compare each certificate with its published SHA-256.
const NAMES: [&str; 5] = [
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut source = String::from("[\n");
    for name in NAMES {
        let mut found =
            webpki_roots::TLS_SERVER_ROOTS.iter().filter(|anchor| is_named(&anchor.subject, name));
        let (Some(anchor), None) = (found.next(), found.next()) else {
            panic!("webpki-roots does not contain {name:?} exactly once: choose another version of it");
        };
        assert!(
            anchor.name_constraints.is_none(),
            "{name:?} has name constraints, which this script does not write"
        );
        let _ = writeln!(
            source,
            "    // {name}\n    TrustAnchor {{\n        subject: Der::from_slice(&{:?}),\n        \
             subject_public_key_info: Der::from_slice(&{:?}),\n        name_constraints: None,\n    }},",
            &anchor.subject[..],
            &anchor.subject_public_key_info[..]
        );
    }
    source.push_str("]\n");
    let directory = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR"));
    fs::write(directory.join("anchors.rs"), source).expect("OUT_DIR can be written");
}

/// Returns whether the last attribute of this subject is the common name `name`: its length and then its bytes.
fn is_named(subject: &[u8], name: &str) -> bool {
    let length = u8::try_from(name.len()).expect("short");
    subject.strip_suffix(name.as_bytes()).is_some_and(|before| before.ends_with(&[length]))
}
