//! The legal values of a token response or a redirect.

use super::char_class::{self, DIGITS, is_all};
use super::json;

/// The longest lifetime the service grants, in seconds: 450 days, for SCIM clients. A longer one counts as this.
pub(super) const LONGEST_LIFETIME: u32 = 38_880_000;

/// Returns whether `token` is a `b64token`, which an access token has to be to go into an `Authorization` header.
///
/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, RFC 6750 section 2.1.
#[must_use]
pub fn is_b64token(token: &[u8]) -> bool {
    let (token, padding) = token.split_at_checked(char_class::token_run_end(token, 0)).unwrap_or_default();
    !token.is_empty() && padding.iter().all(|&byte| byte == b'=')
}

/// Returns whether the token type is `bearer`, case-insensitively (RFC 6749 section 5.1).
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

/// Reads whole seconds from a JSON number: any spelling of a non-negative integer (`86399`, `86399.0`, `8.6399e4`). More than
/// [`LONGEST_LIFETIME`] counts as that. `None` with a minus sign or a fraction.
///
/// Exact: no floating point.
pub(super) fn seconds_from_number(number: &[u8]) -> Option<u32> {
    // The common case: few digits and nothing else. Not on devices, where it takes flash.
    if cfg!(target_pointer_width = "64") && matches!(number.len(), 1..=9) {
        let digit = |byte: u8| byte.is_ascii_digit().then_some(u32::from(byte & 0xf));
        let append = |seconds, &byte: &u8| Some(seconds * 10 + digit(byte)?);
        if let Some(seconds) = number.iter().try_fold(0, append) {
            return Some(seconds.min(LONGEST_LIFETIME));
        }
    }
    let point = json::digits(number, 0).ok()?;
    let end = if json::byte(number, point) == b'.' { json::digits(number, point + 1).ok()? } else { point };
    let (digits, power) = number.split_at_checked(end)?;
    let mut exponent = 0;
    for byte in power {
        // Capped: a greater exponent makes no difference.
        if byte.is_ascii_digit() && exponent < 100_000_000 {
            exponent = exponent * 10 + isize::from(byte & 0xf);
        }
    }
    if power.get(1) == Some(&b'-') {
        exponent = -exponent;
    }
    // The number of digits before the decimal point after the exponent is applied.
    let mut whole = point.cast_signed() + exponent;
    let mut seconds = 0;
    for &byte in digits {
        match byte {
            b'0'..=b'9' if whole > 0 => seconds = append(seconds, byte),
            b'0' => {}
            b'.' => continue,
            // A fraction.
            _ => return None,
        }
        whole -= 1;
    }
    // Ten zeros are beyond it, but for 0.
    for _ in 0..whole.min(10) {
        seconds = append(seconds, b'0');
    }
    Some(seconds.min(LONGEST_LIFETIME))
}

/// Appends a digit to a number, at most up to [`LONGEST_LIFETIME`].
#[inline]
const fn append(number: u32, digit: u8) -> u32 {
    if number > LONGEST_LIFETIME { number } else { number * 10 + (digit & 0xf) as u32 }
}
