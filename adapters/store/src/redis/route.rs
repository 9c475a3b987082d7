//! Ways to connect to a server that executes writes: directly, through Sentinels, in a cluster.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo as _,
    RedisConnectionInfo, RedisResult, Value,
};
use tokio::time::timeout;

#[cfg(feature = "redis-cluster")]
use super::cluster;
use super::error::{invalid, store_error};
use super::settings::{LONGEST, RedisAddress, RedisLogin, RedisNode, RedisSettings, RedisTls};
use crate::store::StoreError;

/// The time limit for asking one Sentinel: one that does not answer must not delay asking the others.
const SENTINEL: Duration = Duration::from_secs(1);

pub(super) enum Route {
    Server(Box<Client>),
    Sentinel(Box<Sentinels>),
    #[cfg(feature = "redis-cluster")]
    Cluster(Box<redis::cluster::ClusterClient>),
}

/// A connection that several commands may use at the same time.
#[derive(Clone)]
pub(super) enum Connection {
    Server(MultiplexedConnection),
    #[cfg(feature = "redis-cluster")]
    Cluster(Box<redis::cluster_async::ClusterConnection>),
}

impl Connection {
    pub(super) async fn query<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Server(connection) => command.query_async(connection).await,
            #[cfg(feature = "redis-cluster")]
            Self::Cluster(connection) => command.query_async(&mut **connection).await,
        }
    }
}

impl Route {
    /// Returns the route for these settings, without network I/O.
    pub(super) fn new(settings: &RedisSettings) -> Result<Self, StoreError> {
        let login = info(&settings.login, settings.database);
        match &settings.address {
            RedisAddress::Server { node, tls } => {
                Ok(Self::Server(Box::new(client(node, tls.as_ref(), login)?)))
            }
            RedisAddress::Unix(path) => {
                let info = ConnectionAddr::Unix(path.clone()).into_connection_info().map_err(invalid)?;
                Ok(Self::Server(Box::new(Client::open(info.set_redis_settings(login)).map_err(invalid)?)))
            }
            RedisAddress::Sentinel { sentinels, service, login: at_sentinels, tls } => {
                let at_sentinels = info(at_sentinels, 0);
                let clients: Result<Vec<_>, _> =
                    sentinels.iter().map(|node| client(node, tls.as_ref(), at_sentinels.clone())).collect();
                let sentinels = Sentinels {
                    clients: clients?,
                    first: AtomicUsize::new(0),
                    service: service.clone(),
                    tls: tls.clone(),
                    login,
                };
                Ok(Self::Sentinel(Box::new(sentinels)))
            }
            #[cfg(feature = "redis-cluster")]
            RedisAddress::Cluster { nodes, tls } => {
                Ok(Self::Cluster(Box::new(cluster::client(nodes, tls.as_ref(), settings)?)))
            }
        }
    }

    /// Opens a new connection, or fails within some seconds.
    pub(super) async fn connect(&self) -> Result<Connection, StoreError> {
        match self {
            Self::Server(client) => connect(client, LONGEST).await.map(Connection::Server),
            Self::Sentinel(sentinels) => sentinels.primary().await.map(Connection::Server),
            #[cfg(feature = "redis-cluster")]
            Self::Cluster(client) => {
                let connection = client.get_async_connection().await.map_err(|error| store_error(&error))?;
                Ok(Connection::Cluster(Box::new(connection)))
            }
        }
    }
}

/// The Sentinels of a primary, asked as <https://redis.io/docs/latest/develop/reference/sentinel-clients/> describes. The client library's own
/// search would log in to the primary before its address could be checked.
pub(super) struct Sentinels {
    clients: Vec<Client>,
    /// The index of the one that is asked first: the last that led to the primary.
    first: AtomicUsize,
    service: String,
    tls: Option<RedisTls>,
    login: RedisConnectionInfo,
}

