//! A session ticket (RFC 8446 section 4.6.1) in the caller's memory, with the server that it belongs to.

use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use super::client_hello::Psk;
use super::hash::Secret;
use super::messages::NewSessionTicket;
use super::suite::{CipherSuite, HashAlgorithm};
use crate::copy::copy;
use crate::expected::Expected;
use crate::sha256;

/// The time in seconds for which a ticket may replace the verification of a chain. A resumed session verifies no certificate, so
/// this limits how long an expired one can still be accepted; a server's own limit is often shorter.
const MAX_AGE: u64 = 86_400;

/// Returns a digest of the expected server's name and trust anchors: a ticket of one is never used for another.
pub(super) type Identity = [u8; 32];

pub(super) fn identity(expected: &Expected<'_>) -> Identity {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        sha256::update(&mut hash, &bytes.len().to_le_bytes());
        sha256::update(&mut hash, bytes);
    };
    // Names are case-insensitive; it is enough to find tickets for the same spelling.
    add(expected.name().as_ref().as_bytes());
    for anchor in expected.anchors() {
        add(&anchor.subject);
        add(&anchor.subject_public_key_info);
        add(anchor.name_constraints.as_ref().map_or(&[], |constraints| constraints.as_ref()));
    }
    let mut identity = [0; 32];
    sha256::finish(&mut hash, &mut identity);
    identity
}

/// The values that a ticket is kept with. Its pre-shared key is derived from the resumption master secret.
#[derive(Clone, Copy)]
pub(super) struct Resumption {
    pub(super) hash: HashAlgorithm,
    pub(super) identity: Identity,
    /// The time of the connection, in seconds since 1970.
    pub(super) connected: u64,
    /// The time when the chain was last verified.
    pub(super) verified: u64,
}

/// Memory for one ticket of up to `LENGTH` bytes.
pub(super) struct TicketSlot<const LENGTH: usize> {
    ticket: [u8; LENGTH],
    kept: Kept,
}

/// The values of the ticket, without its bytes.
struct Kept {
    /// The length of the ticket; 0 if there is none.
    length: usize,
    /// Whether it was offered. Each ticket is offered once (appendix C.4).
    offered: bool,
    hash: HashAlgorithm,
    psk: [u8; HashAlgorithm::MAX_LENGTH],
    age_add: u32,
    identity: Identity,
    received: u64,
    lifetime: u32,
    verified: u64,
}

impl<const LENGTH: usize> TicketSlot<LENGTH> {
    pub(super) const fn new() -> Self {
        let kept = Kept {
            length: 0,
            offered: false,
            hash: HashAlgorithm::Sha256,
            psk: [0; HashAlgorithm::MAX_LENGTH],
            age_add: 0,
            identity: [0; 32],
            received: 0,
            lifetime: 0,
            verified: 0,
        };
        Self { ticket: [0; LENGTH], kept }
    }

    pub(super) const fn tickets(&mut self) -> Tickets<'_> {
        Tickets { ticket: &mut self.ticket, kept: &mut self.kept }
    }
}

/// A ticket slot of any size.
pub(super) struct Tickets<'t> {
    ticket: &'t mut [u8],
    kept: &'t mut Kept,
}

/// An offered ticket, without its bytes and its pre-shared key.
#[derive(Clone, Copy)]
pub(super) struct Offered {
    pub(super) verified: u64,
    pub(super) hash: HashAlgorithm,
    obfuscated_age: u32,
}

impl Tickets<'_> {
    /// Returns whether there is space for a ticket.
    pub(super) fn are_wanted(&self) -> bool {
        !self.ticket.is_empty()
    }

    /// Returns the ticket for this server, if it is still valid at `now`, and moves its pre-shared key to `psk`. It is returned once.
    pub(super) fn offer(
        &mut self,
        identity: &Identity,
        now: u64,
        suites: &[CipherSuite],
        psk: &mut Secret,
    ) -> Option<Offered> {
        let kept = &mut *self.kept;
        let age = now.checked_sub(kept.received)?;
        let good = kept.length > 0
            && !kept.offered
            && kept.identity == *identity
            && age < u64::from(kept.lifetime)
            && now.checked_sub(kept.verified)? < MAX_AGE
            && suites.iter().any(|suite| suite.hash() == kept.hash);
        if !good {
            return None;
        }
        // Section 4.2.11.1: milliseconds, modulo 2^32. The clock counts seconds.
        let age = u32::try_from(age.checked_mul(1000)?).ok()?;
        copy(&kept.psk, psk.as_mut_slice());
        kept.psk.zeroize();
        kept.offered = true;
        Some(Offered {
            verified: kept.verified,
            hash: kept.hash,
            obfuscated_age: age.wrapping_add(kept.age_add),
        })
    }

    /// Returns the values for the `ClientHello`.
    pub(super) fn psk(&self, offered: &Offered) -> Psk<'_> {
        Psk {
            identity: self.ticket.get(..self.kept.length).unwrap_or_default(),
            obfuscated_age: offered.obfuscated_age,
            hash: offered.hash,
        }
    }

    /// Stores a ticket instead of the previous one, if it fits. `psk` is derived from its nonce.
    pub(super) fn keep(&mut self, message: &NewSessionTicket<'_>, psk: &Secret, from: &Resumption) {
        let Some(place) = self.ticket.get_mut(..message.ticket.len()) else { return };
        // Section 4.6.1: a lifetime of 0 means that the ticket is discarded at once.
        if message.lifetime == 0 {
            return;
        }
        copy(message.ticket, place);
        copy(psk.as_slice(), &mut self.kept.psk);
        let kept = &mut *self.kept;
        kept.length = message.ticket.len();
        kept.offered = false;
        kept.hash = from.hash;
        kept.age_add = message.age_add;
        kept.identity = from.identity;
        kept.received = from.connected;
        kept.lifetime = message.lifetime;
        kept.verified = from.verified;
    }

    /// Wipes the ticket.
    pub(super) fn forget(&mut self) {
        self.kept.length = 0;
        self.kept.psk.zeroize();
    }
}
