//! What goes wrong around a board while it runs, and that it goes on afterwards.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use firmware::{Board, Dhcp, Dns, Network, Service, Settings, Wish};
use genesys_token_sandbox::{Host, Sandbox};

/// A board that goes on calling, whatever fails.
fn persistent(sandbox: &Sandbox) -> Settings {
    Settings::of(sandbox).without("calls").without("failures").with("timeout", 3)
}

/// The same, and it does not wait for long.
fn hurried(sandbox: &Sandbox, network: &Network) -> Board {
    network.hurry(Duration::from_hours(1));
    Board::start(network, &persistent(sandbox).wishing(Wish::Hurry))
}

#[test]
fn the_cable_is_pulled_out_and_put_back() {
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
    assert_eq!(logins(&sandbox), 1, "the token is still good");
}

#[test]
fn the_servers_process_ends_and_another_one_begins() {
    let mut service = Service::start();
    let (login, api) = service.addresses();
    let network = Network::between(login, api).unwrap();
    let settings = service.settings().with("every", 1).with("timeout", 3);
    let board = Board::start(&network, &settings);
    board.wait_for("call answered");
    service.kill();
    // First the kept connection, then nobody listens.
    board.wait_for("call failed: transport");
    service.start_again();
    let answered = count(&board, "call answered");
    board.wait_for_times("call answered", answered + 2);
    let logins =
        service.log().lines().filter(|line| line.starts_with("login POST /oauth/token -> 200")).count();
    assert_eq!(logins, 1, "it does not know the token of before:\n{}", service.log());
}

#[test]
fn the_server_closes_all_connections_and_forgets_all_tokens() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let board = Board::start(&network, &persistent(&sandbox).with("timeout", 20));
    board.wait_for("call answered");
    sandbox.close_idle_connections();
    sandbox.kill_tokens();
    let answered = count(&board, "call answered");
    // One may have been answered already that is not in the log yet.
    board.wait_for_times("call answered", answered + 2);
    let log: Vec<_> = board.lines().iter().map(ToString::to_string).collect();
    assert_eq!(count(&board, "call failed"), 0, "{}", log.join("\n"));
    assert_eq!(logins(&sandbox), 2, "the dead token is replaced, and the call sent again");
}

#[test]
fn another_server_takes_over_that_nobody_vouches_for() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let stranger = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let board = Board::start(&network, &persistent(&sandbox));
    board.wait_for("call answered");
    network.lead_to(&stranger);
    sandbox.close_idle_connections();
    board.wait_for("call failed: transport TlsHandshake");
    assert!(stranger.record().is_empty());
    network.lead_to(&sandbox);
    let answered = count(&board, "call answered");
    board.wait_for_times("call answered", answered + 1);
}

#[test]
fn names_cannot_be_looked_up_for_a_while() {
    for fault in [Dns::Silent, Dns::Failure, Dns::NoSuchName] {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let network = Network::to(&sandbox).unwrap();
        network.dns(fault);
        let board = hurried(&sandbox, &network);
        board.wait_for("call failed: transport NameLookup");
        network.dns(Dns::Answer);
        board.wait_for("call answered");
    }
}

#[test]
fn no_address_is_to_be_had_for_a_while() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    network.dhcp(Dhcp::Silent);
    let board = hurried(&sandbox, &network);
    board.wait_for("call failed: transport Network");
    network.dhcp(Dhcp::Lease { address: Ipv4Addr::new(10, 0, 2, 77), time: Duration::from_hours(1) });
    board.wait_for("call answered");
}

#[test]
fn the_address_changes() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let lease = |last| Dhcp::Lease { address: Ipv4Addr::new(10, 0, 2, last), time: Duration::from_secs(4) };
    network.dhcp(lease(20));
    let board = hurried(&sandbox, &network);
    board.wait_for("call answered");
    network.dhcp(lease(21));
    board.wait_for("network up: 10.0.2.21");
    let answered = count(&board, "call answered");
    board.wait_for_times("call answered", answered + 1);
}

#[test]
fn one_frame_in_ten_is_lost() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    network.lose(100);
    network.hurry(Duration::from_hours(1));
    let settings = Settings::of(&sandbox).without("failures").wishing(Wish::Hurry);
    Board::start(&network, &settings).wait().expect(0);
}

/// Ten moments from power on until after a call was answered.
#[test]
fn the_power_fails_at_any_time() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let settings = persistent(&sandbox);
    let board = Board::start(&network, &settings);
    let begun = Instant::now();
    board.wait_for("call answered");
    let step = begun.elapsed() / 8;
    drop(board.cut_power());
    for moment in 0..10 {
        let board = Board::start(&network, &settings);
        std::thread::sleep(step * moment);
        drop(board.cut_power());
    }
    let requests = sandbox.record().len();
    Board::start(&network, &Settings::of(&sandbox)).wait().expect(0);
    assert_eq!(sandbox.record().len(), requests + 2, "a token and a call, as if nothing had been");
}

fn count(board: &Board, text: &str) -> usize {
    board.lines().iter().filter(|line| line.text.contains(text)).count()
}

fn logins(sandbox: &Sandbox) -> usize {
    sandbox.record().iter().filter(|request| request.host == Host::Login).count()
}
