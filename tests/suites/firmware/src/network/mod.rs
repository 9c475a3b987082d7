//! The network to which the board is connected: DHCP, DNS, SNTP, and routes to the sandbox's hosts.
//!
//! It is a TCP/IP stack on its own thread, which exchanges Ethernet frames with the emulator. Each service can be made to fail while
//! it runs.

mod bridge;
mod cable;
mod dhcp;
mod dns;
mod router;
mod sntp;
mod time_skip;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use genesys_token_sandbox::{Clock, Sandbox};
use tokio::sync::{Notify, oneshot};

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

/// A network for one board at a time. It stops when dropped.
pub struct Network {
    address: SocketAddr,
    line: SocketAddr,
    shared: Shared,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Network {
    /// Starts a network with routes to the hosts of `sandbox`, whose clock skips time with the network's.
    ///
    /// # Errors
    ///
    /// When no local port can be bound.
    pub fn to(sandbox: &Sandbox) -> io::Result<Self> {
        let network = Self::between(sandbox.login_addr(), sandbox.api_addr())?;
        network.state().clocks.push(sandbox.clock());
        Ok(network)
    }

    /// Starts a network with routes to these two hosts.
    ///
    /// # Errors
    ///
    /// As [`Network::to`].
    pub fn between(login: SocketAddr, api: SocketAddr) -> io::Result<Self> {
        let lease = Dhcp::Lease { address: Ipv4Addr::new(10, 0, 2, 15), time: Duration::from_hours(24) };
        let shared = Arc::new(Mutex::new(State {
            dhcp: lease,
            dns: Dns::Answer,
            sntp: Sntp::Right,
            loss: 0,
            login,
            api,
            leases: 0,
            questions: 0,
            sntp_responses: 0,
            may_skip: Duration::ZERO,
            skipped: Duration::ZERO,
            clocks: Vec::new(),
            skip_allowed: Arc::default(),
        }));
        let listen = || {
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            listener.set_nonblocking(true)?;
            Ok::<_, io::Error>((listener.local_addr()?, listener))
        };
        let ((address, cable), (line_address, line)) = (listen()?, listen()?);
        let listeners = router::Listeners { cable, line };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let state = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("network".into()).spawn(move || {
            runtime.block_on(router::run(listeners, state, stopped));
        })?;
        Ok(Self { address, line: line_address, shared, running: Some((stop, thread)) })
    }

    /// Returns the address to which the emulator connects its network.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address to which the emulator connects its second serial line.
    pub(crate) fn line(&self) -> SocketAddr {
        self.line
    }

    /// Lets boards that [skip idle time](crate::TestMode::SkipIdle) skip up to `time` from now on. Network and service skip the same
    /// time.
    pub fn allow_skip(&self, time: Duration) {
        let mut state = self.state();
        state.may_skip = time;
        state.skip_allowed.notify_one();
    }

    /// Returns the time that boards may still skip.
    #[must_use]
    pub fn may_skip(&self) -> Duration {
        self.state().may_skip
    }

    /// Returns the number of SNTP responses sent.
    #[must_use]
    pub fn sntp_responses(&self) -> usize {
        self.state().sntp_responses
    }

    /// Changes the behaviour of the DHCP server.
    pub fn dhcp(&self, behaviour: Dhcp) {
        self.state().dhcp = behaviour;
    }

    /// Changes the behaviour of the DNS server.
    pub fn dns(&self, behaviour: Dns) {
        self.state().dns = behaviour;
    }

    /// Changes the behaviour of the SNTP server.
    pub fn sntp(&self, behaviour: Sntp) {
        self.state().sntp = behaviour;
    }

    /// Drops this many of a thousand frames, in both directions.
    pub fn drop_frames(&self, per_mille: u32) {
        self.state().loss = per_mille;
    }

    /// Routes new connections to the hosts of another sandbox.
    pub fn route_to(&self, sandbox: &Sandbox) {
        let mut state = self.state();
        (state.login, state.api) = (sandbox.login_addr(), sandbox.api_addr());
    }

    /// Returns the number of leases granted or renewed.
    #[must_use]
    pub fn leases(&self) -> usize {
        self.state().leases
    }

    /// Returns the number of DNS queries received.
    #[must_use]
    pub fn questions(&self) -> usize {
        self.state().questions
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

impl core::fmt::Debug for Network {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Network").field("address", &self.address).finish_non_exhaustive()
    }
}

pub(crate) fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
