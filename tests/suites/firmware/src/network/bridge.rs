//! TCP connections of the board, forwarded to the hosts of the sandbox.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::wire::IpAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

const BUFFER: usize = 32_768;

/// A host counts as idle when it has sent nothing during this many ticks: a response may arrive in several pieces. Counted in ticks of
/// the network's thread and not in time, because on a loaded machine the hosts' threads wait for a processor as this one does.
const IDLE_TICKS: u32 = 10;

/// A response within this time carries the acknowledgement of its request, as with the hosts of the service.
const ACK_DELAY: Duration = Duration::from_millis(40);

/// A service: its address on this network, and the socket that accepts its next connection.
struct Service {
    address: Ipv4Addr,
    port: u16,
    listening: SocketHandle,
}

/// A connection of the board, and the channel to the host that serves it.
struct Connection {
    number: u64,
    socket: SocketHandle,
    /// The address that the board connected to, and the host that served it when the connection began.
    address: Ipv4Addr,
    target: SocketAddr,
    /// `None` when the board has closed its sending side.
    to_host: Option<mpsc::UnboundedSender<Vec<u8>>>,
    from_host: VecDeque<u8>,
    /// How the host has closed the connection.
    end: Option<End>,
    /// Whether the board sent last, so that a response of the host is outstanding.
    awaiting_response: bool,
    /// Ticks since the host last sent.
    quiet_ticks: u32,
}

#[derive(Clone, Copy)]
enum End {
    Finished,
    Reset,
}

enum Event {
    Bytes(Vec<u8>),
    End(End),
}

/// Whether hosts still have something to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Activity {
    /// A response is outstanding, or has not been forwarded yet.
    Busy,
    /// A host has sent data recently and may send more.
    Settling,
    /// No host is expected to send anything.
    Idle,
}

pub(crate) struct Bridge {
    services: Vec<Service>,
    connections: Vec<Connection>,
    events: mpsc::UnboundedReceiver<(u64, Event)>,
    sender: mpsc::UnboundedSender<(u64, Event)>,
    waiting: Option<(u64, Event)>,
    count: u64,
}

impl Bridge {
    pub(crate) fn new<const N: usize>(
        sockets: &mut SocketSet<'static>,
        services: [(Ipv4Addr, u16); N],
    ) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let services = services.map(|(address, port)| Service {
            address,
            port,
            listening: listen(sockets, address, port),
        });
        Self { services: services.into(), connections: Vec::new(), events, sender, waiting: None, count: 0 }
    }

    /// Waits until a host has sent data or closed a connection. Cancel safe.
    pub(crate) async fn wait_activity(&mut self) {
        if self.waiting.is_none() {
            self.waiting = self.events.recv().await;
        }
    }

    /// Returns whether any host still has something to send.
    pub(crate) fn activity(&self) -> Activity {
        if self.connections.iter().any(|it| it.awaiting_response || !it.from_host.is_empty()) {
            Activity::Busy
        } else if self.connections.iter().any(|it| it.quiet_ticks < IDLE_TICKS) {
            Activity::Settling
        } else {
            Activity::Idle
        }
    }

    /// Counts a tick during which no host has sent anything.
    pub(crate) fn tick(&mut self) {
        for connection in &mut self.connections {
            connection.quiet_ticks = connection.quiet_ticks.saturating_add(1);
        }
    }

    /// Forwards received data in both directions. `target` returns the host that serves an address.
    pub(crate) fn transfer(
        &mut self,
        sockets: &mut SocketSet<'static>,
        target: impl Fn(Ipv4Addr) -> SocketAddr,
    ) {
        self.accept(sockets, &target);
        while let Some((number, event)) = self.waiting.take().or_else(|| self.events.try_recv().ok()) {
            let Some(connection) = self.connections.iter_mut().find(|it| it.number == number) else {
                continue;
            };
            (connection.awaiting_response, connection.quiet_ticks) = (false, 0);
            match event {
                Event::Bytes(bytes) => connection.from_host.extend(bytes),
                Event::End(end) => connection.end = Some(end),
            }
        }
        self.connections.retain_mut(|connection| {
            let is_routed = target(connection.address) == connection.target;
            let open = connection.transfer(sockets.get_mut(connection.socket), is_routed);
            if !open {
                sockets.remove(connection.socket);
            }
            open
        });
    }

    fn accept(&mut self, sockets: &mut SocketSet<'static>, target: &impl Fn(Ipv4Addr) -> SocketAddr) {
        for service in &mut self.services {
            let socket = sockets.get_mut::<tcp::Socket<'_>>(service.listening);
            if socket.state() == tcp::State::Listen {
                continue;
            }
            self.count += 1;
            let (to_host, bytes) = mpsc::unbounded_channel();
            let target = target(service.address);
            tokio::spawn(serve(self.count, target, bytes, self.sender.clone()));
            self.connections.push(Connection {
                number: self.count,
                socket: service.listening,
                address: service.address,
                target,
                to_host: Some(to_host),
                from_host: VecDeque::new(),
                end: None,
                awaiting_response: true,
                quiet_ticks: 0,
            });
            service.listening = listen(sockets, service.address, service.port);
        }
    }
}

