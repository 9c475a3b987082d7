//! Errors in the caller's settings.

use core::fmt;

use super::{Region, RegionError};
use crate::text::{CapacityError, Quoted};

/// An invalid setting. Caused by the caller's own values only, never by anything from the network.
///
/// It contains no part of the value, so it may be logged.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The region is unknown or ambiguous.
    Region(RegionError),
    /// A host that issues no tokens, although tutorials name it.
    WrongHost {
        /// The regions whose login host may have been meant.
        candidates: &'static [Region],
    },
    /// `api.<domain>` where `login.<domain>` is needed, for a domain that is not in the table.
    ApiHost,
    /// A path that is not the token endpoint's.
    WrongPath,
    /// A URL that begins with `http://`.
    ClearText,
    /// Not a host name or IP address.
    InvalidHost,
    /// Port 0.
    InvalidPort,
    /// The path does not begin with `/` or holds something other than visible ASCII, or a query.
    InvalidPath,
    /// No client id.
    EmptyClientId,
    /// A client id has an illegal byte.
    InvalidClientId {
        /// Offset in bytes.
        position: usize,
    },
    /// No client secret.
    EmptyClientSecret,
    /// A client secret has an illegal byte.
    InvalidClientSecret {
        /// Offset in bytes.
        position: usize,
    },
    /// Not a list of scope tokens.
    InvalidScope {
        /// Offset in bytes.
        position: usize,
    },
    /// The grant needs a client secret and the client has none.
    SecretMissing,
    /// The PKCE code verifier is not 43 to 128 unreserved characters (RFC 7636 section 4.1).
    InvalidCodeVerifier,
    /// A value that the grant needs is empty. The value is named by its form parameter.
    EmptyParameter(&'static str),
    /// A value is longer than its capacity.
    Capacity(CapacityError),
}

impl From<CapacityError> for ConfigError {
    fn from(error: CapacityError) -> Self {
        Self::Capacity(error)
    }
}

impl From<RegionError> for ConfigError {
    fn from(error: RegionError) -> Self {
        Self::Region(error)
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, position) = match self {
            Self::Region(error) => return f.debug_tuple("Region").field(error).finish(),
            Self::WrongHost { candidates } => {
                return f.debug_struct("WrongHost").field("candidates", candidates).finish();
            }
            Self::EmptyParameter(name) => {
                return f.debug_tuple("EmptyParameter").field(&Quoted(name)).finish();
            }
            Self::Capacity(error) => return f.debug_tuple("Capacity").field(error).finish(),
            Self::InvalidClientId { position } => ("InvalidClientId", Some(position)),
            Self::InvalidClientSecret { position } => ("InvalidClientSecret", Some(position)),
            Self::InvalidScope { position } => ("InvalidScope", Some(position)),
            Self::ApiHost => ("ApiHost", None),
            Self::WrongPath => ("WrongPath", None),
            Self::ClearText => ("ClearText", None),
            Self::InvalidHost => ("InvalidHost", None),
            Self::InvalidPort => ("InvalidPort", None),
            Self::InvalidPath => ("InvalidPath", None),
            Self::EmptyClientId => ("EmptyClientId", None),
            Self::EmptyClientSecret => ("EmptyClientSecret", None),
            Self::SecretMissing => ("SecretMissing", None),
            Self::InvalidCodeVerifier => ("InvalidCodeVerifier", None),
        };
        match position {
            Some(position) => f.debug_struct(name).field("position", position).finish(),
            None => f.write_str(name),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(error) => error.fmt(f),
            Self::WrongHost { candidates } => wrong_host(candidates, f),
            Self::ApiHost => f.write_str("this is an API host, but tokens are issued by login.<domain>: write the domain only"),
            Self::WrongPath => f.write_str(
                "the path is not that of the token endpoint, /oauth/token: write the region or the login host only",
            ),
            Self::ClearText => f.write_str("tokens are asked for over https:// only: remove http://"),
            Self::InvalidHost => f.write_str("not a host name: write a region such as eu_central_1, or a domain"),
            Self::InvalidPort => f.write_str("port 0 cannot be connected to: use a port from 1 to 65535"),
            Self::InvalidPath => f.write_str("the path must begin with / and hold visible ASCII without ? and #"),
            Self::EmptyClientId => f.write_str("the client id is empty: copy it from the OAuth client's page"),
            Self::InvalidClientId { position } => write!(
                f,
                "the client id holds a character that no client id has at offset {position} (a space, a colon, a line \
                 end?): copy it again from the OAuth client's page"
            ),
            Self::EmptyClientSecret => f.write_str("the client secret is empty: copy it from the OAuth client's page"),
            Self::InvalidClientSecret { position } => write!(
                f,
                "the client secret holds a character that no client secret has at offset {position} (a line end, a \
                 space at an end?): copy it again from the OAuth client's page"
            ),
            Self::InvalidScope { position } => write!(
                f,
                "the scope is not a list of words separated by one space each: see offset {position}"
            ),
            Self::SecretMissing => f.write_str("this grant needs a client secret: set one, or use PKCE"),
            Self::InvalidCodeVerifier => {
                f.write_str("a PKCE code verifier is 43 to 128 letters, digits and -._~: make a new one")
            }
            Self::EmptyParameter(name) => write!(f, "the request parameter {name} is empty: the grant needs it"),
            Self::Capacity(error) => error.fmt(f),
        }
    }
}

fn wrong_host(candidates: &[Region], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("this host serves no tokens; use ")?;
    if candidates.len() == Region::ALL.len() {
        return f.write_str(
            "login.<domain of your region>, for example login.mypurecloud.com for us_east_1 or login.mypurecloud.de for \
             eu_central_1",
        );
    }
    for (index, region) in candidates.iter().enumerate() {
        let separator = if index == 0 { "" } else { " or " };
        write!(f, "{separator}{} ({region})", region.login_host())?;
    }
    Ok(())
}

impl core::error::Error for ConfigError {}
