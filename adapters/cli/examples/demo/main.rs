//! Shows the tasks of a token client, against a local server in the place of the service, and checks that they were performed.
//!
//! `cargo run --release --example demo`. Each line of the transcript is an event: `client` is an event of the client, `service` a
//! request that the server received, `check` a statement that was compared with both. The exit code is 0 only if every statement
//! is true.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program for hosts: std is available, and one name for each item reads better"
)]

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
