//! The settings in a board's flash region.

use defmt::error;
use embassy_time::Timer;
use embedded_storage::nor_flash::ReadNorFlash;
#[cfg(feature = "wifi")]
use genesys_token_provision::SettingsError;
use genesys_token_provision::{Region, Settings};

/// The interval in seconds at which missing or invalid settings are logged.
const REMINDER: u64 = 10;

/// Reads the settings in the board's flash region; `text` holds them, with the client secret. With the feature `wifi` they name a network.
///
/// Without valid settings it never returns: it calls `waiting` once, and logs every ten seconds why it waits, since a reset would not help.
pub async fn read_settings<'t>(
    flash: &mut impl ReadNorFlash,
    region: Region,
    text: &'t mut [u8],
    waiting: impl FnOnce(),
) -> Settings<'t> {
    let error = match Settings::read(region, flash, text) {
        #[cfg(feature = "wifi")]
        Ok(Settings { wifi: None, .. }) => SettingsError::Missing("wifi-ssid"),
        Ok(settings) => return settings,
        Err(error) => error,
    };
    waiting();
    loop {
        error!("{}; waiting for new settings", error);
        Timer::after_secs(REMINDER).await;
    }
}
