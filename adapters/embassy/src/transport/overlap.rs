//! Attempts to connect that overlap, on devices with both families (RFC 8305 section 5).
//!
//! The connection's own socket has large buffers, and smoltcp's sockets cannot exchange theirs. So it makes the first attempt, and
//! two with tiny buffers make the next ones ([`sockets`](crate::network::sockets)). If one of these is accepted first, its connection is closed, and the
//! connection's own socket connects to that address: one round trip more, and only where the first address did not answer within the delay.
//!
//! smoltcp sends one request for a hardware address in a second, whichever socket needs it, and a socket that lacks one asks for it again each
//! second. So no attempt lasts until the deadline, as it does in RFC 8305: the first one ends before its second request, and the others last
//! beyond it. A dead router of one family therefore does not hide the other family's. What has not answered after that is
//! tried again in turn (`connect_tcp`).

use core::cell::Cell;
use core::future::{pending, poll_fn};
use core::net::SocketAddr;
use core::pin::pin;
use core::task::{Context, Poll};

use embassy_futures::select::{Either3, select3};
use embassy_futures::yield_now;
use embassy_time::{Duration, Instant, Timer, with_timeout};
use embedded_io_async::ErrorKind;
use smoltcp::wire::IpAddress;

use super::close::close_socket;
use super::error::TransportErrorKind;
use crate::network::{Network, TcpSocket};
use crate::resolver::{Addresses, NameLookupError};

/// The Connection Attempt Delay, as recommended.
const DELAY: Duration = Duration::from_millis(250);
/// The longest attempt of the connection's own socket: less than smoltcp's pause between two requests for a hardware address.
const OWN_BOUND: Duration = Duration::from_millis(950);
/// The longest attempt of a small socket: more than that pause.
const SMALL_BOUND: Duration = Duration::from_millis(1200);
/// The longest attempt at an address that has just accepted another one.
const ACCEPTED_BOUND: Duration = Duration::from_secs(3);

/// The receive window that a small socket announces, in bytes. Nothing is sent to it.
const WINDOW: usize = 64;

/// Why no address has accepted.
pub(super) struct Failed {
    /// The last reason.
    pub(super) kind: TransportErrorKind,
    /// At least one address did not answer, and may need more time.
    pub(super) unanswered: bool,
}

/// Connects to the address that accepts first, and returns it.
pub(super) async fn connect<N: Network>(
    network: &N,
    own: &N::Tcp<'_>,
    addresses: &Addresses,
    port: u16,
    deadline: Instant,
) -> Result<IpAddress, Failed> {
    let race = Race {
        addresses,
        port,
        deadline,
        next: Cell::new(0),
        due: Cell::new(Instant::now()),
        active: Cell::new(0),
        failure: Cell::new(TransportErrorKind::NameLookup(NameLookupError::NoAddress)),
        unanswered: Cell::new(false),
    };
    match select3(race.with_own(own), race.with_small(network), race.with_small(network)).await {
        Either3::First(Some(address)) => return Ok(address),
        Either3::Second(Some(address)) | Either3::Third(Some(address)) => {
            own.abort();
            if let Attempt::Accepted = race.attempt(own, address, ACCEPTED_BOUND).await {
                return Ok(address);
            }
            own.abort();
        }
        Either3::First(None) | Either3::Second(None) | Either3::Third(None) => {}
    }
    Err(Failed { kind: race.failure.get(), unanswered: race.unanswered.get() })
}

/// What the attempts share.
struct Race<'a> {
    addresses: &'a Addresses,
    port: u16,
    deadline: Instant,
    /// The first address without an attempt.
    next: Cell<usize>,
    /// When its attempt begins.
    due: Cell<Instant>,
    /// Attempts at this time.
    active: Cell<usize>,
    failure: Cell<TransportErrorKind>,
    unanswered: Cell<bool>,
}

/// How an attempt ended.
enum Attempt {
    Accepted,
    /// The peer refused.
    Refused,
    /// There was no answer in time.
    Unanswered,
    /// There is no route, or no socket for it.
    Impossible,
}

