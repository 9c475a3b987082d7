//! The parser of DNS messages without sockets, for the fuzz targets. Not part of the public API: it may change at any time.

use core::net::IpAddr;

use smoltcp::wire::{DnsPacket, DnsQueryType};

use super::addresses::Addresses;
use super::message::{Answer, is_response_to, read as read_answer};
use super::name::{AROUND_NAME, MAX_NAME, name_in, query_for_host, query_for_name, set_id_and_type};
use crate::copy::copy;

/// The bytes of the runner's cache of addresses.
pub const CACHE: usize = size_of::<super::CachingResolver<'static>>();

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
    let mut asked = [0; MAX_NAME + AROUND_NAME];
    let mut length = query_for_host(&mut asked, host)?;
    let name = asked;
    let name = name_in(name.get(..length)?);
    let mut found = Addresses::NONE;
    let reply = match DnsPacket::new_checked(message) {
        Ok(packet) if is_response_to(&packet, id, name, kind(is_aaaa)) => {
            match read_answer(&packet, aliases, &mut found) {
                Answer::Addresses { ttl } => Reply::Addresses(ttl),
                Answer::Alias { target, followed } => {
                    let mut query = asked;
                    match query_for_name(&mut query, &packet, target) {
                        Some(of_alias) => {
                            (asked, length, aliases) = (query, of_alias, followed);
                            Reply::Alias
                        }
                        None => Reply::Failure,
                    }
                }
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
    let name = name_in(asked.get(..length)?);
    let mut bytes = [0; MAX_NAME];
    copy(name, &mut bytes);
    Some(Read { reply, addresses, name: (bytes, name.len()), aliases })
}

/// Writes the query for `host` and returns its length. `None`: `host` is not a host name.
pub fn query(buffer: &mut [u8], host: &str, id: u16, is_aaaa: bool) -> Option<usize> {
    let length = query_for_host(buffer, host)?;
    set_id_and_type(buffer.get_mut(..length)?, id, kind(is_aaaa));
    Some(length)
}

const fn kind(is_aaaa: bool) -> DnsQueryType {
    if is_aaaa { DnsQueryType::Aaaa } else { DnsQueryType::A }
}
