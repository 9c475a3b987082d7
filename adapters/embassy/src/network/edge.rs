//! Networks over edge-nal's traits.

use core::cell::{RefCell, RefMut};
use core::fmt;
use core::future::pending;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use edge_nal::{Close, Readable as _, TcpConnect, TcpShutdown as _, UdpBind, UdpReceive as _, UdpSend as _};
use embassy_time::Duration;
use embedded_io_async::{Error as _, ErrorKind, Read as _, Write as _};

use super::{Interface, Network, TcpSocket, UdpSocket};

/// A network over a TCP and a UDP factory of edge-nal's traits, such as edge-nal-std's on a host, and an [`Interface`].
///
/// Sockets have the factories' own buffers and limits; the lanes' `RX` and `TX` in [`Memory`](crate::Memory) may be 0 then. edge-nal cannot
/// set an interval of keep-alive probes, so [`Settings::tcp_keep_alive`](crate::Settings::tcp_keep_alive) has no effect. Whether a connection is
/// closed with FIN or RST, and whether small segments are delayed, is the factory's decision.
#[derive(Clone, Copy)]
pub struct EdgeNetwork<T, U, I> {
    tcp: T,
    udp: U,
    interface: I,
}

impl<T: TcpConnect, U: UdpBind, I: Interface> EdgeNetwork<T, U, I> {
    /// Returns the network of these factories. On a host or a device that is always connected, `interface` is a [`ConstantInterface`].
    #[must_use]
    pub const fn new(tcp: T, udp: U, interface: I) -> Self {
        Self { tcp, udp, interface }
    }
}

impl<T, U, I> fmt::Debug for EdgeNetwork<T, U, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeNetwork").finish_non_exhaustive()
    }
}

impl<T, U, I: Interface> Interface for EdgeNetwork<T, U, I> {
    fn is_up(&self) -> bool {
        self.interface.is_up()
    }

    async fn wait_up(&self) {
        self.interface.wait_up().await;
    }

    async fn wait_down(&self) {
        self.interface.wait_down().await;
    }

    fn has_ipv4(&self) -> bool {
        self.interface.has_ipv4()
    }

    fn has_ipv6(&self) -> bool {
        self.interface.has_ipv6()
    }

    fn dns_servers(&self, take: &mut dyn FnMut(IpAddr)) {
        self.interface.dns_servers(take);
    }
}

impl<T: TcpConnect, U: UdpBind, I: Interface> Network for EdgeNetwork<T, U, I> {
    type Tcp<'l>
        = EdgeTcp<'l, T>
    where
        Self: 'l;
    type Udp<'l>
        = EdgeUdp<'l, U>
    where
        Self: 'l;
    type UdpMemory = ();

    fn tcp<'l>(
        &'l self,
        _rx: &'l mut [u8],
        _tx: &'l mut [u8],
        _keep_alive: Option<Duration>,
    ) -> EdgeTcp<'l, T> {
        EdgeTcp { factory: &self.tcp, socket: RefCell::new(None) }
    }

    async fn udp<'l>(
        &'l self,
        port: u16,
        server: SocketAddr,
        _memory: &'l mut (),
        rx: &'l mut [u8],
        _tx: &'l mut [u8],
    ) -> Result<EdgeUdp<'l, U>, ErrorKind> {
        let local = match server {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let socket = self.udp.bind(SocketAddr::new(local, port)).await.map_err(|error| error.kind())?;
        Ok(EdgeUdp { socket, server, rx })
    }
}

/// A TCP socket of a factory.
pub struct EdgeTcp<'l, T: TcpConnect + 'l> {
    factory: &'l T,
    /// `None` if it is not connected.
    socket: RefCell<Option<T::Socket<'l>>>,
}

impl<'l, T: TcpConnect> EdgeTcp<'l, T> {
    fn connected(&self) -> Result<RefMut<'_, T::Socket<'l>>, ErrorKind> {
        let socket = self.socket.try_borrow_mut().map_err(|_| ErrorKind::ConnectionReset)?;
        RefMut::filter_map(socket, Option::as_mut).map_err(|_| ErrorKind::NotConnected)
    }

    /// Removes the socket.
    fn take(&self) -> Option<T::Socket<'l>> {
        self.socket.try_borrow_mut().ok()?.take()
    }
}

/// The socket is borrowed across awaits: futures of some factories must not be dropped and created again at each poll.
#[allow(clippy::await_holding_refcell_ref, reason = "a second borrow is refused, and does not panic")]
impl<T: TcpConnect> TcpSocket for EdgeTcp<'_, T> {
    async fn connect(&self, server: SocketAddr) -> Result<(), ErrorKind> {
        let socket = self.factory.connect(server).await.map_err(|error| error.kind())?;
        self.socket.replace(Some(socket));
        Ok(())
    }

    async fn read(&self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.connected()?.read(buffer).await.map_err(|error| error.kind())
    }

    async fn write(&self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.connected()?.write(bytes).await.map_err(|error| error.kind())
    }

    async fn flush(&self) -> Result<(), ErrorKind> {
        self.connected()?.flush().await.map_err(|error| error.kind())
    }

    async fn wait_activity(&self) {
        if let Ok(mut socket) = self.connected() {
            let _ = socket.readable().await;
        }
    }

    fn abort(&self) {
        self.take();
    }

    async fn end(&self, in_order: bool) {
        if let Some(mut socket) = self.take() {
            let _ = if in_order { socket.close(Close::Write).await } else { socket.abort().await };
        }
    }
}

impl<T: TcpConnect> fmt::Debug for EdgeTcp<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeTcp").finish_non_exhaustive()
    }
}

/// A UDP socket of a factory.
pub struct EdgeUdp<'l, U: UdpBind + 'l> {
    socket: U::Socket<'l>,
    server: SocketAddr,
    rx: &'l mut [u8],
}

impl<U: UdpBind> UdpSocket for EdgeUdp<'_, U> {
    async fn send(&mut self, datagram: &[u8]) -> Result<(), ErrorKind> {
        self.socket.send(self.server, datagram).await.map_err(|error| error.kind())
    }

    async fn receive<T>(&mut self, read: &mut dyn FnMut(&[u8]) -> T) -> Result<T, ErrorKind> {
        loop {
            let (length, from) = self.socket.receive(self.rx).await.map_err(|error| error.kind())?;
            if from == self.server {
                return Ok(read(self.rx.get(..length).unwrap_or(self.rx)));
            }
        }
    }
}

impl<U: UdpBind> fmt::Debug for EdgeUdp<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EdgeUdp").field("server", &self.server).finish_non_exhaustive()
    }
}

/// An interface that is always up, with these DNS servers: a host's, or that of a device whose program starts the client once it has an
/// address.
#[derive(Clone, Copy, Debug)]
pub struct ConstantInterface<'s> {
    /// The DNS servers.
    pub dns_servers: &'s [IpAddr],
    /// Whether there is an IPv4 address.
    pub has_ipv4: bool,
    /// Whether there is an IPv6 address.
    pub has_ipv6: bool,
}

impl Interface for ConstantInterface<'_> {
    fn is_up(&self) -> bool {
        true
    }

    async fn wait_up(&self) {}

    async fn wait_down(&self) {
        pending::<()>().await;
    }

    fn has_ipv4(&self) -> bool {
        self.has_ipv4
    }

    fn has_ipv6(&self) -> bool {
        self.has_ipv6
    }

    fn dns_servers(&self, take: &mut dyn FnMut(IpAddr)) {
        self.dns_servers.iter().copied().for_each(take);
    }
}
