//! A DHCP server for one client (RFC 2131).

use super::state::{Dhcp, Dns, FAILING, ROUTER, State, UNUSED};

/// Positions of the fields of a message (section 2).
const TRANSACTION: core::ops::Range<usize> = 4..8;
const YOUR_ADDRESS: core::ops::Range<usize> = 16..20;
const HARDWARE_ADDRESS: core::ops::Range<usize> = 28..44;
const COOKIE: core::ops::Range<usize> = 236..240;
const OPTIONS: usize = 240;

const MAGIC: [u8; 4] = [99, 130, 83, 99];
const REPLY: u8 = 2;
const ETHERNET: [u8; 2] = [1, 6];

/// Options of RFC 2132.
const MASK: u8 = 1;
const ROUTERS: u8 = 3;
const NAME_SERVERS: u8 = 6;
const REQUESTED_ADDRESS: u8 = 50;
const LEASE_TIME: u8 = 51;
const MESSAGE: u8 = 53;
const SERVER: u8 = 54;
const END: u8 = 255;

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const REQUEST: u8 = 3;
const ACKNOWLEDGE: u8 = 5;
const REFUSE: u8 = 6;

/// Returns the response to a client's message.
pub(crate) fn reply(request: &[u8], state: &mut State) -> Option<Vec<u8>> {
    let options = request.get(OPTIONS..).filter(|_| request[COOKIE] == MAGIC)?;
    let kind = *option(options, MESSAGE)?.first()?;
    let (address, time) = match state.dhcp {
        Dhcp::Silent => return None,
        Dhcp::Refuse => ([0; 4], None),
        Dhcp::Lease { address, time } => (address.octets(), Some(time)),
    };
    let wanted = option(options, REQUESTED_ADDRESS).unwrap_or(request.get(12..16)?);
    let answer = match (kind, time) {
        (DISCOVER, Some(_)) => OFFER,
        (REQUEST, Some(_)) if wanted == address => ACKNOWLEDGE,
        (REQUEST, _) => REFUSE,
        _ => return None,
    };
    let mut message = vec![0; OPTIONS];
    message[0] = REPLY;
    message[1..3].copy_from_slice(&ETHERNET);
    message[TRANSACTION].copy_from_slice(request.get(TRANSACTION)?);
    message[HARDWARE_ADDRESS].copy_from_slice(request.get(HARDWARE_ADDRESS)?);
    message[COOKIE].copy_from_slice(&MAGIC);
    let mut put = |code: u8, value: &[u8]| {
        message.extend([code, u8::try_from(value.len()).unwrap_or_default()]);
        message.extend(value);
    };
    put(MESSAGE, &[answer]);
    put(SERVER, &ROUTER.octets());
    if let Some(time) = time.filter(|_| answer != REFUSE) {
        put(LEASE_TIME, &u32::try_from(time.as_secs()).unwrap_or(u32::MAX).to_be_bytes());
        put(MASK, &[255, 255, 255, 0]);
        put(ROUTERS, &ROUTER.octets());
        let first = match state.dns {
            Dns::Second => Some(UNUSED),
            Dns::SecondAfterFailure => Some(FAILING),
            _ => None,
        };
        let servers = first.into_iter().chain([ROUTER]).flat_map(|server| server.octets());
        put(NAME_SERVERS, &servers.collect::<Vec<_>>());
        message[YOUR_ADDRESS].copy_from_slice(&address);
    }
    message.push(END);
    state.leases += usize::from(answer == ACKNOWLEDGE);
    Some(message)
}

/// Returns the value of an option.
fn option(mut options: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        let (&code, rest) = options.split_first()?;
        if code == 0 {
            options = rest;
            continue;
        }
        let (&length, rest) = rest.split_first().filter(|_| code != END)?;
        let (value, rest) = rest.split_at_checked(length.into())?;
        if code == wanted {
            return Some(value);
        }
        options = rest;
    }
}
