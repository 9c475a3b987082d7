//! Numbers of 256 bits, big-endian, and the order of P-256 (SP 800-186 section 3.2.1.3).

use crate::copy::copy;

pub(super) const BYTES: usize = 32;

/// The order of the group.
pub(super) const ORDER: [u8; BYTES] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A scalar as big-endian bytes.
pub(super) type Scalar = [u8; BYTES];

/// Reads a number of up to 32 bytes, which is above zero. `None` unless it is below the order.
pub(super) fn scalar(magnitude: &[u8]) -> Option<Scalar> {
    let mut scalar = [0; BYTES];
    copy(magnitude, scalar.get_mut(BYTES.checked_sub(magnitude.len())?..)?);
    (scalar < ORDER).then_some(scalar)
}

/// Adds the order; `None` unless the sum is below 2^256.
pub(super) fn plus_order(scalar: &Scalar) -> Option<Scalar> {
    let mut sum = *scalar;
    let mut carry = 0;
    for (byte, order) in sum.iter_mut().zip(&ORDER).rev() {
        let [high, low] = (u16::from(*byte) + u16::from(*order) + carry).to_be_bytes();
        *byte = low;
        carry = u16::from(high);
    }
    (carry == 0).then_some(sum)
}

/// Reduces modulo the order: a number of 256 bits needs at most one subtraction.
pub(super) fn reduced(mut scalar: Scalar) -> Scalar {
    if scalar >= ORDER {
        let mut borrow = false;
        for (byte, order) in scalar.iter_mut().zip(&ORDER).rev() {
            let (difference, first) = byte.overflowing_sub(*order);
            let (difference, second) = difference.overflowing_sub(u8::from(borrow));
            *byte = difference;
            borrow = first || second;
        }
    }
    scalar
}

/// Returns whether the bit with this index is set.
pub(super) fn is_set(scalar: &Scalar, place: usize) -> bool {
    (BYTES - 1)
        .checked_sub(place / 8)
        .and_then(|index| scalar.get(index))
        .is_some_and(|byte| byte >> (place % 8) & 1 == 1)
}
