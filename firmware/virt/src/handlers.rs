//! The handlers of the processor's interrupts.

use riscv::interrupt::Interrupt;

use crate::interrupt::{self, Irq};
use crate::{ethernet, serial, time};

/// Handles the timer's interrupt.
#[riscv_rt::core_interrupt(Interrupt::MachineTimer)]
fn on_alarm() {
    time::clock().on_alarm();
}

/// Handles the interrupts of all devices.
#[riscv_rt::core_interrupt(Interrupt::MachineExternal)]
fn on_devices() {
    while let Some(number) = interrupt::claim() {
        match number {
            _ if number == Irq::Ethernet as u32 => ethernet::on_interrupt(),
            _ if number == Irq::Console as u32 => serial::on_console(),
            _ if number == Irq::Network as u32 => serial::on_network(),
            _ => panic!("an interrupt was raised that was never enabled"),
        }
        interrupt::complete(number);
    }
}
