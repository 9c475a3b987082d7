//! Passes the memory map and the linker script of `cortex-m-rt` to the linker, so that no `.cargo/config.toml` is needed.

use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::copy("../core/memory.x", out.join("memory.x")).expect("memory.x can be copied");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    // Keeps relocations: with them `no-panic` names the function from which a panic is reached.
    println!("cargo:rustc-link-arg-bins=--emit-relocs");
    println!("cargo:rerun-if-changed=../core/memory.x");
}
