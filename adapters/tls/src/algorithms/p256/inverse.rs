//! Inversion modulo an odd number, by Euclid's algorithm on binary digits (Knuth, volume 2, section 4.5.2, exercise 39).
//!
//! Over public numbers: time depends on them.

use super::wide::Wide;

/// `1 / number` modulo `modulus`, which is odd; `None` if there is none. `number` is below it.
pub(super) fn inverse(number: Wide, modulus: Wide) -> Option<Wide> {
    // Always: number · a = u and number · b = v, modulo `modulus`.
    let (mut u, mut a) = (number, Wide::ONE);
    let (mut v, mut b) = (modulus, Wide::ZERO);
    if u == Wide::ZERO {
        return None;
    }
    loop {
        while !u.is_odd() {
            u = u.half(false);
            a = half(a, modulus);
        }
        // Both are odd here, so their difference is even.
        let (difference, is_below) = u.subtract(v);
        if is_below {
            core::mem::swap(&mut u, &mut v);
            core::mem::swap(&mut a, &mut b);
        } else if difference == Wide::ZERO {
            return (u == Wide::ONE).then_some(a);
        } else {
            u = difference;
            a = subtract(a, b, modulus);
        }
    }
}

/// Half of a number modulo `modulus`.
#[inline(never)] // Called from three places, and not small.
fn half(number: Wide, modulus: Wide) -> Wide {
    if number.is_odd() {
        let (sum, carry) = number.add(modulus);
        sum.half(carry)
    } else {
        number.half(false)
    }
}

#[inline(never)] // As above.
fn subtract(a: Wide, b: Wide, modulus: Wide) -> Wide {
    let (difference, borrow) = a.subtract(b);
    if borrow { difference.add(modulus).0 } else { difference }
}
