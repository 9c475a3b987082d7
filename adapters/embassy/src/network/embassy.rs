//! [`Network`] for embassy-net's stack.
//!
//! Where possible, methods return embassy-net's futures directly: another `async` block around each would take flash.

use core::cell::RefCell;
use core::fmt;
use core::future::{Future, poll_fn, ready};
use core::net::{IpAddr, SocketAddr};
use core::pin::pin;
use core::task::{Context, Poll, ready};

use embassy_net::tcp::{self, State};
use embassy_net::udp::{self, PacketMetadata};
use embassy_net::{IpEndpoint, Stack};
use embassy_time::Duration;
use embedded_io_async::{Error as _, ErrorKind};

use super::{Interface, Network, TcpSocket, UdpSocket, stack_address};

/// The most received datagrams that a socket holds: a response for each family of addresses, and as many others that arrive with them.
const RECEIVED: usize = if cfg!(feature = "ipv6") { 4 } else { 2 };
/// The most datagrams to be sent that a socket holds.
const SENT: usize = 1;

/// The memory that embassy-net needs for a UDP socket besides the bytes of its datagrams.
pub struct UdpMetadata {
    rx: [PacketMetadata; RECEIVED],
    tx: [PacketMetadata; SENT],
}

impl Default for UdpMetadata {
    fn default() -> Self {
        Self { rx: [PacketMetadata::EMPTY; RECEIVED], tx: [PacketMetadata::EMPTY; SENT] }
    }
}

impl fmt::Debug for UdpMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UdpMetadata").finish_non_exhaustive()
    }
}

impl Interface for Stack<'_> {
    fn is_up(&self) -> bool {
        self.is_config_up()
    }

    fn wait_up(&self) -> impl Future<Output = ()> {
        self.wait_config_up()
    }

    fn wait_down(&self) -> impl Future<Output = ()> {
        self.wait_config_down()
    }

    fn has_ipv4(&self) -> bool {
        self.config_v4().is_some()
    }

    #[cfg(feature = "ipv6")]
    fn has_ipv6(&self) -> bool {
        self.config_v6().is_some()
    }

    #[cfg(not(feature = "ipv6"))]
    fn has_ipv6(&self) -> bool {
        false
    }

    fn dns_servers(&self, take: &mut dyn FnMut(IpAddr)) {
        if let Some(config) = self.config_v4() {
            config.dns_servers.iter().for_each(|server| take(IpAddr::V4(*server)));
        }
        #[cfg(feature = "ipv6")]
        if let Some(config) = self.config_v6() {
            config.dns_servers.iter().for_each(|server| take(IpAddr::V6(*server)));
        }
    }
}

impl Network for Stack<'_> {
    type Tcp<'l>
        = EmbassyTcp<'l>
    where
        Self: 'l;
    type Udp<'l>
        = EmbassyUdp<'l>
    where
        Self: 'l;
    type UdpMemory = UdpMetadata;

    fn tcp<'l>(&'l self, rx: &'l mut [u8], tx: &'l mut [u8], keep_alive: Option<Duration>) -> EmbassyTcp<'l> {
        let mut socket = tcp::TcpSocket::new(*self, rx, tx);
        socket.set_nagle_enabled(false);
        socket.set_keep_alive(keep_alive);
        EmbassyTcp(RefCell::new(socket))
    }

    fn udp<'l>(
        &'l self,
        port: u16,
        server: SocketAddr,
        memory: &'l mut UdpMetadata,
        rx: &'l mut [u8],
        tx: &'l mut [u8],
    ) -> impl Future<Output = Result<EmbassyUdp<'l>, ErrorKind>> {
        ready(EmbassyUdp::bound(*self, port, server, memory, rx, tx))
    }
}

/// Returns an address as embassy-net's; `None` if its family is not supported.
fn endpoint(address: SocketAddr) -> Option<IpEndpoint> {
    Some(IpEndpoint::new(stack_address(address.ip())?, address.port()))
}

/// A TCP socket of embassy-net.
///
/// It is borrowed during each poll, and across an await only where no other method is called.
pub struct EmbassyTcp<'l>(RefCell<tcp::TcpSocket<'l>>);

