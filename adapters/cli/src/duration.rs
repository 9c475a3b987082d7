//! Durations in options: a number with the unit `s`, `m` or `h`. A number alone counts seconds.

use std::time::Duration;

use crate::exit::Problem;

/// Parses the value of an option, which must lie between a second and `max`.
pub(crate) fn within(option: &str, text: &str, max: Duration) -> Result<Duration, Problem> {
    let given = parse(text).filter(|given| (Duration::from_secs(1)..=max).contains(given));
    given.ok_or_else(|| {
        let hours = max.as_secs() / 3600;
        let why =
            format!("give a duration from 1s to {hours}h, such as 90s or 5m; a number alone counts seconds");
        Problem::setting(option, why)
    })
}

/// Parses a duration. `None` if it is none.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit).map(Duration::from_secs)
}
