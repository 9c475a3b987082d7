//! Runs one program and prints the kernel's counts for it: user and system time (µs) and minor page faults.
//!
//! It is a process of its own for each run, because the kernel adds up the counts of all children.

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
    println!("{cpu} {}", usage.minor_page_faults());
    Ok(())
}

impl Reading {
    /// Reads the output of [`command`].
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        let numbers: Vec<&str> = line.split_whitespace().collect();
        let [cpu, faults] = numbers[..] else {
            return Err("the gauge printed no two numbers".into());
        };
        Ok(Self { cpu: cpu.parse()?, faults: faults.parse()? })
    }
}
