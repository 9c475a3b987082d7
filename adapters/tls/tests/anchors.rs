//! The trust anchors are those that the authorities publish, by SHA-256 (amazontrust.com/repository).

use genesys_token_tls::{ChainError, anchors};
use sha2::{Digest, Sha256};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

const PUBLISHED: [(&str, &str); 5] = [
    ("Amazon Root CA 1", "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e"),
    ("Amazon Root CA 2", "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4"),
    ("Amazon Root CA 3", "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4"),
    ("Amazon Root CA 4", "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092"),
    (
        "Starfield Services Root Certificate Authority - G2",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ),
];

#[test]
fn each_anchor_is_the_certificate_of_the_published_sha_256() {
    assert_eq!(anchors::SERVICE.len(), PUBLISHED.len());
    for (anchor, (name, fingerprint)) in anchors::SERVICE.iter().zip(PUBLISHED) {
        let certificate = TLS_SERVER_ROOT_CERTS
            .iter()
            .find(|certificate| format!("{:x}", Sha256::digest(certificate)) == fingerprint)
            .unwrap_or_else(|| panic!("webpki-root-certs lacks {name}"));
        let published = webpki::anchor_from_trusted_cert(certificate).unwrap();
        assert_eq!(*anchor, published, "{name}");
    }
}

/// Trust anchors whose keys need a feature: without the feature, the error names it.
#[test]
fn errors_name_the_features_that_amazon_root_ca_2_and_4_need() {
    let message = |error: ChainError| error.to_string();
    let large = message(ChainError::RsaKeySize { bits: 4096 });
    assert!(large.contains("rsa-4096") && large.contains("Amazon Root CA 2"), "{large}");
    let curve = message(ChainError::UnsupportedAlgorithm);
    assert!(curve.contains("p384") && curve.contains("Amazon Root CA 4"), "{curve}");
    let keys = anchors::SERVICE.each_ref().map(|anchor| anchor.subject_public_key_info.len());
    // The keys are RSA-2048, RSA-4096, P-256, P-384, RSA-2048, as the two messages say.
    assert!(keys[1] > 512 && keys[0] < 300 && keys[4] < 300, "{keys:?}");
    assert_eq!((keys[2], keys[3]), (89, 118));
}
