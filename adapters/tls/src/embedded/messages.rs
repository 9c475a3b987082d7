//! The structure of the server's handshake messages (RFC 8446 section 4).
//!
//! Guard and engine must agree on where each message ends. Therefore the engine receives only messages whose fields fill exactly the
//! length in their header.
//!
//! The functions have the names of those in `tls13::messages` and read the same fields. These return no values,
//! because here the engine reads them, and accept fewer extensions, because the engine offers fewer.

use super::reader::Reader;
use crate::codes::{extension_type, handshake_type};

/// Returns whether a message of this type has a body that the server may send.
pub(super) fn is_well_formed(kind: u8, body: &[u8]) -> bool {
    let mut reader = Reader::new(body);
    let parsed = match kind {
        handshake_type::ENCRYPTED_EXTENSIONS => encrypted_extensions(&mut reader),
        handshake_type::CERTIFICATE_REQUEST => certificate_request(&mut reader),
        handshake_type::CERTIFICATE => certificate(&mut reader),
        handshake_type::CERTIFICATE_VERIFY => certificate_verify(&mut reader),
        handshake_type::FINISHED => reader.take(FINISHED).map(drop),
        handshake_type::NEW_SESSION_TICKET => new_session_ticket(&mut reader),
        _ => None,
    };
    parsed.is_some() && reader.is_empty()
}

/// The length of a Finished in bytes: a hash of SHA-256 (section 4.4.4).
const FINISHED: usize = 32;

/// What to do with extensions that are not in the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    /// They answer nothing that was offered (section 4.2).
    Refused,
    /// Unknown extensions of messages that are not an answer.
    Ignored,
}

/// Reads extensions and stores the data of those in `known`, each of which may occur once, in `found`.
#[inline(never)] // One copy for all messages: less flash.
fn extensions<'a>(
    reader: &mut Reader<'a>,
    known: &[u16],
    found: &mut [Option<&'a [u8]>],
    others: Others,
) -> Option<()> {
    let mut reader = Reader::new(reader.vector16()?);
    while !reader.is_empty() {
        let (kind, data) = (reader.u16()?, reader.vector16()?);
        match known.iter().zip(&mut *found).find(|(known, _)| **known == kind) {
            Some((_, Some(_))) => return None,
            Some((_, place)) => *place = Some(data),
            None if others == Others::Refused => return None,
            None => {}
        }
    }
    Some(())
}

/// Section 4.3.1.
fn encrypted_extensions(reader: &mut Reader<'_>) -> Option<()> {
    let mut found = [None; 2];
    let known = [extension_type::SERVER_NAME, extension_type::SUPPORTED_GROUPS];
    extensions(reader, &known, &mut found, Others::Refused)?;
    let [name, groups] = found;
    // RFC 6066 section 3: the answer to a server name is empty.
    name.is_none_or(<[u8]>::is_empty).then_some(())?;
    groups.map_or(Some(()), list_of_u16)
}

/// Section 4.3.2.
fn certificate_request(reader: &mut Reader<'_>) -> Option<()> {
    // The context is used after the handshake only.
    reader.vector8()?.is_empty().then_some(())?;
    let mut found = [None; 2];
    let known = [extension_type::SIGNATURE_ALGORITHMS, extension_type::CERTIFICATE_AUTHORITIES];
    extensions(reader, &known, &mut found, Others::Ignored)?;
    let [schemes, authorities] = found;
    list_of_u16(schemes?)?;
    let Some(authorities) = authorities else { return Some(()) };
    // Section 4.2.4: at least one name, none of them empty.
    let mut list = Reader::new(authorities);
    let mut names = Reader::new(list.vector16().filter(|names| !names.is_empty())?);
    list.end()?;
    while !names.is_empty() {
        names.vector16().filter(|name| !name.is_empty())?;
    }
    Some(())
}

/// Reads a list of 16-bit numbers, which must not be empty.
fn list_of_u16(data: &[u8]) -> Option<()> {
    let mut reader = Reader::new(data);
    let list = reader.vector16()?;
    (!list.is_empty() && list.len().is_multiple_of(2)).then_some(())?;
    reader.end()
}

/// Section 4.4.2. A list without certificates is left to the verifier.
fn certificate(reader: &mut Reader<'_>) -> Option<()> {
    // The context is the client's only.
    reader.vector8()?.is_empty().then_some(())?;
    let mut list = Reader::new(reader.vector24()?);
    while !list.is_empty() {
        list.vector24().filter(|certificate| !certificate.is_empty())?;
        // No extension that is allowed here was offered.
        extensions(&mut list, &[], &mut [], Others::Refused)?;
    }
    Some(())
}

