//! As much DER (X.690) as is needed to find a public key: rustls-webpki keeps its own reader to itself.

/// One value: its tag, its content, and the bytes after it.
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Tag and length included.
    pub(crate) whole: &'a [u8],
    pub(crate) rest: &'a [u8],
}

pub(crate) const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// The first value of `input`; `None` if it is cut short, or its length is not the shortest form, or above 64 KB.
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

/// The magnitude of a positive INTEGER in its shortest form, and the bytes after it.
fn positive_integer(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let Value { tag: INTEGER, content, rest, .. } = value(input)? else { return None };
    let magnitude = match content {
        [0, second, ..] if *second >= 0x80 => &content[1..],
        [first, ..] if (1..0x80).contains(first) => content,
        _ => return None,
    };
    Some((magnitude, rest))
}

/// The two INTEGERs of a SEQUENCE, both positive: magnitudes, big-endian without leading zeros.
pub(crate) fn two_positive_integers(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let Value { tag: SEQUENCE, content, rest: [], .. } = value(input)? else { return None };
    let (first, rest) = positive_integer(content)?;
    let (second, rest) = positive_integer(rest)?;
    rest.is_empty().then_some((first, second))
}

/// The `SubjectPublicKeyInfo` of a certificate (RFC 5280 section 4.1), tag and length included.
pub(crate) fn subject_public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    const VERSION: u8 = 0xa0;
    let outer = value(certificate)?;
    let mut rest = value(outer.content)?.content;
    // version, serialNumber, signature, issuer, validity, subject: six values, the first of them a v3 version.
    if value(rest)?.tag != VERSION {
        return None;
    }
    for _ in 0..6 {
        rest = value(rest)?.rest;
    }
    let key = value(rest)?;
    (key.tag == SEQUENCE).then_some(key.whole)
}

/// The `AlgorithmIdentifier` content and the key bits of a `SubjectPublicKeyInfo`.
pub(crate) fn public_key(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    const BIT_STRING: u8 = 0x03;
    let outer = value(spki)?;
    let algorithm = value(outer.content)?;
    let bits = value(algorithm.rest)?;
    match (algorithm.tag, bits.tag, bits.content.split_first()) {
        (SEQUENCE, BIT_STRING, Some((0, key))) => Some((algorithm.content, key)),
        _ => None,
    }
}
