//! The structure of the server's messages other than `ServerHello`.

use super::client_hello::PROTOCOL;
use super::extensions::{Others, read};
use super::fault::Fault;
use super::inbox::MAX_PLAINTEXT;
use super::reader::Reader;
use crate::chain::{ChainError, MAX_INTERMEDIATES};
use crate::codes::extension_type;
use crate::copy::copy;

/// Checks `EncryptedExtensions` (RFC 8446 section 4.3.1), and returns the longest inner plaintext that the server accepts.
pub(super) fn encrypted_extensions(body: &[u8]) -> Result<u16, Fault> {
    /// RFC 8449 section 4.
    const LEAST_LIMIT: u16 = 64;
    let block = only_extensions(body)?;
    let kinds = [
        extension_type::SERVER_NAME,
        extension_type::SUPPORTED_GROUPS,
        extension_type::ALPN,
        extension_type::RECORD_SIZE_LIMIT,
    ];
    let [name, groups, protocol, limit] = read(block, kinds, Others::Refused)?;
    // RFC 6066 section 3: the answer to the server name is empty.
    if name.is_some_and(|name| !name.is_empty()) {
        return Err(Fault::Malformed);
    }
    // Section 4.2.7: groups that the server prefers for later connections; not used.
    if let Some(groups) = groups {
        list_of_u16(groups)?;
    }
    if let Some(mut protocol) = protocol {
        // RFC 7301 section 3.1: exactly one protocol, which was offered.
        let mut list = protocol.vector16().ok_or(Fault::Malformed)?;
        protocol.end().ok_or(Fault::Malformed)?;
        let name = list.vector8().filter(|name| !name.is_empty()).ok_or(Fault::Malformed)?;
        list.end().ok_or(Fault::Malformed)?;
        if name.rest() != PROTOCOL {
            return Err(Fault::IllegalParameter);
        }
    }
    let most = MAX_PLAINTEXT + 1;
    let Some(mut limit) = limit else { return Ok(most) };
    let value = limit.u16().ok_or(Fault::Malformed)?;
    limit.end().ok_or(Fault::Malformed)?;
    if value < LEAST_LIMIT { Err(Fault::IllegalParameter) } else { Ok(value.min(most)) }
}

fn only_extensions(body: &[u8]) -> Result<Reader<'_>, Fault> {
    let mut reader = Reader::new(body);
    let block = reader.vector16().ok_or(Fault::Malformed)?;
    reader.end().ok_or(Fault::Malformed)?;
    Ok(block)
}

/// Reads a list of 16-bit numbers, which must not be empty.
fn list_of_u16(mut data: Reader<'_>) -> Result<(), Fault> {
    let list = data.vector16().ok_or(Fault::Malformed)?;
    data.end().ok_or(Fault::Malformed)?;
    let length = list.rest().len();
    if length == 0 || !length.is_multiple_of(2) { Err(Fault::Malformed) } else { Ok(()) }
}

/// Checks a `CertificateRequest` (section 4.3.2). Its content is not used, since there is no client certificate.
pub(super) fn certificate_request(body: &[u8]) -> Result<(), Fault> {
    let mut reader = Reader::new(body);
    let context = reader.vector8().ok_or(Fault::Malformed)?;
    let block = reader.vector16().ok_or(Fault::Malformed)?;
    reader.end().ok_or(Fault::Malformed)?;
    // The context is empty during the handshake.
    if !context.is_empty() {
        return Err(Fault::IllegalParameter);
    }
    let kinds = [
        extension_type::SIGNATURE_ALGORITHMS,
        extension_type::SIGNATURE_ALGORITHMS_CERT,
        extension_type::CERTIFICATE_AUTHORITIES,
    ];
    let [schemes, for_certificates, authorities] = read(block, kinds, Others::Ignored)?;
    list_of_u16(schemes.ok_or(Fault::MissingExtension(extension_type::SIGNATURE_ALGORITHMS))?)?;
    if let Some(schemes) = for_certificates {
        list_of_u16(schemes)?;
    }
    if let Some(mut authorities) = authorities {
        // Section 4.2.4: at least one name, none of them empty.
        let mut list = authorities.vector16().ok_or(Fault::Malformed)?;
        authorities.end().ok_or(Fault::Malformed)?;
        if list.is_empty() {
            return Err(Fault::Malformed);
        }
        while !list.is_empty() {
            list.vector16().filter(|name| !name.is_empty()).ok_or(Fault::Malformed)?;
        }
    }
    Ok(())
}

