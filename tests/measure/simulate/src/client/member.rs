//! A member of a fleet that shares its token: core's manager and the protocol of `genesys-token-store`, driven as the tokio adapter
//! drives them.

use genesys_token_core::lifecycle::{
    Answer as Held, Failure, Generation, Outcome, Policy, Step as Due, Ticket, TokenManager,
};
use genesys_token_core::time::{Duration, Instant};
use genesys_token_core::wire::{ResponseHead, parse_token_response};
use genesys_token_store::Found;
use genesys_token_store::member::{Member, Permit, Reply as StoreReply, Rules, Step};
use genesys_token_store::{Claimed, Owner};

use super::manager::{self, TOKEN};
use super::{Client, Replies, Supply, Wish};
use crate::{
    endpoint::Reply,
    engine::{Answer, Command, Issued},
    random::Random,
};

/// The most exchanges without a lease of one member in ten minutes.
pub(crate) const BUDGET: u32 = 3;

/// The longest wait for another member's token.
pub(crate) const WAIT: Duration = Duration::from_secs(30);

/// The defaults of the tokio adapter: an exchange of 10 s, a lease of 5 s more, and the time of two leases to wait for another's.
const RULES: Rules = Rules {
    exchange: Duration::from_secs(10),
    lease: Duration::from_secs(15),
    wait: WAIT,
    margin: Policy::DEFAULT.refresh_margin,
    budget: BUDGET as usize,
    window: Duration::from_secs(600),
};
/// The longest time of a run with its exchange, likewise: the wait, three commands, pauses, credentials and exchange.
const LONGEST_RUN: Duration = Duration::from_secs(30 + 3 + 5 + 10 + 10);

/// One member with its manager.
#[derive(Debug)]
pub(crate) struct Sharing {
    manager: TokenManager<TOKEN>,
    member: Member,
    ticket: Option<Ticket>,
    supplied: Option<Generation>,
    random: Random,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No token is due.
    Idle,
    /// The member says what is next.
    Running,
    /// A command without an answer so far.
    Sent(Instant),
    /// An exchange is in flight.
    Requested,
}

impl Sharing {
    pub(crate) fn new(policy: Policy, random: u32) -> Self {
        let policy = manager::without_checks(policy).covering(LONGEST_RUN);
        let mut own = Random::of_device(random.into(), 0);
        Self {
            manager: TokenManager::new(policy).with_random(random),
            member: Member::new(RULES, own.word()),
            ticket: None,
            supplied: None,
            random: own,
            state: State::Idle,
        }
    }

    /// Begins a run if a token is due. Returns the end of the sleep if none is.
    fn begin(&mut self, now: Instant) -> Result<(), Instant> {
        match self.manager.poll(now) {
            Due::Exchange(_) => {
                self.ticket = self.manager.begin(now);
                let owner = u128::from(self.random.next()) << 64 | u128::from(self.random.next());
                self.member.begin(Owner::new(owner), now);
                self.state = State::Running;
                Ok(())
            }
            Due::Wait { until, .. } => Err(until),
            Due::CheckCredentials | Due::Stop(_) => Err(Instant::FAR_FUTURE),
        }
    }

    /// Does the next step of the run; `None` if it has ended.
    fn advance(&mut self, now: Instant) -> Option<Wish> {
        let held_until = self.valid_until(now);
        match self.member.next(now, held_until, self.random.word()) {
            Step::Claim(claim) => Some(self.send(Command::Claim(claim), now)),
            Step::Publish { owner, generation, lifetime, ends_at } => {
                Some(self.send(Command::Publish { owner, generation, lifetime, ends_at }, now))
            }
            Step::Release { owner, hold } => Some(self.send(Command::Release { owner, hold }, now)),
            Step::Wait(until) => Some(Wish::Sleep(until)),
            Step::Exchange(permit) => {
                self.state = State::Requested;
                Some(if permit == Permit::Budget { Wish::RequestFromBudget } else { Wish::Request })
            }
            Step::Adopt | Step::GiveUp(_) | Step::Done => {
                self.complete(Outcome::Failed(Failure::Transport(())), now);
                self.state = State::Idle;
                None
            }
        }
    }

    fn send(&mut self, command: Command, now: Instant) -> Wish {
        self.state = State::Sent(now);
        Wish::Send(command)
    }

