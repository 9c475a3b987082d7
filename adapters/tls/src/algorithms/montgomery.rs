//! Arithmetic modulo an odd number of whole limbs, by Montgomery multiplication over 32-bit limbs: exponentiation with a small
//! public exponent for RSA, and the operations modulo the group order for ECDSA.
//!
//! The crates that were considered cost more than they save: `rsa_heapless` 0.5 depends on a second `digest` and thus a second
//! SHA-2 besides that of embedded-tls, and `crypto-bigint` takes more flash and stack.

use crate::copy::copy;

/// The number of limbs of the longest modulus. Without RSA it is the order of P-256.
pub(super) const MAX_LIMBS: usize = match (cfg!(feature = "rsa-4096"), cfg!(feature = "rsa")) {
    (true, _) => 128,
    (false, true) => 64,
    (false, false) => 8,
};
/// The length of the longest modulus in bytes.
pub(super) const MAX_BYTES: usize = MAX_LIMBS * 4;

const LIMB_BYTES: usize = 4;
const LIMB_BITS: u32 = 32;

/// Writes `base ^ exponent mod modulus` of big-endian numbers to `place`, as little-endian limbs.
///
/// `None` unless the modulus is odd, fills an even number of limbs with its highest bit set, is at most [`MAX_BYTES`] long and as long as
/// `base`, `base` is below it, and `exponent` is odd and above 1.
#[inline(never)] // Its stack frame is released before anything is hashed.
pub(super) fn power<'p>(
    base: &[u8],
    exponent: u32,
    modulus: &[u8],
    place: &'p mut [u32; MAX_LIMBS],
) -> Option<&'p [u32]> {
    let mut modulus_limbs = [0; MAX_LIMBS];
    let modulus = Modulus::new(modulus, &mut modulus_limbs)?;
    let result = modulus.read(base, place)?;
    if exponent < 3 || exponent.is_multiple_of(2) {
        return None;
    }
    modulus.enter(result);
    if exponent.count_ones() == 2 {
        // 3 and 65537 have no bits between the highest and the lowest, so no multiplication in between.
        for _ in 0..exponent.ilog2() {
            modulus.square(result);
        }
    } else {
        modulus.power_of(result, exponent);
    }
    // The lowest bit: multiplied with the base itself, which also converts from Montgomery form.
    modulus.multiply_bytes(result, base);
    Some(result)
}

/// The second factor of a product.
#[derive(Clone, Copy)]
enum Factor<'f> {
    /// The first factor itself.
    Same,
    Limbs(&'f [u32]),
    /// Another number, big-endian.
    Bytes(&'f [u8]),
}

/// Returns the two limbs of a pair's index, counted from the lowest.
fn pair(bytes: &[u8], index: usize) -> Option<[u32; 2]> {
    let end = bytes.len().checked_sub(index * 2 * LIMB_BYTES)?;
    let both = u64::from_be_bytes(*bytes.get(..end)?.last_chunk()?);
    Some(halves(both))
}

/// A modulus of as many limbs as the slice has; numbers are little-endian slices of the same length.
pub(super) struct Modulus<'a> {
    limbs: &'a [u32],
    /// `-modulus⁻¹ mod 2^32`.
    inverse: u32,
}

