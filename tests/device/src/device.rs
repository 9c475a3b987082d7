//! A device: network stack, client and runner, driven by one thread.

use std::future::Future;

use embassy_net::{Config, Stack, StackResources};
use embassy_time::Duration;
use futures_lite::future::{block_on, or};
use genesys_token_embassy::core::settings::Endpoint;
use genesys_token_embassy::tls::{EmbeddedTls, TrustAnchor};
use genesys_token_embassy::{
    CredentialSource, Credentials, Settings, SmallMemory, StaticCredentials, TokenClient, client,
};
use genesys_token_sandbox::{Builder, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use rand_core::{OsRng, RngCore as _};

use crate::site::{ROUTER, Site};
use crate::wire::{Control, Faults, Wire};

/// The memory of the devices here: the preset that must do.
pub type Memory = SmallMemory;
/// The client of the devices here.
pub type Client<'m> = TokenClient<'m, 1024, 2560>;

/// A device that is switched on for the time of a test.
pub struct Device<'t> {
    /// The client.
    pub client: Client<'t>,
    /// Its service.
    pub sandbox: &'t Sandbox,
    /// Its cable.
    pub wire: Control,
    /// Its network stack.
    pub stack: Stack<'t>,
}

impl std::fmt::Debug for Device<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What a device is like.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Its cable.
    pub faults: Faults,
    /// The clock is set before anything else, from this host's.
    pub clock: bool,
    /// Time for an exchange.
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
            clock: true,
            // The test profile's cryptography is slow, and so may the machine be.
            timeout: Duration::from_secs(20),
            login_host: "login.sandbox.test",
            api_host: "api.sandbox.test",
        }
    }
}

/// Seconds since 1970.
fn unix_time() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("this host's clock is set").as_secs()
}

impl Setup {
    /// Switches a device on, on a network of its own, and does `work` with it.
    pub fn run<T: Send>(self, work: impl AsyncFnOnce(&Device<'_>) -> T + Send) -> T {
        self.run_in(
            &[],
            |builder| builder,
            |_| {},
            StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET),
            work,
        )
    }

    /// The same with everything that can be different: dnsmasq, sandbox, settings, credentials.
    ///
    /// # Panics
    ///
    /// When the network or the sandbox cannot be made.
    pub fn run_in<T: Send>(
        self,
        dnsmasq: &[&str],
        build: impl FnOnce(Builder) -> Builder + Send,
        adjust: impl FnOnce(&mut Settings<'_>) + Send,
        credentials: impl CredentialSource + Send,
        work: impl AsyncFnOnce(&Device<'_>) -> T + Send,
    ) -> T {
        Site::run_with(dnsmasq, move |site| {
            let builder = build(Sandbox::builder().address(ROUTER));
            let sandbox = builder.start_blocking().expect("a sandbox");
            self.switch_on(site, &sandbox, adjust, credentials, work)
        })
    }

    fn switch_on<T>(
        self,
        site: &Site,
        sandbox: &Sandbox,
        adjust: impl FnOnce(&mut Settings<'_>),
        credentials: impl CredentialSource,
        work: impl AsyncFnOnce(&Device<'_>) -> T,
    ) -> T {
        let root = sandbox.root_der();
        let root = root.as_slice().into();
        let anchors: [TrustAnchor<'_>; 1] = [webpki::anchor_from_trusted_cert(&root).expect("a root")];
        let endpoint = Endpoint::explicit(self.login_host, sandbox.login_addr().port(), Endpoint::TOKEN_PATH)
            .and_then(|endpoint| endpoint.with_api(self.api_host, sandbox.api_addr().port()))
            .expect("an endpoint");

        let wire = Wire::new(site.interface(), self.faults);
        let control = wire.control();
        let mut resources = StackResources::<6>::new();
        let (stack, mut network) = embassy_net::new(
            wire,
            Config::dhcpv4(embassy_net::DhcpConfig::default()),
            &mut resources,
            OsRng.next_u64(),
        );
        let mut memory = Box::new(Memory::new());
        let mut settings = Settings::new(endpoint, OsRng.next_u32());
        settings.anchors = &anchors;
        settings.total_timeout = self.timeout;
        adjust(&mut settings);
        let (client, mut runner) = client(stack, settings, EmbeddedTls::new(OsRng), credentials, &mut memory);
        if self.clock {
            client.set_unix_time(unix_time()).expect("this host's clock is right");
        }
        let device = Device { client, sandbox, wire: control, stack };
        let client = async {
            runner.run().await;
            // Closed; the network goes on.
            std::future::pending().await
        };
        block_on(or(work(&device), or(client, async { network.run().await })))
    }
}

/// Credentials of the sandbox's demo client.
#[must_use]
pub fn demo_credentials() -> Credentials {
    Credentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET).expect("they are legal")
}

/// Lets a future be polled a few times and no more.
pub async fn polls<F: Future>(count: usize, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    for _ in 0..count {
        if let Some(output) = futures_lite::future::poll_once(future.as_mut()).await {
            return Some(output);
        }
    }
    None
}
