//! The software that the machine must have: how to detect it and how to install it. The table is data; the rest interprets it.

mod install;
mod probe;

use install::Install;
use probe::Probe;

pub(crate) use self::probe::NIGHTLY;
use crate::{failure::Failure, workspace::Workspace};

pub(crate) struct Need {
    pub(crate) name: &'static str,
    probe: Probe,
    install: Install,
}

pub(crate) const BARE_METAL_TARGET: &str = "thumbv7em-none-eabihf";

pub(crate) const BARE_METAL: Need = Need {
    name: "Rust target thumbv7em-none-eabihf",
    probe: Probe::RustTarget(BARE_METAL_TARGET),
    install: Install::RustTarget(BARE_METAL_TARGET),
};
pub(crate) const BARE_METAL_V8: Need = Need {
    name: "Rust target thumbv8m.main-none-eabihf",
    probe: Probe::RustTarget("thumbv8m.main-none-eabihf"),
    install: Install::RustTarget("thumbv8m.main-none-eabihf"),
};
pub(crate) const BARE_METAL_RISC_V: Need = Need {
    name: "Rust target riscv32imac-unknown-none-elf",
    probe: Probe::RustTarget("riscv32imac-unknown-none-elf"),
    install: Install::RustTarget("riscv32imac-unknown-none-elf"),
};
pub(crate) const WINDOWS_TARGET: &str = "x86_64-pc-windows-gnu";
pub(crate) const WINDOWS: Need = Need {
    name: "Rust target x86_64-pc-windows-gnu",
    probe: Probe::RustTarget(WINDOWS_TARGET),
    install: Install::RustTarget(WINDOWS_TARGET),
};
pub(crate) const MINGW: Need = Need {
    name: "x86_64-w64-mingw32-gcc",
    probe: Probe::Program("x86_64-w64-mingw32-gcc"),
    install: Install::Debian(&["gcc-mingw-w64-x86-64"]),
};
pub(crate) const WINE: Need =
    Need { name: "wine64", probe: Probe::Folder("/usr/lib/wine"), install: Install::Debian(&["wine64"]) };
pub(crate) const MUSL_X86_64_TARGET: &str = "x86_64-unknown-linux-musl";
pub(crate) const MUSL_X86_64: Need = Need {
    name: "Rust target x86_64-unknown-linux-musl",
    probe: Probe::RustTarget(MUSL_X86_64_TARGET),
    install: Install::RustTarget(MUSL_X86_64_TARGET),
};
pub(crate) const MUSL_GCC: Need =
    Need { name: "musl-gcc", probe: Probe::Program("musl-gcc"), install: Install::Debian(&["musl-tools"]) };
pub(crate) const MUSL_AARCH64_TARGET: &str = "aarch64-unknown-linux-musl";
pub(crate) const MUSL_AARCH64: Need = Need {
    name: "Rust target aarch64-unknown-linux-musl",
    probe: Probe::RustTarget(MUSL_AARCH64_TARGET),
    install: Install::RustTarget(MUSL_AARCH64_TARGET),
};
pub(crate) const GCC_AARCH64: Need = Need {
    name: "aarch64-linux-gnu-gcc",
    probe: Probe::Program("aarch64-linux-gnu-gcc"),
    install: Install::Debian(&["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"]),
};
pub(crate) const GNU_ARMV7_TARGET: &str = "armv7-unknown-linux-gnueabihf";
pub(crate) const GNU_ARMV7: Need = Need {
    name: "Rust target armv7-unknown-linux-gnueabihf",
    probe: Probe::RustTarget(GNU_ARMV7_TARGET),
    install: Install::RustTarget(GNU_ARMV7_TARGET),
};
pub(crate) const GCC_ARMV7: Need = Need {
    name: "arm-linux-gnueabihf-gcc",
    probe: Probe::Program("arm-linux-gnueabihf-gcc"),
    install: Install::Debian(&["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"]),
};
/// Runs programs of other processors.
pub(crate) const QEMU_USER: Need = Need {
    name: "qemu-aarch64, qemu-arm",
    probe: Probe::Program("qemu-aarch64"),
    install: Install::Debian(&["qemu-user"]),
};
pub(crate) const MACOS_TARGET: &str = "aarch64-apple-darwin";
pub(crate) const MACOS: Need = Need {
    name: "Rust target aarch64-apple-darwin",
    probe: Probe::RustTarget(MACOS_TARGET),
    install: Install::RustTarget(MACOS_TARGET),
};
pub(crate) const QEMU: Need = Need {
    name: "qemu-system-arm",
    probe: Probe::Program("qemu-system-arm"),
    install: Install::Debian(&["qemu-system-arm"]),
};
/// Debian has no package for RISC-V alone.
pub(crate) const QEMU_RISC_V: Need = Need {
    name: "qemu-system-riscv32",
    probe: Probe::Program("qemu-system-riscv32"),
    install: Install::Debian(&["qemu-system-misc"]),
};
pub(crate) const NGINX: Need =
    Need { name: "nginx", probe: Probe::Program("nginx"), install: Install::Debian(&["nginx"]) };
