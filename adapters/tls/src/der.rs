//! The part of DER (X.690) that is needed to find fields of a certificate; rustls-webpki's reader is private.

/// One DER value.
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// The value with its tag and length.
    pub(crate) whole: &'a [u8],
    /// The bytes behind the value.
    pub(crate) rest: &'a [u8],
}

pub(crate) const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// Returns the first value of `input`; `None` if it is incomplete, or its length is not encoded minimally or exceeds 65535 bytes.
pub(crate) fn value(input: &[u8]) -> Option<Value<'_>> {
    let (&tag, after_tag) = input.split_first()?;
    let (&first, after_first) = after_tag.split_first()?;
    let (length, body) = match first {
        0..=0x7f => (usize::from(first), after_first),
        0x81 => match after_first.split_first()? {
            (&length, body) if length >= 0x80 => (usize::from(length), body),
            _ => return None,
        },
        0x82 => match after_first.split_first_chunk::<2>()? {
            (length, body) if length[0] != 0 => (usize::from(u16::from_be_bytes(*length)), body),
            _ => return None,
        },
        _ => return None,
    };
    let (content, rest) = body.split_at_checked(length)?;
    let whole = input.get(..input.len() - rest.len())?;
    Some(Value { tag, content, whole, rest })
}

/// Returns the magnitude of a positive, minimally encoded INTEGER, and the bytes behind it.
fn positive_integer(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let Value { tag: INTEGER, content, rest, .. } = value(input)? else { return None };
    let magnitude = match content {
        [0, second, ..] if *second >= 0x80 => &content[1..],
        [first, ..] if (1..0x80).contains(first) => content,
        _ => return None,
    };
    Some((magnitude, rest))
}

/// Returns the magnitudes of a SEQUENCE of two positive INTEGERs, big-endian without leading zeros.
pub(crate) fn two_positive_integers(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let Value { tag: SEQUENCE, content, rest: [], .. } = value(input)? else { return None };
    let (first, rest) = positive_integer(content)?;
    let (second, rest) = positive_integer(rest)?;
    rest.is_empty().then_some((first, second))
}

/// Returns a field of a certificate's `TBSCertificate` (RFC 5280 section 4.1), which must be of version 3; the version has index 0.
fn field(certificate: &[u8], index: usize) -> Option<Value<'_>> {
    const VERSION: u8 = 0xa0;
    let body = value(value(certificate)?.content)?;
    let mut field = value(body.content)?;
    if field.tag != VERSION {
        return None;
    }
    for _ in 0..index {
        field = value(field.rest)?;
    }
    (field.tag == SEQUENCE).then_some(field)
}

/// Returns the issuer's name, without tag and length.
pub(crate) fn issuer(certificate: &[u8]) -> Option<&[u8]> {
    Some(field(certificate, 3)?.content)
}

/// Returns the subject's name, without tag and length.
pub(crate) fn subject(certificate: &[u8]) -> Option<&[u8]> {
    Some(field(certificate, 5)?.content)
}

/// Returns the `SubjectPublicKeyInfo` with tag and length.
pub(crate) fn subject_public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    Some(field(certificate, 6)?.whole)
}

/// Returns whether a key may be used for signatures: keyUsage has the bit digitalSignature, or is absent (RFC 5280 section 4.2.1.3).
/// `None` if the certificate is malformed.
pub(crate) fn may_sign(certificate: &[u8]) -> Option<bool> {
    const EXTENSIONS: u8 = 0xa3;
    const BIT_STRING: u8 = 0x03;
    const OCTET_STRING: u8 = 0x04;
    /// The object identifier 2.5.29.15, with tag and length.
    const KEY_USAGE: &[u8] = &[0x06, 3, 0x55, 0x1d, 15];
    const DIGITAL_SIGNATURE: u8 = 0x80;
    let mut rest = field(certificate, 6)?.rest;
    // Optional identifiers of issuer and subject, and the extensions.
    while !rest.is_empty() {
        let optional = value(rest)?;
        rest = optional.rest;
        if optional.tag != EXTENSIONS {
            continue;
        }
        let mut extensions = value(optional.content)?.content;
        while !extensions.is_empty() {
            let extension = value(extensions)?;
            extensions = extension.rest;
            let name = value(extension.content)?;
            if name.whole != KEY_USAGE {
                continue;
            }
            // The BOOLEAN `critical` may be in between.
            let mut data = value(name.rest)?;
            if data.tag != OCTET_STRING {
                data = value(data.rest)?;
            }
            let Value { tag: BIT_STRING, content, .. } = value(data.content)? else { return None };
            return Some(content.get(1).is_some_and(|bits| bits & DIGITAL_SIGNATURE != 0));
        }
    }
    Some(true)
}

/// Returns the content of the `AlgorithmIdentifier` and the key bits of a `SubjectPublicKeyInfo`.
pub(crate) fn public_key(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    algorithm_and_bits(value(spki)?.content)
}

/// As [`public_key`], for a `SubjectPublicKeyInfo` without tag and length, as trust anchors have it.
pub(crate) fn algorithm_and_bits(input: &[u8]) -> Option<(&[u8], &[u8])> {
    const BIT_STRING: u8 = 0x03;
    let algorithm = value(input)?;
    let bits = value(algorithm.rest)?;
    match (algorithm.tag, bits.tag, bits.content.split_first()) {
        (SEQUENCE, BIT_STRING, Some((0, bits))) => Some((algorithm.content, bits)),
        _ => None,
    }
}

/// A certificate's signature.
pub(crate) struct Signed<'a> {
    /// The signed `TBSCertificate`, with tag and length.
    pub(crate) message: &'a [u8],
    /// The content of the signature's `AlgorithmIdentifier`.
    pub(crate) algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// Returns a certificate's signature and the signed bytes.
pub(crate) fn signed(certificate: &[u8]) -> Option<Signed<'_>> {
    let body = value(value(certificate)?.content)?;
    let (algorithm, signature) = algorithm_and_bits(body.rest)?;
    Some(Signed { message: body.whole, algorithm, signature })
}
