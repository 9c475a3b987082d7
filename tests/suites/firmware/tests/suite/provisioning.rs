//! Settings in the flash region: missing, invalid and damaged ones, and a region whose newest ones are damaged.

use std::time::Duration;

use firmware::{Board, Network, Settings, TestMode};
use genesys_token_sandbox::Sandbox;

/// The length of a slot and of its record.
const SLOT: usize = 4096;
const RECORD: usize = 32;

#[test]
fn without_valid_settings_a_board_says_so_and_waits() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let mut damaged = Settings::of(&sandbox).region(None);
    damaged[RECORD] ^= 1;
    let of = |region| Settings::default().with_region(region);
    for (settings, message) in [
        (of(vec![0xff; 2 * SLOT]), "there are no settings in the flash region"),
        (of(Vec::new()), "there are no settings in the flash region"),
        (of(damaged), "the settings in the flash region are damaged"),
        (Settings::default(), "the settings lack `region`"),
        (Settings::of(&sandbox).with("nonsense", 1), "has an unknown name"),
    ] {
        network.allow_skip(Duration::from_mins(1));
        let board = Board::start(&network, &settings.mode(TestMode::SkipIdle));
        board.wait_for_times(message, 4);
        board.wait_for_times("waiting for new settings", 4);
        expect_one_start(&board);
    }
    assert!(sandbox.connections().is_empty());
}

#[test]
fn the_watchdog_does_not_end_the_wait() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    // With the short watchdog, which ends a start that does not complete within four seconds.
    let board = Board::start(&network, &Settings::default().mode(TestMode::HangingStart));
    board.wait_for_times("waiting for new settings", 2);
    expect_one_start(&board);
}

/// The start after a reset logs that the one before did not complete.
fn expect_one_start(board: &Board) {
    let lines = board.lines();
    assert!(!lines.iter().any(|line| line.text.contains("did not complete")), "{lines:#?}");
}

#[test]
fn the_previous_settings_are_used_if_the_newest_are_damaged() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let before = Settings::of(&sandbox).region(None);
    let mut region = Settings::default().with("nonsense", 1).region(Some(before));
    region[SLOT + RECORD] ^= 1;
    let exit = Board::start(&network, &Settings::default().with_region(region)).wait();
    exit.expect(0);
    exit.expect_line("call answered");
}
