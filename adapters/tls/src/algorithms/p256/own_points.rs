//! Point arithmetic of this package.

use super::field::Element;
use super::point::{Affine, Jacobian, sum_of_products};
use super::scalar::{Scalar, plus_order, scalar};

/// Returns whether `r` is the x coordinate of `a · G + b · public_key` modulo the order; `None` if an input is malformed.
pub(super) fn sum_has_x(a: &Scalar, public_key: &[u8], b: &Scalar, r: &[u8]) -> Option<bool> {
    let point = sum_of_products(a, &key(public_key)?, b);
    is_x(r, &point)
}

/// Reads an uncompressed point (SEC 1 section 2.3.4).
fn key(public_key: &[u8]) -> Option<Affine> {
    let ([4], rest) = public_key.split_first_chunk()? else { return None };
    let (x, rest) = rest.split_first_chunk()?;
    let (y, []) = rest.split_first_chunk()? else { return None };
    Affine::from_bytes(x, y)
}

/// Returns whether `r` is the point's x coordinate modulo the order: the coordinate itself, or the coordinate minus the order.
fn is_x(r: &[u8], point: &Jacobian) -> Option<bool> {
    let r = scalar(r)?;
    let is = |x: &Scalar| Element::from_bytes(x).is_some_and(|x| point.has_x(&x));
    Some(is(&r) || plus_order(&r).is_some_and(|x| is(&x)))
}

#[cfg(test)]
mod tests {
    use p256::elliptic_curve::ops::{MulByGenerator, Reduce};
    use p256::elliptic_curve::sec1::ToEncodedPoint;
    use p256::{FieldBytes, ProjectivePoint, U256};

    use super::super::scalar::{BYTES, ORDER};
    use super::*;

    /// Returns pseudorandom numbers: digests of a counter.
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
    fn sums_of_products_are_right_for_factors_of_all_shapes() {
        let mut factors = [[0; BYTES]; 12];
        for (factor, counter) in factors.iter_mut().zip(0..) {
            *factor = number(counter);
        }
        // 0, 1, series of ones at both ends, and the order minus 1.
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

    /// Cases in which the sum meets the generator itself, its negative, and the point at infinity.
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
}
