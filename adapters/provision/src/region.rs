//! The region with its two slots: reading and writing.

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};

use crate::error::RegionError;
use crate::record::{RECORD, Record};

/// The place of the settings in a flash: two slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    start: u32,
    slot: u32,
}

/// The length of a record as an offset.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "32")]
const TEXT_OFFSET: u32 = RECORD as u32;

impl Region {
    /// Returns the region of two slots of `slot` bytes each, from `start` on, an offset in the flash.
    #[must_use]
    pub const fn new(start: u32, slot: u32) -> Self {
        Self { start, slot }
    }

    /// Returns the longest text that a slot holds, in bytes.
    #[must_use]
    pub const fn capacity(self) -> u32 {
        self.slot.saturating_sub(TEXT_OFFSET)
    }

    /// Reads the newest valid settings into `place`, and returns the part that they fill. `place` must be at least as long as they are,
    /// in whole read units of the flash.
    ///
    /// # Errors
    ///
    /// [`RegionError`], of the first slot that has a record. `place` may hold a part of the settings then.
    pub fn read<'p, F: ReadNorFlash>(
        self,
        flash: &mut F,
        place: &'p mut [u8],
    ) -> Result<&'p mut [u8], RegionError> {
        if !RECORD.is_multiple_of(F::READ_SIZE) {
            return Err(RegionError::Geometry);
        }
        let mut load = |flash: &mut F, start, record: &Record| {
            let capacity = u32::try_from(place.len()).unwrap_or(u32::MAX).min(self.capacity());
            let too_long = RegionError::TooLong { needed: record.length(), capacity };
            if record.length() > capacity {
                return Err(too_long);
            }
            let length = usize::try_from(record.length()).unwrap_or(usize::MAX);
            let units =
                length.checked_next_multiple_of(F::READ_SIZE).and_then(|units| place.get_mut(..units));
            let units = units.ok_or(too_long)?;
            flash.read(start, units).map_err(|_| RegionError::Flash)?;
            let mut checksum = record.digest();
            checksum.add(units.get(..length).unwrap_or_default());
            Ok(checksum.value())
        };
        let (slot, _) = self.newest(flash, &mut load)?;
        // Once more: `place` may hold the text of the other slot.
        let record = valid(flash, slot, &mut load)?;
        Ok(usize::try_from(record.length())
            .ok()
            .and_then(|length| place.get_mut(..length))
            .unwrap_or_default())
    }

    /// Writes new settings. A power cut leaves the old ones or the new ones.
    ///
    /// # Errors
    ///
    /// [`RegionError`]: the slots do not fit the flash, the text does not fit a slot, or the flash failed. The old settings are still valid.
    pub fn write<F: NorFlash>(self, flash: &mut F, text: &[u8]) -> Result<(), RegionError> {
        let erase = u32::try_from(F::ERASE_SIZE).unwrap_or(u32::MAX);
        let fits = RECORD.is_multiple_of(F::READ_SIZE)
            && RECORD.is_multiple_of(F::WRITE_SIZE)
            && self.slot > TEXT_OFFSET
            && self.slot.is_multiple_of(erase)
            && self.slot.is_multiple_of(TEXT_OFFSET)
            && self.start.is_multiple_of(erase);
        if !fits {
            return Err(RegionError::Geometry);
        }
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        if length > self.capacity() {
            return Err(RegionError::TooLong { needed: length, capacity: self.capacity() });
        }
        let current = self.newest(flash, &mut |flash, start, record| {
            let fits = record.length() <= self.capacity();
            if fits { stored_checksum(flash, start, record) } else { Err(RegionError::Damaged) }
        });
        let (start, number) = match current {
            Ok((newest, record)) => {
                let other = if newest == self.start { self.second() } else { self.start };
                (other, record.number().wrapping_add(1))
            }
            Err(RegionError::Flash) => return Err(RegionError::Flash),
            Err(_) => (self.start, 0),
        };
        flash.erase(start, start.saturating_add(self.slot)).map_err(|_| RegionError::Flash)?;
        let record = Record::new(number, length);
        write_text(flash, start, text)?;
        let mut checksum = record.digest();
        checksum.add(text);
        let checksum = checksum.value();
        if stored_checksum(flash, start.saturating_add(TEXT_OFFSET), &record)? != checksum {
            return Err(RegionError::Flash);
        }
        flash.write(start, &record.with_checksum(checksum)).map_err(|_| RegionError::Flash)
    }

    /// Returns the offset of the second slot in the flash.
    const fn second(self) -> u32 {
        self.start.saturating_add(self.slot)
    }

    /// Returns the offset and the record of the newest valid slot.
    fn newest<F: ReadNorFlash>(
        self,
        flash: &mut F,
        checksum: &mut impl FnMut(&mut F, u32, &Record) -> Result<u32, RegionError>,
    ) -> Result<(u32, Record), RegionError> {
        let first = valid(flash, self.start, checksum);
        let second = valid(flash, self.second(), checksum);
        match (first, second) {
            (Ok(first), Ok(second)) if second.is_newer_than(&first) => Ok((self.second(), second)),
            (Ok(first), _) => Ok((self.start, first)),
            (Err(_), Ok(second)) => Ok((self.second(), second)),
            (Err(RegionError::Missing), Err(error)) | (Err(error), Err(_)) => Err(error),
        }
    }
}

/// Returns the record of a slot, if it is valid. `checksum` computes the checksum of a record and of the text at an offset.
fn valid<F: ReadNorFlash>(
    flash: &mut F,
    slot: u32,
    checksum: &mut impl FnMut(&mut F, u32, &Record) -> Result<u32, RegionError>,
) -> Result<Record, RegionError> {
    let mut bytes = [0; RECORD];
    flash.read(slot, &mut bytes).map_err(|_| RegionError::Flash)?;
    let record = Record::decode(bytes)?;
    let computed = checksum(flash, slot.saturating_add(TEXT_OFFSET), &record)?;
    if computed == record.checksum() { Ok(record) } else { Err(RegionError::Damaged) }
}

/// Computes the checksum of a record and of the text in the flash, in pieces.
fn stored_checksum<F: ReadNorFlash>(flash: &mut F, start: u32, record: &Record) -> Result<u32, RegionError> {
    let mut checksum = record.digest();
    let mut left = usize::try_from(record.length()).unwrap_or(usize::MAX);
    let mut offset = start;
    while left > 0 {
        let mut piece = [0; RECORD];
        flash.read(offset, &mut piece).map_err(|_| RegionError::Flash)?;
        let piece = piece.get(..left.min(RECORD)).unwrap_or_default();
        checksum.add(piece);
        left -= piece.len();
        offset = offset.saturating_add(TEXT_OFFSET);
    }
    Ok(checksum.value())
}

/// Writes a text behind the place of its record.
fn write_text<F: NorFlash>(flash: &mut F, slot: u32, text: &[u8]) -> Result<(), RegionError> {
    let mut offset = slot;
    for piece in text.chunks(RECORD) {
        let mut unit = [0xff; RECORD];
        for (to, from) in unit.iter_mut().zip(piece) {
            *to = *from;
        }
        offset = offset.saturating_add(TEXT_OFFSET);
        flash.write(offset, &unit).map_err(|_| RegionError::Flash)?;
    }
    Ok(())
}
