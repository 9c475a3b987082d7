#!/usr/bin/env bash
# cargo-deb compresses manual pages, but not those that a build wrote below target/release.
#
# Software: cargo-deb 3.8.0 (crates.io)
# Guess:    assets in usr/share/man are compressed, as Debian's policy (12.1) wants and as pages from the source folder are.
# Reality:  an asset whose source is below target/release counts as a built file, and built files are left as they are. Compress such pages
#           before (`gzip --best --no-name`).
# Source:   cargo-deb, src/assets.rs (`compressed_assets`)
# Date:     2026-11-30
set -euo pipefail
[ "$(cargo-deb --version)" = "cargo-deb 3.8.0" ]
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p src target/release
cat > Cargo.toml <<'TOML'
[package]
name = "tool"
version = "1.0.0"
edition = "2021"
license = "MIT"
description = "A tool"
[package.metadata.deb]
maintainer = "x"
depends = ""
assets = [["target/release/built.1", "usr/share/man/man1/", "644"], ["written.1", "usr/share/man/man1/", "644"]]
TOML
echo 'fn main() {}' > src/main.rs
echo '.TH built 1' > target/release/built.1
echo '.TH written 1' > written.1
CARGO_TARGET_DIR=$folder/target cargo deb --quiet --no-build --no-strip --output tool.deb >/dev/null
pages=$(dpkg --contents tool.deb | grep -o 'man1/..*$' | sort)
echo "$pages"
[ "$pages" = "man1/built.1
man1/written.1.gz" ]
