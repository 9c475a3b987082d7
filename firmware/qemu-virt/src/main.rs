//! The gateway on QEMU's machine virt: a 32-bit RISC-V processor (rv32imac) with virtio-net. Wiring only.
#![no_std]
#![no_main]

mod fault;

use core::pin::pin;

use defmt::{error, info};
use defmt_semihosting as _;
use embassy_executor::Spawner;
use embassy_net::{Config, DhcpConfig, Runner, Stack, StackResources};
use emulated::host::{self, Exit, HostRandom, SettingsFlash, TestMode};
use gateway::{Memory, Outcome, in_place};
use rand_core::RngCore as _;
use startup::Startup;
use static_cell::{ConstStaticCell, StaticCell};
use virt::watchdog::{self, Watchdog};
use virt::{ethernet, executor, reset, serial, stack, time};

/// Sockets of the network stack: DHCP, DNS, SNTP, and two connections.
const SOCKETS: usize = 6;
/// Maximum size of the settings in bytes. A trust anchor with an RSA key, written in hexadecimal, would need 4096.
const SETTINGS: usize = 2048;
/// Seconds that the start may take. It takes some milliseconds.
const START_LIMIT: u32 = 2;
/// Seconds until the watchdog resets the board: many, because a loaded host may not run the emulator for some. And few, for a test.
const WATCHDOG_TIMEOUT: u32 = 60;
const SHORT_WATCHDOG_TIMEOUT: u32 = 2;

/// Starts the tasks. Documented because the attribute makes it public.
#[riscv_rt::entry]
fn main() -> ! {
    stack::protect();
    let mode = host::test_mode();
    emulated::fault::provoke(mode);
    time::start(mode == TestMode::SkipIdle, mode == TestMode::CountInstructions);
    let timeout = match mode {
        // In skipped time and in instructions the watchdog does not count.
        TestMode::SkipIdle | TestMode::CountInstructions => None,
        TestMode::HangingStart => Some(SHORT_WATCHDOG_TIMEOUT),
        _ => Some(WATCHDOG_TIMEOUT),
    };
    let startup = Startup::begin();
    executor::run(|spawner| {
        if let Some(timeout) = timeout {
            spawner.spawn(watchdog_task(start_watchdog(timeout), startup).expect("spawned once"));
        }
        spawner.spawn(gateway_task(memory(), mode, startup).expect("spawned once"));
    })
}

fn start_watchdog(timeout: u32) -> Watchdog {
    let watchdog = watchdog::start(timeout);
    if watchdog.has_reset() {
        host::write_stderr("watchdog: no task had fed it; it has reset the board\n");
    }
    watchdog
}

/// Initialised while the stack is nearly empty: the value is on the stack as a whole before it is moved into its static.
#[inline(never)]
fn memory() -> &'static mut Memory {
    static MEMORY: StaticCell<Memory> = StaticCell::new();
    MEMORY.init_with(gateway::new_memory)
}

#[embassy_executor::task]
async fn gateway_task(memory: &'static mut Memory, mode: TestMode, startup: Startup) {
    static TEXT: ConstStaticCell<[u8; SETTINGS]> = ConstStaticCell::new([0; SETTINGS]);
    let (mut flash, text) = (SettingsFlash::open(), TEXT.take());
    let settings =
        gateway::read_settings(&mut flash, SettingsFlash::REGION, text, || startup.completed()).await;
    startup.back_off().await;
    let connect = async |random: &mut HostRandom| Some(connect(random, mode, startup).await);
    let outcome =
        pin!(in_place(|| gateway::run(connect, &settings, HostRandom, memory, serial::open()))).await;
    info!("stack: {} of {} bytes", stack::high_water(), stack::size());
    host::exit(match outcome {
        Outcome::Done => Exit::Done,
        Outcome::Failed => Exit::Failed,
    })
}

/// Starts the network and the task that runs it. After a fault, which is logged, the board is reset.
async fn connect(random: &mut HostRandom, mode: TestMode, startup: Startup) -> Stack<'static> {
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
    if mode == TestMode::HangingStart {
        core::future::pending::<()>().await;
    }
    let driver = match ethernet::start(mode != TestMode::NoController) {
        Ok(driver) => driver,
        Err(fault) => {
            error!("no network: {}", fault);
            startup.failed(reset::reset)
        }
    };
    let resources = RESOURCES.init_with(StackResources::new);
    let (stack, runner) =
        embassy_net::new(driver, Config::dhcpv4(DhcpConfig::default()), resources, random.next_u64());
    // SAFETY: called from a task.
    let spawner = unsafe { Spawner::for_current_executor() }.await;
    spawner.spawn(network_task(runner).expect("spawned once"));
    startup.completed();
    stack
}

#[embassy_executor::task]
async fn watchdog_task(mut watchdog: Watchdog, startup: Startup) {
    startup.supervise(START_LIMIT, || watchdog.feed()).await;
}

#[embassy_executor::task]
async fn network_task(mut runner: Runner<'static, ethernet::Driver>) {
    runner.run().await;
}
