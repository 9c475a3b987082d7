#!/usr/bin/env bash
# The postinst that cargo-deb generates calls systemd-sysusers with the name of the source file, not of the installed one.
#
# Software: cargo-deb 3.8.0 (crates.io)
# Guess:    an asset ["packaging/sysusers.conf", "usr/lib/sysusers.d/tool.conf", "644"] gives `systemd-sysusers tool.conf`.
# Reality:  it gives `systemd-sysusers sysusers.conf`, which is not there: the installation fails, and so it does on every machine. The same holds
#           for tmpfiles.d, where the fault is hidden by `|| true`. Name the source like the target, or leave both to `systemd-units`,
#           which finds `tool.sysusers` and `tool.tmpfile` in its folder.
# Source:   cargo-deb, src/dh/dh_installsysusers.rs
# Date:     2026-11-30
set -euo pipefail
[ "$(cargo-deb --version)" = "cargo-deb 3.8.0" ]
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p src packaging target/release
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
maintainer-scripts = "packaging"
systemd-units = { enable = false, start = false }
assets = [["packaging/sysusers.conf", "usr/lib/sysusers.d/tool.conf", "644"]]
TOML
echo 'fn main() {}' > src/main.rs
echo 'u tool - "Tool"' > packaging/sysusers.conf
CARGO_TARGET_DIR=$folder/target cargo deb --quiet --no-build --no-strip --output tool.deb >/dev/null
dpkg --info tool.deb postinst | grep systemd-sysusers
dpkg --info tool.deb postinst | grep -q 'systemd-sysusers .* sysusers.conf$'