#[allow(clippy::await_holding_refcell_ref, reason = "a second borrow is refused, and does not panic")]
impl TcpSocket for EmbassyTcp<'_> {
    async fn connect(&self, server: SocketAddr) -> Result<(), ErrorKind> {
        let server = endpoint(server).ok_or(ErrorKind::NotConnected)?;
        let mut socket = self.0.try_borrow_mut().map_err(|_| ErrorKind::ConnectionAborted)?;
        socket.connect(server).await.map_err(|error| error.kind())
    }

    fn read(&self, buffer: &mut [u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.read(buffer)).poll(context).map_err(|_| ErrorKind::ConnectionReset),
            Err(_) => Poll::Ready(Err(ErrorKind::ConnectionReset)),
        })
    }

    fn write(&self, bytes: &[u8]) -> impl Future<Output = Result<usize, ErrorKind>> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.write(bytes)).poll(context).map_err(|_| ErrorKind::ConnectionReset),
            Err(_) => Poll::Ready(Err(ErrorKind::ConnectionReset)),
        })
    }

    /// Returns at once: embassy-net's `flush` would wait until the peer has acknowledged what was written.
    fn flush(&self) -> impl Future<Output = Result<(), ErrorKind>> {
        ready(Ok(()))
    }

    fn wait_activity(&self) -> impl Future<Output = ()> {
        poll_fn(|context| {
            // The end of the connection wakes this task too, but that future is ready for received bytes only.
            let Ok(socket) = self.0.try_borrow() else { return Poll::Ready(()) };
            let readable = pin!(socket.wait_read_ready()).poll(context);
            if socket.state() == State::Established && !socket.can_recv() {
                readable
            } else {
                Poll::Ready(())
            }
        })
    }

    fn abort(&self) {
        if let Ok(mut socket) = self.0.try_borrow_mut() {
            socket.abort();
        }
    }

    fn end(&self, in_order: bool) -> impl Future<Output = ()> {
        match self.0.try_borrow_mut() {
            Ok(mut socket) if in_order => socket.close(),
            Ok(mut socket) => socket.abort(),
            Err(_) => {}
        }
        // The socket may be dropped once the segment was sent. If it cannot be sent, the peer's own timeout ends the connection.
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.flush()).poll(context).map(drop),
            Err(_) => Poll::Ready(()),
        })
    }
}

impl fmt::Debug for EmbassyTcp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EmbassyTcp").finish_non_exhaustive()
    }
}

/// A UDP socket of embassy-net.
pub struct EmbassyUdp<'l> {
    socket: udp::UdpSocket<'l>,
    server: IpEndpoint,
}

impl<'l> EmbassyUdp<'l> {
    fn bound(
        stack: Stack<'l>,
        port: u16,
        server: SocketAddr,
        memory: &'l mut UdpMetadata,
        rx: &'l mut [u8],
        tx: &'l mut [u8],
    ) -> Result<Self, ErrorKind> {
        let server = endpoint(server).ok_or(ErrorKind::NotConnected)?;
        let mut socket = udp::UdpSocket::new(stack, &mut memory.rx, rx, &mut memory.tx, tx);
        socket.bind(port).map_err(|_| ErrorKind::AddrInUse)?;
        Ok(Self { socket, server })
    }

    /// Receives a datagram, and passes it to `read` if it is from the server. In flash once, unlike what depends on the type that is returned.
    #[inline(never)]
    fn poll_receive(&mut self, context: &mut Context<'_>, read: &mut dyn FnMut(&[u8])) -> Poll<()> {
        let server = self.server;
        let received = self.socket.recv_from_with(|bytes, from| {
            if from.endpoint == server {
                read(bytes);
            }
        });
        pin!(received).poll(context)
    }
}

impl UdpSocket for EmbassyUdp<'_> {
    fn send(&mut self, datagram: &[u8]) -> impl Future<Output = Result<(), ErrorKind>> {
        poll_fn(|context| {
            self.socket.poll_send_to(datagram, self.server, context).map_err(|_| ErrorKind::NotConnected)
        })
    }

    fn receive<T>(&mut self, read: &mut dyn FnMut(&[u8]) -> T) -> impl Future<Output = Result<T, ErrorKind>> {
        poll_fn(move |context| {
            let mut result = None;
            while result.is_none() {
                ready!(self.poll_receive(context, &mut |bytes| result = Some(read(bytes))));
            }
            Poll::Ready(result.ok_or(ErrorKind::Other))
        })
    }
}

impl fmt::Debug for EmbassyUdp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbassyUdp").field("server", &self.server).finish_non_exhaustive()
    }
}
