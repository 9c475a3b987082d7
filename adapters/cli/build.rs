//! Links the unwinder statically into a program for this machine.
//!
//! The standard library needs it for backtraces and, with glibc, takes it from `libgcc_s.so.1`, whose loading costs each run memory and
//! instructions. With musl it is static anyway. Where the compiler has no static one, the program loads the library as other Rust programs do.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    if let Some(folder) = folder_of_static_unwinder() {
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Returns the folder of `libgcc_eh.a`, which is part of GCC.
fn folder_of_static_unwinder() -> Option<PathBuf> {
    let variable = |name| env::var(name).unwrap_or_default();
    // A compiler for another target need not be the one that is asked here.
    if variable("TARGET") != "x86_64-unknown-linux-gnu" || variable("HOST") != variable("TARGET") {
        return None;
    }
    let compiler = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(compiler).arg("-print-file-name=libgcc_eh.a").output().ok()?;
    // It prints the name alone if there is no such file.
    let file = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    file.is_file().then(|| file.parent().map(PathBuf::from))?
}