    fn complete(&mut self, outcome: Outcome<'_, '_>, now: Instant) {
        if let Some(ticket) = self.ticket.take() {
            let random = self.random.word();
            self.manager.complete(ticket, now, outcome, random);
        }
    }

    /// Takes the token of an answer, as the response that another member received, with the whole seconds that are left.
    fn adopt(&mut self, found: &Found<Issued>, now: Instant) -> Option<Issued> {
        let seconds = found.remaining.as_secs();
        let mut body =
            format!(r#"{{"access_token":"t","token_type":"bearer","expires_in":{seconds}}}"#).into_bytes();
        let response = parse_token_response(&ResponseHead::new(200), &mut body).ok()?;
        // The run has ended with this step.
        let _ = self.member.next(now, None, 0);
        self.complete(Outcome::Token(&response), now);
        self.state = State::Idle;
        Some(found.text)
    }

    fn claimed(&mut self, claimed: &Claimed<Issued>, sent_at: Instant, now: Instant) -> Option<Issued> {
        let reply = match claimed {
            // Less than a second cannot be written as `expires_in`.
            Claimed::Token(found) if found.remaining.as_secs() == 0 => StoreReply::Unknown,
            Claimed::Token(found) => {
                StoreReply::Token { generation: found.generation, lifetime: found.lifetime }
            }
            Claimed::Granted(lease) => StoreReply::Granted(*lease),
            Claimed::Busy { remaining } => StoreReply::Busy { remaining: *remaining },
            Claimed::Unreadable { generation } => StoreReply::Unreadable { generation: *generation },
        };
        let before = self.member.newest();
        self.member.claimed(reply, sent_at, now);
        match claimed {
            Claimed::Token(found) if self.member.newest() > before => self.adopt(found, now),
            _ => None,
        }
    }
}

impl Client for Sharing {
    fn wish(&mut self, now: Instant) -> Wish {
        loop {
            match self.state {
                State::Sent(_) | State::Requested => return Wish::Sleep(Instant::FAR_FUTURE),
                State::Running => {
                    if let Some(wish) = self.advance(now) {
                        return wish;
                    }
                }
                State::Idle => {
                    if let Err(until) = self.begin(now) {
                        return Wish::Sleep(until);
                    }
                }
            }
        }
    }

    fn answered(&mut self, now: Instant, reply: Reply, replies: &Replies<'_>, random: u32) {
        if let Some(ticket) = self.ticket.take() {
            self.manager.complete(ticket, now, manager::outcome(reply, replies), random);
        }
        // As long as this member waits itself, another need not try either; half of it, so that this one finds the lease free.
        let wait = self.manager.next_deadline().map_or(0, |next| next.saturating_since(now).as_secs());
        let hold = Duration::from_millis(wait.saturating_mul(500));
        self.member.exchanged(if reply == Reply::Token { Ok(replies.lifetime()) } else { Err(hold) });
        self.state = State::Running;
    }

    fn executed(&mut self, now: Instant, answer: Option<Answer>) -> Option<Issued> {
        let State::Sent(sent_at) = self.state else { return None };
        self.state = State::Running;
        let random = self.random.word();
        match answer {
            Some(Answer::Claimed(claimed)) => return self.claimed(&claimed, sent_at, now),
            Some(Answer::Published(published)) => self.member.published(Some(published), now, random),
            Some(Answer::Released) => {}
            // The member ignores the one that it does not wait for.
            None => {
                self.member.published(None, now, random);
                self.member.claimed(StoreReply::Unknown, sent_at, now);
            }
        }
        None
    }

    fn credentials_changed(&mut self, now: Instant) {
        self.manager.credentials_changed(now);
    }

    fn supply(&mut self, now: Instant, _waited: bool) -> Supply {
        match self.manager.token(now) {
            Held::Ready(token) => {
                self.supplied = Some(token.generation);
                Supply::Token
            }
            Held::Pending => Supply::Pending,
            Held::Unavailable { .. } => Supply::Nothing,
        }
    }

    fn holds(&self, now: Instant) -> bool {
        self.valid_until(now).is_some()
    }

    fn valid_until(&self, now: Instant) -> Option<Instant> {
        manager::valid_until(&self.manager, now)
    }

    fn accepted(&mut self, now: Instant) {
        if let Some(generation) = self.supplied {
            self.manager.token_used(generation, now);
        }
    }

    fn refused(&mut self, now: Instant) -> bool {
        self.supplied.is_some_and(|generation| self.manager.token_refused(generation, now))
    }
}
