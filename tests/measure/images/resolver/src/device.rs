//! The device: its network stack, a datagram, a connection, and a lookup.

use core::hint::black_box;
use core::net::{Ipv4Addr, SocketAddr};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use bare::measurement;
use embassy_net::{Config, Ipv4Cidr, Stack, StackResources, StaticConfigV4};
use genesys_token_embassy::network::{Network as _, TcpSocket as _, UdpMetadata, UdpSocket as _};

use crate::cable::Cable;

const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
/// What the resolvers look up.
pub(crate) const NAME: &str = "login.mypurecloud.com";
/// Sockets: for a connection, a datagram, and a lookup.
const SOCKETS: usize = 3;

/// A device that looks nothing up.
pub fn without() {
    run(async |_stack| true);
}

/// Reports the size of a lookup's future, and awaits it.
pub(crate) async fn reported<F: Future>(lookup: F) -> F::Output {
    measurement::report("future", 0, size_of::<F>() as u32);
    lookup.await
}

/// Runs a device, and reports the stack below the lookup.
#[inline(always)]
pub(crate) fn run(look_up: impl AsyncFnOnce(Stack<'static>) -> bool) {
    static mut RESOURCES: StackResources<SOCKETS> = StackResources::new();
    static mut CABLE: Cable = Cable::new();
    let mut config = StaticConfigV4 {
        address: Ipv4Cidr::new(ADDRESS, 24),
        gateway: Some(HOST),
        dns_servers: Default::default(),
    };
    let _ = config.dns_servers.push(HOST);
    // SAFETY: an image runs one part, once.
    #[allow(static_mut_refs, reason = "likewise")]
    let (resources, cable) = unsafe { (&mut RESOURCES, &mut CABLE) };
    let (stack, mut runner) = embassy_net::new(cable, Config::ipv4_static(config), resources, 1);
    let mut network = pin!(runner.run());
    let work = look_up(stack);
    let (mut work, mut others) = (pin!(work), pin!(use_network(stack)));
    let mut context = Context::from_waker(Waker::noop());
    let mut until_ready = |mut work: core::pin::Pin<&mut dyn Future<Output = bool>>| {
        loop {
            let _ = network.as_mut().poll(&mut context);
            if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
                return done;
            }
        }
    };
    measurement::start();
    let mut done = until_ready(work.as_mut());
    measurement::finish("lookup");
    done &= until_ready(others.as_mut());
    if !done {
        semihosting::process::abort()
    }
}

/// A datagram to the host and back; and a connection, which only the linker sees.
async fn use_network(stack: Stack<'static>) -> bool {
    let (mut memory, mut rx, mut tx) = (UdpMetadata::default(), [0; 64], [0; 64]);
    let server = SocketAddr::new(HOST.into(), 123);
    let Ok(mut socket) = stack.udp(0, server, &mut memory, &mut rx, &mut tx).await else { return false };
    let mut same = false;
    if socket.send(b"hello").await.is_err() {
        return false;
    }
    let received = socket.receive(&mut |bytes| same = bytes == b"hello").await;
    if black_box(false) {
        let (mut rx, mut tx) = ([0; 64], [0; 64]);
        let socket = stack.tcp(&mut rx, &mut tx, None);
        let connected = socket.connect(server).await.is_ok();
        return connected && socket.write(b"hello").await.is_ok() && socket.read(&mut [0; 8]).await.is_ok();
    }
    same && received.is_ok()
}
