//! The wall clock: without a trusted time the board makes no TLS connection.

use std::time::{Duration, SystemTime};

use firmware::{Board, Network, Settings, Sntp, TIME_NAME, TestMode};
use genesys_token_sandbox::Sandbox;

/// Time that a board may skip.
const HOUR: Duration = Duration::from_hours(1);

/// Starts a network with a time server of this behaviour, and a board that has no other source of time and skips idle time.
fn board(sandbox: &Sandbox, behaviour: Sntp) -> (Network, Board) {
    let network = Network::to(sandbox).unwrap();
    network.sntp(behaviour);
    network.allow_skip(HOUR);
    let settings = Settings::of(sandbox).without("time").with("time-servers", TIME_NAME);
    let board = Board::start(&network, &settings.mode(TestMode::SkipIdle));
    (network, board)
}

#[test]
fn the_time_comes_from_a_time_server() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let (_network, board) = board(&sandbox, Sntp::Right);
    board.wait().expect(0);
}

#[test]
fn nothing_is_sent_before_the_time_is_known() {
    let year = Duration::from_hours(365 * 24);
    let unusable = [
        Sntp::Silent,
        Sntp::NotSet,
        // Before the build of the firmware; decades after it.
        Sntp::Time(SystemTime::now() - 2 * year),
        Sntp::Time(SystemTime::now() + 40 * year),
    ];
    for behaviour in unusable {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let (_network, board) = board(&sandbox, behaviour);
        let exit = board.wait();
        exit.expect(1);
        exit.expect_line("call failed: transport Clock");
        assert!(sandbox.connections().is_empty(), "{behaviour:?}: {}", exit.output());
    }
}

/// The first answer of the only server is believed, because there is nothing to compare it with. The sandbox's certificates are valid
/// for 198 days, so every call fails until one of the server's next answers wins.
#[test]
fn it_recovers_from_a_wrong_first_answer_of_its_only_time_server() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    network.sntp(Sntp::Time(SystemTime::now() + 300 * 24 * HOUR));
    network.allow_skip(HOUR);
    let settings = Settings::of(&sandbox).without("time").without("failures");
    let settings = settings.with("time-servers", TIME_NAME).mode(TestMode::SkipIdle);
    let board = Board::start(&network, &settings);
    board.wait_for("call failed: transport TlsHandshake Expired");
    network.sntp(Sntp::Right);
    let exit = board.wait();
    exit.expect(0);
}

#[test]
fn it_recovers_when_the_time_becomes_known() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    network.sntp(Sntp::Silent);
    network.allow_skip(HOUR);
    let settings = Settings::of(&sandbox).without("time").without("failures");
    let settings = settings.with("time-servers", TIME_NAME).mode(TestMode::SkipIdle);
    let board = Board::start(&network, &settings);
    board.wait_for("call failed: transport Clock");
    network.sntp(Sntp::Right);
    let exit = board.wait();
    exit.expect(0);
}

#[test]
fn a_given_time_before_the_build_is_rejected() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let exit = Board::start(&network, &Settings::of(&sandbox).with("time", 1_500_000_000)).wait();
    exit.expect(1);
    exit.expect_line("is not accepted");
    assert!(sandbox.connections().is_empty());
}
