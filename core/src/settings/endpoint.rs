//! The hosts of the token endpoint and of the Platform API.

use core::str::FromStr;

use super::host::{Authority, refuse_api_host, refuse_known_mistake, strip_prefix_ignore_case};
use super::{ConfigError, Region};
use crate::text::Text;

/// The length of the longest accepted path of a token endpoint, in bytes.
const PATH_CAPACITY: usize = 128;
const HTTPS: u16 = 443;

/// The hosts, ports and path of one service.
///
/// Always HTTPS: no other scheme can be set. `"eu_central_1".parse::<Endpoint>()` is the usual way to create one; see
/// [`FromStr`](#impl-FromStr-for-Endpoint) for other accepted forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    login: Authority,
    token_path: Text<PATH_CAPACITY>,
    api: Authority,
}

impl Endpoint {
    /// The token endpoint of every region: `POST https://login.<domain>/oauth/token`.
    pub const TOKEN_PATH: &'static str = "/oauth/token";

    /// Returns the service of a domain: `login.<domain>` and `api.<domain>`, for regions that are not in [`Region`] yet. A
    /// leading `login.` is accepted.
    ///
    /// # Errors
    /// [`ConfigError::InvalidHost`], [`ConfigError::Capacity`], or [`ConfigError::WrongHost`] for a domain that appears in
    /// tutorials but does not exist. [`Endpoint::explicit`] accepts such a host nevertheless.
    pub fn custom_domain(domain: &str) -> Result<Self, ConfigError> {
        let domain = strip_prefix_ignore_case(domain, "login.").unwrap_or(domain);
        refuse_api_host(domain)?;
        refuse_known_mistake(domain)?;
        Ok(Self {
            login: Authority::new("login.", domain, HTTPS)?,
            token_path: Text::new("path", Self::TOKEN_PATH)?,
            api: Authority::new("api.", domain, HTTPS)?,
        })
    }

    /// Returns exactly this token endpoint, whatever its name; the API is expected at the same host and port.
    ///
    /// # Errors
    /// [`ConfigError::InvalidHost`], [`ConfigError::InvalidPort`], [`ConfigError::InvalidPath`] unless `token_path`
    /// begins with `/` and holds visible ASCII only, without `?` and `#`; [`ConfigError::Capacity`].
    pub fn explicit(login_host: &str, port: u16, token_path: &str) -> Result<Self, ConfigError> {
        let legal = |byte: u8| byte.is_ascii_graphic() && byte != b'?' && byte != b'#';
        if !token_path.starts_with('/') || !token_path.bytes().all(legal) {
            return Err(ConfigError::InvalidPath);
        }
        let login = Authority::new("", login_host, port)?;
        Ok(Self { login, token_path: Text::new("path", token_path)?, api: login })
    }

    /// Sets another host of the Platform API.
    ///
    /// # Errors
    /// [`ConfigError::InvalidHost`], [`ConfigError::InvalidPort`], [`ConfigError::Capacity`].
    pub fn with_api(self, api_host: &str, port: u16) -> Result<Self, ConfigError> {
        Ok(Self { api: Authority::new("", api_host, port)?, ..self })
    }

    /// Returns the host of the token endpoint.
    #[must_use]
    pub fn login_host(&self) -> &str {
        self.login.host.as_str()
    }

    /// Returns the port of [`Endpoint::login_host`].
    #[must_use]
    pub const fn login_port(&self) -> u16 {
        self.login.port
    }

    /// Returns the path of the token endpoint.
    #[must_use]
    pub fn token_path(&self) -> &str {
        self.token_path.as_str()
    }

    /// Returns the host of the Platform API.
    #[must_use]
    pub fn api_host(&self) -> &str {
        self.api.host.as_str()
    }

    /// Returns the port of [`Endpoint::api_host`].
    #[must_use]
    pub const fn api_port(&self) -> u16 {
        self.api.port
    }
}

impl From<Region> for Endpoint {
    fn from(region: Region) -> Self {
        let authority = |host| Authority {
            // Every host of the table fits; otherwise the test of all regions would find an empty one.
            host: Text::new("host name", host).unwrap_or(Text::EMPTY),
            port: HTTPS,
        };
        Self {
            login: authority(region.login_host()),
            token_path: Text::new("path", Self::TOKEN_PATH).unwrap_or(Text::EMPTY),
            api: authority(region.api_host()),
        }
    }
}

/// Accepts a region in any of its spellings, the login host of a region, or a domain that is not in the table, each also as a
/// pasted URL (`https://login.mypurecloud.de/oauth/token`).
///
/// A host of the Platform API, a host that appears in tutorials but does not exist, and the path of another service are refused,
/// and the error names the right one: requests to them would fail with what looks like a wrong password.
impl FromStr for Endpoint {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let text = text.trim_ascii();
        if strip_prefix_ignore_case(text, "http://").is_some() {
            return Err(ConfigError::ClearText);
        }
        let rest = strip_prefix_ignore_case(text, "https://").unwrap_or(text);
        let host_end = rest.bytes().position(|byte| byte == b'/').unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(host_end).unwrap_or((rest, ""));
        let host = host.strip_suffix(":443").unwrap_or(host);
        if !matches!(path, "" | "/" | "/oauth" | "/oauth/" | "/oauth/token" | "/oauth/token/") {
            return Err(ConfigError::WrongPath);
        }
        let domain = strip_prefix_ignore_case(host, "login.").unwrap_or(host);
        match domain.parse::<Region>() {
            Ok(region) => Ok(region.into()),
            // A word without a dot is not a domain; it is meant as a region.
            Err(error) if !domain.as_bytes().contains(&b'.') => Err(ConfigError::Region(error)),
            Err(_) => Self::custom_domain(domain),
        }
    }
}

/// As [`FromStr`](#impl-FromStr-for-Endpoint).
impl TryFrom<&str> for Endpoint {
    type Error = ConfigError;

    fn try_from(text: &str) -> Result<Self, ConfigError> {
        text.parse()
    }
}
