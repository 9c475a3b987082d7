//! Copies the service's five trust anchors from `webpki-roots`, so that the other hundred and more are not linked:
//! rustc links a table as a whole or not at all.

use core::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// Names, and subjects in DER, of the trust anchors under which Amazon issues the service's certificates.
const PUBLISHED: [(&str, &[u8]); 5] = [
    ("Amazon Root CA 1", b"1\x0b0\t\x06\x03U\x04\x06\x13\x02US1\x0f0\r\x06\x03U\x04\n\x13\x06Amazon1\x190\x17\x06\x03U\x04\x03\x13\x10Amazon Root CA 1"),
    ("Amazon Root CA 2", b"1\x0b0\t\x06\x03U\x04\x06\x13\x02US1\x0f0\r\x06\x03U\x04\n\x13\x06Amazon1\x190\x17\x06\x03U\x04\x03\x13\x10Amazon Root CA 2"),
    ("Amazon Root CA 3", b"1\x0b0\t\x06\x03U\x04\x06\x13\x02US1\x0f0\r\x06\x03U\x04\n\x13\x06Amazon1\x190\x17\x06\x03U\x04\x03\x13\x10Amazon Root CA 3"),
    ("Amazon Root CA 4", b"1\x0b0\t\x06\x03U\x04\x06\x13\x02US1\x0f0\r\x06\x03U\x04\n\x13\x06Amazon1\x190\x17\x06\x03U\x04\x03\x13\x10Amazon Root CA 4"),
    ("Starfield Services Root Certificate Authority - G2", b"1\x0b0\t\x06\x03U\x04\x06\x13\x02US1\x100\x0e\x06\x03U\x04\x08\x13\x07Arizona1\x130\x11\x06\x03U\x04\x07\x13\nScottsdale1%0#\x06\x03U\x04\n\x13\x1cStarfield Technologies, Inc.1;09\x06\x03U\x04\x03\x132Starfield Services Root Certificate Authority - G2"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut code = String::from("[\n");
    for (name, subject) in PUBLISHED {
        let mut found =
            webpki_roots::TLS_SERVER_ROOTS.iter().filter(|anchor| anchor.subject.as_ref() == subject);
        let (Some(anchor), None) = (found.next(), found.next()) else {
            panic!(
                "webpki-roots must contain exactly one trust anchor named {name}: use another version of it"
            );
        };
        assert!(anchor.name_constraints.is_none(), "{name} has name constraints: they must be copied too");
        writeln!(code, "    // {name}").expect("writing to a String cannot fail");
        writeln!(
            code,
            "    TrustAnchor {{ subject: Der::from_slice(b\"{}\"), subject_public_key_info: Der::from_slice(b\"{}\"), \
             name_constraints: None }},",
            anchor.subject.escape_ascii(),
            anchor.subject_public_key_info.escape_ascii()
        )
        .expect("writing to a String cannot fail");
    }
    code.push_str("]\n");
    let directory = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&directory).join("published_anchors.rs"), code).expect("OUT_DIR is writable");
}
