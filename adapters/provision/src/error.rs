//! Errors of reading and writing a region.

use core::fmt;

/// The reason why settings cannot be read or written. Contains no byte of them.
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
    /// The slots do not fit the flash. Start and size of a slot must be multiples of its erase unit, the size also of [`RECORD`](crate::RECORD) and larger
    /// than that; read and write units must divide [`RECORD`](crate::RECORD).
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
                 provision the device with the tool of the same release as the program"
            ),
            Self::TooLong { needed, capacity } => write!(
                f,
                "the settings have {needed} bytes, and there is space for {capacity}; shorten them, or choose larger slots"
            ),
            Self::Geometry => f.write_str(
                "the slots do not fit the flash: their start and size must be multiples of its erase unit, and their size a multiple of 32 above 32",
            ),
            Self::Flash => f.write_str("the flash cannot be read, or does not keep what is written; check its driver and the address of the region"),
        }
    }
}

impl core::error::Error for RegionError {}
