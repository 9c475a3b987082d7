//! Faults at the start: the board is reset, and waits longer each time before it starts again.

use firmware::{Board, Line, Network, Settings, TestMode};
use genesys_token_sandbox::Sandbox;

#[test]
fn a_missing_network_controller_ends_in_resets_with_growing_waits() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let board = Board::start(&network, &Settings::of(&sandbox).mode(TestMode::NoController));
    board.wait_for_times("no network: ", 2);
    board.end_test_mode();
    let exit = board.wait();
    exit.expect(0);
    exit.expect_line("the start has failed; the board is reset");
    for (failed, seconds) in [(1, 1.0), (2, 2.0)] {
        // On the board's clock, which begins again at each reset.
        let begin = position(&exit.lines, &format!("that did not complete: {failed}; waiting {seconds} s"));
        let (waits, next) = (uptime(&exit.lines[begin]), uptime(&exit.lines[begin + 1]));
        assert!(waits < 0.5 && next >= waits + seconds, "{}", exit.output());
    }
    exit.expect_line("call answered");
}

/// Another task feeds the watchdog while the start hangs, but only for the time that a start may take.
#[test]
fn a_start_that_hangs_is_ended_by_the_watchdog() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let board = Board::start(&network, &Settings::of(&sandbox).mode(TestMode::HangingStart));
    board.wait_for("the start does not complete; the watchdog resets the board");
    board.end_test_mode();
    let exit = board.wait();
    exit.expect(0);
    assert!(exit.errors.contains("watchdog"), "{}", exit.output());
    exit.expect_line("that did not complete: 1; waiting 1 s");
    exit.expect_line("call answered");
}

fn position(lines: &[Line], text: &str) -> usize {
    lines
        .iter()
        .position(|line| line.text.contains(text))
        .unwrap_or_else(|| panic!("no line {text:?}: {lines:#?}"))
}

/// Parses a timestamp in seconds.
fn uptime(line: &Line) -> f64 {
    line.at.parse().unwrap()
}
