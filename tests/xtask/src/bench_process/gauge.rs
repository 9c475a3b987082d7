//! Runs one program and prints what the kernel counted for it: user and system time (µs), peak memory (KiB) and minor page faults.
//!
//! This is a small process of its own, once per run, because a child's peak memory begins at what its parent had when it
//! forked: read from the whole of `xtask`, every contestant would seem as large as that.
//! What this process has itself, below 3 MiB, is the least it can show: `target/debug/xtask gauge /bin/true` tells.

use std::process::{Command, Stdio};

use lexopt::Parser;
use nix::sys::{
    resource::{Usage, UsageWho, getrusage},
    time::TimeValLike as _,
};

use crate::failure::Failure;

/// The command by which `bench-process` calls this program.
pub(crate) const COMMAND: &str = "gauge";

/// What one run of a program took.
pub(super) struct Reading {
    /// User and system time, in microseconds.
    pub(super) cpu: f64,
    /// Peak resident memory, in KiB.
    pub(super) memory: f64,
    /// Pages that had to be mapped, each of which costs as much as thousands of instructions.
    pub(super) faults: f64,
}

/// `xtask gauge <program> <argument>...`, with the program's own output left out.
pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let program = arguments.value()?;
    let mut command = Command::new(program);
    command.args(arguments.raw_args()?).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status()?;
    if !status.success() {
        return Err(format!("the program failed ({status})").into());
    }
    let usage: Usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    println!("{cpu} {} {}", usage.max_rss(), usage.minor_page_faults());
    Ok(())
}

impl Reading {
    /// Reads what the command above printed.
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        let numbers: Vec<&str> = line.split_whitespace().collect();
        let [cpu, memory, faults] = numbers[..] else {
            return Err("the gauge printed no three numbers".into());
        };
        Ok(Self { cpu: cpu.parse()?, memory: memory.parse()?, faults: faults.parse()? })
    }
}
