//! A simulated NOR flash whose power can be cut at any of its steps.

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};

/// A flash that programs `WRITE` bytes at once and erases `ERASE` bytes at once.
#[derive(Clone)]
pub(crate) struct Flash<const WRITE: usize, const ERASE: usize> {
    pub(crate) bytes: Vec<u8>,
    /// Steps until the power is cut: each programs or erases one unit.
    pub(crate) steps_left: Option<usize>,
    /// Steps so far.
    pub(crate) steps: usize,
    seed: u32,
}

/// The power is off, or the caller violates the rules of NOR flash.
#[derive(Debug)]
pub(crate) struct Off;

impl NorFlashError for Off {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl<const WRITE: usize, const ERASE: usize> Flash<WRITE, ERASE> {
    /// Returns a flash with arbitrary content.
    pub(crate) fn new(units: usize, seed: u32) -> Self {
        let mut flash = Self { bytes: Vec::new(), steps_left: None, steps: 0, seed: seed | 1 };
        flash.bytes = (0..units * ERASE).map(|_| flash.random()).collect();
        flash
    }

    pub(crate) fn erased(units: usize) -> Self {
        Self { bytes: vec![0xff; units * ERASE], ..Self::new(units, 1) }
    }

    /// xorshift32.
    pub(crate) fn random(&mut self) -> u8 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 17;
        self.seed ^= self.seed << 5;
        self.seed.to_le_bytes()[1]
    }

    /// Changes one unit to `target`. If the power is cut meanwhile, each bit has its old or its new value, or is undefined.
    fn step(&mut self, at: usize, target: &[u8]) -> Result<(), Off> {
        self.steps += 1;
        let is_cut = match &mut self.steps_left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if !is_cut {
            self.bytes[at..at + target.len()].copy_from_slice(target);
            return Ok(());
        }
        match self.random() % 4 {
            // Not begun.
            0 => {}
            // Complete, but not reported.
            1 => self.bytes[at..at + target.len()].copy_from_slice(target),
            // The beginning of it.
            2 => {
                let count = usize::from(self.random()) % (target.len() + 1);
                self.bytes[at..at + count].copy_from_slice(&target[..count]);
            }
            // Some bits.
            _ => {
                for (offset, target) in target.iter().enumerate() {
                    let changed = self.random();
                    let old = self.bytes[at + offset];
                    self.bytes[at + offset] = (old & !changed) | (target & changed);
                }
            }
        }
        Err(Off)
    }
}

impl<const WRITE: usize, const ERASE: usize> ErrorType for Flash<WRITE, ERASE> {
    type Error = Off;
}

impl<const WRITE: usize, const ERASE: usize> ReadNorFlash for Flash<WRITE, ERASE> {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Off> {
        let offset = offset as usize;
        assert!(offset.is_multiple_of(Self::READ_SIZE) && bytes.len().is_multiple_of(Self::READ_SIZE));
        bytes.copy_from_slice(self.bytes.get(offset..offset + bytes.len()).ok_or(Off)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WRITE: usize, const ERASE: usize> NorFlash for Flash<WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Off> {
        let (from, to) = (from as usize, to as usize);
        assert!(from.is_multiple_of(ERASE) && to.is_multiple_of(ERASE) && to <= self.bytes.len());
        (from..to).step_by(ERASE).try_for_each(|at| self.step(at, &[0xff; ERASE]))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Off> {
        let offset = offset as usize;
        assert!(offset.is_multiple_of(WRITE) && bytes.len().is_multiple_of(WRITE));
        for (index, unit) in bytes.chunks(WRITE).enumerate() {
            let at = offset + index * WRITE;
            let place = &self.bytes[at..at + WRITE];
            // Flash with error correction permits one write of a unit between two erasures.
            assert!(place.iter().all(|byte| *byte == 0xff), "a unit is written twice");
            self.step(at, unit)?;
        }
        Ok(())
    }
}