/// Servers for the tests of the shared store; the client `redis-cli` is in a package of its own.
pub(crate) const REDIS: Need = Need {
    name: "redis-server",
    probe: Probe::Program("redis-server"),
    install: Install::Debian(&["redis-server", "redis-tools"]),
};
pub(crate) const TINYPROXY: Need =
    Need { name: "tinyproxy", probe: Probe::Program("tinyproxy"), install: Install::Debian(&["tinyproxy"]) };
pub(crate) const OPENSSL: Need =
    Need { name: "openssl", probe: Probe::Program("openssl"), install: Install::Debian(&["openssl"]) };
/// Shells in which the completion scripts are tested; every Debian machine has bash.
pub(crate) const FISH: Need =
    Need { name: "fish", probe: Probe::Program("fish"), install: Install::Debian(&["fish"]) };
pub(crate) const ZSH: Need =
    Need { name: "zsh", probe: Probe::Program("zsh"), install: Install::Debian(&["zsh"]) };
/// Terminals of a given size, for the tool's tests.
pub(crate) const TMUX: Need =
    Need { name: "tmux", probe: Probe::Program("tmux"), install: Install::Debian(&["tmux"]) };
/// The keyring of a desktop and its message bus; both run without a desktop.
pub(crate) const GNOME_KEYRING: Need = Need {
    name: "gnome-keyring-daemon",
    probe: Probe::Program("gnome-keyring-daemon"),
    install: Install::Debian(&["gnome-keyring", "dbus-daemon", "libsecret-tools"]),
};
pub(crate) const VALGRIND: Need =
    Need { name: "valgrind", probe: Probe::Program("valgrind"), install: Install::Debian(&["valgrind"]) };
/// An MQTT broker, a server that a device's TLS connects to beside the service.
pub(crate) const MOSQUITTO: Need =
    Need { name: "mosquitto", probe: Probe::Program("mosquitto"), install: Install::Debian(&["mosquitto"]) };
/// DHCP, DNS and NTP servers for devices under test.
pub(crate) const DNSMASQ: Need =
    Need { name: "dnsmasq", probe: Probe::Program("dnsmasq"), install: Install::Debian(&["dnsmasq-base"]) };
pub(crate) const CHRONY: Need =
    Need { name: "chronyd", probe: Probe::Program("chronyd"), install: Install::Debian(&["chrony"]) };
pub(crate) const IPROUTE: Need =
    Need { name: "ip", probe: Probe::Program("ip"), install: Install::Debian(&["iproute2"]) };
pub(crate) const SQUID: Need =
    Need { name: "squid", probe: Probe::Program("squid"), install: Install::Debian(&["squid"]) };
/// Checks alert rules.
pub(crate) const PROMTOOL: Need =
    Need { name: "promtool", probe: Probe::Program("promtool"), install: Install::Debian(&["prometheus"]) };
pub(crate) const NPM: Need =
    Need { name: "npm", probe: Probe::Program("npm"), install: Install::Debian(&["nodejs", "npm"]) };
