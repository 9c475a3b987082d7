//! Arithmetic modulo an odd number of whole limbs, by Montgomery multiplication over 32-bit limbs: exponentiation with a small
//! public exponent for RSA, and the operations modulo the group order for ECDSA.
//!
//! The crates that were considered cost more than they save: `rsa_heapless` 0.5 depends on a second `digest` and thus a second
//! SHA-2 besides that of embedded-tls, and `crypto-bigint` takes more flash and stack.

use core::cell::Cell;

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
/// `None` unless the modulus is odd, fills whole limbs with its highest bit set, is at most [`MAX_BYTES`] long and as long as
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
    modulus.radix_squared(result);
    modulus.multiply_bytes(result, base);
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

/// Returns the limb with this index, counted from the lowest.
fn limb(bytes: &[u8], index: usize) -> Option<u32> {
    let end = bytes.len().checked_sub(index * LIMB_BYTES)?;
    Some(u32::from_be_bytes(*bytes.get(..end)?.last_chunk()?))
}

/// A modulus of as many limbs as the slice has; numbers are little-endian slices of the same length.
pub(super) struct Modulus<'a> {
    limbs: &'a [u32],
    /// `-modulus⁻¹ mod 2^32`.
    inverse: u32,
}

impl<'a> Modulus<'a> {
    /// Reads big-endian bytes into `place`, which must be large enough. `None` unless the number is odd and its highest bit is
    /// set.
    pub(super) fn new(bytes: &[u8], place: &'a mut [u32]) -> Option<Self> {
        let limbs = place.get_mut(..bytes.len() / LIMB_BYTES)?;
        read(bytes, limbs)?;
        let lowest = *limbs.first()?;
        if *bytes.first()? < 0x80 || lowest.is_multiple_of(2) {
            return None;
        }
        // Newton's iteration: each step doubles the number of correct bits, from 3 to more than 32.
        let mut inverse = lowest;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2_u32.wrapping_sub(lowest.wrapping_mul(inverse)));
        }
        Some(Self { limbs, inverse: inverse.wrapping_neg() })
    }

    /// Reads the big-endian bytes of a number below the modulus, which are as many as the modulus has.
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

    /// Computes `2^(2·bits) mod modulus`, where bits is the modulus's length: a Montgomery product with it converts a number to
    /// Montgomery form.
    pub(super) fn radix_squared(&self, value: &mut [u32]) {
        // 2^bits mod modulus, because the highest bit of the modulus is set.
        value.fill(0);
        self.subtract_from(value);
        // Doubled once per limb, it is 2^limbs in Montgomery form; five squarings later it is 2^(32·limbs).
        for _ in 0..self.limbs.len() {
            let mut carry = 0;
            for limb in value.iter_mut() {
                let next = *limb >> (LIMB_BITS - 1);
                *limb = *limb << 1 | carry;
                carry = next;
            }
            if carry == 1 || !self.exceeds(value) {
                self.subtract_from(value);
            }
        }
        for _ in 0..LIMB_BITS.ilog2() {
            self.square(value);
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
        let mut sum = [0; MAX_LIMBS];
        let Some(sum) = sum.get_mut(..self.limbs.len()) else { return };
        let mut top = 0_u64;
        {
            let cells = Cell::from_mut(&mut *sum).as_slice_of_cells();
            let (Some(lowest), Some(highest)) = (cells.first(), cells.last()) else { return };
            for index in 0..cells.len() {
                let limb = match b {
                    Factor::Same => a.get(index).copied(),
                    Factor::Limbs(limbs) => limbs.get(index).copied(),
                    Factor::Bytes(bytes) => limb(bytes, index),
                }
                .unwrap_or(0);
                let mut carry = 0;
                for (sum, a) in cells.iter().zip(&*a) {
                    sum.set(low_half(multiply_add(*a, limb, sum.get(), carry), &mut carry));
                }
                top += u64::from(carry);
                // Adds the multiple of the modulus that makes the lowest limb zero, and drops that limb.
                let factor = lowest.get().wrapping_mul(self.inverse);
                let mut carry = 0;
                let mut shifted = cells.iter();
                for (index, (sum, n)) in cells.iter().zip(self.limbs).enumerate() {
                    let limb = low_half(multiply_add(*n, factor, sum.get(), carry), &mut carry);
                    if index > 0
                        && let Some(below) = shifted.next()
                    {
                        below.set(limb);
                    }
                }
                top += u64::from(carry);
                let mut above = 0;
                highest.set(low_half(top, &mut above));
                top = u64::from(above);
            }
        }
        if top != 0 || !self.exceeds(sum) {
            self.subtract_from(sum);
        }
        copy(sum, a);
    }
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

/// Converts big-endian bytes to exactly as many little-endian limbs.
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
