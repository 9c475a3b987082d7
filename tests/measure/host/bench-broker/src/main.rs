//! Compares the broker with nginx: `GET /token` over a Unix socket, and forwarding to a TLS upstream. Prints ratios of pairs of
//! runs, and drops pairs during which other processes used the machine.

mod cpu;
mod error;
mod load;
mod servers;
mod upstream;

use std::time::Duration;

use cpu::LOAD_CORE;
use error::AnyError;
use load::Load;
use servers::{Broker, Nginx, Setting};

const RUN: Duration = Duration::from_secs(1);

/// The most processor time of other processes during a pair, in cores; a pair with more is dropped.
const FOREIGN_MAX: f64 = 0.15;

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let broker = match (arguments.next(), arguments.next()) {
        (Some(upstream), Some(folder)) if upstream == "upstream" => return upstream::serve(folder.as_ref()),
        (Some(broker), pairs) => (broker, pairs.map_or(Ok(7), |pairs| pairs.parse())?),
        _ => return Err("usage: bench-broker PATH-OF-BROKER [PAIRS]".into()),
    };
    let (broker, pairs) = broker;
    let setting = Setting::new()?;
    let nginx = Nginx::start(&setting)?;
    let broker = Broker::start(&broker, &setting)?;
    cpu::pin(LOAD_CORE)?;
    println!("| measured, broker / nginx | requests/s | p50 | p99 | CPU per request | quiet pairs |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (name, path, connections) in [
        ("GET /token, 64 connections", "/token", 64),
        ("forwarded, 64 connections", "/api/v2/bench", 64),
        ("forwarded, 512 connections", "/api/v2/bench", 512),
    ] {
        let mut ratios = Ratios::default();
        for _ in 0..pairs * 4 {
            if ratios.requests.len() == pairs {
                break;
            }
            let before = cpu::Machine::now()?;
            let theirs =
                Load { socket: nginx.socket(), path, connections, duration: RUN }.run(nginx.pid())?;
            let ours =
                Load { socket: broker.socket(), path, connections, duration: RUN }.run(broker.pid())?;
            let known = theirs.cpu + ours.cpu + theirs.own_cpu + ours.own_cpu + setting.upstream_cpu();
            if before.foreign_since(known)? <= FOREIGN_MAX {
                ratios.add(&ours, &theirs);
            }
        }
        println!("| {name} | {} |", ratios.row());
    }
    println!("\nresident memory of the broker afterwards: {} KiB", broker.resident()?);
    Ok(())
}

#[derive(Default)]
struct Ratios {
    requests: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    cpu: Vec<f64>,
}

impl Ratios {
    fn add(&mut self, ours: &load::Outcome, theirs: &load::Outcome) {
        self.requests.push(ours.rate() / theirs.rate());
        self.p50.push(ours.percentile(50) / theirs.percentile(50));
        self.p99.push(ours.percentile(99) / theirs.percentile(99));
        self.cpu.push(ours.cpu_per_request() / theirs.cpu_per_request());
    }

    fn row(&mut self) -> String {
        let count = self.requests.len();
        let mut median = |values: fn(&mut Self) -> &mut Vec<f64>| {
            let values = values(self);
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
        };
        let cells = [
            median(|ratios| &mut ratios.requests),
            median(|ratios| &mut ratios.p50),
            median(|ratios| &mut ratios.p99),
            median(|ratios| &mut ratios.cpu),
        ];
        format!("{} | {count}", cells.join(" | "))
    }
}
