//! The field of P-256 (SP 800-186 section 3.2.1.3): numbers modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, in Montgomery form.
//!
//! For public numbers only: the time depends on them. Limbs have 32 bits, least significant first. Every value is below 2^256,
//! but not necessarily below p, which saves most of the final subtractions.

/// The number of limbs.
pub(super) const LIMBS: usize = 8;

/// The modulus. It is -1 modulo 2^32, so the Montgomery factor is 1 and each digit is the number's own lowest limb.
const MODULUS: [u32; LIMBS] = [u32::MAX, u32::MAX, u32::MAX, 0, 0, 0, 1, u32::MAX];

/// 2^512 modulo p: a Montgomery product with it converts a number to Montgomery form.
const RADIX_SQUARED: Element = Element([3, 0, u32::MAX, 0xffff_fffb, 0xffff_fffe, u32::MAX, 0xffff_fffd, 4]);

/// An element of the field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element(pub(super) [u32; LIMBS]);

/// Returns `a + b + carry`, and the carry out.
fn add_limb(a: u32, b: u32, carry: bool) -> (u32, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(u32::from(carry));
    (sum, first || second)
}

/// Returns `a - b - borrow`, and the borrow out.
fn subtract_limb(a: u32, b: u32, borrow: bool) -> (u32, bool) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(u32::from(borrow));
    (difference, first || second)
}

/// Returns the halves of `a * b + c + d`, which cannot overflow.
#[inline] // One instruction, UMAAL.
fn multiply_limb(a: u32, b: u32, c: u32, d: u32) -> (u32, u32) {
    let product = u64::from(a) * u64::from(b) + u64::from(c) + u64::from(d);
    split(product)
}

/// Returns the lower and the upper half.
#[inline] // As above.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation)] // The halves are separated on purpose.
fn split(number: u64) -> (u32, u32) {
    (number as u32, (number >> 32) as u32)
}

/// Returns the lower half and the carry of a sum of columns, which may be negative: the carry keeps its sign.
#[inline] // As above.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // As above.
fn split_signed(number: i64) -> (u32, i64) {
    (number as u32, number >> 32)
}

impl Element {
    pub(super) const ZERO: Self = Self([0; LIMBS]);
    /// 2^256 modulo p.
    pub(super) const ONE: Self = Self([1, 0, 0, u32::MAX, u32::MAX, u32::MAX, 0xffff_fffe, 0]);

    /// Reads a big-endian number; `None` unless it is below p.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut limbs = [0; LIMBS];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.rchunks_exact(4)) {
            *limb = bytes.try_into().map_or(0, u32::from_be_bytes);
        }
        let below = limbs.iter().rev().lt(MODULUS.iter().rev());
        below.then(|| Self(limbs).multiply(&RADIX_SQUARED))
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let mut sum = [0; LIMBS];
        let mut carry = false;
        for ((sum, a), b) in sum.iter_mut().zip(&self.0).zip(&other.0) {
            (*sum, carry) = add_limb(*a, *b, carry);
        }
        // Two rounds are enough: the sum is below 2^257.
        while carry {
            carry = !subtract_modulus(&mut sum);
        }
        Self(sum)
    }

    pub(super) fn double(&self) -> Self {
        self.add(self)
    }

    pub(super) fn subtract(&self, other: &Self) -> Self {
        let mut difference = [0; LIMBS];
        let mut borrow = false;
        for ((difference, a), b) in difference.iter_mut().zip(&self.0).zip(&other.0) {
            (*difference, borrow) = subtract_limb(*a, *b, borrow);
        }
        // Two rounds are enough.
        while borrow {
            let mut carry = false;
            for (limb, modulus) in difference.iter_mut().zip(&MODULUS) {
                (*limb, carry) = add_limb(*limb, *modulus, carry);
            }
            borrow = !carry;
        }
        Self(difference)
    }

    #[inline(never)] // It is called from many places, and not small.
    pub(super) fn multiply(&self, other: &Self) -> Self {
        let mut product = [0_u32; 2 * LIMBS];
        let [b0, b1, b2, b3, b4, b5, b6, b7] = other.0;
        for (index, a) in self.0.into_iter().enumerate() {
            let Some([t0, t1, t2, t3, t4, t5, t6, t7, t8]) =
                product.get_mut(index..).and_then(<[u32]>::first_chunk_mut::<9>)
            else {
                break;
            };
            let mut carry;
            (*t0, carry) = multiply_limb(a, b0, *t0, 0);
            (*t1, carry) = multiply_limb(a, b1, *t1, carry);
            (*t2, carry) = multiply_limb(a, b2, *t2, carry);
            (*t3, carry) = multiply_limb(a, b3, *t3, carry);
            (*t4, carry) = multiply_limb(a, b4, *t4, carry);
            (*t5, carry) = multiply_limb(a, b5, *t5, carry);
            (*t6, carry) = multiply_limb(a, b6, *t6, carry);
            (*t7, carry) = multiply_limb(a, b7, *t7, carry);
            *t8 = carry;
        }
        Self(reduce(&product))
    }

    pub(super) fn square(&self) -> Self {
        self.multiply(self)
    }

    /// Returns whether it is 0 modulo p.
    pub(super) fn is_zero(&self) -> bool {
        self.0 == [0; LIMBS] || self.0 == MODULUS
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.subtract(other).is_zero()
    }
}

