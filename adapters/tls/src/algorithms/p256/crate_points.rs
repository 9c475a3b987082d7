//! Point arithmetic with the crate `p256`.

use p256::elliptic_curve::group::Group as _;
use p256::elliptic_curve::point::AffineCoordinates as _;
use p256::{ProjectivePoint, PublicKey};

use super::scalar::{BYTES, Scalar, is_set, reduced, scalar};

/// Returns whether `r` is the x coordinate of `a · G + b · public_key` modulo the order; `None` if an input is malformed.
pub(super) fn sum_has_x(a: &Scalar, public_key: &[u8], b: &Scalar, r: &[u8]) -> Option<bool> {
    // In place, since a point has 96 bytes.
    let mut point = point(public_key);
    let point = point.as_mut()?;
    sum_of_products(a, point, b);
    is_x(r, point)
}

#[inline(never)] // Its stack frame is released before the points are multiplied.
fn point(public_key: &[u8]) -> Option<ProjectivePoint> {
    Some(PublicKey::from_sec1_bytes(public_key).ok()?.to_projective())
}

/// Returns whether `r` is the point's x coordinate modulo the order. The identity has none.
#[inline(never)] // As for `point`.
fn is_x(r: &[u8], point: &ProjectivePoint) -> Option<bool> {
    let point = point.to_affine();
    Some(!bool::from(point.is_identity()) && reduced(point.x().into()) == scalar(r)?)
}

/// Computes `point = a · G + b · point` with common doublings and a table of one entry: windows would save additions and take
/// stack.
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
    use p256::elliptic_curve::ops::{MulByGenerator, Reduce};
    use p256::{AffinePoint, FieldBytes, U256};

    use super::super::scalar::ORDER;
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
        for a in &factors {
            for b in &factors {
                let expected = ProjectivePoint::mul_by_generator(&number_of(a)) + point * number_of(b);
                let mut sum = point;
                sum_of_products(a, &mut sum, b);
                assert_eq!(AffinePoint::from(sum), AffinePoint::from(expected), "{a:?} {b:?}");
            }
        }
    }
}
