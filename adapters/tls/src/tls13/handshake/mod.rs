//! The handshake (RFC 8446 section 2) as a state machine: it reads and writes buffers, and computes one bounded step per call.
//! Its caller moves bytes between buffers and socket.

mod finished;
mod hello;
mod state;

use core::task::Poll;

use rand_core::CryptoRngCore;
use zeroize::{Zeroize, Zeroizing};

use super::authentication::LeafKey;
use super::fault::Fault;
use super::hash::{Secret, Transcript, empty};
use super::inbox::Inbox;
use super::key_schedule::{Label, derive, early_secret, next_secret};
use super::messages::{Certificates, certificate_request, certificate_verify, encrypted_extensions};
use super::outbox::Outbox;
use super::pace::cost;
use super::primitives::{ExchangeProgress, Primitives};
use super::records::Records;
use super::session::Parameters;
use super::suite::{CipherSuite, NamedGroup, SCALAR};
use super::ticket::{Identity, Resumption, Tickets};
use super::transitions::{Awaits, is_legal, leads_to};
use crate::chain::{ChainError, ChainVerification};
use crate::codes::handshake_type;
use crate::copy::copy;
use crate::expected::Expected;
use state::{Agreement, Progress, State};

/// The action that [`Handshake::step`] asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Send what is in the outbox.
    Send,
    /// Read a record into the inbox.
    Receive,
    /// Call again. The step took about this many instructions.
    Computed(u32),
    /// The server is authenticated, and everything was sent.
    Connected,
}

/// The parts of a connection that a step reads and changes.
pub(super) struct Parts<'p, 'w, P: Primitives, R> {
    pub(super) rng: &'p mut R,
    pub(super) expected: &'p Expected<'p>,
    pub(super) suites: &'p [CipherSuite],
    pub(super) records: &'p mut Records<P>,
    pub(super) inbox: &'p mut Inbox<'w>,
    pub(super) outbox: &'p mut Outbox<'w>,
    pub(super) tickets: &'p mut Tickets<'w>,
}

/// A client's handshake.
pub(super) struct Handshake {
    state: State,
    secrets: Secrets,
    transcript: Transcript,
    identity: Identity,
    negotiated: Option<Parameters>,
    /// Of the key share, then of the key exchange.
    exchange: ExchangeProgress,
}

/// The secrets of a handshake. They stay in their place until they are wiped: a moved value leaves a copy behind.
struct Secrets {
    /// The secret of the key share, then the one that is shared with the server.
    exchange: Zeroizing<[u8; SCALAR]>,
    /// The pre-shared key of the offered ticket, then the master secret, then the resumption master secret (section 7.1).
    main: Secret,
}

impl Handshake {
    pub(super) fn new(group: NamedGroup, identity: Identity) -> Self {
        Self {
            state: State::Start { group },
            secrets: Secrets { exchange: Zeroizing::new([0; SCALAR]), main: empty() },
            transcript: Transcript::new(),
            identity,
            negotiated: None,
            exchange: ExchangeProgress::new(),
        }
    }

    /// Returns the message that is awaited; `None` if the next step is a computation, or the handshake failed.
    fn awaits(&self) -> Option<Awaits> {
        let computes = matches!(
            self.state,
            State::Start { .. }
                | State::KeyShare(_)
                | State::ClientHello(_)
                | State::KeyExchange(_)
                | State::KeySchedule(_)
                | State::VerifyChain(..)
                | State::Sending(_)
        );
        if computes { None } else { self.awaits_next() }
    }

    /// Returns the message that is awaited now, or after the next computation.
    fn awaits_next(&self) -> Option<Awaits> {
        Some(match self.state {
            State::Start { .. } | State::KeyShare(_) | State::ClientHello(_) | State::ServerHello(_) => {
                Awaits::ServerHello
            }
            State::KeyExchange(_) | State::KeySchedule(_) | State::EncryptedExtensions(_) => {
                Awaits::EncryptedExtensions
            }
            State::CertificateOrRequest(_) => Awaits::CertificateOrRequest,
            State::Certificate(_) => Awaits::Certificate,
            State::VerifyChain(..) | State::CertificateVerify(..) => Awaits::CertificateVerify,
            State::Finished(_) => Awaits::Finished,
            State::Sending(_) => Awaits::Connected,
            State::Failed => return None,
        })
    }

