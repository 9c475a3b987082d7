//! The engine: drives a handshake over a socket.

use core::fmt;
use core::marker::PhantomData;

use embedded_io_async::{Read, Write};
use rand_core::CryptoRngCore;
use zeroize::Zeroize;

use super::fault::{Fault, MIN_RECEIVE, MIN_SEND};
use super::handshake::{Handshake, Next, Parts};
#[cfg(feature = "nal")]
use super::lent::Lent;
use super::primitives::{Primitives, Software};
use super::records::Content;
use super::session::Session;
use super::suite::{CipherSuite, NamedGroup};
use super::ticket::{TicketSlot, identity};
use crate::await_in_own_frame;
use crate::chain::ChainError;
use crate::engine::TlsEngine;
use crate::error::ConnectError;
use crate::expected::Expected;

/// The default number of instructions of a Cortex-M4 between yields to other tasks.
const DEFAULT_BUDGET: u32 = 250_000;

/// TLS 1.3 without an allocator, with random numbers from `R` and the cryptography of `P`.
///
/// `RECEIVE`, `SEND` and `TICKET` are the sizes of the [`Workspace`]'s buffers in bytes.
pub struct Tls13<
    R,
    const RECEIVE: usize = 8192,
    const SEND: usize = 640,
    const TICKET: usize = 256,
    P = Software,
> {
    rng: R,
    suites: &'static [CipherSuite],
    group: NamedGroup,
    budget: u32,
    compatible: bool,
    primitives: PhantomData<P>,
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize, const TICKET: usize>
    Tls13<R, RECEIVE, SEND, TICKET>
{
    /// Creates an engine that draws its keys from `rng`, which must be a cryptographic generator seeded from true entropy.
    ///
    /// It offers all of [`CipherSuite::ALL`], and a key share for X25519. A server that prefers P-256 can request a share for it.
    pub fn new(rng: R) -> Self {
        Self {
            rng,
            suites: CipherSuite::ALL,
            group: NamedGroup::X25519,
            budget: DEFAULT_BUDGET,
            compatible: true,
            primitives: PhantomData,
        }
    }
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P: Primitives>
    Tls13<R, RECEIVE, SEND, TICKET, P>
{
    /// Computes with these primitives, an accelerator's for example.
    #[must_use]
    pub fn with_primitives<Q: Primitives>(self) -> Tls13<R, RECEIVE, SEND, TICKET, Q> {
        let Self { rng, suites, group, budget, compatible, primitives: _ } = self;
        Tls13 { rng, suites, group, budget, compatible, primitives: PhantomData }
    }

    /// Offers only these cipher suites, in order of preference.
    #[must_use]
    pub fn with_suites(mut self, suites: &'static [CipherSuite]) -> Self {
        self.suites = suites;
        self
    }

    /// Sends a key share for this group first, which saves a round trip with servers that prefer it. The other group is offered
    /// too.
    #[must_use]
    pub fn with_first_group(mut self, group: NamedGroup) -> Self {
        self.group = group;
        self
    }

    /// Omits what makes a handshake look like TLS 1.2 to middleboxes (RFC 8446 appendix D.4): a session id and a
    /// `ChangeCipherSpec`, 38 bytes.
    #[must_use]
    pub fn without_middlebox_compatibility(mut self) -> Self {
        self.compatible = false;
        self
    }

    /// Yields to other tasks after about this many instructions of a Cortex-M4; 0: after each step. Steps that cannot be divided,
    /// such as a key exchange with X25519, run in one piece.
    #[must_use]
    pub fn with_budget(mut self, instructions: u32) -> Self {
        self.budget = instructions;
        self
    }
}

impl<R, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P> fmt::Debug
    for Tls13<R, RECEIVE, SEND, TICKET, P>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls13")
            .field("suites", &self.suites)
            .field("group", &self.group)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// Buffers for one connection, and a ticket that is kept longer.
///
/// The receive buffer must hold the largest record and the largest handshake message that the server sends. The latter is usually
/// the one with its certificates, some 5 KB for AWS; a server that does not support `record_size_limit` may send records of up to
/// 16640 bytes. The send buffer less 22 bytes limits the application data per record. Both contain plaintext until they are used
/// again, or until their owner wipes them ([`Zeroize`]).
///
/// A ticket of up to `TICKET` bytes, with its key, is kept for the next connection to the same server; with 0 no ticket is
/// requested. [`Workspace::forget_ticket`] wipes it.
pub struct Workspace<const RECEIVE: usize = 8192, const SEND: usize = 640, const TICKET: usize = 256> {
    receive: [u8; RECEIVE],
    send: [u8; SEND],
    ticket: TicketSlot<TICKET>,
}

impl<const RECEIVE: usize, const SEND: usize, const TICKET: usize> Workspace<RECEIVE, SEND, TICKET> {
    /// Creates empty buffers; usable for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self { receive: [0; RECEIVE], send: [0; SEND], ticket: TicketSlot::new() }
    }

    /// Wipes the ticket: the next handshake is a full one.
    pub fn forget_ticket(&mut self) {
        self.ticket.tickets().forget();
    }
}

/// Overwrites the plaintext that a connection left in both buffers. The ticket is kept.
impl<const RECEIVE: usize, const SEND: usize, const TICKET: usize> Zeroize
    for Workspace<RECEIVE, SEND, TICKET>
{
    fn zeroize(&mut self) {
        for buffer in [&mut self.receive[..], &mut self.send] {
            // A wide fill, then a barrier so that the optimiser does not remove it.
            buffer.fill(0);
            zeroize::optimization_barrier(buffer);
        }
    }
}

impl<const RECEIVE: usize, const SEND: usize, const TICKET: usize> Default
    for Workspace<RECEIVE, SEND, TICKET>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<const RECEIVE: usize, const SEND: usize, const TICKET: usize> fmt::Debug
    for Workspace<RECEIVE, SEND, TICKET>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace")
            .field("receive", &RECEIVE)
            .field("send", &SEND)
            .field("ticket", &TICKET)
            .finish_non_exhaustive()
    }
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P: Primitives> TlsEngine
    for Tls13<R, RECEIVE, SEND, TICKET, P>
{
    type Workspace = Workspace<RECEIVE, SEND, TICKET>;
    type Session<'w, S>
        = Session<'w, S, P>
    where
        S: Read + Write + 'w;

    async fn connect_in<'w, S>(
        &mut self,
        place: &mut Option<Session<'w, S, P>>,
        socket: S,
        workspace: &'w mut Self::Workspace,
        expected: &Expected<'_>,
    ) -> Result<(), ConnectError>
    where
        S: Read + Write + 'w,
    {
        // Before anything is sent: without a time every certificate is refused.
        expected.now().ok_or(ChainError::NoClock)?;
        if RECEIVE < MIN_RECEIVE || SEND < MIN_SEND {
            return Err(ConnectError::WorkspaceTooSmall { receive: MIN_RECEIVE, send: MIN_SEND });
        }
        let Workspace { receive, send, ticket } = workspace;
        Session::prepare(place, socket, receive, send, ticket.tickets(), self.compatible, self.budget);
        let session = place.as_mut().ok_or(ConnectError::Engine)?;
        match await_in_own_frame!(self.handshake(session, expected)) {
            Ok(()) => Ok(()),
            Err(fault) => {
                if let Some(alert) = fault.alert() {
                    session.link.alert(alert);
                }
                *place = None;
                Err(fault.into())
            }
        }
    }
}

impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P: Primitives>
    Tls13<R, RECEIVE, SEND, TICKET, P>
{
    async fn handshake<S: Read + Write>(
        &mut self,
        session: &mut Session<'_, S, P>,
        expected: &Expected<'_>,
    ) -> Result<(), Fault> {
        let mut handshake = Handshake::new(self.group, identity(expected));
        loop {
            let link = &mut session.link;
            link.pace.will_compute(handshake.cost_of_step()).await;
            let next = handshake.step(&mut Parts {
                rng: &mut self.rng,
                expected,
                suites: self.suites,
                records: &mut link.records,
                inbox: &mut link.inbox,
                outbox: &mut link.outbox,
                tickets: &mut session.tickets,
            })?;
            match next {
                Next::Send => {
                    link.send().await?;
                    link.flush().await?;
                }
                Next::Receive => {
                    if link.receive().await? == Content::CloseNotify {
                        return Err(Fault::Alerted(0));
                    }
                }
                Next::Computed(instructions) => link.pace.computed(instructions).await,
                Next::Connected => break,
            }
        }
        let mut parameters = handshake.parameters().ok_or(Fault::Internal)?;
        parameters.fragmented = session.link.inbox.is_fragmented();
        session.open(handshake.resumption().ok_or(Fault::Internal)?, parameters);
        Ok(())
    }
}

#[cfg(feature = "nal")]
impl<const RECEIVE: usize, const SEND: usize, const TICKET: usize> Workspace<RECEIVE, SEND, TICKET> {
    /// Lends the buffers to one session after the other.
    pub(crate) const fn lend(&mut self) -> Lent<'_> {
        let Self { receive, send, ticket } = self;
        Lent { receive, send, tickets: ticket.tickets() }
    }
}

#[cfg(feature = "nal")]
impl<R: CryptoRngCore, const RECEIVE: usize, const SEND: usize, const TICKET: usize, P: Primitives>
    Tls13<R, RECEIVE, SEND, TICKET, P>
{
    /// Checks what is known before a connection.
    pub(crate) fn check(expected: &Expected<'_>) -> Result<(), ConnectError> {
        expected.now().ok_or(ChainError::NoClock)?;
        if RECEIVE < MIN_RECEIVE || SEND < MIN_SEND {
            return Err(ConnectError::WorkspaceTooSmall { receive: MIN_RECEIVE, send: MIN_SEND });
        }
        Ok(())
    }

    /// As [`TlsEngine::connect_in`], after [`check`](Self::check). Also a session whose handshake fails or is cancelled stays in its
    /// place, and returns its buffers there.
    pub(crate) async fn connect_lent<'w, S: Read + Write>(
        &mut self,
        place: &mut Option<Session<'w, S, P>>,
        socket: S,
        lent: Lent<'w>,
        expected: &Expected<'_>,
    ) -> Result<(), ConnectError> {
        let Lent { receive, send, tickets } = lent;
        Session::prepare(place, socket, receive, send, tickets, self.compatible, self.budget);
        let session = place.as_mut().ok_or(ConnectError::Engine)?;
        await_in_own_frame!(self.handshake(session, expected)).map_err(|fault| {
            if let Some(alert) = fault.alert() {
                session.link.alert(alert);
            }
            fault.into()
        })
    }
}
