//! The gateway on QEMU's board mps2-an386: a Cortex-M4 with a LAN9118. Wiring only.
#![no_std]
#![no_main]

mod ethernet;
mod executor;
mod fault;
mod host;
mod interrupt;
mod serial;
mod stack;
mod time;

use cortex_m::Peripherals;
use defmt::{error, info};
use defmt_semihosting as _;
use embassy_executor::Spawner;
use embassy_net::{Config, DhcpConfig, Runner, StackResources};
use gateway::{Memory, Outcome, Settings};
use host::{Exit, RandomOfTheHost, Wish};
use rand_core::RngCore as _;
use static_cell::{ConstStaticCell, StaticCell};

/// Sockets of the network stack: DHCP, DNS, SNTP, and two connections.
const SOCKETS: usize = 6;
/// Bytes of the longest settings.
const SETTINGS: usize = 4096;

#[cortex_m_rt::entry]
fn main() -> ! {
    if let Some(core) = Peripherals::take() {
        stack::protect(&core.MPU);
    }
    let wish = host::wish();
    fault::obey(wish);
    time::start(wish == Wish::Hurry);
    executor::start().spawn(gateway_task().expect("its one instance is free"));
    loop {
        cortex_m::asm::wfi();
        time::idle();
    }
}

#[embassy_executor::task]
async fn gateway_task() {
    static TEXT: ConstStaticCell<[u8; SETTINGS]> = ConstStaticCell::new([0; SETTINGS]);
    let outcome = match host::settings(TEXT.take()).map(Settings::parse) {
        Ok(Ok(settings)) => gateway(&settings).await,
        Ok(Err(error)) => {
            error!("{}", error);
            Outcome::Failed
        }
        Err(_) => {
            error!("the settings cannot be read");
            Outcome::Failed
        }
    };
    info!("stack: {} of {} bytes", stack::high_water(), stack::size());
    host::exit(match outcome {
        Outcome::Done => Exit::Done,
        Outcome::Failed => Exit::Failed,
    })
}

async fn gateway(settings: &Settings<'_>) -> Outcome {
    static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
    static MEMORY: StaticCell<Memory> = StaticCell::new();
    let driver = match ethernet::start() {
        Ok(driver) => driver,
        Err(fault) => {
            error!("no network: {}", defmt::Debug2Format(&fault));
            return Outcome::Failed;
        }
    };
    let resources = RESOURCES.init_with(StackResources::new);
    let (stack, runner) = embassy_net::new(
        driver,
        Config::dhcpv4(DhcpConfig::default()),
        resources,
        RandomOfTheHost.next_u64(),
    );
    // SAFETY: called from a task.
    let spawner = unsafe { Spawner::for_current_executor() }.await;
    spawner.spawn(network_task(runner).expect("its one instance is free"));
    gateway::run(stack, settings, RandomOfTheHost, MEMORY.init_with(Memory::new), serial::open()).await
}

#[embassy_executor::task]
async fn network_task(mut runner: Runner<'static, ethernet::Driver>) {
    runner.run().await;
}
