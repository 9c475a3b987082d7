//! Which values are legal, wherever they come from: a token response or a redirect.

use super::run::{DIGITS, TOKEN, is_all};

/// The longest lifetime the service grants, in seconds: 450 days, for SCIM clients. A longer one is taken for this.
pub(super) const LONGEST_LIFETIME: u32 = 38_880_000;

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, RFC 6750 section 2.1.
pub(super) fn is_b64token(token: &[u8]) -> bool {
    let mut token = token;
    while let Some((b'=', before)) = token.split_last() {
        token = before;
    }
    !token.is_empty() && is_all(token, TOKEN)
}

/// Compared case-insensitively, RFC 6749 section 5.1.
pub(super) fn is_bearer(token_type: &[u8]) -> bool {
    // Four bytes at a time. No other byte than the capital letter becomes the small one with this bit set.
    let fold = |four: &[u8; 4]| (u32::from_ne_bytes(*four) | 0x2020_2020).to_ne_bytes();
    token_type.len() == 6
        && token_type.first_chunk().map(fold) == Some(*b"bear")
        && token_type.last_chunk().map(fold) == Some(*b"arer")
}

/// `1*DIGIT`
pub(super) fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && is_all(text, DIGITS)
}

/// Whole seconds from a JSON number: any spelling of an integer that is not negative (`86399`, `86399.0`, `8.6399e4`).
/// More than [`LONGEST_LIFETIME`] is cut to it. `None` with a minus sign, or if something is left behind the point.
///
/// Exact: no floating point.
pub(super) fn seconds_from_number(number: &[u8]) -> Option<u32> {
    let mut seconds = 0;
    for byte in number {
        // So many digits need no care.
        if !byte.is_ascii_digit() || number.len() > 9 {
            return seconds_from_decimal(number);
        }
        seconds = seconds * 10 + u32::from(byte & 0xf);
    }
    Some(seconds.min(LONGEST_LIFETIME))
}

/// The same for a number that is long, or has a sign, a point or an exponent.
#[cold]
#[inline(never)]
fn seconds_from_decimal(number: &[u8]) -> Option<u32> {
    // How many digits stand before the point, and how many more once the exponent has moved it.
    let mut whole = 0;
    let mut exponent = 0;
    let mut is_negative = false;
    let mut is_whole = true;
    let mut rest = number.iter();
    for &byte in rest.by_ref() {
        match byte {
            b'-' => return None,
            b'.' => is_whole = false,
            b'0'..=b'9' => whole += i32::from(is_whole),
            _ => break,
        }
    }
    for &byte in rest {
        match byte {
            b'-' => is_negative = true,
            // A hundred millions stand for more than that.
            b'0'..=b'9' if exponent < 100_000_000 => exponent = exponent * 10 + i32::from(byte & 0xf),
            _ => {}
        }
    }
    whole += if is_negative { -exponent } else { exponent };
    let mut seconds = 0;
    for &byte in number {
        match byte {
            b'.' => continue,
            b'0'..=b'9' if whole > 0 => seconds = append(seconds, byte),
            b'0' => {}
            b'e' | b'E' => break,
            // Something behind the point.
            _ => return None,
        }
        whole -= 1;
    }
    // Ten zeros are beyond it, but for 0.
    let zeros = 0..whole.min(10);
    Some(zeros.fold(seconds, |seconds, _| append(seconds, b'0')).min(LONGEST_LIFETIME))
}

/// A number with one digit more; one that is beyond [`LONGEST_LIFETIME`] stays there.
const fn append(number: u32, digit: u8) -> u32 {
    if number > LONGEST_LIFETIME { number } else { number * 10 + (digit & 0xf) as u32 }
}
