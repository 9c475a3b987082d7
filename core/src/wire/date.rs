//! HTTP-date, RFC 9110 section 5.6.7: the current format and the two obsolete ones, which recipients must accept.
//!
//! | Format | Example |
//! |---|---|
//! | IMF-fixdate | `Sun, 06 Nov 1994 08:49:37 GMT` |
//! | RFC 850 | `Sunday, 06-Nov-94 08:49:37 GMT` |
//! | asctime | `Sun Nov  6 08:49:37 1994` |
//!
//! Names are case-sensitive, as they are there. The day must exist in its month and be on the day of the week named. A
//! two-digit year is taken for 1970 to 2069: without a clock there is no "50 years in the future" to compare with.

/// The first of January 1970 was the first of these.
const DAYS: [[u8; 9]; 7] = [
    *b"Thursday\0",
    *b"Friday\0\0\0",
    *b"Saturday\0",
    *b"Sunday\0\0\0",
    *b"Monday\0\0\0",
    *b"Tuesday\0\0",
    *b"Wednesday",
];
/// The letters of each, as [`read`] returns them.
const MONTHS: [u32; 12] = {
    let names = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut months = [0; 12];
    let mut at = 0;
    while at < names.len() {
        months[at / 3] = months[at / 3] << 8 | names[at] as u32;
        at += 1;
    }
    months
};
const SECONDS_OF_A_DAY: u64 = 86_400;

/// The formats after the name of the day. A small letter is a digit of a field, or a letter of the month's name; every other
/// character is literal.
const PATTERNS: &[&[u8]; 4] = &[
    b", dd nnn yyyy hh:mm:ss GMT",
    b" nnn dd hh:mm:ss yyyy",
    b" nnn  d hh:mm:ss yyyy",
    b", dd-nnn-yy hh:mm:ss GMT",
];
/// The only one with a whole name before it, and with two digits of the year.
const RFC_850: u8 = 3;
/// The letters of the fields, in the order in which [`read`] returns these.
const FIELDS: &[u8; 6] = b"yndhms";

/// Seconds since 1970-01-01, without leap seconds. `None` unless it is a date of these formats from then on.
pub(super) fn seconds_since_1970(text: &[u8]) -> Option<u64> {
    let name_end = text.iter().position(|byte| !byte.is_ascii_alphabetic())?;
    let (name, rest) = text.split_at_checked(name_end)?;
    let (format, [mut year, month, day, hour, minute, second]) =
        (0..).zip(PATTERNS.iter()).find_map(|(format, pattern)| Some((format, read(rest, pattern)?)))?;
    let is_rfc_850 = format == RFC_850;
    if is_rfc_850 {
        year += if year < 70 { 2000 } else { 1900 };
    }
    let days = days_since_1970(year, month, day)?;
    let (begins, goes_on) = DAYS.get(days as usize % DAYS.len())?.split_at_checked(name_end)?;
    let is_named =
        name == begins && (if is_rfc_850 { goes_on.iter().all(|byte| *byte == 0) } else { name_end == 3 });
    // A leap second counts as the second after it.
    let legal = hour < 24 && minute < 60 && second <= 60 && is_named;
    legal.then(|| u64::from(days) * SECONDS_OF_A_DAY + u64::from((hour * 60 + minute) * 60 + second))
}

/// Returns the fields in order, of the month the letters. `None` unless the text is as the pattern says.
fn read(text: &[u8], pattern: &[u8]) -> Option<[u32; FIELDS.len()]> {
    let mut fields = [0; FIELDS.len()];
    for (&byte, &expected) in text.iter().zip(pattern) {
        let field = FIELDS.iter().zip(&mut fields).find(|(letter, _)| **letter == expected);
        match field {
            Some((b'n', letters)) => *letters = *letters << 8 | u32::from(byte),
            Some((_, number)) => *number = *number * 10 + char::from(byte).to_digit(10)?,
            None if byte == expected => {}
            None => return None,
        }
    }
    (text.len() == pattern.len()).then_some(fields)
}

/// In the Gregorian calendar. `None` for days that it does not have, and before 1970.
fn days_since_1970(year: u32, month: u32, day: u32) -> Option<u32> {
    let (month, _) = (0..).zip(&MONTHS).find(|(_, letters)| **letters == month)?;
    if year < 1970 {
        return None;
    }
    let first = first_of_month(year, month);
    let exists = (1..=first_of_month(year, month + 1) - first).contains(&day);
    exists.then(|| first + day - 1)
}

/// Days from 1970 to the first of a month; the first month is 0, and 12 is the first one of the next year.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
const fn first_of_month(year: u32, month: u32) -> u32 {
    // Of a year that begins in March the leap day is the last, and its months are 31, 30, 31, 30 and 31 days long, again and again.
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (153 * month + 2) / 5 - 719_468
}
