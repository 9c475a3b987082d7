//! Key exchange with P-256 in steps: the published vectors, the results of the crate p256's own multiplication, and steps that are
//! interrupted.

use core::task::Poll;

use genesys_token_tls::tls13::{
    CipherSuite, ExchangeProgress, NONCE, NamedGroup, Primitives, RecordKey, SCALAR, Software, TAG,
};
use p256::SecretKey;
use p256::ecdh::diffie_hellman;
use p256::elliptic_curve::rand_core::{OsRng, RngCore};
use p256::elliptic_curve::sec1::ToEncodedPoint;

const SHARE: usize = NamedGroup::MAX_SHARE;

fn share(secret: &[u8; SCALAR]) -> Option<[u8; SHARE]> {
    let mut share = [0; SHARE];
    let length = Software::key_share(NamedGroup::P256, secret, &mut share)?;
    assert_eq!(length, SHARE);
    Some(share)
}

fn shared(secret: &[u8; SCALAR], theirs: &[u8]) -> Option<[u8; SCALAR]> {
    let mut shared = [0; SCALAR];
    Software::shared_secret(NamedGroup::P256, secret, theirs, &mut shared).map(|()| shared)
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    core::array::from_fn(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).expect("two digits"))
}

fn point(x: &str, y: &str) -> [u8; SHARE] {
    bytes(&["04", x, y].concat())
}

/// RFC 5903 section 8.1.
#[test]
fn the_vector_of_rfc_5903() {
    let i = bytes("C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433");
    let r = bytes("C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53");
    let gi = point(
        "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180",
        "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
    );
    let gr = point(
        "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63",
        "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
    );
    let gir = bytes("D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE");
    assert_eq!((share(&i), share(&r)), (Some(gi), Some(gr)));
    assert_eq!((shared(&i, &gr), shared(&r, &gi)), (Some(gir), Some(gir)));
}

/// The first vector of NIST's primitive test for ECC CDH on P-256.
#[test]
fn a_vector_of_nist() {
    let secret = bytes("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534");
    let public = point(
        "ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230",
        "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141",
    );
    let theirs = point(
        "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287",
        "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
    );
    let agreed = bytes("46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b");
    assert_eq!(share(&secret), Some(public));
    assert_eq!(shared(&secret, &theirs), Some(agreed));
}

/// Secrets whose digits are all the same, the least and the greatest ones, and random ones.
fn secrets() -> impl Iterator<Item = [u8; SCALAR]> {
    let small = (1..=20).chain([0x7f, 0x80, 0xff]).map(|last| {
        let mut secret = [0; SCALAR];
        secret[SCALAR - 1] = last;
        secret
    });
    let large = (0x40..=0x51).map(|last| {
        let mut secret = ORDER;
        secret[SCALAR - 1] = last;
        secret
    });
    let half_bytes = (1..15).map(|digit| [digit << 4 | digit; SCALAR]);
    let random = core::iter::repeat_with(|| {
        let mut secret = [0; SCALAR];
        OsRng.fill_bytes(&mut secret);
        secret
    });
    small
        .chain(large)
        .chain(half_bytes)
        .chain([[0x08; SCALAR], [0x80; SCALAR], [0x78; SCALAR]])
        .chain(random.take(100))
}

/// The group's order (SP 800-186 section 3.2.1.3).
const ORDER: [u8; SCALAR] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

#[test]
fn results_are_those_of_the_crate() {
    let mut compared = 0;
    for secret in secrets() {
        let theirs = SecretKey::random(&mut OsRng).public_key();
        let their_share = theirs.to_encoded_point(false);
        let Ok(key) = SecretKey::from_slice(&secret) else {
            assert_eq!(
                (share(&secret), shared(&secret, their_share.as_bytes())),
                (None, None),
                "{secret:x?}"
            );
            continue;
        };
        let public = key.public_key().to_encoded_point(false);
        assert_eq!(
            share(&secret).as_ref().map(<[u8; SHARE]>::as_slice),
            Some(public.as_bytes()),
            "{secret:x?}"
        );
        let agreed = diffie_hellman(key.to_nonzero_scalar(), theirs.as_affine());
        let ours = shared(&secret, their_share.as_bytes());
        assert_eq!(
            ours.as_ref().map(<[u8; SCALAR]>::as_slice),
            Some(&agreed.raw_secret_bytes()[..]),
            "{secret:x?}"
        );
        compared += 1;
    }
    assert!(compared > 130, "{compared}");
}

