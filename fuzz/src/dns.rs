//! A second implementation of what the resolver of devices makes of a DNS response (RFC 1035 section 4): it decodes the message as a whole
//! and then looks names up in it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The limits of `genesys-token-embassy`.
const MAX_ALIASES: u8 = 9;
const MAX_V4: usize = 8;
const MAX_V6: usize = 4;
const MAX_NAME: usize = 255;
const MAX_LABEL: usize = 63;

const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;
const IN: u16 = 1;

/// The labels of a name in lower case, and as they were spelled.
#[derive(Clone, Debug)]
pub struct Name(Vec<Vec<u8>>);

/// What the response says, in the words of `genesys_token_embassy::fuzzing::Reply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Unrelated,
    Addresses(u32, Vec<IpAddr>),
    Alias(Vec<u8>, u8),
    NoData,
    NotFound,
    Failure,
    TooManyAliases,
    Truncated,
}

struct Record {
    owner: Option<Name>,
    ttl: u32,
    data: Data,
}

enum Data {
    Address(IpAddr),
    /// `None`: the name is malformed.
    Alias(Option<Name>),
    Other,
}

impl Name {
    #[must_use]
    pub fn of_host(host: &str) -> Self {
        Self(host.split('.').map(|label| label.as_bytes().to_vec()).collect())
    }

    fn is(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| a.eq_ignore_ascii_case(b))
    }

    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        let labels = self.0.iter().flat_map(|label| {
            [u8::try_from(label.len()).expect("at most 63")].into_iter().chain(label.iter().copied())
        });
        labels.chain([0]).collect()
    }

    /// As an alias that arrives alone: names that are too long are not asked for.
    fn is_usable(&self) -> bool {
        let lengths = self.0.iter().all(|label| (1..=MAX_LABEL).contains(&label.len()));
        lengths && self.encoded().len() <= MAX_NAME
    }
}

/// Decides about a message of any content. `aliases`: those followed before.
#[must_use]
pub fn judge(message: &[u8], host: &str, id: u16, is_aaaa: bool, aliases: u8) -> Verdict {
    let (wanted, kind) = (Name::of_host(host), if is_aaaa { AAAA } else { A });
    let Some((header, mut rest)) = message.split_first_chunk::<12>() else { return Verdict::Unrelated };
    let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let is_response = header[2] & 0x80 != 0 && header[2] >> 3 & 15 == 0;
    if word(0) != id || !is_response || word(4) != 1 {
        return Verdict::Unrelated;
    }
    let Some(question) = name(message, &mut rest) else { return Verdict::Unrelated };
    let (Some(asked), Some(class)) = (number(&mut rest), number(&mut rest)) else {
        return Verdict::Unrelated;
    };
    if asked != kind || class != IN || !question.is_some_and(|name| name.is(&wanted)) {
        return Verdict::Unrelated;
    }
    match header[3] & 15 {
        0 => {}
        3 => return Verdict::NotFound,
        _ => return Verdict::Failure,
    }
    let truncated = header[2] & 2 != 0;
    let (mut records, count) = (Vec::new(), usize::from(word(6)));
    while records.len() < count {
        match record(message, &mut rest) {
            Some(record) => records.push(record),
            None if truncated => break,
            None => return Verdict::Failure,
        }
    }
    follow(&records, wanted, truncated, aliases)
}

