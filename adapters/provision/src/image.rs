//! A region in memory.

use core::fmt;

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};

/// Flash in memory, for programs that make or read a device's region. It writes and erases single bytes. Every access beyond its end is
/// [`OutOfBounds`].
pub struct Image<'b>(&'b mut [u8]);

impl<'b> Image<'b> {
    /// Returns flash with this content; erased flash is 0xFF.
    pub const fn new(bytes: &'b mut [u8]) -> Self {
        Self(bytes)
    }

    fn part(&mut self, from: u32, length: usize) -> Result<&mut [u8], OutOfBounds> {
        let from = usize::try_from(from).map_err(|_| OutOfBounds)?;
        let to = from.checked_add(length).ok_or(OutOfBounds)?;
        self.0.get_mut(from..to).ok_or(OutOfBounds)
    }
}

/// Shows only the size: the content has a secret.
impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Image").field(&self.0.len()).finish()
    }
}

/// An access beyond the end of an [`Image`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds;

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the image is smaller than the region; check the size of the slots")
    }
}

impl core::error::Error for OutOfBounds {}

impl NorFlashError for OutOfBounds {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::OutOfBounds
    }
}

impl ErrorType for Image<'_> {
    type Error = OutOfBounds;
}

impl ReadNorFlash for Image<'_> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), OutOfBounds> {
        bytes.copy_from_slice(self.part(offset, bytes.len())?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Image<'_> {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = 1;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), OutOfBounds> {
        let length =
            to.checked_sub(from).and_then(|length| usize::try_from(length).ok()).ok_or(OutOfBounds)?;
        self.part(from, length)?.fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        self.part(offset, bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }
}
