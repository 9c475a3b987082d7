//! The flash as the chip decrypts it. Where flash encryption is off, it is read as it is.

use embedded_storage::nor_flash::{ErrorType, ReadNorFlash};
use esp_storage::{FlashStorage, FlashStorageError};

pub(crate) struct Flash(pub(crate) FlashStorage<'static>);

impl ErrorType for Flash {
    type Error = FlashStorageError;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashStorageError> {
        self.0.read_encrypted(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}