fn follow(records: &[Record], wanted: Name, truncated: bool, before: u8) -> Verdict {
    let (mut current, mut aliases, mut ttl) = (wanted, before, u32::MAX);
    loop {
        let of_name: Vec<_> =
            records.iter().filter(|it| it.owner.as_ref().is_some_and(|owner| owner.is(&current))).collect();
        let used = of_name.iter().filter(|it| !matches!(it.data, Data::Other));
        ttl = used.map(|it| it.ttl).fold(ttl, u32::min);
        let mut found: Vec<IpAddr> = Vec::new();
        for record in &of_name {
            let Data::Address(address) = record.data else { continue };
            let of_family = found.iter().filter(|other| other.is_ipv4() == address.is_ipv4()).count();
            if !found.contains(&address) && of_family < if address.is_ipv4() { MAX_V4 } else { MAX_V6 } {
                found.push(address);
            }
        }
        if of_name.iter().any(|it| matches!(it.data, Data::Address(_))) {
            return Verdict::Addresses(ttl, in_turn(&found));
        }
        let target = of_name.iter().rev().find_map(|it| match &it.data {
            Data::Alias(target) => Some(target),
            _ => None,
        });
        match target {
            Some(_) if aliases >= MAX_ALIASES => return Verdict::TooManyAliases,
            Some(Some(target)) => (current, aliases) = (target.clone(), aliases + 1),
            Some(None) => return Verdict::Failure,
            None if aliases > before && !current.is_usable() => return Verdict::Failure,
            None if aliases > before => return Verdict::Alias(current.encoded(), aliases),
            None if truncated => return Verdict::Truncated,
            None => return Verdict::NoData,
        }
    }
}

/// The families alternate, IPv6 first, and then come the remaining ones.
fn in_turn(found: &[IpAddr]) -> Vec<IpAddr> {
    let (mut v4, mut v6): (Vec<_>, Vec<_>) = found.iter().partition(|address| address.is_ipv4());
    let mut all = Vec::new();
    while !v4.is_empty() || !v6.is_empty() {
        for family in [&mut v6, &mut v4] {
            if !family.is_empty() {
                all.push(family.remove(0));
            }
        }
    }
    all
}

fn record(message: &[u8], rest: &mut &[u8]) -> Option<Record> {
    let owner = name(message, rest)?;
    let (kind, class) = (number(rest)?, number(rest)?);
    let ttl = u32::from(number(rest)?) << 16 | u32::from(number(rest)?);
    let length = number(rest)?;
    if class != IN {
        return None;
    }
    let (mut data, after) = rest.split_at_checked(length.into())?;
    *rest = after;
    let data = match kind {
        A => Data::Address(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?).into()),
        AAAA => Data::Address(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?).into()),
        CNAME => Data::Alias(name(message, &mut data).flatten()),
        _ => Data::Other,
    };
    Some(Record { owner, ttl, data })
}

fn number(rest: &mut &[u8]) -> Option<u16> {
    let (number, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u16::from_be_bytes(*number))
}

/// Reads a name and moves `rest` behind it. The outer `None`: its end is not found. The inner one: it points to somewhere that is no name.
fn name(message: &[u8], rest: &mut &[u8]) -> Option<Option<Name>> {
    let mut labels = Vec::new();
    loop {
        let (&length, after) = rest.split_first()?;
        match length >> 6 {
            0 if length == 0 => {
                *rest = after;
                return Some(Some(Name(labels)));
            }
            0 => {
                let (label, after) = after.split_at_checked(length.into())?;
                labels.push(label.to_vec());
                *rest = after;
            }
            3 => {
                let (&low, after) = after.split_first()?;
                *rest = after;
                return Some(pointed(message, labels, usize::from(length & 0x3f) << 8 | usize::from(low)));
            }
            _ => return None,
        }
    }
}

/// Continues a name at a pointer. Each pointer has to point before the place that the last one pointed to, so that there is no loop.
fn pointed(message: &[u8], mut labels: Vec<Vec<u8>>, mut at: usize) -> Option<Name> {
    let mut end = message.len();
    loop {
        let mut rest = message.get(at..end).filter(|rest| !rest.is_empty())?;
        loop {
            let (&length, after) = rest.split_first()?;
            match length >> 6 {
                0 if length == 0 => return Some(Name(labels)),
                0 => {
                    let (label, after) = after.split_at_checked(length.into())?;
                    labels.push(label.to_vec());
                    rest = after;
                }
                3 => {
                    let pointer = usize::from(length & 0x3f) << 8 | usize::from(*after.first()?);
                    (end, at) = (at, pointer);
                    break;
                }
                _ => return None,
            }
        }
    }
}
