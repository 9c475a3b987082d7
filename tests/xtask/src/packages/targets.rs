//! The systems that programs are packaged for, and what building for each of them needs. Data only.

use crate::needs::{self, Need};

/// A system.
pub(super) struct Target {
    pub(super) triple: &'static str,
    /// The compiler of the C in ring and mimalloc.
    c_compiler: &'static str,
    /// The linker, where it is not the one that rustc chooses.
    linker: Option<&'static str>,
    /// Whether a program is one file that needs no other: no interpreter, no shared library.
    pub(super) is_static: bool,
    /// The architecture of its image for containers. A target with one has Debian packages as well.
    pub(super) image: Option<&'static str>,
    /// The command before a program that runs it here.
    runner: &'static [&'static str],
    pub(super) needs: &'static [&'static Need],
}

/// The system of this machine comes first: it is the one that `cargo xtask check` packages.
pub(super) const TARGETS: &[Target] = &[
    Target {
        triple: needs::MUSL_X86_64_TARGET,
        c_compiler: "musl-gcc",
        linker: None,
        is_static: true,
        image: Some("amd64"),
        runner: &[],
        needs: &[&needs::MUSL_X86_64, &needs::MUSL_GCC, &needs::CARGO_DEB],
    },
    // Debian's compiler has the headers of glibc. Only mimalloc includes any of the C library, and what it calls is linked from
    // rustc's own musl: a function that exists in glibc alone would be an error of the linker.
    Target {
        triple: needs::MUSL_AARCH64_TARGET,
        c_compiler: "aarch64-linux-gnu-gcc",
        linker: Some("aarch64-linux-gnu-gcc"),
        is_static: true,
        image: Some("arm64"),
        runner: &["qemu-aarch64"],
        needs: &[&needs::MUSL_AARCH64, &needs::GCC_AARCH64, &needs::QEMU_USER, &needs::CARGO_DEB],
    },
    // With glibc, and so not static: `rustup target add armv7-unknown-linux-musleabihf` finds no standard library where this is
    // developed (404 for 1.95.0).
    Target {
        triple: needs::GNU_ARMV7_TARGET,
        c_compiler: "arm-linux-gnueabihf-gcc",
        linker: Some("arm-linux-gnueabihf-gcc"),
        is_static: false,
        // An image needs a C library in it, and a Debian package the version that it is linked with.
        image: None,
        runner: &["qemu-arm", "-L", "/usr/arm-linux-gnueabihf"],
        needs: &[&needs::GNU_ARMV7, &needs::GCC_ARMV7, &needs::QEMU_USER],
    },
];

impl Target {
    /// Returns the variables by which cargo and the crate `cc` find the compilers.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let name = self.triple.replace('-', "_");
        let mut variables = vec![(format!("CC_{name}"), self.c_compiler.to_owned())];
        if let Some(linker) = self.linker {
            variables.push((format!("CARGO_TARGET_{}_LINKER", name.to_uppercase()), linker.to_owned()));
        }
        variables
    }

    pub(super) fn runs_here(&self) -> bool {
        self.runner.is_empty()
    }

    /// Returns the first words of the command that runs a program of this system here.
    pub(super) fn words<'a>(&self, program: &'a str) -> Vec<&'a str> {
        self.runner.iter().copied().chain([program]).collect()
    }
}