impl<'a> Modulus<'a> {
    /// Big-endian bytes, read into a place that is large enough. `None` unless it is odd, its highest bit is set, and the number of its
    /// limbs is even.
    pub(super) fn new(bytes: &[u8], place: &'a mut [u32]) -> Option<Self> {
        let limbs = place.get_mut(..bytes.len() / LIMB_BYTES)?;
        read(bytes, limbs)?;
        let lowest = *limbs.first()?;
        if *bytes.first()? < 0x80 || lowest.is_multiple_of(2) || !limbs.len().is_multiple_of(2) {
            return None;
        }
        // Newton's iteration: each step doubles the number of correct bits, from 3 to more than 32.
        let mut inverse = lowest;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2_u32.wrapping_sub(lowest.wrapping_mul(inverse)));
        }
        Some(Self { limbs, inverse: inverse.wrapping_neg() })
    }

    pub(super) fn limbs(&self) -> &'a [u32] {
        self.limbs
    }

    /// Big-endian bytes of a number below the modulus, exactly as long as it.
    pub(super) fn read<'n>(&self, bytes: &[u8], place: &'n mut [u32]) -> Option<&'n mut [u32]> {
        let limbs = place.get_mut(..self.limbs.len())?;
        read(bytes, limbs)?;
        self.exceeds(limbs).then_some(limbs)
    }

    pub(super) fn exceeds(&self, value: &[u32]) -> bool {
        value.iter().rev().lt(self.limbs.iter().rev())
    }

    pub(super) fn subtract_from(&self, value: &mut [u32]) {
        let mut borrow = false;
        for (limb, modulus) in value.iter_mut().zip(self.limbs) {
            let (difference, first) = limb.overflowing_sub(*modulus);
            let (difference, second) = difference.overflowing_sub(u32::from(borrow));
            *limb = difference;
            borrow = first || second;
        }
    }

    /// Brings a number below the modulus into Montgomery form: `value · 2^bits mod modulus`, where bits is the modulus's length.
    ///
    /// By long division (Knuth, volume 2, section 4.3.1, algorithm D), a limb at a time: a seventh of what a product with the square of
    /// `2^bits` takes, which would have to be computed first.
    pub(super) fn enter(&self, value: &mut [u32]) {
        for _ in 0..self.limbs.len() {
            self.shift(value);
        }
    }

    /// `value = value · 2^32 mod modulus`
    fn shift(&self, value: &mut [u32]) {
        let (Some(highest), Some([second, first])) = (self.limbs.last(), value.last_chunk()) else { return };
        // At most two too large, because the highest bit of the modulus is set.
        let quotient = if first < highest { quotient(*first, *second, *highest) } else { u32::MAX };
        let (mut above, mut below, mut borrow) = (0, 0_u32, false);
        for (limb, modulus) in value.iter_mut().zip(self.limbs) {
            let subtrahend = low_half(multiply_add(*modulus, quotient, above, 0), &mut above);
            let (difference, first) = below.overflowing_sub(subtrahend);
            let (difference, second) = difference.overflowing_sub(u32::from(borrow));
            borrow = first || second;
            below = core::mem::replace(limb, difference);
        }
        // What is left of the limb that was shifted out: zero, or less.
        let mut rest = below.wrapping_sub(above).wrapping_sub(u32::from(borrow));
        while rest != 0 {
            let mut carry = false;
            for (limb, modulus) in value.iter_mut().zip(self.limbs) {
                let (sum, first) = limb.overflowing_add(*modulus);
                let (sum, second) = sum.overflowing_add(u32::from(carry));
                *limb = sum;
                carry = first || second;
            }
            rest = rest.wrapping_add(u32::from(carry));
        }
    }

    /// Computes `a = a · b / 2^bits mod modulus` for `a` and `b` below the modulus.
    pub(super) fn multiply(&self, a: &mut [u32], b: &[u32]) {
        self.product(a, Factor::Limbs(b));
    }

    /// Computes `a = a · a / 2^bits mod modulus` for `a` below the modulus.
    pub(super) fn square(&self, a: &mut [u32]) {
        self.product(a, Factor::Same);
    }

    /// As [`Self::multiply`], with `b` as big-endian bytes, which need no copy.
    fn multiply_bytes(&self, a: &mut [u32], b: &[u8]) {
        self.product(a, Factor::Bytes(b));
    }

    /// Computes `a ^ exponent` without the exponent's lowest bit, from the second highest bit to the right. In Montgomery form.
    #[inline(never)] // The usual exponents do not need the copy of the base.
    fn power_of(&self, a: &mut [u32], exponent: u32) {
        let mut place = [0; MAX_LIMBS];
        let Some(base) = place.get_mut(..a.len()) else { return };
        copy(a, base);
        for bit in (0..exponent.ilog2()).rev() {
            self.square(a);
            if bit > 0 && exponent >> bit & 1 == 1 {
                self.multiply(a, base);
            }
        }
    }

    #[inline(never)] // It has three callers, and is one of the largest functions here.
    fn product(&self, a: &mut [u32], b: Factor<'_>) {
        let mut sum = [0; 2 * MAX_LIMBS];
        let length = self.limbs.len();
        for index in 0..length / 2 {
            let factor = match b {
                Factor::Same => a.as_chunks().0.get(index).copied(),
                Factor::Limbs(limbs) => limbs.as_chunks().0.get(index).copied(),
                Factor::Bytes(bytes) => pair(bytes, index),
            };
            let Some((row, [low, high])) = row(&mut sum, index, length) else { return };
            [*low, *high] = halves(add_multiple(row, a, factor.unwrap_or_default()));
        }
        let mut carry = false;
        for index in 0..length / 2 {
            let Some((row, [low, high])) = row(&mut sum, index, length) else { return };
            let multiple = add_multiple(row, self.limbs, self.factor(row));
            let above = u64::from(*high) << LIMB_BITS | u64::from(*low);
            let (above, first) = above.overflowing_add(multiple);
            let (above, second) = above.overflowing_add(u64::from(carry));
            [*low, *high] = halves(above);
            carry = first || second;
        }
        let Some(result) = sum.get_mut(length..2 * length) else { return };
        if carry || !self.exceeds(result) {
            self.subtract_from(result);
        }
        copy(result, a);
    }

    /// Returns the multiple of the modulus that makes the lowest two limbs zero when it is added.
    fn factor(&self, sum: &[u32]) -> [u32; 2] {
        let (Some([s0, s1]), Some([n0, n1])) = (sum.first_chunk(), self.limbs.first_chunk()) else {
            return [0; 2];
        };
        let first = s0.wrapping_mul(self.inverse);
        let mut carry = 0;
        low_half(multiply_add(first, *n0, *s0, 0), &mut carry);
        let second = first.wrapping_mul(*n1).wrapping_add(*s1).wrapping_add(carry);
        [first, second.wrapping_mul(self.inverse)]
    }
}

