//! `defmt::Format` for every public type, with the feature `defmt`. Short texts, without `core::fmt`, which would be most of the text in an image.

#![allow(
    clippy::match_same_arms,
    reason = "the arms differ in strings of the defmt table, which clippy does not see"
)]

use defmt::{Format, Formatter};

use crate::{Clock, Image, OutOfBounds, Region, RegionError, Schedule, Settings, SettingsError};

impl Format for RegionError {
    fn format(&self, fmt: Formatter<'_>) {
        match self {
            Self::Missing => defmt::write!(fmt, "there are no settings in the flash region"),
            Self::Damaged => defmt::write!(fmt, "the settings in the flash region are damaged"),
            Self::Version(version) => {
                defmt::write!(
                    fmt,
                    "the settings in the flash region have version {=u8} of their format",
                    version
                );
            }
            Self::TooLong { needed, capacity } => {
                defmt::write!(
                    fmt,
                    "the settings have {=u32} bytes, and there is space for {=u32}",
                    needed,
                    capacity
                );
            }
            Self::Geometry => defmt::write!(fmt, "the slots of the settings do not fit the flash"),
            Self::Flash => defmt::write!(fmt, "the flash region with the settings cannot be read"),
        }
    }
}

impl Format for SettingsError {
    fn format(&self, fmt: Formatter<'_>) {
        match self {
            Self::Line(line) => {
                defmt::write!(fmt, "line {=usize} of the settings is not of the form `name = value`", line);
            }
            Self::Name(line) => defmt::write!(fmt, "line {=usize} of the settings has an unknown name", line),
            Self::Value(line) => {
                defmt::write!(fmt, "the value in line {=usize} is invalid for its name", line);
            }
            Self::Missing(name) => defmt::write!(fmt, "the settings lack `{=str}`", name),
            Self::TimeServers => defmt::write!(fmt, "there are more than four `time-servers`"),
            Self::Config(_) => defmt::write!(fmt, "region, host, client id or client secret is invalid"),
            Self::Region(error) => error.format(fmt),
        }
    }
}

macro_rules! debug {
    ($($type:ty;)*) => {$(
        impl Format for $type {
            fn format(&self, fmt: Formatter<'_>) {
                defmt::write!(fmt, "{}", defmt::Debug2Format(self));
            }
        }
    )*};
}

#[cfg(feature = "wifi")]
debug! { crate::Wifi<'_>; }
debug! { Clock<'_>; Image<'_>; OutOfBounds; Region; Schedule<'_>; Settings<'_>; }
