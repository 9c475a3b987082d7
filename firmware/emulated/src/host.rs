//! Services of the host, by semihosting: settings, random numbers, and the emulator's exit status.
//!
//! None of this exists on a device. A real board has a flash region and a random number generator instead.

use embedded_storage::nor_flash::{ErrorType, NorFlashErrorKind, ReadNorFlash};
use gateway::Region;
use rand_core::{CryptoRng, Error, RngCore};
use semihosting::c;
use semihosting::experimental::random;
use semihosting::fs::File;
use semihosting::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

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

/// Reads the test mode from the file `test-mode` in the emulator's working directory, if there is one. It contains one letter, because names would take flash.
#[must_use]
pub fn test_mode() -> TestMode {
    let mut letter = [0];
    let read = File::open(c!("test-mode")).and_then(|mut file| file.read(&mut letter));
    match letter {
        _ if read.is_err() => TestMode::None,
        [b's'] => TestMode::SkipIdle,
        [b'i'] => TestMode::CountInstructions,
        [b'p'] => TestMode::Panic,
        [b'o'] => TestMode::StackOverflow,
        [b'n'] => TestMode::NoController,
        [b'h'] => TestMode::HangingStart,
        _ => TestMode::None,
    }
}

/// The flash region with the settings: the file `settings` in the emulator's working directory. Beyond its end, flash is erased.
#[derive(Debug)]
pub struct SettingsFlash(Option<File>);

impl SettingsFlash {
    /// The slots of the region.
    pub const REGION: Region = Region::new(0, 4096);

    /// Opens the file. Without one, the whole region is erased.
    #[must_use]
    pub fn open() -> Self {
        Self(File::open(c!("settings")).ok())
    }
}

impl ErrorType for SettingsFlash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for SettingsFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        bytes.fill(0xff);
        let Some(file) = &mut self.0 else { return Ok(()) };
        if file.seek(SeekFrom::Start(offset.into())).is_ok() {
            let _ = file.read(bytes).map_err(|_| NorFlashErrorKind::Other)?;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        2 * 4096
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