/// Section 4.4.3.
fn certificate_verify(reader: &mut Reader<'_>) -> Option<()> {
    reader.u16()?;
    reader.vector16().map(drop)
}

/// Section 4.6.1.
fn new_session_ticket(reader: &mut Reader<'_>) -> Option<()> {
    // Lifetime and ticket_age_add.
    reader.take(8)?;
    reader.vector8()?;
    reader.vector16().filter(|ticket| !ticket.is_empty())?;
    extensions(reader, &[extension_type::EARLY_DATA], &mut [None], Others::Ignored)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies that a server may send, each with the reason.
    const LEGAL: [(u8, &[u8]); 10] = [
        (8, &[0, 0]),
        // An empty answer to the server name; a list of groups, also unknown ones (section 4.2.7).
        (8, &[0, 12, 0, 0, 0, 0, 0, 10, 0, 4, 0, 2, 0x7a, 0x7a]),
        (13, &[0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3]),
        // Unknown extensions are ignored (section 4.3.2).
        (13, &[0, 0, 12, 0, 13, 0, 4, 0, 2, 4, 3, 0x7a, 0x7a, 0, 0]),
        (13, &[0, 0, 17, 0, 13, 0, 4, 0, 2, 4, 3, 0, 47, 0, 5, 0, 3, 0, 1, 9]),
        (11, &[0, 0, 0, 12, 0, 0, 1, 7, 0, 0, 0, 0, 1, 8, 0, 0]),
        (11, &[0, 0, 0, 0]),
        (15, &[8, 4, 0, 2, 1, 2]),
        (20, &[9; 32]),
        (4, &[0, 0, 0, 9, 1, 2, 3, 4, 1, 5, 0, 2, 6, 7, 0, 8, 0, 42, 0, 4, 0, 0, 0, 1]),
    ];

    #[test]
    fn legal_messages_pass() {
        for (kind, body) in LEGAL {
            assert!(is_well_formed(kind, body), "{kind} {body:?}");
        }
    }

    /// Every field has a length, so a message that ends earlier or later than its fields is malformed.
    #[test]
    fn every_message_ends_with_its_last_field() {
        for (kind, body) in LEGAL {
            let mut longer = [0; 64];
            longer[..body.len()].copy_from_slice(body);
            assert!(!is_well_formed(kind, &longer[..=body.len()]), "{kind} {body:?}");
            for end in 0..body.len() {
                assert!(!is_well_formed(kind, &body[..end]), "{kind} {:?}", &body[..end]);
            }
        }
    }

    #[test]
    fn illegal_content_is_refused() {
        for (kind, body, reason) in [
            (8, &[0, 4, 0, 51, 0, 0][..], "an extension that belongs into another message"),
            (8, &[0, 4, 0, 16, 0, 0], "an extension that was not offered"),
            (8, &[0, 8, 0, 0, 0, 0, 0, 0, 0, 0], "a repeated extension"),
            (8, &[0, 5, 0, 0, 0, 1, 0], "an answer to the server name that is not empty"),
            (13, &[1, 9, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3], "a context"),
            (13, &[0, 0, 0], "no signature schemes"),
            (13, &[0, 0, 6, 0, 13, 0, 2, 0, 0], "an empty list of signature schemes"),
            (13, &[0, 0, 7, 0, 13, 0, 3, 0, 1, 4], "half a signature scheme"),
            (13, &[0, 0, 14, 0, 13, 0, 4, 0, 2, 4, 3, 0, 47, 0, 2, 0, 0], "an empty list of authorities"),
            (11, &[1, 5, 0, 0, 6, 0, 0, 1, 7, 0, 0], "a context"),
            (11, &[0, 0, 0, 5, 0, 0, 0, 0, 0], "an empty certificate"),
            (11, &[0, 0, 0, 10, 0, 0, 1, 7, 0, 4, 0, 5, 0, 0], "an extension that was not offered"),
            (20, &[9; 31], "a short hash"),
            (4, &[0, 0, 0, 9, 1, 2, 3, 4, 0, 0, 0, 0, 0], "an empty ticket"),
            (24, &[0], "another message"),
        ] {
            assert!(!is_well_formed(kind, body), "{reason}");
        }
    }
}
