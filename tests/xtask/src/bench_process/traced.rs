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

/// Handles `xtask memory <program> <argument>...`; the program's own output is discarded. `becoming` is the command of [`become_program`].
pub(super) fn print_memory(arguments: &mut Parser, becoming: &str) -> Result<(), Failure> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(becoming).args(arguments.raw_args()?).stdin(Stdio::null()).stdout(Stdio::null());
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
pub(crate) fn become_program(arguments: &mut Parser) -> Result<(), Failure> {
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
