//! The network's names, addresses, configuration and counters.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use genesys_token_sandbox::Clock;
use tokio::sync::Notify;

/// The names of the hosts on this network.
pub(crate) const LOGIN_NAME: &str = "login.sandbox.test";
pub(crate) const API_NAME: &str = "api.sandbox.test";
/// The name of the SNTP server.
pub const TIME_NAME: &str = "time.sandbox.test";

/// Router, DHCP, DNS and SNTP server in one.
pub(crate) const ROUTER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
/// The hosts, on another network behind the router (RFC 5737).
pub(crate) const LOGIN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
pub(crate) const API: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 11);
/// An address on the board's network that no host has.
pub(crate) const UNUSED: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);
/// Another address of the router; its DNS server responds with SERVFAIL to everything.
pub(crate) const FAILING: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 4);
/// An address behind the router that no host has.
pub(crate) const DEAD: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 99);
pub(crate) const HTTPS: u16 = 443;

/// Behaviour of the DHCP server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dhcp {
    /// Leases an address.
    Lease {
        /// The board's address.
        address: Ipv4Addr,
        /// Duration of the lease.
        time: Duration,
    },
    /// Refuses every request (DHCPNAK).
    Refuse,
    /// Does not respond.
    Silent,
}

/// Behaviour of the DNS server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dns {
    /// Resolves the names of the network.
    Answer,
    /// As [`Answer`](Self::Answer), but DHCP announces a server before it that does not exist.
    Second,
    /// As [`Answer`](Self::Answer), but DHCP announces a server before it that responds with SERVFAIL.
    SecondAfterFailure,
    /// As [`Answer`](Self::Answer), but each name has an address before the right one that no host has.
    DeadAddress,
    /// Responds that the name does not exist (NXDOMAIN).
    NoSuchName,
    /// Responds with SERVFAIL.
    Failure,
    /// Does not respond.
    Silent,
}

/// Behaviour of the SNTP server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sntp {
    /// Responds with this time.
    Time(SystemTime),
    /// Responds with the right time, plus the time that boards have skipped.
    Right,
    /// As [`Right`](Self::Right), but with a clock that runs slower than the board's during skipped time.
    Slow {
        /// Seconds lost per thousand.
        lost_per_mille: u32,
    },
    /// Responds that its own clock is not synchronised (RFC 4330 section 5: leap indicator 3).
    NotSet,
    /// Does not respond.
    Silent,
}

/// The network's configuration and counters.
pub(crate) struct State {
    pub(crate) dhcp: Dhcp,
    pub(crate) dns: Dns,
    pub(crate) sntp: Sntp,
    /// Frames dropped per thousand.
    pub(crate) loss: u32,
    pub(crate) login: SocketAddr,
    pub(crate) api: SocketAddr,
    /// Leases granted or renewed.
    pub(crate) leases: usize,
    /// DNS queries received.
    pub(crate) questions: usize,
    /// SNTP responses sent.
    pub(crate) sntp_responses: usize,
    /// Time that boards may still skip; time that they have skipped.
    pub(crate) may_skip: Duration,
    pub(crate) skipped: Duration,
    /// Clocks of the services that skip the same time.
    pub(crate) clocks: Vec<Clock>,
    /// Signals a new value of `may_skip`.
    pub(crate) skip_allowed: Arc<Notify>,
}

pub(crate) type Shared = Arc<Mutex<State>>;

pub(crate) fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