/// Debian 12 has an older version; then npm installs a newer one.
pub(crate) const NODE: Need = Need {
    name: "Node.js 20.19 or later",
    probe: Probe::Either(
        &Probe::AtLeast("node", (20, 19)),
        &Probe::NodeModules("tests/support/interop/node"),
    ),
    install: Install::NodeModules("tests/support/interop/node"),
};
pub(crate) const OAUTH_SERVER: Need = Need {
    name: "npm packages of the interop tests' OAuth 2 server",
    probe: Probe::NodeModules("tests/support/interop/server"),
    install: Install::NodeModules("tests/support/interop/server"),
};
pub(crate) const CLIENTS: Need = Need {
    name: "npm packages of the official SDK and OAuth clients",
    probe: Probe::NodeModules("tests/support/interop/clients"),
    install: Install::NodeModules("tests/support/interop/clients"),
};
pub(crate) const OAUTH_SERVERS: Need = Need {
    name: "npm packages of further OAuth 2 servers",
    probe: Probe::NodeModules("tests/support/interop/servers"),
    install: Install::NodeModules("tests/support/interop/servers"),
};
pub(crate) const PYTHON: Need = Need {
    name: "Python 3.9 or later with pip",
    probe: Probe::AtLeast("python3", (3, 9)),
    install: Install::Debian(&["python3", "python3-pip"]),
};
pub(crate) const PYTHON_PACKAGES: Need = Need {
    name: "Python packages of the official SDK and of OAuth clients and servers",
    probe: Probe::PythonPackages("tests/support/interop/python"),
    install: Install::PythonPackages("tests/support/interop/python"),
};
/// TLS libraries with servers of their own or to compile one, and programs that end TLS in front of a service.
pub(crate) const GNUTLS: Need = Need {
    name: "gnutls-serv",
    probe: Probe::Program("gnutls-serv"),
    install: Install::Debian(&["gnutls-bin"]),
};
pub(crate) const NSS: Need = Need {
    name: "selfserv",
    probe: Probe::Program("selfserv"),
    install: Install::Debian(&["libnss3-tools"]),
};
pub(crate) const WOLFSSL: Need = Need {
    name: "libwolfssl-dev",
    probe: Probe::Folder("/usr/include/wolfssl"),
    install: Install::Debian(&["libwolfssl-dev", "gcc", "libc6-dev"]),
};
pub(crate) const HAPROXY: Need =
    Need { name: "haproxy", probe: Probe::Program("haproxy"), install: Install::Debian(&["haproxy"]) };
pub(crate) const APACHE: Need =
    Need { name: "apache2", probe: Probe::Program("apache2"), install: Install::Debian(&["apache2-bin"]) };
pub(crate) const LIGHTTPD: Need = Need {
    name: "lighttpd with mod_openssl",
    probe: Probe::Folder("/usr/share/doc/lighttpd-mod-openssl"),
    install: Install::Debian(&["lighttpd", "lighttpd-mod-openssl"]),
};
pub(crate) const CADDY: Need =
    Need { name: "caddy", probe: Probe::Program("caddy"), install: Install::Debian(&["caddy"]) };
pub(crate) const H2O: Need =
    Need { name: "h2o", probe: Probe::Program("h2o"), install: Install::Debian(&["h2o"]) };
pub(crate) const HITCH: Need =
    Need { name: "hitch", probe: Probe::Program("hitch"), install: Install::Debian(&["hitch"]) };
pub(crate) const STUNNEL: Need =
    Need { name: "stunnel4", probe: Probe::Program("stunnel4"), install: Install::Debian(&["stunnel4"]) };
pub(crate) const GO: Need =
    Need { name: "go", probe: Probe::Program("go"), install: Install::Debian(&["golang-go"]) };
/// A client library, as source code.
pub(crate) const GO_OAUTH2: Need = Need {
    name: "golang.org/x/oauth2",
    probe: Probe::Folder("/usr/share/gocode/src/golang.org/x/oauth2"),
    install: Install::Debian(&["golang-golang-x-oauth2-dev"]),
};
pub(crate) const GLEWLWYD: Need =
    Need { name: "glewlwyd", probe: Probe::Program("glewlwyd"), install: Install::Debian(&["glewlwyd"]) };
