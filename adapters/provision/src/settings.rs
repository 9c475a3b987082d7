//! The settings of one gateway: a short text, provisioned separately from the program.
//!
//! Lines `name = value`; `#` begins a comment line. The text ends at its last byte, or before the first byte 0x00 or 0xFF: erased
//! flash holds these after it.
//!
//! | name | value | default |
//! |---|---|---|
//! | `region` | a region in any spelling, or a domain | none: `login-host` is then required |
//! | `login-host`, `login-port` | overrides the region's login host, for example in tests | of the region; 443 |
//! | `api-host`, `api-port` | overrides the region's API host | of the region, or the login host; 443 |
//! | `client-id`, `client-secret` | of the OAuth client | none: required |
//! | `trust-anchor` | a certificate, DER in hexadecimal digits | the service's published trust anchors |
//! | `time` | Unix time in seconds at the start of the program, from a trusted source | the `time-servers` are asked |
//! | `time-servers` | host names or addresses of up to four SNTP servers, separated by spaces | none: `time` is then required |
//! | `wifi-ssid` | SSID of the Wi-Fi network; feature `wifi` | none: required on boards with Wi-Fi |
//! | `wifi-password` | its passphrase or key (WPA2 Personal); feature `wifi` | none: the network is open |
//! | `path` | path and query of the Platform API call | `/api/v2/tokens/me` |
//! | `every` | interval between calls, seconds | 60 |
//! | `timeout` | limit for one exchange, seconds | 20 |
//! | `calls` | number of answered calls after which the program ends successfully | unlimited |
//! | `failures` | number of failed calls after which it gives up | unlimited |

use core::fmt;

use embedded_storage::nor_flash::ReadNorFlash;
use genesys_token_core::settings::{ClientId, ClientSecret, ConfigError, Endpoint};

use crate::error::RegionError;
use crate::region::Region;
#[cfg(feature = "wifi")]
use crate::wifi::{self, Wifi};

/// Default path of the call: it requires no permission.
const PATH: &str = "/api/v2/tokens/me";
/// Seconds for one exchange: a slow device computes for a second or more during a TLS handshake.
const TIMEOUT: u32 = 20;
/// The maximum number of time servers.
const SERVERS: usize = 4;

/// The settings of one gateway. The secret is wiped on drop; wiping the text it was read from is up to the caller.
#[derive(Debug)]
pub struct Settings<'a> {
    /// Hosts and ports of the service.
    pub endpoint: Endpoint,
    /// Client id of the OAuth client.
    pub client_id: ClientId,
    /// Client secret of the OAuth client.
    pub client_secret: ClientSecret,
    /// A CA certificate in DER; without one the service's published trust anchors are used.
    pub trust_anchor: Option<&'a [u8]>,
    /// Source of the wall-clock time.
    pub clock: Clock<'a>,
    /// Which calls are made, and when.
    pub schedule: Schedule<'a>,
    /// The Wi-Fi network, if the settings name one.
    #[cfg(feature = "wifi")]
    pub wifi: Option<Wifi<'a>>,
}

/// The source of the wall-clock time. Without a trusted time no TLS connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock<'a> {
    /// Unix time in seconds at the start of the program, from a trusted source.
    pub given: Option<u64>,
    servers: [&'a str; SERVERS],
    count: usize,
}

impl<'a> Clock<'a> {
    /// Returns the names of the SNTP servers to ask, at most four.
    #[must_use]
    pub fn servers(&self) -> &[&'a str] {
        self.servers.get(..self.count).unwrap_or_default()
    }
}

/// The schedule of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule<'a> {
    /// Path and query of the call.
    pub path: &'a str,
    /// Interval between calls, in seconds.
    pub every: u32,
    /// Limit for one exchange, in seconds.
    pub timeout: u32,
    /// Number of answered calls after which the program ends successfully; `None`: unlimited.
    pub calls: Option<u32>,
    /// Number of failed calls after which it gives up; `None`: unlimited.
    pub failures: Option<u32>,
}

