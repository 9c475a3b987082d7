//! From a host name to an authenticated connection: names, TCP, and what remains of a connection at its end.

mod error;
mod line;

use embassy_net::dns::{self, DnsQueryType};
use embassy_net::tcp::TcpSocket;
use embassy_net::{IpAddress, Stack};
use embassy_time::{Duration, Instant, with_deadline, with_timeout};

pub use error::{Phase, Service, TransportError, TransportErrorKind};
pub(crate) use line::Line;

/// Addresses tried of one name and family.
const ADDRESSES: usize = smoltcp::config::DNS_MAX_RESULT_COUNT;

/// For the peer to take the end of a connection.
const FAREWELL: Duration = Duration::from_secs(1);

/// The addresses of one name.
pub(crate) struct Addresses {
    all: [Option<IpAddress>; 2 * ADDRESSES],
    count: usize,
}

impl Addresses {
    fn add(&mut self, address: IpAddress) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = Some(address);
            self.count += 1;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = IpAddress> {
        self.all.iter().flatten().copied()
    }
}

/// Looks a name up; an address in its usual notation is its own. Of no use are addresses of a family in which the device has none.
pub(crate) async fn resolve(stack: Stack<'_>, host: &str) -> Result<Addresses, TransportErrorKind> {
    let mut addresses = Addresses { all: [None; 2 * ADDRESSES], count: 0 };
    let mut failure: Option<dns::Error> = None;
    if !cfg!(feature = "ipv6") || stack.config_v4().is_some() {
        match stack.dns_query(host, DnsQueryType::A).await {
            Ok(found) => found.iter().for_each(|address| addresses.add(*address)),
            Err(error) => failure = Some(error),
        }
    }
    #[cfg(feature = "ipv6")]
    if stack.config_v6().is_some() {
        match stack.dns_query(host, DnsQueryType::Aaaa).await {
            Ok(found) => found.iter().for_each(|address| addresses.add(*address)),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match failure {
        Some(error) if addresses.count == 0 => Err(TransportErrorKind::Resolve(error)),
        _ if addresses.count == 0 => Err(TransportErrorKind::NoAddress),
        _ => Ok(addresses),
    }
}

/// Connects to the first address of `host` that answers, one after the other.
///
/// Each may take its share of the time that is left, as if one more came after the last: TLS needs time too.
pub(crate) async fn dial(
    socket: &mut TcpSocket<'_>,
    addresses: &Addresses,
    port: u16,
    deadline: Instant,
) -> Result<(), TransportErrorKind> {
    let mut failure = TransportErrorKind::NoAddress;
    for (index, address) in addresses.iter().enumerate() {
        let now = Instant::now();
        let left = deadline.checked_duration_since(now).unwrap_or(Duration::from_ticks(0));
        let shares = u32::try_from(addresses.count.saturating_sub(index)).unwrap_or(1).saturating_add(1);
        match with_deadline(now + left / shares, socket.connect((address, port))).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => failure = TransportErrorKind::Connect(error),
            Err(_) => failure = TransportErrorKind::TimedOut,
        }
        socket.abort();
    }
    Err(failure)
}

/// Ends the TCP connection: in order, or at once.
pub(crate) async fn hang_up(socket: &mut TcpSocket<'_>, in_order: bool) {
    if in_order {
        socket.close();
    } else {
        socket.abort();
    }
    // The socket may be dropped once this has left; if it cannot leave, the peer finds out by itself.
    let _ = with_timeout(FAREWELL, socket.flush()).await;
}
