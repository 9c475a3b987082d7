//! `provision`: a region as the firmware reads it, and back.

use std::fs;
use std::path::PathBuf;

use genesys_token_provision::{Image, Region, Settings};

use crate::tool::{Run, Tool, file};

const SLOT: u32 = 4096;
const SETTINGS: &str =
    "# a gateway\nregion = eu_central_1\nclient-id = 7a1c\ntime-servers = a b\nevery = 5\n";
const SECRET: &str = "s3cret-of-one-device";

/// A folder with the settings.
struct Factory {
    settings: PathBuf,
}

impl Factory {
    fn new(settings: &str) -> Self {
        Self { settings: file("settings", settings) }
    }

    /// Writes a region with the secret on standard input.
    fn write(&self, more: &[&str]) -> Run {
        let tool = Tool::new(&["provision", "write", "--slot-size", "4096", "--client-secret-file", "-"])
            .arg("--settings")
            .arg(&self.settings)
            .arg("--output")
            .arg(self.region());
        more.iter().fold(tool, Tool::arg).input(SECRET).secret(SECRET).run()
    }

    fn region(&self) -> PathBuf {
        self.settings.with_file_name("region")
    }

    fn read(&self) -> Run {
        let tool =
            Tool::new(&["provision", "read", "--slot-size", "0x1000"]).arg(self.region()).secret(SECRET);
        tool.run()
    }
}

/// What `read` prints of what [`Factory::write`] wrote.
fn printed() -> String {
    format!("{SETTINGS}client-secret = (not printed)\n")
}

#[test]
fn the_firmware_reads_what_was_written() {
    let factory = Factory::new(SETTINGS);
    assert_eq!(factory.write(&[]).output(), "");
    let mut bytes = fs::read(factory.region()).unwrap();
    assert_eq!(bytes.len(), 2 * 4096);
    let mut place = [0; 512];
    let text = Region::new(0, SLOT).read(&mut Image::new(&mut bytes), &mut place).unwrap();
    let settings = Settings::parse(text).unwrap();
    assert_eq!(settings.client_id.as_str(), "7a1c");
    assert_eq!(settings.client_secret.expose(), SECRET);
    assert_eq!(settings.schedule.every, 5);
}

#[test]
fn a_region_is_read_without_its_secret() {
    let factory = Factory::new(SETTINGS);
    factory.write(&[]).output();
    assert_eq!(factory.read().output(), printed());
    // As the firmware writes it, and read from a device with what follows it in the flash.
    let mut bytes = fs::read(factory.region()).unwrap();
    let newer = SETTINGS.replace("7a1c", "8b2d") + "client-secret = another";
    Region::new(0, SLOT).write(&mut Image::new(&mut bytes), newer.as_bytes()).unwrap();
    bytes.extend([0x5a; 100]);
    fs::write(factory.region(), &bytes).unwrap();
    assert_eq!(factory.read().output(), printed().replace("7a1c", "8b2d"));
}

#[test]
fn a_network_is_printed_without_its_password() {
    const PASSWORD: &str = "correct horse";
    let factory = Factory::new(&format!("{SETTINGS}wifi-ssid = Plant 7\n# wifi-password = {PASSWORD}\n"));
    factory.write(&[]).output();
    let hidden = "wifi-password = (not printed)\n";
    let network = format!("{SETTINGS}wifi-ssid = Plant 7\n{hidden}client-secret = (not printed)\n");
    assert_eq!(factory.read().output(), network);
    fs::write(&factory.settings, format!("{SETTINGS}wifi-ssid = Plant 7\nwifi-password = {PASSWORD}\n"))
        .unwrap();
    factory.write(&[]).output();
    assert_eq!(factory.read().output(), network);
}

