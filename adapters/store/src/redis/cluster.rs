//! Connections to a cluster. The client library finds the node of a slot, and follows redirections.

use std::net::SocketAddr;

use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::io::AsyncDNSResolver;
use redis::{ConnectionAddr, ErrorKind, RedisError, RedisFuture};

use super::error::invalid;
use super::settings::{LONGEST, RedisNode, RedisSettings, RedisTls, is_loopback};
use crate::store::StoreError;

/// How often the library repeats a command after a redirection or a lost connection. Each command may be executed twice.
const RETRIES: u32 = 4;

pub(super) fn client(
    nodes: &[RedisNode],
    tls: Option<&RedisTls>,
    settings: &RedisSettings,
) -> Result<ClusterClient, StoreError> {
    let addresses = nodes.iter().map(|node| match tls {
        None => ConnectionAddr::Tcp(node.host.clone(), node.port),
        Some(_) => ConnectionAddr::TcpTls {
            host: node.host.clone(),
            port: node.port,
            insecure: false,
            tls_params: None,
        },
    });
    let mut builder = ClusterClientBuilder::new(addresses)
        .retries(RETRIES)
        .connection_timeout(LONGEST)
        .response_timeout(LONGEST);
    builder = match tls {
        Some(tls) => builder.certs(tls.certificates()),
        None => builder.async_dns_resolver(Loopback),
    };
    if let Some(user) = &settings.login.user {
        builder = builder.username(user);
    }
    if let Some(password) = &settings.login.password {
        builder = builder.password(password.as_str());
    }
    if settings.database != 0 {
        builder = builder.database_id(settings.database.into());
    }
    builder.build().map_err(invalid)
}

/// A resolver for loopback addresses only: to another machine, the password would cross the network in clear text.
struct Loopback;

impl AsyncDNSResolver for Loopback {
    fn resolve<'a, 'b: 'a>(
        &'a self,
        host: &'b str,
        port: u16,
    ) -> RedisFuture<'a, Box<dyn Iterator<Item = SocketAddr> + Send + 'a>> {
        Box::pin(async move {
            if !is_loopback(host) {
                return Err(RedisError::from((ErrorKind::InvalidClientConfig, "not a loopback address")));
            }
            let found = tokio::net::lookup_host((host, port)).await?;
            let found = found.filter(|address| address.ip().is_loopback());
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Box<dyn Iterator<Item = SocketAddr> + Send>)
        })
    }
}
