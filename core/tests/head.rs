//! The headers that are used, and how they are read.

#![allow(clippy::unwrap_used, reason = "in helpers of tests too, a failing unwrap is a failing test")]

use core::time::Duration as StdDuration;
use std::time::UNIX_EPOCH;

use genesys_token_core::time::Duration;
use genesys_token_core::wire::{RateLimit, ResponseHead};
use proptest::prelude::*;

fn head(headers: &[(&str, &str)]) -> ResponseHead {
    let mut head = ResponseHead::new(429);
    for (name, value) in headers {
        head.header(name.as_bytes(), value.as_bytes());
    }
    head
}

fn retry_after(value: &str) -> Option<Duration> {
    head(&[("Retry-After", value)]).retry_after()
}

/// Returns `Retry-After` in seconds since 1970: the `Date` is 1970 itself.
fn date(value: &str) -> Option<u64> {
    head(&[("Date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Retry-After", value)])
        .retry_after()
        .map(Duration::as_secs)
}

#[test]
fn without_headers() {
    let head = ResponseHead::new(204);
    assert_eq!(head.status(), 204);
    assert_eq!(head.retry_after(), None);
    assert_eq!(head.correlation_id(), "");
    assert_eq!(head.rate_limit(), None);
}

#[test]
fn retry_after_in_seconds() {
    for (value, seconds) in [("42", 42), ("0", 0), ("007", 7), (" 3 ", 3), ("\t86400", 86_400)] {
        assert_eq!(retry_after(value), Some(Duration::from_secs(seconds)), "{value}");
    }
    // More than 136 years counts as 136 years.
    for huge in ["4294967295", "4294967296", "99999999999999999999999"] {
        assert_eq!(retry_after(huge), Some(Duration::from_secs(4_294_967_295)), "{huge}");
    }
    for value in ["", " ", "-1", "+1", "1.5", "1e3", "42s", "4 2", "０", "soon", "0x10", "42,42", "Thu"] {
        assert_eq!(retry_after(value), None, "{value}");
    }
}

#[test]
fn retry_after_as_a_date_needs_the_date() {
    let value = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(retry_after(value), None);
    let before = ("Date", "Sun, 06 Nov 1994 08:49:00 GMT");
    let after = ("date", "Sunday, 06-Nov-94 08:50:00 GMT");
    // The order of the two does not matter.
    let thirty_seven = Some(Duration::from_secs(37));
    assert_eq!(head(&[before, ("Retry-After", value)]).retry_after(), thirty_seven);
    assert_eq!(head(&[("Retry-After", value), before]).retry_after(), thirty_seven);
    assert_eq!(head(&[after, ("Retry-After", value)]).retry_after(), Some(Duration::ZERO));
    assert_eq!(head(&[("Date", "yesterday"), ("Retry-After", value)]).retry_after(), None);
}

#[test]
fn the_three_formats_of_rfc_9110() {
    for value in
        ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
    {
        assert_eq!(date(value), Some(784_111_777), "{value}");
    }
}

#[test]
fn dates_at_the_edges() {
    let cases = [
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199)),
        ("Tue, 29 Feb 2000 00:00:00 GMT", Some(951_782_400)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", Some(1_483_228_800)),
        ("Thursday, 01-Jan-70 00:00:00 GMT", Some(0)),
        ("Tuesday, 31-Dec-69 23:59:59 GMT", Some(3_155_759_999)),
        ("Wed Dec 31 23:59:59 1969", None),
        ("Thu, 29 Feb 2023 00:00:00 GMT", None),
        ("Wed, 29 Feb 2100 00:00:00 GMT", None),
        ("Sat, 31 Apr 2022 00:00:00 GMT", None),
        ("Sun, 00 Nov 1994 08:49:37 GMT", None),
        ("Wed, 00 Jan 1970 00:00:00 GMT", None),
        ("Sun, 06 Nov 1994 24:00:00 GMT", None),
        ("Sun, 06 Nov 1994 08:60:00 GMT", None),
        ("Sun, 06 Nov 1994 08:49:61 GMT", None),
    ];
    for (value, seconds) in cases {
        assert_eq!(date(value), seconds, "{value}");
    }
}

#[test]
fn dates_that_are_none() {
    let cases = [
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sunday Nov  6 08:49:37 1994",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        ", 06 Nov 1994 08:49:37 GMT",
    ];
    for value in cases {
        assert_eq!(date(value), None, "{value}");
    }
}

/// Returns a moment in each of the three formats.
fn formats(seconds: u64) -> [String; 3] {
    let moment = UNIX_EPOCH + StdDuration::from_secs(seconds);
    let fixdate = httpdate::fmt_http_date(moment);
    let words: Vec<&str> = fixdate.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let [day_name, day, month, year, time, _] = words[..] else { panic!("{fixdate}") };
    let full = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        .into_iter()
        .find(|name| name.starts_with(day_name))
        .unwrap();
    let rfc850 = format!("{full}, {day}-{month}-{} {time} GMT", &year[2..]);
    let asctime = format!("{day_name} {month} {:>2} {time} {year}", day.trim_start_matches('0'));
    [fixdate, rfc850, asctime]
}

fn theirs(value: &str) -> Option<u64> {
    let moment = httpdate::parse_http_date(value).ok()?;
    Some(moment.duration_since(UNIX_EPOCH).unwrap().as_secs())
}

