//! How a board ends when it cannot go on.

use firmware::{Board, Image, Network, Settings, Wish};
use genesys_token_sandbox::Sandbox;

fn ended_of(wish: Wish) -> firmware::Ended {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    Board::start(&network, &Settings::of(&sandbox).wishing(wish)).wait()
}

#[test]
fn a_panic_is_reported() {
    let ended = ended_of(Wish::Panic);
    ended.expect(101);
    let panic = ended.lines.iter().find(|line| line.text.starts_with("panic, called from "));
    let panic = panic.unwrap_or_else(|| panic!("{}", ended.told()));
    let functions = Image::emulated().functions(&panic.text);
    assert!(functions.iter().any(|name| name.ends_with("fault::obey")), "{functions:#?}");
}

#[test]
fn a_stack_that_is_too_deep_meets_its_guard() {
    let ended = ended_of(Wish::Overflow);
    ended.expect(102);
    assert!(ended.errors.contains("fault"), "{}", ended.told());
}

#[test]
fn settings_that_make_no_sense_end_it() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    for (settings, says) in [
        (Settings::default(), "the settings lack `region`"),
        (Settings::of(&sandbox).with("nonsense", 1), "has an unknown name"),
        (Settings::of(&sandbox).with("trust-anchor", "3000"), "no certificate"),
    ] {
        let ended = Board::start(&network, &settings).wait();
        ended.expect(1);
        ended.expect_line(says);
    }
    assert!(sandbox.connections().is_empty());
}
