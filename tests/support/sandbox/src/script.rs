//! Queues of behaviours, one per host.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::behaviour::{Answer, Behaviour, ConnectionFault, Host};

/// The next behaviours of each host.
#[derive(Default)]
pub(crate) struct Script {
    login: Mutex<Queue>,
    api: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    once: VecDeque<Behaviour>,
    always: Option<Behaviour>,
}

impl Script {
    pub(crate) fn push(&self, host: Host, behaviour: Behaviour) {
        self.queue(host).once.push_back(behaviour);
    }

    pub(crate) fn always(&self, host: Host, behaviour: Behaviour) {
        self.queue(host).always = Some(behaviour);
    }

    pub(crate) fn clear(&self, host: Host) {
        *self.queue(host) = Queue::default();
    }

    pub(crate) fn remaining(&self, host: Host) -> usize {
        self.queue(host).once.len()
    }

    /// Returns the fault for a new connection, if a connection fault is next.
    pub(crate) fn for_connection(&self, host: Host) -> Option<ConnectionFault> {
        let mut queue = self.queue(host);
        match queue.once.front().or(queue.always.as_ref())? {
            Behaviour::Connection(fault) => {
                let fault = fault.clone();
                queue.once.pop_front();
                Some(fault)
            }
            _ => None,
        }
    }

    /// Returns the behaviour for a request. A connection fault stays in the queue for the next connection.
    pub(crate) fn for_request(&self, host: Host) -> Behaviour {
        let mut queue = self.queue(host);
        if let Some(fault @ Behaviour::Connection(_)) = queue.once.front() {
            return fault.clone();
        }
        queue.once.pop_front().or_else(|| queue.always.clone()).unwrap_or_else(|| Answer::service().into())
    }

    fn queue(&self, host: Host) -> MutexGuard<'_, Queue> {
        let queue = match host {
            Host::Login => &self.login,
            Host::Api => &self.api,
        };
        queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
