//! The handshake (RFC 8446 section 2) as a state machine: it reads and writes buffers, and computes one bounded step per call.
//! Its caller moves bytes between buffers and socket.

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::authentication::{LeafKey, leaf_key};
use super::client_hello::{self, Offer, RANDOM, SESSION_ID};
use super::fault::Fault;
use super::hash::{Secret, Transcript, equal};
use super::inbox::{Inbox, MAX_PLAINTEXT, Message};
use super::key_schedule::{Label, TrafficKeys, derive, early_secret, next_secret, verify_data};
use super::messages::{Certificates, certificate_request, certificate_verify, encrypted_extensions};
use super::outbox::Outbox;
use super::pace::cost;
use super::primitives::{Primitives, SCALAR, TAG};
use super::records::Records;
use super::server_hello::{self, ServerHello};
use super::session::Parameters;
use super::suite::{CipherSuite, HashAlgorithm, NamedGroup};
use super::ticket::{Identity, Offered, Resumption, Tickets};
use super::transitions::{Awaits, is_legal, leads_to};
use super::writer::Writer;
use crate::chain::{ChainError, ChainVerification};
use crate::codes::{content_type, handshake_type};
use crate::copy::copy;
use crate::expected::Expected;

/// What the caller of [`Handshake::step`] does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Send what is in the outbox.
    Send,
    /// Read a record into the inbox.
    Receive,
    /// Call again; about so many instructions were computed.
    Computed(u32),
    /// The server is authenticated, and everything was sent.
    Connected,
}

/// What a step works with.
pub(super) struct Parts<'p, 'w, P, R> {
    pub(super) rng: &'p mut R,
    pub(super) expected: &'p Expected<'p>,
    pub(super) suites: &'p [CipherSuite],
    pub(super) records: &'p mut Records<P>,
    pub(super) inbox: &'p mut Inbox<'w>,
    pub(super) outbox: &'p mut Outbox<'w>,
    pub(super) tickets: &'p mut Tickets<'w>,
}

pub(super) struct Handshake {
    state: State,
    transcript: Transcript,
    identity: Identity,
    settled: Option<Parameters>,
}

/// What was offered.
struct Hello {
    random: [u8; RANDOM],
    session_id: [u8; SESSION_ID],
    session_id_length: usize,
    group: NamedGroup,
    secret: Zeroizing<[u8; SCALAR]>,
    share: [u8; NamedGroup::MAX_SHARE],
    share_length: usize,
    offered: Option<Offered>,
    /// The suite of the server's `HelloRetryRequest`, once there was one.
    retried: Option<CipherSuite>,
}

/// What the server chose.
struct Agreement {
    suite: CipherSuite,
    group: NamedGroup,
    secret: Zeroizing<[u8; SCALAR]>,
    theirs: [u8; NamedGroup::MAX_SHARE],
    theirs_length: usize,
    resumed: Option<Offered>,
}

/// What goes with the rest of the handshake.
struct Progress {
    master: Secret,
    /// When the chain was verified, if by an earlier connection.
    verified: Option<u64>,
    /// Whether the server asked for a certificate.
    requested: bool,
}

// A handshake has no heap to put the larger ones on, and is one of them most of the time.
#[allow(clippy::large_enum_variant)]
enum State {
    /// A secret and its key share are made.
    Start {
        group: NamedGroup,
    },
    /// The `ClientHello` is written.
    Greet(Hello),
    ServerHello(Hello),
    /// The key exchange is computed.
    Agree(Agreement),
    EncryptedExtensions(Progress),
    CertificateOrRequest(Progress),
    Certificate(Progress),
    /// The chain, which is still in the inbox, is verified.
    VerifyChain(Progress, ChainVerification),
    CertificateVerify(Progress, LeafKey),
    Finished(Progress),
    /// The client's Finished is on its way.
    Sending(Resumption),
    /// It was sent.
    Connected,
    Failed,
}

impl Handshake {
    pub(super) fn new(group: NamedGroup, identity: Identity) -> Self {
        Self { state: State::Start { group }, transcript: Transcript::new(), identity, settled: None }
    }

    /// Which message is awaited, if one is.
    fn awaits(&self) -> Option<Awaits> {
        let computes = matches!(
            self.state,
            State::Start { .. }
                | State::Greet(_)
                | State::Agree(_)
                | State::VerifyChain(..)
                | State::Sending(_)
        );
        if computes { None } else { self.heads_for() }
    }