/// The chain in a Certificate message (section 4.4.2).
#[derive(Debug)]
pub(super) struct Certificates<'a> {
    pub(super) leaf: &'a [u8],
    intermediates: [&'a [u8]; MAX_INTERMEDIATES],
    /// How many certificates were read, with those beyond the limit, which are ignored.
    pub(super) count: usize,
}

impl<'a> Certificates<'a> {
    /// The greatest number of certificates that are used.
    pub(super) const MAX: usize = 1 + MAX_INTERMEDIATES;

    /// Reads this many certificates at most. All of them once, so that the whole message is checked; later steps need only those that are
    /// used, however many others follow.
    pub(super) fn parse(body: &'a [u8], most: usize) -> Result<Self, Fault> {
        let mut reader = Reader::new(body);
        let context = reader.vector8().ok_or(Fault::Malformed)?;
        let mut list = reader.vector24().ok_or(Fault::Malformed)?;
        reader.end().ok_or(Fault::Malformed)?;
        // The context is empty in the server's message.
        if !context.is_empty() {
            return Err(Fault::IllegalParameter);
        }
        let mut chain = Self { leaf: &[], intermediates: [&[]; MAX_INTERMEDIATES], count: 0 };
        while !list.is_empty() && chain.count < most {
            let certificate = list.vector24().filter(|it| !it.is_empty()).ok_or(Fault::Malformed)?;
            let block = list.vector16().ok_or(Fault::Malformed)?;
            // No extension that is allowed here was offered.
            let [] = read(block, [], Others::Refused)?;
            match chain.count.checked_sub(1) {
                None => chain.leaf = certificate.rest(),
                // Section 4.4.2: a client should be prepared for certificates that are not needed.
                Some(index) => {
                    let places = chain.intermediates.get_mut(index..).unwrap_or_default();
                    copy(&[certificate.rest()], places);
                }
            }
            chain.count += 1;
        }
        if chain.count == 0 { Err(Fault::Chain(ChainError::NoCertificate)) } else { Ok(chain) }
    }

    /// Returns those that are used besides the leaf.
    pub(super) fn intermediates(&self) -> &[&'a [u8]] {
        let count = self.count.saturating_sub(1).min(MAX_INTERMEDIATES);
        self.intermediates.get(..count).unwrap_or_default()
    }
}

/// Returns scheme and signature of a `CertificateVerify` (section 4.4.3).
pub(super) fn certificate_verify(body: &[u8]) -> Result<(u16, &[u8]), Fault> {
    let mut reader = Reader::new(body);
    let scheme = reader.u16().ok_or(Fault::Malformed)?;
    let signature = reader.vector16().ok_or(Fault::Malformed)?;
    reader.end().ok_or(Fault::Malformed)?;
    Ok((scheme, signature.rest()))
}

/// A `NewSessionTicket` (section 4.6.1).
#[derive(Debug)]
pub(super) struct NewSessionTicket<'a> {
    /// The lifetime in seconds, a week at most.
    pub(super) lifetime: u32,
    pub(super) age_add: u32,
    pub(super) nonce: &'a [u8],
    pub(super) ticket: &'a [u8],
}

