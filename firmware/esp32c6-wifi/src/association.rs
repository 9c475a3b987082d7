//! The association with the access point: lost ones are established again. embassy-net sees them as the state of the link.

use defmt::{info, warn};
use embassy_time::{Duration, Timer};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{
    AuthenticationMethodConfig, Config, ConnectionError, ControllerConfig, Password, WifiController,
    WifiError,
};
use gateway::Wifi;

/// The first wait after an attempt that failed. It doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Returns the configuration for this network.
///
/// # Errors
///
/// Name or password is too long.
pub(crate) fn configuration(wifi: &Wifi<'_>) -> Result<ControllerConfig, WifiError> {
    let authentication = match wifi.password() {
        Some(password) => AuthenticationMethodConfig::Wpa2Personal(Password::try_from(password)?),
        None => AuthenticationMethodConfig::Open,
    };
    let station =
        StationConfig::default().with_ssid(wifi.ssid().try_into()?).with_authentication(authentication);
    Ok(ControllerConfig::default().with_initial_config(Config::Station(station)))
}

/// Keeps the board associated. Never returns.
pub(crate) async fn keep(mut controller: WifiController<'static>) {
    let mut wait = FIRST_WAIT;
    loop {
        match controller.connect_async().await {
            Ok(_) => {
                info!("associated with the access point");
                wait = FIRST_WAIT;
                if let Ok(lost) = controller.wait_for_disconnect_async().await {
                    warn!("the association is lost: {}", lost.reason);
                }
            }
            Err(ConnectionError::Failed(failed)) => {
                warn!("no association: {}; check `wifi-ssid` and `wifi-password`", failed.reason);
            }
            Err(_) => warn!("no association: the radio does not respond"),
        }
        Timer::after(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
