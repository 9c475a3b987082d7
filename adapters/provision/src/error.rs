//! Why settings cannot be read or written.

use core::fmt;

/// Why settings cannot be read or written. Holds no byte of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegionError {
    /// There are none: no slot has a record.
    Missing,
    /// They are damaged, or were not written completely: record and text do not match their checksum.
    Damaged,
    /// They have another version of the format.
    Version(u8),
    /// They do not fit.
    TooLong {
        /// Their length in bytes.
        needed: u32,
        /// The capacity in bytes, of the buffer or of a slot.
        capacity: u32,
    },
    /// The slots do not fit the flash: a slot is a multiple of its erase unit and of [`RECORD`](crate::RECORD), and a write or read unit divides [`RECORD`](crate::RECORD).
    Geometry,
    /// The flash failed, or holds something else than was written to it.
    Flash,
}

impl fmt::Display for RegionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there are no settings in the flash region; provision the device"),
            Self::Damaged => {
                f.write_str("the settings in the flash region are damaged; provision the device again")
            }
            Self::Version(version) => write!(
                f,
                "the settings in the flash region have version {version} of their format, and this program knows version 1; \
                 provision the device with the program's own version of the tool"
            ),
            Self::TooLong { needed, capacity } => write!(
                f,
                "the settings have {needed} bytes, and there is space for {capacity}; shorten them, or choose larger slots"
            ),
            Self::Geometry => f.write_str(
                "the slots do not fit the flash: their size must be a multiple of its erase unit and of 32, and larger than 32",
            ),
            Self::Flash => f.write_str("the flash cannot be read or written"),
        }
    }
}

impl core::error::Error for RegionError {}
