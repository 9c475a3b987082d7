//! A session ticket (RFC 8446 section 4.6.1) in the caller's memory, and whom it is good for.

use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use super::client_hello::Psk;
use super::hash::{Secret, empty};
use super::messages::NewSessionTicket;
use super::suite::{CipherSuite, HashAlgorithm};
use crate::copy::copy;
use crate::expected::Expected;

/// How long after a chain was verified a ticket may stand for it, in seconds. A resumed session verifies no certificate, so
/// this is how long one that ran out meanwhile may still be believed; a server's own limit is often shorter.
const MAX_AGE: u64 = 86_400;

/// The expected server's name and trust anchors: a ticket of one is never used for another.
pub(super) type Identity = [u8; 32];

pub(super) fn identity(expected: &Expected<'_>) -> Identity {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    };
    // Names are the same whatever the case of their letters; tickets of the same spelling will do.
    add(expected.name().as_ref().as_bytes());
    for anchor in expected.anchors() {
        add(&anchor.subject);
        add(&anchor.subject_public_key_info);
        add(anchor.name_constraints.as_ref().map_or(&[], |constraints| constraints.as_ref()));
    }
    hash.finalize().into()
}

/// What a session needs to make a pre-shared key of a ticket.
#[derive(Clone)]
pub(super) struct Resumption {
    pub(super) hash: HashAlgorithm,
    pub(super) master: Secret,
    pub(super) identity: Identity,
    /// When the connection was made, in seconds since 1970.
    pub(super) connected: u64,
    /// When the chain was last verified.
    pub(super) verified: u64,
}

/// Memory for one ticket of up to `LENGTH` bytes.
pub(super) struct TicketSlot<const LENGTH: usize> {
    ticket: [u8; LENGTH],
    kept: Kept,
}

/// What is known of the ticket.
struct Kept {
    /// 0 for none.
    length: usize,
    /// Whether it was offered. Each is offered once (appendix C.4).
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

    pub(super) fn tickets(&mut self) -> Tickets<'_> {
        Tickets { ticket: &mut self.ticket, kept: &mut self.kept }
    }
}

/// The same, whatever its size.
pub(super) struct Tickets<'t> {
    ticket: &'t mut [u8],
    kept: &'t mut Kept,
}

/// A ticket that is offered, without its bytes.
pub(super) struct Offered {
    pub(super) psk: Secret,
    pub(super) verified: u64,
    pub(super) hash: HashAlgorithm,
    obfuscated_age: u32,
}

impl Tickets<'_> {
    /// Whether there is space for any.
    pub(super) fn are_wanted(&self) -> bool {
        !self.ticket.is_empty()
    }

    /// The ticket for this server, if it is still good at `now`. It is not given again.
    pub(super) fn offer(&mut self, identity: &Identity, now: u64, suites: &[CipherSuite]) -> Option<Offered> {
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
        // Section 4.2.11.1: milliseconds, modulo 2^32. The clock has seconds.
        let age = u32::try_from(age.checked_mul(1000)?).ok()?;
        let mut psk = empty();
        copy(&kept.psk, psk.as_mut_slice());
        kept.psk.zeroize();
        kept.offered = true;
        Some(Offered {
            psk,
            verified: kept.verified,
            hash: kept.hash,
            obfuscated_age: age.wrapping_add(kept.age_add),
        })
    }

    /// What goes into the `ClientHello`.
    pub(super) fn psk(&self, offered: &Offered) -> Psk<'_> {
        Psk {
            identity: self.ticket.get(..self.kept.length).unwrap_or_default(),
            obfuscated_age: offered.obfuscated_age,
            hash: offered.hash,
        }
    }

    /// Keeps a ticket in the place of the one before, if it fits. `psk` is what its nonce gives.
    pub(super) fn keep(&mut self, message: &NewSessionTicket<'_>, psk: &Secret, from: &Resumption) {
        let Some(place) = self.ticket.get_mut(..message.ticket.len()) else { return };
        // Section 4.6.1: a lifetime of 0 is over at once.
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

    /// Forgets the ticket.
    pub(super) fn forget(&mut self) {
        self.kept.length = 0;
        self.kept.psk.zeroize();
    }
}
