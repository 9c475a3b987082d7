//! Domain names in wire format, RFC 1035 section 3.1.

use smoltcp::wire::DnsPacket;

use crate::copy::copy;

/// The maximum length of a name in wire format, with the root's length byte.
pub(super) const MAX_NAME: usize = 255;
const MAX_LABEL: usize = 63;

/// A domain name in wire format.
#[derive(Clone)]
pub(super) struct Name {
    bytes: [u8; MAX_NAME],
    length: usize,
}

impl Name {
    const EMPTY: Self = Self { bytes: [0; MAX_NAME], length: 0 };

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

    /// Returns the length of a query for this name: header, name, type and class.
    pub(super) const fn query_len(&self) -> usize {
        self.length + 16
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
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
        let place = self.bytes.get_mut(self.length..).unwrap_or_default();
        if place.len() < bytes.len() {
            return None;
        }
        self.length += copy(bytes, place);
        Some(())
    }
}
