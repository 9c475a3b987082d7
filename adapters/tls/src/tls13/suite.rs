//! Cipher suites (RFC 8446 appendix B.4) and groups (section 4.2.7).

/// A cipher suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CipherSuite {
    /// `TLS_CHACHA20_POLY1305_SHA256`
    ChaCha20Poly1305Sha256,
    /// `TLS_AES_128_GCM_SHA256`
    Aes128GcmSha256,
    /// `TLS_AES_256_GCM_SHA384`
    #[cfg(feature = "sha512")]
    Aes256GcmSha384,
}

impl CipherSuite {
    /// All suites in order of preference: without hardware for AES, ChaCha20-Poly1305 takes a fifth of the instructions.
    pub const ALL: &[Self] = &[
        Self::ChaCha20Poly1305Sha256,
        Self::Aes128GcmSha256,
        #[cfg(feature = "sha512")]
        Self::Aes256GcmSha384,
    ];

    /// The length of the longest key of a cipher in bytes.
    pub const MAX_KEY: usize = 32;

    /// Returns its number in the registry.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Aes128GcmSha256 => 0x1301,
            #[cfg(feature = "sha512")]
            Self::Aes256GcmSha384 => 0x1302,
            Self::ChaCha20Poly1305Sha256 => 0x1303,
        }
    }

    pub(super) fn of(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|suite| suite.number() == number)
    }

    /// Returns the length of its key in bytes.
    #[must_use]
    pub fn key_length(self) -> usize {
        match self {
            Self::Aes128GcmSha256 => 16,
            #[cfg(feature = "sha512")]
            Self::Aes256GcmSha384 => 32,
            Self::ChaCha20Poly1305Sha256 => 32,
        }
    }

    pub(super) fn hash(self) -> HashAlgorithm {
        match self {
            #[cfg(feature = "sha512")]
            Self::Aes256GcmSha384 => HashAlgorithm::Sha384,
            _ => HashAlgorithm::Sha256,
        }
    }
}

/// The hash of a cipher suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HashAlgorithm {
    Sha256,
    #[cfg(feature = "sha512")]
    Sha384,
}

impl HashAlgorithm {
    /// The length of the longest digest in bytes.
    pub(super) const MAX_LENGTH: usize = if cfg!(feature = "sha512") { 48 } else { 32 };

    /// Returns the length of its digest in bytes.
    pub(super) fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            #[cfg(feature = "sha512")]
            Self::Sha384 => 48,
        }
    }
}

/// The length of a secret scalar in bytes, the same in both groups.
pub const SCALAR: usize = 32;

/// A group for key exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamedGroup {
    /// X25519 (RFC 7748)
    X25519,
    /// P-256, `secp256r1`
    P256,
}

impl NamedGroup {
    /// All groups in order of preference.
    pub const ALL: &[Self] = &[Self::X25519, Self::P256];

    /// The length of the longest key share in bytes: an uncompressed point of P-256.
    pub const MAX_SHARE: usize = 65;

    /// Returns its number in the registry.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::P256 => 0x0017,
            Self::X25519 => 0x001d,
        }
    }

    pub(super) fn of(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|group| group.number() == number)
    }
}
