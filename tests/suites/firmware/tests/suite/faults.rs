//! Faults of the network, the service and the power supply: the board recovers from each.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use firmware::{Board, Dhcp, Dns, Network, Service, Settings, TestMode};
use genesys_token_sandbox::{Host, Sandbox};

/// Settings of a board that continues to call after failures.
fn persistent(sandbox: &Sandbox) -> Settings {
    Settings::of(sandbox).without("calls").without("failures").with("timeout", 5)
}

/// Starts a board with these settings that skips idle time.
fn skipping_idle_time(sandbox: &Sandbox, network: &Network) -> Board {
    network.allow_skip(Duration::from_hours(1));
    Board::start(network, &persistent(sandbox).mode(TestMode::SkipIdle))
}

#[test]
fn it_recovers_when_the_cable_is_reconnected() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let mut board = Board::start(&network, &persistent(&sandbox));
    board.wait_for("call answered");
    board.cable(false);
    board.wait_for("call failed: transport");
    board.wait_for("link_up = false");
    let answered = count(&board, "call answered");
    board.cable(true);
    board.wait_for_times("call answered", answered + 1);
    assert_eq!(token_requests(&sandbox), 1, "the token is still valid");
}

/// The address is gone while the link is down, and DHCP has to assign it again: a call waits for it within its deadline.
#[test]
fn a_call_during_a_short_loss_of_the_link_is_answered() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let mut board = Board::start(&network, &persistent(&sandbox).with("calls", 0).with("timeout", 20));
    assert_eq!(board.command("call"), "called");
    board.cable(false);
    board.wait_for("network down");
    let answer = board.command_during("call", |board| {
        std::thread::sleep(Duration::from_millis(200));
        board.cable(true);
    });
    assert_eq!(answer, "called");
    assert_eq!(network.leases(), 2, "the address was assigned again");
    assert_eq!(token_requests(&sandbox), 1, "the token is still valid");
}

#[test]
fn it_recovers_when_the_service_is_restarted() {
    let mut service = Service::start();
    let (login, api) = service.addresses();
    let network = Network::between(login, api).unwrap();
    let settings = service.settings().with("every", 1).with("timeout", 5);
    let board = Board::start(&network, &settings);
    board.wait_for("call answered");
    service.kill();
    // First the kept connection is closed, then new ones are refused.
    board.wait_for("call failed: transport");
    service.restart();
    let answered = count(&board, "call answered");
    board.wait_for_times("call answered", answered + 2);
    let token_requests =
        service.log().lines().filter(|line| line.starts_with("login POST /oauth/token -> 200")).count();
    assert_eq!(token_requests, 1, "the new process does not know the earlier token:\n{}", service.log());
}

#[test]
fn it_recovers_when_connections_are_closed_and_tokens_revoked() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let board = Board::start(&network, &persistent(&sandbox).with("timeout", 20));
    board.wait_for("call answered");
    sandbox.close_idle_connections();
    sandbox.kill_tokens();
    let answered = count(&board, "call answered");
    // One call may have been answered already without being in the log yet.
    board.wait_for_times("call answered", answered + 2);
    let log: Vec<_> = board.lines().iter().map(ToString::to_string).collect();
    assert_eq!(count(&board, "call failed"), 0, "{}", log.join("\n"));
    assert_eq!(token_requests(&sandbox), 2, "the revoked token is replaced, and the call sent again");
}

#[test]
fn a_server_with_an_untrusted_certificate_gets_no_request() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let untrusted = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let board = Board::start(&network, &persistent(&sandbox));
    board.wait_for("call answered");
    network.route_to(&untrusted);
    sandbox.close_idle_connections();
    board.wait_for("call failed: transport TlsHandshake");
    assert!(untrusted.record().is_empty());
    network.route_to(&sandbox);
    let answered = count(&board, "call answered");
    board.wait_for_times("call answered", answered + 1);
}

#[test]
fn it_recovers_from_failed_name_lookups() {
    for fault in [Dns::Silent, Dns::Failure, Dns::NoSuchName] {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let network = Network::to(&sandbox).unwrap();
        network.dns(fault);
        let board = skipping_idle_time(&sandbox, &network);
        board.wait_for("call failed: transport NameLookup");
        network.dns(Dns::Answer);
        board.wait_for("call answered");
    }
}

/// RFC 1123 section 6.1.3.3: a resolver uses all servers. The second one is asked within the deadline of the first exchange.
#[test]
fn it_asks_the_second_dns_server_when_the_first_does_not_exist_or_fails() {
    for first in [Dns::Second, Dns::SecondAfterFailure] {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let network = Network::to(&sandbox).unwrap();
        network.dns(first);
        let board = skipping_idle_time(&sandbox, &network);
        board.wait_for("call answered");
        assert_eq!(count(&board, "call failed"), 0, "{first:?}");
    }
}

#[test]
fn it_recovers_from_a_silent_dhcp_server() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    network.dhcp(Dhcp::Silent);
    let board = skipping_idle_time(&sandbox, &network);
    board.wait_for("call failed: transport Network");
    network.dhcp(Dhcp::Lease { address: Ipv4Addr::new(10, 0, 2, 77), time: Duration::from_hours(1) });
    board.wait_for("call answered");
}

#[test]
fn it_follows_a_change_of_its_address() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let lease = |last| Dhcp::Lease { address: Ipv4Addr::new(10, 0, 2, last), time: Duration::from_secs(4) };
    network.dhcp(lease(20));
    let board = skipping_idle_time(&sandbox, &network);
    board.wait_for("call answered");
    network.dhcp(lease(21));
    board.wait_for("network up: 10.0.2.21");
    let answered = count(&board, "call answered");
    board.wait_for_times("call answered", answered + 1);
}

#[test]
fn it_works_with_one_frame_in_ten_lost() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    network.drop_frames(100);
    network.allow_skip(Duration::from_hours(1));
    let settings = Settings::of(&sandbox).without("failures").mode(TestMode::SkipIdle);
    Board::start(&network, &settings).wait().expect(0);
}

/// The power is cut at ten moments between power-on and an answered call.
#[test]
fn it_recovers_from_a_power_cut_at_any_time() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let settings = persistent(&sandbox);
    let board = Board::start(&network, &settings);
    let start = Instant::now();
    board.wait_for("call answered");
    let step = start.elapsed() / 8;
    drop(board.cut_power());
    for moment in 0..10 {
        let board = Board::start(&network, &settings);
        std::thread::sleep(step * moment);
        drop(board.cut_power());
    }
    // A sandbox of its own: a request of an earlier board may still be on its way to the first one.
    let fresh = Sandbox::builder().start_blocking().unwrap();
    network.route_to(&fresh);
    Board::start(&network, &Settings::of(&fresh)).wait().expect(0);
    assert_eq!(fresh.record().len(), 2, "one token and one call, as after the first start");
}

fn count(board: &Board, text: &str) -> usize {
    board.lines().iter().filter(|line| line.text.contains(text)).count()
}

fn token_requests(sandbox: &Sandbox) -> usize {
    sandbox.record().iter().filter(|request| request.host == Host::Login).count()
}
