//! Domain names in wire format, RFC 1035 section 3.1.

use smoltcp::wire::{DnsPacket, DnsQueryType};

use crate::copy::copy;

/// The maximum length of a name in wire format, with the root's length byte.
pub(super) const MAX_NAME: usize = 255;
const MAX_LABEL: usize = 63;

/// The length of a message's header, section 4.1.1.
const HEADER: usize = 12;
/// The length of type and class behind the name of a question, section 4.1.2.
const TYPE_AND_CLASS: usize = 4;
/// The maximum length of a query: header, name, type and class.
pub(super) const MAX_QUERY: usize = HEADER + MAX_NAME + TYPE_AND_CLASS;

/// A domain name in wire format, at its place in a query for it.
#[derive(Clone)]
pub(super) struct Name {
    query: [u8; MAX_QUERY],
    length: usize,
}

impl Name {
    const EMPTY: Self = Self { query: [0; MAX_QUERY], length: 0 };

    /// Returns a host name; a dot at its end is ignored. `None` if it is none.
    pub(super) fn of_host(host: &str) -> Option<Self> {
        let mut name = Self::EMPTY;
        for label in host.strip_suffix('.').unwrap_or(host).split('.') {
            name.push(label.as_bytes())?;
        }
        name.end()?;
        Some(name)
    }

    /// Replaces this name by one in a message, which may be compressed there. `None` if it is malformed.
    pub(super) fn replace(&mut self, packet: &DnsPacket<&[u8]>, encoded: &[u8]) -> Option<()> {
        self.length = 0;
        for label in packet.parse_name(encoded) {
            self.push(label.ok()?)?;
        }
        self.end()
    }

    /// Returns whether a name in a message is this one, case-insensitive (RFC 4343 section 3).
    pub(super) fn is(&self, packet: &DnsPacket<&[u8]>, encoded: &[u8]) -> bool {
        let mut rest = self.as_bytes();
        for label in packet.parse_name(encoded) {
            let (Ok(label), Some((length, after))) = (label, rest.split_first()) else { return false };
            match after.split_at_checked(usize::from(*length)) {
                Some((own, after)) if own.eq_ignore_ascii_case(label) => rest = after,
                _ => return false,
            }
        }
        rest == [0]
    }

    /// Returns a query for this name.
    pub(super) fn query(&mut self, id: u16, kind: DnsQueryType) -> &[u8] {
        let ([id0, id1], [type0, type1]) = (id.to_be_bytes(), u16::from(kind).to_be_bytes());
        // One question; recursion desired.
        copy(&[id0, id1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], &mut self.query);
        let end = HEADER + self.length;
        // The class is IN.
        copy(&[type0, type1, 0, 1], self.query.get_mut(end..).unwrap_or_default());
        self.query.get(..end + TYPE_AND_CLASS).unwrap_or_default()
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.query.get(HEADER..HEADER + self.length).unwrap_or_default()
    }

    fn push(&mut self, label: &[u8]) -> Option<()> {
        if label.is_empty() || label.len() > MAX_LABEL {
            return None;
        }
        self.append(&[u8::try_from(label.len()).ok()?])?;
        self.append(label)
    }

    fn end(&mut self) -> Option<()> {
        self.append(&[0])
    }

    fn append(&mut self, bytes: &[u8]) -> Option<()> {
        let place = self.query.get_mut(HEADER + self.length..HEADER + MAX_NAME).unwrap_or_default();
        if place.len() < bytes.len() {
            return None;
        }
        self.length += copy(bytes, place);
        Some(())
    }
}