impl Sentinels {
    async fn primary(&self) -> Result<MultiplexedConnection, StoreError> {
        let count = self.clients.len();
        let first = self.first.load(Ordering::Relaxed);
        let mut cause = StoreError::new("no Redis Sentinel is configured: add at least one");
        for index in (0..count).map(|number| first.wrapping_add(number) % count) {
            let found = match self.address(index).await {
                Ok(Some(node)) => self.verified(&node).await,
                Ok(None) => Err(StoreError::new(format!(
                    "the Redis Sentinels monitor no primary named {}: check the name of the service",
                    self.service
                ))),
                Err(error) => Err(error),
            };
            match found {
                Ok(connection) => {
                    self.first.store(index, Ordering::Relaxed);
                    return Ok(connection);
                }
                Err(error) => cause = error,
            }
        }
        Err(cause)
    }

    /// Asks one Sentinel for the primary's address.
    async fn address(&self, index: usize) -> Result<Option<RedisNode>, StoreError> {
        let Some(client) = self.clients.get(index) else { return Ok(None) };
        let ask = async {
            let mut connection = connect(client, SENTINEL).await?;
            let mut command = redis::cmd("SENTINEL");
            command.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.service);
            let answer: RedisResult<Option<(String, u16)>> = command.query_async(&mut connection).await;
            answer.map_err(|error| store_error(&error))
        };
        let answer = timeout(SENTINEL, ask).await;
        let answer =
            answer.map_err(|_elapsed| StoreError::new("a Redis Sentinel gave no answer in time"))??;
        Ok(answer.map(|(host, port)| RedisNode { host, port }))
    }

    /// Connects to a server, and asks it whether it is the primary: for some time after a failover a Sentinel may name the old one.
    async fn verified(&self, node: &RedisNode) -> Result<MultiplexedConnection, StoreError> {
        if self.tls.is_none() && !node.is_loopback() {
            return Err(StoreError::new(
                "the Redis primary is on another machine, and without TLS the password would cross the network in clear text: use TLS",
            ));
        }
        let mut connection = connect(&client(node, self.tls.as_ref(), self.login.clone())?, SENTINEL).await?;
        let role: Vec<Value> =
            redis::cmd("ROLE").query_async(&mut connection).await.map_err(|error| store_error(&error))?;
        match role.first() {
            Some(Value::BulkString(role)) if role == b"master" => Ok(connection),
            _ => Err(StoreError::new(
                "the server that a Redis Sentinel named is not the primary: a failover is in progress, wait until it has ended",
            )),
        }
    }
}

async fn connect(client: &Client, longest: Duration) -> Result<MultiplexedConnection, StoreError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(longest))
        .set_response_timeout(Some(LONGEST.max(longest)));
    // The library's limit covers only the connection; the system accepts one for a stopped server, which does not answer the login.
    let connection = timeout(longest, client.get_multiplexed_async_connection_with_config(&config)).await;
    connection
        .map_err(|_elapsed| StoreError::new("the Redis server gave no answer in time"))?
        .map_err(|error| store_error(&error))
}

fn client(
    node: &RedisNode,
    tls: Option<&RedisTls>,
    login: RedisConnectionInfo,
) -> Result<Client, StoreError> {
    let host = node.host.clone();
    let address = match tls {
        None => ConnectionAddr::Tcp(host, node.port),
        Some(_) => ConnectionAddr::TcpTls { host, port: node.port, insecure: false, tls_params: None },
    };
    let info = address.into_connection_info().map_err(invalid)?.set_redis_settings(login);
    match tls {
        None => Client::open(info),
        Some(tls) => Client::build_with_tls(info, tls.certificates()),
    }
    .map_err(invalid)
}

fn info(login: &RedisLogin, database: u32) -> RedisConnectionInfo {
    let mut info = RedisConnectionInfo::default().set_db(database.into());
    if let Some(user) = &login.user {
        info = info.set_username(user);
    }
    if let Some(password) = &login.password {
        info = info.set_password(password.as_str());
    }
    info
}