#[test]
fn secrets_outside_of_the_group_are_refused() {
    let theirs = share(&[1; SCALAR]).unwrap();
    let mut above = ORDER;
    above[SCALAR - 1] += 1;
    for secret in [[0; SCALAR], ORDER, above, [0xff; SCALAR]] {
        assert_eq!(share(&secret), None);
        assert_eq!(shared(&secret, &theirs), None);
    }
}

/// Returns the number of steps before the last one, and the result.
fn in_steps(secret: &[u8; SCALAR], progress: &mut ExchangeProgress) -> (usize, [u8; SHARE]) {
    let mut share = [0; SHARE];
    for steps in 0.. {
        let step = Software::key_share_step(NamedGroup::P256, secret, &mut share, progress);
        if let Poll::Ready(length) = step {
            assert_eq!(length, Some(SHARE));
            return (steps, share);
        }
        assert_eq!(share, [0; SHARE], "nothing is written before the last step");
    }
    unreachable!("a multiplication ends")
}

#[test]
fn the_number_of_steps_does_not_depend_on_the_secret() {
    for secret in secrets().filter(|secret| SecretKey::from_slice(secret).is_ok()) {
        assert_eq!(in_steps(&secret, &mut ExchangeProgress::new()), (3, share(&secret).unwrap()));
    }
}

/// What the handshake does: the key share first, then the shared secret.
#[test]
fn an_operation_follows_a_complete_one() {
    let (secret, theirs) = ([3; SCALAR], share(&[4; SCALAR]).unwrap());
    let mut progress = ExchangeProgress::default();
    let (_, ours) = in_steps(&secret, &mut progress);
    let mut agreed = [0; SCALAR];
    while Software::shared_secret_step(NamedGroup::P256, &secret, &theirs, &mut agreed, &mut progress)
        .is_pending()
    {
        assert_eq!(agreed, [0; SCALAR]);
    }
    assert_eq!(shared(&[4; SCALAR], &ours), Some(agreed));
    assert_eq!(in_steps(&secret, &mut progress).1, ours);
}

#[test]
fn x25519_is_one_step() {
    let mut share = [0; SHARE];
    let mut progress = ExchangeProgress::new();
    let step = Software::key_share_step(NamedGroup::X25519, &[1; SCALAR], &mut share, &mut progress);
    assert_eq!(step, Poll::Ready(Some(SCALAR)));
    assert_eq!(Software::key_share(NamedGroup::X25519, &[1; SCALAR], &mut [0; SHARE]), Some(SCALAR));
}

/// An accelerator that computes an operation in one piece needs no steps.
#[test]
fn primitives_without_steps_have_one() {
    struct Accelerator;

    impl Primitives for Accelerator {
        type Key = RecordKey;

        fn key(suite: CipherSuite, key: &[u8]) -> Option<RecordKey> {
            RecordKey::new(suite, key)
        }

        fn seal(_: &RecordKey, _: &[u8; NONCE], _: &[u8], _: &mut [u8]) -> Option<[u8; TAG]> {
            None
        }

        fn open(_: &RecordKey, _: &[u8; NONCE], _: &[u8], _: &mut [u8], _: &[u8; TAG]) -> bool {
            false
        }

        fn key_share(group: NamedGroup, secret: &[u8; SCALAR], share: &mut [u8; SHARE]) -> Option<usize> {
            Software::key_share(group, secret, share)
        }

        fn shared_secret(
            group: NamedGroup,
            secret: &[u8; SCALAR],
            theirs: &[u8],
            shared: &mut [u8; SCALAR],
        ) -> Option<()> {
            Software::shared_secret(group, secret, theirs, shared)
        }
    }

    let key = |length| Accelerator::key(CipherSuite::Aes128GcmSha256, &[7; 32][..length]);
    let stored = key(16).expect("the suite's length");
    assert_eq!((stored.suite(), stored.bytes()), (CipherSuite::Aes128GcmSha256, &[7; 16][..]));
    assert!(key(15).is_none() && key(17).is_none());

    let (secret, theirs) = ([5; SCALAR], share(&[6; SCALAR]).unwrap());
    let mut progress = ExchangeProgress::new();
    let (mut ours, mut agreed) = ([0; SHARE], [0; SCALAR]);
    let step = Accelerator::key_share_step(NamedGroup::P256, &secret, &mut ours, &mut progress);
    assert_eq!((step, Some(ours)), (Poll::Ready(Some(SHARE)), share(&secret)));
    let step =
        Accelerator::shared_secret_step(NamedGroup::P256, &secret, &theirs, &mut agreed, &mut progress);
    assert_eq!((step, Some(agreed)), (Poll::Ready(Some(())), shared(&secret, &theirs)));
}
