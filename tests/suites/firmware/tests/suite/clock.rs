//! The wall clock. Without a trusted time there is no TLS, whatever else works.

use std::time::{Duration, SystemTime};

use firmware::{Board, Network, Settings, Sntp, TIME_NAME, Wish};
use genesys_token_sandbox::Sandbox;

/// What a board may leave out of its time.
const HOUR: Duration = Duration::from_hours(1);

/// A network whose time server does this, and a board that has the time from nowhere else and does not wait for long.
fn board(sandbox: &Sandbox, does: Sntp) -> (Network, Board) {
    let network = Network::to(sandbox).unwrap();
    network.sntp(does);
    network.hurry(HOUR);
    let settings = Settings::of(sandbox).without("time").with("time-servers", TIME_NAME);
    let board = Board::start(&network, &settings.wishing(Wish::Hurry));
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
        // Before the firmware was built; decades after.
        Sntp::Time(SystemTime::now() - 2 * year),
        Sntp::Time(SystemTime::now() + 40 * year),
    ];
    for does in unusable {
        let sandbox = Sandbox::builder().start_blocking().unwrap();
        let (_network, board) = board(&sandbox, does);
        let ended = board.wait();
        ended.expect(1);
        ended.expect_line("call failed: transport Clock");
        assert!(sandbox.connections().is_empty(), "{does:?}: {}", ended.told());
    }
}

#[test]
fn it_goes_on_when_the_time_becomes_known() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    network.sntp(Sntp::Silent);
    network.hurry(HOUR);
    let settings = Settings::of(&sandbox).without("time").without("failures");
    let settings = settings.with("time-servers", TIME_NAME).wishing(Wish::Hurry);
    let board = Board::start(&network, &settings);
    board.wait_for("call failed: transport Clock");
    network.sntp(Sntp::Right);
    let ended = board.wait();
    ended.expect(0);
}

#[test]
fn a_given_time_before_the_build_is_not_believed() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let ended = Board::start(&network, &Settings::of(&sandbox).with("time", 1_500_000_000)).wait();
    ended.expect(1);
    ended.expect_line("is not believed");
    assert!(sandbox.connections().is_empty());
}
