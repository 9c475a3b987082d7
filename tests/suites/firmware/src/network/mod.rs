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
mod state;
mod time_skip;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use genesys_token_sandbox::Sandbox;
pub(crate) use state::{API_NAME, LOGIN_NAME};
pub use state::{Dhcp, Dns, Sntp, TIME_NAME};
use state::{Shared, State, lock};
use tokio::sync::oneshot;

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

    /// Routes connections to the hosts of another sandbox. Those that are open to the former hosts are reset.
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
