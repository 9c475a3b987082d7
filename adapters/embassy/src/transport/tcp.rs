//! TCP connections: opening.

use core::net::SocketAddr;

use embassy_time::{Duration, Instant, with_deadline};
use smoltcp::wire::IpAddress;

use super::error::TransportErrorKind;
use crate::network::{Network, TcpSocket};
use crate::resolver::{Addresses, NameLookupError};

/// The bounds of an attempt in each pass through the addresses but the last: the Connection Attempt Delay of RFC 8305 section 5; and slightly
/// more than smoltcp's pause between two ARP requests, and than the time after which a SYN is repeated (1 s, RFC 6298 section 2). With both
/// families attempts overlap before the last pass.
const PASSES: &[Duration] =
    if cfg!(feature = "ipv6") { &[] } else { &[Duration::from_millis(250), Duration::from_millis(1100)] };
/// What an attempt of the last pass has at least, while there is time: more than the round trip by satellite or in an NB-IoT network.
const SLOW: Duration = Duration::from_secs(3);

/// Connects to the first address that accepts, and returns it.
///
/// RFC 8305, on devices with both families, lets the attempts overlap: `overlap`, with the feature `ipv6`. Without it the attempts take turns,
/// with [`PASSES`] as their bounds, and so do those at addresses that have not answered by then. In the last pass, as with a single address,
/// each attempt has an equal share of the remaining time, with one share left for TLS; or [`SLOW`], with a quarter left.
#[cfg_attr(not(feature = "ipv6"), allow(unused_variables, reason = "`network` is for further sockets"))]
pub(crate) async fn connect_tcp<N: Network>(
    network: &N,
    socket: &N::Tcp<'_>,
    addresses: &Addresses,
    port: u16,
    deadline: Instant,
) -> Result<IpAddress, TransportErrorKind> {
    #[cfg(feature = "ipv6")]
    match super::overlap::connect(network, socket, addresses, port, deadline).await {
        Ok(address) => return Ok(address),
        Err(failed) if !failed.unanswered || addresses.len() < 2 => return Err(failed.kind),
        Err(_) => {}
    }
    let mut failure = TransportErrorKind::NameLookup(NameLookupError::NoAddress);
    let skipped = if addresses.len() > 1 { 0 } else { PASSES.len() };
    for pass in skipped..=PASSES.len() {
        let mut unanswered = false;
        for (index, address) in addresses.iter().enumerate() {
            let now = Instant::now();
            let left = deadline.checked_duration_since(now).unwrap_or(Duration::from_ticks(0));
            let shares = u32::try_from(addresses.len().saturating_sub(index)).unwrap_or(1).saturating_add(1);
            let share = left / shares;
            let bound = match PASSES.get(pass) {
                Some(longest) => share.min(*longest),
                None => share.max(SLOW.min(left - left / 4)),
            };
            match with_deadline(now + bound, socket.connect(SocketAddr::new(address.into(), port))).await {
                Ok(Ok(())) => return Ok(address),
                Ok(Err(error)) => failure = TransportErrorKind::Connect(error),
                Err(_) => (failure, unanswered) = (TransportErrorKind::TimedOut, true),
            }
            socket.abort();
        }
        if !unanswered {
            break;
        }
    }
    Err(failure)
}