#[test]
fn uf2_has_the_same_bytes_in_blocks() {
    let factory = Factory::new(SETTINGS);
    factory.write(&[]).output();
    let bytes = fs::read(factory.region()).unwrap();
    factory.write(&["--format", "uf2", "--address", "0x103f0000"]).output();
    let file = fs::read(factory.region()).unwrap();
    assert_eq!(file.len(), 2 * bytes.len());
    for (number, (block, payload)) in file.chunks(512).zip(bytes.chunks(256)).enumerate() {
        let word = |at: usize| u32::from_le_bytes(block[at..at + 4].try_into().unwrap());
        let number = u32::try_from(number).unwrap();
        assert_eq!([word(0), word(4), word(8)], [0x0a32_4655, 0x9e5d_5157, 0x2000]);
        assert_eq!([word(12), word(16)], [0x103f_0000 + 256 * number, 256]);
        assert_eq!([word(20), word(24), word(28)], [number, 32, 0xe48b_ff59]);
        assert_eq!((&block[32..288], word(508)), (payload, 0x0ab1_6f30));
    }
    assert_eq!(factory.read().output(), printed());
    // In any order.
    let reversed: Vec<u8> = file.chunks(512).rev().flatten().copied().collect();
    fs::write(factory.region(), reversed).unwrap();
    assert_eq!(factory.read().output(), printed());
    fs::write(factory.region(), &file[..700]).unwrap();
    factory.read().fails(2, &["not a complete UF2 file"]);
}

#[test]
fn uf2_of_another_chip() {
    let factory = Factory::new(SETTINGS);
    let uf2 = ["--format", "uf2", "--address", "0x081c0000", "--family"];
    factory.write(&[&uf2[..], &["rp2040"]].concat()).fails(2, &["--family", "rp2350", "stm32h7"]);
    factory.write(&[&uf2[..], &["stm32h7"]].concat()).output();
    let file = fs::read(factory.region()).unwrap();
    assert_eq!(file[28..32], 0x6db6_6082_u32.to_le_bytes());
    assert_eq!(factory.read().output(), printed());
    // Of the second block, the RP2040's; and of no family at all.
    let mut other = file.clone();
    other[512 + 28..][..4].copy_from_slice(&0xe48b_ff56_u32.to_le_bytes());
    fs::write(factory.region(), &other).unwrap();
    factory.read().fails(2, &["0xe48bff56", "rp2350 (0xe48bff59)", "stm32h7 (0x6db66082)"]);
    let mut none = file;
    none[8..12].fill(0);
    fs::write(factory.region(), &none).unwrap();
    factory.read().fails(2, &["family"]);
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_region() {
    use std::os::unix::fs::PermissionsExt as _;
    let factory = Factory::new(SETTINGS);
    factory.write(&[]).output();
    assert_eq!(fs::metadata(factory.region()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn settings_that_the_firmware_would_refuse_are_not_written() {
    for (settings, words) in [
        ("region = nowhere\nclient-id = id\ntime = 1\n", "region"),
        ("client-id = id\ntime = 1\n", "lack `region`"),
        ("nonsense\n", "line 1"),
        ("wifi-password = short\n", "line 1"),
        ("region = eu_central_1\nclient-secret = twice\n", "leave one of them out"),
    ] {
        let factory = Factory::new(settings);
        factory.write(&[]).fails(2, &[words]);
        assert!(!factory.region().exists());
    }
    let long = format!("{SETTINGS}#{}\n", "x".repeat(4096));
    Factory::new(&long).write(&[]).fails(2, &["--settings", "4096", "shorten"]);
    let factory = Factory::new(SETTINGS);
    factory.write(&["--format", "uf2"]).fails(2, &["--address"]);
    factory.write(&["--format", "uf2", "--address", "0x103f0001"]).fails(2, &["--address", "256"]);
}

#[test]
fn a_region_without_settings_or_with_damaged_ones_is_reported() {
    let factory = Factory::new(SETTINGS);
    factory.write(&[]).output();
    let bytes = fs::read(factory.region()).unwrap();
    let mut damaged = bytes.clone();
    damaged[40] ^= 1;
    fs::write(factory.region(), damaged).unwrap();
    factory.read().fails(2, &["damaged", "again"]);
    fs::write(factory.region(), [0xff; 100]).unwrap();
    factory.read().fails(2, &["no settings", "provision"]);
    fs::remove_file(factory.region()).unwrap();
    factory.read().fails(2, &["cannot be read"]);
}
