//! Memory and wake-ups of a broker with ten clients, which do not depend on what else runs.

use std::fs;
use std::io;
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use bench_marks::Marks;

use crate::error::AnyError;
use crate::load::answer;
use crate::servers::{Server, Setting};

const CLIENTS: usize = 10;
const CONSUMERS: usize = 10_000;

/// Longer than the broker takes to give memory back.
const RELEASE: Duration = Duration::from_secs(9);
/// Longer than the connections to the login host are kept, and checked, after a token.
const KEPT: Duration = Duration::from_secs(75);
/// The time in which wake-ups are counted. The tokens last for a day: no deadline is within it. The runtime wakes a few times on the way to
/// a far one, when it moves to a finer level of its timer wheel.
const IDLE: Duration = Duration::from_secs(10);
const WAKE_UPS_MAX: f64 = 1.0;

pub(crate) fn measure(program: &str, setting: &Setting, marks: &mut Marks) -> Result<(), AnyError> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    let broker = setting.broker("memory", CLIENTS, &[program])?;
    for client in 0..CLIENTS {
        answer(&mut UnixStream::connect(broker.socket())?, &format!("/token?client=c{client}"))?;
    }
    let resident = || status(&broker, "VmRSS:");
    let fresh = resident()?;
    marks.at_most("resident with ten clients, fresh, MiB", 6.0, fresh / 1024.0);
    sleep(KEPT);
    let before = status(&broker, "voluntary_ctxt_switches:")?;
    sleep(IDLE);
    let woken = status(&broker, "voluntary_ctxt_switches:")? - before;
    marks.at_most("wake-ups in 10 s without a deadline", WAKE_UPS_MAX, woken);

    let fresh = resident()?;
    let mut consumers = (0..CONSUMERS)
        .map(|_| UnixStream::connect(broker.socket()))
        .collect::<io::Result<Vec<UnixStream>>>()?;
    // A request that is answered shows that the connections before it were accepted.
    answer(&mut UnixStream::connect(broker.socket())?, "/healthz")?;
    let each = |resident: f64| (resident - fresh) / CONSUMERS as f64;
    marks.at_most("an idle consumer before its first request, KiB", 3.0, each(resident()?));
    for consumer in &mut consumers {
        answer(consumer, "/token?client=c0")?;
    }
    marks.at_most("an idle consumer after its first request, KiB", 13.0, each(resident()?));
    drop(consumers);
    sleep(RELEASE);
    marks.at_most("resident after 10,000 connections, MiB", 12.0, resident()? / 1024.0);
    Ok(())
}

/// Returns a number of `/proc/PID/status`.
fn status(server: &Server, field: &str) -> io::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    let number = line.split_whitespace().next().and_then(|number| number.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("no {field} in /proc/PID/status")))
}
