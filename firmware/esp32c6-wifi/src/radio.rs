//! The radio of this board, and what is logged of its association. embassy-net sees the association as the state of the link.

use core::time::Duration;

use association::{Clock, Event, Failure, Radio};
use defmt::{info, warn};
use embassy_time::{Instant, Timer};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{
    AuthenticationMethodConfig, Config, ConnectionError, ControllerConfig, DisconnectReason, Password,
    WifiController, WifiError,
};
use gateway::Wifi;

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

/// Keeps the board associated. Returns when the radio does not respond.
pub(crate) async fn keep(controller: WifiController<'static>) {
    association::keep(&mut Station(controller), &Uptime, |event| {
        match (event, event.reason(), event.wait()) {
            (Event::Associated, ..) => info!("{=str}", event.text()),
            (_, Some(reason), 0) => warn!("{=str}: {}", event.text(), reason),
            (_, Some(reason), wait) => {
                warn!("{=str}: {}; next attempt in {=u64} s", event.text(), reason, wait);
            }
            (_, None, wait) => warn!("{=str}; next attempt in {=u64} s", event.text(), wait),
        }
    })
    .await;
}

struct Station(WifiController<'static>);

impl Radio for Station {
    type Reason = DisconnectReason;

    async fn associate(&mut self) -> Result<(), Failure<DisconnectReason>> {
        let failed = match self.0.connect_async().await {
            Ok(_) => return Ok(()),
            Err(ConnectionError::Failed(failed)) => failed.reason,
            Err(_) => return Err(Failure::NoResponse),
        };
        Err(match failed {
            DisconnectReason::NoAccessPointFound | DisconnectReason::NoAccessPointFoundInRssiThreshold => {
                Failure::Absent(failed)
            }
            DisconnectReason::AuthenticationFailed
            | DisconnectReason::FourWayHandshakeTimeout
            | DisconnectReason::HandshakeTimeout
            | DisconnectReason::MicFailure
            | DisconnectReason::NoAccessPointFoundInAuthmodeThreshold
            | DisconnectReason::NoAccessPointFoundWithCompatibleSecurity => Failure::Refused(failed),
            _ => Failure::Other(failed),
        })
    }

    async fn wait_until_lost(&mut self) -> Option<DisconnectReason> {
        self.0.wait_for_disconnect_async().await.ok().map(|lost| lost.reason)
    }

    async fn cancel(&mut self) {
        let _ = self.0.disconnect_async().await;
    }
}

struct Uptime;

impl Clock for Uptime {
    fn now(&self) -> Duration {
        Instant::now().duration_since(Instant::MIN).into()
    }

    fn wait(&self, time: Duration) -> impl Future<Output = ()> {
        Timer::after_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }
}
