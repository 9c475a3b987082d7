//! The settings that a board has found in its flash.

use defmt::error;
use embassy_time::Timer;

use crate::settings::Settings;

/// The interval in seconds at which missing or invalid settings are logged.
const REMINDER: u64 = 10;

/// Parses the text of the settings, as [`Settings::parse`].
///
/// Without valid settings it never returns: it calls `waiting`, and logs again and again why the board waits. A reset would change nothing.
pub async fn parse_settings(text: &mut [u8], waiting: impl FnOnce()) -> Settings<'_> {
    let error = match Settings::parse(text) {
        Ok(settings) => return settings,
        Err(error) => error,
    };
    waiting();
    loop {
        error!("the settings are missing or invalid: {}; waiting for new ones", error);
        Timer::after_secs(REMINDER).await;
    }
}
