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

const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
const SECONDS_OF_A_DAY: u64 = 86_400;

/// Seconds since 1970-01-01, without leap seconds. `None` unless it is a date of these formats from then on.
pub(super) fn seconds_since_1970(text: &[u8]) -> Option<u64> {
    // The three differ in what follows the day of the week: "Sun, ", "Sunday, ", "Sun ".
    let name_end = text.iter().position(|byte| !byte.is_ascii_alphabetic())?;
    let (name, rest) = text.split_at_checked(name_end)?;
    let date = match *rest {
        [b',', b' ', ref rest @ ..] if name.len() == 3 => imf_fixdate(rest)?,
        [b',', b' ', ref rest @ ..] => rfc850(rest)?,
        [b' ', ref rest @ ..] if name.len() == 3 => asctime(rest)?,
        _ => return None,
    };
    let days = date.days_since_1970()?;
    let full = DAYS.get(usize::try_from(days % 7).ok()?)?.as_bytes();
    let abbreviated = full.get(..3)?;
    let expected = if name.len() == 3 { abbreviated } else { full };
    (name == expected).then(|| days.saturating_mul(SECONDS_OF_A_DAY).saturating_add(date.seconds))
}

struct Date {
    year: u64,
    /// 0 to 11.
    month: usize,
    day: u64,
    /// Since midnight.
    seconds: u64,
}

/// `06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(text: &[u8]) -> Option<Date> {
    let [d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', rest @ ..] = text else {
        return None;
    };
    Some(Date {
        year: number(&[*y1, *y2, *y3, *y4])?,
        month: month([*m1, *m2, *m3])?,
        day: number(&[*d1, *d2])?,
        seconds: time(rest.strip_suffix(b" GMT")?)?,
    })
}

/// `06-Nov-94 08:49:37 GMT`
fn rfc850(text: &[u8]) -> Option<Date> {
    let [d1, d2, b'-', m1, m2, m3, b'-', y1, y2, b' ', rest @ ..] = text else {
        return None;
    };
    let year = number(&[*y1, *y2])?;
    Some(Date {
        year: if year < 70 { 2000 + year } else { 1900 + year },
        month: month([*m1, *m2, *m3])?,
        day: number(&[*d1, *d2])?,
        seconds: time(rest.strip_suffix(b" GMT")?)?,
    })
}

/// `Nov  6 08:49:37 1994`
fn asctime(text: &[u8]) -> Option<Date> {
    let [m1, m2, m3, b' ', d1, d2, b' ', rest @ ..] = text else {
        return None;
    };
    let [time_of_day @ .., b' ', y1, y2, y3, y4] = rest else {
        return None;
    };
    let tens = if *d1 == b' ' { b'0' } else { *d1 };
    Some(Date {
        year: number(&[*y1, *y2, *y3, *y4])?,
        month: month([*m1, *m2, *m3])?,
        day: number(&[tens, *d2])?,
        seconds: time(time_of_day)?,
    })
}

/// `08:49:37`; a leap second counts as the second after it.
fn time(text: &[u8]) -> Option<u64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *text else {
        return None;
    };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    (hour < 24 && minute < 60 && second <= 60).then_some((hour * 60 + minute) * 60 + second)
}

fn month(name: [u8; 3]) -> Option<usize> {
    MONTHS.iter().position(|month| *month == name)
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, &byte| Some(number * 10 + u64::from(char::from(byte).to_digit(10)?)))
}

impl Date {
    /// In the Gregorian calendar. `None` for days that it does not have, and before 1970.
    fn days_since_1970(&self) -> Option<u64> {
        let leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let lengths: [u64; 12] = [31, 28 + u64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let in_month = 1..=*lengths.get(self.month)?;
        if !in_month.contains(&self.day) {
            return None;
        }
        let years = self.year.checked_sub(1970)?;
        let before = self.year - 1;
        // Leap days from 1970 to the end of the year before; 477 of them are older.
        let leap_days = before / 4 - before / 100 + before / 400 - 477;
        let of_year: u64 = lengths.iter().take(self.month).sum();
        Some(years * 365 + leap_days + of_year + self.day - 1)
    }
}
