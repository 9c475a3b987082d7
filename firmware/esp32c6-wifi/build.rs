//! Passes the linker scripts to the linker: esp-hal's, whose memory map is the chip's.

use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(out.join("code.x"), include_bytes!("code.x")).expect("code.x can be written");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Tlinkall.x");
    println!("cargo:rustc-link-arg-bins=-Tcode.x");
    println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
}
