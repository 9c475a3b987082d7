//! Modular exponentiation with a small public exponent, by Montgomery multiplication over 32-bit limbs.
//!
//! The crates looked at for this cost more than they give here: `rsa_heapless` 0.5 brings a second `digest` and thus a second
//! SHA-2 beside that of embedded-tls, and `crypto-bigint` more flash and stack.

use core::cell::Cell;

/// Limbs of the longest modulus.
pub(super) const MAX_LIMBS: usize = if cfg!(feature = "rsa-4096") { 128 } else { 64 };
/// Bytes of the longest modulus.
pub(super) const MAX_BYTES: usize = MAX_LIMBS * 4;

const LIMB_BYTES: usize = 4;
const LIMB_BITS: u32 = 32;

/// Little-endian limbs; those beyond the modulus in use stay zero.
type Limbs = [u32; MAX_LIMBS];

/// Writes `base ^ exponent mod modulus` over `base`, big-endian.
///
/// `None` unless the modulus is odd, fills whole limbs with its highest bit set, is at most [`MAX_BYTES`] long and as long as
/// `base`, `base` is below it, and `exponent` is odd and above 1.
pub(super) fn power(base: &mut [u8], exponent: u32, modulus: &[u8]) -> Option<()> {
    let modulus = Modulus::new(modulus)?;
    let base_limbs = limbs(base)?;
    if modulus.bytes() != base.len()
        || !modulus.exceeds(&base_limbs)
        || exponent < 3
        || exponent.is_multiple_of(2)
    {
        return None;
    }
    let base_form = modulus.product(&base_limbs, &modulus.radix_squared());
    let mut result = base_form;
    // Left to right, below the highest bit; the last and lowest bit is set, and its product leaves Montgomery form.
    for bit in (1..exponent.ilog2()).rev() {
        result = modulus.product(&result, &result);
        if exponent >> bit & 1 == 1 {
            result = modulus.product(&result, &base_form);
        }
    }
    result = modulus.product(&result, &result);
    result = modulus.product(&result, &base_limbs);
    for (chunk, limb) in base.rchunks_exact_mut(LIMB_BYTES).zip(&result) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    Some(())
}

struct Modulus {
    limbs: Limbs,
    used: usize,
    /// `-modulus⁻¹ mod 2^32`.
    inverse: u32,
}

impl Modulus {
    fn new(bytes: &[u8]) -> Option<Self> {
        let limbs = limbs(bytes)?;
        let lowest = *limbs.first()?;
        if *bytes.first()? < 0x80 || lowest.is_multiple_of(2) {
            return None;
        }
        // Newton's iteration: each step doubles the number of right bits, from 3 to above 32.
        let mut inverse = lowest;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2_u32.wrapping_sub(lowest.wrapping_mul(inverse)));
        }
        Some(Self { limbs, used: bytes.len() / LIMB_BYTES, inverse: inverse.wrapping_neg() })
    }

    fn bytes(&self) -> usize {
        self.used * LIMB_BYTES
    }

    fn exceeds(&self, value: &Limbs) -> bool {
        value.iter().rev().lt(self.limbs.iter().rev())
    }

    fn subtract_from(&self, value: &mut Limbs) {
        let mut borrow = false;
        for (limb, modulus) in value.iter_mut().zip(&self.limbs).take(self.used) {
            let (difference, first) = limb.overflowing_sub(*modulus);
            let (difference, second) = difference.overflowing_sub(u32::from(borrow));
            *limb = difference;
            borrow = first || second;
        }
    }

    /// `2^(2·bits) mod modulus`, where bits is the modulus's length.
    fn radix_squared(&self) -> Limbs {
        // 2^bits mod modulus, because the highest bit of the modulus is set.
        let mut value = [0; MAX_LIMBS];
        self.subtract_from(&mut value);
        // Doubled once per limb it is 2^used in Montgomery form; five squarings later 2^(32·used).
        for _ in 0..self.used {
            let mut carry = 0;
            for limb in value.iter_mut().take(self.used) {
                let next = *limb >> (LIMB_BITS - 1);
                *limb = *limb << 1 | carry;
                carry = next;
            }
            if carry == 1 || !self.exceeds(&value) {
                self.subtract_from(&mut value);
            }
        }
        for _ in 0..LIMB_BITS.ilog2() {
            value = self.product(&value, &value);
        }
        value
    }

    /// `a · b / 2^bits mod modulus` for `a` and `b` below the modulus.
    fn product(&self, a: &Limbs, b: &Limbs) -> Limbs {
        let mut sum = [0; MAX_LIMBS];
        let mut top = 0_u64;
        {
            let cells = Cell::from_mut(&mut sum[..]).as_slice_of_cells();
            let (Some(used), Some(a), Some(n)) =
                (cells.get(..self.used), a.get(..self.used), self.limbs.get(..self.used))
            else {
                return sum;
            };
            let (Some(lowest), Some(highest)) = (used.first(), used.last()) else { return *b };
            for b_limb in b.iter().take(self.used) {
                let mut carry = 0;
                for (sum, a) in used.iter().zip(a) {
                    sum.set(low_half(multiply_add(*a, *b_limb, sum.get(), carry), &mut carry));
                }
                top += u64::from(carry);
                // The multiple of the modulus that makes the lowest limb zero, added and shifted down by that limb.
                let factor = lowest.get().wrapping_mul(self.inverse);
                let mut carry = 0;
                let mut shifted = used.iter();
                for (index, (sum, n)) in used.iter().zip(n).enumerate() {
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
        if top != 0 || !self.exceeds(&sum) {
            self.subtract_from(&mut sum);
        }
        sum
    }
}

/// `a · b + c + d`, which cannot overflow.
fn multiply_add(a: u32, b: u32, c: u32, d: u32) -> u64 {
    u64::from(a) * u64::from(b) + u64::from(c) + u64::from(d)
}

/// The low half; the high half goes to `high`.
#[allow(clippy::cast_possible_truncation)] // Taking the halves apart is the purpose.
fn low_half(value: u64, high: &mut u32) -> u32 {
    *high = (value >> LIMB_BITS) as u32;
    value as u32
}

fn limbs(bytes: &[u8]) -> Option<Limbs> {
    if bytes.len() > MAX_BYTES || !bytes.len().is_multiple_of(LIMB_BYTES) {
        return None;
    }
    let mut limbs = [0; MAX_LIMBS];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.rchunks_exact(LIMB_BYTES)) {
        *limb = u32::from_be_bytes(*chunk.first_chunk()?);
    }
    Some(limbs)
}
