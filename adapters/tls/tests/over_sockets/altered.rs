//! Certificates with something changed: none is accepted, and none makes the verifier panic.

use genesys_token_tls::{ChainError, Expected, verify_chain};

use crate::client;
use crate::hostile;
use tls_peer::pki;

#[test]
fn no_alteration_of_a_certificate_is_accepted() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    for name in ["leaf", "rsa"] {
        let right = pki.der(name).to_vec();
        assert_eq!(verify_chain(&right, &[], &expected), Ok(()));
        let (mut refused, mut by_signature) = (0, 0);
        let mut refuse = |leaf: &[u8], what: String| {
            let error = verify_chain(leaf, &[], &expected).expect_err(&what);
            refused += 1;
            by_signature += usize::from(error == ChainError::InvalidSignature);
        };
        for index in 0..right.len() {
            // A different bit in each byte, so that all eight have their turn.
            let mut altered = right.clone();
            altered[index] ^= 1 << (index % 8);
            refuse(&altered, format!("{name}: byte {index} altered"));
            refuse(&right[..index], format!("{name}: cut at {index}"));
        }
        refuse(&[&right[..], &[0]].concat(), format!("{name}: a byte more"));
        println!("{name}: {refused} alterations refused, {by_signature} of them by the signature");
        assert!(by_signature > right.len() / 2, "{by_signature}");
    }
}

#[test]
fn altered_intermediates_do_no_harm() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let (leaf, other) = (pki.der("leaf"), pki.der("rsa").to_vec());
    for index in 0..other.len() {
        // Beside a leaf that needs none, an intermediate that cannot be read changes nothing.
        assert_eq!(verify_chain(&leaf, &[&other[..index]], &expected), Ok(()), "cut at {index}");
    }
}
