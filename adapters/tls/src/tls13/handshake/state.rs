//! The states of a handshake, and the values that each of them carries. They are moved, so secrets are not among them.

use super::super::authentication::LeafKey;
use super::super::client_hello::{RANDOM, SESSION_ID};
use super::super::suite::{CipherSuite, NamedGroup};
use super::super::ticket::{Offered, Resumption};
use crate::chain::ChainVerification;

/// The values of the `ClientHello`.
pub(super) struct Hello {
    pub(super) random: [u8; RANDOM],
    pub(super) session_id: [u8; SESSION_ID],
    pub(super) session_id_length: usize,
    pub(super) group: NamedGroup,
    pub(super) share: [u8; NamedGroup::MAX_SHARE],
    pub(super) share_length: usize,
    pub(super) offered: Option<Offered>,
    /// The suite that the server's `HelloRetryRequest` named, after one was received.
    pub(super) retried: Option<CipherSuite>,
}

/// The server's choice, for the key exchange.
pub(super) struct Agreement {
    pub(super) suite: CipherSuite,
    pub(super) group: NamedGroup,
    pub(super) server_share: [u8; NamedGroup::MAX_SHARE],
    pub(super) server_share_length: usize,
    /// The ticket's session, if the server resumes it.
    pub(super) resumed: Option<Offered>,
}

/// The values that are needed until the handshake is finished.
pub(super) struct Progress {
    /// The time when an earlier connection verified the chain, if this one is resumed.
    pub(super) verified: Option<u64>,
    /// Whether the server requested a certificate.
    pub(super) requested: bool,
    /// The number of certificates that the server sent.
    pub(super) certificates: usize,
}

/// The state of a handshake: the message that is awaited, or the next computation.
// There is no heap for the larger variants, and a handshake is in one of them most of the time.
#[allow(clippy::large_enum_variant)]
pub(super) enum State {
    /// Next, the values of the `ClientHello` are drawn.
    Start {
        group: NamedGroup,
    },
    /// Next, a step of the key share's computation.
    KeyShare(Hello),
    /// Next, the `ClientHello` is written.
    ClientHello(Hello),
    ServerHello(Hello),
    /// Next, a step of the key exchange.
    KeyExchange(Agreement),
    /// The keys are derived from the shared secret.
    KeySchedule(Agreement),
    EncryptedExtensions(Progress),
    CertificateOrRequest(Progress),
    Certificate(Progress),
    /// Next, the chain, which is still in the inbox, is verified.
    VerifyChain(Progress, ChainVerification),
    CertificateVerify(Progress, LeafKey),
    Finished(Progress),
    /// The client's Finished is being sent, or was sent.
    Sending(Resumption),
    Failed,
}