impl<'a> NewSessionTicket<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Fault> {
        const WEEK: u32 = 7 * 86_400;
        let mut reader = Reader::new(body);
        let lifetime = reader.u32().ok_or(Fault::Malformed)?;
        let age_add = reader.u32().ok_or(Fault::Malformed)?;
        let nonce = reader.vector8().ok_or(Fault::Malformed)?.rest();
        let ticket = reader.vector16().filter(|it| !it.is_empty()).ok_or(Fault::Malformed)?.rest();
        let block = reader.vector16().ok_or(Fault::Malformed)?;
        reader.end().ok_or(Fault::Malformed)?;
        // Early data is never sent, but the extension must be well-formed.
        let [early_data] = read(block, [extension_type::EARLY_DATA], Others::Ignored)?;
        if early_data.is_some_and(|data| data.rest().len() != 4) {
            return Err(Fault::Malformed);
        }
        Ok(Self { lifetime: lifetime.min(WEEK), age_add, nonce, ticket })
    }
}

/// Returns whether a `KeyUpdate` (section 4.6.3) requests one in return.
pub(super) fn key_update(body: &[u8]) -> Result<bool, Fault> {
    match body {
        [0] => Ok(false),
        [1] => Ok(true),
        [_] => Err(Fault::IllegalParameter),
        _ => Err(Fault::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_extensions_are_read_strictly() {
        let most = MAX_PLAINTEXT + 1;
        for (body, expected) in [
            (&[0, 0][..], Ok(most)),
            // An empty answer to the server name; unknown groups; http/1.1; a record size limit.
            (&[0, 4, 0, 0, 0, 0], Ok(most)),
            (&[0, 8, 0, 10, 0, 4, 0, 2, 0x7a, 0x7a], Ok(most)),
            (&[0, 15, 0, 16, 0, 11, 0, 9, 8, b'h', b't', b't', b'p', b'/', b'1', b'.', b'1'], Ok(most)),
            (&[0, 6, 0, 28, 0, 2, 0, 64], Ok(64)),
            (&[0, 6, 0, 28, 0, 2, 0xff, 0xff], Ok(most)),
            // RFC 8449 section 4.
            (&[0, 6, 0, 28, 0, 2, 0, 63], Err(Fault::IllegalParameter)),
            // Another protocol, none, two protocols.
            (&[0, 9, 0, 16, 0, 5, 0, 3, 2, b'h', b'2'], Err(Fault::IllegalParameter)),
            (&[0, 7, 0, 16, 0, 3, 0, 1, 0], Err(Fault::Malformed)),
            (&[0, 10, 0, 16, 0, 6, 0, 4, 1, b'a', 1, b'b'], Err(Fault::Malformed)),
            // Not offered for this message: a key share belongs to the ServerHello.
            (&[0, 4, 0, 51, 0, 0], Err(Fault::UnsolicitedExtension(51))),
            (&[0, 8, 0, 0, 0, 0, 0, 0, 0, 0], Err(Fault::RepeatedExtension(0))),
            (&[0, 5, 0, 0, 0, 1, 0], Err(Fault::Malformed)),
            (&[0, 6, 0, 10, 0, 2, 0, 0], Err(Fault::Malformed)),
            (&[], Err(Fault::Malformed)),
            (&[0, 0, 0], Err(Fault::Malformed)),
        ] {
            assert_eq!(encrypted_extensions(body), expected, "{body:?}");
        }
    }

    #[test]
    fn a_certificate_request_has_schemes_and_no_context() {
        for (body, expected) in [
            (&[0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3][..], Ok(())),
            // An unknown scheme and an unknown extension are ignored.
            (&[0, 0, 12, 0, 13, 0, 4, 0, 2, 0x7a, 0x7a, 0x7a, 0x7a, 0, 0], Ok(())),
            (&[1, 9, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3], Err(Fault::IllegalParameter)),
            (&[0, 0, 0], Err(Fault::MissingExtension(13))),
            (&[0, 0, 6, 0, 13, 0, 2, 0, 0], Err(Fault::Malformed)),
            (&[0, 0, 14, 0, 13, 0, 4, 0, 2, 4, 3, 0, 47, 0, 2, 0, 0], Err(Fault::Malformed)),
            (&[0, 0, 17, 0, 13, 0, 4, 0, 2, 4, 3, 0, 47, 0, 5, 0, 3, 0, 1, 9], Ok(())),
        ] {
            assert_eq!(certificate_request(body), expected, "{body:?}");
        }
    }

    #[test]
    fn certificates_have_no_extensions_that_were_not_asked_for() {
        let body = [0, 0, 0, 12, 0, 0, 1, 7, 0, 0, 0, 0, 1, 8, 0, 0];
        let chain = Certificates::parse(&body, usize::MAX).unwrap();
        assert_eq!((chain.leaf, chain.intermediates()), (&[7][..], &[&[8][..]][..]));
        for (body, expected) in [
            (&[0, 0, 0, 0][..], Fault::Chain(ChainError::NoCertificate)),
            (&[1, 5, 0, 0, 6, 0, 0, 1, 7, 0, 0], Fault::IllegalParameter),
            (&[0, 0, 0, 5, 0, 0, 0, 0, 0], Fault::Malformed),
            (&[0, 0, 0, 10, 0, 0, 1, 7, 0, 4, 0, 5, 0, 0], Fault::UnsolicitedExtension(5)),
            (&[0, 0, 0, 6, 0, 0, 1, 7, 0, 0, 9], Fault::Malformed),
        ] {
            assert_eq!(Certificates::parse(body, usize::MAX).unwrap_err(), expected, "{body:?}");
        }
    }

    #[test]
    fn the_first_five_certificates_are_used() {
        let mut body = [0; 4 + 9 * 6];
        body[3] = 54;
        for (number, entry) in (1..).zip(body[4..].chunks_mut(6)) {
            entry.copy_from_slice(&[0, 0, 1, number, 0, 0]);
        }
        for (most, count) in [(usize::MAX, 9), (Certificates::MAX, 5)] {
            let chain = Certificates::parse(&body, most).unwrap();
            assert_eq!((chain.leaf, chain.count), (&[1][..], count));
            assert_eq!(chain.intermediates(), [[2], [3], [4], [5]]);
        }
        // The last one is checked too, at first: an extension that was not offered.
        let last = body.len() - 6;
        body[last..].copy_from_slice(&[0, 0, 1, 9, 0, 9]);
        assert_eq!(Certificates::parse(&body, usize::MAX).unwrap_err(), Fault::Malformed);
    }

    #[test]
    fn tickets_are_not_empty() {
        let ticket = NewSessionTicket::parse(&[0, 0, 0, 9, 1, 2, 3, 4, 1, 5, 0, 2, 6, 7, 0, 0]).unwrap();
        assert_eq!((ticket.lifetime, ticket.age_add), (9, 0x0102_0304));
        assert_eq!((ticket.nonce, ticket.ticket), (&[5][..], &[6, 7][..]));
        for body in [
            &[0, 0, 0, 9, 1, 2, 3, 4, 0, 0, 0, 0, 0][..],
            &[0, 0, 0, 9, 1, 2, 3, 4, 0, 0, 1, 7, 0, 5, 0, 42, 0, 1, 9],
            &[0, 0, 0, 9, 1, 2, 3, 4, 0, 0, 1, 7, 0, 0, 0],
        ] {
            assert_eq!(NewSessionTicket::parse(body).unwrap_err(), Fault::Malformed, "{body:?}");
        }
    }

    #[test]
    fn a_key_update_asks_or_does_not() {
        assert_eq!(key_update(&[0]), Ok(false));
        assert_eq!(key_update(&[1]), Ok(true));
        assert_eq!(key_update(&[2]), Err(Fault::IllegalParameter));
        assert_eq!(key_update(&[]), Err(Fault::Malformed));
        assert_eq!(key_update(&[1, 1]), Err(Fault::Malformed));
    }
}
