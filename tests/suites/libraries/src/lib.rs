//! Third-party clients, over the device client's verified TLS and resolver. The code is that of a device: no `std`, no allocator.
//!
//! `http` calls the Platform API with reqwless, `mqtt` receives a message with minimq. The suite of `genesys-token-device` runs both.
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod http;
pub mod mqtt;

use embassy_net::Stack;
use embassy_net::tcp::client::{TcpClient, TcpClientState};
use genesys_token_embassy::nal::{NameLookup, TlsConnector};
use genesys_token_embassy::tls::{CryptoRngCore, Expected, NameError, Tls13, TrustAnchor, Workspace};

/// A server: the name that its certificate has to have, its port, and the roots that it may end at.
#[derive(Clone, Copy, Debug)]
pub struct Server<'s> {
    /// The host name.
    pub name: &'s str,
    /// The port.
    pub port: u16,
    /// The trust anchors.
    pub anchors: &'s [TrustAnchor<'s>],
}

/// The device: its network, its wall clock, and its cryptographic generator.
#[derive(Clone, Copy)]
pub struct Device<'d> {
    /// The network stack.
    pub stack: Stack<'d>,
    /// Returns seconds since 1970; `None` while the clock is not set.
    pub unix_time: &'d dyn Fn() -> Option<u64>,
}

impl core::fmt::Debug for Device<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Device").field("unix_time", &(self.unix_time)()).finish_non_exhaustive()
    }
}

/// Memory for one connection: TCP's buffers, and TLS's.
pub struct Memory {
    tcp: TcpState,
    tls: Workspace,
}

type TcpState = TcpClientState<1, 1024, 2048>;

impl Memory {
    /// Returns empty memory.
    #[must_use]
    pub const fn new() -> Self {
        Self { tcp: TcpState::new(), tls: Workspace::new() }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

type Connector<'c> =
    TlsConnector<'c, TcpClient<'c, 1, 1024, 2048>, &'c dyn Fn() -> Option<u64>, &'c mut dyn CryptoRngCore>;

/// Returns a connector for a server, and a resolver.
fn connector<'c>(
    device: Device<'c>,
    rng: &'c mut dyn CryptoRngCore,
    memory: &'c mut Memory,
    server: &Server<'c>,
) -> Result<(Connector<'c>, NameLookup<Stack<'c>>), NameError> {
    let expected = Expected::new(server.name, server.anchors)?;
    let names = NameLookup::new(device.stack, rng.next_u32());
    let tcp = TcpClient::new(device.stack, &memory.tcp);
    Ok((TlsConnector::new(tcp, Tls13::new(rng), &mut memory.tls, expected, device.unix_time), names))
}
