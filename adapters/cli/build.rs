//! Places the code that `get` does not run in a section of its own, in release builds for Linux.
//!
//! The kernel maps a program's code in blocks of 64 KB. `get` runs a quarter of the code; as functions that it runs were in nearly all blocks,
//! nearly all code was in memory. Instances of generic functions are named after their types, so a name says to which crate a function belongs.
//! A name that is missing here, or wrong, costs memory only; `cargo xtask bench-process` measures it.

use core::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// Crates that `get` does not use.
const CRATES: &[&str] = &[
    "aes",
    "aes_gcm",
    "chacha20",
    "chacha20poly1305",
    "clap_builder",
    "clap_complete",
    "clap_mangen",
    "curve25519_dalek",
    "elliptic_curve",
    "genesys_token_sandbox",
    "genesys_token_tls",
    "indexmap",
    "jmespath",
    "keyring",
    "keyring_core",
    "p256",
    "poly1305",
    "polyval",
    "primeorder",
    "rcgen",
    "roff",
    "secret_service",
    "serde",
    "serde_core",
    "serde_json",
    "sha2",
    "strsim",
    "toml_edit",
    "toml_parser",
    "toml_writer",
    "winnow",
    "x25519_dalek",
    "zbus",
    "zbus_secret_service_keyring_store",
    "zvariant",
];

/// Modules of this crate that it does not use.
const MODULES: &[&str] = &[
    "api",
    "arguments",
    "audit",
    "certificate",
    "completions",
    "doctor",
    "download",
    "exec",
    "explain",
    "filter",
    "login",
    "manual",
    "option_groups",
    "permission",
    "probe",
    "profile",
    "profiles",
    "regions",
    "token_info",
    "trace",
    "usage",
    "verify",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    // GNU ld and lld, the linkers that rustc uses by default, know such scripts; mold does not.
    let chooses_linker =
        ["fuse-ld", "mold"].iter().any(|word| variable("CARGO_ENCODED_RUSTFLAGS").contains(word))
            || variable("RUSTC_LINKER").contains("mold");
    if variable("CARGO_CFG_TARGET_OS") != "linux" || variable("PROFILE") != "release" || chooses_linker {
        return;
    }
    let script = Path::new(&variable("OUT_DIR")).join("other_commands.ld");
    fs::write(&script, linker_script()).expect("cargo makes the folder");
    println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
}

/// Returns a script that adds one section to those of the linker. Names are mangled with their length, `3aes`, and in types as `aes..`.
fn linker_script() -> String {
    let mut names = String::new();
    // Writing into a `String` does not fail.
    for name in CRATES {
        let _ = write!(names, " .text._ZN{}{name}* .text*$LT${name}..* .text*$u20${name}..*", name.len());
    }
    for name in MODULES {
        let _ =
            write!(names, " .text._ZN13genesys_token{}{name}* .text*genesys_token..{name}..*", name.len());
    }
    format!("SECTIONS {{ .text.other_commands : {{ *({names}) }} }} INSERT AFTER .text;\n")
}
