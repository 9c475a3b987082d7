//! The memory of a program when it exits. [`super::traced`] prints it; other systems than Linux have no exact count.

use lexopt::Parser;

#[cfg(target_os = "linux")]
pub(crate) use super::traced::become_program as traced;
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

/// Handles `xtask memory <program> <argument>...`.
#[cfg(target_os = "linux")]
pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    super::traced::print_memory(arguments, TRACED_COMMAND)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn command(_: &mut Parser) -> Result<(), Failure> {
    Err("memory is counted on Linux only".into())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn traced(arguments: &mut Parser) -> Result<(), Failure> {
    command(arguments)
}

impl Resident {
    /// Reads the output of `command`.
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [all, own] => Ok(Self { all: all.parse()?, own: own.parse()? }),
            _ => Err("no two numbers of memory were printed".into()),
        }
    }
}
