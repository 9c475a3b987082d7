//! The configuration in effect: clients, consumers, and the identities of consumers.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::accounts::{self, UnknownAccount};
use crate::config::{Access, Config, ConsumerConfig, Limits, Prefixes, StoreConfig};
use crate::own_token::TokenKey;
use crate::peer::Peer;
use crate::store::{self, StoreSetupError};
use crate::store_metrics::MeteredStore;
use crate::upstream::{ForwardedCounters, Lane, Upstream, UpstreamError};

/// Everything that a request needs. Replaced as a whole when the configuration is reloaded.
pub(crate) struct Registry {
    pub(crate) limits: Limits,
    pub(crate) prefixes: Prefixes,
    pub(crate) upstreams: BTreeMap<String, Arc<Upstream>>,
    pub(crate) consumers: BTreeMap<String, Arc<Consumer>>,
    by_user: HashMap<u32, Vec<Arc<Consumer>>>,
    by_group: HashMap<u32, Vec<Arc<Consumer>>>,
    by_id: HashMap<String, Arc<Consumer>>,
    key: Arc<TokenKey>,
    store: Option<(StoreConfig, Arc<MeteredStore>)>,
}

/// A service that uses a client's token.
pub(crate) struct Consumer {
    pub(crate) name: Arc<str>,
    pub(crate) config: ConsumerConfig,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) lane: Arc<Lane>,
    pub(crate) forwarded: ForwardedCounters,
}

impl Consumer {
    /// Returns whether this is the service's token, and the consumer may have it. Constant in time for tokens of one length.
    pub(crate) fn holds(&self, token: &str) -> bool {
        self.config.access == Access::Token
            && self
                .upstream
                .cached_token()
                .is_some_and(|current| current.expose().as_bytes().ct_eq(token.as_bytes()).into())
    }
}

/// The reason why a configuration cannot take effect.
#[derive(Debug)]
pub enum RegistryError {
    /// A client cannot be set up.
    Client {
        /// Its name.
        name: String,
        /// The reason.
        error: UpstreamError,
    },
    /// The store of `[store]` cannot be used.
    Store(StoreSetupError),
    /// A consumer's user or group does not exist.
    Account {
        /// The consumer's name.
        consumer: String,
        /// The reason.
        error: UnknownAccount,
    },
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client { name, error } => write!(f, "[clients.{name}]: {error}"),
            Self::Store(error) => write!(f, "[store]: {error}"),
            Self::Account { consumer, error } => write!(f, "[consumers.{consumer}]: {error}"),
        }
    }
}

impl std::error::Error for RegistryError {}

impl Registry {
    /// Applies a configuration. Unchanged clients are taken from `former`, with their tokens and connections.
    pub(crate) fn new(
        config: &Config,
        key: Arc<TokenKey>,
        former: Option<&Self>,
    ) -> Result<Self, RegistryError> {
        let former_store = former.and_then(|former| former.store.as_ref());
        let keeps_store = former_store.map(|(config, _)| config) == config.store.as_ref();
        let store = match (&config.store, former_store) {
            (Some(_), Some(store)) if keeps_store => Some(store.clone()),
            (Some(config), _) => {
                let sharing = store::open(config).map_err(RegistryError::Store)?;
                Some((config.clone(), Arc::new(MeteredStore::new(sharing, config.kind.name()))))
            }
            (None, _) => None,
        };
        let mut upstreams = BTreeMap::new();
        for (name, client) in &config.clients {
            let kept = former.and_then(|former| former.upstreams.get(name)).filter(|kept| {
                let same_limits = former.is_some_and(|former| former.limits == config.limits);
                kept.config == *client && same_limits && keeps_store
            });
            let upstream = if let Some(kept) = kept {
                kept.clone()
            } else {
                let sharing = store.as_ref().map(|(_, store)| &store.sharing);
                Upstream::new(name, client, &config.limits, sharing)
                    .map(Arc::new)
                    .map_err(|error| RegistryError::Client { name: name.clone(), error })?
            };
            upstreams.insert(name.clone(), upstream);
        }
        let mut registry = Self {
            limits: config.limits.clone(),
            prefixes: config.listen.prefixes.clone(),
            upstreams,
            consumers: BTreeMap::new(),
            by_user: HashMap::new(),
            by_group: HashMap::new(),
            by_id: HashMap::new(),
            key,
            store,
        };
        for (name, consumer) in &config.consumers {
            registry
                .add(name, consumer, former)
                .map_err(|error| RegistryError::Account { consumer: name.clone(), error })?;
        }
        Ok(registry)
    }

    /// Returns the shared store, if there is one.
    pub(crate) fn store(&self) -> Option<&MeteredStore> {
        self.store.as_ref().map(|(_, store)| &**store)
    }

