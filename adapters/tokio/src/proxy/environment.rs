//! The proxy of the environment.

use zeroize::Zeroizing;

use super::error::InvalidProxy;
use super::http_proxy::{Proxy, is_loopback};
use super::no_proxy::NoProxy;

impl Proxy {
    /// Reads the proxy from the environment: `https_proxy`, else `HTTPS_PROXY`, else `all_proxy`, else `ALL_PROXY`,
    /// with `no_proxy`, else `NO_PROXY` as [`Proxy::except`]. An empty variable counts as not set. Never for `localhost` and loopback
    /// addresses. `None` if no variable is set.
    ///
    /// # Errors
    /// [`InvalidProxy`] if the URL is not valid. [`proxy_from_env`](crate::TokenClientBuilder::proxy_from_env) of the builder fails only
    /// if one of the client's hosts would be reached through it.
    pub fn from_env() -> Result<Option<Self>, InvalidProxy> {
        EnvProxy::read().map(|found| found.proxy).transpose()
    }
}

/// The proxy that the environment names, valid or not.
///
/// Whether an invalid one matters depends on the hosts: `ALL_PROXY` may name a proxy for other programs, and this client need not use
/// it.
#[derive(Clone)]
pub(crate) struct EnvProxy {
    /// The variable that names it.
    pub(crate) variable: &'static str,
    pub(crate) proxy: Result<Proxy, InvalidProxy>,
    exempt: NoProxy,
}

impl EnvProxy {
    /// Returns the proxy of the environment. `None` if no variable names one.
    pub(crate) fn read() -> Option<Self> {
        // Windows does not distinguish capitals: there, the usual name is the one that messages name.
        let is_usual = |name: &str| !cfg!(windows) || name.bytes().any(|byte| byte.is_ascii_uppercase());
        Self::from_variables(|name| std::env::var(name).ok().filter(|_| is_usual(name)))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        // As curl: the lower-case name first. An empty value does not hide the other names.
        let first = |names: [&'static str; 4]| {
            names.into_iter().filter(|name| !name.is_empty()).find_map(|name| {
                let value = variable(name).map(Zeroizing::new)?;
                (!value.trim_ascii().is_empty()).then_some((name, value))
            })
        };
        let (variable, url) = first(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?;
        let list = first(["no_proxy", "NO_PROXY", "", ""]);
        let list = list.as_ref().map_or("", |(_, list)| list.as_str());
        let proxy = Proxy::new(&url).map(|proxy| proxy.except(list).named_by(variable));
        Some(Self { variable, proxy, exempt: NoProxy::parse(list) })
    }

    /// Returns whether a connection to this host is to go through the proxy.
    pub(crate) fn serves(&self, host: &str, port: u16) -> bool {
        !(self.exempt.covers(host, port) || is_loopback(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Option<EnvProxy> {
        EnvProxy::from_variables(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_names_proxy_and_exceptions() {
        assert!(from(&[]).is_none());
        assert!(from(&[("HTTPS_PROXY", "")]).is_none());
        let found =
            from(&[("ALL_PROXY", "a:1"), ("HTTPS_PROXY", "b:2"), ("NO_PROXY", "mypurecloud.de")]).unwrap();
        let proxy = found.proxy.unwrap();
        assert_eq!((found.variable, proxy.host()), ("HTTPS_PROXY", "b"));
        assert!(proxy.serves("login.mypurecloud.com", 443));
        assert!(!proxy.serves("login.mypurecloud.de", 443));
        assert!(!proxy.serves("localhost", 8443));
        assert!(!proxy.serves("127.0.0.1", 8443));
    }

    /// curl takes an empty variable for one that is not set and goes on to the next name.
    #[test]
    fn an_empty_variable_does_not_hide_the_next_name() {
        let variable = |pairs: &[(&str, &str)]| from(pairs).map(|found| found.variable);
        assert_eq!(variable(&[("https_proxy", ""), ("HTTPS_PROXY", "b:2")]), Some("HTTPS_PROXY"));
        assert_eq!(
            variable(&[("https_proxy", " "), ("HTTPS_PROXY", ""), ("all_proxy", "c:3")]),
            Some("all_proxy")
        );
        let found = from(&[("HTTPS_PROXY", "b:2"), ("no_proxy", ""), ("NO_PROXY", "a.test")]).unwrap();
        assert!(!found.serves("a.test", 443));
    }

    #[test]
    fn an_invalid_proxy_matters_for_the_hosts_that_would_use_it() {
        let found = from(&[("ALL_PROXY", "socks5://127.0.0.1:1080"), ("NO_PROXY", ".test")]).unwrap();
        assert_eq!(found.proxy.as_ref().unwrap_err(), &InvalidProxy::Socks);
        assert!(found.serves("login.mypurecloud.de", 443));
        assert!(!found.serves("localhost", 443) && !found.serves("a.test", 443) && !found.serves("::1", 443));
    }
}
