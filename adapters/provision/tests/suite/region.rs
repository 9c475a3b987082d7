//! Reading and writing a region, and its errors.

use genesys_token_provision::{Image, RECORD, Region, RegionError, Settings, SettingsError};

use crate::flash::Flash;

type Small = Flash<4, 64>;

const REGION: Region = Region::new(0, 128);

fn read(flash: &mut Small) -> Result<Vec<u8>, RegionError> {
    REGION.read(flash, &mut [0; 96]).map(|text| text.to_vec())
}

#[test]
fn texts_of_every_length_are_read_as_written() {
    let mut flash = Small::erased(4);
    for length in 0..=usize::try_from(REGION.capacity()).unwrap() {
        let text: Vec<u8> = (0..length).map(|index| u8::try_from(index * 7 % 251).unwrap()).collect();
        REGION.write(&mut flash, &text).unwrap();
        assert_eq!(read(&mut flash).unwrap(), text);
    }
}

#[test]
fn the_number_of_writes_wraps() {
    let mut flash = Small::erased(4);
    REGION.write(&mut flash, b"one").unwrap();
    flash.bytes[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    sign(&mut flash, 3);
    for text in [&b"two"[..], b"three", b"four"] {
        REGION.write(&mut flash, text).unwrap();
        assert_eq!(read(&mut flash).unwrap(), text);
    }
    assert_eq!(flash.bytes[8..12], 1_u32.to_le_bytes());
}

#[test]
fn erased_flash_and_other_content_are_no_settings() {
    assert_eq!(read(&mut Small::erased(4)), Err(RegionError::Missing));
    assert_eq!(read(&mut Small::new(4, 7)), Err(RegionError::Missing));
}

#[test]
fn damaged_settings_are_not_read() {
    let mut flash = Small::erased(4);
    REGION.write(&mut flash, b"text").unwrap();
    let whole = flash.bytes.clone();
    for bit in 0..8 * (RECORD + 4) {
        flash.bytes.clone_from(&whole);
        flash.bytes[bit / 8] ^= 1 << (bit % 8);
        let error = read(&mut flash).unwrap_err();
        match bit / 8 {
            0..4 => assert_eq!(error, RegionError::Missing, "bit {bit}"),
            4 => assert_eq!(error, RegionError::Version(flash.bytes[4]), "bit {bit}"),
            12..16 => {
                assert!(matches!(error, RegionError::Damaged | RegionError::TooLong { .. }), "bit {bit}");
            }
            _ => assert_eq!(error, RegionError::Damaged, "bit {bit}"),
        }
    }
    // Older ones are used instead.
    flash.bytes = whole;
    REGION.write(&mut flash, b"newer").unwrap();
    flash.bytes[128 + RECORD] ^= 1;
    assert_eq!(read(&mut flash).unwrap(), b"text");
}

#[test]
fn a_slot_that_cannot_be_read_does_not_hide_the_other_one() {
    let mut flash = Small::erased(4);
    REGION.write(&mut flash, b"text").unwrap();
    flash.bytes.truncate(128);
    assert_eq!(read(&mut flash).unwrap(), b"text");
    flash.bytes.truncate(0);
    assert_eq!(read(&mut flash), Err(RegionError::Flash));
}

#[test]
fn another_version_is_not_read() {
    let mut flash = Small::erased(4);
    REGION.write(&mut flash, b"text").unwrap();
    flash.bytes[4] = 2;
    sign(&mut flash, 4);
    assert_eq!(read(&mut flash), Err(RegionError::Version(2)));
}

#[test]
fn settings_of_a_region_are_parsed_in_place() {
    let mut flash = Small::erased(4);
    let mut place = [0; 96];
    let error = Settings::read(REGION, &mut flash, &mut place).unwrap_err();
    assert_eq!(error, SettingsError::Region(RegionError::Missing));
    assert_eq!(error.to_string(), RegionError::Missing.to_string());
    REGION.write(&mut flash, b"region=eu_central_1\nclient-id=a\nclient-secret=b\ntime=1").unwrap();
    assert_eq!(Settings::read(REGION, &mut flash, &mut place).unwrap().client_id.as_str(), "a");
}

#[test]
fn lengths_beyond_slot_or_buffer_are_errors() {
    let mut flash = Small::erased(4);
    let needed = REGION.capacity() + 1;
    let text = vec![b'x'; needed as usize];
    let expected = RegionError::TooLong { needed, capacity: REGION.capacity() };
    assert_eq!(REGION.write(&mut flash, &text), Err(expected));
    REGION.write(&mut flash, b"text").unwrap();
    let expected = RegionError::TooLong { needed: 4, capacity: 3 };
    assert_eq!(REGION.read(&mut flash, &mut [0; 3]), Err(expected));
}

#[test]
fn slots_that_do_not_fit_the_flash_are_refused() {
    for region in [Region::new(32, 128), Region::new(0, 96), Region::new(0, 0)] {
        assert_eq!(region.write(&mut Small::erased(4), b""), Err(RegionError::Geometry));
    }
    assert_eq!(Region::new(0, 64).write(&mut Flash::<64, 64>::erased(4), b""), Err(RegionError::Geometry));
    // The last unit of a text would be beyond its slot.
    assert_eq!(Region::new(0, 60).write(&mut Image::new(&mut [0xff; 128]), b""), Err(RegionError::Geometry));
    // Beyond the end of the flash.
    assert_eq!(Region::new(256, 256).read(&mut Small::erased(4), &mut [0; 8]), Err(RegionError::Flash));
}

/// Makes the checksum of the first slot right. It is that of zlib and of many tools.
fn sign(flash: &mut Small, length: usize) {
    let covered = [&flash.bytes[..28], &flash.bytes[RECORD..RECORD + length]].concat();
    flash.bytes[28..RECORD].copy_from_slice(&crc32(&covered).to_le_bytes());
}

/// CRC-32 as of Ethernet, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}
