//! The URL of a proxy, and for which hosts it is used.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::error::InvalidProxy;
use super::no_proxy::NoProxy;

/// An HTTP proxy that opens tunnels (CONNECT, RFC 9110 section 9.3.6). TLS is end to end, from this process to the service.
#[derive(Clone)]
pub struct Proxy {
    host: String,
    port: u16,
    authorization: Option<Zeroizing<String>>,
    exempt: NoProxy,
    /// The variable that names it, of a proxy of the environment: loopback hosts are reached directly.
    variable: Option<&'static str>,
}

/// The port of a URL without one, as with curl.
const DEFAULT_PORT: u16 = 1080;

impl Proxy {
    /// Parses the URL of a proxy: `http://[user[:password]@]host[:port]`; the scheme may be left out. In user and password
    /// `:`, `@`, `/` and `%` are percent-encoded; the default port is 1080, as with curl.
    ///
    /// # Errors
    /// [`InvalidProxy`]: SOCKS and TLS to the proxy are not supported.
    pub fn new(url: &str) -> Result<Self, InvalidProxy> {
        let rest = match url.trim_ascii().split_once("://") {
            None => url.trim_ascii(),
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "http" => rest,
                "https" => return Err(InvalidProxy::Https),
                scheme if scheme.starts_with("socks") => return Err(InvalidProxy::Socks),
                _ => return Err(InvalidProxy::Scheme),
            },
        };
        // A password may contain the characters that end an authority, so the last `@` is searched for first.
        let (user_info, rest) = match rest.rsplit_once('@') {
            Some((user_info, rest)) => (Some(user_info), rest),
            None => (None, rest),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let (host, port) = split_port(authority)?;
        Ok(Self {
            host,
            port: port.unwrap_or(DEFAULT_PORT),
            authorization: user_info.map(basic).transpose()?,
            exempt: NoProxy::default(),
            variable: None,
        })
    }

    /// Excludes the hosts in `list`: separated by commas or spaces, each a host name (which includes its
    /// subdomains), a suffix (`.example.com`, `*.example.com`: subdomains only), an address, a network
    /// (`10.0.0.0/8`, `fd00::/8`), a name or address with `:port`, or `*` for every host.
    #[must_use]
    pub fn except(mut self, list: &str) -> Self {
        self.exempt = NoProxy::parse(list);
        self
    }

    /// Sets the variable that names it, which excludes loopback hosts as well: see [`EnvProxy`](super::EnvProxy).
    pub(super) fn named_by(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    /// Returns whether a connection to this host goes through the proxy.
    pub(crate) fn serves(&self, host: &str, port: u16) -> bool {
        !(self.exempt.covers(host, port) || self.is_loopback_exempt(host))
    }

    fn is_loopback_exempt(&self, host: &str) -> bool {
        self.variable.is_some() && is_loopback(host)
    }

    /// Returns why a host is reached directly although there is a proxy, for the log.
    pub(crate) fn exemption(&self, host: &str) -> &'static str {
        if self.is_loopback_exempt(host) { "not used for this machine" } else { "excluded by NO_PROXY" }
    }

    /// Returns where the proxy was set, for the log.
    pub(crate) fn origin(&self) -> &'static str {
        self.variable.unwrap_or("the program's settings")
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the value of `Proxy-Authorization`.
    pub(crate) fn authorization(&self) -> Option<&str> {
        self.authorization.as_ref().map(|value| value.as_str())
    }
}

/// Returns whether a host is this machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Shows host and port, neither user nor password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("authorization", &self.authorization.as_ref().map(|_| "[redacted]"))
            .field("exempt", &self.exempt)
            .finish_non_exhaustive()
    }
}

/// As [`Proxy::new`].
impl FromStr for Proxy {
    type Err = InvalidProxy;

    fn from_str(url: &str) -> Result<Self, InvalidProxy> {
        Self::new(url)
    }
}

/// As [`Proxy::new`].
impl TryFrom<&str> for Proxy {
    type Error = InvalidProxy;

    fn try_from(url: &str) -> Result<Self, InvalidProxy> {
        Self::new(url)
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
fn split_port(authority: &str) -> Result<(String, Option<u16>), InvalidProxy> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(InvalidProxy::Host)?;
        if host.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(InvalidProxy::Host);
        }
        (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or(InvalidProxy::Port)?) })
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if host.is_empty() || !host.bytes().all(legal) {
            return Err(InvalidProxy::Host);
        }
        (host, port)
    };
    let port = match port {
        None | Some("") => None,
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port != 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(port),
            _ => return Err(InvalidProxy::Port),
        },
    };
    Ok((host.to_owned(), port))
}

