//! Pairs of runs, nginx first, and the medians of their ratios.

use std::io;
use std::time::Duration;

use bench_marks::{Machine, Marks, TRIES, median};

use crate::cpu;
use crate::error::AnyError;
use crate::load::{Load, Outcome};
use crate::servers::{Server, Setting};

const RUN: Duration = Duration::from_secs(1);

/// One comparison with its marks, as ratios of the broker's figures to nginx's.
pub(crate) struct Comparison {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) connections: usize,
    pub(crate) requests_min: f64,
    pub(crate) p99_max: Option<f64>,
    pub(crate) cpu_max: f64,
}

#[derive(Default)]
struct Ratios {
    requests: Vec<f64>,
    p99: Vec<f64>,
    cpu: Vec<f64>,
}

impl Comparison {
    pub(crate) fn run(
        &self,
        pairs: usize,
        setting: &Setting,
        nginx: &Server,
        broker: &Server,
        marks: &mut Marks,
    ) -> Result<(), AnyError> {
        let load = |socket| Load { socket, path: self.path, connections: self.connections, duration: RUN };
        let known = || -> io::Result<Duration> {
            let servers = cpu::of_process(nginx.pid())? + cpu::of_process(broker.pid())?;
            Ok(servers + cpu::of_process(setting.upstream())? + cpu::of_process(std::process::id())?)
        };
        let (mut quiet, mut all) = (Ratios::default(), Ratios::default());
        for _ in 0..pairs * TRIES {
            let machine = Machine::now(known()?)?;
            let theirs = load(nginx.socket()).run(nginx.pid())?;
            let ours = load(broker.socket()).run(broker.pid())?;
            all.add(&ours, &theirs);
            if machine.is_undisturbed_until(known()?)? {
                quiet.add(&ours, &theirs);
            }
            if quiet.requests.len() == pairs {
                break;
            }
        }
        let name = |what| format!("{}: {what}, broker / nginx", self.name);
        if quiet.requests.len() == pairs {
            marks.at_least(&name("requests/s"), self.requests_min, median(&mut quiet.requests));
            if let Some(p99_max) = self.p99_max {
                marks.at_most(&name("p99"), p99_max, median(&mut quiet.p99));
            }
            marks.at_most(&name("CPU per request"), self.cpu_max, median(&mut quiet.cpu));
        } else {
            marks.unmeasured(&name("requests/s"), self.requests_min);
            if let Some(p99_max) = self.p99_max {
                marks.unmeasured(&name("p99"), p99_max);
            }
            // Processor time is that of the process alone: other processes change it by the caches only.
            marks.at_most(&name("CPU per request, disturbed"), self.cpu_max, median(&mut all.cpu));
        }
        Ok(())
    }
}

impl Ratios {
    fn add(&mut self, ours: &Outcome, theirs: &Outcome) {
        self.requests.push(ours.rate() / theirs.rate());
        self.p99.push(ours.percentile(99) / theirs.percentile(99));
        self.cpu.push(ours.cpu_per_request() / theirs.cpu_per_request());
    }
}
