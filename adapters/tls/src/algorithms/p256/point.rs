//! Points of P-256 (SP 800-186 section 3.2.1.3), and the sum of two multiples that ECDSA verification computes.
//!
//! For public numbers only: the time depends on them. Points are in Jacobian coordinates (x = X / Z², y = Y / Z³), so that no
//! inversion is needed, not even at the end. The formulas are those for curves with a = -3.

use super::field::Element;
use super::scalar::{BYTES, Scalar, is_set};

/// The curve's constant b.
const B: Element = Element([
    0x29c4_bddf,
    0xd89c_df62,
    0x7884_3090,
    0xacf0_05cd,
    0xf721_2ed6,
    0xe5a2_20ab,
    0x0487_4834,
    0xdc30_061d,
]);

/// A point with two coordinates, in Montgomery form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine {
    x: Element,
    y: Element,
}

/// The generator times 1, 3, 5, … 15.
static ODD_MULTIPLES: [Affine; 8] = [
    Affine {
        x: Element([
            0x18a9_143c,
            0x79e7_30d4,
            0x5fed_b601,
            0x75ba_95fc,
            0x7762_2510,
            0x79fb_732b,
            0xa537_55c6,
            0x1890_5f76,
        ]),
        y: Element([
            0xce95_560a,
            0xddf2_5357,
            0xba19_e45c,
            0x8b4a_b8e4,
            0xdd21_f325,
            0xd2e8_8688,
            0x2588_5d85,
            0x8571_ff18,
        ]),
    },
    Affine {
        x: Element([
            0x4eeb_c127,
            0xffac_3f90,
            0x087d_81fb,
            0xb027_f84a,
            0x87cb_bc98,
            0x66ad_77dd,
            0xb6ff_747e,
            0x2693_6a3f,
        ]),
        y: Element([
            0xc983_a7eb,
            0xb04c_5c1f,
            0x0861_fe1a,
            0x583e_47ad,
            0x1a2e_e98e,
            0x7882_0831,
            0xe587_cc07,
            0xd5f0_6a29,
        ]),
    },
    Affine {
        x: Element([
            0xc45c_61f5,
            0xbe1b_8aae,
            0x94b9_537d,
            0x90ec_649a,
            0xd076_c20c,
            0x941c_b5aa,
            0x8905_23c8,
            0xc907_9605,
        ]),
        y: Element([
            0xe7ba_4f10,
            0xeb30_9b4a,
            0xe5eb_882b,
            0x73c5_68ef,
            0x7e7a_1f68,
            0x3540_a987,
            0x2dd1_e916,
            0x73a0_76bb,
        ]),
    },
    Affine {
        x: Element([
            0xa017_3b4f,
            0x0746_354e,
            0xd23c_00f7,
            0x2bd2_0213,
            0x0c23_bb08,
            0xf43e_aab5,
            0xc312_3e03,
            0x13ba_5119,
        ]),
        y: Element([
            0x3f5b_9d4d,
            0x2847_d030,
            0x5da6_7bdd,
            0x6742_f2f2,
            0x77c9_4195,
            0xef93_3bdc,
            0x6e24_0867,
            0xeaed_d915,
        ]),
    },
    Affine {
        x: Element([
            0x264e_20e8,
            0x75c9_6e8f,
            0x59a7_a841,
            0xabe6_bfed,
            0x44c8_eb00,
            0x2cc0_9c04,
            0xf0c4_e16b,
            0xe05b_3080,
        ]),
        y: Element([
            0xa45f_3314,
            0x1eb7_777a,
            0xce5d_45e3,
            0x56af_7bed,
            0x88b1_2f1a,
            0x2b6e_019a,
            0xfd83_5f9b,
            0x0866_59cd,
        ]),
    },
    Affine {
        x: Element([
            0x6245_e404,
            0xea7d_260a,
            0x6e7f_dfe0,
            0x9de4_0795,
            0x8dac_1ab5,
            0x1ff3_a415,
            0x649c_9073,
            0x3e70_90f1,
        ]),
        y: Element([
            0x2b94_4e88,
            0x1a76_8561,
            0xe57f_61c8,
            0x250f_939e,
            0x1ead_643d,
            0x0c0d_aa89,
            0xe125_b88e,
            0x6893_0023,
        ]),
    },
    Affine {
        x: Element([
            0x4b2e_d709,
            0xccc4_2563,
            0x856f_d30d,
            0x0e35_6769,
            0x559e_9811,
            0xbcbc_d43f,
            0x5395_b759,
            0x7384_77ac,
        ]),
        y: Element([
            0xc00e_e17f,
            0x3575_2b90,
            0x742e_d2e3,
            0x6874_8390,
            0xbd1f_5bc1,
            0x7cd0_6422,
            0xc9e7_b797,
            0xfbc0_8769,
        ]),
    },
    Affine {
        x: Element([
            0xbc60_055b,
            0x72bc_d8b7,
            0x56e2_7e4b,
            0x03cc_23ee,
            0xe481_9370,
            0xee33_7424,
            0x0ad3_da09,
            0xe2aa_0e43,
        ]),
        y: Element([
            0x6383_c45d,
            0x40b8_524f,
            0x42a4_1b25,
            0xd766_3554,
            0x778a_4797,
            0x64ef_a6de,
            0x7079_adf4,
            0x2042_170a,
        ]),
    },
];

