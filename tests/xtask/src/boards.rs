//! The boards of `firmware/`.

use crate::needs::BARE_METAL_TARGET;

/// A board.
pub(crate) struct Board {
    /// Its name in the tables of sizes.
    pub(crate) title: &'static str,
    /// Its package and its folder in `firmware/`.
    pub(crate) package: &'static str,
    pub(crate) target: &'static str,
    /// The packages that not all boards use, which are linted with this one.
    pub(crate) support: &'static [&'static str],
    /// Whether an emulator runs it: `Machine` in `tests/suites/firmware`.
    pub(crate) is_emulated: bool,
    /// The only user of its heap, if it has one.
    pub(crate) heap_user: Option<&'static str>,
}

/// The emulated Cortex-M4, whose costs have marks.
pub(crate) const CORTEX_M4: Board = Board {
    title: "QEMU mps2-an386",
    package: "qemu-mps2-an386",
    target: BARE_METAL_TARGET,
    support: &["emulated", "lan9118", "mps2"],
    is_emulated: true,
    heap_user: None,
};
/// The emulated RISC-V processor.
pub(crate) const RISC_V: Board = Board {
    title: "QEMU virt, RISC-V",
    package: "qemu-virt",
    target: "riscv32imac-unknown-none-elf",
    support: &["emulated", "virt"],
    is_emulated: true,
    heap_user: None,
};

/// All boards.
pub(crate) const BOARDS: &[Board] = &[
    CORTEX_M4,
    RISC_V,
    Board {
        title: "NUCLEO-H743ZI",
        package: "nucleo-h743zi",
        target: BARE_METAL_TARGET,
        support: &[],
        is_emulated: false,
        heap_user: None,
    },
    Board {
        title: "Pico 2 with W5500",
        package: "pico2-w5500",
        target: "thumbv8m.main-none-eabihf",
        support: &[],
        is_emulated: false,
        heap_user: None,
    },
    Board {
        title: "ESP32-C6 with Wi-Fi",
        package: "esp32c6-wifi",
        target: RISC_V.target,
        support: &["association"],
        is_emulated: false,
        heap_user: Some("the radio's driver"),
    },
];
