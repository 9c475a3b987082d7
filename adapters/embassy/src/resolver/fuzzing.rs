//! The parser of DNS messages without sockets, for the fuzz targets. Not part of the public API: it may change at any time.

use core::net::IpAddr;

use smoltcp::wire::{DnsPacket, DnsQueryType};

use super::addresses::Addresses;
use super::message::{Answer, is_response_to, read as read_answer};
use super::name::{MAX_NAME, Name};
use crate::copy::copy;

/// The most addresses of one name.
const MAX_ADDRESSES: usize = 12;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is no response to the query.
    Unrelated,
    /// The name has addresses; the TTL in seconds.
    Addresses(u32),
    /// The name is an alias, whose target is to be asked for.
    Alias,
    /// The name has no address of this family.
    NoData,
    /// The name does not exist.
    NotFound,
    /// The server failed, or the response is malformed.
    Failure,
    /// There are too many aliases.
    TooManyAliases,
    /// It is truncated, and has no address.
    Truncated,
}

/// A message that was read.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// What it says.
    pub reply: Reply,
    /// The addresses, in the order in which they are tried.
    pub addresses: [Option<IpAddr>; MAX_ADDRESSES],
    /// The name to ask for, in wire format, and its length.
    pub name: ([u8; MAX_NAME], usize),
    /// The aliases followed.
    pub aliases: u8,
}

/// Reads a message as the response to the query for `host` with this id, after this many aliases. `None`: `host` is not a host name.
#[must_use]
pub fn read(host: &str, id: u16, is_aaaa: bool, mut aliases: u8, message: &[u8]) -> Option<Read> {
    let mut name = Name::of_host(host)?;
    let mut found = Addresses::NONE;
    let reply = match DnsPacket::new_checked(message) {
        Ok(packet) if is_response_to(&packet, id, &name, kind(is_aaaa)) => {
            match read_answer(&packet, &mut name, &mut aliases, &mut found) {
                Answer::Addresses { ttl } => Reply::Addresses(ttl),
                Answer::Alias => Reply::Alias,
                Answer::NoData => Reply::NoData,
                Answer::NotFound => Reply::NotFound,
                Answer::Failure => Reply::Failure,
                Answer::TooManyAliases => Reply::TooManyAliases,
                Answer::Truncated => Reply::Truncated,
            }
        }
        _ => Reply::Unrelated,
    };
    let mut addresses = [None; MAX_ADDRESSES];
    for (place, address) in addresses.iter_mut().zip(found.iter()) {
        *place = Some(address.into());
    }
    let mut bytes = [0; MAX_NAME];
    for (to, from) in bytes.iter_mut().zip(name.as_bytes()) {
        *to = *from;
    }
    Some(Read { reply, addresses, name: (bytes, name.as_bytes().len()), aliases })
}

/// Writes the query for `host` and returns its length. `None`: `host` is not a host name.
pub fn query(buffer: &mut [u8], host: &str, id: u16, is_aaaa: bool) -> Option<usize> {
    Some(copy(Name::of_host(host)?.query(id, kind(is_aaaa)), buffer))
}

const fn kind(is_aaaa: bool) -> DnsQueryType {
    if is_aaaa { DnsQueryType::Aaaa } else { DnsQueryType::A }
}
