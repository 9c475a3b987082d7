//! A device: network stack, client and runner, polled by one thread.

use std::cell::Cell;
use std::future::Future;
use std::net::Ipv6Addr;
use std::task::Poll;

use embassy_net::{Config, ConfigV4, ConfigV6, DhcpConfig, Ipv6Cidr, Stack, StackResources, StaticConfigV6};
use embassy_time::Duration;
use futures_lite::future::{block_on, or};
use genesys_token_embassy::core::settings::Endpoint;
use genesys_token_embassy::network::sockets;
use genesys_token_embassy::tls::{Tls13, TrustAnchor, Workspace};
use genesys_token_embassy::{
    CredentialSource, Memory, Settings, SmallMemory, StaticCredentials, TokenClient,
};
use genesys_token_sandbox::{Builder, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use rand_core::{OsRng, RngCore as _};

use crate::site::{DEVICE_V6, ROUTER_V6, Site};
use crate::wire::{Control, Faults, Wire};

/// A running device.
pub struct Device<'t, const TOKEN: usize = 1024> {
    /// The client.
    pub client: TokenClient<'t, TOKEN>,
    /// The sandbox, in the place of the service.
    pub sandbox: &'t Sandbox,
    /// Controls its cable.
    pub wire: Control,
    /// Its network stack.
    pub stack: Stack<'t>,
    /// Interrupts its runner.
    pub interrupt: &'t Interrupt,
    /// Size of the future of [`Runner::run`](genesys_token_embassy::Runner::run) on this host, in bytes.
    pub run_bytes: usize,
}

/// Drops a runner after a number of polls, and runs it again.
#[derive(Debug)]
pub struct Interrupt(Cell<usize>);

impl Interrupt {
    /// Drops the runner after this many more polls, and runs it again.
    pub fn after(&self, polls: usize) {
        self.0.set(polls);
    }

    /// Returns whether the runner was dropped.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.get() == usize::MAX
    }

    /// Polls the future until it is ready or to be dropped.
    async fn until<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(move |context| {
            let polled = future.as_mut().poll(context).map(Some);
            match self.0.get() {
                _ if polled.is_ready() => polled,
                usize::MAX => Poll::Pending,
                0 | 1 => {
                    self.0.set(usize::MAX);
                    Poll::Ready(None)
                }
                more => {
                    self.0.set(more - 1);
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl<const TOKEN: usize> std::fmt::Debug for Device<'_, TOKEN> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("client", &self.client).finish_non_exhaustive()
    }
}

/// The address families of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// IPv4, by DHCP.
    V4,
    /// IPv6, static: smoltcp takes no DNS servers from router advertisements.
    V6,
    /// Both.
    Both,
}

impl Families {
    fn config(self) -> Config {
        let mut dhcp = DhcpConfig::default();
        // Lost packets are repeated soon; the default of 10 s is for real networks.
        dhcp.retry_config.discover_timeout = smoltcp::time::Duration::from_millis(300);
        dhcp.retry_config.initial_request_timeout = smoltcp::time::Duration::from_millis(300);
        let fixed = StaticConfigV6 {
            address: Ipv6Cidr::new(DEVICE_V6, 64),
            gateway: Some(ROUTER_V6),
            dns_servers: [ROUTER_V6].into_iter().collect(),
        };
        let mut config = Config::default();
        if self != Self::V6 {
            config.ipv4 = ConfigV4::Dhcp(dhcp);
        }
        if self != Self::V4 {
            config.ipv6 = ConfigV6::Static(fixed);
        }
        config
    }
}

/// The parameters of a device.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Faults of its cable.
    pub faults: Faults,
    /// Its addresses.
    pub families: Families,
    /// Whether the clock is set from this host's at the beginning.
    pub clock: bool,
    /// The timeout of an exchange.
    pub timeout: Duration,
    /// The host of the token endpoint.
    pub login_host: &'static str,
    /// The host of the Platform API.
    pub api_host: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            faults: Faults::default(),
            families: Families::V4,
            clock: true,
            // Cryptography is slow in the test profile, and the machine may be loaded.
            timeout: Duration::from_secs(20),
            login_host: "login.sandbox.test",
            api_host: "api.sandbox.test",
        }
    }
}

/// Seconds since 1970, from this host's clock.
///
/// # Panics
///
/// When that is not set.
#[must_use]
pub fn unix_time() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("this host's clock is set").as_secs()
}