impl Race<'_> {
    /// Attempts with the connection's own socket, until one is accepted; `None` after the last attempt of all sockets.
    async fn with_own(&self, socket: &impl TcpSocket) -> Option<IpAddress> {
        let mut last = None;
        loop {
            let index = self.next(last).await?;
            let address = self.address(index)?;
            // A single address needs no time for others.
            let bound = if self.addresses.len() > 1 { OWN_BOUND } else { Duration::MAX };
            if let Attempt::Accepted = self.attempt(socket, address, bound).await {
                return Some(address);
            }
            socket.abort();
            last = Some(index);
        }
    }

    /// Attempts with a small socket. Returns the address that has accepted, whose connection is closed then.
    async fn with_small<N: Network>(&self, network: &N) -> Option<IpAddress> {
        let (mut rx, mut tx) = ([0; WINDOW], [0; 1]);
        loop {
            // A new socket for each attempt: an aborted one would continue to ask for the hardware address of its peer, for a segment with RST.
            // It is created before it is needed, so that a stack with too few places is noticed at the first connection.
            let socket = network.tcp(&mut rx, &mut tx, None);
            let index = self.next(None).await?;
            let address = self.address(index)?;
            match self.attempt(&socket, address, SMALL_BOUND).await {
                Attempt::Accepted => {
                    close_socket(&socket, false).await;
                    return Some(address);
                }
                Attempt::Refused | Attempt::Unanswered => {}
                Attempt::Impossible => {
                    // The stack may not have a second socket. The connection's own is to try this address, and is woken for it.
                    if self.next.get() == index + 1 {
                        self.next.set(index);
                    }
                    yield_now().await;
                    return pending().await;
                }
            }
        }
    }

    /// Waits until the next attempt begins, and returns the index of its address. `None`: all attempts are over.
    ///
    /// `last`: the last one of the connection's own socket. When every address has an attempt and others continue, this socket repeats the one
    /// after its own: so it ceases to ask for the hardware address of the first, and no further round trip is needed if it is accepted.
    async fn next(&self, last: Option<usize>) -> Option<usize> {
        poll_fn(|context| self.poll_next(last, context)).await
    }

    fn poll_next(&self, last: Option<usize>, context: &mut Context<'_>) -> Poll<Option<usize>> {
        let index = self.next.get();
        let index = if index < self.addresses.len() {
            let due = self.due.get();
            if Instant::now() < due {
                // Has the context woken then. Another attempt may have begun meanwhile, so it is not kept.
                let _ = pin!(Timer::at(due)).poll(context);
                return Poll::Pending;
            }
            self.next.set(index + 1);
            self.due.set(Instant::now() + DELAY);
            index
        } else if self.active.get() == 0 {
            return Poll::Ready(None);
        } else {
            match last {
                Some(last) if last + 1 < self.addresses.len() => last + 1,
                _ => return Poll::Pending,
            }
        };
        self.active.set(self.active.get() + 1);
        Poll::Ready(Some(index))
    }

    fn address(&self, index: usize) -> Option<IpAddress> {
        self.addresses.iter().nth(index)
    }

    /// Connects to this address, for half of the remaining time at most: TLS needs some as well.
    async fn attempt(&self, socket: &impl TcpSocket, address: IpAddress, longest: Duration) -> Attempt {
        let left = self.deadline.checked_duration_since(Instant::now()).unwrap_or(Duration::from_ticks(0));
        let attempt = socket.connect(SocketAddr::new(address.into(), self.port));
        let ended = with_timeout(longest.min(left / 2), attempt).await;
        self.active.set(self.active.get().saturating_sub(1));
        match ended {
            Ok(Ok(())) => Attempt::Accepted,
            Ok(Err(error)) => {
                self.failure.set(TransportErrorKind::Connect(error));
                self.due.set(Instant::now());
                if matches!(error, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset) {
                    Attempt::Refused
                } else {
                    Attempt::Impossible
                }
            }
            Err(_) => {
                self.failure.set(TransportErrorKind::TimedOut);
                self.unanswered.set(true);
                Attempt::Unanswered
            }
        }
    }
}
