//! HTTP-date, RFC 9110 section 5.6.7: the current format and the two obsolete ones, which recipients must accept.
//!
//! | Format | Example |
//! |---|---|
//! | IMF-fixdate | `Sun, 06 Nov 1994 08:49:37 GMT` |
//! | RFC 850 | `Sunday, 06-Nov-94 08:49:37 GMT` |
//! | asctime | `Sun Nov  6 08:49:37 1994` |
//!
//! Names are case-sensitive, as they are there. The day must exist in its month and be on the day of the week named. A
//! two-digit year stands for 1970 to 2069: without a clock there is no "50 years in the future" to compare with.

/// The first of January 1970 was the first of these.
const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
const SECONDS_OF_A_DAY: u64 = 86_400;

/// Seconds since 1970-01-01, without leap seconds. `None` unless it is a date of these formats from then on.
pub(super) fn seconds_since_1970(text: &[u8]) -> Option<u64> {
    // The three differ in what follows the day of the week: "Sun, ", "Sunday, ", "Sun ".
    let name_end = text.iter().position(|byte| !byte.is_ascii_alphabetic())?;
    let (name, rest) = text.split_at_checked(name_end)?;
    let is_short = name.len() == 3;
    let mut rest = Rest(rest);
    let (year, month, day, seconds);
    if is_short && rest.first() == Some(b' ') {
        rest.skip(b" ")?;
        month = rest.month()?;
        rest.skip(b" ")?;
        day = if rest.skip(b" ").is_some() { rest.number(1)? } else { rest.number(2)? };
        rest.skip(b" ")?;
        seconds = rest.time()?;
        rest.skip(b" ")?;
        year = rest.number(4)?;
    } else {
        let separator: &[u8] = if is_short { b" " } else { b"-" };
        rest.skip(b", ")?;
        day = rest.number(2)?;
        rest.skip(separator)?;
        month = rest.month()?;
        rest.skip(separator)?;
        year = if is_short { rest.number(4)? } else { full_year(rest.number(2)?) };
        rest.skip(b" ")?;
        seconds = rest.time()?;
        rest.skip(b" GMT")?;
    }
    let days = days_since_1970(year, month, day)?;
    let expected = DAYS.get(days as usize % DAYS.len())?.as_bytes();
    let expected = if is_short { expected.get(..3)? } else { expected };
    let legal = rest.0.is_empty() && name == expected;
    legal.then(|| u64::from(days) * SECONDS_OF_A_DAY + u64::from(seconds))
}

/// What of the text was not read yet.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    fn first(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Exactly these bytes.
    fn skip(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// A number of so many digits; four at most.
    fn number(&mut self, digits: usize) -> Option<u32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |number, &byte| Some(number * 10 + char::from(byte).to_digit(10)?))
    }

    /// The name of a month: 0 to 11.
    fn month(&mut self) -> Option<usize> {
        let (name, rest) = self.0.split_first_chunk::<3>()?;
        self.0 = rest;
        MONTHS.as_chunks().0.iter().position(|month| month == name)
    }

    /// `08:49:37` in seconds since midnight; a leap second counts as the second after it.
    fn time(&mut self) -> Option<u32> {
        let hour = self.number(2)?;
        self.skip(b":")?;
        let minute = self.number(2)?;
        self.skip(b":")?;
        let second = self.number(2)?;
        (hour < 24 && minute < 60 && second <= 60).then_some((hour * 60 + minute) * 60 + second)
    }
}

const fn full_year(two_digits: u32) -> u32 {
    if two_digits < 70 { 2000 + two_digits } else { 1900 + two_digits }
}

/// In the Gregorian calendar. `None` for days that it does not have, and before 1970.
fn days_since_1970(year: u32, month: usize, day: u32) -> Option<u32> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [31, 28 + u32::from(is_leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years = year.checked_sub(1970)?;
    if !(1..=*lengths.get(month)?).contains(&day) {
        return None;
    }
    let before = year - 1;
    // Leap days from 1970 to the end of the year before; 477 of them are older.
    let leap_days = before / 4 - before / 100 + before / 400 - 477;
    let of_year: u32 = lengths.iter().take(month).sum();
    Some(years * 365 + leap_days + of_year + day - 1)
}