/// Returns a used header name in any case.
fn name() -> impl Strategy<Value = String> {
    const NAMES: [&str; 6] = [
        "retry-after",
        "date",
        "inin-correlation-id",
        "content-type",
        "inin-ratelimit-count",
        "inin-ratelimit-reset",
    ];
    (prop::sample::select(&NAMES[..]), any::<u32>()).prop_map(|(name, upper)| {
        let cased = name.bytes().enumerate().map(|(place, byte)| {
            let upper = upper >> place & 1 == 1;
            char::from(if upper { byte.to_ascii_uppercase() } else { byte })
        });
        cased.collect()
    })
}

proptest! {
    // A case takes a thousand times as long in Miri.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 4000 })
    })]

    #[test]
    fn every_moment_is_read_like_httpdate_reads_it(seconds in 0..253_402_300_800_u64) {
        let [fixdate, _, asctime] = formats(seconds);
        for value in [fixdate, asctime] {
            prop_assert_eq!(date(&value), Some(seconds), "{}", &value);
            prop_assert_eq!(theirs(&value), Some(seconds), "{}", &value);
        }
    }

    #[test]
    fn a_year_of_two_digits_is_one_from_1970_to_2069(seconds in 0..3_155_760_000_u64) {
        let [_, rfc850, _] = formats(seconds);
        prop_assert_eq!(date(&rfc850), Some(seconds), "{}", &rfc850);
        prop_assert_eq!(theirs(&rfc850), Some(seconds), "{}", &rfc850);
    }

    #[test]
    fn a_damaged_date_is_refused_or_read_as_httpdate_reads_it(
        seconds in 0..3_155_760_000_u64,
        format in 0..3_usize,
        place in any::<prop::sample::Index>(),
        byte in 0x20..0x7f_u8,
    ) {
        let mut value = formats(seconds)[format].clone().into_bytes();
        let place = place.index(value.len());
        value[place] = byte;
        let value = String::from_utf8(value).unwrap();
        if let Some(read) = date(&value) {
            // Leap seconds are legal (RFC 9110 section 5.6.7); httpdate does not know them.
            prop_assert!(theirs(&value) == Some(read) || value.contains(":60"), "{}", value);
        }
    }

    #[test]
    fn any_bytes_are_survived(name in name(), value in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut head = ResponseHead::new(200);
        head.header(name.as_bytes(), &value);
        prop_assert!(head.correlation_id().bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    }
}

#[test]
fn correlation_ids() {
    let id = |value: &str| head(&[("inin-correlation-id", value)]).correlation_id().to_owned();
    assert_eq!(id(" 0b7a9d2e-5c1f-4b8e-9a3d-6f2e1c0d4b5a\t"), "0b7a9d2e-5c1f-4b8e-9a3d-6f2e1c0d4b5a");
    assert_eq!(id(&"x".repeat(64)), "x".repeat(64));
    assert_eq!(id(&"x".repeat(65)), "");
    for strange in ["a\tb", "a\u{0}b", "é", "\u{7f}"] {
        assert_eq!(id(strange), "", "{strange:?}");
    }
}

#[test]
fn rate_limits() {
    let headers =
        [("inin-ratelimit-count", "17"), ("ININ-RateLimit-Allowed", "300"), ("inin-ratelimit-reset", " 42")];
    let expected = RateLimit { count: 17, allowed: 300, reset: Duration::from_secs(42) };
    assert_eq!(head(&headers).rate_limit(), Some(expected));
    for missing in 0..3 {
        let mut two = headers.to_vec();
        two.remove(missing);
        assert_eq!(head(&two).rate_limit(), None);
        for malformed in ["", "-1", "+1", "1.5", "0x10", "many"] {
            two.push((headers[missing].0, malformed));
            assert_eq!(head(&two).rate_limit(), None, "{malformed}");
        }
    }
}

#[test]
fn the_first_legal_value_counts_and_others_do_not_matter() {
    let headers = [
        ("Server", "nginx"),
        ("Retry-After", "soon"),
        ("Retry-After", "1"),
        ("Retry-After", "2"),
        ("X-Retry-After", "3"),
        ("ININ-Correlation-Id", "é"),
        ("ININ-Correlation-Id", "first"),
        ("ININ-Correlation-Id", "second"),
        ("", ""),
    ];
    let head = head(&headers);
    assert_eq!(head.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(head.correlation_id(), "first");
}

/// RFC 9110 section 10.2.3 measures the date from the time of the message; without `Date` the local clock is the best reference.
#[test]
fn retry_after_as_a_date_is_measured_against_the_local_clock_without_date() {
    // 1994-11-06 08:49:37, the date of RFC 9110 section 5.6.7.
    let then = 784_111_777;
    let mut head = head(&[("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")]);
    assert_eq!(head.retry_after(), None);
    head.received_at(then - 42);
    assert_eq!(head.retry_after(), Some(Duration::from_secs(42)));
    // The first time counts, and a past date means no wait.
    head.received_at(then);
    assert_eq!(head.retry_after(), Some(Duration::from_secs(42)));
}

#[test]
fn date_of_the_response_goes_before_the_local_clock() {
    let mut head =
        head(&[("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Date", "Sun, 06 Nov 1994 08:49:30 GMT")]);
    head.received_at(784_111_777 - 3600);
    assert_eq!(head.retry_after(), Some(Duration::from_secs(7)));
}

#[test]
fn local_clock_changes_nothing_for_seconds() {
    let mut head = head(&[("Retry-After", "42")]);
    head.received_at(784_111_777);
    assert_eq!(head.retry_after(), Some(Duration::from_secs(42)));
}
