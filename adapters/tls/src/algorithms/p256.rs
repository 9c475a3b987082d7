//! ECDSA verification on P-256 (FIPS 186-5 section 6.4.2), on the points of the crate `p256`.
//!
//! That crate verifies in constant time, which keys that are public do not need: twice the point operations, tables that take
//! 3 KB of stack where it is deepest, and arithmetic modulo the group's order of its own beside the one that RSA needs anyway.

use p256::elliptic_curve::group::Group as _;
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::{ProjectivePoint, PublicKey};

use super::montgomery::{self, Modulus};
use crate::copy::copy;
use crate::der;

const BYTES: usize = 32;
const LIMBS: usize = BYTES / 4;

/// The order of the group.
const ORDER: [u8; BYTES] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Big-endian.
type Scalar = [u8; BYTES];

/// Whether `signature`, a DER-encoded `ECDSA-Sig-Value` (RFC 3279 section 2.2.3), is that of a digest; `None` if something is
/// malformed. A digest longer than the order is cut, as the standard has it; none is shorter here.
pub(super) fn verify(public_key: &[u8], digest: &[u8], signature: &[u8]) -> Option<bool> {
    let (r, s) = der::two_positive_integers(signature)?;
    let mut factors = Factors { of_generator: [0; BYTES], of_key: [0; BYTES] };
    factors.compute(digest.first_chunk()?, r, s)?;
    // In place: a point is 96 bytes.
    let mut point = point(public_key);
    let point = point.as_mut()?;
    sum_of_products(&factors.of_generator, point, &factors.of_key);
    is_x(r, point)
}

#[inline(never)] // As for `Factors`.
fn point(public_key: &[u8]) -> Option<ProjectivePoint> {
    Some(PublicKey::from_sec1_bytes(public_key).ok()?.to_projective())
}

/// Whether `r` is the point's x coordinate modulo the order. The identity has none.
#[inline(never)] // As for `Factors`.
fn is_x(r: &[u8], point: &ProjectivePoint) -> Option<bool> {
    let point = point.to_affine();
    Some(!bool::from(point.is_identity()) && reduced(point.x().into()) == scalar(r)?)
}

/// With zeros before it. `None` unless it is below the order; it is above zero already.
fn scalar(magnitude: &[u8]) -> Option<Scalar> {
    let mut scalar = [0; BYTES];
    copy(magnitude, scalar.get_mut(BYTES.checked_sub(magnitude.len())?..)?);
    (scalar < ORDER).then_some(scalar)
}

/// What generator and key are multiplied with.
struct Factors {
    of_generator: Scalar,
    of_key: Scalar,
}

impl Factors {
    /// `digest / s` and `r / s` modulo the order.
    #[inline(never)] // Its stack is free again before the points need theirs.
    fn compute(&mut self, digest: &Scalar, r: &[u8], s: &[u8]) -> Option<()> {
        let (r, s) = (scalar(r)?, scalar(s)?);
        let mut place = [0; LIMBS];
        let order = Modulus::new(&ORDER, &mut place)?;
        let (mut base, mut inverse) = ([0; LIMBS], [0; LIMBS]);
        order.radix_squared(&mut inverse);
        let base = order.read(&s, &mut base)?;
        order.multiply(base, &inverse);
        // Fermat: the power of order - 2 is the inverse; ORDER ends with a byte above 2.
        let mut exponent = ORDER;
        *exponent.last_mut()? -= 2;
        copy(base, &mut inverse);
        for place in (0..BYTES * 8 - 1).rev() {
            order.square(&mut inverse);
            if is_set(&exponent, place) {
                order.multiply(&mut inverse, base);
            }
        }
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

/// Modulo the order. Of 256 bits it is at most subtracted once.
fn reduced(mut scalar: Scalar) -> Scalar {
    if scalar >= ORDER {
        let mut borrow = false;
        for (byte, order) in scalar.iter_mut().zip(&ORDER).rev() {
            let (difference, first) = byte.overflowing_sub(*order);
            let (difference, second) = difference.overflowing_sub(u8::from(borrow));
            *byte = difference;
            borrow = first || second;
        }
    }
    scalar
}

/// Whether the bit of this place value is set.
fn is_set(scalar: &Scalar, place: usize) -> bool {
    scalar.iter().rev().nth(place / 8).is_some_and(|byte| byte >> (place % 8) & 1 == 1)
}

/// `point = a · G + b · point`, doubling once for both, with one table entry: windows would save additions and take stack.
#[inline(never)]
fn sum_of_products(a: &Scalar, point: &mut ProjectivePoint, b: &Scalar) {
    static GENERATOR: ProjectivePoint = ProjectivePoint::GENERATOR;
    let mut both = *point;
    both += &GENERATOR;
    let mut sum = ProjectivePoint::IDENTITY;
    for place in (0..BYTES * 8).rev() {
        sum = sum.double();
        sum += match (is_set(a, place), is_set(b, place)) {
            (true, true) => &both,
            (true, false) => &GENERATOR,
            (false, true) => &*point,
            (false, false) => continue,
        };
    }
    *point = sum;
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
    use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
    use p256::elliptic_curve::ops::{MulByGenerator, Reduce};
    use p256::{AffinePoint, FieldBytes, U256};

    use super::*;

    /// Numbers that look random: digests of a counter.
    fn number(counter: u32) -> Scalar {
        sha2::Digest::finalize(sha2::Digest::chain_update(
            <sha2::Sha256 as sha2::Digest>::new(),
            counter.to_be_bytes(),
        ))
        .into()
    }

    fn number_of(scalar: &Scalar) -> p256::Scalar {
        <p256::Scalar as Reduce<U256>>::reduce_bytes(FieldBytes::from_slice(scalar))
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
    fn sums_of_products_are_right_for_factors_of_all_shapes() {
        let mut factors = [[0; BYTES]; 12];
        for (factor, counter) in factors.iter_mut().zip(0..) {
            *factor = number(counter);
        }
        // None, one, runs of ones at both ends, and the order less one.
        factors[0] = [0; BYTES];
        factors[1] = [0; BYTES];
        factors[1][31] = 1;
        factors[2] = [0; BYTES];
        factors[2][31] = 0xff;
        factors[3][..8].fill(0xff);
        factors[4] = ORDER;
        factors[4][31] -= 1;
        let point = ProjectivePoint::mul_by_generator(&number_of(&number(77)));
        for a in &factors {
            for b in &factors {
                let expected = ProjectivePoint::mul_by_generator(&number_of(a)) + point * number_of(b);
                let mut sum = point;
                sum_of_products(a, &mut sum, b);
                assert_eq!(AffinePoint::from(sum), AffinePoint::from(expected), "{a:?} {b:?}");
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
