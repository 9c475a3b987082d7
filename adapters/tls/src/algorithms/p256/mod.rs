//! ECDSA verification on P-256 (FIPS 186-5 section 6.4.2).
//!
//! The crate `p256` verifies in constant time, which public keys do not need: it takes five times as many instructions, and more
//! flash and stack. It keeps what touches secrets.

mod field;
mod point;
mod scalar;

use self::field::Element;
use self::point::{Affine, Jacobian, sum_of_products};
use self::scalar::{BYTES, ORDER, Scalar, is_set, plus_order, reduced, scalar};
use super::montgomery::{self, Modulus};
use crate::copy::copy;
use crate::der;

const LIMBS: usize = BYTES / 4;

/// Whether `signature`, a DER-encoded `ECDSA-Sig-Value` (RFC 3279 section 2.2.3), is that of a digest; `None` if something is
/// malformed. A digest longer than the order is cut, as the standard has it; none is shorter here.
pub(super) fn verify(public_key: &[u8], digest: &[u8], signature: &[u8]) -> Option<bool> {
    let (r, s) = der::two_positive_integers(signature)?;
    let mut factors = Factors { of_generator: [0; BYTES], of_key: [0; BYTES] };
    factors.compute(digest.first_chunk()?, r, s)?;
    let point = sum_of_products(&factors.of_generator, &key(public_key)?, &factors.of_key);
    is_x(r, &point)
}

/// Reads an uncompressed point (SEC 1 section 2.3.4).
#[inline(never)] // As for `Factors`.
fn key(public_key: &[u8]) -> Option<Affine> {
    let ([4], rest) = public_key.split_first_chunk()? else { return None };
    let (x, rest) = rest.split_first_chunk()?;
    let (y, []) = rest.split_first_chunk()? else { return None };
    Affine::from_bytes(x, y)
}

/// Whether `r` is the point's x coordinate modulo the order: the coordinate itself, or what the order leaves of it.
#[inline(never)] // As for `Factors`.
fn is_x(r: &[u8], point: &Jacobian) -> Option<bool> {
    let r = scalar(r)?;
    let is = |x: &Scalar| Element::from_bytes(x).is_some_and(|x| point.has_x(&x));
    Some(is(&r) || plus_order(&r).is_some_and(|x| is(&x)))
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

#[cfg(test)]
mod tests {
    use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
    use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
    use p256::elliptic_curve::ops::{MulByGenerator, Reduce};
    use p256::elliptic_curve::sec1::ToEncodedPoint;
    use p256::{FieldBytes, ProjectivePoint, U256};

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
        let encoded = point.to_affine().to_encoded_point(false);
        let ours = key(encoded.as_bytes()).expect("on the curve");
        for a in &factors {
            for b in &factors {
                let expected = ProjectivePoint::mul_by_generator(&number_of(a)) + point * number_of(b);
                let expected = expected.to_affine().to_encoded_point(false);
                let sum = sum_of_products(a, &ours, b);
                match key(expected.as_bytes()) {
                    Some(expected) => assert!(sum.is(&expected), "{a:?} {b:?}"),
                    None => assert!(sum.is_infinity(), "{a:?} {b:?}"),
                }
            }
        }
    }

    /// The sum meets the generator itself, its negative, and the point at infinity on its way.
    #[test]
    fn sums_of_multiples_of_the_generator_are_right() {
        let small = |value: u8| {
            let mut scalar = [0; BYTES];
            scalar[31] = value;
            scalar
        };
        let mut minus_one = ORDER;
        minus_one[31] -= 1;
        for (point, factors) in [(small(1), 20), (small(2), 20), (minus_one, 20)] {
            let point = ProjectivePoint::mul_by_generator(&number_of(&point));
            let ours = key(point.to_affine().to_encoded_point(false).as_bytes()).expect("on the curve");
            for (a, b) in (0..factors).flat_map(|a| (0..factors).map(move |b| (small(a), small(b)))) {
                let expected = ProjectivePoint::mul_by_generator(&number_of(&a)) + point * number_of(&b);
                let sum = sum_of_products(&a, &ours, &b);
                match key(expected.to_affine().to_encoded_point(false).as_bytes()) {
                    Some(expected) => assert!(sum.is(&expected), "{a:?} {b:?}"),
                    None => assert!(sum.is_infinity(), "{a:?} {b:?}"),
                }
            }
        }
    }

    #[test]
    fn points_that_are_not_on_the_curve_or_not_reduced_are_refused() {
        let encoded = ProjectivePoint::GENERATOR.to_affine().to_encoded_point(false);
        let mut point = [0; 65];
        point.copy_from_slice(encoded.as_bytes());
        assert!(key(&point).is_some());
        for index in [1, 32, 33, 64] {
            let mut other = point;
            other[index] ^= 1;
            assert!(key(&other).is_none(), "{index}");
        }
        assert!(key(&point[..64]).is_none());
        let mut longer = [0; 66];
        longer[..65].copy_from_slice(&point);
        assert!(key(&longer).is_none());
        // A coordinate of 2^256 - 1 is above p.
        point[1..33].fill(0xff);
        assert!(key(&point).is_none());
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