/// Subtracts p; returns whether there was a borrow.
fn subtract_modulus(limbs: &mut [u32; LIMBS]) -> bool {
    let mut borrow = false;
    for (limb, modulus) in limbs.iter_mut().zip(&MODULUS) {
        (*limb, borrow) = subtract_limb(*limb, *modulus, borrow);
    }
    borrow
}

/// Divides by 2^256 modulo p (Montgomery's reduction). The result is below 2^256.
///
/// Adding the multiple `m · p` at limb `i`, where `m` is that limb, clears the limb, since p is -1 modulo 2^32. Apart from that
/// it adds `m` at three positions and `-m` at one.
fn reduce(product: &[u32; 2 * LIMBS]) -> [u32; LIMBS] {
    let t = product.map(i64::from);
    let [m0, c] = column(t[0]);
    let [m1, c] = column(t[1] + c);
    let [m2, c] = column(t[2] + c);
    let [m3, c] = column(t[3] + c + m0);
    let [m4, c] = column(t[4] + c + m1);
    let [m5, c] = column(t[5] + c + m2);
    let [m6, c] = column(t[6] + c + m3 + m0);
    let [m7, c] = column(t[7] + c + m4 + m1 - m0);
    let mut carry = c;
    let mut result = [0; LIMBS];
    let columns = [
        t[8] + m5 + m2 - m1 + m0,
        t[9] + m6 + m3 - m2 + m1,
        t[10] + m7 + m4 - m3 + m2,
        t[11] + m5 - m4 + m3,
        t[12] + m6 - m5 + m4,
        t[13] + m7 - m6 + m5,
        t[14] - m7 + m6,
        t[15] + m7,
    ];
    for (limb, column) in result.iter_mut().zip(columns) {
        (*limb, carry) = split_signed(column + carry);
    }
    // The number is below 2^256 + p, so one subtraction is enough.
    if carry != 0 {
        subtract_modulus(&mut result);
    }
    result
}

/// Returns the lowest limb of a column, and the carry to the next one.
#[inline] // As above.
fn column(sum: i64) -> [i64; 2] {
    let (limb, carry) = split_signed(sum);
    [i64::from(limb), carry]
}

#[cfg(test)]
mod tests {
    use p256::elliptic_curve::bigint::{NonZero, U256, U512};

    use super::*;

    const P: U256 = U256::from_be_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");

    fn element(number: &U256) -> Element {
        let mut limbs = [0; LIMBS];
        for (limb, bytes) in limbs.iter_mut().zip(hex(number).rchunks_exact(8)) {
            let digits = core::str::from_utf8(bytes).expect("ASCII");
            *limb = u32::from_str_radix(digits, 16).expect("hexadecimal");
        }
        Element(limbs)
    }

    fn hex(number: &U256) -> [u8; 64] {
        use p256::elliptic_curve::bigint::Encoding;
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(number.to_be_bytes()) {
            for (digit, value) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *digit = b"0123456789abcdef"[usize::from(value)];
            }
        }
        digits
    }

    fn number(element: &Element) -> U512 {
        let mut number = U512::ZERO;
        for limb in element.0.iter().rev() {
            number = number.shl_vartime(32).wrapping_add(&U512::from(u64::from(*limb)));
        }
        number
    }

    fn modulo_p(number: &U512) -> U512 {
        let p = NonZero::new(U512::from((P, U256::ZERO))).expect("not zero");
        number.rem(&p)
    }

    /// Numbers around every limb boundary, where carries and borrows occur, and some pseudorandom ones.
    fn numbers() -> [U256; 24] {
        let mut numbers = [U256::ZERO; 24];
        let mut random =
            U256::from_be_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
        let one = U256::ONE;
        numbers[..12].copy_from_slice(&[
            U256::ZERO,
            one,
            U256::from(2_u64),
            P.wrapping_sub(&one),
            P,
            P.wrapping_add(&one),
            U256::MAX,
            U256::MAX.wrapping_sub(&one),
            one.shl_vartime(255),
            one.shl_vartime(224),
            one.shl_vartime(192).wrapping_sub(&one),
            one.shl_vartime(96),
        ]);
        for place in &mut numbers[12..] {
            random = random.wrapping_mul(&random).wrapping_add(&U256::from(5_u64));
            *place = random;
        }
        numbers
    }

    #[test]
    fn sums_differences_and_products_are_right_whatever_the_operands() {
        for a in numbers() {
            for b in numbers() {
                let (ours, theirs) = (element(&a), element(&b));
                let wide = |number: &U256| U512::from((*number, U256::ZERO));
                let sum = wide(&a).wrapping_add(&wide(&b));
                assert_eq!(modulo_p(&number(&ours.add(&theirs))), modulo_p(&sum), "{a} + {b}");
                // a - b + 2p is not negative.
                let two_p = wide(&P).shl_vartime(1);
                let difference = wide(&a).wrapping_add(&two_p).wrapping_sub(&wide(&b));
                let found = number(&ours.subtract(&theirs));
                assert_eq!(modulo_p(&found), modulo_p(&difference), "{a} - {b}");
                // The Montgomery product times 2^256 is the product.
                let (low, high) = a.mul_wide(&b);
                let product = U512::from((low, high));
                let found = number(&ours.multiply(&theirs));
                assert_eq!(modulo_p(&found.shl_vartime(256)), modulo_p(&product), "{a} * {b}");
            }
        }
    }
}
