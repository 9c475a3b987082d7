//! The queues of behaviours, one for each host.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::behaviour::{Answer, Behaviour, ConnectionFault, Host};

/// What each host shall do next.
#[derive(Default)]
pub(crate) struct Script {
    login: Mutex<Lines>,
    api: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    once: VecDeque<Behaviour>,
    always: Option<Behaviour>,
}

impl Script {
    pub(crate) fn push(&self, host: Host, behaviour: Behaviour) {
        self.lines(host).once.push_back(behaviour);
    }

    pub(crate) fn always(&self, host: Host, behaviour: Behaviour) {
        self.lines(host).always = Some(behaviour);
    }

    pub(crate) fn clear(&self, host: Host) {
        *self.lines(host) = Lines::default();
    }

    pub(crate) fn remaining(&self, host: Host) -> usize {
        self.lines(host).once.len()
    }

    /// The fault that awaits a new connection, if one is next in line.
    pub(crate) fn for_connection(&self, host: Host) -> Option<ConnectionFault> {
        let mut lines = self.lines(host);
        match lines.once.front().or(lines.always.as_ref())? {
            Behaviour::Connection(fault) => {
                let fault = fault.clone();
                lines.once.pop_front();
                Some(fault)
            }
            _ => None,
        }
    }

    /// What becomes of a request. A fault of connections is left for the next connection.
    pub(crate) fn for_request(&self, host: Host) -> Behaviour {
        let mut lines = self.lines(host);
        if let Some(fault @ Behaviour::Connection(_)) = lines.once.front() {
            return fault.clone();
        }
        lines.once.pop_front().or_else(|| lines.always.clone()).unwrap_or_else(|| Answer::service().into())
    }

    fn lines(&self, host: Host) -> MutexGuard<'_, Lines> {
        let lines = match host {
            Host::Login => &self.login,
            Host::Api => &self.api,
        };
        lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
