//! HTTP proxies, and the hosts that are reached without them.

mod environment;
mod error;
mod http_proxy;
mod no_proxy;

pub(crate) use environment::EnvProxy;
pub use error::InvalidProxy;
pub use http_proxy::Proxy;
pub(crate) use http_proxy::is_loopback;