pub(crate) const CHROMIUM: Need =
    Need { name: "chromium", probe: Probe::Program("chromium"), install: Install::Debian(&["chromium"]) };
pub(crate) const CERTUTIL: Need = Need {
    name: "certutil",
    probe: Probe::Program("certutil"),
    install: Install::Debian(&["libnss3-tools"]),
};
pub(crate) const OLDEST_TOOLCHAIN: Need = Need {
    name: "Rust toolchains of each rust-version",
    probe: Probe::OldestToolchain,
    install: Install::OldestToolchain,
};
/// Pinned, so that a new release does not change the result. Update the version together with its lints.
pub(crate) const CARGO_DENY: Need = Need {
    name: "cargo-deny 0.20.2",
    probe: Probe::Version("cargo-deny", "cargo-deny 0.20.2"),
    install: Install::CargoTool { package: "cargo-deny", version: "0.20.2" },
};

/// Debian packages from the tables in Cargo.toml.
pub(crate) const CARGO_DEB: Need = Need {
    name: "cargo-deb 3.8.0",
    probe: Probe::Version("cargo-deb", "cargo-deb 3.8.0"),
    install: Install::CargoTool { package: "cargo-deb", version: "3.8.0" },
};

/// The fuzzers' runtime is C++ and is compiled with them.
pub(crate) const CXX: Need =
    Need { name: "C++ compiler", probe: Probe::Program("c++"), install: Install::Debian(&["g++"]) };
pub(crate) const NIGHTLY_LLVM_TOOLS: Need = Need {
    name: "nightly Rust toolchain with llvm-tools",
    probe: Probe::Nightly("llvm-tools"),
    install: Install::Nightly("llvm-tools"),
};
pub(crate) const NIGHTLY_MIRI: Need = Need {
    name: "nightly Rust toolchain with miri",
    probe: Probe::Nightly("miri"),
    install: Install::Nightly("miri"),
};
pub(crate) const NIGHTLY_SOURCE: Need = Need {
    name: "nightly Rust toolchain with rust-src",
    probe: Probe::Nightly("rust-src"),
    install: Install::Nightly("rust-src"),
};
pub(crate) const CARGO_FUZZ: Need = Need {
    name: "cargo-fuzz 0.13.2",
    probe: Probe::Version("cargo-fuzz", "cargo-fuzz 0.13.2"),
    install: Install::CargoTool { package: "cargo-fuzz", version: "0.13.2" },
};
/// The version must equal that of the crate gungraun in `tests/measure/host/bench-core`: the two share a private protocol.
pub(crate) const GUNGRAUN_RUNNER: Need = Need {
    name: "gungraun-runner 0.20.0",
    probe: Probe::Version("gungraun-runner", "gungraun-runner 0.20.0"),
    install: Install::CargoTool { package: "gungraun-runner", version: "0.20.0" },
};

/// Detects what is missing, installs it, and detects again. Fails with the exact command if it may not or cannot install it.
pub(crate) fn provide(needs: &[&'static Need], workspace: &Workspace) -> Result<(), Failure> {
    let mut seen: Vec<&'static Need> = Vec::new();
    for need in needs {
        if seen.iter().all(|known| known.name != need.name) {
            seen.push(need);
        }
    }
    let mut missing = Vec::new();
    for need in seen {
        let there = need.probe.is_met(workspace)?;
        println!("{:<50} {}", need.name, if there { "there" } else { "missing" });
        if !there {
            missing.push(need);
        }
    }
    let wanted: Vec<_> = missing.iter().map(|need| (need.name, &need.install)).collect();
    install::all(&wanted, workspace)?;
    for need in missing {
        if !need.probe.is_met(workspace)? {
            return Err(
                format!("{} is still missing; install it by hand and run this again", need.name).into()
            );
        }
    }
    Ok(())
}
