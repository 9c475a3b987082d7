//! The network below the client, as traits: sockets, and what a device knows of its interface.
//!
//! embassy-net's [`Stack`](https://docs.rs/embassy-net/latest/embassy_net/struct.Stack.html) implements them with the feature `embassy-net`,
//! a default. [`EdgeNetwork`] does so over any TCP and UDP factory of edge-nal's traits, with the feature `edge-nal`. [`Interface`] has what
//! edge-nal's traits lack: whether the device has an address, which a call waits for until its deadline, and the DNS servers of the network.

#[cfg(feature = "edge-nal")]
mod edge;
#[cfg(feature = "embassy-net")]
mod embassy;

use core::future::Future;
use core::net::{IpAddr, SocketAddr};

use embassy_time::Duration;
use embedded_io_async::ErrorKind;
use smoltcp::wire::IpAddress;

#[cfg(feature = "edge-nal")]
pub use edge::{ConstantInterface, EdgeNetwork, EdgeTcp, EdgeUdp};
#[cfg(feature = "embassy-net")]
pub use embassy::{EmbassyTcp, EmbassyUdp, UdpMetadata};

/// Returns the number of sockets that a client with this many lanes ([`Memory`](crate::Memory)) uses at the same time, with the features of this
/// build: one for each lane, one for name lookups, with `sntp` one for time servers, and with `ipv6` two more for each lane, for
/// attempts to connect that overlap.
///
/// embassy-net's stack panics when a socket has no place in its `StackResources`, and cannot be asked before. So the number of places is to be
/// written with this function, `StackResources<{ 1 + sockets(1) }>` for DHCP and a client with one lane; all of them are in use during the first
/// connection, so that one that is missing is noticed then.
#[must_use]
pub const fn sockets(lanes: usize) -> usize {
    let of_lane = if cfg!(feature = "ipv6") { 3 } else { 1 };
    lanes * of_lane + 1 + if cfg!(feature = "sntp") { 1 } else { 0 }
}

/// The state of a device's network interface.
pub trait Interface {
    /// Returns whether there is a link and an address.
    fn is_up(&self) -> bool;

    /// Waits until there is a link and an address.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    fn wait_up(&self) -> impl Future<Output = ()>;

    /// Waits until the link or the addresses are lost. It never returns if neither can happen.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    fn wait_down(&self) -> impl Future<Output = ()>;

    /// Returns whether the device has an IPv4 address. Without one, no A record is asked for with the feature `ipv6`.
    fn has_ipv4(&self) -> bool;

    /// Returns whether the device has an IPv6 address. Without one, no AAAA record is asked for.
    fn has_ipv6(&self) -> bool;

    /// Passes the DNS servers that the network announced or the device is configured with to `take`, the first choice first. Eight are used; with
    /// the feature `ipv6`, four more of IPv6.
    fn dns_servers(&self, take: &mut dyn FnMut(IpAddr));
}

/// A TCP/IP stack.
pub trait Network: Interface {
    /// A TCP socket.
    type Tcp<'l>: TcpSocket
    where
        Self: 'l;

    /// A UDP socket.
    type Udp<'l>: UdpSocket
    where
        Self: 'l;

    /// The memory that the stack needs for a UDP socket besides the bytes of its datagrams.
    type UdpMemory: Default;

    /// Returns a TCP socket that is not connected. A stack with buffers of its own leaves `rx` and `tx` unused.
    ///
    /// `keep_alive`: the interval of keep-alive probes ([`Settings::tcp_keep_alive`](crate::Settings::tcp_keep_alive)), which a stack without
    /// them ignores. Small segments are to be sent without delay (no Nagle algorithm).
    fn tcp<'l>(&'l self, rx: &'l mut [u8], tx: &'l mut [u8], keep_alive: Option<Duration>) -> Self::Tcp<'l>;

    /// Returns a UDP socket for datagrams to and from `server`, bound to this local port; 0 means any. `rx` and `tx` are the buffers of received and
    /// sent datagrams, and hold at least one each.
    ///
    /// # Errors
    /// The port is in use, or the stack has no socket left.
    ///
    /// # Cancel safety
    /// Dropping the future leaves no socket open.
    fn udp<'l>(
        &'l self,
        port: u16,
        server: SocketAddr,
        memory: &'l mut Self::UdpMemory,
        rx: &'l mut [u8],
        tx: &'l mut [u8],
    ) -> impl Future<Output = Result<Self::Udp<'l>, ErrorKind>>;
}

