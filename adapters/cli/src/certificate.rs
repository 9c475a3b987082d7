//! The fields of a certificate (RFC 5280 section 4.1) that are shown: subject, issuer, key, validity.
//!
//! For display only: certificates are verified by rustls and `genesys-token-tls`.

use crate::date;

/// The fields of a certificate that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// `RSA 2048`, `P-256`.
    pub(crate) key: String,
    /// Unix time in seconds.
    pub(crate) not_before: i64,
    /// Unix time in seconds.
    pub(crate) not_after: i64,
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const OBJECT_IDENTIFIER: u8 = 0x06;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `id-at-commonName` and `id-at-organizationName`.
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];

/// Algorithms of public keys, and curves, by their identifiers.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const CURVES: [(&[u8], &str); 3] = [
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "P-256"),
    (&[0x2b, 0x81, 4, 0, 34], "P-384"),
    (&[0x2b, 0x81, 4, 0, 35], "P-521"),
];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

impl Certificate {
    /// Parses a certificate; `None` if it is malformed.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (mut fields, _) = expect(SEQUENCE, expect(SEQUENCE, der)?.0)?;
        if let Some((_, rest)) = expect(VERSION, fields) {
            fields = rest;
        }
        // serialNumber, signature
        for _ in 0..2 {
            (_, _, fields) = value(fields)?;
        }
        let (issuer, fields) = expect(SEQUENCE, fields)?;
        let (validity, fields) = expect(SEQUENCE, fields)?;
        let (subject, fields) = expect(SEQUENCE, fields)?;
        let (key, _) = expect(SEQUENCE, fields)?;
        let (not_before, rest) = time(validity)?;
        let (not_after, _) = time(rest)?;
        Some(Self {
            subject: name(subject),
            issuer: name(issuer),
            key: key_type(key)?,
            not_before,
            not_after,
        })
    }
}

/// Returns the common name, or else the organization, in the content of a `Name`.
pub(crate) fn name(rdn_sequence: &[u8]) -> String {
    let text = attribute(rdn_sequence, COMMON_NAME).or_else(|| attribute(rdn_sequence, ORGANIZATION));
    let text = text.map(|text| String::from_utf8_lossy(text).chars().take(100).collect::<String>());
    crate::token_info::visible(&text.unwrap_or_else(|| "(no common name)".into()))
}

fn attribute<'a>(mut rdn_sequence: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    while let Some((_, mut set, rest)) = value(rdn_sequence) {
        while let Some((pair, others)) = expect(SEQUENCE, set) {
            let (kind, text) = expect(OBJECT_IDENTIFIER, pair)?;
            if kind == wanted {
                return value(text).map(|(_, text, _)| text);
            }
            set = others;
        }
        rdn_sequence = rest;
    }
    None
}

/// Returns the kind of key in the content of a `SubjectPublicKeyInfo`.
fn key_type(key: &[u8]) -> Option<String> {
    let (algorithm, rest) = expect(SEQUENCE, key)?;
    let (identifier, parameters) = expect(OBJECT_IDENTIFIER, algorithm)?;
    if identifier == RSA {
        let (bits, _) = expect(BIT_STRING, rest)?;
        let (modulus, _) = expect(INTEGER, expect(SEQUENCE, bits.get(1..)?)?.0)?;
        let magnitude = modulus.strip_prefix(&[0]).unwrap_or(modulus);
        let bits = magnitude.len() * 8 - usize::try_from(magnitude.first()?.leading_zeros()).ok()?;
        return Some(format!("RSA {bits}"));
    }
    let curve = expect(OBJECT_IDENTIFIER, parameters).map(|(curve, _)| curve);
    let known = CURVES.iter().find(|(identifier, _)| Some(*identifier) == curve);
    Some(match (identifier, known) {
        (EC, Some((_, name))) => (*name).to_owned(),
        (EC, None) => "unknown elliptic curve".to_owned(),
        (ED25519, _) => "Ed25519".to_owned(),
        _ => "unknown algorithm".to_owned(),
    })
}

/// Parses a time (RFC 5280 section 4.1.2.5: always in UTC, with seconds). Returns Unix time in seconds, and the bytes after it.
fn time(input: &[u8]) -> Option<(i64, &[u8])> {
    let (tag, text, rest) = value(input)?;
    let digits = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, digits) = match tag {
        UTC_TIME => {
            let (year, digits) = digits.split_at_checked(2)?;
            let year: i64 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, digits)
        }
        GENERALIZED_TIME => {
            let (year, digits) = digits.split_at_checked(4)?;
            (year.parse().ok()?, digits)
        }
        _ => return None,
    };
    let two = |at: usize| digits.get(at..at + 2)?.parse::<i64>().ok();
    let (month, day, hour, minute, second) = (two(0)?, two(2)?, two(4)?, two(6)?, two(8)?);
    let days = date::days_since_1970(year, month, day);
    Some((days * 86_400 + hour * 3600 + minute * 60 + second, rest))
}

/// Parses a value of this tag; returns its content, and the bytes after it.
fn expect(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = value(input)?;
    (found == tag).then_some((content, rest))
}

/// Parses one DER value; returns tag, content, and the bytes after it.
fn value(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => rest.split_first().map(|(&length, rest)| (usize::from(length), rest))?,
        0x82 => rest
            .split_first_chunk::<2>()
            .map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_time_are_read() {
        let utc = |text: &[u8]| [&[UTC_TIME, u8::try_from(text.len()).unwrap()], text].concat();
        assert_eq!(time(&utc(b"700101000001Z")).unwrap().0, 1);
        assert_eq!(time(&utc(b"491231235959Z")).unwrap().0, 2_524_607_999);
        let long = [&[GENERALIZED_TIME, 15][..], b"20500101000000Z"].concat();
        assert_eq!(time(&long).unwrap().0, 2_524_608_000);
        for wrong in [&b"700101000001"[..], b"7001010000Z", b"70x101000001Z", b""] {
            assert!(time(&utc(wrong)).is_none());
        }
    }

    #[test]
    fn truncated_certificates_are_rejected() {
        assert!(Certificate::read(&[]).is_none());
        assert!(Certificate::read(&[0x30, 0x82, 1, 0, 0x30]).is_none());
        assert!(Certificate::read(&[0x30, 0x84, 0, 0, 0, 1, 0]).is_none());
        assert_eq!(name(&[0x31, 0x80]), "(no common name)");
    }
}
