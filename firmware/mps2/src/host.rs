//! What the host gives this board by semihosting: settings, random numbers, the time, and an end.
//!
//! None of this exists on a device. A real board has a flash region, a random number generator and SNTP in its place.

use core::ffi::CStr;

use rand_core::{CryptoRng, Error, RngCore};
use semihosting::c;
use semihosting::experimental::random;
use semihosting::fs::File;
use semihosting::io::{self, Read as _, Write as _};

/// How the emulation ends, as the emulator's exit status.
#[derive(Clone, Copy, Debug)]
pub enum Exit {
    /// All that was asked for is done.
    Done = 0,
    /// It could not be done.
    Failed = 1,
    /// A panic.
    Panic = 101,
    /// A fault of the processor: the stack's end was reached, say.
    Fault = 102,
}

/// Ends the emulation.
pub fn exit(how: Exit) -> ! {
    semihosting::process::exit(how as i32)
}

/// Says something on the host's standard error, for what cannot be logged any more.
pub fn say(words: &str) {
    if let Ok(mut stderr) = io::stderr() {
        let _ = stderr.write_all(words.as_bytes());
    }
}

/// What a test wants of this board besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    None,
    /// Time in which nothing is to be done is left out.
    Hurry,
    /// Lines of the log are stamped with instructions.
    Count,
    /// A panic.
    Panic,
    /// A stack that never ends.
    Overflow,
}

/// The wish: the file `wish` in the folder where the emulator runs, if there is one.
#[must_use]
pub fn wish() -> Wish {
    match read(c!("wish"), &mut [0; 16]).as_deref() {
        Ok(b"hurry") => Wish::Hurry,
        Ok(b"count") => Wish::Count,
        Ok(b"panic") => Wish::Panic,
        Ok(b"overflow") => Wish::Overflow,
        _ => Wish::None,
    }
}

/// The settings: the file `settings` in the folder where the emulator runs. Gives what was read of it.
pub fn settings(buffer: &mut [u8]) -> io::Result<&mut [u8]> {
    read(c!("settings"), buffer)
}

fn read<'b>(path: &CStr, buffer: &'b mut [u8]) -> io::Result<&'b mut [u8]> {
    let mut file = File::open(path)?;
    let mut length = 0;
    loop {
        match file.read(buffer.get_mut(length..).unwrap_or_default())? {
            0 if length < buffer.len() => return Ok(buffer.get_mut(..length).unwrap_or_default()),
            // More may stand behind what fits.
            0 => return Err(io::ErrorKind::InvalidInput.into()),
            count => length += count,
        }
    }
}

/// Random numbers of the host's operating system.
#[derive(Clone, Copy, Debug)]
pub struct RandomOfTheHost;

impl RngCore for RandomOfTheHost {
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
        // There is no key without random numbers, and no way to go on.
        random::fill_bytes(dest).expect("the host has a source of random numbers");
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for RandomOfTheHost {}
