//! The gateway on a Raspberry Pi Pico 2 with a W5500, wired as on the W5500-EVB-Pico2. Wiring only.
//!
//! The settings are in the last 64 KiB of flash; see the README of the firmware for how to write them, and for what an attacker with
//! physical access can do.
#![no_std]
#![no_main]

mod fault;

use defmt::{error, info};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_net::{Config, DhcpConfig, StackResources};
use embassy_net_wiznet::chip::W5500;
use embassy_net_wiznet::{Device, Runner, State};
use embassy_rp::flash::Flash;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{DMA_CH0, DMA_CH1, SPI0, TRNG};
use embassy_rp::spi::{self, Async, Spi};
use embassy_rp::trng::{self, Trng};
use embassy_rp::watchdog::Watchdog;
use embassy_rp::{bind_interrupts, dma, otp};
use embassy_time::{Delay, Duration};
use embedded_hal_bus::spi::ExclusiveDevice;
use gateway::{MAX_TEXT, Memory, NoConsole, Region};
use startup::Startup;
use static_cell::{ConstStaticCell, StaticCell};

/// Sockets of the network stack: DHCP, DNS, SNTP, and two connections.
const SOCKETS: usize = 6;
/// Size of the flash in bytes.
const FLASH_SIZE: usize = 4 * 1024 * 1024;
/// The settings in flash, the linker's region `SETTINGS`: two slots, as offsets.
const SETTINGS: Region = Region::new(0x3f_0000, 0x8000);
/// Watchdog timeout: the board resets when no task has run for this long. A TLS handshake takes a quarter of a second.
const WATCHDOG_TIMEOUT: Duration = Duration::from_secs(8);
/// Seconds that the start may take until the network stack runs.
const START_LIMIT: u32 = 10;
/// SPI clock that works over breadboard wires; the chip supports more.
const SPI_HERTZ: u32 = 20_000_000;

bind_interrupts!(struct Interrupts {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>, dma::InterruptHandler<DMA_CH1>;
    TRNG_IRQ => trng::InterruptHandler<TRNG>;
});

type Bus = ExclusiveDevice<Spi<'static, SPI0, Async>, Output<'static>, Delay>;

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    static TEXT: ConstStaticCell<[u8; MAX_TEXT]> = ConstStaticCell::new([0; MAX_TEXT]);
    static FRAMES: StaticCell<State<4, 4>> = StaticCell::new();
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
    static MEMORY: StaticCell<Memory> = StaticCell::new();

    let board = embassy_rp::init(embassy_rp::config::Config::default());
    let mut watchdog = Watchdog::new(board.WATCHDOG);
    watchdog.start(WATCHDOG_TIMEOUT);
    let startup = Startup::begin();
    spawner.spawn(watchdog_task(watchdog, startup).expect("spawned once"));

    startup.back_off().await;

    let mut flash = Flash::<_, _, FLASH_SIZE>::new_blocking(board.FLASH);
    let settings = gateway::read_settings(&mut flash, SETTINGS, TEXT.take(), || startup.completed()).await;

    let random = Trng::new(board.TRNG, Interrupts, trng::Config::default());
    let connect = async |random: &mut Trng<'static, TRNG>| {
        let mut config = spi::Config::default();
        config.frequency = SPI_HERTZ;
        let spi = Spi::new(
            board.SPI0,
            board.PIN_18,
            board.PIN_19,
            board.PIN_16,
            board.DMA_CH0,
            board.DMA_CH1,
            Interrupts,
            config,
        );
        let select = Output::new(board.PIN_17, Level::High);
        let (Ok(bus), Some(address)) = (ExclusiveDevice::new(spi, select, Delay), address()) else {
            error!("the SPI bus cannot be set up, or the chip's unique number cannot be read");
            startup.failed(fault::reset)
        };
        let interrupt = Input::new(board.PIN_21, Pull::Up);
        let reset = Output::new(board.PIN_20, Level::High);
        let frames = FRAMES.init_with(State::new);
        let Ok((device, runner)) = embassy_net_wiznet::new(address, frames, bus, interrupt, reset).await
        else {
            error!("no W5500 found; check its wiring and power supply");
            startup.failed(fault::reset)
        };
        spawner.spawn(ethernet_task(runner).expect("spawned once"));

        let (stack, runner) = embassy_net::new(
            device,
            Config::dhcpv4(DhcpConfig::default()),
            RESOURCES.init_with(StackResources::new),
            random.blocking_next_u64(),
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
fn address() -> Option<[u8; 6]> {
    let number = otp::get_chipid().ok()?.to_be_bytes();
    let mut address = [0x02, 0, 0, 0, 0, 0];
    for (target, byte) in address.iter_mut().rev().zip(number.iter().rev()).take(5) {
        *target = *byte;
    }
    Some(address)
}

#[embassy_executor::task]
async fn ethernet_task(runner: Runner<'static, W5500, Bus, Input<'static>, Output<'static>>) {
    runner.run().await;
}

#[embassy_executor::task]
async fn network_task(mut runner: embassy_net::Runner<'static, Device<'static>>) {
    runner.run().await;
}

/// Feeds the watchdog, which resets the board when this task does not run in time.
#[embassy_executor::task]
async fn watchdog_task(mut watchdog: Watchdog, startup: Startup) {
    startup.supervise(START_LIMIT, || watchdog.feed(WATCHDOG_TIMEOUT)).await;
}
