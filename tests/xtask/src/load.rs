//! Busy processes that run beside the tests, to check that the tests hold on a loaded machine.

use std::{
    env,
    io::{self, Read as _},
    process::{self, Child, Command, Stdio},
    thread,
};

use lexopt::Parser;

use crate::failure::Failure;

/// The hidden command by which `test --under-load` runs this.
pub(crate) const COMMAND: &str = "busy";

/// Busy processes per processor: eight on two processors, so that a test gets a fifth of the machine.
const PER_PROCESSOR: usize = 4;

/// A group of busy processes, which end when it is dropped.
pub(crate) struct Load {
    processes: Vec<Child>,
}

impl Load {
    pub(crate) fn begin() -> Result<Self, Failure> {
        let count = PER_PROCESSOR * thread::available_parallelism()?.get();
        let this = env::current_exe()?;
        let mut load = Self { processes: Vec::new() };
        for _ in 0..count {
            // The pipe closes however this process ends, and the busy processes end with it.
            load.processes.push(Command::new(&this).arg(COMMAND).stdin(Stdio::piped()).spawn()?);
        }
        println!("busy processes beside the steps: {count}");
        Ok(load)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Computes until standard input is closed.
pub(crate) fn command(arguments: &mut Parser) -> Result<(), Failure> {
    if let Some(unexpected) = arguments.next()? {
        return Err(unexpected.unexpected().into());
    }
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    let mut value = 1_u64;
    loop {
        value = std::hint::black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}
