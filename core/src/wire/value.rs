//! Which values are legal, wherever they come from: a token response or a redirect.

/// The longest lifetime the service grants, in seconds: 450 days, for SCIM clients. A longer one is taken for this.
pub(super) const LONGEST_LIFETIME: u32 = 38_880_000;

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`, RFC 6750 section 2.1.
pub(super) fn is_b64token(token: &[u8]) -> bool {
    let end = token.iter().rposition(|&byte| byte != b'=');
    let body = end.and_then(|last| token.get(..=last)).unwrap_or_default();
    let legal = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    !body.is_empty() && body.iter().all(legal)
}

/// Compared case-insensitively, RFC 6749 section 5.1.
pub(super) fn is_bearer(token_type: &[u8]) -> bool {
    token_type.eq_ignore_ascii_case(b"bearer")
}

/// `1*VSCHAR`, RFC 6749 appendix A.17: visible ASCII and spaces.
pub(super) fn is_refresh_token(token: &[u8]) -> bool {
    !token.is_empty() && token.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// No control characters. RFC 6749 appendix A.4 allows less, but the scope decides nothing here: it is for people and
/// logs, where only a line end would do harm.
pub(super) fn is_scope(scope: &[u8]) -> bool {
    !scope.iter().any(u8::is_ascii_control)
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
    if number.first() == Some(&b'-') {
        return None;
    }
    let exponent_at = number.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = match exponent_at {
        Some(at) => (number.get(..at)?, exponent(number.get(at + 1..)?)),
        None => (number, 0),
    };
    let digits_before_point = mantissa.iter().position(|&byte| byte == b'.').unwrap_or(mantissa.len());
    // How many of the digits stand before the point, once the exponent has moved it.
    let whole = i64::try_from(digits_before_point).ok()?.saturating_add(exponent);
    let mut seconds = 0_u32;
    let mut met = 0_i64;
    for digit in mantissa.iter().filter(|byte| byte.is_ascii_digit()) {
        let digit = u32::from(digit & 0xf);
        if met < whole {
            seconds = seconds.saturating_mul(10).saturating_add(digit);
        } else if digit != 0 {
            return None;
        }
        met += 1;
    }
    while met < whole && seconds != 0 && seconds < LONGEST_LIFETIME {
        seconds = seconds.saturating_mul(10);
        met += 1;
    }
    Some(seconds.min(LONGEST_LIFETIME))
}

/// `[ "+" / "-" ] 1*DIGIT`. Saturates, far beyond where it makes a difference.
fn exponent(text: &[u8]) -> i64 {
    let magnitude = text
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit & 0xf)));
    if text.first() == Some(&b'-') { -magnitude } else { magnitude }
}
