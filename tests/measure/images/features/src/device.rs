//! The device: its network stack, its generator, its client.

use core::pin::pin;
use core::task::{Context, Waker};

use bare::measurement;
use embassy_net::{Config, Stack, StackResources};
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use genesys_token_embassy::core::settings::Region;
use genesys_token_embassy::network::{Network, sockets};
use genesys_token_embassy::tls::Tls13;
use genesys_token_embassy::{Settings, SmallMemory, StaticCredentials, TokenClient, new};
use rand_core::{CryptoRng, Error, RngCore};

/// Returns a value in static memory, once.
macro_rules! in_static_memory {
    ($type:ty, $value:expr) => {{
        static mut PLACE: $type = $value;
        // SAFETY: an image runs one part, once.
        #[allow(static_mut_refs, reason = "likewise")]
        unsafe {
            &mut PLACE
        }
    }};
}
pub(crate) use in_static_memory;

/// A cable without a link.
pub(crate) struct Unplugged;

/// A frame that does not exist.
pub(crate) enum Never {}

impl Driver for Unplugged {
    type RxToken<'a> = Never;
    type TxToken<'a> = Never;

    fn receive(&mut self, _context: &mut Context<'_>) -> Option<(Never, Never)> {
        None
    }

    fn transmit(&mut self, _context: &mut Context<'_>) -> Option<Never> {
        None
    }

    fn link_state(&mut self, _context: &mut Context<'_>) -> LinkState {
        LinkState::Down
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet([2, 0, 0, 0, 0, 2])
    }
}

impl RxToken for Never {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, _read: F) -> R {
        match self {}
    }
}

impl TxToken for Never {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, _length: usize, _write: F) -> R {
        match self {}
    }
}

/// A generator that is only measured: its numbers are known.
pub(crate) struct Counter(pub(crate) u32);

impl RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }

    fn next_u64(&mut self) -> u64 {
        self.next_u32().into()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.next_u32() as u8);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Counter {}

/// Runs the client over the network that `network` makes of the stack, beside `work`, and reports the size of both futures.
#[inline(always)]
pub(crate) fn run<N: Network>(
    network: impl FnOnce(Stack<'static>) -> N,
    work: impl AsyncFnOnce(TokenClient<'static>, Stack<'static>) -> bool,
) {
    let resources = in_static_memory!(StackResources<{ sockets(1) + 1 }>, StackResources::new());
    let memory = in_static_memory!(SmallMemory, SmallMemory::new());
    let (stack, mut driver) = embassy_net::new(Unplugged, Config::default(), resources, 1);
    let settings = Settings::new(Region::EuCentral1, 1);
    let credentials = StaticCredentials::new("6b8f3f4e-0000-4c6e-8d5a-1f0a2b3c4d5e", "secret");
    let (client, mut runner) = new(network(stack), settings, Tls13::new(Counter(1)), credentials, memory);
    let mut kept = pin!(runner.run());
    let mut work = pin!(work(client, stack));
    measurement::report("futures", 0, (size_of_val(&*kept) + size_of_val(&*work)) as u32);
    let mut driver = pin!(driver.run());
    let mut context = Context::from_waker(Waker::noop());
    let _ = driver.as_mut().poll(&mut context);
    let _ = kept.as_mut().poll(&mut context);
    let _ = work.as_mut().poll(&mut context);
}
