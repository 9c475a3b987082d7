//! What the gateway costs on a Cortex-M4, counted by the emulator: for `cargo xtask sizes`.
//!
//! Lines `name number`: bytes of stack, instructions of a TLS handshake and of a call on a connection that is kept.
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use firmware::{Board, COUNTING, Line, Network, Settings, Wish};
use genesys_token_sandbox::Sandbox;

/// Calls on the kept connection, and on a new one; the cheapest is the one that nothing else came between.
const CALLS: usize = 30;
const CONNECTIONS: usize = 3;

fn main() -> Result<(), std::io::Error> {
    let sandbox = Sandbox::builder().start_blocking()?;
    let network = Network::to(&sandbox)?;
    let commanded = Settings::of(&sandbox).with("calls", 0).wishing(Wish::Count);
    let mut board = Board::start_with(&network, &commanded, COUNTING, |_| {});
    let mut call = |before: &dyn Fn()| {
        before();
        let counted = last(&board.lines());
        assert_eq!(board.command("call"), "called");
        last(&board.lines()) - counted
    };
    call(&|| {});
    let kept = (0..CALLS).map(|_| call(&|| {})).min().unwrap_or_default();
    let anew = (0..CONNECTIONS).map(|_| {
        call(&|| {
            sandbox.close_idle_connections();
            // The board notices, and says nothing of it.
            std::thread::sleep(std::time::Duration::from_millis(500));
        })
    });
    let anew = anew.min().unwrap_or_default();
    drop(board);

    let ended = Board::start(&network, &Settings::of(&sandbox)).wait();
    let stack = ended.lines.iter().find_map(|line| line.text.strip_prefix("stack: "));
    let stack = stack.and_then(|text| text.split(' ').next()).unwrap_or_default();
    println!("stack {stack}");
    println!("handshake {}", anew - kept);
    println!("call {kept}");
    Ok(())
}

/// The instructions at the last line.
fn last(lines: &[Line]) -> u64 {
    let stamp = lines.last().map(|line| line.at.replace('.', "")).unwrap_or_default();
    stamp.parse().unwrap_or_default()
}
