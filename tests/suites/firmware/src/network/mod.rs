//! The network at the other end of the board's cable: DHCP, DNS, SNTP, and the way to the sandbox's hosts.
//!
//! A TCP/IP stack of its own on a thread of its own; the emulator connects to it and exchanges Ethernet frames. Everything can
//! be made to fail while it runs.

mod bridge;
mod cable;
mod dhcp;
mod dns;
mod leap;
mod router;
mod sntp;

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

/// What the DHCP server does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dhcp {
    /// Gives this address for so long.
    Lease {
        /// The board's address.
        address: Ipv4Addr,
        /// How long it may keep it.
        time: Duration,
    },
    /// Refuses every request.
    Refuse,
    /// Says nothing.
    Silent,
}

/// What the DNS server does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dns {
    /// Answers.
    Answer,
    /// Says that there is no such name.
    NoSuchName,
    /// Says that it has failed.
    Failure,
    /// Says nothing.
    Silent,
}

/// What the SNTP server does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sntp {
    /// Tells this time.
    Time(SystemTime),
    /// Tells the right time, and goes on as the board's clock does when that leaps.
    Right,
    /// The same, but of a thousand seconds that the board leaves out it has lost so many: one of the two clocks drifts.
    Slow {
        /// Seconds in a thousand.
        lost_of_a_thousand: u32,
    },
    /// Says that its own clock is not set (RFC 4330 section 5: leap indicator 3).
    NotSet,
    /// Says nothing.
    Silent,
}

/// What the network does, and what it has done.
pub(crate) struct State {
    pub(crate) dhcp: Dhcp,
    pub(crate) dns: Dns,
    pub(crate) sntp: Sntp,
    /// Of a thousand frames, so many are lost.
    pub(crate) loss: u32,
    pub(crate) login: SocketAddr,
    pub(crate) api: SocketAddr,
    /// Leases given or renewed.
    pub(crate) leases: usize,
    /// DNS questions.
    pub(crate) questions: usize,
    /// Times that were told.
    pub(crate) told: usize,
    /// Time that boards may leave out from now on; time that they have left out.
    pub(crate) hurry: Duration,
    pub(crate) left_out: Duration,
    /// The services whose time goes with it.
    pub(crate) clocks: Vec<Clock>,
    /// There is more time to be left out.
    pub(crate) hurried: Arc<Notify>,
}

pub(crate) type Shared = Arc<Mutex<State>>;

/// A network for one board, which may be switched off and on. It ends when dropped.
pub struct Network {
    address: SocketAddr,
    line: SocketAddr,
    shared: Shared,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Network {
    /// A network that leads to the hosts of `sandbox`, whose time goes with the network's.
    ///
    /// # Errors
    ///
    /// When no port of this host can be had.
    pub fn to(sandbox: &Sandbox) -> io::Result<Self> {
        let network = Self::between(sandbox.login_addr(), sandbox.api_addr())?;
        network.state().clocks.push(sandbox.clock());
        Ok(network)
    }

    /// A network that leads to these two hosts.
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
            told: 0,
            hurry: Duration::ZERO,
            left_out: Duration::ZERO,
            clocks: Vec::new(),
            hurried: Arc::default(),
        }));
        let listen = || {
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            listener.set_nonblocking(true)?;
            Ok::<_, io::Error>((listener.local_addr()?, listener))
        };
        let ((address, cable), (line_address, line)) = (listen()?, listen()?);
        let doors = router::Doors { cable, line };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let state = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("network".into()).spawn(move || {
            runtime.block_on(router::run(doors, state, stopped));
        })?;
        Ok(Self { address, line: line_address, shared, running: Some((stop, thread)) })
    }

    /// Where the emulator connects its network.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it connects its second serial line.
    pub(crate) fn line(&self) -> SocketAddr {
        self.line
    }

    /// Lets boards that are in a [hurry](crate::Wish::Hurry) leave out so much time from now on, and no more, wherever they wait
    /// and nothing is on its way. The network's own time goes with theirs, and the service's.
    pub fn hurry(&self, time: Duration) {
        let mut state = self.state();
        state.hurry = time;
        state.hurried.notify_one();
    }

    /// Time that was left out.
    #[must_use]
    pub fn left_out(&self) -> Duration {
        self.state().left_out
    }

    /// Times that the SNTP server told.
    #[must_use]
    pub fn times_told(&self) -> usize {
        self.state().told
    }

    /// Changes what the DHCP server does.
    pub fn dhcp(&self, does: Dhcp) {
        self.state().dhcp = does;
    }

    /// Changes what the DNS server does.
    pub fn dns(&self, does: Dns) {
        self.state().dns = does;
    }

    /// Changes what the SNTP server does.
    pub fn sntp(&self, does: Sntp) {
        self.state().sntp = does;
    }

    /// Loses so many of a thousand frames, in both directions.
    pub fn lose(&self, of_a_thousand: u32) {
        self.state().loss = of_a_thousand;
    }

    /// Leads new connections to the hosts of another sandbox.
    pub fn lead_to(&self, sandbox: &Sandbox) {
        let mut state = self.state();
        (state.login, state.api) = (sandbox.login_addr(), sandbox.api_addr());
    }

    /// Leases that were given or renewed.
    #[must_use]
    pub fn leases(&self) -> usize {
        self.state().leases
    }

    /// DNS questions that came.
    #[must_use]
    pub fn questions(&self) -> usize {
        self.state().questions
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.shared)
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

pub(crate) fn locked(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
