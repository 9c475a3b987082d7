//! Services of the host, by semihosting: settings, random numbers, and the emulator's exit status.
//!
//! None of this exists on a device. A real board has a flash region and a random number generator instead.

use core::ffi::CStr;

use rand_core::{CryptoRng, Error, RngCore};
use semihosting::c;
use semihosting::experimental::random;
use semihosting::fs::File;
use semihosting::io::{self, Read as _, Write as _};

/// The emulator's exit status.
#[derive(Clone, Copy, Debug)]
pub enum Exit {
    /// All requested calls were answered.
    Done = 0,
    /// The program gave up.
    Failed = 1,
    /// A panic.
    Panic = 101,
    /// A processor fault, for example a stack overflow.
    Fault = 102,
}

/// Ends the emulation.
pub fn exit(how: Exit) -> ! {
    semihosting::process::exit(how as i32)
}

/// Writes to the host's standard error, for messages that can no longer be logged.
pub fn write_stderr(text: &str) {
    if let Ok(mut stderr) = io::stderr() {
        let _ = stderr.write_all(text.as_bytes());
    }
}

/// Behaviour that a test requests of this board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestMode {
    /// None: the gateway runs as on a device.
    None,
    /// Idle time is skipped: see `time_skip`.
    SkipIdle,
    /// Lines of the log are stamped with instructions.
    CountInstructions,
    /// A panic at the start.
    Panic,
    /// A stack overflow at the start.
    StackOverflow,
    /// There is no network controller.
    NoController,
    /// The start of the network never completes.
    HangingStart,
}

/// Reads the test mode from the file `test-mode` in the emulator's working directory, if there is one.
#[must_use]
pub fn test_mode() -> TestMode {
    match read(c!("test-mode"), &mut [0; 32]).as_deref() {
        Ok(b"skip-idle") => TestMode::SkipIdle,
        Ok(b"count-instructions") => TestMode::CountInstructions,
        Ok(b"panic") => TestMode::Panic,
        Ok(b"stack-overflow") => TestMode::StackOverflow,
        Ok(b"no-controller") => TestMode::NoController,
        Ok(b"hanging-start") => TestMode::HangingStart,
        _ => TestMode::None,
    }
}

/// Reads the file `settings` in the emulator's working directory; returns the part of the buffer that it fills.
pub fn settings(buffer: &mut [u8]) -> io::Result<&mut [u8]> {
    read(c!("settings"), buffer)
}

fn read<'b>(path: &CStr, buffer: &'b mut [u8]) -> io::Result<&'b mut [u8]> {
    let mut file = File::open(path)?;
    let mut length = 0;
    loop {
        match file.read(buffer.get_mut(length..).unwrap_or_default())? {
            0 if length < buffer.len() => return Ok(buffer.get_mut(..length).unwrap_or_default()),
            // The buffer is full, so the file may be longer.
            0 => return Err(io::ErrorKind::InvalidInput.into()),
            count => length += count,
        }
    }
}

/// The random number generator of the host's operating system.
#[derive(Clone, Copy, Debug)]
pub struct HostRandom;

impl RngCore for HostRandom {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        // Without random numbers there are no keys, and the trait has no error to return.
        random::fill_bytes(dest).expect("the host has a source of random numbers");
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for HostRandom {}
