//! A number in decimal digits, without `core::fmt`.

/// The maximum number of digits of a `usize`.
const DIGITS: usize = 20;

/// The digits of a number, at the end of the array.
pub(crate) struct Decimal {
    digits: [u8; DIGITS],
    start: usize,
}

impl Decimal {
    pub(crate) fn new(mut number: usize) -> Self {
        let mut decimal = Self { digits: [b'0'; DIGITS], start: DIGITS };
        for digit in decimal.digits.iter_mut().rev() {
            *digit = b'0' | u8::try_from(number % 10).unwrap_or_default();
            decimal.start = decimal.start.saturating_sub(1);
            number /= 10;
            if number == 0 {
                break;
            }
        }
        decimal
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.digits.get(self.start..).unwrap_or_default()
    }
}
