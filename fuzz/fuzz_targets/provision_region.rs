//! A flash region with hostile content, compared with a second implementation of the rules in the documentation of `genesys_token_provision`.
#![no_main]

use genesys_token_provision::{Image, RECORD, Region, RegionError, Settings};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((signed, flash)) = input.split_first() else { return Corpus::Reject };
    let slot = flash.len() / (2 * RECORD) * RECORD;
    let Ok(size) = u32::try_from(slot) else { return Corpus::Reject };
    if slot <= RECORD {
        return Corpus::Reject;
    }
    let mut flash = flash.to_vec();
    for index in 0..2 {
        if signed >> index & 1 == 1 {
            sign(&mut flash[index * slot..][..slot]);
        }
    }
    let slots: Vec<_> = flash.chunks(slot).take(2).map(expected).collect();
    let expected = match (&slots[0], &slots[1]) {
        (Ok((first, one)), Ok((second, two))) => {
            Ok(if second.wrapping_sub(*first).cast_signed() > 0 { two } else { one })
        }
        (Ok((_, text)), Err(_)) | (Err(_), Ok((_, text))) => Ok(text),
        (Err(RegionError::Missing), Err(error)) | (Err(error), Err(_)) => Err(*error),
    };
    let region = Region::new(0, size);
    let mut place = vec![0; slot];
    let read = region.read(&mut Image::new(&mut flash), &mut place).map(|text| text.to_vec());
    assert_eq!(read, expected.cloned());
    if let Ok(mut text) = read {
        settings(&mut text);
    }

    let text = &input[..input.len().min(slot - RECORD)];
    region.write(&mut Image::new(&mut flash), text).expect("it fits");
    assert_eq!(region.read(&mut Image::new(&mut flash), &mut place).as_deref(), Ok(text));
    Corpus::Keep
});

/// Parses settings, and looks for their secret in what is shown of them.
fn settings(text: &mut [u8]) {
    if let Ok(settings) = Settings::parse(text) {
        let secret = settings.client_secret.expose();
        // A shorter text may be part of any message.
        assert!(
            secret.len() < 16 || !format!("{:?}", settings.client_secret).contains(secret),
            "the secret is shown"
        );
        assert!(!settings.client_id.as_str().is_empty());
        assert!(settings.schedule.path.starts_with('/'));
        assert!(settings.clock.given.is_some() || !settings.clock.servers().is_empty());
    }
}

/// Returns number and text of a slot.
fn expected(slot: &[u8]) -> Result<(u32, Vec<u8>), RegionError> {
    let (record, rest) = slot.split_at(RECORD);
    if &record[..4] != b"GTKS" {
        return Err(RegionError::Missing);
    }
    if record[4] != 1 {
        return Err(RegionError::Version(record[4]));
    }
    let (needed, capacity) = (word(record, 12), u32::try_from(rest.len()).expect("small"));
    let text = rest.get(..needed as usize).ok_or(RegionError::TooLong { needed, capacity })?;
    let whole = crc32(record[..28].iter().chain(text)) == word(record, 28);
    if whole { Ok((word(record, 8), text.to_vec())) } else { Err(RegionError::Damaged) }
}

/// Makes the checksum of a slot right, if its text ends within it.
fn sign(slot: &mut [u8]) {
    let length = word(slot, 12) as usize;
    let Some(text) = slot.get(RECORD..).and_then(|rest| rest.get(..length)) else { return };
    let checksum = crc32(slot[..28].iter().chain(text));
    slot[28..RECORD].copy_from_slice(&checksum.to_le_bytes());
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// CRC-32 as of Ethernet, bit by bit.
fn crc32<'b>(bytes: impl Iterator<Item = &'b u8>) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}
