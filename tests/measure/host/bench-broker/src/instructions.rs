//! Instructions of one `GET /token`, beside those of hyper alone: they are counted, so that other processes do not matter.

use std::io;
use std::os::unix::net::UnixStream;

use bench_marks::Marks;

use crate::error::AnyError;
use crate::load::answer;
use crate::servers::{Server, Setting};

/// The difference of two runs has no start and no login in it.
const REQUESTS: [u64; 2] = [500, 4500];

const CALLGRIND: [&str; 3] = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];

pub(crate) fn measure(broker: &str, setting: &Setting, marks: &mut Marks) -> Result<(), AnyError> {
    let ours = per_request(|name| {
        let mut command = CALLGRIND.to_vec();
        command.push(broker);
        setting.broker(name, 1, &command)
    })?;
    let this = std::env::current_exe()?.display().to_string();
    let theirs = per_request(|name| {
        let mut command = CALLGRIND.to_vec();
        command.extend([this.as_str(), "bare"]);
        setting.bare(name, &command)
    })?;
    let name = format!("GET /token: instructions, broker ({ours}) / hyper alone ({theirs})");
    marks.at_most(&name, 1.15, ours as f64 / theirs as f64);
    Ok(())
}

fn per_request(start: impl Fn(&str) -> Result<Server, AnyError>) -> Result<u64, AnyError> {
    let mut counts = [0; 2];
    for (count, requests) in counts.iter_mut().zip(REQUESTS) {
        let server = start(&format!("counted{requests}"))?;
        let mut stream = UnixStream::connect(server.socket())?;
        for _ in 0..requests {
            answer(&mut stream, "/token")?;
        }
        let log = server.end()?;
        *count = collected(&log).ok_or_else(|| io::Error::other(format!("no count in:\n{log}")))?;
    }
    Ok((counts[1] - counts[0]) / (REQUESTS[1] - REQUESTS[0]))
}

/// Returns the number in callgrind's line `Collected : …`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}
