#![doc = include_str!("../README.md")]
//!
//! # The region
//!
//! Two slots of the same size, one after the other, each a whole number of the flash's erase units. All numbers are little-endian. A slot begins
//! with its commit record of [`RECORD`] bytes, which the text follows:
//!
//! | offset | bytes | |
//! |--:|--:|---|
//! | 0 | 4 | `GTKS` |
//! | 4 | 1 | version of this format: 1 |
//! | 5 | 3 | 0xFF |
//! | 8 | 4 | number of the write, which may wrap; the slot with the higher one is newer |
//! | 12 | 4 | length of the text in bytes |
//! | 16 | 12 | 0xFF |
//! | 28 | 4 | CRC-32 (ISO-HDLC, as in Ethernet) of the 28 bytes before it and of the text |
//!
//! What follows the text is 0xFF. A slot is valid if its version is known and its checksum is right. The newer valid slot is read.
//!
//! A write erases the slot that is not read, writes the text, reads it back, and writes the record last, by one write of the flash. So a power
//! cut leaves the old settings or the new ones, and a slot without a valid record is never read. The record is as long as the largest
//! unit that a flash of the project's boards writes at once (STM32H7), and a multiple of smaller ones.
//!
//! A flash with error correction may refuse to read a unit whose writing was cut. If its driver returns an error, the other slot is
//! read; if the processor takes a fault instead (STM32H7), the board needs a handler for it.
#![no_std]
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod error;
#[cfg(feature = "defmt")]
mod format;
mod image;
mod record;
mod region;
mod settings;
#[cfg(feature = "wifi")]
mod wifi;

pub use error::RegionError;
pub use image::{Image, OutOfBounds};
pub use record::RECORD;
pub use region::Region;
pub use settings::{Clock, Schedule, Settings, SettingsError};
#[cfg(feature = "wifi")]
pub use wifi::Wifi;

/// The longest text that the project's boards read, in bytes.
pub const MAX_TEXT: usize = 4096;
