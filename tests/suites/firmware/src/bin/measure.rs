//! Measures an image of an emulated board, which `FIRMWARE_BOARD` selects, for `cargo xtask sizes`: `measure <configuration> <image>`.
//!
//! Configurations: `core` (no network), `http` (no TLS), `tls`. Prints lines `name number`: bytes of stack, instructions of a TLS handshake
//! and of a call on a kept connection, as far as the configuration has them.
#![allow(clippy::print_stdout, reason = "it prints its measurements")]

use std::path::PathBuf;

use firmware::{Board, Image, Line, Network, Settings, TestMode};
use genesys_token_sandbox::Sandbox;

/// Number of calls on the kept connection and on new ones, and of boards that make them. The minimum counts: no other task ran during
/// that call, and its response came in one piece. On a loaded host most calls take up to a tenth more, with some boards all of them.
const CALLS: usize = 100;
const CONNECTIONS: usize = 3;
const BOARDS: usize = 2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(configuration), Some(image)) = (arguments.next(), arguments.next()) else {
        return Err("usage: measure <configuration> <image>".into());
    };
    let image: &'static Image = Box::leak(Box::new(Image::read(PathBuf::from(image))));
    let service = Sandbox::builder();
    let service = if configuration == "http" { service.clear_text() } else { service };
    let sandbox = service.start_blocking()?;
    let network = Network::to(&sandbox)?;
    println!("stack {}", stack(image, &network, &Settings::of(&sandbox)));
    if configuration != "core" {
        let boards: Vec<_> = (0..BOARDS).map(|_| calls(image, &network, &sandbox)).collect();
        let least = |count: fn(&(u64, u64)) -> u64| boards.iter().map(count).min().unwrap_or_default();
        let (kept, anew) = (least(|board| board.0), least(|board| board.1));
        println!("call {kept}");
        println!("handshake {}", if configuration == "tls" { anew - kept } else { 0 });
    }
    Ok(())
}

/// Returns the stack's high-water mark of a whole run.
fn stack(image: &'static Image, network: &Network, settings: &Settings) -> String {
    let exit = Board::start_image(image, network, settings, |_| {}).wait();
    exit.expect(0);
    let stack = exit.lines.iter().find_map(|line| line.text.strip_prefix("stack: "));
    stack.and_then(|text| text.split(' ').next()).unwrap_or_default().to_owned()
}

/// Returns the instructions of a call on the kept connection and of one on a new connection.
fn calls(image: &'static Image, network: &Network, sandbox: &Sandbox) -> (u64, u64) {
    let commanded = Settings::of(sandbox).with("calls", 0).mode(TestMode::CountInstructions);
    let mut board = Board::start_image(image, network, &commanded, |_| {});
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
            // Time for the board to notice, which it does not log.
            std::thread::sleep(std::time::Duration::from_millis(500));
        })
    });
    (kept, anew.min().unwrap_or_default())
}

/// Returns the instructions at the last line.
fn last(lines: &[Line]) -> u64 {
    let stamp = lines.last().map(|line| line.at.replace('.', "")).unwrap_or_default();
    stamp.parse().unwrap_or_default()
}
