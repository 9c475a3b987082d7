//! Concurrent calls of the Platform API: `TokenClient::api()` beside reqwest and beside `TokenLayer` over hyper-util's client.
//!
//! Each run is a process of its own, so that its processor time is that of the client alone; the server, and the relay that adds a round
//! trip, are in this process. The runs of the candidates alternate, and medians are compared. Fails if a mark is missed.
//!
//! `bench-api [rounds]`

mod candidate;
mod error;
mod load;
mod marks;
mod relay;
mod run;

use std::time::Duration;

use genesys_token_sandbox::{Answer, Host, Sandbox};

use candidate::Candidate;
use error::AnyError;
use run::{Reading, Target};

const ROUNDS: usize = 3;
/// Time from a request to its response at the server.
const ANSWER_AFTER: Duration = Duration::from_millis(20);
/// Round trip of the relay.
const ROUND_TRIP: Duration = Duration::from_millis(50);
const PAUSES_MS: [u64; 3] = [0, 20, 100];

fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("load") => return load::child(&arguments[1..]),
        Some("waiting") => return load::waiting_child(&arguments[1..]),
        _ => {}
    }
    let rounds = arguments.first().map_or(Ok(ROUNDS), |rounds| rounds.parse())?.max(1);
    let sandbox = Sandbox::builder().start_blocking()?;
    sandbox.always(Host::Api, Answer::service().delayed(ANSWER_AFTER));
    let root = std::env::temp_dir().join(format!("bench-api-{}.pem", std::process::id()));
    sandbox.write_root_pem(&root)?;
    let relay = relay::start(sandbox.api_addr(), ROUND_TRIP / 2)?;
    let outcome = measure(&sandbox, relay, &root.display().to_string(), rounds);
    std::fs::remove_file(root)?;
    outcome
}

fn measure(sandbox: &Sandbox, relay: u16, root: &str, rounds: usize) -> Result<(), AnyError> {
    let mut missed = Vec::new();
    println!("{} callers, {} ms per response, {rounds} rounds\n", load::CALLERS, ANSWER_AFTER.as_millis());
    println!("| round trip | pause | client | connections | calls/s | CPU per call | p99 |");
    println!("|--:|--:|---|--:|--:|--:|--:|");
    for (round_trip, api_port) in [(Duration::ZERO, sandbox.api_addr().port()), (ROUND_TRIP, relay)] {
        for pause_ms in PAUSES_MS {
            let target = Target { login_port: sandbox.login_addr().port(), api_port, root, pause_ms };
            let mut readings: [Vec<Reading>; 3] = Default::default();
            for round in 0..rounds {
                for turn in 0..Candidate::ALL.len() {
                    let which = (round + turn) % Candidate::ALL.len();
                    readings[which].push(run::load(sandbox, Candidate::ALL[which], &target)?);
                }
            }
            let medians = readings.map(|readings| run::median(&readings));
            for (candidate, reading) in Candidate::ALL.iter().zip(&medians) {
                println!(
                    "| {} ms | {pause_ms} ms | {} | {} | {:.0} | {:.1} µs | {:.1} ms |",
                    round_trip.as_millis(),
                    candidate.name(),
                    reading.connections,
                    reading.calls_per_second,
                    reading.cpu_per_call_us,
                    reading.p99_ms
                );
            }
            let what = format!("round trip {} ms, pause {pause_ms} ms", round_trip.as_millis());
            missed.extend(marks::of_load(&what, &medians[0], &medians[1]));
        }
    }
    println!("\n| 10,000 callers waiting for | client | memory each |\n|---|---|--:|");
    for (what, candidate) in
        [("a turn", Candidate::Ours), ("a token", Candidate::Ours), ("a response", Candidate::Reqwest)]
    {
        let target = Target {
            login_port: sandbox.login_addr().port(),
            api_port: sandbox.api_addr().port(),
            root,
            pause_ms: 0,
        };
        let bytes = run::waiting(sandbox, candidate, what, &target)?;
        println!("| {what} | {} | {bytes} bytes |", candidate.name());
        if candidate == Candidate::Ours {
            missed.extend(marks::of_waiting(what, bytes));
        }
    }
    if missed.is_empty() {
        println!("\nall marks are met");
        return Ok(());
    }
    Err(format!("marks are missed:\n{}", missed.join("\n")).into())
}
