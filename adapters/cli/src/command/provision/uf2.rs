//! UF2, the file format of boot loaders that appear as a disk: blocks of 512 bytes, each with 256 bytes of flash and their address
//! (<https://github.com/microsoft/uf2>).

use clap::builder::PossibleValue;
use zeroize::Zeroizing;

use crate::exit::{Exit, Problem};

/// A chip whose boot loader takes UF2 files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Family {
    #[default]
    Rp2350,
    Stm32H7,
}

impl Family {
    const ALL: [Self; 2] = [Self::Rp2350, Self::Stm32H7];

    /// Returns the chip's number in the list of UF2 families; for the RP2350, that of its Arm cores in secure state, in which images run.
    const fn id(self) -> u32 {
        match self {
            Self::Rp2350 => 0xe48b_ff59,
            Self::Stm32H7 => 0x6db6_6082,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Rp2350 => "rp2350",
            Self::Stm32H7 => "stm32h7",
        }
    }
}

impl clap::ValueEnum for Family {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(format!("{:#010x}", self.id())))
    }
}

const BLOCK: usize = 512;
const PAYLOAD: usize = 256;
const HEADER: usize = 32;
const MAGIC: [u32; 2] = [0x0a32_4655, 0x9e5d_5157];
const END: u32 = 0x0ab1_6f30;
/// The last word of the header is the family.
const HAS_FAMILY: u32 = 0x2000;

/// Returns whether the content begins like a UF2 file.
pub(super) fn is_uf2(content: &[u8]) -> bool {
    content.starts_with(&MAGIC[0].to_le_bytes())
}

/// Returns the file that writes these bytes to the flash at `address`.
pub(super) fn encode(bytes: &[u8], address: u32, family: Family) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let count = bytes.len() / PAYLOAD;
    let (Ok(total), true) = (u32::try_from(count), bytes.len().is_multiple_of(PAYLOAD)) else {
        return Err(Problem::setting("--slot-size", "must be a multiple of 128 in a UF2 file"));
    };
    if !address.is_multiple_of(256) || address.checked_add(total.saturating_mul(256)).is_none() {
        return Err(Problem::setting(
            "--address",
            "must be a multiple of 256, the size of a flash page, and the region must end below 4 GiB",
        ));
    }
    let mut file = Zeroizing::new(Vec::with_capacity(count * BLOCK));
    for (number, payload) in (0..total).zip(bytes.chunks_exact(PAYLOAD)) {
        let header =
            [MAGIC[0], MAGIC[1], HAS_FAMILY, address + number * 256, 256, number, total, family.id()];
        file.extend(header.into_iter().flat_map(u32::to_le_bytes));
        file.extend_from_slice(payload);
        file.extend(std::iter::repeat_n(0, BLOCK - HEADER - PAYLOAD - 4));
        file.extend(END.to_le_bytes());
    }
    Ok(file)
}

/// Returns the bytes of a file, from its lowest address on, at most `limit`. Bytes that no block writes are 0xFF, as in erased flash.
pub(super) fn decode(content: &[u8], limit: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let malformed = || Problem::new(Exit::Usage, "FILE: is not a complete UF2 file; copy it again");
    let (blocks, []) = content.as_chunks::<BLOCK>() else { return Err(malformed()) };
    let is_valid = |block: &[u8; BLOCK]| {
        [word(block, 0), word(block, 4)] == MAGIC && word(block, BLOCK - 4) == END && word(block, 16) == 256
    };
    if !blocks.iter().all(is_valid) {
        return Err(malformed());
    }
    if let Some(id) = blocks.iter().find_map(unknown_family) {
        let known =
            Family::ALL.map(|family| format!("{} ({:#010x})", family.name(), family.id())).join(" and ");
        let why = format!(
            "FILE: is a UF2 file for the family {id:#010x}, and only {known} are known; was it made for another chip? A region \
             that was read as binary needs no family"
        );
        return Err(Problem::new(Exit::Usage, why));
    }
    let start = blocks.iter().map(|block| word(block, 12)).min().ok_or_else(malformed)?;
    let mut bytes = Zeroizing::new(vec![0xff; limit]);
    for block in blocks {
        let at = usize::try_from(word(block, 12) - start).unwrap_or(usize::MAX);
        let payload = block.iter().skip(HEADER).take(PAYLOAD);
        for (to, from) in bytes.iter_mut().skip(at).zip(payload) {
            *to = *from;
        }
    }
    Ok(bytes)
}

/// Returns the family of a block, if it is none of [`Family`].
fn unknown_family(block: &[u8; BLOCK]) -> Option<u32> {
    let id = word(block, HEADER - 4);
    let is_known = word(block, 8) & HAS_FAMILY != 0 && Family::ALL.iter().any(|family| family.id() == id);
    (!is_known).then_some(id)
}

fn word(block: &[u8; BLOCK], at: usize) -> u32 {
    block.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
