//! Shows what a token client has to do, against a stand-in of the service on this machine, and checks that it was done.
//!
//! `cargo run --release --example demo`. Each line of the transcript is something that happened: `client` is an event of
//! the client, `service` a request as the stand-in received it, `check` a claim that was compared with both. The exit code
//! is 0 only if every claim was true.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program for hosts: std is available, and one name for each item reads better"
)]

#[path = "../../src/event_line.rs"]
mod event_line;
mod scenes;
mod stage;
mod transcript;

use std::process::ExitCode;

use transcript::Transcript;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut transcript = Transcript::start();
    match scenes::play(&mut transcript).await {
        Ok(()) => transcript.end(),
        Err(error) => {
            transcript.check(&format!("nothing unforeseen happens, but: {error}"), false);
            transcript.end()
        }
    }
}