/// A TCP socket. Dropping it aborts a connection.
///
/// Its methods take `&self` because two parts of the client use it: the TLS session, and the runner, which observes a kept connection. They
/// call one method at a time; if they did not, the connection would be treated as lost.
pub trait TcpSocket {
    /// Connects to a server. It needs no timeout: the client drops the future at the deadline, and calls [`abort`](Self::abort) before the next
    /// attempt.
    ///
    /// # Errors
    /// [`ConnectionRefused`](ErrorKind::ConnectionRefused) or [`ConnectionReset`](ErrorKind::ConnectionReset) if the peer refused; any other
    /// kind if there is no route to it.
    fn connect(&self, server: SocketAddr) -> impl Future<Output = Result<(), ErrorKind>>;

    /// Reads at least one byte; none at the end of the connection, or into an empty buffer.
    ///
    /// # Errors
    /// The connection is lost.
    ///
    /// # Cancel safety
    /// Dropping the future loses no byte.
    fn read(&self, buffer: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>>;

    /// Writes at least one byte, and returns how many.
    ///
    /// # Errors
    /// The connection is lost.
    ///
    /// # Cancel safety
    /// Dropping the future writes no byte.
    fn write(&self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>>;

    /// Sends what was written. It need not wait for the peer's acknowledgement, which peers delay: the response shows that the request has
    /// arrived.
    ///
    /// # Errors
    /// The connection is lost.
    ///
    /// # Cancel safety
    /// After dropping the future, what was written may not have been sent.
    fn flush(&self) -> impl Future<Output = Result<(), ErrorKind>>;

    /// Waits until bytes can be read, or the connection has ended; returns at once if that is so already. It reads no byte.
    ///
    /// The client polls it while a connection is kept, and uses the connection again only if this future is pending then.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    fn wait_activity(&self) -> impl Future<Output = ()>;

    /// Ends the connection or the attempt at once; the socket can connect again. A segment with RST may be sent later.
    fn abort(&self);

    /// Ends the connection: with FIN if `in_order`, otherwise with RST. Waits until the stack no longer needs the
    /// socket for that. It needs no timeout: the client drops the future after a second.
    fn end(&self, in_order: bool) -> impl Future<Output = ()>;
}

/// A UDP socket for datagrams to and from one server.
pub trait UdpSocket {
    /// Sends a datagram, which is not longer than the buffer.
    ///
    /// # Errors
    /// There is no route to the server.
    ///
    /// # Cancel safety
    /// After dropping the future, the datagram may or may not be sent.
    fn send(&mut self, datagram: &[u8]) -> impl Future<Output = Result<(), ErrorKind>>;

    /// Receives a datagram from the server and passes it to `read`. Datagrams of other senders are discarded; one that is longer than the buffer may be
    /// discarded or cut. Returns what `read` returns, which is a trait object, so that the stack's code is in a device's flash once for each type.
    ///
    /// # Errors
    /// The socket failed.
    ///
    /// # Cancel safety
    /// Dropping the future loses no datagram.
    fn receive<T>(&mut self, read: &mut dyn FnMut(&[u8]) -> T) -> impl Future<Output = Result<T, ErrorKind>>;
}

/// Returns an address in smoltcp's type, in which addresses of unused families take no space. `None`: an IPv6 address without the feature
/// `ipv6`.
#[cfg_attr(
    feature = "ipv6",
    allow(clippy::unnecessary_wraps, reason = "without the feature `ipv6` there is another case")
)]
pub(crate) const fn stack_address(address: IpAddr) -> Option<IpAddress> {
    match address {
        IpAddr::V4(address) => Some(IpAddress::Ipv4(address)),
        #[cfg(feature = "ipv6")]
        IpAddr::V6(address) => Some(IpAddress::Ipv6(address)),
        #[cfg(not(feature = "ipv6"))]
        IpAddr::V6(_) => None,
    }
}
