//! The `ClientHello`, a `HelloRetryRequest` if the server sends one, and the `ServerHello` (RFC 8446 section 4.1).

use core::task::Poll;

use rand_core::CryptoRngCore;

use super::super::client_hello::{self, Offer, RANDOM, SESSION_ID};
use super::super::fault::Fault;
use super::super::hash::Transcript;
use super::super::inbox::{MAX_PLAINTEXT, Message};
use super::super::key_schedule::{Label, derive, early_secret, verify_data};
use super::super::pace::cost;
use super::super::primitives::{Primitives, TAG};
use super::super::server_hello::{self, ServerHello};
use super::super::session::Parameters;
use super::super::suite::{CipherSuite, NamedGroup};
use super::super::ticket::Offered;
use super::state::{Agreement, Hello, State};
use super::{Handshake, Next, Parts};
use crate::codes::content_type;
use crate::copy::copy;

impl Handshake {
    /// Draws the values of the `ClientHello`.
    #[inline(never)] // Keeps its stack frame out of the one that verifies the chain.
    pub(super) fn start<P: Primitives, R: CryptoRngCore>(
        &mut self,
        group: NamedGroup,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Next {
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
            share: [0; NamedGroup::MAX_SHARE],
            share_length: 0,
            offered: None,
            retried: None,
        };
        parts.rng.fill_bytes(self.secrets.exchange.as_mut_slice());
        if let Some(now) = parts.expected.now() {
            let psk = &mut self.secrets.main;
            hello.offered = parts.tickets.offer(&self.identity, now, parts.suites, psk);
        }
        self.state = State::KeyShare(hello);
        Next::Computed(0)
    }

    /// Does a step of the key share's computation.
    #[inline(never)] // As for `start`.
    pub(super) fn generate_share<P: Primitives, R: CryptoRngCore>(
        &mut self,
        mut hello: Hello,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        /// Random bytes are an invalid secret less than once in 2^32 times. The first step notices it.
        const ATTEMPTS: usize = 4;
        let computed = Ok(Next::Computed(cost::EXCHANGE));
        for _ in 0..ATTEMPTS {
            let secret = &mut self.secrets.exchange;
            match P::key_share_step(hello.group, secret, &mut hello.share, &mut self.exchange) {
                Poll::Pending => {
                    self.state = State::KeyShare(hello);
                    return computed;
                }
                Poll::Ready(Some(length)) => {
                    hello.share_length = length;
                    self.state = State::ClientHello(hello);
                    return computed;
                }
                Poll::Ready(None) => parts.rng.fill_bytes(secret.as_mut_slice()),
            }
        }
        Err(Fault::Internal)
    }

    /// Writes the `ClientHello`, or the second one after a `HelloRetryRequest`.
    #[inline(never)] // As for `start`.
    pub(super) fn write_client_hello<P: Primitives, R>(
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

    /// Writes the binder (section 4.2.11.2), which is at the end of the message.
    fn bind(&self, offered: &Offered, message: &mut [u8]) {
        let hash = offered.hash;
        let mut transcript = self.transcript.clone();
        let covered = message.len().saturating_sub(client_hello::binders_length(hash));
        transcript.add(message.get(..covered).unwrap_or_default());
        let early = early_secret(hash, Some(&self.secrets.main));
        let key = derive(hash, &early, Label::ResumptionBinder, &Transcript::new().digest(hash));
        let binder = verify_data(hash, &key, &transcript.digest(hash));
        let place = message.len().saturating_sub(hash.length());
        copy(binder.as_slice(), message.get_mut(place..).unwrap_or_default());
    }

    /// Handles a `ServerHello` or `HelloRetryRequest`.
    #[inline(never)] // As for `start`.
    pub(super) fn server_hello<P: Primitives, R: CryptoRngCore>(
        &mut self,
        mut hello: Hello,
        parts: &mut Parts<'_, '_, P, R>,
    ) -> Result<Next, Fault> {
        let message = parts.inbox.message()?.ok_or(Fault::Internal)?;
        let chosen =
            server_hello::parse(message.body, hello.session_id(), parts.suites, hello.offered.is_some())?;
        // Section 5.1: no message follows in the same record, since the keys change, or the server waits for the second ClientHello.
        if !message.is_last {
            return Err(Fault::UnexpectedMessage);
        }
        match chosen {
            ServerHello::Retry { suite, group, cookie } => {
                if hello.retried.is_some() {
                    return Err(Fault::UnexpectedMessage);
                }
                // Section 4.1.4: it must request a change. Section 4.2.8: the group must be one without a share so far.
                if (group.is_none() && cookie.is_none()) || group == Some(hello.group) {
                    return Err(Fault::InvalidServerHello);
                }
                self.transcript.retry();
                self.transcript.add(message.whole);
                hello.retried = Some(suite);
                hello.offered = hello.offered.filter(|offered| offered.hash == suite.hash());
                // The message stays in the inbox: the second ClientHello repeats its cookie.
                self.state = match group {
                    Some(group) => {
                        hello.group = group;
                        parts.rng.fill_bytes(self.secrets.exchange.as_mut_slice());
                        State::KeyShare(hello)
                    }
                    None => State::ClientHello(hello),
                };
                Ok(Next::Computed(0))
            }
            ServerHello::Chosen { suite, group, share, resumed } => {
                // Section 4.1.4: the suite is that of the HelloRetryRequest. Section 4.2.11: its hash is that of the ticket.
                let resumed = if resumed { hello.offered } else { None };
                let fits = group == hello.group
                    && hello.retried.is_none_or(|retried| retried == suite)
                    && resumed.as_ref().is_none_or(|offered| offered.hash == suite.hash());
                let mut server_share = [0; NamedGroup::MAX_SHARE];
                let place =
                    server_share.get_mut(..share.len()).filter(|_| fits).ok_or(Fault::InvalidServerHello)?;
                copy(share, place);
                let server_share_length = share.len();
                self.transcript.add(message.whole);
                parts.inbox.drop_message();
                let retried = hello.retried.is_some();
                self.negotiated = Some(Parameters {
                    suite,
                    group,
                    resumed: resumed.is_some(),
                    retried,
                    // Later messages may still be split.
                    fragmented: false,
                });
                self.state = State::KeyExchange(Agreement {
                    suite,
                    group,
                    server_share,
                    server_share_length,
                    resumed,
                });
                Ok(Next::Computed(0))
            }
        }
    }
}

impl Hello {
    fn session_id(&self) -> &[u8] {
        self.session_id.get(..self.session_id_length).unwrap_or_default()
    }
}

/// Returns the cookie of a `HelloRetryRequest`.
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