    /// Which message will be awaited once what is begun is done.
    fn heads_for(&self) -> Option<Awaits> {
        Some(match self.state {
            State::Start { .. } | State::Greet(_) | State::ServerHello(_) => Awaits::ServerHello,
            State::Agree(_) | State::EncryptedExtensions(_) => Awaits::EncryptedExtensions,
            State::CertificateOrRequest(_) => Awaits::CertificateOrRequest,
            State::Certificate(_) => Awaits::Certificate,
            State::VerifyChain(..) | State::CertificateVerify(..) => Awaits::CertificateVerify,
            State::Finished(_) => Awaits::Finished,
            State::Sending(_) | State::Connected => Awaits::Connected,
            State::Failed => return None,
        })
    }

    /// What was settled, once the server is authenticated.
    pub(super) fn parameters(&self) -> Option<Parameters> {
        match self.state {
            State::Sending(_) => self.settled,
            _ => None,
        }
    }

    /// What a session needs to be resumed; gives it once, at the end.
    pub(super) fn take_resumption(&mut self) -> Option<Resumption> {
        match core::mem::replace(&mut self.state, State::Connected) {
            State::Sending(resumption) => Some(resumption),
            _ => None,
        }
    }

    /// Goes on until there is something to do for the caller.
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
            let legal = self.heads_for().is_some_and(|to| leads_to(awaits, kind, to));
            return if legal { Ok(next) } else { Err(Fault::Internal) };
        }
        match core::mem::replace(&mut self.state, State::Failed) {
            State::Start { group } => self.start(group, parts),
            State::Greet(hello) => self.greet(hello, parts),
            State::Agree(agreement) => self.agree(&agreement, parts),
            State::VerifyChain(progress, chain) => self.verify_chain(progress, chain, parts),
            State::Sending(resumption) => {
                self.state = State::Sending(resumption);
                Ok(Next::Connected)
            }
            _ => Err(Fault::Internal),
        }
    }

    #[inline(never)] // What it needs of the stack does not lie below the chain.
    fn start<P: Primitives, R: CryptoRngCore>(
        &mut self,
        group: NamedGroup,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let mut random = [0; RANDOM];
        parts.rng.fill_bytes(&mut random);
        let mut session_id = [0; SESSION_ID];
        let session_id_length = if parts.outbox.changes_cipher_spec() { SESSION_ID } else { 0 };
        parts.rng.fill_bytes(&mut session_id);
        let mut hello = Hello {
            random,
            session_id,
            session_id_length,
            group,
            secret: Zeroizing::new([0; SCALAR]),
            share: [0; NamedGroup::MAX_SHARE],
            share_length: 0,
            offered: None,
            retried: None,
        };
        hello.draw::<P, R>(parts.rng)?;
        if let Some(now) = parts.expected.now() {
            hello.offered = parts.tickets.offer(&self.identity, now, parts.suites);
        }
        self.state = State::Greet(hello);
        Ok(Next::Computed(cost::exchange(group)))
    }

    #[inline(never)] // As for `start`.
    fn greet<P: Primitives, R>(
        &mut self,
        mut hello: Hello,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let limit = parts.inbox.capacity().saturating_sub(TAG);
        let retry = match hello.retried {
            Some(_) => parts.inbox.message()?,
            None => None,
        };
        let cookie = match retry {
            Some(retry) => cookie(retry, hello.session_id(), parts.suites)?,
            None => None,
        };
        let mut offer = Offer {
            random: &hello.random,
            session_id: hello.session_id.get(..hello.session_id_length).unwrap_or_default(),
            name: parts.expected.name().as_ref().as_bytes(),
            suites: parts.suites,
            group: hello.group,
            share: hello.share.get(..hello.share_length).unwrap_or_default(),
            record_size_limit: u16::try_from(limit).unwrap_or(u16::MAX).min(MAX_PLAINTEXT + 1),
            cookie,
            tickets: parts.tickets.are_wanted(),
            psk: hello.offered.as_ref().map(|offered| parts.tickets.psk(offered)),
        };
        if hello.retried.is_some() {
            parts.outbox.change_cipher_spec();
        }
        let content = parts.outbox.content();
        let mut written = client_hello::write(content, &offer);
        if written.is_err() && offer.psk.is_some() {
            // Without the ticket there may be enough space.
            offer.psk = None;
            hello.offered = None;
            written = client_hello::write(content, &offer);
        }
        let length = written.map_err(Fault::SendBuffer)?;
        let message = content.get_mut(..length).unwrap_or_default();
        if let Some(offered) = &hello.offered {
            self.bind(offered, message);
        }
        self.transcript.add(message);
        if hello.retried.is_some() {
            parts.inbox.drop_message();
        }
        parts.outbox.seal(parts.records, content_type::HANDSHAKE, length)?;
        self.state = State::ServerHello(hello);
        Ok(Next::Send)
    }

    /// Writes the binder (section 4.2.11.2), which is the last thing in the message.
    fn bind(&self, offered: &Offered, message: &mut [u8]) {
        let hash = offered.hash;
        let mut transcript = self.transcript.clone();
        let covered = message.len().saturating_sub(client_hello::binders_length(hash));
        transcript.add(message.get(..covered).unwrap_or_default());
        let early = early_secret(hash, Some(&offered.psk));
        let key = derive(hash, &early, Label::ResumptionBinder, &Transcript::new().digest(hash));
        let binder = verify_data(hash, &key, &transcript.digest(hash));
        let place = message.len().saturating_sub(hash.length());
        copy(binder.as_slice(), message.get_mut(place..).unwrap_or_default());
    }

    /// Handles the message that is first in the inbox, and legal.
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
            State::CertificateOrRequest(progress) | State::Certificate(progress) => {
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

    #[inline(never)] // As for `start`.
    fn server_hello<P: Primitives, R: CryptoRngCore>(
        &mut self,
        mut hello: Hello,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let message = parts.inbox.message()?.ok_or(Fault::Internal)?;
        let chosen =
            server_hello::parse(message.body, hello.session_id(), parts.suites, hello.offered.is_some())?;
        // Section 5.1: keys change behind it, and the server waits behind a HelloRetryRequest.
        if !message.is_last {
            return Err(Fault::UnexpectedMessage);
        }
        match chosen {
            ServerHello::Retry { suite, group, cookie } => {
                if hello.retried.is_some() {
                    return Err(Fault::UnexpectedMessage);
                }
                // Section 4.1.4: it must change something; section 4.2.8: to a group that had no share yet.
                if (group.is_none() && cookie.is_none()) || group == Some(hello.group) {
                    return Err(Fault::InvalidServerHello);
                }
                self.transcript.retry();
                self.transcript.add(message.whole);
                hello.retried = Some(suite);
                hello.offered = hello.offered.filter(|offered| offered.hash == suite.hash());
                let mut computed = 0;
                if let Some(group) = group {
                    hello.group = group;
                    hello.draw::<P, R>(parts.rng)?;
                    computed = cost::exchange(group);
                }
                // The message stays: it has the cookie.
                self.state = State::Greet(hello);
                Ok(Next::Computed(computed))
            }
            ServerHello::Chosen { suite, group, share, resumed } => {
                // Section 4.1.4: the suite stays. Section 4.2.11: the hash is the ticket's.
                let resumed = if resumed { hello.offered } else { None };
                let fits = group == hello.group
                    && hello.retried.is_none_or(|retried| retried == suite)
                    && resumed.as_ref().is_none_or(|offered| offered.hash == suite.hash());
                let mut theirs = [0; NamedGroup::MAX_SHARE];
                let place =
                    theirs.get_mut(..share.len()).filter(|_| fits).ok_or(Fault::InvalidServerHello)?;
                copy(share, place);
                let theirs_length = share.len();
                self.transcript.add(message.whole);
                parts.inbox.drop_message();
                let retried = hello.retried.is_some();
                self.settled = Some(Parameters { suite, group, resumed: resumed.is_some(), retried });
                let secret = hello.secret;
                self.state = State::Agree(Agreement { suite, group, secret, theirs, theirs_length, resumed });
                Ok(Next::Computed(0))
            }
        }
    }

    #[inline(never)] // As for `start`.
    fn agree<P: Primitives, R>(
        &mut self,
        agreement: &Agreement,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let Agreement { suite, group, secret, theirs, theirs_length, resumed } = agreement;
        let theirs = theirs.get(..*theirs_length).unwrap_or_default();
        let mut shared = Zeroizing::new([0; SCALAR]);
        P::shared_secret(*group, secret, theirs, &mut shared).ok_or(Fault::InvalidServerHello)?;

        let hash = suite.hash();
        let none = Transcript::new().digest(hash);
        let digest = self.transcript.digest(hash);
        let early = early_secret(hash, resumed.as_ref().map(|offered| &offered.psk));
        let handshake = next_secret(hash, &early, &none, Some(shared.as_slice()));
        let server = derive(hash, &handshake, Label::ServerHandshake, &digest);
        let client = derive(hash, &handshake, Label::ClientHandshake, &digest);
        parts.records.protect(*suite, TrafficKeys::new(*suite, server), TrafficKeys::new(*suite, client));
        self.state = State::EncryptedExtensions(Progress {
            master: next_secret(hash, &handshake, &none, None),
            verified: resumed.as_ref().map(|offered| offered.verified),
            requested: false,
        });
        Ok(Next::Computed(cost::exchange(*group) + cost::KEY_SCHEDULE))
    }

    #[inline(never)] // As for `start`.
    fn verify_chain<P, R>(
        &mut self,
        progress: Progress,
        mut verification: ChainVerification,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let message = parts.inbox.message()?.ok_or(Fault::Internal)?;
        let chain = Certificates::parse(message.body)?;
        if !verification.step(chain.leaf, chain.intermediates(), parts.expected)? {
            self.state = State::VerifyChain(progress, verification);
            return Ok(Next::Computed(cost::SIGNATURE));
        }
        let key = leaf_key(chain.leaf)?;
        self.state = State::CertificateVerify(progress, key);
        parts.inbox.drop_message();
        Ok(Next::Computed(cost::SIGNATURE))
    }

    #[inline(never)] // As for `start`.
    fn finish<P: Primitives, R>(
        &mut self,
        progress: &Progress,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let message = parts.inbox.message()?.ok_or(Fault::Internal)?;
        let suite = parts.records.suite();
        let hash = suite.hash();
        let theirs = parts.records.read_keys().ok_or(Fault::Internal)?;
        let expected = verify_data(hash, theirs.secret(), &self.transcript.digest(hash));
        if !equal(message.body, expected.get(..hash.length()).unwrap_or_default()) {
            return Err(Fault::Finished);
        }
        // Section 5.1: keys change behind it.
        if !message.is_last {
            return Err(Fault::UnexpectedMessage);
        }
        self.transcript.add(message.whole);
        parts.inbox.drop_message();

        let digest = self.transcript.digest(hash);
        let server = derive(hash, &progress.master, Label::ServerApplication, &digest);
        let client = derive(hash, &progress.master, Label::ClientApplication, &digest);
        parts.records.establish_read(TrafficKeys::new(suite, server));
        parts.outbox.change_cipher_spec();
        let length = self.write_messages(hash, progress.requested, parts)?;
        parts.outbox.seal(parts.records, content_type::HANDSHAKE, length)?;
        parts.records.establish_write(TrafficKeys::new(suite, client));

        let digest = self.transcript.digest(hash);
        let master = derive(hash, &progress.master, Label::ResumptionMaster, &digest);
        let connected = parts.expected.now().ok_or(Fault::Chain(ChainError::NoClock))?;
        let verified = progress.verified.unwrap_or(connected);
        self.state =
            State::Sending(Resumption { hash, master, identity: self.identity, connected, verified });
        Ok(Next::Send)
    }

    /// Writes the client's second flight: an empty Certificate if one was asked for (section 4.4.2), and Finished.
    fn write_messages<P: Primitives, R>(
        &mut self,
        hash: HashAlgorithm,
        requested: bool,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<usize, Fault> {
        const NO_CERTIFICATE: [u8; 8] = [handshake_type::CERTIFICATE, 0, 0, 4, 0, 0, 0, 0];
        if requested {
            self.transcript.add(&NO_CERTIFICATE);
        }
        let ours = parts.records.write_keys().ok_or(Fault::Internal)?;
        let data = verify_data(hash, ours.secret(), &self.transcript.digest(hash));
        let mut finished = [0; 4 + HashAlgorithm::MAX_LENGTH];
        let mut writer = Writer::new(&mut finished);
        writer.u8(handshake_type::FINISHED);
        let open = writer.open(3);
        writer.bytes(data.get(..hash.length()).unwrap_or_default());
        writer.close(&open);
        let length = writer.finish().map_err(|_| Fault::Internal)?;
        let finished = finished.get(..length).unwrap_or_default();
        self.transcript.add(finished);
        let mut writer = Writer::new(parts.outbox.content());
        if requested {
            writer.bytes(&NO_CERTIFICATE);
        }
        writer.bytes(finished);
        writer.finish().map_err(Fault::SendBuffer)
    }
}

impl Hello {
    fn session_id(&self) -> &[u8] {
        self.session_id.get(..self.session_id_length).unwrap_or_default()
    }

    /// Draws a secret of the group, and makes its key share.
    fn draw<P: Primitives, R: CryptoRngCore>(&mut self, rng: &mut R) -> Result<(), Fault> {
        /// Random bytes are hardly ever no secret: not once in 2^32 times.
        const ATTEMPTS: usize = 4;
        for _ in 0..ATTEMPTS {
            rng.fill_bytes(self.secret.as_mut_slice());
            if let Some(length) = P::key_share(self.group, &self.secret, &mut self.share) {
                self.share_length = length;
                return Ok(());
            }
        }
        Err(Fault::Internal)
    }
}

/// That of a `HelloRetryRequest`.
fn cookie<'b>(
    retry: Message<'b>,
    session_id: &[u8],
    suites: &[CipherSuite],
) -> Result<Option<&'b [u8]>, Fault> {
    match server_hello::parse(retry.body, session_id, suites, false)? {
        ServerHello::Retry { cookie, .. } => Ok(cookie),
        ServerHello::Chosen { .. } => Err(Fault::Internal),
    }
}
