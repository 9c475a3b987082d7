//! The field of P-256 (SP 800-186 section 3.2.1.3): numbers modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, in Montgomery form.
//!
//! For public numbers only: the time depends on them. Limbs have 32 bits, least significant first. Every value is below 2^256,
//! but not necessarily below p, which saves most of the final subtractions.

use core::hint::black_box;

use super::wide::{LIMBS, Wide};

/// The modulus. It is -1 modulo 2^32, so the Montgomery factor is 1 and each digit is the number's own lowest limb.
const MODULUS: [u32; LIMBS] = [u32::MAX, u32::MAX, u32::MAX, 0, 0, 0, 1, u32::MAX];
const P: Wide = Wide::from_limbs(&MODULUS);

/// 2^512 modulo p: a Montgomery product with it converts a number to Montgomery form.
const RADIX_SQUARED: Element = Element([3, 0, u32::MAX, 0xffff_fffb, 0xffff_fffe, u32::MAX, 0xffff_fffd, 4]);

/// An element of the field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element(pub(super) [u32; LIMBS]);

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

    #[inline(never)] // Called from everywhere.
    pub(super) fn add(&self, other: &Self) -> Self {
        let (mut sum, mut carry) = Wide::from_limbs(&self.0).add(Wide::from_limbs(&other.0));
        // At most twice: the sum is below 2^257.
        while carry {
            let (difference, borrow) = sum.subtract(P);
            (sum, carry) = (difference, !borrow);
        }
        Self(sum.limbs())
    }

    pub(super) fn double(&self) -> Self {
        self.add(self)
    }

    #[inline(never)] // As above.
    pub(super) fn subtract(&self, other: &Self) -> Self {
        let (mut difference, mut borrow) = Wide::from_limbs(&self.0).subtract(Wide::from_limbs(&other.0));
        // At most twice.
        while borrow {
            let (sum, carry) = difference.add(P);
            (difference, borrow) = (sum, !carry);
        }
        Self(difference.limbs())
    }

    /// Half of it.
    pub(super) fn half(&self) -> Self {
        let number = Wide::from_limbs(&self.0);
        let (number, carry) = if number.is_odd() { number.add(P) } else { (number, false) };
        Self(number.half(carry).limbs())
    }

    #[inline(never)] // As above, and not small.
    pub(super) fn multiply(&self, other: &Self) -> Self {
        let mut product = [0_u32; 2 * LIMBS];
        let [b0, b1, b2, b3, b4, b5, b6, b7] = &other.0;
        let (pairs, _) = self.0.as_chunks::<2>();
        // Where the compiler knows of a zero, it makes four instructions of one UMAAL.
        let zero = black_box(0);
        // Two rows at once: half of the loads and stores of the sum between them.
        for (pair, [first, second]) in pairs.iter().enumerate() {
            let Some([t0, t1, t2, t3, t4, t5, t6, t7, t8, t9]) =
                product.get_mut(2 * pair..).and_then(<[u32]>::first_chunk_mut::<10>)
            else {
                break;
            };
            let (mut low, mut high) = (zero, zero);
            (*t0, low) = multiply_limb(*first, *b0, *t0, low);
            let mut step = |t: &mut u32, b: &u32, below: &u32| {
                let sum;
                (sum, low) = multiply_limb(*first, *b, *t, low);
                (*t, high) = multiply_limb(*second, *below, sum, high);
            };
            step(t1, b1, b0);
            step(t2, b2, b1);
            step(t3, b3, b2);
            step(t4, b4, b3);
            step(t5, b5, b4);
            step(t6, b6, b5);
            step(t7, b7, b6);
            (*t8, *t9) = multiply_limb(*second, *b7, low, high);
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

/// Divides by 2^256 modulo p (Montgomery's reduction). The result is below 2^256.
///
/// Adding the multiple `m · p` at limb `i`, with `m` the number's limb there, clears that limb, since p ends with -1; what else is
/// added is `m` at three places and `-m` at one.
#[inline]
fn reduce(t: &[u32; 2 * LIMBS]) -> [u32; LIMBS] {
    let [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = *t;
    // Column by column, so that little is in use at once.
    let mut sum = 0_i64;
    let mut column = |limb: u32, a: u32, b: u32, c: u32, minus: u32| {
        sum += i64::from(limb);
        sum += i64::from(a);
        sum += i64::from(b);
        sum += i64::from(c);
        sum -= i64::from(minus);
        let (digit, carry) = split_signed(sum);
        sum = carry;
        digit
    };
    let m0 = column(t0, 0, 0, 0, 0);
    let m1 = column(t1, 0, 0, 0, 0);
    let m2 = column(t2, 0, 0, 0, 0);
    let m3 = column(t3, m0, 0, 0, 0);
    let m4 = column(t4, m1, 0, 0, 0);
    let m5 = column(t5, m2, 0, 0, 0);
    let m6 = column(t6, m3, m0, 0, 0);
    let m7 = column(t7, m4, m1, 0, m0);
    let result = [
        column(t8, m5, m2, m0, m1),
        column(t9, m6, m3, m1, m2),
        column(t10, m7, m4, m2, m3),
        column(t11, m5, m3, 0, m4),
        column(t12, m6, m4, 0, m5),
        column(t13, m7, m5, 0, m6),
        column(t14, m6, 0, 0, m7),
        column(t15, m7, 0, 0, 0),
    ];
    // Below 2^256 + p: at most once.
    if sum == 0 { result } else { Wide::from_limbs(&result).subtract(P).0.limbs() }
}

#[cfg(test)]
mod tests {
    use p256::elliptic_curve::bigint::{NonZero, U256, U512};

    use super::*;

    const PRIME: U256 = U256::from_be_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");

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
        let p = NonZero::new(U512::from((PRIME, U256::ZERO))).expect("not zero");
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
            PRIME.wrapping_sub(&one),
            PRIME,
            PRIME.wrapping_add(&one),
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
                let two_p = wide(&PRIME).shl_vartime(1);
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