    /// Returns about how many instructions the next step will take. A message that has not arrived is not waited for.
    pub(super) fn cost_of_step(&self) -> u32 {
        match &self.state {
            State::KeyShare(_) | State::KeyExchange(_) => cost::EXCHANGE,
            State::KeySchedule(_) | State::Finished(_) => cost::KEY_SCHEDULE,
            State::VerifyChain(..) | State::CertificateVerify(..) => cost::SIGNATURE,
            _ => 0,
        }
    }

    /// Returns the negotiated parameters, once the server is authenticated.
    pub(super) fn parameters(&self) -> Option<Parameters> {
        match self.state {
            State::Sending(_) => self.negotiated,
            _ => None,
        }
    }

    /// Returns the values that resume this session later, with the resumption master secret, when the handshake is complete.
    pub(super) fn resumption(&self) -> Option<(Resumption, &Secret)> {
        match self.state {
            State::Sending(resumption) => Some((resumption, &self.secrets.main)),
            _ => None,
        }
    }

    /// Takes one step: handles a received message, or does one computation of bounded length.
    pub(super) fn step<P: Primitives, R: CryptoRngCore>(
        &mut self,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        if let Some(awaits) = self.awaits() {
            let Some(message) = parts.inbox.message()? else { return Ok(Next::Receive) };
            let kind = message.kind;
            if !is_legal(awaits, kind) {
                return Err(Fault::UnexpectedMessage);
            }
            let next = self.receive(parts)?;
            let legal = self.awaits_next().is_some_and(|to| leads_to(awaits, kind, to));
            return if legal { Ok(next) } else { Err(Fault::Internal) };
        }
        // In place: the stack is deepest there.
        if matches!(self.state, State::VerifyChain(..)) {
            self.verify_chain(parts)
        } else {
            self.compute(parts)
        }
    }

    /// Does the computation that is next.
    #[inline(never)] // As for `start`.
    fn compute<P: Primitives, R: CryptoRngCore>(
        &mut self,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        match core::mem::replace(&mut self.state, State::Failed) {
            State::Start { group } => Ok(self.start(group, parts)),
            State::KeyShare(hello) => self.generate_share(hello, parts),
            State::ClientHello(hello) => self.write_client_hello(hello, parts),
            State::KeyExchange(agreement) => self.exchange_keys::<P>(agreement),
            State::KeySchedule(agreement) => Ok(self.derive_keys(&agreement, parts)),
            State::Sending(resumption) => {
                self.state = State::Sending(resumption);
                Ok(Next::Connected)
            }
            _ => Err(Fault::Internal),
        }
    }

    /// Handles the first message in the inbox, which is legal in this state.
    #[inline(never)] // As for `start`.
    fn receive<P: Primitives, R: CryptoRngCore>(
        &mut self,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let message = parts.inbox.message()?.ok_or(Fault::Internal)?;
        let computed = Ok(Next::Computed(cost::hash(message.whole.len())));
        match core::mem::replace(&mut self.state, State::Failed) {
            State::ServerHello(hello) => return self.server_hello(hello, parts),
            State::EncryptedExtensions(progress) => {
                parts.outbox.limit(encrypted_extensions(message.body)?);
                self.transcript.add(message.whole);
                self.state = match progress.verified {
                    Some(_) => State::Finished(progress),
                    None => State::CertificateOrRequest(progress),
                };
            }
            State::CertificateOrRequest(mut progress)
                if message.kind == handshake_type::CERTIFICATE_REQUEST =>
            {
                certificate_request(message.body)?;
                self.transcript.add(message.whole);
                progress.requested = true;
                self.state = State::Certificate(progress);
            }
            State::CertificateOrRequest(mut progress) | State::Certificate(mut progress) => {
                progress.certificates = Certificates::parse(message.body, usize::MAX)?.count;
                self.transcript.add(message.whole);
                self.state = State::VerifyChain(progress, ChainVerification::new());
                return computed;
            }
            State::CertificateVerify(progress, key) => {
                let (scheme, signature) = certificate_verify(message.body)?;
                let hash = parts.records.suite().hash();
                key.verify(scheme, signature, &self.transcript.digest(hash), hash)?;
                self.transcript.add(message.whole);
                self.state = State::Finished(progress);
                parts.inbox.drop_message();
                return Ok(Next::Computed(cost::SIGNATURE));
            }
            State::Finished(progress) => return self.finish(&progress, parts),
            _ => return Err(Fault::Internal),
        }
        parts.inbox.drop_message();
        computed
    }

