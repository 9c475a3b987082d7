//! Runs one program and prints the kernel's counts for it: user and system time (µs), peak memory (KiB) and minor page faults.
//!
//! It is a small process of its own for each run, because a child's peak memory begins at its parent's memory when it was forked:
//! as a child of `xtask` every program would seem as large as `xtask`. The memory of this process, below 3 MiB, is the smallest
//! value it can report; `target/debug/xtask gauge /bin/true` prints it.

use std::process::{Command, Stdio};

use lexopt::Parser;
use nix::sys::{
    resource::{Usage, UsageWho, getrusage},
    time::TimeValLike as _,
};

use crate::failure::Failure;

/// The hidden command by which `bench-process` runs this.
pub(crate) const COMMAND: &str = "gauge";

/// The cost of one run of a program.
pub(super) struct Reading {
    /// User and system time, in microseconds.
    pub(super) cpu: f64,
    /// Peak resident memory, in KiB.
    pub(super) memory: f64,
    /// Pages that had to be mapped; each costs as much as thousands of instructions.
    pub(super) faults: f64,
}

/// Handles `xtask gauge <program> <argument>...`; the program's own output is discarded.
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
    /// Reads the output of [`command`].
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        let numbers: Vec<&str> = line.split_whitespace().collect();
        let [cpu, memory, faults] = numbers[..] else {
            return Err("the gauge printed no three numbers".into());
        };
        Ok(Self { cpu: cpu.parse()?, memory: memory.parse()?, faults: faults.parse()? })
    }
}
