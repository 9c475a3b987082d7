//! From the start of a process to its first token: the broker beside the command-line tool.

use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Instant;

use bench_marks::{Machine, Marks, TRIES, median, of_ended_children};

use crate::error::AnyError;
use crate::load::answer;
use crate::servers::Setting;

const NAME: &str = "start to first token, broker / genesys-token get";
const RATIO_MAX: f64 = 1.2;

pub(crate) fn measure(
    broker: &str,
    tool: &str,
    pairs: usize,
    setting: &Setting,
    marks: &mut Marks,
) -> Result<(), AnyError> {
    let mut ratios = Vec::new();
    for _ in 0..pairs * TRIES {
        let machine = Machine::now(of_ended_children()?)?;
        let start = Instant::now();
        let status = setting.tool(tool).stdout(Stdio::null()).status()?;
        let theirs = start.elapsed();
        if !status.success() {
            return Err(format!("{tool} get: {status}").into());
        }
        let start = Instant::now();
        let server = setting.broker("started", 1, &[broker])?;
        answer(&mut UnixStream::connect(server.socket())?, "/token")?;
        let ours = start.elapsed();
        server.end()?;
        if machine.is_undisturbed_until(of_ended_children()?)? {
            ratios.push(ours.as_secs_f64() / theirs.as_secs_f64());
        }
        if ratios.len() == pairs {
            marks.at_most(NAME, RATIO_MAX, median(&mut ratios));
            return Ok(());
        }
    }
    marks.unmeasured(NAME, RATIO_MAX);
    Ok(())
}