impl Connection {
    /// Forwards data in both directions, or resets the connection if its route has changed: the handshake of a board whose power was cut
    /// would otherwise be completed by the next board, with the former host. Returns whether the connection is still open.
    fn transfer(&mut self, socket: &mut tcp::Socket<'_>, is_routed: bool) -> bool {
        if !is_routed && socket.is_active() {
            socket.abort();
            // The RST segment has still to be sent.
            return true;
        }
        while let Ok(bytes) = socket.recv(|bytes| (bytes.len(), bytes.to_vec())) {
            if bytes.is_empty() {
                break;
            }
            if let Some(host) = &self.to_host {
                let _ = host.send(bytes);
                self.awaiting_response = true;
            }
        }
        if matches!(socket.state(), tcp::State::Listen | tcp::State::SynReceived) {
            return true;
        }
        if !socket.may_recv() && self.to_host.take().is_some() && self.end.is_none() {
            self.awaiting_response = true;
        }
        let (first, _) = self.from_host.as_slices();
        if let Ok(sent @ 1..) = socket.send_slice(first) {
            self.from_host.drain(..sent);
        }
        let delivered = self.from_host.is_empty() && socket.send_queue() == 0;
        match self.end {
            Some(End::Reset) if delivered && socket.is_active() => {
                socket.abort();
                // The RST segment has still to be sent.
                return true;
            }
            Some(End::Finished) if delivered => socket.close(),
            _ => {}
        }
        socket.is_active()
    }
}

fn listen(sockets: &mut SocketSet<'static>, address: Ipv4Addr, port: u16) -> SocketHandle {
    let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
    let mut socket = tcp::Socket::new(buffer(), buffer());
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(Some(ACK_DELAY.into()));
    socket.listen((IpAddress::Ipv4(address), port)).expect("a new socket can listen");
    sockets.add(socket)
}

/// Forwards one connection to a host until both directions are closed.
async fn serve(
    number: u64,
    target: SocketAddr,
    mut bytes: mpsc::UnboundedReceiver<Vec<u8>>,
    events: mpsc::UnboundedSender<(u64, Event)>,
) {
    let Ok(stream) = TcpStream::connect(target).await else {
        let _ = events.send((number, Event::End(End::Reset)));
        return;
    };
    let _ = stream.set_nodelay(true);
    let (mut from, mut to) = stream.into_split();
    let writing = async move {
        while let Some(bytes) = bytes.recv().await {
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    let reading = async move {
        let mut buffer = vec![0; 4096];
        loop {
            let event = match from.read(&mut buffer).await {
                Ok(0) => Event::End(End::Finished),
                Ok(count) => Event::Bytes(buffer[..count].to_vec()),
                Err(_) => Event::End(End::Reset),
            };
            let last = matches!(event, Event::End(_));
            if events.send((number, event)).is_err() || last {
                return;
            }
        }
    };
    tokio::join!(writing, reading);
}
