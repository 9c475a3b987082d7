//! The list of scenarios over the device client: DHCP, DNS, TCP over a TAP interface, and the device's own TLS; in little memory
//! and with plenty.
//!
//! A program of its own: an interface is opened again for each scenario, and a process that another test starts meanwhile would
//! inherit it.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "for hosts: std is at hand")]

mod client;
mod outcomes;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use embassy_time::Duration;
use genesys_token_device::{ROUTER, Setup, Site};
use genesys_token_embassy::tls::Workspace;
use genesys_token_embassy::{Memory, RoomyMemory, SmallMemory};
use genesys_token_sandbox::Sandbox;
use genesys_token_sandbox::scenarios::{Deadline, Results, Scenario, ScenarioResult, list, run};

use client::{Kept, OverTap};

/// The number of networks at a time: most of a scenario is waiting.
const AT_ONCE: usize = 16;

#[test]
fn every_scenario_has_its_expected_outcome() {
    let results = Mutex::new(["little memory", "plenty of memory"].map(Results::new));
    let (scenarios, next, ready) = (list(), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                Site::run(|site| {
                    wait_for_all(&ready);
                    while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let little = play(site, scenario, Box::new(SmallMemory::new()), too_large_a_record);
                        let plenty = play(site, scenario, Box::new(RoomyMemory::new()), |_| None);
                        let mut results = results.lock().unwrap();
                        results[0].add(little);
                        results[1].add(plenty);
                    }
                });
            });
        }
    });
    for results in results.into_inner().unwrap() {
        println!("{}", results.finish().unwrap_or_else(|failures| panic!("{failures}")));
    }
}

/// Processes are started for each network, but not while interfaces are in use.
fn wait_for_all(ready: &AtomicUsize) {
    ready.fetch_add(1, Ordering::Relaxed);
    let start = Instant::now();
    while ready.load(Ordering::Relaxed) < AT_ONCE {
        assert!(start.elapsed().as_secs() < 60, "the other networks do not come into being");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// rustls puts head and body into one record of the maximum size.
fn too_large_a_record(scenario: &Scenario) -> Option<&'static str> {
    (scenario.name == "an oversized refusal keeps its status")
        .then_some("its head is in a record that is larger than the buffer for records")
}

fn play<
    const RECEIVE: usize,
    const SEND: usize,
    const TICKET: usize,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
>(
    site: &Site,
    scenario: &Scenario,
    mut memory: Box<Memory<Workspace<RECEIVE, SEND, TICKET>, LANES, TOKEN, HEADS, BODY, RX, TX>>,
    not_applicable: fn(&Scenario) -> Option<&'static str>,
) -> ScenarioResult {
    let sandbox = Sandbox::builder().address(ROUTER).start_blocking().expect("a sandbox");
    let timeout = match scenario.deadline {
        Deadline::Expires => Duration::from_secs(3),
        _ => Duration::from_secs(20),
    };
    let kept = Kept::default();
    let setup = Setup { timeout, ..Setup::default() };
    setup.switch_on(
        site,
        &sandbox,
        &mut memory,
        |_| {},
        kept.clone(),
        async |device| {
            let transport = OverTap { client: device.client, kept: &kept, not_applicable };
            run(&transport, scenario, &sandbox).await
        },
    )
}
