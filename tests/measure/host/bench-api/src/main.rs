//! Concurrent calls of the Platform API: `TokenClient::api()` beside reqwest and beside `TokenLayer` over hyper-util's client.
//!
//! Each run is a process of its own, so that its processor time is that of client and callers alone; the server, and the relay that adds a
//! round trip, are in this process. A run without a client shows what the callers' pauses cost, a wakeup each, which can be as much as the
//! work of a call; it is subtracted from all, so that what a client adds is compared. The runs of the candidates alternate, and the medians of the ratios
//! within a round count. A round that other processes disturbed is repeated. Fails if a mark is missed. Calls over HTTP/2, with hyper's
//! server, are printed without a mark.
//!
//! `bench-api [rounds]`

mod candidate;
mod comparison;
mod error;
mod http2;
mod load;
mod relay;
mod run;

use std::time::Duration;

use bench_marks::Marks;
use genesys_token_sandbox::{Answer, Host, Sandbox};

use candidate::Candidate;
use error::AnyError;
use load::Rhythm;
use run::Target;

const ROUNDS: usize = 5;
/// Rounds of calls over HTTP/2, which have no mark.
const HTTP2_ROUNDS: usize = 1;
/// Time from a request to its response at the server.
const ANSWER_AFTER: Duration = Duration::from_millis(20);
/// Round trip of the relay.
const ROUND_TRIP: Duration = Duration::from_millis(50);
/// Most memory of a waiting caller, in bytes.
const WAITING_MAX: f64 = 2048.0;
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
    let folder = tempfile::tempdir()?;
    let over_http2 = http2::start(folder.path(), ANSWER_AFTER)?;
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, [sandbox.root_pem(), over_http2.root_pem.clone()].concat())?;
    let relay = relay::start(sandbox.api_addr(), ROUND_TRIP / 2)?;
    measure(&sandbox, relay, &over_http2, &roots.display().to_string(), rounds)
}

fn measure(
    sandbox: &Sandbox,
    relay: u16,
    over_http2: &http2::Server,
    root: &str,
    rounds: usize,
) -> Result<(), AnyError> {
    eprintln!("{} callers, {} ms per response, {rounds} rounds", load::CALLERS, ANSWER_AFTER.as_millis());
    let target = |api_port, pause_ms, round_trip| {
        let rhythm = Rhythm { pause: Duration::from_millis(pause_ms), response: ANSWER_AFTER + round_trip };
        Target { login_port: sandbox.login_addr().port(), api_port, root, rhythm }
    };
    let mut marks = Marks::begin();
    for (round_trip, api_port) in [(Duration::ZERO, sandbox.api_addr().port()), (ROUND_TRIP, relay)] {
        for pause_ms in PAUSES_MS {
            let what = format!("round trip {} ms, pause {pause_ms} ms", round_trip.as_millis());
            comparison::run(&what, rounds, sandbox, &target(api_port, pause_ms, round_trip), &mut marks)?;
        }
    }
    for pause_ms in PAUSES_MS {
        let what = format!("pause {pause_ms} ms");
        let target = target(over_http2.port, pause_ms, Duration::ZERO);
        comparison::inform_about_http2(&what, HTTP2_ROUNDS, over_http2, &target)?;
    }
    for (what, candidate) in
        [("a turn", Candidate::Ours), ("a token", Candidate::Ours), ("a response", Candidate::Reqwest)]
    {
        let bytes =
            run::waiting(sandbox, candidate, what, &target(sandbox.api_addr().port(), 0, Duration::ZERO))?;
        eprintln!("10,000 callers waiting for {what}: {}: {bytes} bytes each", candidate.name());
        if candidate == Candidate::Ours {
            marks.at_most(
                &format!("bytes of each of 10,000 callers that wait for {what}"),
                WAITING_MAX,
                bytes,
            );
        }
    }
    marks.end().map_err(Into::into)
}
