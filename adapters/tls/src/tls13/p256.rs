//! Multiplication of a point of P-256 by a secret, in steps between which other tasks run.
//!
//! Points, their addition and the field are those of the crate p256: complete formulas in constant time. Its multiplication is one piece
//! of 5.4 million instructions. This one has the same operations in the same order for every secret, and selects a multiple of the
//! point by going through all of them.

use core::task::Poll;

use p256::elliptic_curve::sec1::FromEncodedPoint;
use p256::elliptic_curve::subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use p256::{AffinePoint, EncodedPoint, ProjectivePoint, SecretKey};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::suite::SCALAR;

/// The number of the secret's bytes in a step. Each step computes the multiples anew, 8 of its 88 additions and doublings: kept between
/// the steps they would take 768 bytes.
const BYTES: usize = SCALAR / 4;
/// The multiples of the point that are computed: 1 to 8 times, and their negatives.
const MULTIPLES: usize = 8;

/// Reads a key share (RFC 8446 section 4.2.8.2): an uncompressed point, which has no form for the identity, on the curve.
pub(super) fn point(share: &[u8]) -> Option<ProjectivePoint> {
    /// The first byte of an uncompressed point.
    const UNCOMPRESSED: &u8 = &4;

    let (UNCOMPRESSED, coordinates) = share.split_first()? else { return None };
    let coordinates: &[u8; 2 * SCALAR] = coordinates.try_into().ok()?;
    // This conversion takes no other form, so that the square root for compressed points is not in the program.
    let encoded = EncodedPoint::from_untagged_bytes(coordinates.into());
    Option::<AffinePoint>::from(AffinePoint::from_encoded_point(&encoded)).map(ProjectivePoint::from)
}

/// A multiplication, as far as it was computed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Multiplication {
    /// The product of the point and of the bytes that are done, the most significant first.
    sum: ProjectivePoint,
    done: usize,
}

impl Multiplication {
    pub(super) const fn new() -> Self {
        Self { sum: ProjectivePoint::IDENTITY, done: 0 }
    }

    /// Does the next step of the multiplication by this secret, which is the same in each step, as is the point. With the last one it
    /// returns the product, and starts anew; `None` if the secret is not from 1 to the group's order less 1.
    #[inline(never)] // Once, for both operations of a key exchange.
    pub(super) fn step(
        &mut self,
        secret: &[u8; SCALAR],
        point: &ProjectivePoint,
    ) -> Poll<Option<AffinePoint>> {
        if SecretKey::from_bytes(secret.into()).is_err() {
            return Poll::Ready(None);
        }
        let mut multiple = ProjectivePoint::IDENTITY;
        let multiples: [_; MULTIPLES] = core::array::from_fn(|_| {
            multiple += point;
            multiple
        });
        if self.done == 0 {
            // The digits have a sign: what a half byte from 8 to 15 lacks, the digit above it has more.
            let [first, ..] = secret;
            self.sum.conditional_assign(point, Choice::from(first >> 7));
        }
        let byte = |index: usize| secret.get(index).copied().unwrap_or_default();
        for index in self.done..self.done + BYTES {
            let bytes = u16::from_be_bytes([byte(index), byte(index + 1)]);
            self.add_digit(bytes >> 11, &multiples);
            self.add_digit(bytes >> 7, &multiples);
        }
        self.done += BYTES;
        if self.done < SCALAR {
            return Poll::Pending;
        }
        let product = self.sum.to_affine();
        self.zeroize();
        Poll::Ready(Some(product))
    }

    /// Multiplies the sum by 16, and adds the digit of the lowest five bits: a half byte, and the highest bit of the one below it.
    fn add_digit(&mut self, bits: u16, multiples: &[ProjectivePoint; MULTIPLES]) {
        for _ in 0..4 {
            self.sum = self.sum + self.sum;
        }
        let [_, bits] = bits.to_be_bytes();
        let bits = bits & 0x1f;
        let is_negative = Choice::from(bits >> 4);
        let digit = (bits + 1) >> 1;
        let size = u8::conditional_select(&digit, &(16 - digit), is_negative);
        let mut addend = Zeroizing::new(ProjectivePoint::IDENTITY);
        for (factor, multiple) in (1_u8..).zip(multiples) {
            addend.conditional_assign(multiple, factor.ct_eq(&size));
        }
        let negative = Zeroizing::new(-*addend);
        addend.conditional_assign(&negative, is_negative);
        self.sum += &*addend;
    }
}
