//! Domain names in wire format, RFC 1035 section 3.1, at their place in a query.

use smoltcp::wire::{DnsPacket, DnsQueryType};

use crate::copy::copy;

/// The maximum length of a name in wire format, with the root's length byte.
pub(super) const MAX_NAME: usize = 255;
const MAX_LABEL: usize = 63;

/// The length of a message's header, section 4.1.1.
const HEADER: usize = 12;
/// The length of type and class behind the name of a question, section 4.1.2.
const TYPE_AND_CLASS: usize = 4;
/// What a query has besides its name.
pub(super) const AROUND_NAME: usize = HEADER + TYPE_AND_CLASS;

/// Writes a query for a host name; a dot at its end is ignored. Returns the query's length. `None` if it is no host name, or does not fit.
pub(super) fn query_for_host(query: &mut [u8], host: &str) -> Option<usize> {
    let mut writer = Writer { query, end: HEADER };
    for label in host.strip_suffix('.').unwrap_or(host).split('.') {
        writer.push(label.as_bytes())?;
    }
    writer.finish()
}

/// Writes a query for a name in a message, which may be compressed there. Returns the query's length. `None` if the name is malformed, or
/// does not fit.
pub(super) fn query_for_name(query: &mut [u8], packet: &DnsPacket<&[u8]>, encoded: &[u8]) -> Option<usize> {
    let mut writer = Writer { query, end: HEADER };
    for label in packet.parse_name(encoded) {
        writer.push(label.ok()?)?;
    }
    writer.finish()
}

/// Writes the name of a query.
struct Writer<'q> {
    query: &'q mut [u8],
    /// Where the next label begins.
    end: usize,
}

impl Writer<'_> {
    fn push(&mut self, label: &[u8]) -> Option<()> {
        let length = u8::try_from(label.len()).ok()?;
        let (first, places) = self.query.get_mut(self.end..)?.split_first_mut()?;
        *first = length;
        self.end += 1 + copy(label, places);
        // With the root's length, and the fields behind the name.
        let fits = self.end
            < self.query.len().min(HEADER + MAX_NAME + TYPE_AND_CLASS).saturating_sub(TYPE_AND_CLASS);
        ((1..=MAX_LABEL).contains(&label.len()) && fits).then_some(())
    }

    fn finish(self) -> Option<usize> {
        *self.query.get_mut(self.end)? = 0;
        Some(self.end + 1 + TYPE_AND_CLASS)
    }
}

/// Sets id and type of a query. The rest is the same in all of them: one question, of class IN; recursion desired.
pub(super) fn set_id_and_type(query: &mut [u8], id: u16, kind: DnsQueryType) {
    let ([id0, id1], [type0, type1]) = (id.to_be_bytes(), u16::from(kind).to_be_bytes());
    copy(&[id0, id1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], query);
    let end = query.len().saturating_sub(TYPE_AND_CLASS);
    copy(&[type0, type1, 0, 1], query.get_mut(end..).unwrap_or_default());
}

/// Returns the name in a query.
pub(super) fn name_in(query: &[u8]) -> &[u8] {
    query.get(HEADER..query.len().saturating_sub(TYPE_AND_CLASS)).unwrap_or_default()
}

/// Returns whether a name in a message is this one, case-insensitive (RFC 4343 section 3).
pub(super) fn is_same(name: &[u8], packet: &DnsPacket<&[u8]>, encoded: &[u8]) -> bool {
    let mut rest = name;
    for label in packet.parse_name(encoded) {
        let (Ok(label), Some((length, after))) = (label, rest.split_first()) else { return false };
        match after.split_at_checked(usize::from(*length)) {
            Some((own, after)) if own.eq_ignore_ascii_case(label) => rest = after,
            _ => return false,
        }
    }
    rest == [0]
}

/// Returns whether two names in a message are the same, likewise.
pub(super) fn are_same(packet: &DnsPacket<&[u8]>, one: &[u8], other: &[u8]) -> bool {
    let (mut one, mut other) = (packet.parse_name(one), packet.parse_name(other));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(Ok(label)), Some(Ok(other))) if label.eq_ignore_ascii_case(other) => {}
            _ => return false,
        }
    }
}
