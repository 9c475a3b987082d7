//! An SNTP server (RFC 4330).

use std::time::{SystemTime, UNIX_EPOCH};

use super::state::{Sntp, State};

const LENGTH: usize = 48;
/// Version 4, mode 4: a server.
const SERVER: u8 = 4 << 3 | 4;
/// Leap indicator 3: the clock is not synchronised.
const NOT_SET: u8 = 3 << 6;
/// Seconds from 1900 to 1970.
const ERA: u64 = 2_208_988_800;

/// Returns the response to a client's request.
pub(crate) fn reply(request: &[u8], state: &mut State) -> Option<Vec<u8>> {
    let sent = request.get(40..48)?;
    let now = SystemTime::now() + state.skipped;
    let (indicator, stratum, now) = match state.sntp {
        Sntp::Silent => return None,
        Sntp::NotSet => (NOT_SET, 0, now),
        Sntp::Right => (0, 2, now),
        Sntp::Slow { lost_per_mille } => (0, 2, now - state.skipped * lost_per_mille / 1000),
        Sntp::Time(time) => (0, 2, time),
    };
    state.sntp_responses += 1;
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    // Seconds in the upper, their fraction in the lower half; the seconds wrap around in 2036.
    let seconds = (since.as_secs() + ERA) & 0xffff_ffff;
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    let stamp = (seconds << 32 | fraction).to_be_bytes();
    let mut message = vec![0; LENGTH];
    message[0] = indicator | SERVER;
    message[1] = stratum;
    message[2] = 6;
    message[3] = 0xec;
    message[12..16].copy_from_slice(b"TEST");
    for (at, value) in [(16, &stamp[..]), (24, sent), (32, &stamp), (40, &stamp)] {
        message[at..at + 8].copy_from_slice(value);
    }
    Some(message)
}