impl Setup {
    /// Runs a device in a network of its own, and `work` with it.
    pub fn run<T: Send>(self, work: impl AsyncFnOnce(&Device<'_>) -> T + Send) -> T {
        self.run_in(
            &[],
            |builder| builder,
            |_| {},
            StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET),
            work,
        )
    }

    /// As [`run`](Self::run), with arguments for dnsmasq, sandbox, settings and credentials.
    ///
    /// # Panics
    ///
    /// When the network or the sandbox cannot be created.
    pub fn run_in<T: Send>(
        self,
        dnsmasq: &[&str],
        build: impl FnOnce(Builder) -> Builder + Send,
        adjust: impl FnOnce(&mut Settings<'_>) + Send,
        credentials: impl CredentialSource + Send,
        work: impl AsyncFnOnce(&Device<'_>) -> T + Send,
    ) -> T {
        Site::run_with(dnsmasq, move |site| {
            let builder = build(Sandbox::builder().address(Ipv6Addr::UNSPECIFIED));
            let sandbox = builder.start_blocking().expect("a sandbox");
            let mut memory = Box::new(SmallMemory::new());
            self.switch_on(site, &sandbox, &mut memory, adjust, credentials, work)
        })
    }

    /// Returns the hosts of the sandbox.
    ///
    /// # Panics
    ///
    /// When they are not host names.
    #[must_use]
    pub fn endpoint(&self, sandbox: &Sandbox) -> Endpoint {
        Endpoint::explicit(self.login_host, sandbox.login_addr().port(), Endpoint::TOKEN_PATH)
            .and_then(|endpoint| endpoint.with_api(self.api_host, sandbox.api_addr().port()))
            .expect("an endpoint")
    }

    /// Runs a device in an existing network, against a sandbox within it.
    ///
    /// # Panics
    ///
    /// When the interface cannot be opened.
    pub fn switch_on<
        T,
        const RECEIVE: usize,
        const SEND: usize,
        const TICKET: usize,
        const LANES: usize,
        const TOKEN: usize,
        const HEADS: usize,
        const BODY: usize,
        const RX: usize,
        const TX: usize,
    >(
        self,
        site: &Site,
        sandbox: &Sandbox,
        memory: &mut Memory<Workspace<RECEIVE, SEND, TICKET>, LANES, TOKEN, HEADS, BODY, RX, TX>,
        adjust: impl FnOnce(&mut Settings<'_>),
        credentials: impl CredentialSource,
        work: impl AsyncFnOnce(&Device<'_, TOKEN>) -> T,
    ) -> T {
        let root = sandbox.root_der();
        let root = root.as_slice().into();
        let anchors: [TrustAnchor<'_>; 1] = [webpki::anchor_from_trusted_cert(&root).expect("a root")];
        let wire = Wire::new(site.interface(), self.faults);
        let control = wire.control();
        // No place more than the client needs, and one for DHCP.
        let (mut for_one, mut for_two) =
            (StackResources::<{ 1 + sockets(1) }>::new(), StackResources::<{ 1 + sockets(2) }>::new());
        let (config, seed) = (self.families.config(), OsRng.next_u64());
        let (stack, mut network) = if LANES == 1 {
            embassy_net::new(wire, config, &mut for_one, seed)
        } else {
            embassy_net::new(wire, config, &mut for_two, seed)
        };
        let mut settings = Settings::new(self.endpoint(sandbox), OsRng.next_u32());
        settings.anchors = &anchors;
        settings.total_timeout = self.timeout;
        adjust(&mut settings);
        let (client, mut runner) = genesys_token_embassy::new(
            stack,
            settings,
            Tls13::<_, RECEIVE, SEND, TICKET>::new(OsRng),
            credentials,
            memory,
        );
        if self.clock {
            client.set_unix_time(unix_time()).expect("this host's clock is right");
        }
        let interrupt = Interrupt(Cell::new(usize::MAX));
        let device = Device {
            client,
            sandbox,
            wire: control,
            stack,
            interrupt: &interrupt,
            run_bytes: size_of_val(&runner.run()),
        };
        let client = async {
            // Dropped as often as the test requests, and run again.
            while interrupt.until(runner.run()).await.is_none() {}
            // The client is closed; the network continues.
            std::future::pending().await
        };
        block_on(or(work(&device), or(client, async { network.run().await })))
    }
}

/// Polls a future at most this often, and drops it if it is still pending.
pub async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut left = polls;
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
