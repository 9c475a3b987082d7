//! Which values are legal, wherever they come from: a token response or a redirect.

use super::word;

/// The longest lifetime the service grants, in seconds: 450 days, for SCIM clients. A longer one is taken for this.
pub(super) const LONGEST_LIFETIME: u32 = 38_880_000;

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, RFC 6750 section 2.1.
///
/// The first `known` bytes are known to be among the characters before the padding: see [`word::token_run`].
pub(super) fn is_b64token(token: &[u8], known: usize) -> bool {
    let mut at = known;
    while let Some(&byte) = token.get(at) {
        if word::is_token(byte) {
            at += 1;
        } else if matches!(byte, b'~' | b'+') {
            at += 1 + word::token_run(token.get(at + 1..).unwrap_or_default());
        } else {
            // Nothing but padding may follow, and it must not stand alone.
            return at > 0 && token.iter().skip(at).all(|&byte| byte == b'=');
        }
    }
    at > 0
}

/// Compared case-insensitively, RFC 6749 section 5.1.
pub(super) fn is_bearer(token_type: &[u8]) -> bool {
    token_type.eq_ignore_ascii_case(b"bearer")
}

/// `1*VSCHAR`, RFC 6749 appendix A.17: visible ASCII and spaces. Also an empty text, which stands for none.
pub(super) fn is_refresh_token(token: &[u8]) -> bool {
    token.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// No control characters. RFC 6749 appendix A.4 allows less, but the scope decides nothing here: it is for people and
/// logs, where only a line end would do harm.
pub(super) fn is_scope(scope: &[u8]) -> bool {
    scope.iter().fold(true, |legal, byte| legal & !byte.is_ascii_control())
}

/// Whole seconds from a digit string.
pub(super) fn seconds_from_digits(digits: &[u8]) -> Option<u32> {
    let legal = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    legal.then(|| seconds_from_number(digits)).flatten()
}

/// Whole seconds from a JSON number: any spelling of an integer that is not negative (`86399`, `86399.0`, `8.6399e4`).
/// More than [`LONGEST_LIFETIME`] is cut to it. `None` with a minus sign, or if something is left behind the point.
///
/// Exact: no floating point.
pub(super) fn seconds_from_number(number: &[u8]) -> Option<u32> {
    // The digits but for zeros at the end, and the power of ten to multiply them by.
    let mut digits = 0_u32;
    let mut power = 0_i32;
    let mut zeros = 0_i32;
    let mut point = 0;
    let mut rest = number.iter();
    while let Some(&byte) = rest.next() {
        match byte {
            b'0' => zeros += 1,
            b'1'..=b'9' => {
                digits = times_power_of_ten(digits, zeros + 1).saturating_add(u32::from(byte & 0xf));
                zeros = 0;
            }
            b'.' => {
                point = 1;
                continue;
            }
            b'-' => return None,
            _ => {
                power = power.saturating_add(exponent(rest.as_slice()));
                break;
            }
        }
        power -= point;
    }
    power = power.saturating_add(zeros);
    if digits != 0 && power < 0 {
        return None;
    }
    Some(times_power_of_ten(digits, power).min(LONGEST_LIFETIME))
}

/// Saturates, far beyond [`LONGEST_LIFETIME`].
fn times_power_of_ten(number: u32, power: i32) -> u32 {
    // Ten digits are more than a `u32` holds.
    (0..power.min(10)).fold(number, |number, _| number.saturating_mul(10))
}

/// `[ "+" / "-" ] 1*DIGIT`. Saturates, far beyond where it makes a difference.
fn exponent(text: &[u8]) -> i32 {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let magnitude = text
        .iter()
        .copied()
        .filter(is_digit)
        .fold(0_i32, |value, digit| value.saturating_mul(10).saturating_add(i32::from(digit & 0xf)));
    if text.first() == Some(&b'-') { -magnitude } else { magnitude }
}
