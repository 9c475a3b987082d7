//! The commit record of a slot, and the checksum.

use crc::{CRC_32_ISO_HDLC, Crc, Digest, NoTable};

use crate::error::RegionError;

/// The length of a commit record in bytes.
pub const RECORD: usize = 32;

const MAGIC: [u8; 4] = *b"GTKS";
const VERSION: u8 = 1;
/// Offsets in a record.
const NUMBER: usize = 8;
const LENGTH: usize = 12;
const CHECKSUM: usize = 28;

static CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// A checksum that is computed in parts.
pub(crate) struct Checksum(Digest<'static, u32, NoTable>);

impl Checksum {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn value(self) -> u32 {
        self.0.finalize()
    }
}

/// The commit record of a text.
#[derive(Clone, Copy)]
pub(crate) struct Record([u8; RECORD]);

impl Record {
    /// Returns the record of a text of this length, without its checksum.
    pub(crate) fn new(number: u32, length: u32) -> Self {
        let mut record = Self([0xff; RECORD]);
        record.put(0, MAGIC);
        record.put(MAGIC.len(), [VERSION]);
        record.put(NUMBER, number.to_le_bytes());
        record.put(LENGTH, length.to_le_bytes());
        record
    }

    /// Returns the complete record.
    pub(crate) fn with_checksum(mut self, checksum: u32) -> [u8; RECORD] {
        self.put(CHECKSUM, checksum.to_le_bytes());
        self.0
    }

    /// Returns a record of the known version. It is verified only together with its text: both have one checksum.
    pub(crate) fn decode(bytes: [u8; RECORD]) -> Result<Self, RegionError> {
        let [m0, m1, m2, m3, version, ..] = bytes;
        match version {
            _ if [m0, m1, m2, m3] != MAGIC => Err(RegionError::Missing),
            VERSION => Ok(Self(bytes)),
            _ => Err(RegionError::Version(version)),
        }
    }

    /// Returns the number of the write.
    pub(crate) fn number(&self) -> u32 {
        self.word(NUMBER)
    }

    /// Returns the length of the text in bytes.
    pub(crate) fn length(&self) -> u32 {
        self.word(LENGTH)
    }

    /// Returns the checksum of the bytes before it in the record, and of the text.
    pub(crate) fn checksum(&self) -> u32 {
        self.word(CHECKSUM)
    }

    /// Returns the checksum of the record, to which the text has to be added.
    pub(crate) fn digest(&self) -> Checksum {
        let mut checksum = Checksum(CRC.digest());
        checksum.add(self.0.get(..CHECKSUM).unwrap_or_default());
        checksum
    }

    /// Returns whether this record was written after the other one. Numbers wrap.
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        self.number().wrapping_sub(other.number()).cast_signed() > 0
    }

    fn word(&self, at: usize) -> u32 {
        self.0.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn put<const N: usize>(&mut self, at: usize, value: [u8; N]) {
        if let Some(place) = self.0.get_mut(at..).and_then(|bytes| bytes.first_chunk_mut()) {
            *place = value;
        }
    }
}
