//! The clocks: 400 MHz from the internal oscillator, and 48 MHz for the random number generator.

use embassy_stm32::Config;
use embassy_stm32::rcc::{
    AHBPrescaler, APBPrescaler, HSIPrescaler, Pll, PllDiv, PllMul, PllPreDiv, PllSource, Sysclk, VoltageScale,
};

/// 64 MHz / 4 * 50 / 2.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    let clocks = &mut config.rcc;
    clocks.hsi = Some(HSIPrescaler::DIV1);
    clocks.hsi48 = Some(embassy_stm32::rcc::Hsi48Config::default());
    clocks.pll1 = Some(Pll {
        source: PllSource::HSI,
        prediv: PllPreDiv::DIV4,
        mul: PllMul::MUL50,
        fracn: None,
        divp: Some(PllDiv::DIV2),
        divq: None,
        divr: None,
    });
    clocks.sys = Sysclk::PLL1_P;
    clocks.ahb_pre = AHBPrescaler::DIV2;
    clocks.apb1_pre = APBPrescaler::DIV2;
    clocks.apb2_pre = APBPrescaler::DIV2;
    clocks.apb3_pre = APBPrescaler::DIV2;
    clocks.apb4_pre = APBPrescaler::DIV2;
    clocks.voltage_scale = VoltageScale::Scale1;
    config
}
