//! A model of the engine of the shared store: the entry of `genesys-token-store`, behind a network and with faults.
//!
//! Commands take effect in the order in which they arrive. The engine's capacity is not modelled; commands are counted instead.

use genesys_token_core::time::Duration;
use genesys_token_store::{Claim, Claimed, EngineTime, Entry, Generation, Owner, Publication, Published};

use crate::{queue::Millis, random::Random};

/// The time after which a client takes the outcome of a command for unknown: the default of the tokio adapter.
pub(crate) const COMMAND_TIMEOUT: Millis = 1_000;
/// The engine's clock has an epoch of its own.
const EPOCH: Millis = 77_000;

/// What the engine does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Its host refuses connections. The data is kept.
    Down,
    /// The same, and the data is lost: a restart without persistence.
    LosesData,
    /// It answers nothing, and executes at the end of the fault all that was sent meanwhile.
    Paused,
}

/// A fault of the engine, from one time to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) from: Millis,
    pub(crate) to: Millis,
}

/// A token of the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    /// Its number, in the order of the exchanges.
    pub(crate) number: u32,
    /// The time from which the service refuses it.
    pub(crate) ends: Millis,
}

/// A command, without the token that a publication stores.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Claim(Claim),
    Publish { owner: Owner, generation: Generation, lifetime: Duration, ends_at: EngineTime },
    Release { owner: Owner, hold: Duration },
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Claimed(Claimed<Issued>),
    Published(Published),
    Released,
}

/// What follows from a command that reaches the engine's host.
#[derive(Debug)]
pub(crate) enum Received {
    Answer(Answer),
    Refused,
    /// It is executed at the end of the fault.
    Later,
}

#[derive(Debug)]
pub(crate) struct Engine {
    faults: Vec<Fault>,
    entry: Entry<Issued>,
    /// Sent during a pause, and executed at its end.
    later: Vec<(Command, Issued)>,
    /// Faults before this one have ended.
    next_fault: usize,
}

impl Engine {
    /// `faults`: by time, without overlap.
    pub(crate) fn new(faults: &[Fault]) -> Self {
        Self { faults: faults.to_vec(), entry: Entry::default(), later: Vec::new(), next_fault: 0 }
    }

    /// Handles a command. Commands must come in the order of their times. `token`: what a publication stores.
    pub(crate) fn receive(&mut self, now: Millis, command: Command, token: Issued) -> Received {
        while let Some(fault) = self.faults.get(self.next_fault).copied().filter(|fault| fault.to <= now) {
            self.next_fault += 1;
            self.end(fault);
        }
        match self.faults.get(self.next_fault).filter(|fault| fault.from <= now) {
            None => Received::Answer(self.execute(now, command, token)),
            Some(Fault { kind: FaultKind::Down | FaultKind::LosesData, .. }) => Received::Refused,
            Some(Fault { kind: FaultKind::Paused, .. }) => {
                self.later.push((command, token));
                Received::Later
            }
        }
    }

    fn end(&mut self, fault: Fault) {
        match fault.kind {
            FaultKind::Down => {}
            FaultKind::LosesData => self.entry = Entry::default(),
            FaultKind::Paused => {
                for (command, token) in std::mem::take(&mut self.later) {
                    self.execute(fault.to, command, token);
                }
            }
        }
    }

    fn execute(&mut self, now: Millis, command: Command, token: Issued) -> Answer {
        let now = EngineTime::from_millis(now + EPOCH);
        match command {
            Command::Claim(claim) => Answer::Claimed(self.entry.claim(&claim, now)),
            Command::Publish { owner, generation, lifetime, ends_at } => {
                let publication = Publication { owner, generation, lifetime, ends_at, text: token };
                Answer::Published(self.entry.publish(publication))
            }
            Command::Release { owner, hold } => {
                self.entry.release(owner, hold, now);
                Answer::Released
            }
        }
    }
}

/// Returns the duration of one way between a client and the engine: 1 ms to 5 ms.
pub(crate) fn latency(random: &mut Random) -> Millis {
    1 + random.below(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Issued = Issued { number: 1, ends: 9_000_000 };

    fn claim(owner: u128) -> Command {
        let (margin, lease) = (Duration::from_secs(300), Duration::from_secs(15));
        Command::Claim(Claim { owner: Owner::new(owner), newer_than: Generation::NONE, margin, lease })
    }

    fn is_granted(received: &Received) -> bool {
        matches!(received, Received::Answer(Answer::Claimed(Claimed::Granted(_))))
    }

    #[test]
    fn a_restart_without_persistence_loses_the_lease() {
        let fault = Fault { kind: FaultKind::LosesData, from: 1_000, to: 2_000 };
        let mut engine = Engine::new(&[fault]);
        assert!(is_granted(&engine.receive(0, claim(1), TOKEN)));
        assert!(!is_granted(&engine.receive(999, claim(2), TOKEN)), "another's lease");
        assert!(matches!(engine.receive(1_000, claim(2), TOKEN), Received::Refused));
        assert!(is_granted(&engine.receive(2_000, claim(2), TOKEN)));
    }

    #[test]
    fn an_outage_keeps_the_lease_and_a_pause_executes_late() {
        let down = Fault { kind: FaultKind::Down, from: 1_000, to: 2_000 };
        let paused = Fault { kind: FaultKind::Paused, from: 20_000, to: 30_000 };
        let mut engine = Engine::new(&[down, paused]);
        assert!(is_granted(&engine.receive(0, claim(1), TOKEN)));
        assert!(!is_granted(&engine.receive(2_000, claim(2), TOKEN)), "the lease was kept");
        assert!(matches!(engine.receive(20_000, claim(2), TOKEN), Received::Later));
        assert!(!is_granted(&engine.receive(31_000, claim(3), TOKEN)), "granted at the end of the pause");
        assert!(is_granted(&engine.receive(45_000, claim(3), TOKEN)));
    }
}