/// Returns `Basic` with the percent-decoded user and password, RFC 7617.
fn basic(user_info: &str) -> Result<Zeroizing<String>, InvalidProxy> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let mut plain = Zeroizing::new(Vec::with_capacity(user_info.len() + 1));
    percent_decode(user, &mut plain)?;
    if plain.contains(&b':') {
        // In Basic the user ends at the first colon.
        return Err(InvalidProxy::UserInfo);
    }
    plain.push(b':');
    percent_decode(password, &mut plain)?;
    let mut value = Zeroizing::new(String::with_capacity("Basic ".len() + plain.len().div_ceil(3) * 4));
    value.push_str("Basic ");
    base64(&plain, &mut value);
    Ok(value)
}

fn percent_decode(text: &str, to: &mut Vec<u8>) -> Result<(), InvalidProxy> {
    let mut bytes = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' {
            let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else {
                return Err(InvalidProxy::UserInfo);
            };
            u8::try_from(high * 16 + low).map_err(|_| InvalidProxy::UserInfo)?
        } else {
            byte
        };
        if byte.is_ascii_control() {
            return Err(InvalidProxy::UserInfo);
        }
        to.push(byte);
    }
    Ok(())
}

/// Appends Base64, RFC 4648 section 4.
fn base64(bytes: &[u8], to: &mut String) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| group.get(at).copied().map_or(0, u32::from));
        let bits = a << 16 | b << 8 | c;
        for (at, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            let sextet = (bits >> shift & 63) as usize;
            to.push(if at <= group.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parsed_as_by_curl() {
        let parts = |url| {
            let proxy = Proxy::new(url).unwrap();
            (proxy.host.clone(), proxy.port, proxy.authorization().map(str::to_owned))
        };
        let plain = |host: &str, port| (host.to_owned(), port, None);
        assert_eq!(parts("http://proxy.example:3128"), plain("proxy.example", 3128));
        assert_eq!(parts("proxy.example:8080/"), plain("proxy.example", 8080));
        assert_eq!(parts(" HTTP://10.0.0.1 "), plain("10.0.0.1", 1080));
        assert_eq!(parts("http://[fd00::1]:3128/"), plain("fd00::1", 3128));
        // RFC 7617 section 2: "Aladdin" with "open sesame".
        let (_, _, authorization) = parts("http://Aladdin:open%20sesame@proxy.example:3128");
        assert_eq!(authorization.as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        let (host, _, authorization) = parts("http://user:p/a@ss@proxy.example");
        assert_eq!(
            (host.as_str(), authorization.as_deref()),
            ("proxy.example", Some("Basic dXNlcjpwL2FAc3M="))
        );
        let (_, _, authorization) = parts("http://user@proxy.example");
        assert_eq!(authorization.as_deref(), Some("Basic dXNlcjo="));
    }

    #[test]
    fn invalid_urls_are_rejected() {
        let error = |url| Proxy::new(url).unwrap_err();
        assert_eq!(error("socks5h://proxy.example:1080"), InvalidProxy::Socks);
        assert_eq!(error("https://proxy.example"), InvalidProxy::Https);
        assert_eq!(error("ftp://proxy.example"), InvalidProxy::Scheme);
        assert_eq!(error("http://"), InvalidProxy::Host);
        assert_eq!(error("http://pro\r\nxy"), InvalidProxy::Host);
        assert_eq!(error("http://[::zz]:1"), InvalidProxy::Host);
        assert_eq!(error("http://proxy.example:0"), InvalidProxy::Port);
        assert_eq!(error("http://proxy.example:+80"), InvalidProxy::Port);
        assert_eq!(error("http://us%3Aer:x@proxy.example"), InvalidProxy::UserInfo);
        assert_eq!(error("http://user:a%0d%0ab@proxy.example"), InvalidProxy::UserInfo);
        assert_eq!(error("http://user:100%@proxy.example"), InvalidProxy::UserInfo);
    }

    #[test]
    fn debug_shows_no_password() {
        let shown = format!("{:?}", Proxy::new("http://user:sentinel@proxy.example").unwrap());
        assert!(!shown.contains("sentinel") && shown.contains("proxy.example"), "{shown}");
    }
}
