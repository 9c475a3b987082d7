//! DNS messages, RFC 1035 section 4. smoltcp parses their parts.

use smoltcp::wire::{
    DnsFlags, DnsPacket, DnsQueryType, DnsQuestion, DnsRcode, DnsRecord, DnsRecordData, IpAddress,
};

use super::addresses::Addresses;
use super::name::{are_same, is_same};

/// The most aliases that are followed for one name.
pub(super) const MAX_ALIASES: u8 = 9;

/// The maximum length of a response without EDNS, section 2.3.4.
pub(super) const MAX_RESPONSE: usize = 512;

/// What a response says about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer<'p> {
    /// The name has addresses, which were added. `ttl` in seconds: the lowest of the records used.
    Addresses { ttl: u32 },
    /// The name is an alias of `target`, which is the name to ask for now if it is well-formed; `followed` counts the aliases so far.
    Alias { target: &'p [u8], followed: u8 },
    /// The name has no address of this family.
    NoData,
    /// The name does not exist.
    NotFound,
    /// The server failed, or its response is malformed.
    Failure,
    /// More than [`MAX_ALIASES`].
    TooManyAliases,
    /// No address among the complete records.
    Truncated,
}

/// Returns whether a message is a response to this query. A server may return the question in another case.
pub(super) fn is_response_to(packet: &DnsPacket<&[u8]>, id: u16, name: &[u8], kind: DnsQueryType) -> bool {
    packet.transaction_id() == id
        && packet.flags().contains(DnsFlags::RESPONSE)
        && u8::from(packet.opcode()) == 0
        && packet.question_count() == 1
        && DnsQuestion::parse(packet.payload())
            .is_ok_and(|(_, question)| question.type_ == kind && is_same(name, packet, question.name))
}

/// Reads the response to a query after this many aliases, and follows those in it. `addresses` changes only on [`Answer::Addresses`].
pub(super) fn read<'p>(
    packet: &'p DnsPacket<&'p [u8]>,
    aliases: u8,
    addresses: &mut Addresses,
) -> Answer<'p> {
    match packet.rcode() {
        DnsRcode::NoError => {}
        DnsRcode::NXDomain => return Answer::NotFound,
        _ => return Answer::Failure,
    }
    let truncated = packet.flags().contains(DnsFlags::TRUNCATED);
    let Ok((rest, question)) = DnsQuestion::parse(packet.payload()) else { return Answer::Failure };
    let records = Records { rest, left: packet.answer_record_count() };
    // Nothing of a malformed response is used.
    if !truncated && records.clone().count() != usize::from(records.left) {
        return Answer::Failure;
    }
    // Names are compared where they are in the message: a copy of one would take 255 bytes.
    let (mut current, mut followed) = (question.name, aliases);
    let mut ttl = u32::MAX;
    // Each pass follows one alias, so records may stand in any order.
    loop {
        let (mut found, mut alias) = (false, None);
        for record in records.clone().filter(|record| are_same(packet, current, record.name)) {
            let address = match record.data {
                DnsRecordData::A(address) => IpAddress::Ipv4(address),
                #[cfg(feature = "ipv6")]
                DnsRecordData::Aaaa(address) => IpAddress::Ipv6(address),
                DnsRecordData::Cname(target) => {
                    alias = Some(target);
                    ttl = ttl.min(record.ttl);
                    continue;
                }
                _ => continue,
            };
            addresses.add(address);
            ttl = ttl.min(record.ttl);
            found = true;
        }
        if found {
            return Answer::Addresses { ttl };
        }
        let Some(target) = alias else {
            if followed > aliases {
                return Answer::Alias { target: current, followed };
            }
            return if truncated { Answer::Truncated } else { Answer::NoData };
        };
        followed = followed.saturating_add(1);
        if followed > MAX_ALIASES {
            return Answer::TooManyAliases;
        }
        // A malformed name is not the name of any record.
        current = target;
    }
}

/// The records of the answer section, until one is incomplete or malformed.
#[derive(Clone)]
struct Records<'p> {
    rest: &'p [u8],
    left: u16,
}

impl<'p> Iterator for Records<'p> {
    type Item = DnsRecord<'p>;

    fn next(&mut self) -> Option<DnsRecord<'p>> {
        self.left = self.left.checked_sub(1)?;
        let Ok((rest, record)) = DnsRecord::parse(self.rest) else {
            self.left = 0;
            return None;
        };
        self.rest = rest;
        Some(record)
    }
}
