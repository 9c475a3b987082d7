//! The text of an entry's file: lines of a keyword and values. The token in it is encrypted, the rest is not secret.

use std::fmt::Write as _;

use genesys_token_core::time::Duration;
use zeroize::Zeroizing;

use super::clock::Reading;
use crate::entry::{Entry, HeldLease, HeldToken};
use crate::values::{EngineTime, Generation, Owner};

const FIRST_LINE: &str = "genesys-token-store 1";

pub(super) fn text(entry: &Entry<Zeroizing<String>>, clock: &Reading) -> String {
    let Reading { boot_id, boot_ms, wall_ms } = clock;
    let last = entry.last.number();
    let mut text = format!("{FIRST_LINE}\nclock {boot_id} {boot_ms} {wall_ms}\nlast {last}\n");
    // Writing to a String does not fail.
    if let Some(lease) = &entry.lease {
        let (granted, end) = (lease.granted_at.as_millis(), lease.ends_at.as_millis());
        let _ = writeln!(text, "lease {} {} {granted} {end}", lease.owner, lease.generation.number());
    }
    if let Some(token) = &entry.token {
        let (lifetime, end) = (token.lifetime.as_millis(), token.ends_at.as_millis());
        let _ =
            writeln!(text, "token {} {lifetime} {end} {}", token.generation.number(), token.text.as_str());
    }
    text
}

/// Reads an entry. `None` if the text is not one: then the entry is a new one, which costs one exchange.
pub(super) fn parse(text: &str, clock: &Reading) -> Option<Entry<Zeroizing<String>>> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return None;
    }
    let written = reading(lines.next()?)?;
    let time = |text: &str| {
        let time = EngineTime::from_millis(text.parse().ok()?);
        clock.translate(&written, time)
    };
    let last = lines.next()?.strip_prefix("last ")?;
    let mut entry = Entry { last: generation(last)?, ..Entry::default() };
    for line in lines {
        let values: Vec<_> = line.split(' ').collect();
        match *values.as_slice() {
            ["lease", owner, number, granted, end] => {
                entry.lease = Some(HeldLease {
                    owner: Owner::new(u128::from_str_radix(owner, 16).ok()?),
                    generation: generation(number)?,
                    granted_at: time(granted)?,
                    ends_at: time(end)?,
                });
            }
            ["token", number, lifetime, end, sealed] => {
                entry.token = Some(HeldToken {
                    text: Zeroizing::new(sealed.to_owned()),
                    generation: generation(number)?,
                    lifetime: Duration::from_millis(lifetime.parse().ok()?),
                    ends_at: time(end)?,
                });
            }
            _ => return None,
        }
    }
    Some(entry)
}

fn reading(line: &str) -> Option<Reading> {
    let values: Vec<_> = line.split(' ').collect();
    let ["clock", boot_id, boot_ms, wall_ms] = *values.as_slice() else { return None };
    let (boot_ms, wall_ms) = (boot_ms.parse().ok()?, wall_ms.parse().ok()?);
    Some(Reading { boot_id: boot_id.to_owned(), boot_ms, wall_ms })
}

fn generation(text: &str) -> Option<Generation> {
    text.parse().ok().map(Generation::new)
}
