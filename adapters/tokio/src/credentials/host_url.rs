//! URLs of hosts, as `GENESYS_LOGIN_URL` and `GENESYS_API_URL` hold them.

use genesys_token_core::settings::{ConfigError, Endpoint};

/// A host with its port: `host`, `host:port`, `[::1]:port` or `::1`, each also as an `https` URL with or without a path.
///
/// The scheme is case-insensitive (RFC 3986 section 3.1); white space around the whole is ignored, because pipelines leave it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostUrl<'a> {
    /// The host, an IPv6 address without brackets.
    pub host: &'a str,
    /// The port, 443 unless the URL names one.
    pub port: u16,
    /// The path with its leading slash, unless it is empty or `/`.
    pub path: Option<&'a str>,
}

impl<'a> HostUrl<'a> {
    /// Parses a URL. Whether the host is one is checked by [`Endpoint`].
    ///
    /// # Errors
    /// [`ConfigError::ClearText`] for `http://`, [`ConfigError::InvalidHost`] for another scheme or a user,
    /// [`ConfigError::InvalidPort`] for anything after the colon that is not a port.
    pub fn parse(text: &'a str) -> Result<Self, ConfigError> {
        let text = text.trim();
        if without_prefix(text, "http://").is_some() {
            return Err(ConfigError::ClearText);
        }
        let text = without_prefix(text, "https://").unwrap_or(text);
        // RFC 3986 section 3.2.
        let (authority, path) = text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len()));
        let is_scheme =
            authority.eq_ignore_ascii_case("https:") || (authority.ends_with(':') && path.starts_with("//"));
        if is_scheme || authority.contains('@') {
            return Err(ConfigError::InvalidHost);
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(""))),
            None => match authority.split_once(':') {
                Some((host, port)) if !port.contains(':') => (host, Some(port)),
                // Several colons are an IPv6 address without brackets.
                _ => (authority, None),
            },
        };
        let port = port.map_or(Some(443), number).ok_or(ConfigError::InvalidPort)?;
        Ok(Self { host, port, path: Some(path).filter(|path| path.len() > 1) })
    }

    /// Returns the endpoint with this login host, and with the API host of `api` if there is one.
    ///
    /// # Errors
    /// As [`Endpoint::explicit`] and [`Endpoint::with_api`].
    pub fn endpoint(self, api: Option<HostUrl<'_>>) -> Result<Endpoint, ConfigError> {
        let endpoint = Endpoint::explicit(self.host, self.port, self.path.unwrap_or(Endpoint::TOKEN_PATH))?;
        match api {
            Some(api) if api.path.is_some() => Err(ConfigError::WrongPath),
            Some(api) => endpoint.with_api(api.host, api.port),
            None => Ok(endpoint),
        }
    }
}

/// Digits only: the standard library's numbers may have a sign.
fn number(port: &str) -> Option<u16> {
    port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok()).flatten()
}

fn without_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_people_write_are_understood() {
        for (text, host, port, path) in [
            ("localhost:8443", "localhost", 8443, None),
            // RFC 3986 section 3.1: schemes are case-insensitive.
            ("HTTPS://localhost:8443 ", "localhost", 8443, None),
            ("https://login.mypurecloud.de/", "login.mypurecloud.de", 443, None),
            ("https://[::1]:8443/oauth/token", "::1", 8443, Some("/oauth/token")),
            ("::1", "::1", 443, None),
        ] {
            assert_eq!(HostUrl::parse(text), Ok(HostUrl { host, port, path }), "{text}");
        }
    }

    #[test]
    fn clear_text_and_ports_that_are_none_are_rejected() {
        assert_eq!(HostUrl::parse("http://localhost"), Err(ConfigError::ClearText));
        for text in ["localhost:", "localhost:x", "[::1]8443", "localhost:70000", "localhost:+443"] {
            assert_eq!(HostUrl::parse(text), Err(ConfigError::InvalidPort), "{text}");
        }
    }

    /// Advice about the port would be wrong for them.
    #[test]
    fn other_urls_are_not_taken_for_ports() {
        for text in ["wss://localhost:8443", "https:/localhost", "https://user:x@localhost:8443"] {
            assert_eq!(HostUrl::parse(text), Err(ConfigError::InvalidHost), "{text}");
        }
        // RFC 3986 section 3.2: a query and a fragment end the authority as well.
        for text in ["https://localhost:8443?a=b", "https://localhost:8443#a"] {
            let endpoint = HostUrl::parse(text).and_then(|url| url.endpoint(None));
            assert_eq!(endpoint.map(drop), Err(ConfigError::InvalidPath), "{text}");
        }
    }
}
