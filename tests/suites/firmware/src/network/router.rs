//! The router's loop: frames in, services, frames out.

use std::net::Ipv4Addr;
use std::time::Duration;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr, IpEndpoint};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::bridge::Bridge;
use super::cable::Cable;
use super::leap::{Line, Question};
use super::{API, HTTPS, LOGIN, ROUTER, Shared, dhcp, dns, locked, sntp};

const DHCP_SERVER: u16 = 67;
const DHCP_CLIENT: u16 = 68;
const DNS: u16 = 53;
const SNTP: u16 = 123;

/// Longer than anything here waits.
const IDLE: Duration = Duration::from_hours(48);

/// Where the emulator connects: its network and its second serial line.
pub(crate) struct Doors {
    pub(crate) cable: std::net::TcpListener,
    pub(crate) line: std::net::TcpListener,
}

/// Runs until `stopped`.
pub(crate) async fn run(doors: Doors, shared: Shared, mut stopped: oneshot::Receiver<()>) {
    let (Ok(cables), Ok(lines)) = (TcpListener::from_std(doors.cable), TcpListener::from_std(doors.line))
    else {
        return;
    };
    let (mut cable, mut line) = (Cable::default(), Line::default());
    let hurried = locked(&shared).hurried.clone();
    let mut router = Router::new(&mut cable, shared);
    loop {
        let wait = router.turn(&mut cable).await;
        let wait = match line.open {
            None => wait,
            Some(question) => match router.leap(question, &cable, wait) {
                Leap::Over(time) => {
                    line.grant(time).await;
                    continue;
                }
                Leap::NotBefore(then) => wait.min(then),
            },
        };
        tokio::select! {
            biased;
            _ = &mut stopped => return,
            Ok((board, _)) = cables.accept() => cable.plug(board),
            Ok((board, _)) = lines.accept() => line.plug(board),
            frame = cable.frame() => {
                if !router.loses() {
                    cable.from_board.push_back(frame);
                }
            }
            () = line.asked() => {}
            () = router.bridge.something() => {}
            () = hurried.notified() => {}
            () = sleep(wait) => {}
        }
    }
}

/// Whether the board may leave time out.
enum Leap {
    /// So much.
    Over(Duration),
    /// Not before so long, unless something happens.
    NotBefore(Duration),
}

struct Router {
    interface: Interface,
    sockets: SocketSet<'static>,
    dhcp: SocketHandle,
    dns: SocketHandle,
    sntp: SocketHandle,
    bridge: Bridge,
    shared: Shared,
    start: std::time::Instant,
    random: u32,
}

impl Router {
    fn new(cable: &mut Cable, shared: Shared) -> Self {
        let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
        let mut interface = Interface::new(config, cable, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            for address in [ROUTER, LOGIN, API] {
                let _ = addresses.push(IpCidr::new(IpAddress::Ipv4(address), 24));
            }
        });
        let mut sockets = SocketSet::new(Vec::new());
        let mut udp = |port: u16| {
            let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; 16], vec![0; 16_384]);
            let mut socket = udp::Socket::new(buffer(), buffer());
            socket.bind(port).expect("a new socket can be bound");
            sockets.add(socket)
        };
        let (dhcp, dns, sntp) = (udp(DHCP_SERVER), udp(DNS), udp(SNTP));
        let bridge = Bridge::new(&mut sockets, [(LOGIN, HTTPS), (API, HTTPS)]);
        let start = std::time::Instant::now();
        Self { interface, sockets, dhcp, dns, sntp, bridge, shared, start, random: 0x2545_f491 }
    }

    /// Does all that can be done now; gives how long nothing more will be, unless something comes.
    async fn turn(&mut self, cable: &mut Cable) -> Duration {
        let wait = loop {
            let now = self.start.elapsed() + locked(&self.shared).left_out;
            let now = Instant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
            self.interface.poll(now, cable, &mut self.sockets);
            self.serve();
            let (login, api) = {
                let state = locked(&self.shared);
                (state.login, state.api)
            };
            self.bridge.pump(&mut self.sockets, |address| if address == LOGIN { login } else { api });
            match self.interface.poll_delay(now, &self.sockets) {
                Some(wait) if wait.total_micros() == 0 => {}
                Some(wait) => break wait.into(),
                None => break IDLE,
            }
        };
        let loss = locked(&self.shared).loss;
        let random = &mut self.random;
        cable.send(|| chance(random, loss)).await;
        wait
    }

    /// Says whether the board may leap; if so all leap with it. `wait`: until this stack has something to do.
    fn leap(&mut self, question: Question, cable: &Cable, wait: Duration) -> Leap {
        let on_its_way = cable.received != question.sent || cable.sent != question.received;
        let quiet = self.bridge.until_quiet().filter(|_| !on_its_way);
        let mut state = locked(&self.shared);
        let time = question.wanted.min(state.hurry).min(wait);
        match quiet {
            None => Leap::NotBefore(Duration::MAX),
            Some(_) if time.is_zero() => Leap::NotBefore(Duration::MAX),
            Some(Duration::ZERO) => {
                state.hurry = state.hurry.saturating_sub(time);
                state.left_out += time;
                state.clocks.iter().for_each(|clock| clock.advance(time));
                Leap::Over(time)
            }
            Some(silence) => Leap::NotBefore(silence),
        }
    }

    fn loses(&mut self) -> bool {
        let loss = locked(&self.shared).loss;
        chance(&mut self.random, loss)
    }

    /// Answers what came to the services.
    fn serve(&mut self) {
        let mut state = locked(&self.shared);
        let broadcast = IpEndpoint::new(IpAddress::Ipv4(Ipv4Addr::BROADCAST), DHCP_CLIENT);
        answer(self.sockets.get_mut(self.dhcp), Some(broadcast), |request| dhcp::reply(request, &mut state));
        answer(self.sockets.get_mut(self.dns), None, |request| dns::reply(request, &mut state));
        answer(self.sockets.get_mut(self.sntp), None, |request| sntp::reply(request, &mut state));
    }
}

/// Answers every datagram that waits, where `reply` has an answer: to its sender, or to `to`.
fn answer(
    socket: &mut udp::Socket<'_>,
    to: Option<IpEndpoint>,
    mut reply: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) {
    while let Ok((request, metadata)) = socket.recv() {
        let Some(answer) = reply(request) else { continue };
        let mut back = udp::UdpMetadata::from(to.unwrap_or(metadata.endpoint));
        back.local_address =
            if to.is_some() { Some(IpAddress::Ipv4(ROUTER)) } else { metadata.local_address };
        // A full buffer loses it, as a network may.
        let _ = socket.send_slice(&answer, back);
    }
}

/// Whether one of `of_a_thousand` has come.
fn chance(random: &mut u32, of_a_thousand: u32) -> bool {
    *random = next(*random);
    *random % 1000 < of_a_thousand
}

/// Xorshift: the same frames are lost in every run that sends the same.
fn next(mut random: u32) -> u32 {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    random
}