impl Affine {
    /// Reads an uncompressed point (SEC 1 section 2.3.4) without its first byte; `None` unless it is on the curve.
    pub(super) fn from_bytes(x: &[u8; BYTES], y: &[u8; BYTES]) -> Option<Self> {
        let point = Self { x: Element::from_bytes(x)?, y: Element::from_bytes(y)? };
        // y² = x³ - 3x + b
        let three = Element::ONE.double().add(&Element::ONE);
        let right = point.x.square().subtract(&three).multiply(&point.x).add(&B);
        point.y.square().equals(&right).then_some(point)
    }

    fn negated(&self) -> Self {
        Self { x: self.x, y: Element::ZERO.subtract(&self.y) }
    }
}

/// A point in Jacobian coordinates. Z = 0 is the point at infinity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jacobian {
    x: Element,
    y: Element,
    z: Element,
}

impl From<Affine> for Jacobian {
    fn from(point: Affine) -> Self {
        Self { x: point.x, y: point.y, z: Element::ONE }
    }
}

impl Jacobian {
    const INFINITY: Self = Self { x: Element::ONE, y: Element::ONE, z: Element::ZERO };

    fn negated(&self) -> Self {
        Self { y: Element::ZERO.subtract(&self.y), ..*self }
    }

    /// Returns whether its x coordinate is the number `x`. The point at infinity has none.
    pub(super) fn has_x(&self, x: &Element) -> bool {
        !self.z.is_zero() && x.multiply(&self.z.square()).equals(&self.x)
    }

    /// With α halved, which divides Z by 2: four products and four squares, and fewer sums.
    fn double(&mut self) {
        let delta = self.z.square();
        let gamma = self.y.square();
        let beta = self.x.multiply(&gamma);
        let third = self.x.subtract(&delta).multiply(&self.x.add(&delta));
        let alpha = third.half().add(&third);
        self.z = self.y.multiply(&self.z);
        self.x = alpha.square().subtract(&beta.double());
        self.y = alpha.multiply(&beta.subtract(&self.x)).subtract(&gamma.square());
    }

    fn add(&mut self, other: &Self) {
        if other.z.is_zero() {
            return;
        }
        if self.z.is_zero() {
            *self = *other;
            return;
        }
        let other_z2 = other.z.square();
        let u1 = self.x.multiply(&other_z2);
        let s1 = self.y.multiply(&other.z).multiply(&other_z2);
        let z = self.z.multiply(&other.z);
        self.finish_addition(&other.x, &other.y, &u1, &s1, &z);
    }

    fn add_affine(&mut self, other: &Affine) {
        if self.z.is_zero() {
            *self = (*other).into();
            return;
        }
        let Self { x, y, z } = *self;
        self.finish_addition(&other.x, &other.y, &x, &y, &z);
    }

