//! Measures the marks of the broker: `GET /token` over a Unix socket and forwarding to a TLS upstream beside nginx, in pairs of runs of
//! which those are dropped that other processes disturbed; memory, wake-ups, and instructions.

mod bare;
mod cpu;
mod error;
mod instructions;
mod load;
mod memory;
mod pairs;
mod servers;
mod start;
mod upstream;

use bench_marks::Marks;

use cpu::LOAD_CORE;
use error::AnyError;
use pairs::Comparison;
use servers::Setting;

const USAGE: &str =
    "usage: bench-broker BROKER TOOL [PAIRS]; with PAIRS 0 only what does not depend on other processes";

const COMPARISONS: [Comparison; 3] = [
    Comparison {
        name: "GET /token, 64 connections",
        path: "/token",
        connections: 64,
        requests_min: 1.2,
        p99_max: Some(1.0),
        cpu_max: 0.85,
    },
    Comparison {
        name: "forwarded, 64 connections",
        path: "/api/v2/bench",
        connections: 64,
        requests_min: 0.95,
        p99_max: None,
        cpu_max: 1.1,
    },
    Comparison {
        name: "forwarded, 512 connections",
        path: "/api/v2/bench",
        connections: 512,
        requests_min: 0.95,
        p99_max: None,
        cpu_max: 1.1,
    },
];

fn main() -> Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (broker, tool, pairs) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["upstream", folder] => return upstream::serve(folder.as_ref()),
        ["bare", socket] => return bare::serve(socket.as_ref()),
        [broker, tool] => (broker, tool, 7),
        [broker, tool, pairs] => (broker, tool, pairs.parse()?),
        _ => return Err(USAGE.into()),
    };
    let setting = Setting::new()?;
    cpu::pin(LOAD_CORE)?;
    let mut marks = Marks::begin();
    instructions::measure(broker, &setting, &mut marks)?;
    memory::measure(broker, &setting, &mut marks)?;
    if pairs > 0 {
        start::measure(broker, tool, pairs, &setting, &mut marks)?;
        let (nginx, broker) = (setting.nginx()?, setting.broker("compared", 1, &[broker])?);
        for comparison in COMPARISONS {
            comparison.run(pairs, &setting, &nginx, &broker, &mut marks)?;
        }
    }
    marks.end().map_err(Into::into)
}
