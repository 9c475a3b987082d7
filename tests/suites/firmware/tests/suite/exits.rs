//! Exit codes and messages of a board that cannot continue.

use firmware::{Board, BoardExit, Image, Network, Settings, TestMode};
use genesys_token_sandbox::Sandbox;

fn exit_in(mode: TestMode) -> BoardExit {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    Board::start(&network, &Settings::of(&sandbox).mode(mode)).wait()
}

#[test]
fn a_panic_is_reported() {
    let exit = exit_in(TestMode::Panic);
    exit.expect(101);
    let panic = exit.lines.iter().find(|line| line.text.starts_with("panic, called from "));
    let panic = panic.unwrap_or_else(|| panic!("{}", exit.output()));
    let functions = Image::emulated().functions(&panic.text);
    assert!(functions.iter().any(|name| name.ends_with("fault::provoke")), "{functions:#?}");
}

#[test]
fn a_stack_overflow_is_a_fault() {
    let exit = exit_in(TestMode::StackOverflow);
    exit.expect(102);
    assert!(exit.errors.contains("fault"), "{}", exit.output());
}

#[test]
fn a_trust_anchor_that_is_no_certificate_ends_the_program() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let exit = Board::start(&network, &Settings::of(&sandbox).with("trust-anchor", "3000")).wait();
    exit.expect(1);
    exit.expect_line("not a DER certificate");
    assert!(sandbox.connections().is_empty());
}
