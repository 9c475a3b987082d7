//! What makes one gateway differ from another: a short text, provisioned apart from the program.
//!
//! Lines `name = value`; `#` begins a comment line. It ends with its bytes, or at the first byte 0x00 or 0xFF, which is what
//! follows it in a flash region that was erased.
//!
//! | name | value | without it |
//! |---|---|---|
//! | `region` | a region in any spelling, or a domain | `login-host` is needed |
//! | `login-host`, `login-port` | exactly this host | of the region; 443 |
//! | `api-host`, `api-port` | exactly this host | of the region, or the login host's; 443 |
//! | `client-id`, `client-secret` | of the OAuth client | needed |
//! | `trust-anchor` | a certificate, DER in hexadecimal digits | the service's published trust anchors |
//! | `time` | seconds since 1970, when there is a trusted source for them | the `time-servers` are asked |
//! | `time-servers` | host names or addresses of up to four SNTP servers, with spaces between | `time` is needed |
//! | `path` | what is asked of the Platform API | `/api/v2/tokens/me` |
//! | `every` | seconds from one call to the next | 60 |
//! | `timeout` | seconds for one exchange | 20 |
//! | `calls` | answered calls after which the program ends well | it never does |
//! | `failures` | failed calls after which it gives up | it never does |

use core::fmt;

use genesys_token_embassy::core::settings::{ClientId, ClientSecret, ConfigError, Endpoint};

/// What is asked of the Platform API when nothing else is said: it needs no permission.
const PATH: &str = "/api/v2/tokens/me";
/// A slow device computes a second or more for one TLS handshake.
const TIMEOUT: u32 = 20;
/// The most time servers.
const SERVERS: usize = 4;

/// The settings of one gateway. The secret is wiped when they are dropped; wiping the text they were read from is the caller's.
#[derive(Debug)]
pub struct Settings<'a> {
    /// Where the service is.
    pub endpoint: Endpoint,
    /// The OAuth client.
    pub client_id: ClientId,
    /// Its secret.
    pub client_secret: ClientSecret,
    /// A certificate in DER, or those of the service.
    pub trust_anchor: Option<&'a [u8]>,
    /// Where the time comes from.
    pub clock: Clock<'a>,
    /// What is done.
    pub schedule: Schedule<'a>,
}

/// Where the wall clock's time comes from. Without a time there is no TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock<'a> {
    /// Seconds since 1970 at the start of the program, from a source that is trusted.
    pub given: Option<u64>,
    servers: [&'a str; SERVERS],
    count: usize,
}

impl<'a> Clock<'a> {
    /// The SNTP servers to ask.
    #[must_use]
    pub fn servers(&self) -> &[&'a str] {
        self.servers.get(..self.count).unwrap_or_default()
    }
}

/// Which calls are made, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule<'a> {
    /// Path and query.
    pub path: &'a str,
    /// Seconds from one call to the next.
    pub every: u32,
    /// Seconds for one exchange.
    pub timeout: u32,
    /// Answered calls after which the program ends well; none means that it goes on for ever.
    pub calls: Option<u32>,
    /// Failed calls after which it gives up; none means that it never does.
    pub failures: Option<u32>,
}

/// What is wrong with a text of settings. Never shows a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsError {
    /// A line is not `name = value`, or not UTF-8.
    Line(usize),
    /// No setting has this line's name.
    Name(usize),
    /// This line's value is not what its name wants.
    Value(usize),
    /// A value that is needed is missing.
    Missing(&'static str),
    /// There are more time servers than would be asked.
    TimeServers,
    /// The service or the client cannot be as described.
    Config(ConfigError),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line} of the settings is not `name = value`"),
            Self::Name(line) => write!(f, "line {line} of the settings has an unknown name"),
            Self::Value(line) => write!(f, "the value in line {line} of the settings is not of its kind"),
            Self::Missing(name) => write!(f, "the settings lack `{name}`"),
            Self::TimeServers => {
                write!(f, "the settings name more than {SERVERS} time servers; leave some out")
            }
            Self::Config(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SettingsError {}

impl From<ConfigError> for SettingsError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// The values as they stand in the text.
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
}

impl<'a> Settings<'a> {
    /// Reads a text. What is written in hexadecimal digits is decoded in its place.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] says which line to mend.
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
        let sign = line.iter().position(|byte| *byte == b'=').ok_or(SettingsError::Line(number))?;
        let (name, rest) = line.split_at_mut_checked(sign).ok_or(SettingsError::Line(number))?;
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
            b"login-port" => self.login.1 = Some(value.parse().map_err(|_| wrong)?),
            b"api-host" => self.api.0 = Some(value),
            b"api-port" => self.api.1 = Some(value.parse().map_err(|_| wrong)?),
            b"client-id" => self.client_id = Some(value),
            b"client-secret" => self.client_secret = Some(value),
            b"time" => self.time = Some(value.parse().map_err(|_| wrong)?),
            b"time-servers" => self.time_servers = Some(value),
            b"path" if value.starts_with('/') => self.path = Some(value),
            b"path" => return Err(wrong),
            b"every" => self.every = Some(value.parse().map_err(|_| wrong)?),
            b"timeout" => self.timeout = Some(value.parse().map_err(|_| wrong)?),
            b"calls" => self.calls = Some(value.parse().map_err(|_| wrong)?),
            b"failures" => self.failures = Some(value.parse().map_err(|_| wrong)?),
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
        })
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

/// Decodes hexadecimal digits in their place.
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
