//! The radio of this board. embassy-net sees its association as the state of the link.

use association::{Failure, Radio};
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{
    AuthenticationMethodConfig, Config, ConnectionError, ControllerConfig, DisconnectReason as Reason,
    Password, WifiController, WifiError,
};
use gateway::Wifi;

/// Returns the configuration for this network; an error if name or password is too long.
pub(crate) fn configuration(wifi: &Wifi<'_>) -> Result<ControllerConfig, WifiError> {
    let authentication = match wifi.password() {
        Some(password) => AuthenticationMethodConfig::Wpa2Personal(Password::try_from(password)?),
        None => AuthenticationMethodConfig::Open,
    };
    let station =
        StationConfig::default().with_ssid(wifi.ssid().try_into()?).with_authentication(authentication);
    Ok(ControllerConfig::default().with_initial_config(Config::Station(station)))
}

/// The radio, for `association`.
pub(crate) struct Station(pub(crate) WifiController<'static>);

impl Radio for Station {
    type Reason = Reason;

    async fn associate(&mut self) -> Result<(), Failure<Reason>> {
        let failed = match self.0.connect_async().await {
            Ok(_) => return Ok(()),
            Err(ConnectionError::Failed(failed)) => failed.reason,
            Err(_) => return Err(Failure::NoResponse),
        };
        Err(match failed {
            Reason::NoAccessPointFound | Reason::NoAccessPointFoundInRssiThreshold => Failure::Absent(failed),
            Reason::AuthenticationFailed
            | Reason::FourWayHandshakeTimeout
            | Reason::HandshakeTimeout
            | Reason::NoAccessPointFoundInAuthmodeThreshold
            | Reason::NoAccessPointFoundWithCompatibleSecurity => Failure::Refused(failed),
            _ => Failure::Other(failed),
        })
    }

    async fn wait_until_lost(&mut self) -> Option<Reason> {
        self.0.wait_for_disconnect_async().await.ok().map(|lost| lost.reason)
    }

    async fn cancel(&mut self) {
        let _ = self.0.disconnect_async().await;
    }
}
