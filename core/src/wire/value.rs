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
    // Four bytes at a time. No other byte than the capital letter becomes the small one with this bit set.
    let fold = |four: &[u8; 4]| (u32::from_ne_bytes(*four) | 0x2020_2020).to_ne_bytes();
    token_type.len() == 6
        && token_type.first_chunk().map(fold) == Some(*b"bear")
        && token_type.last_chunk().map(fold) == Some(*b"arer")
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

/// `1*DIGIT`
pub(super) fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Whole seconds from a JSON number: any spelling of an integer that is not negative (`86399`, `86399.0`, `8.6399e4`).
/// More than [`LONGEST_LIFETIME`] is cut to it. `None` with a minus sign, or if something is left behind the point.
///
/// Exact: no floating point.
pub(super) fn seconds_from_number(number: &[u8]) -> Option<u32> {
    let mut seconds = 0;
    for byte in number {
        if !byte.is_ascii_digit() {
            return seconds_from_decimal(number);
        }
        seconds = append(seconds, *byte);
    }
    Some(seconds.min(LONGEST_LIFETIME))
}

/// The same for a number that has a sign, a point or an exponent.
#[cold]
fn seconds_from_decimal(number: &[u8]) -> Option<u32> {
    // The digits but for zeros at the end, and the power of ten to multiply them by.
    let mut digits = 0;
    let mut power = 0_i32;
    let mut zeros = 0_i32;
    let mut point = 0;
    let mut rest = number.iter();
    while let Some(&byte) = rest.next() {
        match byte {
            b'0' => zeros += 1,
            b'1'..=b'9' => {
                digits = append(append_zeros(digits, zeros), byte);
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
    let is_whole = digits == 0 || power >= 0;
    is_whole.then(|| append_zeros(digits, power).min(LONGEST_LIFETIME))
}

/// A number with one digit more; one that is beyond [`LONGEST_LIFETIME`] stays there.
const fn append(number: u32, digit: u8) -> u32 {
    if number > LONGEST_LIFETIME { number } else { number * 10 + (digit & 0xf) as u32 }
}

fn append_zeros(number: u32, zeros: i32) -> u32 {
    // Ten of them are beyond it, but for 0.
    (0..zeros.min(10)).fold(number, |number, _| append(number, b'0'))
}

/// `[ "+" / "-" ] 1*DIGIT`; a hundred millions stand for more than that.
fn exponent(text: &[u8]) -> i32 {
    let magnitude = text.iter().filter(|byte| byte.is_ascii_digit()).fold(0, |value, digit| {
        if value >= 100_000_000 { value } else { value * 10 + i32::from(digit & 0xf) }
    });
    if text.first() == Some(&b'-') { -magnitude } else { magnitude }
}
