//! Numbers of the TLS registries that more than one module needs.

/// Content types of records (RFC 8446 section 5.1).
pub(crate) mod content_type {
    pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(crate) const ALERT: u8 = 21;
    pub(crate) const HANDSHAKE: u8 = 22;
    pub(crate) const APPLICATION_DATA: u8 = 23;
}

/// Handshake message types (RFC 8446 section 4).
pub(crate) mod handshake_type {
    pub(crate) const CLIENT_HELLO: u8 = 1;
    pub(crate) const SERVER_HELLO: u8 = 2;
    pub(crate) const NEW_SESSION_TICKET: u8 = 4;
    pub(crate) const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub(crate) const CERTIFICATE: u8 = 11;
    pub(crate) const CERTIFICATE_REQUEST: u8 = 13;
    pub(crate) const CERTIFICATE_VERIFY: u8 = 15;
    pub(crate) const FINISHED: u8 = 20;
    pub(crate) const KEY_UPDATE: u8 = 24;
}

/// Extension types (RFC 8446 section 4.2).
pub(crate) mod extension_type {
    pub(crate) const SERVER_NAME: u16 = 0;
    pub(crate) const SUPPORTED_GROUPS: u16 = 10;
    pub(crate) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(crate) const EARLY_DATA: u16 = 42;
    pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
    pub(crate) const CERTIFICATE_AUTHORITIES: u16 = 47;
    pub(crate) const KEY_SHARE: u16 = 51;
    pub(crate) const ALPN: u16 = 16;
    pub(crate) const RECORD_SIZE_LIMIT: u16 = 28;
    pub(crate) const PRE_SHARED_KEY: u16 = 41;
    pub(crate) const COOKIE: u16 = 44;
    pub(crate) const PSK_KEY_EXCHANGE_MODES: u16 = 45;
    pub(crate) const SIGNATURE_ALGORITHMS_CERT: u16 = 50;
}

/// Alert descriptions (RFC 8446 section 6).
pub(crate) mod alert {
    pub(crate) const HANDSHAKE_FAILURE: u8 = 40;
    pub(crate) const PROTOCOL_VERSION: u8 = 70;
    pub(crate) const USER_CANCELED: u8 = 90;
}

/// The `legacy_record_version` of protected records (RFC 8446 section 5.2).
pub(crate) const RECORD_VERSION: [u8; 2] = [3, 3];

/// `TLS_AES_128_GCM_SHA256` (RFC 8446 appendix B.4).
pub(crate) const TLS_AES_128_GCM_SHA256: u16 = 0x1301;

/// The group `secp256r1` (RFC 8446 section 4.2.7).
pub(crate) const SECP256R1: u16 = 0x0017;

/// TLS 1.3 in `supported_versions` (RFC 8446 section 4.2.1).
pub(crate) const TLS_1_3: u16 = 0x0304;
