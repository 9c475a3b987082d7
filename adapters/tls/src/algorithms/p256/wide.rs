//! Numbers of 256 bits, as two halves: chains of additions with carry that the compiler sees through.

/// Limbs of a number, least significant first.
pub(super) const LIMBS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wide {
    low: u128,
    high: u128,
}

impl Wide {
    pub(super) const ONE: Self = Self { low: 1, high: 0 };
    pub(super) const ZERO: Self = Self { low: 0, high: 0 };

    #[inline] // Nothing is left of it.
    pub(super) const fn from_limbs(limbs: &[u32; LIMBS]) -> Self {
        let [l0, l1, l2, l3, l4, l5, l6, l7] = *limbs;
        Self { low: join([l0, l1, l2, l3]), high: join([l4, l5, l6, l7]) }
    }

    #[inline] // As above.
    pub(super) fn limbs(self) -> [u32; LIMBS] {
        let ([l0, l1, l2, l3], [l4, l5, l6, l7]) = (split(self.low), split(self.high));
        [l0, l1, l2, l3, l4, l5, l6, l7]
    }

    /// Returns the sum modulo 2^256, and whether it was more.
    #[inline] // A dozen instructions.
    pub(super) fn add(self, other: Self) -> (Self, bool) {
        let (low, carry) = self.low.overflowing_add(other.low);
        let (high, first) = self.high.overflowing_add(other.high);
        let (high, second) = high.overflowing_add(u128::from(carry));
        (Self { low, high }, first || second)
    }

    /// Returns the difference modulo 2^256, and whether it is below zero.
    #[inline] // As above.
    pub(super) fn subtract(self, other: Self) -> (Self, bool) {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        let (high, first) = self.high.overflowing_sub(other.high);
        let (high, second) = high.overflowing_sub(u128::from(borrow));
        (Self { low, high }, first || second)
    }

    /// Half of it, and of a bit above it.
    #[inline] // As above.
    pub(super) fn half(self, above: bool) -> Self {
        Self { low: self.low >> 1 | self.high << 127, high: self.high >> 1 | u128::from(above) << 127 }
    }

    pub(super) fn is_odd(self) -> bool {
        self.low & 1 == 1
    }
}

#[allow(clippy::as_conversions)] // `from` is not const.
const fn join([a, b, c, d]: [u32; 4]) -> u128 {
    a as u128 | (b as u128) << 32 | (c as u128) << 64 | (d as u128) << 96
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation)] // The pieces are meant.
fn split(number: u128) -> [u32; 4] {
    [number as u32, (number >> 32) as u32, (number >> 64) as u32, (number >> 96) as u32]
}
