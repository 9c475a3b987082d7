//! Instructions of a `GET /token` and of a forwarded request, beside those of hyper alone: they are counted, so that other processes do
//! not matter.

use std::io;
use std::os::unix::net::UnixStream;

use bench_marks::Marks;

use crate::error::AnyError;
use crate::load::answer;
use crate::servers::{Server, Setting};

/// The difference of two runs has no start and no login in it.
const REQUESTS: [u64; 2] = [500, 4500];
/// Fewer, because each takes the latency of the upstream.
const FORWARDED: [u64; 2] = [200, 1200];

const CALLGRIND: [&str; 3] = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];

pub(crate) fn measure(broker: &str, setting: &Setting, marks: &mut Marks) -> Result<(), AnyError> {
    let start_broker = |name: &str| {
        let mut command = CALLGRIND.to_vec();
        command.push(broker);
        setting.broker(name, 1, &command)
    };
    let this = std::env::current_exe()?.display().to_string();
    let alone = per_request("/", REQUESTS, |name| {
        let mut command = CALLGRIND.to_vec();
        command.extend([this.as_str(), "bare"]);
        setting.bare(name, &command)
    })?;
    for (name, path, requests, ratio_max) in
        [("GET /token", "/token", REQUESTS, 1.15), ("forwarded", "/api/v2/bench", FORWARDED, 4.6)]
    {
        let ours = per_request(path, requests, start_broker)?;
        let name = format!("{name}: instructions, broker ({ours}) / hyper alone ({alone})");
        marks.at_most(&name, ratio_max, ours as f64 / alone as f64);
    }
    Ok(())
}

fn per_request(
    path: &str,
    requests: [u64; 2],
    start: impl Fn(&str) -> Result<Server, AnyError>,
) -> Result<u64, AnyError> {
    let mut counts = [0; 2];
    for (count, requests) in counts.iter_mut().zip(requests) {
        let server = start(&format!("counted{requests}"))?;
        let mut stream = UnixStream::connect(server.socket())?;
        for _ in 0..requests {
            answer(&mut stream, path)?;
        }
        let log = server.end()?;
        *count = collected(&log).ok_or_else(|| io::Error::other(format!("no count in:\n{log}")))?;
    }
    Ok((counts[1] - counts[0]) / (requests[1] - requests[0]))
}

/// Returns the number in callgrind's line `Collected : …`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}
