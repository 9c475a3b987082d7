//! The emulated boards: what differs between them. Everything else is the same for all.

use std::net::SocketAddr;
use std::process::Command;

/// The variable that selects the board of a run, by the name of its package in `firmware/`.
const SELECTION: &str = "FIRMWARE_BOARD";

/// An emulated board.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Machine {
    /// A Cortex-M4 with a LAN9118: `qemu-mps2-an386`.
    CortexM4,
    /// A 32-bit RISC-V processor with virtio-net: `qemu-virt`.
    RiscV32,
}

impl Machine {
    /// All emulated boards. A run without a selection uses the first one.
    pub const ALL: [Self; 2] = [Self::CortexM4, Self::RiscV32];

    /// Returns the board of this run, which the environment variable `FIRMWARE_BOARD` selects by its package.
    ///
    /// # Panics
    ///
    /// When the variable names no emulated board.
    #[must_use]
    pub fn of_this_run() -> Self {
        let [default, ..] = Self::ALL;
        let Ok(selected) = std::env::var(SELECTION) else { return default };
        let packages = Self::ALL.map(Self::package).join(", ");
        let found = Self::ALL.into_iter().find(|machine| machine.package() == selected);
        found.unwrap_or_else(|| panic!("{SELECTION} is {selected:?}; the emulated boards are {packages}"))
    }

    /// Returns the package in `firmware/`.
    #[must_use]
    pub fn package(self) -> &'static str {
        match self {
            Self::CortexM4 => "qemu-mps2-an386",
            Self::RiscV32 => "qemu-virt",
        }
    }

    /// Returns a short description for reports.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::CortexM4 => "the firmware on an emulated Cortex-M4",
            Self::RiscV32 => "the firmware on an emulated RISC-V processor",
        }
    }

    /// Returns the target for which its image is built.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::CortexM4 => "thumbv7em-none-eabihf",
            Self::RiscV32 => "riscv32imac-unknown-none-elf",
        }
    }

    /// Returns the emulator.
    pub(crate) fn emulator(self) -> &'static str {
        match self {
            Self::CortexM4 => "qemu-system-arm",
            Self::RiscV32 => "qemu-system-riscv32",
        }
    }

    /// Returns the emulator's command for the machine, whose first serial line is connected to `console`, the second one to `line`, and
    /// its network, which is called `cable`, to `network`.
    pub(crate) fn command(self, console: SocketAddr, line: SocketAddr, network: SocketAddr) -> Command {
        let mut command = Command::new(self.emulator());
        command.args(["-serial", &format!("tcp:{console}")]);
        match self {
            Self::CortexM4 => command
                .args(["-M", "mps2-an386", "-serial", &format!("tcp:{line},nodelay=on")])
                .args(["-nic", &format!("socket,id=cable,model=lan9118,connect={network}")]),
            Self::RiscV32 => {
                // Exactly rv32imac with memory protection, as real parts are; and no more memory than the image's map has.
                let (host, port) = (line.ip(), line.port());
                command
                    .args(["-M", "virt", "-cpu", "sifive-e31", "-m", "640K", "-bios", "none"])
                    // The machine has one serial line of its own.
                    .args(["-chardev", &format!("socket,id=line,host={host},port={port},nodelay=on")])
                    .args(["-device", "pci-serial,chardev=line,addr=1"])
                    // Nor has it a watchdog.
                    .args(["-device", "i6300esb,addr=2"])
                    .args(["-global", "virtio-mmio.force-legacy=false"])
                    .args(["-netdev", &format!("socket,id=cable,connect={network}")])
                    .args(["-device", "virtio-net-device,netdev=cable,bus=virtio-mmio-bus.0"])
            }
        };
        command
    }
}
