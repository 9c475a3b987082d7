//! The `ServerHello` (RFC 8446 section 4.1.3) and the `HelloRetryRequest` (section 4.1.4), which has the same structure.

use super::extensions::{Others, read};
use super::fault::Fault;
use super::reader::Reader;
use super::suite::{CipherSuite, NamedGroup};
use crate::codes::extension_type;

/// SHA-256 of the text `HelloRetryRequest` (section 4.1.3).
const HELLO_RETRY_REQUEST: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

const TLS13: u16 = 0x0304;
const TLS12: u16 = 0x0303;

/// The server's choice.
#[derive(Debug)]
pub(super) enum ServerHello<'a> {
    Chosen {
        suite: CipherSuite,
        group: NamedGroup,
        share: &'a [u8],
        /// Whether it accepted the pre-shared key that was offered.
        resumed: bool,
    },
    Retry {
        suite: CipherSuite,
        /// The group for which a key share is requested, if it is another one.
        group: Option<NamedGroup>,
        cookie: Option<&'a [u8]>,
    },
}

/// Reads the message's body. `session_id`, `suites` and `psk` are those of the `ClientHello`.
pub(super) fn parse<'a>(
    body: &'a [u8],
    session_id: &[u8],
    suites: &[CipherSuite],
    psk: bool,
) -> Result<ServerHello<'a>, Fault> {
    let mut reader = Reader::new(body);
    let version = reader.u16().ok_or(Fault::Malformed)?;
    let random: [u8; 32] = reader.array().ok_or(Fault::Malformed)?;
    let session = reader.vector8().ok_or(Fault::Malformed)?;
    let suite = reader.u16().ok_or(Fault::Malformed)?;
    let compression = reader.u8().ok_or(Fault::Malformed)?;
    // A ServerHello of TLS 1.2 may have no extensions at all.
    if reader.is_empty() {
        return Err(Fault::Tls13Unsupported);
    }
    let block = reader.vector16().ok_or(Fault::Malformed)?;
    reader.end().ok_or(Fault::Malformed)?;
    check_version(block)?;
    // Section 4.1.3: no other value exists.
    if compression != 0 {
        return Err(Fault::Malformed);
    }
    // Section 4.1.3: the session id is echoed.
    if version != TLS12 || session.rest() != session_id {
        return Err(Fault::InvalidServerHello);
    }
    let suite =
        CipherSuite::of(suite).filter(|suite| suites.contains(suite)).ok_or(Fault::InvalidServerHello)?;
    if random == HELLO_RETRY_REQUEST { retry(block, suite) } else { chosen(block, suite, psk) }
}

/// Checks the version first, so that an older server is distinguished from an invalid message: its extensions may differ.
fn check_version(block: Reader<'_>) -> Result<(), Fault> {
    let [version] = read(block, [extension_type::SUPPORTED_VERSIONS], Others::Ignored)?;
    let Some(mut version) = version else { return Err(Fault::Tls13Unsupported) };
    let selected = version.u16().ok_or(Fault::Malformed)?;
    version.end().ok_or(Fault::Malformed)?;
    if selected == TLS13 { Ok(()) } else { Err(Fault::InvalidServerHello) }
}

fn retry(block: Reader<'_>, suite: CipherSuite) -> Result<ServerHello<'_>, Fault> {
    let kinds = [extension_type::SUPPORTED_VERSIONS, extension_type::KEY_SHARE, extension_type::COOKIE];
    let [_, share, cookie] = read(block, kinds, Others::Refused)?;
    let group = share.map(|mut share| {
        let group = share.u16().ok_or(Fault::Malformed)?;
        share.end().ok_or(Fault::Malformed)?;
        // Section 4.2.8: it must be a group that was offered.
        NamedGroup::of(group).ok_or(Fault::InvalidServerHello)
    });
    let cookie = cookie.map(|mut cookie| {
        let value = cookie.vector16().ok_or(Fault::Malformed)?;
        cookie.end().ok_or(Fault::Malformed)?;
        // Section 4.2.2: a cookie is not empty.
        if value.is_empty() { Err(Fault::Malformed) } else { Ok(value.rest()) }
    });
    Ok(ServerHello::Retry { suite, group: group.transpose()?, cookie: cookie.transpose()? })
}

fn chosen(block: Reader<'_>, suite: CipherSuite, psk: bool) -> Result<ServerHello<'_>, Fault> {
    let kinds =
        [extension_type::SUPPORTED_VERSIONS, extension_type::KEY_SHARE, extension_type::PRE_SHARED_KEY];
    let [_, share, identity] = read(block, kinds, Others::Refused)?;
    if identity.is_some() && !psk {
        return Err(Fault::UnsolicitedExtension(extension_type::PRE_SHARED_KEY));
    }
    if let Some(mut identity) = identity {
        let selected = identity.u16().ok_or(Fault::Malformed)?;
        identity.end().ok_or(Fault::Malformed)?;
        // Section 4.2.11: only one was offered.
        if selected != 0 {
            return Err(Fault::InvalidServerHello);
        }
    }
    // With or without a pre-shared key: no other mode was offered (section 4.2.9).
    let mut share = share.ok_or(Fault::MissingExtension(extension_type::KEY_SHARE))?;
    let group = share.u16().ok_or(Fault::Malformed)?;
    let value = share.vector16().ok_or(Fault::Malformed)?;
    share.end().ok_or(Fault::Malformed)?;
    let group = NamedGroup::of(group).ok_or(Fault::InvalidServerHello)?;
    Ok(ServerHello::Chosen { suite, group, share: value.rest(), resumed: identity.is_some() })
}
