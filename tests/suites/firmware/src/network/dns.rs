//! A DNS server that knows the network's three names (RFC 1035).

use std::net::Ipv4Addr;

use smoltcp::wire::IpAddress;

use super::state::{API, API_NAME, DEAD, Dns, FAILING, LOGIN, LOGIN_NAME, ROUTER, State, TIME_NAME};

const HEADER: usize = 12;
/// Size of the fields after the name of a question: type and class.
const TYPE_AND_CLASS: usize = 4;
const TYPE_A: [u8; 2] = [0, 1];

/// Flags of a response with recursion desired and available; the response code is added.
const RESPONSE: [u8; 2] = [0x81, 0x80];
const SERVER_FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;
/// Time to live of an answer, in seconds.
const LIFETIME: [u8; 4] = [0, 0, 0, 60];

/// Returns the response to a query with one question, which was sent to this address.
pub(crate) fn reply(query: &[u8], server: Option<IpAddress>, state: &mut State) -> Option<Vec<u8>> {
    let (name, length) = name(query.get(HEADER..)?)?;
    let question = query.get(HEADER..HEADER + length + TYPE_AND_CLASS)?;
    state.questions += 1;
    let (code, address) = match (state.dns, address(&name)) {
        (Dns::Silent, _) => return None,
        (Dns::Failure, _) => (SERVER_FAILURE, None),
        _ if server == Some(IpAddress::Ipv4(FAILING)) => (SERVER_FAILURE, None),
        (Dns::NoSuchName, _) | (_, None) => (NO_SUCH_NAME, None),
        (Dns::Answer | Dns::Second | Dns::SecondAfterFailure | Dns::DeadAddress, address) => {
            (0, address.filter(|_| question[length..].starts_with(&TYPE_A)))
        }
    };
    let dead = address.filter(|_| state.dns == Dns::DeadAddress).map(|_| DEAD);
    let addresses: Vec<_> = dead.into_iter().chain(address).collect();
    let mut message = query[..2].to_vec();
    message.extend([RESPONSE[0], RESPONSE[1] | code]);
    message.extend([0, 1, 0, u8::try_from(addresses.len()).unwrap_or_default(), 0, 0, 0, 0]);
    message.extend(question);
    for address in addresses {
        // A pointer to the name of the question, at offset 12; type A, class IN.
        message.extend([0xc0, 12, 0, 1, 0, 1]);
        message.extend(LIFETIME);
        message.extend([0, 4]);
        message.extend(address.octets());
    }
    Some(message)
}

fn address(name: &str) -> Option<Ipv4Addr> {
    let known = [(LOGIN_NAME, LOGIN), (API_NAME, API), (TIME_NAME, ROUTER)];
    known.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, address)| *address)
}

/// Parses a name; returns it and its encoded length.
fn name(bytes: &[u8]) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    let mut at = 0;
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        labels.push(String::from_utf8(bytes.get(at..at + length)?.to_vec()).ok()?);
        at += length;
    }
}
