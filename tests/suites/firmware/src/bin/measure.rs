//! What an image of the emulated board costs, counted by the emulator, for `cargo xtask sizes`: `measure <configuration> <image>`.
//!
//! Configurations: `core`, which uses no network; `http`, which has no TLS; `tls`. Lines `name number`: bytes of stack, instructions of a
//! TLS handshake and of a call on a connection that is kept, as far as the configuration has them.
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::path::PathBuf;

use firmware::{Board, COUNTING, Image, Line, Network, Settings, Wish};
use genesys_token_sandbox::Sandbox;

/// Calls on the kept connection, and on a new one; the cheapest is the one that nothing else came between.
const CALLS: usize = 30;
const CONNECTIONS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(configuration), Some(image)) = (arguments.next(), arguments.next()) else {
        return Err("measure <configuration> <image>".into());
    };
    let image: &'static Image = Box::leak(Box::new(Image::read(PathBuf::from(image))));
    let service = Sandbox::builder();
    let service = if configuration == "http" { service.clear_text() } else { service };
    let sandbox = service.start_blocking()?;
    let network = Network::to(&sandbox)?;
    println!("stack {}", stack(image, &network, &Settings::of(&sandbox)));
    if configuration != "core" {
        let (kept, anew) = calls(image, &network, &sandbox);
        println!("call {kept}");
        println!("handshake {}", if configuration == "tls" { anew - kept } else { 0 });
    }
    Ok(())
}

/// The deepest of a whole run.
fn stack(image: &'static Image, network: &Network, settings: &Settings) -> String {
    let ended = Board::start_image(image, network, settings, &[], |_| {}).wait();
    ended.expect(0);
    let stack = ended.lines.iter().find_map(|line| line.text.strip_prefix("stack: "));
    stack.and_then(|text| text.split(' ').next()).unwrap_or_default().to_owned()
}

/// Instructions of a call on the kept connection and on a new one.
fn calls(image: &'static Image, network: &Network, sandbox: &Sandbox) -> (u64, u64) {
    let commanded = Settings::of(sandbox).with("calls", 0).wishing(Wish::Count);
    let mut board = Board::start_image(image, network, &commanded, COUNTING, |_| {});
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
    (kept, anew.min().unwrap_or_default())
}

/// The instructions at the last line.
fn last(lines: &[Line]) -> u64 {
    let stamp = lines.last().map(|line| line.at.replace('.', "")).unwrap_or_default();
    stamp.parse().unwrap_or_default()
}
