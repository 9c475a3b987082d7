//! Lifetimes in the notations that core accepts.

use crate::json::Json;

/// 450 days in seconds, the longest lifetime that the service grants.
const LONGEST: u64 = 38_880_000;

/// Returns the seconds of an `expires_in`; `None` if it is not a lifetime.
pub fn seconds(value: &Json) -> Option<u64> {
    match value {
        Json::String(text) => digits(text),
        Json::Number(text) => number(text),
        _ => None,
    }
}

/// Parses one digit or more.
pub fn digits(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| capped(text))
}

/// Parses a JSON number that is an integer, in any notation, without a minus sign.
fn number(text: &str) -> Option<u64> {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.starts_with('-') {
        return None;
    }
    let significant = format!("{whole}{fraction}");
    if significant.bytes().all(|byte| byte == b'0') {
        return Some(0);
    }
    // The position of the decimal point in the digits, after the exponent has moved it. A larger exponent than i128 moves it beyond
    // every text that fits in memory.
    let exponent = exponent.parse::<i128>().unwrap_or(if exponent.starts_with('-') {
        i128::MIN / 2
    } else {
        i128::MAX / 2
    });
    let point = i128::try_from(whole.len()).ok()? + exponent;
    let point = point.clamp(0, i128::try_from(significant.len()).ok()? + 16);
    let point = usize::try_from(point).ok()?;
    let padded = format!("{significant:0<point$}");
    let (before, fraction) = padded.split_at(point);
    fraction.bytes().all(|byte| byte == b'0').then(|| capped(before))
}

fn capped(digits: &str) -> u64 {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() { 0 } else { digits.parse().unwrap_or(LONGEST).min(LONGEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parsed_exactly() {
        for (text, expected) in [
            ("86399", Some(86399)),
            ("86399.0", Some(86399)),
            ("8.6399e4", Some(86399)),
            ("8639900e-2", Some(86399)),
            ("0.5", None),
            ("1e-1", None),
            ("-1", None),
            ("-0", None),
            ("0e999999999999999999999999999999999999999999", Some(0)),
            ("1e999999999999999999999999999999999999999999", Some(LONGEST)),
            ("1e-999999999999999999999999999999999999999999", None),
            ("0.00001e5", Some(1)),
            ("99999999", Some(LONGEST)),
        ] {
            assert_eq!(seconds(&Json::Number(text.to_owned())), expected, "{text}");
        }
        assert_eq!(seconds(&Json::String("007".to_owned())), Some(7));
        assert_eq!(seconds(&Json::String("7.0".to_owned())), None);
    }
}
