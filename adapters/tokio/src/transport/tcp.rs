//! TCP connections to a host name: RFC 8305 ("Happy Eyeballs").

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::error::{Phase, TransportErrorKind};
use super::progress::Progress;

/// Time until the next address is tried as well (RFC 8305 section 5, "Connection Attempt Delay").
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// The most addresses of a name that are tried.
const ATTEMPTS_MAX: usize = 8;

/// Connects to the first address of `host` that answers. Dropping the future ends all attempts.
pub(super) async fn connect(
    host: &str,
    port: u16,
    progress: &Progress,
) -> Result<TcpStream, TransportErrorKind> {
    progress.enter(Phase::NameLookup);
    let addresses = look_up(host, port).await.map_err(TransportErrorKind::NameLookup)?;
    tracing::debug!(host, ?addresses, "the name was looked up");
    progress.enter(Phase::Connect);
    let stream = match addresses.as_slice() {
        [] => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address")),
        [address] => attempt(*address).await,
        addresses => first_of(addresses).await,
    };
    let stream = stream.map_err(TransportErrorKind::Connect)?;
    // Requests are written as a whole: Nagle's algorithm would only delay them.
    stream.set_nodelay(true).map_err(TransportErrorKind::Connect)?;
    if let Ok(address) = stream.peer_addr() {
        tracing::debug!(host, %address, "a TCP connection was established");
    }
    Ok(stream)
}

async fn attempt(address: SocketAddr) -> io::Result<TcpStream> {
    TcpStream::connect(address)
        .await
        .inspect_err(|error| tracing::debug!(%address, %error, "an address could not be connected to"))
}

/// Returns the addresses of a host. Literals and `localhost` (RFC 6761 section 6.3) need no resolver; the platform's resolver
/// blocks, so it is called on a thread of the runtime's blocking pool.
async fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    if host.eq_ignore_ascii_case("localhost") {
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok(loopback.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    let found: Vec<_> = tokio::net::lookup_host((host, port)).await?.collect();
    Ok(alternate_families(found))
}

/// Returns the resolver's order with the address families alternating (RFC 8305 section 4).
fn alternate_families(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let (mut preferred, mut others) = (preferred.into_iter(), others.into_iter());
    let mut ordered = Vec::new();
    while ordered.len() < ATTEMPTS_MAX {
        let before = ordered.len();
        ordered.extend(preferred.next());
        ordered.extend(others.next());
        if ordered.len() == before {
            break;
        }
    }
    ordered
}

/// Starts an attempt at each address, the next one when the previous has failed or is delayed, and returns the first connection.
/// The error is that of the first attempt to fail: its address was the preferred one.
async fn first_of(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut attempts = JoinSet::new();
    let mut waiting = addresses.iter();
    let mut first_error = None;
    loop {
        if let Some(address) = waiting.next().copied() {
            attempts.spawn(attempt(address));
        }
        let ended = if waiting.len() == 0 {
            attempts.join_next().await
        } else {
            match tokio::time::timeout(ATTEMPT_DELAY, attempts.join_next()).await {
                Ok(ended) => ended,
                Err(_delay_is_over) => continue,
            }
        };
        match ended {
            Some(Ok(Ok(stream))) => return Ok(stream),
            Some(Ok(Err(error))) => {
                first_error.get_or_insert(error);
            }
            Some(Err(error)) => {
                first_error.get_or_insert_with(|| io::Error::other(error));
            }
            None => return Err(first_error.unwrap_or_else(|| io::ErrorKind::NotConnected.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_families_alternate() {
        let parse = |text: &str| text.parse::<SocketAddr>().unwrap();
        let found = ["[::1]:1", "[::2]:1", "[::3]:1", "127.0.0.1:1"].map(parse).to_vec();
        let expected = ["[::1]:1", "127.0.0.1:1", "[::2]:1", "[::3]:1"].map(parse).to_vec();
        assert_eq!(alternate_families(found), expected);
    }
}