/// The reason why there are no settings: an error in their text, or in the region that holds it. Never shows a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// The line with this number is not `name = value`, or not UTF-8.
    Line(usize),
    /// The name in the line with this number is unknown.
    Name(usize),
    /// The value in the line with this number is invalid for its name.
    Value(usize),
    /// The required setting with this name is missing.
    Missing(&'static str),
    /// There are more than the maximum number of time servers.
    TimeServers,
    /// Region, host, client id or client secret is invalid.
    Config(ConfigError),
    /// The flash region cannot be read.
    Region(RegionError),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line} of the settings is not of the form `name = value`"),
            Self::Name(line) => write!(f, "line {line} of the settings has an unknown name"),
            Self::Value(line) => {
                write!(f, "the value in line {line} of the settings is invalid for its name")
            }
            Self::Missing(name) => write!(f, "the settings lack `{name}`"),
            Self::TimeServers => {
                write!(f, "the settings name more than {SERVERS} time servers; leave some out")
            }
            Self::Config(error) => error.fmt(f),
            Self::Region(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SettingsError {}

impl From<ConfigError> for SettingsError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<RegionError> for SettingsError {
    fn from(error: RegionError) -> Self {
        Self::Region(error)
    }
}

/// The values as written in the text.
#[derive(Default)]
struct Values<'a> {
    region: Option<&'a str>,
    login: (Option<&'a str>, Option<u16>),
    api: (Option<&'a str>, Option<u16>),
    client_id: Option<&'a str>,
    client_secret: Option<&'a str>,
    trust_anchor: Option<&'a [u8]>,
    time: Option<u64>,
    time_servers: Option<&'a str>,
    path: Option<&'a str>,
    every: Option<u32>,
    timeout: Option<u32>,
    calls: Option<u32>,
    failures: Option<u32>,
    #[cfg(feature = "wifi")]
    wifi: (Option<&'a str>, Option<&'a str>),
}

impl<'a> Settings<'a> {
    /// Reads the newest valid settings of a region into `place` and parses them.
    ///
    /// # Errors
    ///
    /// [`SettingsError`]. `place` may hold a part of the settings then.
    pub fn read(
        region: Region,
        flash: &mut impl ReadNorFlash,
        place: &'a mut [u8],
    ) -> Result<Self, SettingsError> {
        Self::parse(region.read(flash, place)?)
    }

    /// Parses a text. Hexadecimal digits are decoded in place, so the text is changed.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the line to correct, or the setting that is missing.
    pub fn parse(text: &'a mut [u8]) -> Result<Self, SettingsError> {
        let end = text.iter().position(|byte| matches!(byte, 0x00 | 0xff)).unwrap_or(text.len());
        let text = text.get_mut(..end).unwrap_or_default();
        let mut values = Values::default();
        for (index, line) in text.split_mut(|byte| *byte == b'\n').enumerate() {
            values.take(line, index + 1)?;
        }
        values.settings()
    }
}

impl<'a> Values<'a> {
    fn take(&mut self, line: &'a mut [u8], number: usize) -> Result<(), SettingsError> {
        if line.trim_ascii().is_empty() || line.trim_ascii_start().starts_with(b"#") {
            return Ok(());
        }
        let equals = line.iter().position(|byte| *byte == b'=').ok_or(SettingsError::Line(number))?;
        let (name, rest) = line.split_at_mut_checked(equals).ok_or(SettingsError::Line(number))?;
        let value = rest.split_first_mut().ok_or(SettingsError::Line(number))?.1;
        if name.trim_ascii() == b"trust-anchor" {
            self.trust_anchor = Some(hexadecimal(value).ok_or(SettingsError::Value(number))?);
            return Ok(());
        }
        let value = core::str::from_utf8(value).map_err(|_| SettingsError::Line(number))?.trim_ascii();
        let wrong = SettingsError::Value(number);
        match name.trim_ascii() {
            b"region" => self.region = Some(value),
            b"login-host" => self.login.0 = Some(value),
            b"login-port" => self.login.1 = Some(decimal(value).ok_or(wrong)?),
            b"api-host" => self.api.0 = Some(value),
            b"api-port" => self.api.1 = Some(decimal(value).ok_or(wrong)?),
            b"client-id" => self.client_id = Some(value),
            b"client-secret" => self.client_secret = Some(value),
            b"time" => self.time = Some(decimal(value).ok_or(wrong)?),
            b"time-servers" => self.time_servers = Some(value),
            b"path" if value.starts_with('/') => self.path = Some(value),
            b"path" => return Err(wrong),
            b"every" => self.every = Some(decimal(value).ok_or(wrong)?),
            b"timeout" => self.timeout = Some(decimal(value).ok_or(wrong)?),
            b"calls" => self.calls = Some(decimal(value).ok_or(wrong)?),
            b"failures" => self.failures = Some(decimal(value).ok_or(wrong)?),
            #[cfg(feature = "wifi")]
            b"wifi-ssid" if wifi::is_ssid(value) => self.wifi.0 = Some(value),
            #[cfg(feature = "wifi")]
            b"wifi-password" if wifi::is_password(value) => self.wifi.1 = Some(value),
            #[cfg(feature = "wifi")]
            b"wifi-ssid" | b"wifi-password" => return Err(wrong),
            _ => return Err(SettingsError::Name(number)),
        }
        Ok(())
    }

    fn settings(self) -> Result<Settings<'a>, SettingsError> {
        Ok(Settings {
            endpoint: self.endpoint()?,
            client_id: ClientId::new(self.client_id.ok_or(SettingsError::Missing("client-id"))?)?,
            client_secret: ClientSecret::new(
                self.client_secret.ok_or(SettingsError::Missing("client-secret"))?,
            )?,
            trust_anchor: self.trust_anchor,
            clock: self.clock()?,
            schedule: Schedule {
                path: self.path.unwrap_or(PATH),
                every: self.every.unwrap_or(60),
                timeout: self.timeout.unwrap_or(TIMEOUT),
                calls: self.calls,
                failures: self.failures,
            },
            #[cfg(feature = "wifi")]
            wifi: self.wifi()?,
        })
    }

    #[cfg(feature = "wifi")]
    fn wifi(&self) -> Result<Option<Wifi<'a>>, SettingsError> {
        match self.wifi {
            (Some(ssid), password) => Ok(Some(Wifi::new(ssid, password))),
            (None, Some(_)) => Err(SettingsError::Missing("wifi-ssid")),
            (None, None) => Ok(None),
        }
    }

    fn clock(&self) -> Result<Clock<'a>, SettingsError> {
        let mut clock = Clock { given: self.time, servers: [""; SERVERS], count: 0 };
        for server in self.time_servers.unwrap_or_default().split_ascii_whitespace() {
            *clock.servers.get_mut(clock.count).ok_or(SettingsError::TimeServers)? = server;
            clock.count += 1;
        }
        if clock.given.is_none() && clock.count == 0 {
            return Err(SettingsError::Missing("time-servers"));
        }
        Ok(clock)
    }

    fn endpoint(&self) -> Result<Endpoint, SettingsError> {
        const HTTPS: u16 = 443;
        let endpoint = match (self.login, self.region) {
            ((Some(host), port), _) => Endpoint::explicit(host, port.unwrap_or(HTTPS), Endpoint::TOKEN_PATH)?,
            ((None, _), Some(region)) => region.parse()?,
            ((None, _), None) => return Err(SettingsError::Missing("region")),
        };
        match self.api {
            (Some(host), port) => Ok(endpoint.with_api(host, port.unwrap_or(HTTPS))?),
            (None, _) => Ok(endpoint),
        }
    }
}

/// Parses a decimal number. All settings use one parser: one for each type would take flash.
fn decimal<N: TryFrom<u64>>(text: &str) -> Option<N> {
    N::try_from(text.parse::<u64>().ok()?).ok()
}

/// Decodes hexadecimal digits in place. Returns `None` unless there is an even number of them, and at least two.
fn hexadecimal(digits: &mut [u8]) -> Option<&[u8]> {
    let digits = trimmed(digits);
    let length = digits.len() / 2;
    for index in 0..length {
        let high = digit(*digits.get(2 * index)?)?;
        let low = digit(*digits.get(2 * index + 1)?)?;
        *digits.get_mut(index)? = high << 4 | low;
    }
    let whole = digits.len() == 2 * length && length > 0;
    digits.get(..length).filter(|_| whole)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn trimmed(text: &mut [u8]) -> &mut [u8] {
    let start = text.len() - text.trim_ascii_start().len();
    let length = text.trim_ascii().len();
    text.get_mut(start..start + length).unwrap_or_default()
}
