//! Runs one program and prints the memory that it has when it exits, in KiB: all of it, and what belongs to it alone.
//!
//! The kernel's peak (`ru_maxrss`) is not exact: Linux counts the pages of a process on each processor and adds these counts up in batches of at
//! least 32 pages (`lib/percpu_counter.c`), so that one program had 3.37 and 3.88 MiB. `smaps_rollup` walks the page tables instead. It is read
//! while the program is stopped at its exit (`PTRACE_O_TRACEEXIT`); what was unmapped before, such as the stack of a thread that has ended, is not
//! in it.

use std::{
    env, fs, io,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use lexopt::Parser;
use nix::{
    sys::{
        ptrace::{self, Options},
        signal::Signal,
        wait::{WaitStatus, waitpid},
    },
    unistd::Pid,
};

use crate::failure::Failure;

/// The hidden command by which `bench-process` runs this.
pub(crate) const COMMAND: &str = "memory";
/// The hidden command by which it runs the program, which then waits for it.
pub(crate) const TRACED_COMMAND: &str = "traced";

/// The memory of one run at its exit, in KiB.
pub(super) struct Resident {
    /// Pages in memory, those of files included.
    pub(super) all: f64,
    /// Pages that no file has: heap, stacks, and what was written to, relocated data among it.
    pub(super) own: f64,
}

/// Handles `xtask memory <program> <argument>...`; the program's own output is discarded.
pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(TRACED_COMMAND).args(arguments.raw_args()?).stdin(Stdio::null()).stdout(Stdio::null());
    let pid = Pid::from_raw(command.spawn()?.id().try_into()?);
    // It stops when the program is loaded.
    match waitpid(pid, None)? {
        WaitStatus::Stopped(..) => {}
        status => return Err(format!("the program was not started ({status:?})").into()),
    }
    ptrace::setoptions(pid, Options::PTRACE_O_TRACEEXIT)?;
    ptrace::cont(pid, None)?;
    loop {
        match waitpid(pid, None)? {
            WaitStatus::PtraceEvent(..) => {
                let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
                println!("{} {}", field(&rollup, "Rss:")?, field(&rollup, "Anonymous:")?);
                ptrace::cont(pid, None)?;
            }
            WaitStatus::Stopped(_, signal) => {
                ptrace::cont(pid, Some(signal).filter(|it| *it != Signal::SIGTRAP))?;
            }
            WaitStatus::Exited(_, 0) => return Ok(()),
            status => return Err(format!("the program failed ({status:?})").into()),
        }
    }
}

/// Handles `xtask traced <program> <argument>...`: becomes that program, traced by the process that started this one.
pub(crate) fn traced(arguments: &mut Parser) -> Result<(), Failure> {
    let program = arguments.value()?;
    ptrace::traceme()?;
    let error: io::Error = Command::new(program).args(arguments.raw_args()?).exec();
    Err(error.into())
}

fn field(rollup: &str, name: &str) -> Result<u64, Failure> {
    let line = rollup.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    number.ok_or_else(|| format!("smaps_rollup has no {name}").into())
}

impl Resident {
    /// Reads the output of [`command`].
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [all, own] => Ok(Self { all: all.parse()?, own: own.parse()? }),
            _ => Err("no two numbers of memory were printed".into()),
        }
    }
}
