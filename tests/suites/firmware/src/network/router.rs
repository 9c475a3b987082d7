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

use super::bridge::{Activity, Bridge};
use super::cable::Cable;
use super::state::{API, FAILING, HTTPS, LOGIN, ROUTER, Shared, lock};
use super::time_skip::{Line, Question};
use super::{dhcp, dns, sntp};

const DHCP_SERVER: u16 = 67;
const DHCP_CLIENT: u16 = 68;
const DNS: u16 = 53;
const SNTP: u16 = 123;

/// The wait when no timer is running.
const IDLE: Duration = Duration::from_hours(48);

/// Interval at which hosts are observed until they count as idle.
const TICK: Duration = Duration::from_millis(5);

/// The sockets to which the emulator connects its network and its second serial line.
pub(crate) struct Listeners {
    pub(crate) cable: std::net::TcpListener,
    pub(crate) line: std::net::TcpListener,
}

/// Runs until `stopped`.
pub(crate) async fn run(listeners: Listeners, shared: Shared, mut stopped: oneshot::Receiver<()>) {
    let (Ok(cables), Ok(lines)) =
        (TcpListener::from_std(listeners.cable), TcpListener::from_std(listeners.line))
    else {
        return;
    };
    let (mut cable, mut line) = (Cable::default(), Line::default());
    let skip_allowed = lock(&shared).skip_allowed.clone();
    let mut router = Router::new(&mut cable, shared);
    loop {
        let wait = router.turn(&mut cable).await;
        let skip = line.pending.map_or(Skip::AfterEvent, |question| router.skip(question, &cable, wait));
        let wait = match skip {
            Skip::Granted(time) => {
                line.grant(time).await;
                continue;
            }
            Skip::AfterTick => wait.min(TICK),
            Skip::AfterEvent => wait,
        };
        tokio::select! {
            biased;
            _ = &mut stopped => return,
            Ok((board, _)) = cables.accept() => cable.connect(board),
            Ok((board, _)) = lines.accept() => line.connect(board),
            frame = cable.frame() => {
                if !router.drops_frame() {
                    cable.from_board.push_back(frame);
                }
            }
            () = line.next_question() => {}
            () = router.bridge.wait_activity() => {}
            () = skip_allowed.notified() => {}
            () = sleep(wait) => {
                if matches!(skip, Skip::AfterTick) {
                    router.bridge.tick();
                }
            }
        }
    }
}

/// The decision about a board's question.
enum Skip {
    /// This time is skipped.
    Granted(Duration),
    /// Hosts have to be observed for another [`TICK`].
    AfterTick,
    /// Not before another event.
    AfterEvent,
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
            for address in [ROUTER, FAILING, LOGIN, API] {
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

    /// Processes everything that is ready. Returns the time until the next timer expires.
    async fn turn(&mut self, cable: &mut Cable) -> Duration {
        let wait = loop {
            let now = self.start.elapsed() + lock(&self.shared).skipped;
            let now = Instant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
            self.interface.poll(now, cable, &mut self.sockets);
            self.serve();
            let (login, api) = {
                let state = lock(&self.shared);
                (state.login, state.api)
            };
            self.bridge.transfer(&mut self.sockets, |address| if address == LOGIN { login } else { api });
            match self.interface.poll_delay(now, &self.sockets) {
                Some(wait) if wait.total_micros() == 0 => {}
                Some(wait) => break wait.into(),
                None => break IDLE,
            }
        };
        let loss = lock(&self.shared).loss;
        let random = &mut self.random;
        cable.send(|| chance(random, loss)).await;
        wait
    }

    /// Decides whether the board may skip time; if so, network and services skip it too. `wait`: time until this stack's next timer.
    fn skip(&mut self, question: Question, cable: &Cable, wait: Duration) -> Skip {
        let in_transit = cable.received != question.sent || cable.sent != question.received;
        let mut state = lock(&self.shared);
        let time = question.wanted.min(state.may_skip).min(wait);
        match self.bridge.activity() {
            _ if in_transit || time.is_zero() => Skip::AfterEvent,
            Activity::Busy => Skip::AfterEvent,
            Activity::Settling => Skip::AfterTick,
            Activity::Idle => {
                state.may_skip = state.may_skip.saturating_sub(time);
                state.skipped += time;
                state.clocks.iter().for_each(|clock| clock.advance(time));
                Skip::Granted(time)
            }
        }
    }

    fn drops_frame(&mut self) -> bool {
        let loss = lock(&self.shared).loss;
        chance(&mut self.random, loss)
    }

    /// Answers the datagrams received by the services.
    fn serve(&mut self) {
        let mut state = lock(&self.shared);
        let broadcast = IpEndpoint::new(IpAddress::Ipv4(Ipv4Addr::BROADCAST), DHCP_CLIENT);
        answer(self.sockets.get_mut(self.dhcp), Some(broadcast), |request, _| {
            dhcp::reply(request, &mut state)
        });
        answer(self.sockets.get_mut(self.dns), None, |request, server| {
            dns::reply(request, server, &mut state)
        });
        answer(self.sockets.get_mut(self.sntp), None, |request, _| sntp::reply(request, &mut state));
    }
}

/// Answers every received datagram for which `reply` returns a response, to its sender or to `to`. `reply` receives the datagram and the address
/// to which it was sent.
fn answer(
    socket: &mut udp::Socket<'_>,
    to: Option<IpEndpoint>,
    mut reply: impl FnMut(&[u8], Option<IpAddress>) -> Option<Vec<u8>>,
) {
    while let Ok((request, metadata)) = socket.recv() {
        let Some(answer) = reply(request, metadata.local_address) else { continue };
        let mut back = udp::UdpMetadata::from(to.unwrap_or(metadata.endpoint));
        back.local_address =
            if to.is_some() { Some(IpAddress::Ipv4(ROUTER)) } else { metadata.local_address };
        // Dropped when the buffer is full, as on a network.
        let _ = socket.send_slice(&answer, back);
    }
}

/// Returns `true` with a probability of `per_mille` in 1000.
fn chance(random: &mut u32, per_mille: u32) -> bool {
    *random = next(*random);
    *random % 1000 < per_mille
}

/// Xorshift, so that runs that send the same frames lose the same ones.
fn next(mut random: u32) -> u32 {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    random
}
