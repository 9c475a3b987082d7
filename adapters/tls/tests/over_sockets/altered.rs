//! Altered certificates: none is accepted, and none makes the verifier panic.

use core::cell::Cell;

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
        let original = pki.der(name).to_vec();
        assert_eq!(verify_chain(&original, &[], &expected), Ok(()));
        let (mut refused, mut by_signature) = (0, 0);
        let mut refuse = |leaf: &[u8], what: String| {
            let error = verify_chain(leaf, &[], &expected).expect_err(&what);
            refused += 1;
            by_signature += usize::from(error == ChainError::InvalidSignature);
        };
        for index in 0..original.len() {
            // A different bit in each byte, so that all eight are covered.
            let mut altered = original.clone();
            altered[index] ^= 1 << (index % 8);
            refuse(&altered, format!("{name}: byte {index} altered"));
            refuse(&original[..index], format!("{name}: truncated at {index}"));
        }
        refuse(&[&original[..], &[0]].concat(), format!("{name}: an extra byte"));
        println!("{name}: {refused} alterations refused, {by_signature} of them by the signature");
        assert!(by_signature > original.len() / 2, "{by_signature}");
    }
}

#[test]
fn malformed_intermediates_that_are_not_needed_are_ignored() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let (leaf, other) = (pki.der("leaf"), pki.der("rsa").to_vec());
    for index in 0..other.len() {
        // The leaf needs no intermediate, so one that cannot be parsed changes nothing.
        assert_eq!(verify_chain(&leaf, &[&other[..index]], &expected), Ok(()), "truncated at {index}");
    }
}

/// X.509 version 1 has no extensions, and therefore neither alternative names nor basicConstraints.
#[test]
fn a_certificate_of_version_1_is_malformed() {
    const VERSION_3: [u8; 5] = [0xa0, 0x03, 0x02, 0x01, 0x02];
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let expected = Expected::new("device.test", &anchors).unwrap().at(client::now());
    let mut leaf = pki.der("rsa").to_vec();
    // Both SEQUENCEs have a length of two bytes: 30 82 LL LL.
    assert_eq!((leaf[1], leaf[5], &leaf[8..13]), (0x82, 0x82, &VERSION_3[..]));
    leaf.drain(8..13);
    for at in [2, 6] {
        let length = u16::from_be_bytes([leaf[at], leaf[at + 1]]) - 5;
        leaf[at..at + 2].copy_from_slice(&length.to_be_bytes());
    }
    assert_eq!(verify_chain(&leaf, &[], &expected), Err(ChainError::Malformed));
}

/// The expected value is the one that the verifier itself names for an earlier time.
#[test]
fn beginning_of_validity_is_recorded_for_verified_chains_only() {
    let pki = hostile::pki();
    let root = [pki.der("root")];
    let anchors = pki::anchors(&root);
    let place = Cell::new(0);
    let expecting = |name, time| Expected::new(name, &anchors).unwrap().at(time).recording_not_before(&place);
    for name in ["leaf", "rsa"] {
        let leaf = pki.der(name);
        place.set(0);
        assert!(verify_chain(&leaf, &[], &expecting("other.test", client::now())).is_err());
        assert_eq!(place.get(), 0, "the name does not match");
        assert_eq!(verify_chain(&leaf, &[], &expecting("device.test", client::now())), Ok(()));
        let not_before = place.get();
        assert!(not_before > 0 && not_before <= client::now());
        let earlier = not_before - 1;
        let error = Err(ChainError::NotYetValid { now: earlier, not_before });
        assert_eq!(verify_chain(&leaf, &[], &expecting("device.test", earlier)), error);
    }
}