    /// Completes an addition: `u1` and `s1` are this point's coordinates times powers of the other's Z, `z` is the product of
    /// both Z.
    fn finish_addition(&mut self, x2: &Element, y2: &Element, u1: &Element, s1: &Element, z: &Element) {
        let z1_squared = self.z.square();
        let h = x2.multiply(&z1_squared).subtract(u1);
        let r = y2.multiply(&self.z).multiply(&z1_squared).subtract(s1);
        if h.is_zero() {
            if r.is_zero() {
                self.double();
            } else {
                *self = Self::INFINITY;
            }
            return;
        }
        let h_squared = h.square();
        let h_cubed = h_squared.multiply(&h);
        let v = u1.multiply(&h_squared);
        self.x = r.square().subtract(&h_cubed).subtract(&v.double());
        self.y = r.multiply(&v.subtract(&self.x)).subtract(&s1.multiply(&h_cubed));
        self.z = z.multiply(&h);
    }
}

/// The number of bits of a scalar, and one more for the carry of the last window.
const PLACES: usize = BYTES * 8 + 1;

/// The digits of a scalar in width-w non-adjacent form, least significant first: each is zero, or odd and of absolute value below
/// half of the window; of as many consecutive digits as the window has bits, at most one is not zero.
struct Digits([i8; PLACES]);

impl Digits {
    fn of(scalar: &Scalar, width: usize) -> Self {
        let mut digits = [0; PLACES];
        let mut carry = false;
        let mut place = 0;
        while place < PLACES {
            if is_set(scalar, place) == carry {
                place += 1;
                continue;
            }
            // The bits of the window plus the carry into it. The sum is odd.
            let mut window = i16::from(carry);
            for bit in 0..width {
                window += i16::from(is_set(scalar, place + bit)) << bit;
            }
            carry = window >= 1 << (width - 1);
            if carry {
                window -= 1 << width;
            }
            if let (Some(digit), Ok(window)) = (digits.get_mut(place), i8::try_from(window)) {
                *digit = window;
            }
            place += width;
        }
        Self(digits)
    }

    fn at(&self, place: usize) -> i8 {
        self.0.get(place).copied().unwrap_or_default()
    }
}

/// Computes `a · G + b · point`, with common doublings.
#[inline(never)] // Its tables must not be on the stack during later calls.
pub(super) fn sum_of_products(a: &Scalar, point: &Affine, b: &Scalar) -> Jacobian {
    const GENERATOR_WIDTH: usize = 5;
    const KEY_WIDTH: usize = 4;
    let mut odd_multiples = [Jacobian::from(*point); 4];
    let mut twice = Jacobian::from(*point);
    twice.double();
    let mut last = Jacobian::from(*point);
    for multiple in odd_multiples.iter_mut().skip(1) {
        last.add(&twice);
        *multiple = last;
    }
    let a = Digits::of(a, GENERATOR_WIDTH);
    let b = Digits::of(b, KEY_WIDTH);
    let mut sum = Jacobian::INFINITY;
    for place in (0..PLACES).rev() {
        sum.double();
        let digit = a.at(place);
        if let Some(multiple) = ODD_MULTIPLES.get(index(digit)).filter(|_| digit != 0) {
            sum.add_affine(&if digit > 0 { *multiple } else { multiple.negated() });
        }
        let digit = b.at(place);
        if let Some(multiple) = odd_multiples.get(index(digit)).filter(|_| digit != 0) {
            sum.add(&if digit > 0 { *multiple } else { multiple.negated() });
        }
    }
    sum
}

/// Returns the index of an odd digit's multiple in a table.
fn index(digit: i8) -> usize {
    usize::from(digit.unsigned_abs() / 2)
}

#[cfg(test)]
impl Jacobian {
    pub(super) fn is(&self, point: &Affine) -> bool {
        let z3 = self.z.square().multiply(&self.z);
        self.has_x(&point.x) && point.y.multiply(&z3).equals(&self.y)
    }

    pub(super) fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }
}
