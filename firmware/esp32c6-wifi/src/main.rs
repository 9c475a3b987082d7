//! The gateway on an ESP32-C6 with Wi-Fi. Wiring only.
//!
//! The settings are at 0x3f0000 in flash; see the README of the firmware for how to write them, and for what an attacker with physical
//! access can do.
#![no_std]
#![no_main]

mod fault;
mod flash;
mod radio;

use defmt::{error, info};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_net::{Config, DhcpConfig, Runner, StackResources};
use esp_hal::clock::CpuClock;
use esp_hal::peripherals::TIMG1;
use esp_hal::rng::Trng;
use esp_hal::time::Duration;
use esp_hal::timer::timg::{MwdtStage, TimerGroup, Wdt};
use esp_radio::wifi::{Interface, WifiController};
use esp_storage::FlashStorage;
use gateway::{MAX_TEXT, Memory, NoConsole, Region};
use startup::Startup;
use static_cell::{ConstStaticCell, StaticCell};

use crate::flash::Flash;

/// Sockets of the network stack: DHCP, DNS, SNTP, and two connections.
const SOCKETS: usize = 6;
/// The settings in flash, behind the program: two slots, as offsets.
const SETTINGS: Region = Region::new(0x3f_0000, 0x8000);
/// Watchdog timeout: the board resets when no task has run for this long.
const WATCHDOG_TIMEOUT: Duration = Duration::from_secs(8);
/// Seconds that the start may take until the network stack runs.
const START_LIMIT: u32 = 10;

esp_bootloader_esp_idf::esp_app_desc!();

#[esp_rtos::main]
async fn main(spawner: Spawner) {
    static TEXT: ConstStaticCell<[u8; MAX_TEXT]> = ConstStaticCell::new([0; MAX_TEXT]);
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
    static MEMORY: StaticCell<Memory> = StaticCell::new();

    // For the radio's driver and its threads: what the bootloader used, and as much again as Espressif's example has.
    esp_alloc::heap_allocator!(#[esp_hal::ram(reclaimed)] size: 64 * 1024);
    esp_alloc::heap_allocator!(size: 36 * 1024);

    let board = esp_hal::init(esp_hal::Config::default().with_cpu_clock(CpuClock::max()));
    esp_rtos::start(TimerGroup::new(board.TIMG0).timer0, board.FROM_CPU_INTR0);
    let mut watchdog = TimerGroup::new(board.TIMG1).wdt;
    watchdog.set_timeout(MwdtStage::Stage0, WATCHDOG_TIMEOUT);
    watchdog.enable();
    let startup = Startup::begin();
    spawner.spawn(watchdog_task(watchdog, startup).expect("spawned once"));

    startup.back_off().await;

    let mut flash = Flash(FlashStorage::new(board.FLASH));
    let settings = gateway::read_settings(&mut flash, SETTINGS, TEXT.take(), || startup.completed()).await;
    let Some(Ok(configuration)) = settings.wifi.as_ref().map(radio::configuration) else {
        error!("the radio's driver does not accept `wifi-ssid` or `wifi-password`");
        startup.failed(fault::reset)
    };
    // The generator's numbers are true random ones only while the radio is on.
    let (Ok(controller), Some(station), Ok(random)) =
        (WifiController::new(board.WIFI, configuration), Interface::try_station(), Trng::try_new())
    else {
        error!("the radio does not start");
        startup.failed(fault::reset)
    };
    spawner.spawn(association_task(controller).expect("spawned once"));

    let connect = async |random: &mut Trng| {
        let seed = u64::from(random.random()) << 32 | u64::from(random.random());
        let resources = RESOURCES.init_with(StackResources::new);
        let (stack, runner) =
            embassy_net::new(station, Config::dhcpv4(DhcpConfig::default()), resources, seed);
        spawner.spawn(network_task(runner).expect("spawned once"));
        startup.completed();
        Some(stack)
    };
    let memory = MEMORY.init_with(gateway::new_memory);
    let outcome = gateway::run(connect, &settings, random, memory, NoConsole).await;
    info!("the program has ended: {}", outcome);
}

#[embassy_executor::task]
async fn association_task(controller: WifiController<'static>) {
    association::keep(&mut radio::Station(controller), &association::Uptime, association::log).await;
    fault::reset()
}

#[embassy_executor::task]
async fn network_task(mut runner: Runner<'static, Interface>) {
    runner.run().await;
}

/// Feeds the watchdog, which resets the board when this task does not run in time.
#[embassy_executor::task]
async fn watchdog_task(mut watchdog: Wdt<TIMG1<'static>>, startup: Startup) {
    startup.supervise(START_LIMIT, || watchdog.feed()).await;
}
