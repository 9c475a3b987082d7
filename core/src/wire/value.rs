//! Which values are legal, wherever they come from: a token response or a redirect.

use super::string;

/// The longest lifetime the service grants, in seconds: 450 days, for SCIM clients. A longer one is taken for this.
pub(super) const LONGEST_LIFETIME: u32 = 38_880_000;

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, RFC 6750 section 2.1.
///
/// The first `known` bytes are known to be among the characters before the padding: see [`string::token_run`].
pub(super) fn is_b64token(token: &[u8], known: usize) -> bool {
    let mut at = known;
    while let Some(&byte) = token.get(at) {
        if string::is_token_character(byte) {
            at += 1;
        } else if matches!(byte, b'~' | b'+') {
            at += 1 + string::token_run(token.get(at + 1..).unwrap_or_default());
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
    let mut seconds = 0;
    let mut whole_length = 0;
    for byte in number.iter().take_while(|byte| byte.is_ascii_digit()) {
        seconds = append(seconds, *byte);
        whole_length += 1;
    }
    if whole_length == number.len() {
        return Some(seconds.min(LONGEST_LIFETIME));
    }
    seconds_from_fraction(number, whole_length)
}

/// The same for a number that has more than `whole_length` digits.
fn seconds_from_fraction(number: &[u8], whole_length: usize) -> Option<u32> {
    let (whole, rest) = number.split_at_checked(whole_length)?;
    let exponent_at = rest.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(rest.len());
    let (fraction, exponent) = rest.split_at_checked(exponent_at)?;
    // How many of the digits stand before the point, once the exponent has moved it. A minus sign is in the fraction.
    let mut before_point = i64::try_from(whole_length).ok()?.saturating_add(power(exponent));
    let mut seconds = 0;
    for byte in whole.iter().chain(fraction.strip_prefix(b".").unwrap_or(fraction)) {
        if !byte.is_ascii_digit() || (before_point <= 0 && *byte != b'0') {
            return None;
        }
        if before_point > 0 {
            seconds = append(seconds, *byte);
            before_point -= 1;
        }
    }
    while before_point > 0 && (1..LONGEST_LIFETIME).contains(&seconds) {
        seconds = append(seconds, b'0');
        before_point -= 1;
    }
    Some(seconds.min(LONGEST_LIFETIME))
}

/// A number with one digit more. Saturates, far beyond [`LONGEST_LIFETIME`].
fn append(number: u32, digit: u8) -> u32 {
    number.saturating_mul(10).saturating_add(u32::from(digit & 0xf))
}

/// The value of `[ "e" / "E" ] [ "+" / "-" ] *DIGIT`. Saturates, far beyond where it makes a difference.
fn power(text: &[u8]) -> i64 {
    let magnitude = i64::from(text.iter().copied().filter(u8::is_ascii_digit).fold(0, append));
    if text.get(1) == Some(&b'-') { -magnitude } else { magnitude }
}