    /// Does a step of the shared secret's computation.
    #[inline(never)] // As for `start`.
    fn exchange_keys<P: Primitives>(&mut self, agreement: Agreement) -> Result<Next, Fault> {
        let Agreement { group, server_share, server_share_length, .. } = &agreement;
        let server_share = server_share.get(..*server_share_length).unwrap_or_default();
        let secret = &mut self.secrets.exchange;
        let mut shared = Zeroizing::new([0; SCALAR]);
        let step = P::shared_secret_step(*group, secret, server_share, &mut shared, &mut self.exchange);
        self.state = match step {
            Poll::Pending => State::KeyExchange(agreement),
            Poll::Ready(Some(())) => {
                copy(shared.as_slice(), secret.as_mut_slice());
                State::KeySchedule(agreement)
            }
            Poll::Ready(None) => return Err(Fault::InvalidServerHello),
        };
        Ok(Next::Computed(cost::EXCHANGE))
    }

    /// Derives the keys of the handshake from the shared secret.
    #[inline(never)] // As for `start`.
    fn derive_keys<P: Primitives, R>(
        &mut self,
        agreement: &Agreement,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Next {
        let Agreement { suite, resumed, .. } = agreement;
        let hash = suite.hash();
        let none = Transcript::new().digest(hash);
        let digest = self.transcript.digest(hash);
        let Secrets { exchange, main } = &mut self.secrets;
        let early = early_secret(hash, resumed.is_some().then_some(&*main));
        let handshake = next_secret(hash, &early, &none, Some(exchange.as_slice()));
        exchange.zeroize();
        let server = derive(hash, &handshake, Label::ServerHandshake, &digest);
        let client = derive(hash, &handshake, Label::ClientHandshake, &digest);
        parts.records.protect(*suite, &server, &client);
        copy(next_secret(hash, &handshake, &none, None).as_slice(), main.as_mut_slice());
        self.state = State::EncryptedExtensions(Progress {
            verified: resumed.as_ref().map(|offered| offered.verified),
            requested: false,
            certificates: 0,
        });
        Next::Computed(cost::KEY_SCHEDULE)
    }

    /// Verifies one signature of the chain; after the last one, takes the server's key.
    #[inline(never)] // As for `start`.
    fn verify_chain<P: Primitives, R>(&mut self, parts: &mut Parts<'_, '_, P, R>) -> Result<Next, Fault> {
        let State::VerifyChain(progress, verification) = &mut self.state else { return Err(Fault::Internal) };
        let message = parts.inbox.message()?.ok_or(Fault::Internal)?;
        let chain = Certificates::parse(message.body, Certificates::MAX)?;
        let leaf = match verification.step(chain.leaf, chain.intermediates(), parts.expected) {
            Ok(false) => return Ok(Next::Computed(cost::SIGNATURE)),
            Ok(true) => Some(chain.leaf),
            // Refused with the CertificateVerify, whose scheme may be the reason.
            Err(ChainError::UnsupportedAlgorithm) => None,
            // The one that is missing may be among those that are not used.
            Err(ChainError::UnknownIssuer) if progress.certificates > Certificates::MAX => {
                let count = progress.certificates;
                return Err(Fault::Chain(ChainError::TooManyCertificates { count }));
            }
            Err(error) => return Err(error.into()),
        };
        self.take_key(leaf)?;
        parts.inbox.drop_message();
        Ok(Next::Computed(cost::SIGNATURE))
    }

    /// Takes the leaf's key, if its chain was verified.
    #[inline(never)] // As for `start`.
    fn take_key(&mut self, leaf: Option<&[u8]>) -> Result<(), Fault> {
        let key = leaf.map_or_else(LeafKey::unsupported, LeafKey::of);
        match core::mem::replace(&mut self.state, State::Failed) {
            State::VerifyChain(progress, _) => {
                self.state = State::CertificateVerify(progress, key);
                Ok(())
            }
            _ => Err(Fault::Internal),
        }
    }
}
