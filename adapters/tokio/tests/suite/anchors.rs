//! The built-in trust anchors are those that Amazon publishes.

use genesys_token_tokio::PUBLISHED_ANCHORS;
use genesys_token_tokio::rustls::RootCertStore;
use ring::digest::{SHA256, digest};

/// SHA-256 of the certificates in DER, as Amazon Trust Services publishes them.
const PUBLISHED: [&str; 5] = [
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
];

#[test]
fn the_published_anchors_match_the_published_certificates() {
    for (anchor, fingerprint) in PUBLISHED_ANCHORS.iter().zip(PUBLISHED) {
        let certificate = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .find(|certificate| digest(&SHA256, certificate).as_ref() == bytes(fingerprint));
        let certificate =
            certificate.unwrap_or_else(|| panic!("no root certificate has SHA-256 {fingerprint}"));
        let mut store = RootCertStore::empty();
        store.add(certificate.clone()).unwrap();
        let expected = &store.roots[0];
        assert_eq!(anchor.subject, expected.subject, "{fingerprint}");
        assert_eq!(anchor.subject_public_key_info, expected.subject_public_key_info, "{fingerprint}");
        assert_eq!(anchor.name_constraints, expected.name_constraints, "{fingerprint}");
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
