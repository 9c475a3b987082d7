//! Connections that are kept between the calls to one host, and the limit on calls at the same time.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use genesys_token_core::call::KEEP_ALIVE;
use genesys_token_core::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{Connection, IdleConnection};
#[cfg(feature = "http2")]
use super::shared_connection::SharedConnection;
use crate::clock;

/// How often kept connections are checked while no call is made: ended ones do not wait for the end of their idle time.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// Limits of a pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolLimits {
    /// Most connections that are kept idle.
    pub(crate) idle: usize,
    /// Longest time without a call.
    pub(crate) idle_time: Duration,
    /// Longest time since the connection was opened.
    pub(crate) lifetime: Duration,
    /// Most calls at the same time.
    pub(crate) concurrent: usize,
}

impl PoolLimits {
    /// Enough for a service whose API allows 300 requests per minute and token: 100 calls of 20 s each use that up.
    pub(crate) const DEFAULT: Self = Self {
        idle: 100,
        idle_time: Duration::from_millis(KEEP_ALIVE.as_millis()),
        lifetime: Duration::from_secs(600),
        concurrent: 100,
    };

    /// Exchanges of one token follow each other. There is no limit: an exchange on a runtime that is not run any more must not hold the
    /// next one up.
    pub(crate) const fn for_one_caller(self) -> Self {
        Self { idle: 1, concurrent: usize::MAX, ..self }
    }
}

/// Permission for one call. The next waiting caller has it when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    _permit: Option<OwnedSemaphorePermit>,
}

/// The idle connections to one host.
///
/// The one that was used last is used next, so that those that a smaller load does not need reach the end of their idle time. A
/// connection belongs to the runtime that opened it: only there is its socket watched.
pub(super) struct Pool {
    limits: PoolLimits,
    /// `None` without a limit.
    slots: Option<Arc<Semaphore>>,
    kept: Mutex<Kept>,
}

struct Kept {
    /// In the order in which they became idle.
    idle: Vec<IdleConnection>,
    /// Those that all calls of their runtime share.
    #[cfg(feature = "http2")]
    shared: Vec<SharedConnection>,
    /// Number of the task that closes what has ended, if there is one.
    watch: Option<u64>,
    /// Number of the last such task.
    watches: u64,
}

impl Pool {
    pub(super) fn new(limits: PoolLimits) -> Arc<Self> {
        let concurrent = limits.concurrent.max(1);
        let slots = (concurrent <= Semaphore::MAX_PERMITS).then(|| Arc::new(Semaphore::new(concurrent)));
        let kept = Mutex::new(Kept {
            // A short program keeps one.
            idle: Vec::with_capacity(1),
            #[cfg(feature = "http2")]
            shared: Vec::new(),
            watch: None,
            watches: 0,
        });
        Arc::new(Self { limits, slots, kept })
    }

    /// Waits for a slot, first come, first served. Dropping the future leaves the queue.
    pub(super) async fn slot(&self) -> Slot {
        let Some(slots) = &self.slots else { return Slot { _permit: None } };
        // The semaphore is never closed.
        Slot { _permit: slots.clone().acquire_owned().await.ok() }
    }

    /// Returns a connection that may carry a request now, if one is kept.
    pub(super) fn take(&self) -> Option<Box<Connection>> {
        let runtime = Handle::current().id();
        loop {
            let candidate = self.locked(|kept| {
                let at = kept.idle.iter().rposition(|idle| idle.runtime() == runtime)?;
                Some(kept.idle.remove(at))
            })?;
            // A system call, so outside the lock.
            if self.may_be_reused(&candidate, clock::now()) {
                return Some(candidate.into_connection());
            }
        }
    }

    /// Keeps a connection after a complete response, unless it has ended.
    pub(super) fn keep(self: &Arc<Self>, connection: Box<Connection>) {
        let Some(idle) = connection.keep(clock::now()) else { return };
        let (surplus, watch) = self.locked(|kept| {
            kept.idle.push(idle);
            let surplus = (kept.idle.len() > self.limits.idle).then(|| kept.idle.remove(0));
            (surplus, kept.begin_watch())
        });
        drop(surplus);
        self.watch(watch);
    }

