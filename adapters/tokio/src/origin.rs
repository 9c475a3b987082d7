//! Hosts that receive the token.

use http::Uri;
#[cfg(any(feature = "tower", test))]
use http::uri::Authority;
use http::uri::Scheme;

use crate::client::TokenClient;

const HTTPS_PORT: u16 = 443;

/// A host over `https`.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    host: Box<str>,
    port: u16,
}

impl Origin {
    pub(crate) fn of_api(client: &TokenClient) -> Self {
        let (host, port) = client.shared().api.host_and_port();
        Self { host: host.into(), port }
    }

    #[cfg(any(feature = "tower", test))]
    pub(crate) fn of_authority(authority: &Authority) -> Self {
        Self { host: authority.host().into(), port: authority.port_u16().unwrap_or(HTTPS_PORT) }
    }

    /// Returns whether this URI leads there. User information before the host is ignored.
    pub(crate) fn matches(&self, uri: &Uri) -> bool {
        uri.scheme() == Some(&Scheme::HTTPS)
            && uri.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.host))
            && port(uri) == Some(self.port)
    }
}

/// Returns the port. `None` if the URI has an invalid one.
fn port(uri: &Uri) -> Option<u16> {
    let names_none = uri.authority()?.as_str().ends_with(uri.host()?);
    uri.port_u16().or(names_none.then_some(HTTPS_PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(origin: &str, uri: &str) -> bool {
        Origin::of_authority(&origin.parse().expect("an authority")).matches(&uri.parse().expect("a URI"))
    }

    #[test]
    fn host_port_and_https_must_match() {
        for uri in
            ["https://api.test/a?b", "https://API.test", "https://api.test:443/", "https://user@api.test/"]
        {
            assert!(matches("api.test", uri), "{uri}");
        }
        assert!(matches("API.test:8443", "https://api.test:8443/") && matches("[::1]:1", "https://[::1]:1/"));
        for uri in [
            "http://api.test/",
            "http://api.test:443/",
            "https://api.test:8443/",
            "https://api.test.evil.test/",
            "https://evil.test/api.test",
            "https://api.test@evil.test/",
            "https://login.test/",
            "https://api.test./",
            "https://api.test:99999/",
            "https://api.test:/",
            "wss://api.test/",
            "/api/v2/tokens/me",
            "api.test:443",
            "*",
        ] {
            assert!(!matches("api.test", uri), "{uri}");
        }
    }
}