/// `(high · 2^32 + low) / divisor`, where the highest bit of the divisor is set and `high` is below it. The compiler's own division of 64
/// bits is as fast here, and takes 800 bytes of flash.
fn quotient(high: u32, low: u32, divisor: u32) -> u32 {
    let (mut rest, mut quotient) = (high, 0);
    for bit in (0..LIMB_BITS).rev() {
        let is_longer = rest.leading_zeros() == 0;
        rest = rest << 1 | low >> bit & 1;
        quotient <<= 1;
        if is_longer || rest >= divisor {
            rest = rest.wrapping_sub(divisor);
            quotient |= 1;
        }
    }
    quotient
}

/// Returns the limbs from a pair's place on, as many as a factor has, and the two above them.
fn row(sum: &mut [u32], index: usize, length: usize) -> Option<(&mut [u32], &mut [u32; 2])> {
    let (row, above) = sum.get_mut(2 * index..)?.split_at_mut_checked(length)?;
    Some((row, above.first_chunk_mut()?))
}

/// `sum += number · factor`; gives the two limbs that belong above the sum. Both have the same even number of limbs.
///
/// Two limbs of the factor at once: half of the loads and stores of the sum between them.
#[inline(never)] // Called from two places, and all the time passes here.
fn add_multiple(sum: &mut [u32], number: &[u32], [first, second]: [u32; 2]) -> u64 {
    let (mut low, mut high, mut below) = (0, 0, 0);
    for ([s0, s1], [n0, n1]) in sum.as_chunks_mut().0.iter_mut().zip(number.as_chunks().0) {
        let partial = low_half(multiply_add(*n0, first, *s0, low), &mut low);
        *s0 = low_half(multiply_add(below, second, partial, high), &mut high);
        let partial = low_half(multiply_add(*n1, first, *s1, low), &mut low);
        *s1 = low_half(multiply_add(*n0, second, partial, high), &mut high);
        below = *n1;
    }
    multiply_add(below, second, low, high)
}

/// Computes `a · b + c + d`, which cannot overflow.
fn multiply_add(a: u32, b: u32, c: u32, d: u32) -> u64 {
    u64::from(a) * u64::from(b) + u64::from(c) + u64::from(d)
}

/// Returns the low half, and stores the high half in `high`.
#[allow(clippy::cast_possible_truncation)] // The halves are separated on purpose.
fn low_half(value: u64, high: &mut u32) -> u32 {
    *high = (value >> LIMB_BITS) as u32;
    value as u32
}

/// Low half and high half.
fn halves(value: u64) -> [u32; 2] {
    let mut high = 0;
    [low_half(value, &mut high), high]
}

/// Big-endian bytes into exactly as many little-endian limbs.
fn read(bytes: &[u8], limbs: &mut [u32]) -> Option<()> {
    if bytes.len() != limbs.len() * LIMB_BYTES {
        return None;
    }
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks_exact(LIMB_BYTES)) {
        *limb = u32::from_be_bytes(*chunk.first_chunk()?);
    }
    Some(())
}

/// Converts little-endian limbs to big-endian bytes.
pub(super) fn write(limbs: &[u32], bytes: &mut [u8]) {
    for (chunk, limb) in bytes.rchunks_exact_mut(LIMB_BYTES).zip(limbs) {
        copy(&limb.to_be_bytes(), chunk);
    }
}
