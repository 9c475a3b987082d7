//! The `ClientHello` (RFC 8446 section 4.1.2).

use super::suite::{CipherSuite, HashAlgorithm, NamedGroup};
use super::writer::Writer;
use crate::codes::extension_type;

pub(super) const RANDOM: usize = 32;
/// The length of a session id in bytes. It is not used for resumption: it makes the handshake look like TLS 1.2 to middleboxes
/// (RFC 8446 appendix D.4).
pub(super) const SESSION_ID: usize = 32;

/// The protocol that is offered (RFC 7301): that of the HTTP adapter.
pub(super) const PROTOCOL: &[u8] = b"http/1.1";

/// The variable parts of the message.
pub(super) struct Offer<'a> {
    pub(super) random: &'a [u8; RANDOM],
    /// Empty, or of [`SESSION_ID`] bytes.
    pub(super) session_id: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) suites: &'a [CipherSuite],
    pub(super) group: NamedGroup,
    pub(super) share: &'a [u8],
    /// The longest inner plaintext that fits the receive buffer (RFC 8449).
    pub(super) record_size_limit: u16,
    /// The cookie of the server's `HelloRetryRequest`.
    pub(super) cookie: Option<&'a [u8]>,
    /// Whether session tickets are requested.
    pub(super) tickets: bool,
    pub(super) psk: Option<Psk<'a>>,
}

/// A pre-shared key that is offered (section 4.2.11).
#[derive(Clone, Copy)]
pub(super) struct Psk<'a> {
    pub(super) identity: &'a [u8],
    pub(super) obfuscated_age: u32,
    pub(super) hash: HashAlgorithm,
}

/// Returns the length of the list of binders in bytes, including its length field.
pub(super) fn binders_length(hash: HashAlgorithm) -> usize {
    2 + 1 + hash.length()
}

/// The supported signature schemes (section 4.2.3). PKCS#1 v1.5 is for certificates only.
const SCHEMES: &[u16] = &[
    0x0403, // ecdsa_secp256r1_sha256
    #[cfg(feature = "p384")]
    0x0503, // ecdsa_secp384r1_sha384
    #[cfg(feature = "rsa")]
    0x0804, // rsa_pss_rsae_sha256
    #[cfg(feature = "rsa")]
    0x0805, // rsa_pss_rsae_sha384
    #[cfg(all(feature = "rsa", feature = "sha512"))]
    0x0806, // rsa_pss_rsae_sha512
    #[cfg(feature = "rsa")]
    0x0401, // rsa_pkcs1_sha256
    #[cfg(feature = "rsa")]
    0x0501, // rsa_pkcs1_sha384
    #[cfg(all(feature = "rsa", feature = "sha512"))]
    0x0601, // rsa_pkcs1_sha512
];

/// Further schemes for certificates only: the curve of an issuer's key does not determine the hash.
const CERTIFICATE_SCHEMES: &[u16] = &[
    #[cfg(not(feature = "p384"))]
    0x0503, // ECDSA with SHA-384
    #[cfg(feature = "sha512")]
    0x0603, // ECDSA with SHA-512
];

/// Writes the whole handshake message with a binder of zeros, and returns its length.
///
/// # Errors
///
/// The number of bytes that were needed.
pub(super) fn write(out: &mut [u8], offer: &Offer<'_>) -> Result<usize, usize> {
    const CLIENT_HELLO: u8 = 1;
    let mut writer = Writer::new(out);
    let w = &mut writer;
    w.u8(CLIENT_HELLO);
    let message = w.open(3);
    w.u16(0x0303);
    w.bytes(offer.random);
    let session_id = w.open(1);
    w.bytes(offer.session_id);
    w.close(&session_id);
    let suites = w.open(2);
    for suite in offer.suites {
        w.u16(suite.number());
    }
    w.close(&suites);
    // Compression methods: none.
    w.bytes(&[1, 0]);
    let extensions = w.open(2);
    write_extensions(w, offer);
    w.close(&extensions);
    w.close(&message);
    writer.finish()
}

fn write_extensions(w: &mut Writer<'_>, offer: &Offer<'_>) {
    extension(w, extension_type::SERVER_NAME, |w| {
        const HOST_NAME: u8 = 0;
        let list = w.open(2);
        w.u8(HOST_NAME);
        let name = w.open(2);
        w.bytes(offer.name);
        w.close(&name);
        w.close(&list);
    });
    extension(w, extension_type::SUPPORTED_VERSIONS, |w| w.bytes(&[2, 3, 4]));
    extension(w, extension_type::SUPPORTED_GROUPS, |w| {
        let list = w.open(2);
        for group in NamedGroup::ALL {
            w.u16(group.number());
        }
        w.close(&list);
    });
    for (kind, more) in [
        (extension_type::SIGNATURE_ALGORITHMS, &[][..]),
        (extension_type::SIGNATURE_ALGORITHMS_CERT, CERTIFICATE_SCHEMES),
    ] {
        extension(w, kind, |w| {
            let list = w.open(2);
            for scheme in SCHEMES.iter().chain(more) {
                w.u16(*scheme);
            }
            w.close(&list);
        });
    }
    extension(w, extension_type::KEY_SHARE, |w| {
        let list = w.open(2);
        w.u16(offer.group.number());
        let share = w.open(2);
        w.bytes(offer.share);
        w.close(&share);
        w.close(&list);
    });
    extension(w, extension_type::ALPN, |w| {
        let list = w.open(2);
        let name = w.open(1);
        w.bytes(PROTOCOL);
        w.close(&name);
        w.close(&list);
    });
    extension(w, extension_type::RECORD_SIZE_LIMIT, |w| w.u16(offer.record_size_limit));
    if let Some(cookie) = offer.cookie {
        extension(w, extension_type::COOKIE, |w| {
            let value = w.open(2);
            w.bytes(cookie);
            w.close(&value);
        });
    }
    if offer.tickets {
        const PSK_DHE_KE: u8 = 1;
        extension(w, extension_type::PSK_KEY_EXCHANGE_MODES, |w| w.bytes(&[1, PSK_DHE_KE]));
    }
    // The last extension: the binder covers everything before it (section 4.2.11).
    if let Some(psk) = offer.psk {
        extension(w, extension_type::PRE_SHARED_KEY, |w| {
            let identities = w.open(2);
            let identity = w.open(2);
            w.bytes(psk.identity);
            w.close(&identity);
            w.u32(psk.obfuscated_age);
            w.close(&identities);
            let binders = w.open(2);
            let binder = w.open(1);
            w.bytes([0; HashAlgorithm::MAX_LENGTH].get(..psk.hash.length()).unwrap_or_default());
            w.close(&binder);
            w.close(&binders);
        });
    }
}

fn extension(w: &mut Writer<'_>, kind: u16, data: impl FnOnce(&mut Writer<'_>)) {
    w.u16(kind);
    let open = w.open(2);
    data(w);
    w.close(&open);
}

/// Returns whether a scheme may sign a `CertificateVerify` and was offered.
pub(super) fn offered_for_handshake(scheme: u16) -> bool {
    const PKCS1: u16 = 0x01;
    SCHEMES.contains(&scheme) && scheme & 0xff != PKCS1
}
