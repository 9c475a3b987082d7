//! ECDSA verification on P-256 (FIPS 186-5 section 6.4.2).
//!
//! The crate `p256` verifies in constant time, which public keys do not need: it takes twice the point operations, tables of 3 KB
//! where the stack is deepest, and a second arithmetic modulo the group order besides the one for RSA. Here the point arithmetic
//! is this package's own, which takes a quarter of the instructions.

mod field;
mod inverse;
mod own_points;
mod point;
mod scalar;
mod wide;

use self::inverse::inverse;
use self::own_points::sum_has_x;
use self::scalar::{BYTES, ORDER, Scalar, reduced, scalar};
use self::wide::{LIMBS, Wide};
use super::montgomery::{self, Modulus};
use crate::der;

/// Returns whether `signature`, a DER-encoded `ECDSA-Sig-Value` (RFC 3279 section 2.2.3), is that of a digest; `None` if something is
/// malformed. A digest longer than the order is cut, as the standard has it; none is shorter here.
pub(super) fn verify(public_key: &[u8], digest: &[u8], signature: &[u8]) -> Option<bool> {
    let (r, s) = der::two_positive_integers(signature)?;
    let mut factors = Factors { of_generator: [0; BYTES], of_key: [0; BYTES] };
    factors.compute(digest.first_chunk()?, r, s)?;
    sum_has_x(&factors.of_generator, public_key, &factors.of_key, r)
}

/// The factors of generator and key.
struct Factors {
    of_generator: Scalar,
    of_key: Scalar,
}

impl Factors {
    /// Computes `digest / s` and `r / s` modulo the order.
    #[inline(never)] // Its stack frame is released before the points are multiplied.
    fn compute(&mut self, digest: &Scalar, r: &[u8], s: &[u8]) -> Option<()> {
        let (r, s) = (scalar(r)?, scalar(s)?);
        let (mut place, mut limbs) = ([0; LIMBS], [0; LIMBS]);
        let order = Modulus::new(&ORDER, &mut place)?;
        order.read(&s, &mut limbs)?;
        let mut inverse =
            inverse(Wide::from_limbs(&limbs), Wide::from_limbs(order.limbs().try_into().ok()?))?.limbs();
        order.enter(&mut inverse);
        let divide = |number: &Scalar, quotient: &mut Scalar| {
            let mut place = [0; LIMBS];
            let limbs = order.read(number, &mut place)?;
            order.multiply(limbs, &inverse);
            montgomery::write(limbs, quotient);
            Some(())
        };
        divide(&reduced(*digest), &mut self.of_generator)?;
        divide(&r, &mut self.of_key)
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
    use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};

    use super::*;

    /// Returns pseudorandom numbers: digests of a counter.
    fn number(counter: u32) -> Scalar {
        sha2::Digest::finalize(sha2::Digest::chain_update(
            <sha2::Sha256 as sha2::Digest>::new(),
            counter.to_be_bytes(),
        ))
        .into()
    }

    #[test]
    fn it_agrees_with_the_crate_on_signatures_right_and_wrong() {
        for counter in 0..20 {
            let key = SigningKey::from_slice(&number(counter)).expect("a key");
            let digest = number(counter + 1000);
            let signature: Signature = key.sign_prehash(&digest).expect("a signature");
            let der: DerSignature = signature.to_der();
            let point = VerifyingKey::from(&key).to_encoded_point(false);
            assert_eq!(verify(point.as_bytes(), &digest, der.as_bytes()), Some(true));
            for index in [0, 13, 31] {
                let mut other = digest;
                other[index] ^= 1;
                assert!(VerifyingKey::from(&key).verify_prehash(&other, &signature).is_err());
                assert_eq!(verify(point.as_bytes(), &other, der.as_bytes()), Some(false));
            }
        }
    }

    #[test]
    fn a_number_above_the_order_is_reduced() {
        let mut five = [0; BYTES];
        five[31] = 5;
        let mut above = ORDER;
        above[31] += 5;
        assert_eq!(reduced(above), five);
        assert_eq!(reduced(five), five);
        assert_eq!(reduced(ORDER), [0; BYTES]);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(scalar(&ORDER), None);
        assert_eq!(scalar(&[1; 33]), None);
        assert_eq!(scalar(&[7]).map(|scalar| scalar[31]), Some(7));
    }
}
