//! `Retry-After` in the first line of the input, `Date` in the rest: the resulting duration is compared with that of httpdate.
#![no_main]

use std::time::{SystemTime, UNIX_EPOCH};

use genesys_token_core::time::Duration;
use genesys_token_core::wire::ResponseHead;
use libfuzzer_sys::fuzz_target;

/// Seconds since 1970 at which every response arrives.
const RECEIVED_AT: u64 = 1_445_412_480;

fuzz_target!(|input: &[u8]| {
    let line_end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    let (retry_after, rest) = input.split_at(line_end);
    let date = rest.get(1..).unwrap_or_default();
    for order in [[true, false], [false, true]] {
        let mut head = ResponseHead::new(429);
        for first in order {
            if first {
                head.header(b"Retry-After", retry_after);
            } else {
                head.header(b"date", date);
            }
        }
        assert_eq!(head.retry_after(), expected(retry_after, date));
        // The local clock is the reference only where the response names no time of its own.
        head.received_at(RECEIVED_AT);
        let reference = seconds_of(date).unwrap_or(RECEIVED_AT);
        assert_eq!(head.retry_after(), duration(retry_after, Some(reference)));
    }
});

fn expected(retry_after: &[u8], date: &[u8]) -> Option<Duration> {
    duration(retry_after, seconds_of(date))
}

/// Returns the duration that `Retry-After` names, given the time in seconds since 1970 from which a date is counted.
fn duration(retry_after: &[u8], now: Option<u64>) -> Option<Duration> {
    let text = std::str::from_utf8(retry_after.trim_ascii()).ok()?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(u64::from(text.parse::<u32>().unwrap_or(u32::MAX))));
    }
    let then = seconds(text)?;
    Some(Duration::from_secs(then.saturating_sub(now?)))
}

fn seconds_of(date: &[u8]) -> Option<u64> {
    seconds(std::str::from_utf8(date.trim_ascii()).ok()?)
}

/// Parses an HTTP-date into seconds since 1970.
fn seconds(text: &str) -> Option<u64> {
    // httpdate strips more white space, and accepts any character between date and time in the RFC 850 format.
    let before_time = text.len().checked_sub("00:00:00 GMT".len() + 1);
    let space = before_time.and_then(|at| text.as_bytes().get(at)) == Some(&b' ');
    if text.trim() != text || (text.ends_with("GMT") && !space) {
        return None;
    }
    let since_1970 = |time: SystemTime| time.duration_since(UNIX_EPOCH).ok().map(|span| span.as_secs());
    if let Ok(time) = httpdate::parse_http_date(text) {
        return since_1970(time);
    }
    // httpdate does not support leap seconds; RFC 9110 section 5.6.7 does.
    let colon = text.rfind(':').filter(|&colon| text[colon..].starts_with(":60"))?;
    let before = format!("{}:59{}", &text[..colon], &text[colon + 3..]);
    since_1970(httpdate::parse_http_date(&before).ok()?).map(|seconds| seconds + 1)
}
