//! From the start of a process to its first token: the broker beside the command-line tool.

use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Instant;

use crate::cpu::{self, Machine};
use crate::error::AnyError;
use crate::load::answer;
use crate::marks::Marks;
use crate::pairs::{TRIES, is_undisturbed, median};
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
        let machine = Machine::now(cpu::of_ended_children()?)?;
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
        if is_undisturbed(machine.foreign_until(cpu::of_ended_children()?)?) {
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