    /// Returns the shared connection of this runtime, if another call may begin over it.
    #[cfg(feature = "http2")]
    pub(super) async fn shared(&self) -> Option<SharedConnection> {
        let (runtime, now) = (Handle::current().id(), clock::now());
        let found = self.locked(|kept| {
            let here = |connection: &&SharedConnection| connection.runtime() == runtime;
            kept.shared.iter().filter(here).find(|connection| self.may_be_shared(connection, now)).cloned()
        })?;
        found.settle().await.then_some(found)
    }

    /// Keeps a connection that further calls share.
    #[cfg(feature = "http2")]
    pub(super) fn share(self: &Arc<Self>, connection: SharedConnection) {
        let watch = self.locked(|kept| {
            kept.shared.push(connection);
            kept.begin_watch()
        });
        self.watch(watch);
    }

    fn watch(self: &Arc<Self>, number: Option<u64>) {
        if let Some(number) = number {
            tokio::spawn(watch_idle(Watch { pool: Arc::downgrade(self), number }));
        }
    }

    /// Closes all idle connections.
    pub(super) fn close(&self) {
        let idle = self.locked(|kept| std::mem::take(&mut kept.idle));
        drop(idle);
        #[cfg(feature = "http2")]
        drop(self.locked(|kept| std::mem::take(&mut kept.shared)));
    }

    /// Closes the idle connections that can no longer be used.
    pub(super) fn close_ended(&self, now: Instant) {
        // A call finds all the others or waits for the lock: it does not open a connection because of this check.
        let ended: Vec<_> = self.locked(|kept| {
            let idle = std::mem::take(&mut kept.idle);
            let (usable, ended) = idle.into_iter().partition(|idle| self.may_be_reused(idle, now));
            kept.idle = usable;
            ended
        });
        drop(ended);
        #[cfg(feature = "http2")]
        drop(self.locked(|kept| {
            let shared = std::mem::take(&mut kept.shared);
            let (usable, ended): (Vec<_>, Vec<_>) =
                shared.into_iter().partition(|connection| self.may_be_shared(connection, now));
            kept.shared = usable;
            ended
        }));
    }

    #[cfg(feature = "http2")]
    fn may_be_shared(&self, connection: &SharedConnection, now: Instant) -> bool {
        connection.may_be_reused(now, self.limits.idle_time, self.limits.lifetime)
    }

    fn may_be_reused(&self, idle: &IdleConnection, now: Instant) -> bool {
        idle.may_be_reused(now, self.limits.idle_time.into(), self.limits.lifetime.into())
    }

    fn locked<T>(&self, step: impl FnOnce(&mut Kept) -> T) -> T {
        step(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The task that closes idle connections. It ends when there are none, or with its runtime.
struct Watch {
    pool: Weak<Pool>,
    number: u64,
}

async fn watch_idle(watch: Watch) {
    while let Some(pool) = watch.pool.upgrade() {
        let interval = pool.limits.idle_time.min(pool.limits.lifetime).min(CHECK_INTERVAL);
        drop(pool);
        // A little later, so that what ends now has ended then.
        tokio::time::sleep(interval + Duration::from_millis(10)).await;
        let Some(pool) = watch.pool.upgrade() else { return };
        pool.close_ended(clock::now());
        if pool.locked(|kept| kept.is_empty() && kept.end_watch(watch.number)) {
            return;
        }
    }
}

impl Kept {
    fn is_empty(&self) -> bool {
        #[cfg(feature = "http2")]
        if !self.shared.is_empty() {
            return false;
        }
        self.idle.is_empty()
    }

    /// Returns the number of the task that is to be started, if one is needed.
    fn begin_watch(&mut self) -> Option<u64> {
        if self.watch.is_some() || self.is_empty() {
            return None;
        }
        self.watches += 1;
        self.watch = Some(self.watches);
        self.watch
    }

    /// Records the end of this task. Returns whether it was the current one.
    fn end_watch(&mut self, number: u64) -> bool {
        let is_current = self.watch == Some(number);
        if is_current {
            self.watch = None;
        }
        is_current
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.locked(|kept| kept.end_watch(self.number));
        }
    }
}