    fn add(
        &mut self,
        name: &str,
        config: &ConsumerConfig,
        former: Option<&Self>,
    ) -> Result<(), UnknownAccount> {
        // The configuration was refused if the client does not exist.
        let Some(upstream) = self.upstreams.get(&config.client).cloned() else { return Ok(()) };
        let name: Arc<str> = name.into();
        let lane = former
            .filter(|former| former.limits == self.limits)
            .and_then(|former| former.consumers.get(&*name))
            .map_or_else(
                || {
                    let limits = &self.limits;
                    Arc::new(Lane::new(
                        name.clone(),
                        limits.forwarded_per_consumer,
                        limits.waiting_per_consumer,
                    ))
                },
                |former| former.lane.clone(),
            );
        let consumer = Arc::new(Consumer {
            name: name.clone(),
            config: config.clone(),
            upstream,
            lane,
            forwarded: ForwardedCounters::default(),
        });
        for user in &config.users {
            self.by_user.entry(accounts::user_id(user)?.as_raw()).or_default().push(consumer.clone());
        }
        for group in &config.groups {
            let group = accounts::group_id(group)?;
            self.by_group.entry(group.as_raw()).or_default().push(consumer.clone());
            for member in accounts::members(group) {
                self.by_user.entry(member.as_raw()).or_default().push(consumer.clone());
            }
        }
        if let Some(id) = &config.id {
            self.by_id.insert(id.clone(), consumer.clone());
        }
        self.consumers.insert(name.to_string(), consumer);
        Ok(())
    }

    /// Returns the consumers that a Unix peer may be, without any credentials.
    pub(crate) fn consumers_of(&self, peer: &Peer) -> Vec<&Arc<Consumer>> {
        let Peer::Unix { uid, gid } = peer else { return Vec::new() };
        let by_user = self.by_user.get(uid).into_iter().flatten();
        let by_group = self.by_group.get(gid).into_iter().flatten();
        let mut found: Vec<&Arc<Consumer>> = Vec::new();
        for consumer in by_user.chain(by_group) {
            if found.iter().all(|known| !Arc::ptr_eq(known, consumer)) {
                found.push(consumer);
            }
        }
        found
    }

    /// Returns the consumer of a Unix peer, if it can be no other.
    pub(crate) fn only_consumer_of(&self, peer: &Peer) -> Option<&Arc<Consumer>> {
        let Peer::Unix { uid, gid } = peer else { return None };
        let by_user = self.by_user.get(uid).into_iter().flatten();
        let mut found = by_user.chain(self.by_group.get(gid).into_iter().flatten());
        let first = found.next()?;
        found.all(|other| Arc::ptr_eq(first, other)).then_some(first)
    }

    /// Returns the consumer with these local credentials. `candidates`: the readings of one Basic value, literal and
    /// form-decoded.
    ///
    /// The time is the same for an unknown id and for a wrong secret.
    pub(crate) fn authenticate(
        &self,
        candidates: &[(String, zeroize::Zeroizing<String>)],
    ) -> Option<&Arc<Consumer>> {
        let mut accepted = None;
        for (id, secret) in candidates {
            let hash: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
            let consumer = self.by_id.get(id);
            let expected = consumer.and_then(|consumer| consumer.config.secret);
            let matches = expected.map_or_else(|| 0.into(), |expected| expected.matches(&hash));
            if bool::from(matches) {
                accepted = consumer;
            }
        }
        accepted
    }

    /// Returns the consumer of a broker token.
    pub(crate) fn consumer_of_token(&self, token: &str) -> Option<&Arc<Consumer>> {
        let consumer = self.consumers.get(&TokenKey::claimed_consumer(token)?)?;
        let is_valid = consumer.config.access == Access::Forward
            && self.key.verifies(token, &consumer.name, consumer.config.token_version);
        is_valid.then_some(consumer)
    }

    /// Returns the broker token of a consumer.
    pub(crate) fn token_of(&self, consumer: &Consumer) -> zeroize::Zeroizing<String> {
        self.key.issue(&consumer.name, consumer.config.token_version)
    }
}

/// The registry in effect.
pub(crate) struct Current(Mutex<Arc<Registry>>);

impl Current {
    pub(crate) fn new(registry: Registry) -> Self {
        Self(Mutex::new(Arc::new(registry)))
    }

    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses the registry in place, which costs less than a reference to it. `use_it` must not wait.
    pub(crate) fn with<T>(&self, use_it: impl FnOnce(&Registry) -> T) -> T {
        use_it(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the registry, and closes the clients that it no longer contains.
    pub(crate) fn replace(&self, registry: Registry) {
        let registry = Arc::new(registry);
        let former =
            std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), registry.clone());
        for (name, upstream) in &former.upstreams {
            if registry.upstreams.get(name).is_none_or(|kept| !Arc::ptr_eq(kept, upstream)) {
                upstream.close();
            }
        }
    }
}
