#!/usr/bin/env bash
# postcard writes a struct with skip_serializing_if without an error, and reads other settings back from flash.
#
# Software: postcard 1.2.0, serde 1.0.229, serde_json 1.0.151 (crates.io)
# Guess:    a struct that serde_json writes and reads back is read back from postcard too, or writing is an error: a format that cannot leave out a
#           field refuses it (serde reports it by SerializeStruct::skip_field).
# Reality:  the field is left out without an error, and the reader takes the next field's bytes for it. In an exact buffer this ends in an error; in a
#           slot of flash memory, where erased bytes follow, which from_bytes ignores, it is Ok with other values: here a limit that was
#           never set, and 255 for the rest. Some(…) is read back properly, so that a test with all fields set shows nothing.
# Source:   postcard, src/ser/serializer.rs (no skip_field) and src/de/mod.rs, from_bytes; serde, SerializeStruct::skip_field
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
postcard = { version = "=1.2.0", default-features = false }
serde = { version = "=1.0.229", features = ["derive"] }
serde_json = "=1.0.151"
TOML
cat > src/main.rs <<'RUST'
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Settings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u8>,
    channel: u8,
    minutes: u8,
}

fn main() {
    for limit in [Some(20), None] {
        let settings = Settings { limit, channel: 1, minutes: 5 };
        println!("written:         {settings:?}");
        let json = serde_json::to_string(&settings).expect("JSON");
        println!("  serde_json:    {:?}", serde_json::from_str::<Settings>(&json).expect("settings"));
        let mut slot = [0xff; 16];
        let length = postcard::to_slice(&settings, &mut slot).expect("a record").len();
        println!("  {length} bytes:       {:?}", postcard::from_bytes::<Settings>(&slot[..length]));
        println!("  erased slot:   {:?}", postcard::from_bytes::<Settings>(&slot));
    }
}
RUST
seen=$(CARGO_TARGET_DIR=$folder/target cargo run --quiet)
echo "$seen"
[ "$seen" = 'written:         Settings { limit: Some(20), channel: 1, minutes: 5 }
  serde_json:    Settings { limit: Some(20), channel: 1, minutes: 5 }
  4 bytes:       Ok(Settings { limit: Some(20), channel: 1, minutes: 5 })
  erased slot:   Ok(Settings { limit: Some(20), channel: 1, minutes: 5 })
written:         Settings { limit: None, channel: 1, minutes: 5 }
  serde_json:    Settings { limit: None, channel: 1, minutes: 5 }
  2 bytes:       Err(DeserializeUnexpectedEnd)
  erased slot:   Ok(Settings { limit: Some(5), channel: 255, minutes: 255 })' ]
