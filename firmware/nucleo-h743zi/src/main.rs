//! The gateway on ST's NUCLEO-H743ZI. Wiring only.
//!
//! The settings are in the last two sectors of flash; see the README of the firmware for how to write them, and for what an attacker with
//! physical access can do.
#![no_std]
#![no_main]

mod clocks;
mod fault;

use defmt::info;
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_net::{Config, DhcpConfig, Runner, StackResources};
use embassy_stm32::eth::{self, Ethernet, GenericPhy, PacketQueue, Sma};
use embassy_stm32::flash::Flash;
use embassy_stm32::peripherals::{ETH, ETH_SMA, IWDG1, RNG};
use embassy_stm32::rng::{self, Rng};
use embassy_stm32::wdg::IndependentWatchdog;
use embassy_stm32::{bind_interrupts, uid};
use gateway::{MAX_TEXT, Memory, NoConsole, Region};
use startup::Startup;
use static_cell::{ConstStaticCell, StaticCell};

/// Sockets of the network stack: DHCP, DNS, SNTP, and two connections.
const SOCKETS: usize = 6;
/// The settings in flash, the linker's region `SETTINGS`: two sectors, as offsets.
const SETTINGS: Region = Region::new(0x1c_0000, 0x2_0000);
/// Watchdog timeout: the board resets when no task has run for this long. A TLS handshake takes a tenth of a second.
const WATCHDOG_TIMEOUT_US: u32 = 8_000_000;
/// Seconds that the start may take until the network stack runs.
const START_LIMIT: u32 = 10;

bind_interrupts!(struct Interrupts {
    ETH => eth::InterruptHandler;
    RNG => rng::InterruptHandler<RNG>;
});

type Driver = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    static TEXT: ConstStaticCell<[u8; MAX_TEXT]> = ConstStaticCell::new([0; MAX_TEXT]);
    static PACKETS: StaticCell<PacketQueue<4, 4>> = StaticCell::new();
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
    static MEMORY: StaticCell<Memory> = StaticCell::new();

    let board = embassy_stm32::init(clocks::config());
    let mut watchdog = IndependentWatchdog::new(board.IWDG1, WATCHDOG_TIMEOUT_US);
    watchdog.unleash();
    let startup = Startup::begin();
    spawner.spawn(watchdog_task(watchdog, startup).expect("spawned once"));

    startup.back_off().await;

    let mut flash = Flash::new_blocking(board.FLASH);
    let settings = gateway::read_settings(&mut flash, SETTINGS, TEXT.take(), || startup.completed()).await;

    let random = Rng::new(board.RNG, Interrupts);
    let connect = async |random: &mut Rng<'static, RNG>| {
        let driver = Ethernet::new(
            PACKETS.init_with(PacketQueue::new),
            board.ETH,
            Interrupts,
            board.PA1,
            board.PA7,
            board.PC4,
            board.PC5,
            board.PG13,
            board.PB13,
            board.PG11,
            address(),
            board.ETH_SMA,
            board.PA2,
            board.PC1,
        );
        let (stack, runner) = embassy_net::new(
            driver,
            Config::dhcpv4(DhcpConfig::default()),
            RESOURCES.init_with(StackResources::new),
            random.next_u64(),
        );
        spawner.spawn(network_task(runner).expect("spawned once"));
        startup.completed();
        Some(stack)
    };
    let memory = MEMORY.init_with(gateway::new_memory);
    let outcome = gateway::run(connect, &settings, random, memory, NoConsole).await;
    info!("the program has ended: {}", outcome);
}

/// Returns a locally administered MAC address derived from the chip's unique number.
fn address() -> [u8; 6] {
    let mut address = [0x02, 0, 0, 0, 0, 0];
    for (index, byte) in uid::uid().iter().enumerate() {
        if let Some(target) = address.get_mut(1 + index % 5) {
            *target ^= byte.rotate_left(u32::try_from(index / 5).unwrap_or(0));
        }
    }
    address
}

#[embassy_executor::task]
async fn network_task(mut runner: Runner<'static, Driver>) {
    runner.run().await;
}

/// Feeds the watchdog, which resets the board when this task does not run in time.
#[embassy_executor::task]
async fn watchdog_task(mut watchdog: IndependentWatchdog<'static, IWDG1>, startup: Startup) {
    startup.supervise(START_LIMIT, || watchdog.pet()).await;
}
